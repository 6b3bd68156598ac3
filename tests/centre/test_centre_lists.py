"""The speaker's list: by theme, near questions folded, in the office's order; what moving one costs."""

from __future__ import annotations

import random
from typing import Any

import pytest

from centre.centre_files import Run, statements
from kiosk.centre import feed, lists, models
from kiosk.centre.refusals import OfficeError
from kiosk.contract.reading.similarity import Features, features

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


def written(run: Run, unit: Any, *args: Any) -> int:
    """How many rows a unit of work updates."""
    with statements() as told:
        run(unit, *args)
    return sum(rows for sql, rows in told if sql.startswith("UPDATE"))


def test_a_group_moves_to_any_place_and_only_what_moves_and_what_it_passes_is_written(run: Run) -> None:
    for n in range(700):
        ask(run, f"q{n:03d}", f"mot{n} unique{n} ?", "vie", 700 - n)
    assert written(run, lists.place, "S", "vie", ["q699"], "q000") == 1
    assert written(run, lists.place, "S", "vie", ["q002", "q004"], "q001") == 3  # q000 was passed
    assert order(run)[:7] == ["q699", "q000", "q002", "q004", "q001", "q003", "q005"]
    assert run(lists.place, "S", "vie", ["q005"], "q003") == (7, 6)
    assert run(lists.place, "S", "vie", ["q699"], None) == (1, 700)
    assert order(run)[-1] == "q699"
    assert run(lists.place, "S", "vie", ["elsewhere"], "q000") == (0, 0)  # nothing of this list: nothing moves
    assert run(lists.place, "S", "vie", ["q003"], "q003")[1] == 700  # before itself is no place: last
    assert order(run)[0] == "q000"


def test_any_moves_give_the_order_they_say_and_few_rows_are_written(run: Run) -> None:
    """Against a plain list, groups of one and several; at the same place again and again too, until no room is left."""
    dice = random.Random(4)
    for n in range(60):
        ask(run, f"q{n:02d}", f"mot{n} unique{n} ?", "vie", 60 - n)
    wanted, rows = order(run), []
    for turn in range(150):
        ids = dice.sample(wanted, 1 if turn % 3 else 3)
        rest = [id for id in wanted if id not in ids]
        before = rest[20] if turn < 60 else dice.choice([*rest, None])
        at = rest.index(before) if before else len(rest)
        rows.append(written(run, lists.place, "S", "vie", ids, before))
        wanted = [*rest[:at], *ids, *rest[at:]]
        assert order(run) == wanted, turn
    assert sorted(rows)[len(rows) // 2] <= 3 and sum(rows) < 1500


def test_what_nobody_placed_stays_after_the_others_by_support(asked: Run) -> None:
    asked(lists.place, "S", "salaire", ["d"], "b")
    assert ids(asked, "salaire") == [["d", "b", "a"]]
    ask(asked, "z", "Et la retraite ?", "salaire", 50)
    assert ids(asked, "salaire") == [["d", "b", "a"], ["z"]]


def test_a_list_is_grouped_once_whatever_is_decided_of_it(asked: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def look(text: str) -> Features:
        looked.append(text)
        return features(text)

    monkeypatch.setattr(lists, "features", look)
    monkeypatch.setattr(lists, "_known", {})
    before = ids(asked, "salaire")
    assert len(looked) == 3
    asked(lists.mark, ["a", "b"], "kept")
    asked(lists.place, "S", "salaire", ["d"], "b")
    after = ids(asked, "salaire")
    assert len(looked) == 3 and [sorted(one) for one in after] == [sorted(one) for one in before]
    ask(asked, "y", "Et combien d’heures ?", "salaire", 1)
    ids(asked, "salaire")
    assert len(looked) == 7
    assert not any("combien" in repr(one).casefold() for one in lists._known.items())


def test_groups_that_are_remembered_are_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "_known", {})
    monkeypatch.setattr(lists, "_HELD", 5)
    for n in range(9):
        ask(run, f"a{n}", "Combien gagnez-vous ?", "salaire", n)
        lists.grouped(run(lambda _tx: lists.of_theme("S", "salaire")))
    assert 0 < len(lists._known) <= 2


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
