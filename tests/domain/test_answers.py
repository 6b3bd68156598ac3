"""The line of answer of an asked question: who writes it, who reads it over, and when the class has it."""

from __future__ import annotations

import pytest

from factories import make_question, make_room, refused
from kiosk.domain import retention, rooms, roomset
from kiosk.domain.care import worries
from kiosk.domain.questions import answers, decisions, moderation, questions
from kiosk.domain.reading import distress
from kiosk.domain.views import AnswerLine
from kiosk.storage import hot
from kiosk.storage.models import AnswerLine as Row
from kiosk.storage.models import Question

LINE = "Oui, la première nuit."


@pytest.fixture
def class_(kiosk, room, write):
    """Its questions: « asked » and « answered » were put to the speaker, « shown » is being, « ready » waits."""
    write(rooms.set_phase, room, "questions")
    for id in ("asked", "answered", "shown", "ready"):
        make_question(kiosk, room, id, after=moderation.approve)
    write(moderation.mark_asked, room, "asked")
    write(moderation.mark_answered, room, "answered")
    write(moderation.put_on_screen, room, "shown")
    return room


def said(room, id):
    return answers.noted(questions.one(room, id))


def test_a_teacher_s_line_is_the_class_s_at_once(class_, write):
    for id in ("asked", "answered", "shown"):
        write(answers.note, class_, id, f"  {LINE}\n{id} ")
    assert [said(class_, id) for id in ("asked", "answered")] == [f"{LINE} asked", f"{LINE} answered"]
    assert said(class_, "shown") == "", "the speaker has not answered it"
    write(answers.note, class_, "asked", "")
    assert said(class_, "asked") == "" and answers.of(["asked"]) == {}
    assert answers.progress(class_, "S1") == (2, 0)


def test_pupils_lines_wait_for_an_adult(class_, write):
    assert write(answers.propose, class_, "asked", LINE, "eleve-9") is False
    assert (said(class_, "asked"), answers.progress(class_, "S1")) == ("", (0, 1))
    write(answers.note, class_, "asked", "Elle a eu peur.", seen=LINE)
    assert answers.of(["asked"]) == {"asked": AnswerLine("Elle a eu peur.", "")}
    write(answers.propose, class_, "asked", "Autre chose", "eleve-9")
    assert said(class_, "asked") == "Elle a eu peur.", "what was read over stays until the next is"
    write(answers.note, class_, "asked", None, seen="Autre chose")
    assert answers.of(["asked"]) == {"asked": AnswerLine("Elle a eu peur.", "")}


def test_a_question_of_somebody_in_danger_has_no_line(kiosk, class_, write):
    kiosk.write(lambda tx: Question.update(worry=distress.OPENED).execute())
    for act in (answers.note, answers.propose):
        refused("unknown_question", write, act, class_, "asked", LINE, *(["eleve-9"] if act is answers.propose else []))


def test_what_came_since_it_was_read_still_waits(class_, write):
    write(answers.propose, class_, "asked", LINE, "eleve-9")
    write(answers.propose, class_, "asked", "Un mot que personne n’a lu", "eleve-9")
    write(answers.note, class_, "asked", LINE, seen=LINE)
    assert answers.of(["asked"]) == {"asked": AnswerLine(LINE, "Un mot que personne n’a lu")}


def test_only_what_was_asked_has_a_line(class_, write, kiosk):
    other = make_room(kiosk, "Autre", session_id="S1")
    for verb, more in ((answers.note, ()), (answers.propose, ("eleve-9",))):
        refused("wrong_status", write, verb, class_, "ready", LINE, *more)
        refused("unknown_question", write, verb, class_, "nothing", LINE, *more)
        refused("unknown_question", write, verb, other, "asked", LINE, *more)
        assert refused("answer_too_long", write, verb, class_, "asked", "x" * 161, *more).field == "ligne"
        refused("answer_too_long", write, verb, class_, "asked", "x" * 2_000_000, *more)
    write(answers.note, class_, "asked", "x" * 160)
    assert Row.select().count() == 1


def test_words_of_somebody_in_danger_are_no_line(class_, write):
    assert write(answers.propose, class_, "asked", "j’ai envie de mourir", "eleve-9") is True
    assert Row.select().count() == 0 and worries.unopened(class_) == 1
    assert write(answers.propose, class_, "asked", "je veux me tuer", "eleve-9") is True
    assert [q.text for q in worries.listed(class_)] == ["je veux me tuer"], "one of each, the latest words"


def test_a_line_goes_back_with_its_question(class_, write):
    write(answers.note, class_, "answered", LINE)
    write(decisions.undo, class_)  # « shown » off the screen
    write(decisions.undo, class_)  # « answered » is not asked any more
    assert said(class_, "answered") == "" and answers.asked(class_, "S1")[0][0].id == "asked"
    write(moderation.mark_answered, class_, "answered")
    assert said(class_, "answered") == LINE


def test_what_is_asked_is_listed_with_its_line_the_one_on_screen_first(class_, write):
    write(answers.note, class_, "asked", LINE)
    found = [(q.id, line.text) for q, line in answers.asked(class_, "S1")]
    assert found[0] == ("shown", "") and sorted(found[1:]) == [("answered", ""), ("asked", LINE)]
    assert answers.asked(class_, None) == []


@pytest.mark.parametrize("how", ["wiped", "erased", "room removed"])
def test_lines_go_with_their_session(kiosk, class_, write, how):
    write(answers.note, class_, "asked", LINE)
    write(answers.propose, class_, "answered", "À relire", "eleve-9")
    if how == "wiped":
        write(retention.wipe, class_)
    elif how == "erased":
        write(retention.erase, class_, "S1")
    else:
        make_room(kiosk, "Autre")
        write(rooms.set_phase, class_, "closed")
        write(roomset.empty, class_)
        write(roomset.remove, class_, sure=True)
    assert Row.select().count() == 0


def test_a_question_that_goes_on_while_the_list_is_read_is_in_it_once(class_, write, monkeypatch):
    """The one on screen first, then the latest asked, of one instant: another thread writes between two readings."""
    ids = ["shown", "answered", "asked"]
    for id in ids:
        write(answers.propose, class_, id, LINE, "eleve-9")
    assert answers.waiting(class_, "S1") == ids
    moved: list[object] = []
    read = hot.read

    def read_then_moved(*words):
        rows = list(read(*words))
        if not moved:
            moved.append(write(moderation.mark_asked, class_, "shown"))
        return rows

    monkeypatch.setattr(hot, "read", read_then_moved)
    assert [question.id for question, _line in answers.asked(class_, "S1")] == ids and moved
    monkeypatch.setattr(hot, "read", read)
    assert [question.id for question, _line in answers.asked(class_, "S1")] == ids
