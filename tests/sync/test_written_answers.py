"""What nobody had time to ask goes to the speaker, and the written answer comes back: both sides of the contract, over
a line of 9.6 kbit/s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from factories import make_question, make_room, refused
from kiosk import contract
from kiosk.centre import answers, exchange, operations, pairing
from kiosk.centre.house import Centre
from kiosk.centre.refusals import Refusal
from kiosk.centre.serving import open_centre
from kiosk.centre.settings import CentreSettings
from kiosk.domain import outbox, overdue, reports, retention, rooms, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation, open_questions, questions, replies
from kiosk.domain.reading import distress
from kiosk.exchange import identity
from kiosk.exchange.round import Outcome, Round
from kiosk.exchange.wire import HttpLine
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Answer, Operation, Question
from sync import simulation
from sync.conftest import UAI
from sync.servers import ABOUT, Asked, Server, http, problem, said

#: Bytes in a tenth of a second at 9.6 kbit/s.
SLICE = 120
DAY = 86_400_000


class Distant:
    """The reference centre at the end of a line; ``slow``: 9.6 kbit/s on the way back; ``old``: it lists nothing."""

    def __init__(self, folder: Path) -> None:
        self.centre: Centre = open_centre(CentreSettings(data_dir=folder))
        self.centre.store.run(lambda tx: simulation.catalogue.put_session(tx, "S1", simulation.session_body(1)))
        self.slow = self.old = False

    def __call__(self, server: Server, connection: Any, asked: Asked) -> bytes | None:
        if asked.path == "/v1/about":
            return said({**ABOUT, **({} if self.old else {"operations": operations.UNDERSTOOD})})
        try:
            request = exchange.read(msgspec.json.encode(asked.json()))
            token = asked.headers["authorization"].removeprefix("Bearer ")
            value = self.centre.store.run(lambda tx: exchange.run(tx, token, request))
        except Refusal as refusal:
            return problem(refusal.status, refusal.code)
        if self.old:
            value.pop("operations", None)
        answer = http(200, msgspec.json.encode(value), "application/json")
        if not self.slow:
            return answer
        for start in range(0, len(answer), SLICE):
            connection.sendall(answer[start : start + SLICE])
            server.sent += len(answer[start : start + SLICE])
            time.sleep(0.1)
        return b""

    def paired(self, kiosk: Kiosk, url: str) -> None:
        who = identity.load(kiosk.settings.data_dir, 0)[0]
        code = self.centre.store.run(lambda tx: pairing.issue(tx, UAI))
        wanted = contract.PairRequest(uai=UAI, code=code, kiosk=who.kiosk)
        token = self.centre.store.run(lambda tx: pairing.pair(tx, wanted, self.centre.key))
        identity.save(kiosk.settings.data_dir, replace(who, token=str(token), uai=UAI, url=url))

    def answer(self, id: str, text: str, question: str = "") -> None:
        def unit(tx: Any) -> None:
            kept = next(one.question for one in answers.listed(tx) if one.id == id)
            answers.give(tx, UAI, id, question or kept, text)

        self.centre.store.run(unit)


@pytest.fixture
def distant(tmp_path: Path) -> Iterator[Distant]:
    made = Distant(tmp_path / "centre")
    yield made
    made.centre.store.stop()


@pytest.fixture
def lesson(distant: Distant, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> tuple[Kiosk, str]:
    """A kiosk that has the centre's session in a room, with three questions left: read, not read, with a hint."""
    server = serve(distant)
    kiosk = kiosk_at(server.url)
    distant.paired(kiosk, server.url)
    assert one_round(kiosk).failure == "ok"
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    make_question(kiosk, room, "clear", "Avez-vous eu peur la première fois ?", after=moderation.approve)
    make_question(kiosk, room, "waiting", "Combien gagnez-vous ?")
    make_question(kiosk, room, "hint", "Appelez-moi au 06 12 34 56 78 ?", after=moderation.approve)
    return kiosk, room


def one_round(kiosk: Kiosk) -> Outcome:
    line = HttpLine()
    try:
        return Round(kiosk, line, keep_time=False).run()
    finally:
        line.close()


