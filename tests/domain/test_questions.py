"""Questions: taking them once, their author's rights, supports, and the lists."""

from __future__ import annotations

import pytest

from factories import make_room, make_session, refused, settle
from kiosk.domain import rooms
from kiosk.domain.people.devices import Pupil
from kiosk.domain.questions import moderation, questions
from kiosk.domain.questions.pace import ROOM
from kiosk.domain.views import Counts
from kiosk.ground.errors import KioskError
from kiosk.ground.events import RoomChanged
from kiosk.storage.models import Question, Support


@pytest.fixture
def ask(write, room):
    return lambda id, text="Pourquoi ?", author="eleve-1", **values: write(
        questions.submit, room, id=id, text=text, author=author, **values
    )


# -- taking


def test_submit_stores_what_was_said(kiosk, room, ask):
    heard: list[RoomChanged] = []
    kiosk.bus.subscribe(heard.extend)
    receipt = ask("q-1", "  Avez-vous   peur ? ", theme="metier", speaker_id="S1-P1")
    assert (receipt.id, receipt.status, receipt.number) == ("q-1", "pending", 1)
    view = questions.one(room, "q-1")
    assert (view.text, view.original_text, view.theme, view.speaker_id, view.origin, view.status) == (
        "Avez-vous peur ?",
        "Avez-vous peur ?",
        "metier",
        "S1-P1",
        "live",
        "pending",
    )
    assert (view.approved_at, view.support, view.position, view.merged_into, view.reason) == (None, 0, 0, None, None)
    row = Question.get_by_id("q-1")
    assert (row.author, row.session_id, row.kept_apart, row.rev, row.base_support) == ("eleve-1", "S1", False, 0, 0)
    settle(kiosk)
    assert [(event.what, event.ids) for event in heard] == [(("question",), ("q-1",))]
    assert kiosk.write(lambda tx: tx.now) - view.created_at < 5_000


def test_numbers_follow_one_another(room, ask):
    assert [ask(f"q{n}").number for n in range(3)] == [1, 2, 3]
    assert rooms.view(room).rev == 4


def test_the_same_id_twice_is_the_same_question(kiosk, room, ask):
    ask("q1")
    kiosk.write(lambda tx: moderation.approve(tx, room, "q1"))
    rev = rooms.view(room).rev
    again = ask("q1", " Pourquoi  ? ", author="eleve-2")
    assert (again.id, again.status, again.number) == ("q1", "approved", 1)
    assert (rooms.view(room).rev, Question.select().count()) == (rev, 1)


def test_the_same_id_again_passes_a_closed_intake(kiosk, room, write, ask):
    ask("q1")
    write(rooms.set_intake, room, "paused")
    assert ask("q1").status == "pending"
    refused("intake_paused", ask, "q2")


def test_the_same_id_compares_with_the_pupil_s_own_words(kiosk, room, ask):
    ask("q1")
    kiosk.write(lambda tx: moderation.reword(tx, room, "q1", "Autrement ?"))
    assert ask("q1").status == "pending"
    assert refused("id_taken", ask, "q1", "Autrement ?").field == "id"


def test_an_id_of_another_room_is_taken(kiosk, room, ask):
    other = make_room(kiosk, "Autre", session_id="S1")
    ask("q1")
    refused("id_taken", kiosk.write, lambda tx: questions.submit(tx, other, id="q1", text="Pourquoi ?", author=None))


@pytest.mark.parametrize("id", ["", "a b", "é", "x" * 65, "a\n", None, 7])
def test_an_id_must_have_its_form(ask, id):
    assert refused("invalid", ask, id).field == "id"


@pytest.mark.parametrize("id", ["x" * 64, "A-z_9"])
def test_an_id_may_be_long(ask, id):
    assert ask(id).id == id


