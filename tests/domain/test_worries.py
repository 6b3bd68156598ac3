"""A question of somebody in danger, from every way in to every way out: nobody but an adult and its author sees it."""

from __future__ import annotations

import json

import pytest

from domain.changefactory import question as centre_question
from factories import configure, make_class, make_question, make_room, refused
from kiosk.domain import outbox, reports, retention, rooms
from kiosk.domain.care import worries
from kiosk.domain.questions import decisions, moderation, preparation, questions, reflections, review
from kiosk.domain.reading import distress
from kiosk.exchange import changes, letters, resending
from kiosk.ops import exports
from kiosk.storage.models import Operation, Question

BAD = "J'ai envie de mourir"
WORSE = "on me frappe tous les jours"
#: Every way a text comes in, or changes: (function of tx and room) → the question's id.
WAYS_IN = {
    "a phone": lambda tx, room: questions.submit(tx, room, id="w", text=BAD, author="a").id,
    "the teacher, for a voice": lambda tx, room: (
        questions.submit(tx, room, id="w", text=BAD, author=None, origin="spoken").id
    ),
    "a slip of paper": lambda tx, room: questions.submit(tx, room, id="w", text=BAD, author=None, origin="paper").id,
    "a list": lambda tx, room: preparation.add_many(tx, room, ["Une question ?", BAD], origin="paper")[1],
    "a prepared question": lambda tx, room: preparation.add(tx, room, BAD, id="w").id,
    "a prepared question corrected": lambda tx, room: _edited(tx, room),
    "new words": lambda tx, room: _reworded(tx, room),
    "new words on screen": lambda tx, room: _reworded_on_screen(tx, room),
    "new words for a group": lambda tx, room: _reworded_group(tx, room),
    "the centre": lambda tx, room: _from_centre(tx, room, "kept"),
    "the centre, in two times": lambda tx, room: _corrected_by_centre(tx, room),
}


def _edited(tx, room):
    id = preparation.add(tx, room, "Une question ?", id="w").id
    preparation.edit(tx, room, id, BAD, "")
    return id


def _ask(tx, room, id, text="Une question ?"):
    return questions.submit(tx, room, id=id, text=text, author=f"de-{id}").id


def _reworded(tx, room):
    id = _ask(tx, room, "w")
    if questions.one(room, id).status == "pending":
        moderation.approve(tx, room, id)
    moderation.reword(tx, room, id, BAD)
    return id


def _reworded_on_screen(tx, room):
    id = _ask(tx, room, "w")
    moderation.put_on_screen(tx, room, id)
    moderation.reword(tx, room, id, BAD)
    return id


def _reworded_group(tx, room):
    for id in ("w", "x", "y"):
        _ask(tx, room, id)
    moderation.merge(tx, room, "w", ["x", "y"])
    moderation.reword(tx, room, "w", BAD)
    return "w"


def _from_centre(tx, room, state, text=BAD, rev=1):
    body = centre_question("w", rev, text=text, state=state, session_id=rooms.row_of(room).session_id)
    changes.apply(tx, changes.parse(json.dumps({"changes": [body]}).encode()))
    return "w"


def _corrected_by_centre(tx, room):
    _from_centre(tx, room, "kept", "Une question ?")
    return _from_centre(tx, room, "kept", BAD, 2)


def everything_shown(room):
    """What anybody but the teacher reads, as one text."""
    session = rooms.row_of(room).session_id
    assert session is not None
    statuses = ("pending", "approved", "on_screen", "asked", "answered", "set_aside", "merged")
    shown: list[object] = [questions.listed(room, session, one) for one in statuses]
    shown += [questions.supportable(room, session, "b"), preparation.listed(room, session), exports.questions()]
    shown += [letters.Letter(session).body if letters.any_for(session) else ""]
    shown += [row.body for row in Operation.select()]
    return repr(shown)