def ids(kiosk: Kiosk, room: str) -> list[str]:
    kiosk.database.connect_reader()
    return [q.id for q in open_questions.sendable(room, rooms.view(room).session)]


def send(kiosk: Kiosk, room: str, *wanted: str) -> int:
    session = rooms.view(room).session
    assert session is not None
    return kiosk.write(lambda tx: open_questions.send(tx, room, session, wanted))


def told(distant: Distant) -> list[tuple[str, str]]:
    return [(one.id, one.question) for one in distant.centre.store.run(answers.listed)]


def test_nothing_that_may_come_from_a_pupil_in_danger_is_written_to_leave(lesson: tuple[Kiosk, str]) -> None:
    kiosk, _room = lesson
    kiosk.write(lambda tx: Question.update(worry=distress.TOLD).execute())
    kiosk.write(lambda tx: reports.question_open(tx, "clear"))
    kiosk.database.connect_reader()
    assert Operation.select().where(Operation.type == "question.open").count() == 0


def test_only_what_was_read_and_raises_no_hint_may_go(lesson: tuple[Kiosk, str]) -> None:
    kiosk, room = lesson
    make_question(kiosk, room, "unread", after=moderation.approve)
    kiosk.write(lambda tx: Question.update(unread=True).where(Question.id == "unread").execute())
    assert ids(kiosk, room) == ["clear"]
    assert send(kiosk, room, "clear", "waiting", "hint", "another") == 1
    refused("nothing_to_send", send, kiosk, room, "clear", "waiting", "hint")  # it is on its way already
    kiosk.database.connect_reader()
    (operation,) = Operation.select().where(Operation.type == "question.open")
    assert operation.body == {
        "question_id": "clear",
        "session_id": "S1",
        "text": "Avez-vous eu peur la première fois ?",
        "theme": "autre",
    }


def test_an_answer_of_two_thousand_characters_comes_back_over_a_slow_line(
    lesson: tuple[Kiosk, str], distant: Distant
) -> None:
    kiosk, room = lesson
    send(kiosk, room, "clear")
    assert one_round(kiosk).accepted == 1
    assert told(distant) == [("clear", "Avez-vous eu peur la première fois ?")]
    written = ("Oui. La longe se vérifie avant de lever la tête, puis on monte à deux. " * 30)[:2000].strip()
    distant.answer("clear", written, "Avez-vous eu peur, la première fois ?")
    distant.slow = True
    started = time.monotonic()
    assert one_round(kiosk).failure == "ok"
    assert time.monotonic() - started > 1.5  # the line was the slow one
    kiosk.database.connect_reader()
    (reply,) = replies.listed("S1")
    kept, office = "Avez-vous eu peur la première fois ?", "Avez-vous eu peur, la première fois ?"
    assert (reply.question, reply.asked, reply.text) == (kept, office, written)
    assert (reply.shared, replies.one("clear"), replies.given("clear")) == (False, None, [])  # nobody has read it yet


def test_the_class_sees_an_answer_once_the_teacher_gave_it_and_not_its_correction_unread(
    lesson: tuple[Kiosk, str], distant: Distant
) -> None:
    kiosk, room = lesson
    send(kiosk, room, "clear")
    one_round(kiosk)
    distant.answer("clear", "Oui.")
    one_round(kiosk)
    refused("unknown_reply", kiosk.write, lambda tx: replies.show(tx, room, "other"))
    kiosk.write(lambda tx: replies.show(tx, room, "clear"))
    kiosk.database.connect_reader()
    assert [one.text for one in replies.given(rooms.view(room).answer_id)] == ["Oui."]
    distant.answer("clear", "Oui, beaucoup.")
    one_round(kiosk)
    kiosk.database.connect_reader()
    assert [one.text for one in replies.listed("S1")] == ["Oui, beaucoup."]
    assert (replies.one(rooms.view(room).answer_id), replies.given(rooms.view(room).answer_id)) == (None, [])
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "closed"))
    kiosk.write(lambda tx: replies.erase(tx, "clear"))
    kiosk.database.connect_reader()
    assert (replies.listed(), Answer.get().text, Answer.get().question) == ([], "", "")