def test_length_is_bounded(ask):
    assert ask("q1", "x" * 240).status == "pending"
    error = refused("question_too_long", ask, "q2", "x" * 241)
    assert (error.field, error.values["max"]) == ("text", 240)
    refused("question_too_long", ask, "q3", "xxxx", max_length=3)
    refused("question_empty", ask, "q4", " \u200b ")


def test_theme_and_speaker_must_exist(ask):
    assert refused("unknown_theme", ask, "q1", theme="sport").field == "theme"
    assert refused("unknown_speaker", ask, "q1", speaker_id="S2-P1").field == "speaker"
    assert ask("q1", theme="", speaker_id="").number == 1


@pytest.mark.parametrize("phase", ["lobby", "countdown", "talk", "questions"])
def test_intake_is_open_from_the_lobby_to_the_end_of_questions(room, write, ask, phase):
    write(rooms.set_phase, room, phase)
    assert ask("q1").status == "pending"


@pytest.mark.parametrize("phase", ["reflection", "closed"])
def test_intake_ends_with_the_questions(room, write, ask, phase):
    write(rooms.set_phase, room, phase)
    refused("session_over", ask, "q1")
    assert ask("q2", origin="spoken").status == "approved"


@pytest.mark.parametrize("intake", ["paused", "frozen"])
def test_intake_closed_by_the_teacher(room, write, ask, intake):
    write(rooms.set_intake, room, intake)
    refused(f"intake_{intake}", ask, "q1")
    assert ask("q2", origin="paper").status == "approved"


@pytest.mark.parametrize("origin", ["live", "spoken"])
def test_no_session_takes_no_question(kiosk, origin):
    empty = make_room(kiosk, "Vide")
    refused(
        "session_not_open",
        kiosk.write,
        lambda tx: questions.submit(tx, empty, id="q", text="Pourquoi ?", author=None, origin=origin),
    )


def test_an_unknown_room_takes_no_question(kiosk):
    refused("unknown_room", kiosk.write, lambda tx: questions.submit(tx, "r-0", id="q", text="Pourquoi ?", author=None))


def test_spoken_questions_are_approved_with_their_instant(room, ask):
    ask("q1", origin="spoken", author=None)
    view = questions.one(room, "q1")
    assert (view.approved_at, view.origin) == (view.created_at, "spoken")


def test_one_device_has_a_most(ask):
    for n in range(2):
        ask(f"q{n}", author_max=2)
    assert refused("too_many", ask, "q2", author_max=2).values["max"] == 2
    assert [
        ask("q3", author="eleve-2", author_max=2).number,
        ask("q4").number,
        ask("q5", author=None, author_max=2).number,
    ] == [3, 4, 5]


# -- the author


def test_withdraw_takes_one_s_own_back(kiosk, room, write, ask):
    ask("q1")
    assert write(questions.withdraw, room, "q1", "eleve-1").status == "withdrawn"
    assert (questions.mine(room, "S1", "eleve-1"), questions.listed(room, "S1", "pending")) == ([], [])
    rev = rooms.view(room).rev
    assert write(questions.withdraw, room, "q1", "eleve-1").status == "withdrawn"
    assert rooms.view(room).rev == rev


@pytest.mark.parametrize("author", ["eleve-2", None, ""])
def test_withdraw_refuses_another_s(write, room, ask, author):
    ask("q1")
    refused("unknown_question", write, questions.withdraw, room, "q1", author)


def test_withdraw_refuses_the_unsigned(write, room, ask):
    ask("q1", author=None)
    refused("unknown_question", write, questions.withdraw, room, "q1", None)
    refused("unknown_question", write, questions.withdraw, room, "q9", "eleve-1")


def test_withdraw_refuses_another_room(kiosk, write, room, ask):
    ask("q1")
    refused("unknown_question", write, questions.withdraw, make_room(kiosk, "B", session_id="S1"), "q1", "eleve-1")