@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize("read_over", (True, False))
def test_it_waits_apart_whatever_its_way_in(kiosk, write, room, way, read_over):
    if not read_over:
        write(review.suspend, room)
    configure(kiosk, sync_share_asked=True)
    id = write(WAYS_IN[way], room)
    view = questions.one(room, id)
    assert (view.worry, view.status, view.text) == ("unopened", "pending", BAD)
    assert BAD not in everything_shown(room)
    assert rooms.view(room).current_id is None
    assert worries.unopened(room) == 1 and [q.id for q in worries.listed(room)] == [id]
    counted = questions.counts(room, "S1")
    assert counted.received == Question.select().where(Question.status != "withdrawn").count() - 1


@pytest.mark.parametrize("way", ("new words", "new words on screen", "new words for a group"))
def test_undo_puts_back_what_new_words_set_apart(write, room, way):
    rows: dict[str, dict[str, object]] = {}

    def keep(tx):
        id = WAYS_IN[way](tx, room)
        rows.update(after={row.id: row.__data__ for row in Question.select()})
        decisions.undo(tx, room)
        return id

    id = write(keep)
    view = questions.one(room, id)
    assert (view.text, view.worry) == ("Une question ?", "")
    assert view.status in ("approved", "on_screen")
    assert rooms.view(room).current_id == (id if way == "new words on screen" else None)
    assert {row.merged_into for row in Question.select().where(Question.status == "merged")} <= {id}


ACTS = {
    "approve": lambda tx, room: moderation.approve(tx, room, "w"),
    "reword": lambda tx, room: moderation.reword(tx, room, "w", "Autrement ?"),
    "put_on_screen": lambda tx, room: moderation.put_on_screen(tx, room, "w"),
    "mark_asked": lambda tx, room: moderation.mark_asked(tx, room, "w"),
    "mark_answered": lambda tx, room: moderation.mark_answered(tx, room, "w"),
    "set_aside": lambda tx, room: moderation.set_aside(tx, room, "w", "ton"),
    "merge": lambda tx, room: moderation.merge(tx, room, "w", ["q"]),
    "merge into another": lambda tx, room: moderation.merge(tx, room, "q", ["w"]),
    "keep_apart": lambda tx, room: moderation.keep_apart(tx, room, ["w", "q"]),
}


@pytest.mark.parametrize("worry", distress.GUARDED)
@pytest.mark.parametrize("act", ACTS)
def test_no_act_of_the_list_touches_it(kiosk, write, room, act, worry):
    make_question(kiosk, room, "w", BAD, author="a")
    make_question(kiosk, room, "q", "Une question ?", author="b")
    write(lambda tx: Question.update(worry=worry).where(Question.id == "w").execute())
    assert refused("worry_waits", write, ACTS[act], room)
    assert refused("unknown_question", write, questions.set_support, room, "w", "b", True)


def test_what_an_adult_does_and_undoes(kiosk, write, room):
    make_question(kiosk, room, "w", BAD, author="a")
    assert write(worries.open_worry, room, "w").worry == "opened"
    assert write(worries.open_worry, room, "w").worry == "opened"
    assert refused("nothing_to_undo", write, decisions.undo, room)  # who has read has read
    write(worries.told, room, "w")
    write(worries.told, room, "w")
    assert questions.one(room, "w").worry == "told"
    assert write(decisions.undo, room) == "told"
    assert questions.one(room, "w").worry == "opened"
    write(worries.not_a_worry, room, "w")
    assert [q.id for q in questions.listed(room, "S1", "pending")] == ["w"]
    assert (worries.listed(room), questions.counts(room, "S1").pending) == ([], 1)
    moderation_undo = [("approve", moderation.approve), ("put_on_screen", moderation.put_on_screen)]
    for _verb, act in moderation_undo:
        write(act, room, "w")
    for verb in ("put_on_screen", "approve", "not_a_worry"):
        assert write(decisions.undo, room) == verb
    assert (questions.one(room, "w").worry, questions.one(room, "w").status) == ("opened", "pending")
    assert refused("unknown_question", write, worries.told, make_room(kiosk, "Autre"), "w")


