"""A fact stands once: what is true of a phase is asked of it, and no file but its registry knows one by its code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from factories import make_question, refused
from kiosk.domain import phases, rooms
from kiosk.domain.acts import ACTS
from kiosk.domain.care import worries
from kiosk.domain.lesson import lessons
from kiosk.domain.phases import PHASES, Ahead
from kiosk.domain.questions import decisions, moderation, ordering, questions, review, written
from kiosk.domain.questions.reasons import REASONS
from kiosk.domain.statuses import SHELVES, STATUSES, of_shelf
from kiosk.storage.models import Question
from kiosk.web.display import screens
from kiosk.web.phone import phone_moments
from kiosk.web.teacher import undoing
from kiosk.web.teacher.blueprint import MODERATORS, ROOM_TEACHERS

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "templates"
#: The centre has its own house; a migration is frozen.
PYTHON = [path for path in sorted((ROOT / "kiosk").rglob("*.py"))
          if not {"centre", "migrations"} & set(path.relative_to(ROOT).parts)]  # fmt: skip
PAGES = [path for path in sorted(TEMPLATES.rglob("*.html")) if "centre" not in path.parts]
FEAR = "je veux mourir"
QUESTION = set(Question._meta.fields)
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))

#: Who knows a status by its code, each for a reason.
KNOW_A_STATUS = {
    "kiosk/contract/operations.py": "the centre's words",
    "kiosk/domain/statuses.py": "the registry",
    "kiosk/domain/reflected.py": "the statuses of a reflection, which are others",
    "static/js/phone.js": "its bytes are counted; the protocol's words",
}


def words_of(node: ast.expr) -> list[str]:
    """The words of a literal: itself, or those of its tuple, list, set or dictionary's keys."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Dict):
        return [word for key in node.keys if key is not None for word in words_of(key)]
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return [word for one in node.elts for word in words_of(one)]
    return []