@pytest.mark.parametrize("act", [moderation.put_on_screen, moderation.mark_asked, moderation.mark_answered])
def test_withdraw_is_too_late_once_shown_or_asked(write, room, ask, act):
    ask("q1")
    write(act, room, "q1")
    refused("wrong_status", write, questions.withdraw, room, "q1", "eleve-1")


def test_withdraw_works_on_approved_and_set_aside(write, room, ask):
    for id, act in (("q1", moderation.approve), ("q2", lambda tx, r, i: moderation.set_aside(tx, r, i, "ton"))):
        ask(id)
        write(act, room, id)
        assert write(questions.withdraw, room, id, "eleve-1").status == "withdrawn"


def test_withdrawing_the_head_of_a_group_leaves_the_others_in_the_list(kiosk, room, write, ask):
    for n in (1, 2, 3):
        ask(f"q{n}", f"Question {n} ?", author=f"eleve-{n}")
    for id in ("q1", "q2"):
        write(moderation.approve, room, id)
    write(questions.set_support, room, "q1", "d1", True)
    write(questions.set_support, room, "q1", "d2", True)
    write(questions.set_support, room, "q2", "d2", True)
    write(moderation.merge, room, "q1", ["q2", "q3"])
    heard: list[RoomChanged] = []
    settle(kiosk)
    kiosk.bus.subscribe(heard.extend)
    write(questions.withdraw, room, "q1", "eleve-1")
    settle(kiosk)
    (head,) = questions.listed(room, "S1", "approved")
    assert (head.id, head.text, head.merged_into, [child.id for child in head.merged]) == (
        "q2",
        "Question 2 ?",
        None,
        ["q3"],
    )
    assert head.support == 3  # d1, d2 and the author of q3
    assert [(event.what, event.ids) for event in heard] == [(("status", "votes"), ("q1", "q2", "q3"))]


def test_the_heir_keeps_the_teacher_s_words_and_place(room, write, ask):
    for n in (1, 2, 3):
        ask(f"q{n}", f"Question {n} ?", author=f"eleve-{n}")
    write(moderation.approve, room, "q3")
    write(moderation.merge, room, "q1", ["q2"])
    write(moderation.reword, room, "q1", "Mieux dit ?")
    write(moderation.reorder, room, "q1", "q3")
    before = questions.one(room, "q1")
    write(questions.withdraw, room, "q1", "eleve-1")
    heir = questions.one(room, "q2")
    assert (heir.text, heir.original_text, heir.position, heir.status, heir.approved_at, heir.support) == (
        "Mieux dit ?",
        "Question 2 ?",
        before.position,
        "approved",
        before.approved_at,
        0,
    )


def test_the_heir_of_one_set_aside_is_set_aside(room, write, ask):
    ask("q1"), ask("q2")
    write(moderation.merge, room, "q1", ["q2"])
    write(moderation.set_aside, room, "q1", "ton")
    write(questions.withdraw, room, "q1", "eleve-1")
    assert (questions.one(room, "q2").status, questions.one(room, "q2").reason) == ("set_aside", "ton")


def test_mine_are_the_author_s_of_this_session_newest_first(kiosk, room, write, ask):
    ask("q1"), ask("q2"), ask("q3", author="eleve-2"), ask("q4")
    write(moderation.merge, room, "q1", ["q2"])
    write(questions.withdraw, room, "q4", "eleve-1")
    assert [(v.id, v.status, v.merged_into) for v in questions.mine(room, "S1", "eleve-1")] == [
        ("q2", "merged", "q1"),
        ("q1", "approved", None),
    ]
    assert [
        questions.mine(room, None, "eleve-1"),
        questions.mine(room, "S1", None),
        questions.mine(room, "S2", "eleve-1"),
    ] == [[], [], []]
    assert questions.mine(make_room(kiosk, "B", session_id="S1"), "S1", "eleve-1") == []


# -- supports


@pytest.fixture
def approved(room, write, ask):
    ask("q1")
    write(moderation.approve, room, "q1")
    return lambda device, on=True, key="q1": write(questions.set_support, room, key, device, on).support