def test_an_adults_word_stands_as_long_as_the_words(kiosk, write, room):
    make_question(kiosk, room, "w", BAD, author="a")
    write(worries.not_a_worry, room, "w")
    write(moderation.reword, room, "w", "Une question ?")
    assert write(decisions.undo, room) == "reword"
    assert (questions.one(room, "w").worry, questions.one(room, "w").text) == ("cleared", BAD)
    write(moderation.reword, room, "w", WORSE)
    assert (questions.one(room, "w").worry, worries.unopened(room)) == ("unopened", 1)


def test_undo_of_what_an_earlier_version_kept(kiosk, write, room):
    """Its decisions do not say ``worry``, and its texts were judged by nobody."""
    make_question(kiosk, room, "w", "Une question ?", author="a")
    write(moderation.approve, room, "w")
    write(moderation.reword, room, "w", "Une autre ?")
    before = [{"id": "w", "text": BAD, "theme": ""}]
    write(lambda tx: decisions.Decision.update(before=before).where(decisions.Decision.verb == "reword").execute())
    assert write(decisions.undo, room) == "reword"
    view = questions.one(room, "w")
    assert (view.text, view.worry, view.status) == (BAD, "unopened", "pending")


def test_a_pupil_who_takes_it_back_is_obeyed_and_counted(kiosk, write, room):
    make_question(kiosk, room, "w", BAD, author="a")
    write(questions.withdraw, room, "w", "a")
    assert (worries.listed(room), worries.unopened(room), worries.taken_back(room)) == ([], 0, 1)
    assert refused("unknown_question", write, worries.open_worry, room, "w")


def test_erasing_asks_first_while_one_is_unopened(kiosk, write, room):
    make_question(kiosk, room, "w", BAD, author="a")
    assert refused("worry_unopened", write, retention.wipe, room)
    assert Question.select().count() == 1
    write(worries.open_worry, room, "w")
    assert write(retention.wipe, room) == 1
    write(rooms.choose_session, room, "S1")
    make_question(kiosk, room, "w2", BAD, author="a")
    assert write(retention.wipe, room, confirmed=True) == 1


def test_the_promised_date_is_kept_for_it_too(kiosk, write, room):
    make_question(kiosk, room, "w", BAD, author="a")
    write(rooms.set_phase, room, "closed", retention_days=0)
    assert write(retention.purge_due) == 1


def test_it_stays_with_the_room_when_the_next_session_comes(kiosk, write, room):
    from factories import make_session

    make_question(kiosk, room, "w", BAD, author="a")
    make_session(kiosk, "S2")
    write(rooms.choose_session, room, "S2")
    assert ([q.id for q in worries.listed(room)], worries.unopened(room, "S2")) == (["w"], 0)


def test_nothing_of_it_is_told_to_the_centre(kiosk, write, room):
    """Neither its words, nor its count; once it is an ordinary one it is told, and taken back if that is undone."""
    make_class(kiosk, "S1", "4e B", 26)
    write(rooms.choose_session, room, "S1", enrolment_id="E-S1-4e B")
    write(preparation.add, room, BAD, id="w")
    assert outbox.counts() == {}
    write(worries.not_a_worry, room, "w")
    (told,) = Operation.select()
    assert (told.type, told.body["text"], told.state) == ("question.prepared", BAD, "waiting")
    write(decisions.undo, room)
    assert {row.state for row in Operation.select()} == {"dropped"}
    assert BAD not in repr([row.body for row in Operation.select()])
    write(rooms.set_phase, room, "closed")
    (report,) = Operation.select().where(Operation.type == "attendance.report")
    assert report.body["questions_received"] == 0


def test_a_corrected_operation_cannot_carry_one(kiosk, write, room):
    write(preparation.add, room, "Une question ?", id="w")
    (told,) = Operation.select()
    write(lambda tx: Operation.update(state="rejected").execute())
    assert refused("worry_words", write, resending.question, told.seq, BAD, "metier")
    assert questions.one(room, "w").text == "Une question ?"


