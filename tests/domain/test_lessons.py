"""The lesson on the shared screen: its clock, what interrupts it, its slips, its places, the list it leaves."""

from __future__ import annotations

from typing import Any

import pytest

from factories import make_question, make_session, refused
from kiosk.domain import retention, rooms, timers
from kiosk.domain.lesson import cases, lessons, steps
from kiosk.domain.questions import decisions, moderation, preparation, questions
from kiosk.storage.models import Decision, Lesson, Operation, Question

MINUTE = 60_000


@pytest.fixture
def begun(room, write):
    """A room where the lesson has begun."""
    write(lessons.begin, room)
    return room


def now(room: str) -> lessons.LessonView:
    found = lessons.of(room, "S1")
    assert found is not None
    return found


def left(kiosk: Any, room: str) -> int:
    """Minutes that the clock says, rounded."""
    lesson = now(room)
    ms = lesson.paused_ms if lesson.ends_at is None else lesson.ends_at - kiosk.clock.now()
    return round((ms or 0) / MINUTE)


def ready(kiosk: Any, room: str, *ids: str, **values: Any) -> None:
    for id in ids:
        make_question(kiosk, room, id, f"Que faites-vous quand {id} ?", after=moderation.approve, **values)


def heads(room: str) -> list[str]:
    return [q.id for q in preparation.listed(room, "S1")]


def told() -> list[str]:
    rows = Operation.select().where((Operation.state == "waiting") & (Operation.type == "question.prepared"))
    return [row.subject for row in rows.order_by(Operation.seq)]


# -- steps and clock ---------------------------------------------------------------------------------


def test_five_steps_last_a_lesson():
    assert [step.label for step in steps.STEPS] == ["Regarder", "Écrire", "Ouvrir", "Trier", "Choisir 8"]
    assert 35 <= steps.MINUTES <= 55
    assert [state for _label, state in steps.stops(steps.STEPS.get("open"))] == ["done", "done", "now", "todo", "todo"]
    assert steps.after(steps.LAST) is None


def test_each_step_has_its_own_time_whatever_the_order(kiosk, begun, write):
    for step in [*steps.STEPS, *reversed(list(steps.STEPS))]:
        write(lessons.go, begun, step.code)
        assert (now(begun).step, left(kiosk, begun)) == (step, step.minutes)


def test_the_same_key_twice_does_not_begin_the_time_again(kiosk, begun, write):
    kiosk.write(lambda tx: Lesson.update(ends_at=tx.now + 3 * MINUTE).execute())
    write(lessons.go, begun, "look")
    assert left(kiosk, begun) == 3


def test_the_next_step_says_which_it_leaves(begun, write):
    """Pressed twice it is done once; from a page that another device went past, it takes nobody back."""
    write(lessons.go, begun, "write", "look")
    write(lessons.pause, begun)
    held = now(begun)
    write(lessons.go, begun, "write", "look")
    assert (now(begun).step.code, now(begun).step) == ("write", held.step)
    write(lessons.go, begun, "sort")
    refused("moved_on", write, lessons.go, begun, "open", "write")
    assert now(begun).step.code == "sort"


def test_pause_more_and_resume(kiosk, begun, write):
    write(lessons.pause, begun)
    write(lessons.pause, begun)
    write(lessons.extend, begun)
    assert (left(kiosk, begun), now(begun).ends_at) == (13, None)
    write(lessons.resume, begun)
    write(lessons.resume, begun)
    assert left(kiosk, begun) == 13 and now(begun).paused_ms is None
    kiosk.write(lambda tx: Lesson.update(ends_at=tx.now - 9 * MINUTE).execute())
    write(lessons.extend, begun)
    assert left(kiosk, begun) == 5


def test_interrupted_it_keeps_its_step_and_its_time(kiosk, begun, write):
    write(lessons.go, begun, "open")
    write(lessons.interrupt, begun)
    assert (now(begun).shown, left(kiosk, begun)) == (False, 10)
    write(lessons.begin, begun)
    assert (now(begun).shown, now(begun).step.code, left(kiosk, begun)) == (True, "open", 10)


def test_taken_up_when_its_time_was_spent_it_has_the_steps_own(kiosk, begun, write):
    kiosk.write(lambda tx: Lesson.update(ends_at=tx.now - MINUTE).execute())
    write(lessons.interrupt, begun)
    write(lessons.begin, begun)
    assert left(kiosk, begun) == 8


def test_a_correction_of_the_clock_leaves_it_its_minutes(kiosk, begun):
    timers.set_clock(kiosk, kiosk.clock.now() + 86_400_000, "teacher")
    assert left(kiosk, begun) == 8


