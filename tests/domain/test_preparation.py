"""Prepared questions, pasted lists and paper slips."""

from __future__ import annotations

import pytest

from factories import make_question, make_room, refused, settle
from kiosk.domain import rooms
from kiosk.domain.questions import decisions, moderation, preparation, questions
from kiosk.ground.events import RoomChanged
from kiosk.storage.models import Question


@pytest.fixture
def prepared(write, room):
    return [write(preparation.add, room, f"Question {n} ?").id for n in (1, 2, 3)]


def order(room):
    return [(q.text, q.position) for q in preparation.listed(room, "S1")]


def test_add_waits_approved_at_the_end(room, write, prepared):
    assert order(room) == [("Question 1 ?", 1), ("Question 2 ?", 2), ("Question 3 ?", 3)]
    view = write(preparation.add, room, "Avec thème ?", theme="metier", id="mienne")
    assert (view.id, view.status, view.origin, view.theme, view.position, view.number) == (
        "mienne",
        "approved",
        "prepared",
        "metier",
        4,
        4,
    )


def test_add_refuses_without_a_session_or_a_good_text(kiosk, room, write):
    refused("no_session", write, preparation.add, make_room(kiosk, "Vide"), "Bonjour ?")
    refused("question_empty", write, preparation.add, room, " ")
    refused("unknown_theme", write, preparation.add, room, "Bonjour ?", theme="sport")
    refused("question_too_long", write, preparation.add, room, "x" * 241)
    refused("question_too_long", write, preparation.add, room, "xx", max_length=1)
    assert Question.select().count() == 0


def test_positions_are_this_room_s_session_s_alone(kiosk, room, write, prepared):
    other = make_room(kiosk, "B", session_id="S1")
    assert write(preparation.add, other, "Ailleurs ?").position == 1


@pytest.mark.parametrize(
    "pasted, found",
    [
        ("Un ?\nDeux ?", ["Un ?", "Deux ?"]),
        (
            "  - Un ?\n\n• Deux ?\n— Trois ?\n* Quatre ?\n· Cinq ?\n– Six ?",
            ["Un ?", "Deux ?", "Trois ?", "Quatre ?", "Cinq ?", "Six ?"],
        ),
        ("1. Un ?\n2) Deux ?\n12- Trois ?\n- 3. Quatre ?", ["Un ?", "Deux ?", "Trois ?", "Quatre ?"]),
        ("3 questions ?\nA. B ?\n1.\r\n2 . x", ["3 questions ?", "A. B ?", "x"]),
        ("1.\tUn ?\n● Deux ?\n➢\tTrois ?\no\tQuatre ?", ["Un ?", "Deux ?", "Trois ?", "Quatre ?"]),
        ("3.\u00a0Un ?\n4\u00a0Deux ?\n(7) Trois ?\n13.Quatre ?", ["Un ?", "Deux ?", "Trois ?", "Quatre ?"]),
        (
            "3 ans d’études, c’est long ?\n2,5 % de quoi ?\n3-4 fois ?\n10\u00a0ans ?",
            ["3 ans d’études, c’est long ?", "2,5 % de quoi ?", "3-4 fois ?", "10\u00a0ans ?"],
        ),
        ("1.   Un ?", ["Un ?"]),
    ],
)
def test_lines_drop_bullets_and_numbers(pasted, found):
    assert preparation.lines(pasted) == found


def test_lines_have_a_least_and_a_most():
    refused("list_empty", preparation.lines, " \n - \n")
    assert len(preparation.lines("q\n" * 200)) == 200
    assert refused("list_too_long", preparation.lines, "q\n" * 201).values == {"max": 200}


@pytest.mark.parametrize("origin", ["prepared", "paper", "spoken"])
def test_add_many_keeps_the_order_and_origin(room, write, origin):
    ids = write(preparation.add_many, room, ["Un ?", "Deux ?"], origin=origin, themes=["vie", "metier"])
    views = [questions.one(room, id) for id in ids]
    assert [(v.text, v.origin, v.status, v.theme, v.number) for v in views] == [
        ("Un ?", origin, "approved", "vie", 1),
        ("Deux ?", origin, "approved", "metier", 2),
    ]
    assert [v.position for v in views] == ([1, 2] if origin == "prepared" else [0, 0])


def test_add_many_is_paper_by_default_and_bounded(room, write):
    (id,) = write(preparation.add_many, room, ["Un ?"])
    assert (questions.one(room, id).origin, questions.one(room, id).theme) == ("paper", "")
    for origin in ("prepared", "spoken"):
        refused("question_too_long", write, preparation.add_many, room, ["x" * 241], origin=origin)
        refused("question_too_long", write, preparation.add_many, room, ["xx"], origin=origin, max_length=1)


@pytest.mark.parametrize("origin", ["prepared", "paper"])
def test_add_many_is_whole_or_nothing(room, write, origin):
    refused("question_too_long", write, preparation.add_many, room, ["Un ?", "x" * 241], origin=origin)
    assert Question.select().count() == 0