def test_reports_refuse_one_that_another_way_would_have_let_in(kiosk, write, room):
    """The door of the centre is guarded by itself, whatever a status says."""
    configure(kiosk, sync_share_asked=True)
    write(preparation.add, room, BAD, id="w")
    write(lambda tx: Question.update(status="asked").where(Question.id == "w").execute())
    write(reports.question_asked, "w")
    write(reports.question_prepared, "w")
    assert outbox.counts() == {}


def test_an_act_taken_back_is_not_told_to_the_centre(kiosk, write, room):
    """Cleared by an adult, asked, and both undone: its words wait apart again, and leave with no exchange."""
    configure(kiosk, sync_share_asked=True)
    for id, text in (("w", BAD), ("q", "Une question ?")):
        make_question(kiosk, room, id, text, author="a")
    write(worries.not_a_worry, room, "w")
    for id in ("q", "w"):
        write(moderation.approve, room, id)
        write(moderation.mark_asked, room, id)
    assert {row.subject: row.state for row in Operation.select()} == {"q": "waiting", "w": "waiting"}
    for _act in range(5):
        write(decisions.undo, room)
    assert questions.one(room, "w").worry in distress.GUARDED
    assert {row.state for row in Operation.select()} == {"dropped"}
    assert outbox.due(10**15) == [] and BAD not in repr([row.body for row in Operation.select()])


@pytest.mark.parametrize("way", ["corrected", "reworded", "the centre's echo"])
def test_other_words_of_a_prepared_question_take_back_what_was_told(kiosk, write, room, way):
    """Nothing of it waits for the next exchange, and what the centre may know is withdrawn."""
    write(preparation.add, room, "Une question ?", id="w")
    write(lambda tx: outbox.sending(tx, [row.seq for row in Operation.select()]))
    write(preparation.edit, room, "w", "Une autre ?", "")
    if way == "corrected":
        write(preparation.edit, room, "w", BAD, "")
    elif way == "reworded":
        write(moderation.reword, room, "w", BAD)
    else:
        write(lambda tx: Question.update(rev=1).where(Question.id == "w").execute())
        write(_from_centre, room, "kept", BAD, 2)
    due = outbox.due(10**15)
    assert "question.withdraw" in [row.type for row in due]
    assert [row.body["text"] for row in due if row.type == "question.prepared"] in ([], ["Une question ?"])


def test_a_bilan_sent_again_and_again_is_one_message_a_field(kiosk, write, room):
    """A phone that never stops does not bury the message of another."""
    write(rooms.set_phase, room, "reflection")
    for n in range(20):
        texts = {name: f"{BAD} {name} {n}" for name in ("job", "studies", "surprise")}
        write(reflections.submit, room, "a", **texts)
    assert [q.text for q in worries.listed(room)] == [f"{BAD} {name} 19" for name in ("job", "studies", "surprise")]
    told = worries.listed(room)[0].id
    write(worries.told, room, told)
    write(reflections.submit, room, "a", job=f"{BAD} job 19")
    assert worries.counts(room) == {distress.UNOPENED: 2, distress.TOLD: 1}
    write(reflections.submit, room, "a", job="je veux mourir")
    assert worries.counts(room) == {distress.UNOPENED: 3}


def test_what_is_hidden_in_a_text_hides_nothing_from_the_reader():
    for hidden in ("\u200b", "\u00ad", "\x01", "\u202e"):
        assert distress.seen(f"j'ai envie de mou{hidden}rir")


def test_a_phone_gets_no_more_of_its_own_than_a_pupil_writes(kiosk, room):
    for n in range(questions.MOST_OF_MINE + 5):
        make_question(kiosk, room, f"q{n}", f"La question {n} ?", author="a")
    mine = questions.mine(room, "S1", "a")
    assert len(mine) == questions.MOST_OF_MINE and mine[0].id == f"q{questions.MOST_OF_MINE + 4}"