def test_support_counts_a_device_once(kiosk, room, approved):
    rev = rooms.view(room).rev
    assert [approved("d1"), approved("d1"), approved("d2"), approved("d3", key=1)] == [1, 1, 2, 3]
    assert rooms.view(room).rev == rev + 3
    assert [approved("d1", False), approved("d1", False), approved("d9", False)] == [2, 2, 2]
    assert (questions.one(room, "q1").support, Support.select().count()) == (2, 2)


def test_support_is_announced_as_votes(kiosk, room, approved):
    settle(kiosk)
    heard: list[RoomChanged] = []
    kiosk.bus.subscribe(heard.extend)
    approved("d1"), approved("d1")
    settle(kiosk)
    assert [(event.what, event.ids) for event in heard] == [(("votes",), ("q1",))]


@pytest.mark.parametrize("key", ["q9", 9, ""])
def test_support_of_an_unknown_question_is_refused(approved, key):
    refused("unknown_question", approved, "d1", True, key)


def test_support_needs_a_public_question(write, room, ask, approved):
    ask("q2")
    refused("unknown_question", approved, "d1", True, "q2")
    for act in (moderation.put_on_screen, moderation.mark_asked, moderation.mark_answered):
        write(act, room, "q2")
        assert approved(f"d{act.__name__}", True, "q2") > 0
    write(moderation.set_aside, room, "q1", "ton")
    refused("unknown_question", approved, "d1")


def test_support_stays_in_its_room_and_session(kiosk, write, room, approved):
    make_session(kiosk, "S2")
    other = make_room(kiosk, "B", session_id="S1")
    refused("unknown_question", write, questions.set_support, other, "q1", "d1", True)
    write(rooms.choose_session, room, "S2")
    refused("unknown_question", approved, "d1")


def test_support_obeys_freeze_and_end_but_not_pause(write, room, approved):
    write(rooms.set_intake, room, "paused")
    assert approved("d1") == 1
    write(rooms.set_intake, room, "frozen")
    refused("intake_frozen", approved, "d2")
    write(rooms.set_intake, room, "open")
    write(rooms.set_phase, room, "reflection")
    refused("session_over", approved, "d2")


def test_recount_adds_what_the_centre_counted(kiosk, room, write, ask, approved):
    kiosk.write(lambda tx: Question.update(base_support=4).where(Question.id == "q1").execute())
    assert approved("d1") == 5
    ask("q2", author=None)
    kiosk.write(lambda tx: Question.update(base_support=2).where(Question.id == "q2").execute())
    write(moderation.merge, room, "q1", ["q2"])
    assert questions.one(room, "q1").support == 8  # 4 + 2, one device, one unsigned author


def test_a_merged_author_who_also_supports_counts_once(room, write, ask, approved):
    ask("q2", author="eleve-2"), ask("q3", author="eleve-2"), ask("q4", author="eleve-1")
    write(moderation.merge, room, "q1", ["q2", "q3", "q4"])
    assert questions.one(room, "q1").support == 1
    assert approved("eleve-2") == 1
    assert approved("eleve-2", False) == 1  # still its author


def test_a_support_given_before_a_merge_can_be_taken_back_after(room, write, ask, approved):
    ask("q2", author="eleve-2")
    write(moderation.approve, room, "q2")
    approved("d1", True, "q2")
    write(moderation.merge, room, "q1", ["q2"])
    assert questions.one(room, "q1").support == 2
    assert [approved("d1"), approved("d1", False)] == [2, 1]


# -- lists