# -- where it may be ---------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["pause", "resume", "extend", "interrupt", "end_lesson"])
def test_nothing_is_done_to_a_lesson_that_has_not_begun(room, write, verb):
    refused("lesson_not_begun", write, getattr(lessons, verb), room)


def test_without_a_session_there_is_none(kiosk, write):
    empty = kiosk.write(lambda tx: rooms.add(tx, "Salle vide"))
    refused("no_session", write, lessons.begin, empty)
    assert lessons.of(empty, None) is None


def test_it_gives_way_to_the_talk_and_is_over_with_it(begun, write):
    write(rooms.set_phase, begun, "countdown")
    assert not now(begun).shown
    refused("wrong_phase", write, lessons.go, begun, "write")
    write(rooms.set_phase, begun, "lobby")
    assert not now(begun).shown, "the welcome comes back, not the lesson"
    write(lessons.begin, begun)
    write(rooms.set_phase, begun, "closed")
    assert lessons.of(begun, "S1") is None, "the groups are forgotten with the session"


def test_another_session_hides_it_and_it_is_found_again(kiosk, begun, write):
    write(lessons.go, begun, "sort")
    make_session(kiosk, "S2")
    write(rooms.choose_session, begun, "S2")
    assert lessons.of(begun, "S2") is None
    write(rooms.choose_session, begun, "S1")
    assert (now(begun).step.code, now(begun).shown) == ("sort", False)


def test_a_step_of_a_later_version_is_the_first(begun, kiosk):
    kiosk.write(lambda tx: Lesson.update(step="tomorrow").execute())
    assert now(begun).step == steps.FIRST


def test_an_unknown_step_is_refused(begun, write):
    refused("unknown_step", write, lessons.go, begun, "dance")


def test_erased_nothing_of_it_stays(begun, write):
    write(retention.wipe, begun)
    assert Lesson.select().count() == 0


# -- slips -------------------------------------------------------------------------------------------


def test_a_slip_is_a_paper_question_and_its_group_is_the_lessons(begun, write):
    write(lessons.add_slip, begun, lessons.Slip("Que faites-vous ?", group=3, theme="metier", speaker_id="S1-P1"))
    row = Question.get()
    assert (row.origin, row.status, row.author, row.theme, row.speaker_id) == (
        "paper",
        "approved",
        None,
        "metier",
        "S1-P1",
    )
    assert now(begun).slips == {row.id: 3}
    assert "3" not in {str(value) for name, value in row.__data__.items() if name not in ("id", "created_at")}


@pytest.mark.parametrize("group", [-1, lessons.GROUPS + 1])
def test_there_is_no_such_group(begun, write, group):
    refused("invalid", write, lessons.add_slip, begun, lessons.Slip("Que faites-vous ?", group=group))


def test_a_worrying_slip_has_no_group(begun, write):
    write(lessons.add_slip, begun, lessons.Slip("je veux mourir", group=2))
    assert now(begun).slips == {} and lessons.candidates(begun, "S1") == []


@pytest.mark.parametrize("fields", [{"unread": True}, {"worry": "opened"}], ids=["unread", "guarded"])
def test_what_nobody_read_or_may_come_from_a_danger_takes_no_place(kiosk, begun, write, fields):
    ready(kiosk, begun, "un", "deux")
    for id in ("un", "deux"):
        write(lessons.choose, begun, id, True)
    write(lambda tx: Question.update(**fields).where(Question.id == "un").execute())
    assert [one.id for one in lessons.candidates(begun, "S1")] == ["deux"]
    assert [one.id for one in lessons.chosen_of(begun, "S1", now(begun).chosen)] == ["deux"]


# -- cases -------------------------------------------------------------------------------------------


def test_each_theme_has_its_case_or_none(kiosk, room):
    for n, theme in enumerate(["metier", "numerique", "parcours", "vie", "egalite", "salaire", "autre", ""]):
        ready(kiosk, room, f"q{n}", theme=theme)
    found = lessons.candidates(room, "S1")
    assert [(case.theme.code, len(case.questions), case.lacking) for case in cases.of(found)] == [
        ("metier", 2, False),
        ("parcours", 1, True),
        ("vie", 2, False),
        ("salaire", 1, True),
    ]
    assert [one.theme for one in cases.unsorted(found)] == ["autre", ""]