def test_it_waits_for_a_centre_that_understands_it(lesson: tuple[Kiosk, str], distant: Distant) -> None:
    kiosk, room = lesson
    distant.old = True
    kiosk.write(lambda tx: stored.put(tx, outbox.UNDERSTOOD, None))
    send(kiosk, room, "clear")
    for _time in range(2):
        assert one_round(kiosk).failure == "ok"
    kiosk.database.connect_reader()
    row = Operation.get(Operation.type == "question.open")
    assert (row.state, row.attempts, told(distant)) == ("waiting", 0, [])
    distant.old = False
    assert one_round(kiosk).accepted == 1 and len(told(distant)) == 1


def test_erased_here_it_is_kept_to_leave_with_a_date_then_nothing_of_it_stays(
    lesson: tuple[Kiosk, str], distant: Distant
) -> None:
    kiosk, room = lesson
    send(kiosk, room, "clear")
    kiosk.database.connect_reader()
    assert [one.text for one in open_questions.leaving(room, "S1")] == ["Avez-vous eu peur la première fois ?"]
    kiosk.write(lambda tx: retention.wipe(tx, room, confirmed=True))
    kiosk.database.connect_reader()
    (kept,) = open_questions.kept()
    assert Question.select().count() == 0 and kept.text.startswith("Avez-vous eu peur")
    assert kept.until == pytest.approx(kiosk.clock.now() + outbox.KEPT_DAYS * DAY, abs=60_000)
    assert one_round(kiosk).accepted == 1 and len(told(distant)) == 1
    kiosk.database.connect_reader()
    row = Operation.get(Operation.type == "question.open")
    assert (row.state, row.body, open_questions.kept()) == ("accepted", {}, [])


def test_erased_with_the_rest_when_the_teacher_says_so(lesson: tuple[Kiosk, str]) -> None:
    kiosk, room = lesson
    send(kiosk, room, "clear")
    kiosk.write(lambda tx: retention.wipe(tx, room, confirmed=True, keep_open=False))
    kiosk.database.connect_reader()
    row = Operation.get(Operation.type == "question.open")
    assert (row.state, row.body, open_questions.kept()) == ("dropped", {}, [])


def test_what_could_not_leave_in_time_goes(lesson: tuple[Kiosk, str]) -> None:
    kiosk, room = lesson
    send(kiosk, room, "clear")
    kiosk.write(lambda tx: retention.wipe(tx, room, confirmed=True))
    assert not overdue.anything(kiosk.clock.now(), 7)
    kiosk.write(lambda tx: Operation.update(keep_until=tx.now - 1).where(Operation.keep_until.is_null(False)).execute())
    assert overdue.anything(kiosk.clock.now(), 7)
    kiosk.write(lambda tx: overdue.forget(tx, 7))
    kiosk.database.connect_reader()
    row = Operation.get(Operation.type == "question.open")
    assert (row.state, row.body) == ("dropped", {})


@pytest.mark.parametrize(
    "act",
    [
        lambda tx, room: moderation.mark_asked(tx, room, "clear"),
        lambda tx, room: moderation.set_aside(tx, room, "clear", "hors_sujet"),
        lambda tx, room: moderation.reword(tx, room, "clear", "Avez-vous eu peur ?"),
        lambda tx, room: moderation.merge(tx, room, "hint", ["clear"]),
        lambda tx, room: questions.withdraw(tx, room, "clear", "eleve-1"),
        lambda tx, room: moderation.reword(tx, room, "clear", "J’ai envie de mourir"),
    ],
    ids=["asked", "aside", "reworded", "merged", "withdrawn", "worrying"],
)
def test_one_that_changes_before_it_has_left_stays(
    lesson: tuple[Kiosk, str], distant: Distant, act: Callable[[Any, str], Any]
) -> None:
    kiosk, room = lesson
    send(kiosk, room, "clear")
    kiosk.write(lambda tx: act(tx, room))
    assert one_round(kiosk).failure == "ok"
    assert told(distant) == []


def test_the_demonstration_has_nobody_to_send_to(kiosk: Kiosk, write: Any) -> None:
    from factories import make_session

    room = make_room(kiosk, session_id=make_session(kiosk, "DEMO-S-1"))
    assert not open_questions.possible(rooms.view(room).session)
    with pytest.raises(KioskError):
        send(kiosk, room, "x")