def test_approved_come_in_the_teacher_s_order_then_by_support_then_by_age(kiosk, room, write, ask, approved):
    for n in (2, 3, 4):
        ask(f"q{n}")
        write(moderation.approve, room, f"q{n}")
    approved("d1", True, "q3")
    assert [q.id for q in questions.listed(room, "S1", "approved")] == ["q3", "q1", "q2", "q4"]
    write(moderation.reorder, room, "q4", "q3")
    write(moderation.reorder, room, "q2", None)
    assert [q.id for q in questions.listed(room, "S1", "approved")] == ["q4", "q3", "q1", "q2"]
    ask("q5")
    write(moderation.approve, room, "q5")
    assert [q.id for q in questions.listed(room, "S1", "approved")][-1] == "q5"


def test_the_order_of_approval_counts_between_equals(room, write, ask):
    ask("q1"), ask("q2")
    for id in ("q2", "q1"):
        write(moderation.approve, room, id)
        __import__("time").sleep(0.003)
    assert [q.id for q in questions.listed(room, "S1", "approved")] == ["q2", "q1"]


def test_other_lists_come_by_age_with_their_merged(kiosk, room, write, ask):
    for n in (1, 2, 3):
        ask(f"q{n}")
    write(moderation.merge, room, "q2", ["q3", "q1"], approve_it=False)
    (head,) = questions.listed(room, "S1", "pending", "approved")
    assert (head.id, [c.id for c in head.merged]) == ("q2", ["q1", "q3"])
    assert [
        questions.listed(room, None, "pending"),
        questions.listed(room, "S2", "pending"),
        questions.listed(room, "S1", "asked"),
    ] == [[], [], []]
    assert questions.listed(make_room(kiosk, "B", session_id="S1"), "S1", "pending") == []
    kiosk.write(lambda tx: Question.update(created_at=1).where(Question.id == "q3").execute())
    assert [q.id for q in questions.listed(room, "S1", "pending", "merged")] == ["q3", "q1", "q2"]


def test_supportable_says_what_is_backed_and_what_is_one_s_own(kiosk, room, write, ask, approved):
    ask("q2", author="eleve-2"), ask("q3", author="eleve-3"), ask("q4", author="eleve-4"), ask("q5")
    for id in ("q2", "q3"):
        write(moderation.approve, room, id)
    approved("eleve-9", True, "q3")
    write(moderation.merge, room, "q2", ["q3", "q4"])
    approved("eleve-9", True, "q1")
    write(moderation.put_on_screen, room, "q1")

    def seen(device):
        return [(q.id, backed, own) for q, backed, own in questions.supportable(room, "S1", device)]

    assert seen("eleve-9") == [("q2", True, False), ("q1", True, False)]
    assert seen("eleve-4") == [("q2", False, True), ("q1", False, False)]
    assert seen("eleve-1") == [("q2", False, False), ("q1", False, True)]
    assert seen(None) == [("q2", False, False), ("q1", False, False)]
    assert questions.supportable(room, None, "eleve-9") == []


def test_supportable_puts_the_older_first_between_equals(room, write, ask):
    ask("q1"), ask("q2")
    write(moderation.approve, room, "q2")
    write(moderation.approve, room, "q1")
    assert [q.id for q, _b, _o in questions.supportable(room, "S1", "x")] == ["q1", "q2"]


def test_one_and_several_stay_in_the_room(kiosk, room, ask):
    ask("q1"), ask("q2")
    other = make_room(kiosk, "B", session_id="S1")
    assert questions.one(room, "q1").id == "q1"
    refused("unknown_question", questions.one, other, "q1")
    assert [q.id for q in questions.several(room, ["q2", "q1", "q9"])] == ["q1", "q2"]
    assert [questions.several(other, ["q1"]), questions.several(room, [])] == [[], []]


def test_authors_include_the_merged(room, write, ask):
    ask("q1"), ask("q2", author="eleve-2"), ask("q3", author=None)
    write(moderation.merge, room, "q1", ["q2", "q3"])
    assert questions.authors(["q1"]) == {"q1": "eleve-1", "q2": "eleve-2"}