def test_opened_questions_are_counted(kiosk, room, write):
    for id, text in (("a", "Vous avez peur ?"), ("b", "Aimez-vous la pluie ?"), ("c", "Que faites-vous ?")):
        make_question(kiosk, room, id, text, after=moderation.approve)
    assert cases.reopened(lessons.candidates(room, "S1")) == 0
    write(moderation.reword, room, "a", "De quoi avez-vous peur ?")
    write(moderation.reword, room, "c", "Que faites-vous donc ?")
    assert cases.reopened(lessons.candidates(room, "S1")) == 1


# -- places and the list -----------------------------------------------------------------------------


def test_eight_places_and_no_more(kiosk, begun, write):
    ids = [f"q{n}" for n in range(9)]
    ready(kiosk, begun, *ids)
    for id in [*ids[:8], ids[0]]:
        write(lessons.choose, begun, id, True)
    refused("places_full", write, lessons.choose, begun, ids[8], True)
    write(lessons.choose, begun, ids[0], False)
    write(lessons.choose, begun, ids[0], False)
    write(lessons.choose, begun, ids[8], True)
    assert now(begun).chosen == (*ids[1:8], ids[8])


def test_what_left_gives_its_place_back(kiosk, begun, write):
    ids = [f"q{n}" for n in range(8)]
    ready(kiosk, begun, *ids)
    for id in ids:
        write(lessons.choose, begun, id, True)
    write(moderation.set_aside, begun, "q3", "ton")
    assert len(lessons.chosen_of(begun, "S1", now(begun).chosen)) == 7
    ready(kiosk, begun, "new")
    write(lessons.choose, begun, "new", True)
    assert now(begun).chosen == (*ids[:3], *ids[4:], "new")


@pytest.mark.parametrize(
    ("text", "approve", "code"),
    [("Lucas Martin vient ?", True, "flagged_first"), ("Que faire ?", False, "wrong_status")],
)
def test_what_nobody_read_or_a_hint_concerns_has_no_place(kiosk, begun, write, text, approve, code):
    make_question(kiosk, begun, "x", text, after=moderation.approve if approve else None)
    refused(code, write, lessons.choose, begun, "x", True)


def test_it_ends_as_the_head_of_the_list_in_one_unit(kiosk, begun, write):
    old = [write(preparation.add, begun, f"Déjà là {n} ?").id for n in (1, 2)]
    ready(kiosk, begun, "phone")
    write(lessons.add_slip, begun, lessons.Slip("Combien de temps faut-il pour monter ?", group=4, theme="salaire"))
    slip = next(one.id for one in lessons.candidates(begun, "S1") if one.origin == "paper")
    for id in (slip, old[1], "phone"):
        write(lessons.choose, begun, id, True)
    before = list(Question.select().dicts())
    assert write(lessons.end_lesson, begun) == 3
    assert heads(begun) == [slip, old[1], "phone", old[0]]
    assert [q.id for q in questions.listed(begun, "S1", "approved")] == [slip, old[1], "phone", old[0]]
    assert set(told()) == {*old, slip, "phone"}
    acts = Decision.select().count()
    assert (write(lessons.end_lesson, begun), Decision.select().count()) == (3, acts), "pressed twice, it ends once"
    assert (now(begun).done, now(begun).shown) == (True, False)
    assert write(decisions.undo, begun) == "end_lesson"
    assert list(Question.select().dicts()) == before and set(told()) == set(old)
    write(lessons.end_lesson, begun)
    assert heads(begun)[:3] == [slip, old[1], "phone"], "undone, it can end again"


def test_a_flag_that_came_since_stops_the_end_and_nothing_is_done(kiosk, begun, write):
    ready(kiosk, begun, "a", "b")
    for id in ("a", "b"):
        write(lessons.choose, begun, id, True)
    write(moderation.reword, begun, "b", "Lucas Martin vient comment ?")
    refused("flagged_first", write, lessons.end_lesson, begun)
    assert heads(begun) == [] and not now(begun).done


def test_nothing_chosen_makes_no_list(begun, write):
    refused("nothing_chosen", write, lessons.end_lesson, begun)


@pytest.mark.parametrize("session", ["DEMO-S-9", "ICI-9"])
def test_a_session_of_the_kiosk_itself_tells_nobody(kiosk, write, session):
    """The demonstration's, and those that a teacher makes here: no operation."""
    make_session(kiosk, session)
    room = kiosk.write(lambda tx: rooms.add(tx, "Salle démo"))
    write(rooms.choose_session, room, session)
    write(lessons.begin, room)
    ready(kiosk, room, "a")
    write(lessons.choose, room, "a", True)
    write(lessons.end_lesson, room)
    assert [q.id for q in preparation.listed(room, session)] == ["a"] and told() == []