def compared(tree: ast.AST) -> list[list[str]]:
    """The literals that a program compares with (``==``, ``in``, the database's ``<<``), and its lists of words."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            found += [words_of(one) for one in (node.left, *node.comparators)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift):
            found.append(words_of(node.right))
        elif isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict)):
            words = words_of(node)
            found += [words] if len(words) > 1 else []
    return found


def knowing(codes: list[str], column: str) -> set[str]:
    """The files that compare one of these codes, or list some, or choose by them in SQL; among Python, pages, scripts.

    A list counts when all its words are codes: « questions » is a word of other lists too.
    """
    found = set()
    one_of = "|".join(codes)
    sql = re.compile(rf"\b{column}\b\s*(?:!?=|(?:NOT )?IN)\s*\(?'(?:{one_of})'")
    for path in PYTHON:
        text = path.read_text(encoding="utf-8")
        if sql.search(text) or any(words and set(words) <= set(codes) for words in compared(ast.parse(text))):
            found.add(path.relative_to(ROOT).as_posix())
    word = rf"['\"](?:{one_of})['\"]"
    page = re.compile(rf"\b{column}\b\s*(?:[!=]==?|(?:not )?in)\s*[\[(]?{word}|{word}\s*:")
    for path in [*PAGES, *SCRIPTS]:
        if page.search(path.read_text(encoding="utf-8")):
            found.add(path.relative_to(ROOT).as_posix())
    listed = re.compile(rf"\[(?:\s*{word},?){{2,}}\s*\]")
    return found | {path.relative_to(ROOT).as_posix() for path in SCRIPTS if listed.search(path.read_text("utf-8"))}


def test_a_phase_is_known_by_its_registry_alone():
    assert knowing(PHASES.codes(), "phase") == set()


def test_a_status_is_known_by_its_registry_alone():
    assert knowing(STATUSES.codes(), "status") == set(KNOW_A_STATUS)


def test_an_act_is_known_by_its_registry_alone():
    assert knowing(ACTS.codes(), "verb") == set()


def test_a_reason_is_known_by_its_registry_alone():
    assert knowing(REASONS.codes(), "reason") == set()


def test_no_entry_is_known_by_its_place():
    """A phase after the last would be taken for the end: an entry says what it is, wherever it stands."""
    placed = re.compile(r"\.codes\(\)\[")
    found = {path.relative_to(ROOT).as_posix() for path in PYTHON if placed.search(path.read_text(encoding="utf-8"))}
    assert found == set()


def test_what_compares_is_found():
    tree = ast.parse('a == "talk" or b in ("lobby", "closed") or C.phase << ("talk", "x"); d = {"lobby": 1, "talk": 2}')
    assert sorted(compared(tree)) == sorted(
        [[], ["talk"], [], ["lobby", "closed"], ["talk", "x"], ["lobby", "closed"], ["talk", "x"], ["lobby", "talk"]]
    )


# -- phases ----------------------------------------------------------------------------------------

#: The course of a session, by hand: code, stop of the line, screen, phone's page, whether questions are taken, whether
#: it lasts so many minutes.
COURSE = [
    ("lobby", "Accueil", "join", "ask", True, False),
    ("countdown", "Accueil", "countdown", "ask", True, False),
    ("talk", "Présentation", "speaker", "ask", True, True),
    ("questions", "Questions", "wall", "ask", True, True),
    ("reflection", "Bilan", "reflection", "reflection", False, True),
    ("closed", None, "end", "over", False, False),
]


def test_the_course_of_a_session():
    assert [(p.code, p.step, p.screen, p.phone, p.intake, p.timed) for p in PHASES] == COURSE


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.code)
def test_a_phase_is_whole(phase, kiosk, room):
    """Its words, its screen, its phone page, its poster: an entry without them does not pass."""
    assert phase.label
    assert screens.SCREENS.get(phase.screen)
    assert (TEMPLATES / "display" / f"{phase.screen}.html").is_file()
    assert phone_moments.PAGES.get(phase.phone)
    assert (TEMPLATES / "phone" / f"{phase.phone}.html").is_file()
    assert (TEMPLATES / "control" / "live" / "posters" / f"{phase.code}.html").is_file()
    if phase is not phases.FIRST:
        assert phase.go and phase.detail(Ahead("Sophie Martin", 3, 2, 7))
    if phase is not phases.LAST:
        assert phase.back
    assert phase.at_once is None or phase.at_once[0] in PHASES


def test_a_session_has_one_beginning_and_one_end():
    assert [phase.code for phase in PHASES if phase.over] == [phases.LAST.code]
    assert {phase.code for phase in PHASES if not phase.running} == {phases.FIRST.code, phases.LAST.code}
    assert [phase.code for phase in PHASES if phase.asking] == [phases.ASKING.code]


def test_flags_agree():
    """The time for questions comes after; a class with its speaker has begun; minutes and an hour are two ends."""
    codes = PHASES.codes()
    assert all(codes.index(phase.code) < codes.index(phases.ASKING.code) for phase in PHASES if phase.early)
    assert [phase.code for phase in PHASES if phase.with_speaker and not phase.running] == []
    assert [phase.code for phase in PHASES if phase.timed and phase.to_start] == []
    assert [phase.code for phase in PHASES if phase.reflecting and phase.intake] == []


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.code)
def test_every_page_of_a_phase_is_drawn(phase, kiosk, room, client, teacher):
    kiosk.write(lambda tx: rooms.set_phase(tx, room, phase.code))
    assert f'data-phase="{phase.code}"' in client.get("/ecran").text
    assert client.get("/", follow_redirects=True).status_code == 200
    assert 'id="poster"' in teacher.client.get("/prof").text


# -- statuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: status.code)
def test_a_status_is_whole(status):
    """Its words, its place, its note: an entry without them does not pass."""
    assert status.pupil
    assert status.shelf is None or status.shelf in SHELVES
    assert bool(status.note) == bool(status.noted_at)
    assert not status.noted_at or status.noted_at in QUESTION
    assert (status.track < 0) == (not status.in_play)
    assert status.line or not (status.to_review or status.ready or status.answered)


def test_a_status_is_in_one_place():
    """To come, given, put aside, in another, taken back: exactly one; and what is shown or ready is still to come."""
    for status in STATUSES:
        places = (status.to_come, status.given, status.aside, status.joined, status.taken_back)
        assert places.count(True) == 1, status.code
        assert status.to_come or not (status.to_review or status.ready or status.shown), status.code
        assert status.given or not status.answered, status.code
        assert status.aside or not status.reasoned, status.code
        assert status.alive or not (status.public or status.withdrawable or status.shelf), status.code


def test_a_shelf_counts_what_is_on_it(kiosk, room):
    """``Counts`` and the shelves agree, with a question in each status."""
    for n, status in enumerate(STATUSES):
        made = make_question(kiosk, room, f"q{n}")
        kiosk.write(lambda tx: Question.update(status=status.code).where(Question.id == made).execute())
    counts = questions.counts(room, "S1")
    listed = {shelf.code: len(questions.listed(room, "S1", *of_shelf(shelf.code))) for shelf in SHELVES}
    assert {shelf.code: getattr(counts, shelf.count) for shelf in SHELVES} == listed
    assert counts.received == len(STATUSES) - 1


# -- acts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.code)
def test_an_act_is_whole(act, app):
    """Its columns, its words, its route: an entry without them does not pass."""
    assert set(act.touched) <= QUESTION
    assert act.said(2) != ""
    assert set(act.of) <= set(STATUSES.codes())
    assert f"control.{act.route}" in app.view_functions
    assert act.route in ROOM_TEACHERS and (act.route in MODERATORS) == (act.review or act.by == "reword")
    assert not (act.review and act.whole)


def a_lesson(tx: Any, room: str) -> None:
    """Begun, a question chosen, ended."""
    lessons.begin(tx, room)
    lessons.choose(tx, room, "two", True)
    lessons.end_lesson(tx, room)


#: How each act is done, in a room with « wait » to read over, « one » and « two » in the list, « big » on screen and
#: « fear » kept apart.
DOING: dict[str, tuple[Any, ...]] = {
    "approve": (moderation.approve, "wait"),
    "send_back": (review.send_back, "one"),
    "reword": (moderation.reword, "wait", "Autrement ?"),
    "put_on_screen": (moderation.put_on_screen, "one"),
    "take_off_screen": (moderation.take_off_screen,),
    "mark_asked": (moderation.mark_asked, "one"),
    "mark_answered": (moderation.mark_answered, "big"),
    "set_aside": (moderation.set_aside, "wait", "ton"),
    "merge": (moderation.merge, "wait", ["one"]),
    "keep_apart": (moderation.keep_apart, ["wait", "one"]),
    "reorder": (moderation.reorder, "two", "one"),
    "follow_order": (ordering.follow,),
    "end_lesson": (a_lesson,),
    "make_prepared": (written.make_prepared, ["one", "two"]),
    "set_apart": (moderation.reword, "wait", FEAR),
    "told": (worries.told, "fear"),
    "not_a_worry": (worries.not_a_worry, "fear"),
    "review_off": (review.suspend,),
    "set_all_aside": (review.set_all_aside,),
}


def rows():
    return {row.id: row.__data__ for row in Question.select()}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.code)
def test_an_act_is_kept_said_and_undone(act, kiosk, room, write):
    for id, after in (("wait", None), ("one", moderation.approve), ("two", moderation.approve), ("big", None)):
        make_question(kiosk, room, id, author=f"eleve-{id}", after=after)
    make_question(kiosk, room, "fear", FEAR)
    write(moderation.put_on_screen, room, "big")
    before, shown = rows(), rooms.view(room).current_id
    do, *values = DOING[act.code]
    write(do, room, *values)
    kept = decisions.last(room, "S1")
    assert kept is not None and kept.verb == act.code
    assert all(set(saved) - {"id"} <= set(act.touched) for saved in kept.before)
    line = undoing.last(rooms.view(room))
    assert line is not None and line.done == act.said(len(kept.before))
    assert write(decisions.undo, room) == act.code
    assert rows() == before
    assert rooms.view(room).current_id == shown


def test_an_act_of_a_later_version_is_not_undone(kiosk, room, write):
    """After a roll-back the panel stands, and says that there is nothing to undo."""
    make_question(kiosk, room, "one", after=moderation.approve)
    kiosk.write(lambda tx: decisions.Decision.update(verb="of_tomorrow").execute())
    assert (decisions.last(room, "S1"), undoing.last(rooms.view(room))) == (None, None)
    refused("nothing_to_undo", write, decisions.undo, room)
