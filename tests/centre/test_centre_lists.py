"""The speaker's list: by theme, near questions folded, in the office's order; what moving one costs."""

from __future__ import annotations

from typing import Any

import pytest

from centre.centre_files import Run
from kiosk.centre import feed, lists, models
from kiosk.centre.refusals import OfficeError

TEXTS = (
    ("a", "Combien gagnez-vous ?", "salaire", 3), ("b", "Vous gagnez combien par mois ?", "salaire", 9),
    ("c", "Avez-vous peur du vide ?", "metier", 1), ("d", "c'est quoi votre salaire ?", "salaire", 2),
    ("e", "Quelles études avez-vous faites ?", "parcours", 4), ("f", "Avez-vous peur du vide ?", "vie", 1),
)  # fmt: skip


def ask(run: Run, id: str, text: str, theme: str, support: int, **more: Any) -> None:
    """A prepared question of a school of its own."""
    values = {"uai": f"U{id}", "kiosk": "k", "seq": 1, "session_id": "S", "created_at": 1, "level": "4E", **more}
    run(lambda _tx: models.Question.create(id=id, text=text, theme=theme, support=support, **values))


@pytest.fixture
def asked(run: Run) -> Run:
    """Six questions of a session."""
    for one in TEXTS:
        ask(run, *one)
    return run


def ids(run: Run, theme: str = "", **options: Any) -> list[list[str]]:
    """The groups of the list, the one that is read first."""
    return [one.ids for one in lists.grouped(run(lambda _tx: lists.of_theme("S", theme, **options)))]


def order(run: Run) -> list[str]:
    """The questions one by one."""
    return [row.id for row in run(lambda _tx: lists.of_theme("S"))]


def test_near_questions_of_a_theme_are_folded_under_the_most_supported(asked: Run) -> None:
    assert ids(asked) == [["c"], ["e"], ["f"], ["b", "a", "d"]]
    group = lists.grouped(asked(lambda _tx: lists.of_theme("S", "salaire")))[0]
    assert (group.votes, group.schools, group.levels) == (14, 3, ["4E"])
    assert asked(lambda _tx: lists.counts("S")) == ({"metier": 1, "parcours": 1, "vie": 1, "salaire": 3}, 0)


def test_one_is_detached_and_grouped_again(asked: Run) -> None:
    asked(lists.detach, "a", apart=True)
    assert ids(asked, "salaire") == [["b", "d"], ["a"]]
    asked(lists.detach, "a", apart=False)
    assert ids(asked, "salaire") == [["b", "a", "d"]]


def test_several_are_set_aside_kept_and_put_back(asked: Run) -> None:
    asked(lists.mark, ["a", "b", "none"], "set_aside")
    assert ids(asked, "salaire") == [["d"]] and ids(asked, aside=True) == [["b", "a"]]
    assert asked(lambda _tx: lists.counts("S"))[1] == 2
    asked(lists.mark, ["a"], "kept")
    assert asked(lambda _tx: models.Question.get_by_id("a").state) == "kept"
    with pytest.raises(OfficeError):
        asked(lists.mark, ["a"], "withdrawn")


def test_a_group_moves_to_any_place_and_only_what_moves_is_written(run: Run) -> None:
    for n in range(700):
        ask(run, f"q{n:03d}", f"mot{n} unique{n} ?", "vie", 700 - n)
    statements: list[str] = []
    database: Any = models.database.obj
    execute = database.execute_sql

    def counted(sql: str, *args: Any) -> Any:
        statements.append(sql)
        return execute(sql, *args)

    database.execute_sql = counted
    run(lists.place, "S", "vie", ["q699"], "q000")
    first = [sql for sql in statements if sql.startswith("UPDATE")]
    statements.clear()
    run(lists.place, "S", "vie", ["q002", "q004"], "q001")
    later = [sql for sql in statements if sql.startswith("UPDATE")]
    del database.execute_sql
    assert (len(first), len(later)) == (3, 1)  # all, once; then those between
    assert order(run)[:7] == ["q699", "q000", "q002", "q004", "q001", "q003", "q005"]
    run(lists.place, "S", "vie", ["q699"], None)
    assert order(run)[-1] == "q699"
    run(lists.place, "S", "vie", ["elsewhere"], "q000")  # nothing of this list: nothing moves
    assert order(run)[0] == "q000"


def test_what_was_received_is_told_to_many_schools_in_a_few_statements(run: Run) -> None:
    schools = [f"U{n:03d}" for n in range(250)]
    body = {"session_id": "S", "text": "Et ?", "theme": "vie", "origin": "web", "state": "new"}
    run(lambda _tx: feed.publish_to("question", "r", body, schools))
    before = run(lambda _tx: {row.uai: row.rev for row in models.Feed.select()})
    run(lambda _tx: feed.publish_to("question", "r", body, schools[:3]))
    assert run(lambda _tx: {row.uai: row.rev for row in models.Feed.select()}) == before
    run(lambda _tx: feed.publish_to("question", "r", {**body, "state": "kept"}, schools[:3]))
    after = run(lambda _tx: {row.uai: row.rev for row in models.Feed.select()})
    assert len(set(after.values())) == 250 and all(after[uai] > max(before.values()) for uai in schools[:3])
    assert [after[uai] for uai in schools[3:]] == [before[uai] for uai in schools[3:]]