def test_ahead_of_counts_the_pending_that_came_before(kiosk, room, write, ask):
    for n in (1, 2, 3, 4):
        ask(f"q{n}")
    write(moderation.approve, room, "q2")
    ahead = {id: questions.ahead_of(questions.one(room, id), room, "S1") for id in ("q1", "q3", "q4")}
    assert ahead == {"q1": 0, "q3": 1, "q4": 2}
    assert questions.ahead_of(questions.one(room, "q4"), room, "S2") == 0


def test_counts_are_those_of_the_session(kiosk, room, write, ask):
    for n in range(1, 9):
        ask(f"q{n}")
    write(moderation.approve, room, "q2")
    write(moderation.put_on_screen, room, "q3")
    write(moderation.mark_asked, room, "q4")
    write(moderation.mark_answered, room, "q5")
    write(moderation.set_aside, room, "q6", "ton")
    write(moderation.merge, room, "q2", ["q7"])
    write(questions.withdraw, room, "q8", "eleve-1")
    kiosk.write(lambda tx: Question.update(origin="prepared").where(Question.id << ["q1", "q2"]).execute())
    kiosk.write(lambda tx: Question.update(origin="centre").where(Question.id == "q4").execute())
    assert questions.counts(room, "S1") == Counts(
        received=7, prepared=3, pending=1, approved=2, ready=1, asked=2, answered=1, set_aside=1
    )
    assert [questions.counts(room, None), questions.counts(room, "S2")] == [Counts(), Counts()]
    assert questions.counts(make_room(kiosk, "B", session_id="S1"), "S1") == Counts()


def test_a_speaker_of_another_session_is_unknown(kiosk, ask):
    make_session(kiosk, "S0")
    make_session(kiosk, "S2")
    for stranger in ("S0-P1", "S2-P1"):
        refused("unknown_speaker", ask, "q1", speaker_id=stranger)
    assert ask("q1", speaker_id="S1-P1").number == 1


def test_several_come_by_number_whatever_their_ids(kiosk, room, ask):
    ask("z"), ask("a"), ask("m")
    assert [q.id for q in questions.several(room, ["a", "m", "z"])] == ["z", "a", "m"]


def test_the_heir_is_the_eldest_by_number(room, write, ask):
    ask("head"), ask("z"), ask("a")
    write(moderation.merge, room, "head", ["a", "z"])
    write(questions.withdraw, room, "head", "eleve-1")
    assert (questions.one(room, "z").merged_into, questions.one(room, "a").merged_into) == (None, "z")


# -- with several workers, the pace of a room is read on disk


def test_a_room_takes_no_more_by_several_workers_than_by_one(kiosk, room, ask):
    """Two a second: a burst of two and the rate in a second, eleven seconds' worth in ten; a worker alone counts in
    memory, what a class's adult types is nobody's crowd.
    """
    refusals = []
    for n in range(400):
        who = Pupil(f"appareil-{n}", "S1", most=100, room_second=2)
        try:
            ask(f"q-{n}", f"Combien, {n} ?", author=who)
        except KioskError as error:
            refusals.append((error.code, error.values["seconds"]))
        kiosk.clock.correct(kiosk.clock.now() + 50, "teacher")
    came = [row.created_at for row in Question.select().order_by(Question.number)]
    assert all(sum(at - ms < one <= at for one in came) <= 2 * worth for worth, ms in ROOM for at in came)
    assert 4 * 11 - 4 <= len(came) and {code for code, _wait in refusals} == {"room_too_fast"}
    assert {wait for _code, wait in refusals} <= set(range(1, 11))
    ask("seule", author=Pupil("appareil-x", "S1"))
    for n in range(5):
        ask(f"papier-{n}", f"Sur papier, {n} ?", author=None, origin="paper")
    kiosk.clock.correct(kiosk.clock.now() - 3_600_000, "teacher")
    ask("apres", author=Pupil("appareil-y", "S1", most=100, room_second=2))
