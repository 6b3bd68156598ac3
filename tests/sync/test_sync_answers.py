"""Answers that follow the contract only in part: what can be read counts, the rest is set aside and said; verdicts in
every shape; when what stays is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factories import make_session, pending_word
from kiosk.contract import sticks
from kiosk.domain import enrolments, outbox, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.exchange import stick, unread
from kiosk.exchange.outcome import Outcome
from kiosk.exchange.wire import HttpLine
from kiosk.exchange.worker import FIRST_WAIT, GATHER, LONGEST_WAIT, Worker
from kiosk.ground.errors import KioskError
from kiosk.ops import sync_command
from kiosk.ops.doctor import centre_checks, report
from kiosk.storage.models import Enrolment, Operation, Session
from sync.conftest import OPEN_HOURS
from sync.servers import ABOUT, Asked, Server, http, said
from sync.test_sync_strangers import answering, one_round, prepare, verdicts

Play = Callable[[Asked, dict[str, Any]], Any]


def session(id: str = "S2", rev: Any = 1, **fields: Any) -> dict[str, Any]:
    body = {
        "title": "Une séance",
        "starts_at": "2027-01-12T09:00:00Z",
        "duration_min": 45,
        "format": "college-45",
        "meeting_url": "",
        "levels": ["4E"],
        "status": "planned",
        "speakers": [],
        "dossier": [],
        **fields,
    }
    return {"type": "session", "id": id, "rev": rev, "body": body}


def centre(play: Play) -> Callable[[Server, Any, Asked], bytes]:
    """A centre that accepts everything; ``play`` alters its answer, or gives another."""

    def answer(asked: Asked) -> bytes:
        value = verdicts(asked)
        other = play(asked, value)
        return other if isinstance(other, bytes) else said(value)

    return answering(answer)


WRONG = {
    "a number out of its bounds": session("S3", duration_min=0),
    "a field that misses": {"type": "session", "id": "S3", "rev": 1, "body": {"title": "x"}},
    "no body": {"type": "session", "id": "S3", "rev": 1},
    "a revision no database holds": session("S3", rev=2**70),
    "a count no database holds": session("S3", places=2**63),
    "a revision that is a text": session("S3", rev="1"),
    "a date that no page can write": session("S3", starts_at="9999-12-31T23:59:59Z"),
    "a date before any session": session("S3", starts_at="0001-01-01T00:00:00Z"),
    "no identifier": {**session(), "id": None},
    "no object": 3,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_change_stops_neither_the_others_nor_what_leaves(
    name: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    def play(asked: Asked, value: dict[str, Any]) -> None:
        value["changes"] = [session("S2"), WRONG[name], session("S4")] if asked.json()["cursor"] is None else []

    kiosk = kiosk_at(serve(centre(play)).url)
    prepare(kiosk, 120)
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.accepted, outcome.waiting, outcome.changes) == ("ok", 120, 0, 2)
    assert {"S2", "S4"} <= {row.id for row in Session.select()} and stored.get("sync.cursor") == "c"
    assert len(outcome.unread) == 1 and unread.listed() == list(outcome.unread) and not outcome.through
    report = "\n".join(sync_command.report(outcome))
    assert "Prévenez le centre" in report and str(unread.listed()[0]) in report
    assert one_round(kiosk).through and len(unread.listed()) == 1  # said until it is put right


def test_what_is_set_aside_says_what_is_wrong_and_goes_when_it_is_right(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [[session("S3", duration_min=0), {**session("S5"), "rev": -1}], [session("S3", rev=2)], [], []]
    asked_with = []

    def play(asked: Asked, value: dict[str, Any]) -> None:
        asked_with.append(asked.json()["cursor"])
        value |= {"changes": pages.pop(0), "cursor": str(len(pages))}

    kiosk = kiosk_at(serve(centre(play)).url)
    one_round(kiosk)
    first = unread.listed()[0]
    assert (first.type, first.id, first.field) == ("session", "S3", "body.duration_min") and "1" in first.problem
    one_round(kiosk)
    assert [one.id for one in unread.listed()] == ["S5"] and Session.get_by_id("S3").rev == 2
    monkeypatch.setattr(unread, "__version__", "99.0.0")  # a later kiosk asks for everything again, once
    one_round(kiosk)
    one_round(kiosk)
    assert asked_with == [None, "3", None, "1"] and unread.listed() == []


def test_it_sees_what_is_set_aside_in_the_diagnosis(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    pages = [[session("S3", duration_min=0)], []]
    kiosk = kiosk_at(serve(centre(lambda asked, value: value.update(changes=pages.pop(0)))).url)
    one_round(kiosk)
    seen = centre_checks.centre(report.Case(kiosk.settings))
    assert seen.level == "ATTENTION" and "1" in seen.cause and "Reçu, mais illisible" in seen.cure
    kiosk.write(lambda tx: unread.keep(tx, [], [], whole=True))
    assert centre_checks.centre(report.Case(kiosk.settings)).level == "OK"


IGNORED = {
    "an unknown type": {"type": "poll", "id": "x", "rev": 1, "body": {}},
    "an unknown type of another shape": {"type": "poll", "uuid": 3, "rev": "1.2", "body": [1]},
    "unknown fields": {**session("S2", colour="blue"), "signed": "x"},
}


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_unknown_is_ignored(name: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    def play(asked: Asked, value: dict[str, Any]) -> None:
        value |= {"changes": [IGNORED[name], session("S4")], "later": {"a": 1}}
        for verdict in value["verdicts"]:
            verdict["later"] = 1

    kiosk = kiosk_at(serve(centre(play)).url)
    prepare(kiosk, 1)
    assert one_round(kiosk).through and unread.listed() == [] and Session.get_or_none(Session.id == "S4")


def test_half_a_character_is_no_reason_to_stop(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    """Programs that cut texts by their own units leave one (a JSON that Python writes and reads, and UTF-8 refuses)."""

    def play(asked: Asked, value: dict[str, Any]) -> bytes:
        text = json.dumps({**value, "changes": [session(title="Cheffe \ud83d")]})
        assert "\\ud83d" in text
        return http(200, text, "application/json")

    kiosk = kiosk_at(serve(centre(play)).url)
    prepare(kiosk, 1)
    assert one_round(kiosk).through and Session.get_by_id("S2").title == "Cheffe ?"


def test_an_answer_that_is_wrong_is_the_centres_not_a_portals(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at(serve(centre(lambda asked, value: value.update(cursor=None))).url)
    prepare(kiosk, 1)
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.waiting) == ("server", 1) and "cursor" in outcome.detail


def test_a_page_that_comes_again_and_again_ends(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    server = serve(centre(lambda asked, value: value.update(more=True, changes=[session()])))
    outcome = one_round(kiosk_at(server.url))
    assert (outcome.failure, outcome.changes) == ("ok", 1)
    assert sum(asked.method == "POST" for asked in server.asked) == 2


# -- verdicts --------------------------------------------------------------------------------------


def test_verdicts_of_strangers_cost_a_few_statements(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk], caplog: pytest.LogCaptureFixture
) -> None:
    """Nine thousand on what this kiosk never said: nobody waits behind nine thousand questions to its database."""

    def play(asked: Asked, value: dict[str, Any]) -> None:
        value["verdicts"] += [{"id": f"x{n}", "status": "accepted"} for n in range(9_000)]

    kiosk = kiosk_at(serve(centre(play)).url)
    prepare(kiosk, 3)
    with caplog.at_level("DEBUG", "peewee"):
        outcome = one_round(kiosk)
    assert (outcome.failure, outcome.accepted, outcome.waiting) == ("ok", 3, 0)
    assert 0 < sum(record.name == "peewee" for record in caplog.records) < 300


def settled(kiosk: Kiosk) -> list[str]:
    return [row.state for row in Operation.select().order_by(Operation.seq)]


def first(**fields: Any) -> Play:
    return lambda asked, value: value["verdicts"][0].update(fields)


SPOKEN: dict[str, tuple[Play, list[str]]] = {
    "an unknown one": (first(status="deferred"), ["waiting", "accepted"]),
    "half a second": (first(status="retry", after=0.5), ["waiting", "accepted"]),
    "a negative wait": (first(status="retry", after=-5), ["waiting", "accepted"]),
    "junk": (lambda asked, value: value["verdicts"].extend([None, 3, {"id": 3}]), ["accepted", "accepted"]),
    "none": (lambda asked, value: value["verdicts"].pop(), ["accepted", "waiting"]),
    "for nobody": (
        lambda asked, value: value["verdicts"].append({"id": "x", "status": "rejected"}),
        ["accepted", "accepted"],
    ),
    "twice": (lambda asked, value: value.update(verdicts=value["verdicts"] * 2), ["accepted", "accepted"]),
}


@pytest.mark.parametrize("name", SPOKEN)
def test_a_verdict_counts_for_what_it_says(
    name: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    play, states = SPOKEN[name]
    kiosk = kiosk_at(serve(centre(play)).url)
    prepare(kiosk, 2)
    outcome = one_round(kiosk)
    assert (outcome.failure, settled(kiosk)) == ("ok", states)
    assert outcome.unanswered == ("waiting" in states) and not outcome.left


@pytest.mark.parametrize("early", [False, True])
def test_a_verdict_that_does_not_count_refuses_no_class(
    early: bool, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    """A second verdict on what was accepted, or one on what never left: the class is not told that it is refused."""

    known: list[str] = []

    def play(asked: Asked, value: dict[str, Any]) -> None:
        value["verdicts"] += [{"id": one, "status": "rejected", "code": "session_full"} for one in known]

    kiosk = kiosk_at(serve(centre(play)).url)
    make_session(kiosk, "S1")
    kiosk.write(lambda tx: enrolments.request(tx, "S1", label="4e B", level="4E", headcount=26))
    known.append(str(Operation.get().id))
    if early:
        kiosk.write(lambda tx: Operation.update(next_try_at=tx.now + 60_000).execute())
    one_round(kiosk)
    row = Enrolment.get()
    assert (row.state, row.reason) == ("requested", "")
    assert pending_word(row.id) == ("request" if early else None)


def test_a_retry_is_not_put_off_by_a_clock_put_right(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    prepare(kiosk, 1)
    now = kiosk.clock.now()
    kiosk.write(lambda tx: Operation.update(next_try_at=now + 50_000).execute())
    assert (outbox.due(now), outbox.next_retry(now)) == ([], now + 50_000)
    assert len(outbox.due(now - 10 * 365 * 86_400_000)) == 1  # written while the clock was ten years ahead


def test_when_what_stays_is_sent_again(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    kiosk.clock.correct(OPEN_HOURS, "teacher")
    worker = Worker(kiosk, HttpLine, draw=lambda low, high: high)
    assert worker.delay(Outcome("ok", left=True)) == GATHER
    silent = Outcome("ok", unanswered=True)
    assert [worker.delay(silent) for _time in range(3)] == [30, 60, 120]
    assert worker.delay(Outcome("ok")) == LONGEST_WAIT and worker.delay(silent) == FIRST_WAIT
    prepare(kiosk, 1)
    kiosk.write(lambda tx: Operation.update(next_try_at=tx.now + 60_000).execute())
    assert 55 < worker.delay(Outcome("ok")) <= 60
    kiosk.write(lambda tx: Operation.update(next_try_at=tx.now + 1_000).execute())
    assert worker.delay(Outcome("ok")) == FIRST_WAIT


def test_what_was_rejected_is_no_longer_to_correct_once_it_was(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    """Reworded or deleted in « Préparer »: nothing stays to see to, the old words cannot come back over the new, and
    what the centre never took is not withdrawn from it.
    """

    def play(asked: Asked, value: dict[str, Any]) -> None:
        for verdict, one in zip(value["verdicts"], asked.json()["operations"], strict=True):
            if "Question" in one["body"].get("text", ""):
                verdict |= {"status": "rejected", "code": "invalid"}

    kiosk = kiosk_at(serve(centre(play)).url)
    room = prepare(kiosk, 2)
    assert one_round(kiosk).rejected == 2
    first, second = (row.subject for row in Operation.select().order_by(Operation.seq))
    kiosk.write(lambda tx: preparation.edit(tx, room, first, "Une autre ?", "vie"))
    kiosk.write(lambda tx: preparation.delete(tx, room, second))
    assert settled(kiosk) == ["replaced", "dropped", "waiting"]
    assert one_round(kiosk).through and outbox.counts().get("rejected", 0) == 0
    kiosk.write(lambda tx: preparation.edit(tx, room, first, "Question de trop ?", "vie"))
    assert one_round(kiosk).rejected == 1
    kiosk.write(lambda tx: preparation.delete(tx, room, first))
    assert [row.type for row in outbox.due(kiosk.clock.now())] == ["question.withdraw"]  # it holds the earlier words


# -- sizes -----------------------------------------------------------------------------------------


def test_a_body_holds_64_kib_at_most_on_a_stick_too(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    sizes: list[int] = []

    def play(asked: Asked, value: dict[str, Any]) -> None:
        sizes.append(len(json.dumps(asked.json(), ensure_ascii=False, separators=(",", ":")).encode()))

    kiosk = kiosk_at(serve(centre(play)).url)
    make_session(kiosk, "S1")
    body = {"session_id": "S1", "theme": "vie", "level": "4E", "support": 0, "text": "🎈" * 499}
    for n in range(50):
        kiosk.write(
            lambda tx: outbox.append(tx, "question.prepared", {**body, "question_id": f"q{n}"}, subject=f"q{n}")
        )
    made = sticks.opened(stick.request(kiosk)[1]).messages
    lengths = [len(json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()) for one in made]
    assert len(made) > 1 and max(lengths) <= 64 * 1024 and sum(len(one["operations"]) for one in made) == 50
    assert one_round(kiosk).accepted == 50 and max(sizes) <= 64 * 1024 and ABOUT


def test_a_stick_that_cannot_be_written_is_said(kiosk_at: Callable[..., Kiosk], tmp_path: Path) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    with pytest.raises(KioskError) as refused:
        sync_command.export_exchange(kiosk.settings, str(tmp_path / "nowhere" / "file"))
    assert refused.value.code == "stick_unwritten" and "nowhere" in refused.value.message


CLASSES = ["4e B", "Terminale STMG", "CAP cuisine", "Seconde", "Première G", "3e prépa-métiers", "ULIS"]


@pytest.mark.parametrize("label", CLASSES)
def test_one_pupil_is_enrolled_under_a_class(label: str, kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    make_session(kiosk, "S1")

    def enrol(name: str) -> str:
        return kiosk.write(
            lambda tx: enrolments.request(tx, "S1", kind="individual", label=name, level="3E", headcount=1)
        )

    enrol(label)
    for name in ("Léa Martin", "Tom Durand", "Capucine Roux", "Bacary Sagna"):
        with pytest.raises(KioskError) as refused:
            enrol(name)
        assert refused.value.code == "class_expected"
    seq = Operation.get().seq
    kiosk.write(lambda tx: Operation.update(state="rejected", attempts=1).execute())
    with pytest.raises(KioskError):
        kiosk.write(lambda tx: enrolments.correct(tx, seq, label="Léa Martin", level="3E", headcount=1))
    assert outbox.waiting() == 0