def test_edit_corrects_both_texts(kiosk, room, write, prepared):
    settle(kiosk)
    heard: list[RoomChanged] = []
    kiosk.bus.subscribe(heard.extend)
    write(preparation.edit, room, prepared[0], " Corrigée  ? ", "vie")
    settle(kiosk)
    view = questions.one(room, prepared[0])
    assert (view.text, view.original_text, view.theme, view.reworded) == ("Corrigée ?", "Corrigée ?", "vie", False)
    assert [(e.what, e.ids) for e in heard] == [(("status",), (prepared[0],))]
    write(preparation.edit, room, prepared[0], "x" * 500, "")
    assert refused("unknown_theme", write, preparation.edit, room, prepared[0], "Bon ?", "sport").field == "theme"
    refused("question_too_long", write, preparation.edit, room, prepared[0], "x" * 501, "")


def test_edit_and_delete_refuse_what_is_shown_or_not_prepared(kiosk, room, write, prepared):
    make_question(kiosk, room, "live")
    write(moderation.put_on_screen, room, prepared[0])
    for act in (
        lambda id: write(preparation.edit, room, id, "Bon ?", ""),
        lambda id: write(preparation.delete, room, id),
    ):
        refused("wrong_status", act, prepared[0])
        refused("unknown_question", act, "live")
        refused("unknown_question", act, "q9")
    refused("unknown_question", write, preparation.delete, make_room(kiosk, "B", session_id="S1"), prepared[1])


def test_delete_takes_it_out(kiosk, room, write, prepared):
    settle(kiosk)
    heard: list[RoomChanged] = []
    kiosk.bus.subscribe(heard.extend)
    write(preparation.delete, room, prepared[1])
    settle(kiosk)
    assert [text for text, _p in order(room)] == ["Question 1 ?", "Question 3 ?"]
    assert (questions.one(room, prepared[1]).status, heard[0].what, heard[0].ids) == (
        "withdrawn",
        ("status", "votes"),
        (prepared[1],),
    )


def test_delete_of_a_group_s_head_leaves_the_others(kiosk, room, write, prepared):
    make_question(kiosk, room, "live")
    write(moderation.merge, room, prepared[0], ["live"])
    write(preparation.delete, room, prepared[0])
    assert (questions.one(room, "live").status, questions.one(room, "live").merged_into) == ("approved", None)


def test_listed_are_those_still_to_come(kiosk, room, write, prepared):
    make_question(kiosk, room, "live")
    write(moderation.mark_asked, room, prepared[0])
    kiosk.write(
        lambda tx: Question.update(origin="centre", status="pending").where(Question.id == prepared[2]).execute()
    )
    assert [text for text, _p in order(room)] == ["Question 2 ?", "Question 3 ?"]
    assert [preparation.listed(room, None), preparation.listed(room, "S2"), preparation.listed("r-0", "S1")] == [
        [],
        [],
        [],
    ]


def test_listed_puts_the_unplaced_last(kiosk, room, write, prepared):
    kiosk.write(lambda tx: Question.update(position=0).where(Question.id == prepared[0]).execute())
    assert [text for text, _p in order(room)] == ["Question 2 ?", "Question 3 ?", "Question 1 ?"]


@pytest.mark.parametrize(
    "which, step, expected",
    [(0, 1, "213"), (2, -1, "132"), (0, -1, "123"), (2, 1, "123"), (0, 9, "231"), (2, -9, "312")],
)
def test_move_goes_up_and_down_within_the_list(room, write, prepared, which, step, expected):
    write(preparation.move, room, prepared[which], step)
    assert "".join(text[9] for text, _p in order(room)) == expected


@pytest.mark.parametrize("index, expected", [(0, "312"), (1, "132"), (-4, "312"), (99, "123")])
def test_place_puts_at_an_index(kiosk, room, write, prepared, index, expected):
    settle(kiosk)
    heard: list[RoomChanged] = []
    kiosk.bus.subscribe(heard.extend)
    write(preparation.place, room, prepared[2], index)
    settle(kiosk)
    assert ("".join(text[9] for text, _p in order(room)), [p for _t, p in order(room)]) == (expected, [1, 2, 3])
    assert [(e.what, e.ids) for e in heard] == [(("status",), (prepared[2],))]


def test_move_and_place_refuse_the_unknown(room, write, prepared):
    refused("unknown_question", write, preparation.move, room, "q9", 1)
    refused("unknown_question", write, preparation.place, room, "q9", 1)


def test_undo_of_an_act_keeps_what_preparation_changed_since(room, write, prepared):
    write(moderation.keep_apart, room, [prepared[0]])
    write(preparation.edit, room, prepared[0], "Corrigée ?", "")
    write(decisions.undo, room)
    assert questions.one(room, prepared[0]).text == "Corrigée ?"
    on = rooms.view(room).session
    assert on is not None and on.id == "S1"
