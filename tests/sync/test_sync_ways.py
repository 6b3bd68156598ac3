"""Stick, e-mail, pairing, identity, portraits, schedule: against the reference centre where there is one."""

from __future__ import annotations

import email
import gzip
import hashlib
import json
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from factories import configure, make_class, make_room, make_session, pending_word, settle
from kiosk.centre import pairing as codes
from kiosk.centre import stick as centre_stick
from kiosk.centre.house import Centre
from kiosk.centre.serving import open_centre
from kiosk.centre.settings import CentreSettings
from kiosk.contract import PairRequest
from kiosk.domain import enrolments, outbox, rooms, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.exchange import identity, pairing, stick, syncstate
from kiosk.exchange.letters import Letter
from kiosk.exchange.round import EXPIRED, Outcome, Round
from kiosk.exchange.wire import HttpLine
from kiosk.exchange.worker import FIRST_WAIT, LONGEST_WAIT, Worker
from kiosk.ground import clock
from kiosk.ground.errors import KioskError
from kiosk.ops import local
from kiosk.storage.models import Enrolment, Operation, Session, Speaker
from kiosk.storage.writer import Transaction
from sync import simulation
from sync.conftest import OPEN_HOURS, UAI
from sync.servers import ABOUT, Asked, Server, always, http, problem, said

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
DIGEST = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    opened = open_centre(CentreSettings(data_dir=tmp_path / "centre"))
    opened.store.run(lambda tx: simulation.catalogue.put_session(tx, "S1", simulation.session_body(1)))
    yield opened
    opened.store.stop()


def prepare(kiosk: Kiosk, n: int) -> str:
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    kiosk.write(lambda tx: preparation.add_many(tx, room, [f"Question {i} ?" for i in range(n)], origin="prepared"))
    return room


# -- a small centre that a test can bend -----------------------------------------------------------


class Bent:
    """Accepts everything; ``changes`` and ``pictures`` are what it has; ``bend`` may answer first."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self.bend: Callable[[Server, Any, Asked], Any] = lambda server, connection, asked: None

    def __call__(self, server: Server, connection: Any, asked: Asked) -> bytes | None:
        bent = self.bend(server, connection, asked)
        if bent is not None:
            return bent if isinstance(bent, bytes) else None
        if asked.path == "/v1/about":
            return said(ABOUT)
        if asked.path.startswith("/v1/portraits/"):
            return self.portrait(asked)
        verdicts = [{"id": o["id"], "status": "accepted"} for o in asked.json()["operations"]]
        value = {
            "contract": 1,
            "time": ABOUT["time"],
            "cursor": "c",
            "more": False,
            "verdicts": verdicts,
            "changes": self.changes,
        }
        packed = gzip.compress(json.dumps(value).encode())
        return http(200, packed, "application/json", Content_Encoding="gzip")

    def portrait(self, asked: Asked) -> bytes:
        start = asked.headers.get("range", "bytes=0-")[6:-1]
        if start == "0":
            return http(200, PICTURE, "image/png")
        return http(
            206, PICTURE[int(start) :], "image/png", Content_Range=f"bytes {start}-{len(PICTURE) - 1}/{len(PICTURE)}"
        )


def speaker_with(digest: str = DIGEST) -> dict[str, Any]:
    return {
        "type": "speaker",
        "id": "P1",
        "rev": 1,
        "body": {
            "name": "Sophie Martin",
            "job": {"feminine": "cheffe", "masculine": "chef", "shown": "feminine"},
            "bio": "",
            "path": [],
            "portrait": {"sha256": digest, "bytes": len(PICTURE), "type": "image/png", "alt": "Portrait"},
        },
    }


def one_round(kiosk: Kiosk, **values: Any) -> Outcome:
    line = HttpLine()
    try:
        return Round(kiosk, line, keep_time=values.pop("keep_time", False), **values).run()
    finally:
        line.close()


# -- rounds ----------------------------------------------------------------------------------------


def test_a_full_exchange_is_small(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    """60 prepared questions and an enrolment up; a session, three speakers, the enrolment down: under 8 KB in all."""
    bent = Bent()
    bio = "Je dirige un chantier de douze personnes. " * 8
    bent.changes = [
        {
            "type": "session",
            "id": "S2",
            "rev": 2,
            "body": {
                "title": "Une séance",
                "starts_at": "2027-01-12T09:00:00Z",
                "duration_min": 45,
                "format": "college-45",
                "meeting_url": "https://visio.example/a",
                "levels": ["4E"],
                "status": "planned",
                "speakers": [],
                "dossier": [],
            },
        },
        *(
            {**speaker_with(), "id": f"P{n}", "body": {**speaker_with()["body"], "bio": bio, "portrait": None}}
            for n in range(3)
        ),
    ]
    server = serve(bent)
    kiosk = kiosk_at(server.url)
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    texts = Path(__file__).parents[1].joinpath("data/similar-fr.tsv").read_text("utf-8").split("\n")[1:400]
    words = list(dict.fromkeys(part for line in texts for part in line.split("\t") if part.endswith("?")))[:60]
    assert len(words) == 60
    kiosk.write(lambda tx: preparation.add_many(tx, room, words, origin="prepared"))
    kiosk.write(lambda tx: enrolments.request(tx, "S1", label="4e C", level="4E", headcount=25))
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.sent, outcome.accepted, outcome.waiting) == ("ok", 61, 61, 0)
    posts = [asked for asked in server.asked if asked.method == "POST"]
    assert [len(asked.json()["operations"]) for asked in posts] == [50, 11]
    assert outcome.bytes_sent == server.heard and outcome.bytes_received == server.sent
    assert outcome.bytes_sent + outcome.bytes_received <= 8 * 1024
    print("full exchange:", outcome.bytes_sent, "sent,", outcome.bytes_received, "received")
    idle = one_round(kiosk)
    assert idle.bytes_sent == server.heard - outcome.bytes_sent
    assert syncstate.bytes_of_day(kiosk.clock.now())[0] == server.heard


def test_too_large_halves_and_a_poison_does_not_block(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    bent = Bent()

    def bend(server: Server, connection: Any, asked: Asked) -> bytes | None:
        if asked.path != "/v1/exchange":
            return None
        operations = asked.json()["operations"]
        if len(operations) > 3:
            return problem(413, "too_large")
        wrong = [i for i, o in enumerate(operations) if o["body"]["text"] == "Question 4 ?"]
        if wrong:
            return problem(422, "invalid", errors=[{"pointer": f"/operations/{wrong[0]}/body", "detail": "non"}])
        return None

    bent.bend = bend
    kiosk = kiosk_at(serve(bent).url)
    prepare(kiosk, 9)
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.accepted, outcome.rejected, outcome.waiting) == ("ok", 8, 1, 0)
    item = next(i for i in syncstate.items(kiosk.clock.now()) if i.state == "rejected")
    assert item.correctable and item.text == "Question 4 ?"
    kiosk.write(lambda tx: outbox.resend(tx, item.seq, {"text": "Mieux ?"}))
    assert one_round(kiosk).accepted == 1


def test_retry_waits_and_a_withdrawal_never_overtakes(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    bent = Bent()
    bent.bend = lambda s, c, asked: (
        said(
            {
                "contract": 1,
                "time": ABOUT["time"],
                "cursor": "c",
                "verdicts": [{"id": o["id"], "status": "retry", "after": 60} for o in asked.json()["operations"]],
            }
        )
        if asked.path == "/v1/exchange"
        else None
    )
    server = serve(bent)
    kiosk = kiosk_at(server.url)
    room = prepare(kiosk, 1)
    assert (one_round(kiosk).failure, Operation.get().state) == ("ok", "waiting")
    kiosk.write(lambda tx: preparation.delete(tx, room, Operation.get().subject))
    before = len(server.asked)
    outcome = one_round(kiosk)
    assert (outcome.sent, outcome.waiting, outcome.through) == (0, 2, False)
    assert all(not asked.json()["operations"] for asked in server.asked[before:] if asked.method == "POST")


def test_an_expired_cursor_starts_again(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    bent = Bent()
    bent.bend = lambda s, c, asked: (
        problem(410, "cursor_expired") if (asked.path == "/v1/exchange" and asked.json()["cursor"] == "vieux") else None
    )
    kiosk = kiosk_at(serve(bent).url)
    kiosk.write(lambda tx: stored.put(tx, "sync.cursor", "vieux"))
    assert one_round(kiosk).failure == "ok"
    assert stored.get("sync.cursor") == "c"


def test_a_centre_that_forgets_every_cursor_is_not_asked_for_ever(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    page = {"contract": 1, "time": ABOUT["time"], "cursor": "c", "more": True, "verdicts": [], "changes": []}
    bent = Bent()
    bent.bend = lambda s, c, asked: (
        None
        if asked.path != "/v1/exchange"
        else problem(410, "cursor_expired")
        if asked.json()["cursor"]
        else said(page)
    )
    server = serve(bent)
    kiosk = kiosk_at(server.url)
    kiosk.write(lambda tx: stored.put(tx, "sync.cursor", "vieux"))
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.detail) == ("server", "cursor_expired")
    assert sum(asked.method == "POST" for asked in server.asked) <= 2 * EXPIRED + 1


def test_a_cloned_identity_asks_to_be_paired_again(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    bent = Bent()
    bent.bend = lambda s, c, asked: problem(409, "kiosk_cloned") if asked.path == "/v1/exchange" else None
    kiosk = kiosk_at(serve(bent).url)
    prepare(kiosk, 2)
    old = identity.load(kiosk.settings.data_dir, 0)[0]
    outcome = one_round(kiosk)
    new = identity.load(kiosk.settings.data_dir, 0)[0]
    assert (outcome.failure, outcome.detail, outcome.waiting) == ("auth", "kiosk_cloned", 2)
    assert new.kiosk != old.kiosk and new.token == ""
    status = syncstate.status(kiosk.clock.now(), configured=True)
    assert (status.paired, status.cloned) == (False, True) and "copie" in status.sentence


def test_a_copied_card_takes_a_new_identity(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    folder = kiosk.settings.data_dir
    held = identity.load(folder, 0)[0]
    assert stat.S_IMODE((folder / identity.FILE).stat().st_mode) == 0o600
    identity.save(folder, replace(held, traits=["0123456789abcdef"]))
    new, copied = identity.load(folder, 1)
    assert copied and new.kiosk != held.kiosk and not new.token
    assert identity.load(folder, 2) == (new, False)


def test_the_centres_time_is_taken_and_timers_move(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at(serve(Bent()).url)
    room = prepare(kiosk, 1)
    kiosk.clock.correct(1_500_000_000_000, "system")
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "reflection"))

    def left() -> int:
        ends_at = rooms.view(room).ends_at
        assert ends_at is not None
        return ends_at - kiosk.clock.now()

    before = left()
    assert one_round(kiosk, keep_time=True).failure == "ok"
    assert abs(kiosk.clock.now() - 1_795_510_800_000) < 5_000 and kiosk.clock.source == "centre"
    assert abs(left() - before) < 3_000


def test_a_clock_that_the_network_keeps_is_left_alone(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A correction of years, kept from a start without network, is not added to a clock that is right since."""
    kiosk = kiosk_at(serve(Bent()).url)

    def corrected(tx: Transaction) -> None:
        stored.put(tx, "clock.offset_ms", 10**11)
        stored.put(tx, "clock.source", "centre")

    kiosk.write(corrected)
    monkeypatch.setattr(clock, "SYNCHRONISED", tmp_path / "synchronized")
    with local.opened(kiosk.settings) as again:
        assert again.clock.now() - time.time() * 1000 > 10**10
    (tmp_path / "synchronized").touch()
    with local.opened(kiosk.settings) as again:
        assert one_round(again, keep_time=True).failure == "ok"
        assert abs(again.clock.now() - time.time() * 1000) < 5_000 and again.clock.source == "ntp"


# -- portraits -------------------------------------------------------------------------------------


def test_a_portrait_is_resumed_and_checked(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    bent = Bent()
    bent.changes = [speaker_with()]
    cuts = [1]

    def bend(server: Server, connection: Any, asked: Asked) -> Any:
        if asked.path.startswith("/v1/portraits/") and cuts:
            cuts.pop()
            connection.sendall(http(200, PICTURE, "image/png")[:-4000])
            connection.close()
            return True
        return None

    bent.bend = bend
    server = serve(bent)
    kiosk = kiosk_at(server.url)
    assert one_round(kiosk).failure == "ok"
    assert not Speaker.get().portrait.get("stored")
    assert one_round(kiosk).failure == "ok"
    assert Speaker.get().portrait["stored"] is True
    assert (kiosk.settings.data_dir / "portraits" / DIGEST).read_bytes() == PICTURE
    assert server.asked[-1].headers["range"] == f"bytes={len(PICTURE) - 4000}-"


def test_a_wrong_picture_is_never_kept(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    bent = Bent()
    bent.changes = [speaker_with("0" * 64)]
    server = serve(bent)
    kiosk = kiosk_at(server.url)
    for _time in range(5):
        one_round(kiosk)
    assert not Speaker.get().portrait.get("stored")
    assert sum(asked.path.startswith("/v1/portraits/") for asked in server.asked) == 3
    assert list((kiosk.settings.data_dir / "portraits").iterdir()) == []


def test_portraits_wait_while_a_class_is_live_and_when_the_day_is_spent(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    bent = Bent()
    bent.changes = [speaker_with()]
    server = serve(bent)
    kiosk = kiosk_at(server.url, sync_daily_budget_kb=1)
    room = prepare(kiosk, 30)
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "talk"))
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.sent, outcome.waiting) == ("ok", 10, 20)
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "lobby"))
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.waiting) == ("ok", 0)  # questions always go
    assert not any(asked.path.startswith("/v1/portraits/") for asked in server.asked)


# -- pairing and stick with the reference centre ---------------------------------------------------


def test_a_stick_carries_the_same_exchange_once(centre: Centre, kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9", token="")
    folder = kiosk.settings.data_dir
    who = identity.load(folder, 0)[0]
    code = centre.store.run(lambda tx: codes.issue(tx, UAI))
    wanted = PairRequest(uai=UAI, code=code, kiosk=who.kiosk)
    token = centre.store.run(lambda tx: codes.pair(tx, wanted, centre.key))
    prepare(kiosk, 60)
    with pytest.raises(KioskError, match="jumelé"):
        stick.request(kiosk)
    identity.save(folder, replace(who, token=str(token), uai=UAI, url="http://127.0.0.1:9"))
    file = stick.request(kiosk)
    ((_name, answer),) = centre_stick.answers(centre, [file])
    first = stick.take_answer(kiosk, answer)
    assert (first.accepted, first.waiting, first.changes > 0) == (60, 0, True)
    again = stick.take_answer(kiosk, answer)
    assert (again.accepted, again.changes, again.waiting) == (0, 0, 0)
    assert Session.get_by_id("S1").rev > 0


def test_pairing_says_what_is_wrong(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    for answer, code in (
        (problem(403, "pairing_code"), "pairing_code"),
        (problem(429, "rate_limited", Retry_After=60), "pairing_rate"),
        (problem(422, "invalid"), "uai_checksum"),
        (http(200, "<h1>"), "centre_failed"),
    ):
        server = serve(lambda s, c, asked, answer=answer: said(ABOUT) if asked.method == "GET" else answer)
        with pytest.raises(KioskError) as refused:
            pairing.pair(kiosk_at(server.url, token=""), HttpLine(), "7KQ2-M9XA", UAI)
        assert refused.value.code == code
    portal = serve(always(http(200, "<h1>")))
    with pytest.raises(KioskError) as refused:
        pairing.pair(kiosk_at(portal.url, token=""), HttpLine(), "7KQ2-M9XA", UAI)
    assert refused.value.values["failure"] == "portal"
    assert [asked.method for asked in portal.asked] == ["GET"]  # the code was not told to a portal


# -- outbox ----------------------------------------------------------------------------------------


def test_nothing_personal_is_written(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    room = make_room(kiosk, session_id=make_session(kiosk, "S1"), class_label="4e B")
    view = kiosk.write(lambda tx: preparation.add(tx, room, "Écrivez-moi à lea@example.fr ?"))
    row = Operation.get()
    assert (row.state, row.body, syncstate.items(0)[0].state) == ("held", {}, "held")
    kiosk.write(lambda tx: preparation.edit(tx, room, view.id, "Peut-on vous écrire ?", "vie"))
    assert [r.state for r in Operation.select().order_by(Operation.seq)] == ["dropped", "waiting"]
    body = {"question_id": "q", "session_id": "S1", "text": "x", "theme": "vie", "level": "4E", "support": 0}
    for extra in ("name", "email", "ip", "device", "student", "author"):
        with pytest.raises(KioskError) as refused:
            outbox.check("question.prepared", {**body, extra: "x"})
        assert refused.value.code == "personal_data"


def test_a_word_that_never_left_is_replaced(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    room = prepare(kiosk, 1)
    question = Operation.get().subject
    kiosk.write(lambda tx: preparation.edit(tx, room, question, "Autre ?", "vie"))
    assert [(r.seq, r.body["text"]) for r in Operation.select()] == [(1, "Autre ?")]
    kiosk.write(lambda tx: outbox.sending(tx, [1]))
    kiosk.write(lambda tx: preparation.edit(tx, room, question, "Encore ?", "vie"))
    assert [(r.seq, r.body["text"]) for r in Operation.select()] == [(1, "Autre ?"), (2, "Encore ?")]


def test_an_enrolment_offline_then_cancelled_says_nothing(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    make_session(kiosk, "S1")
    new = kiosk.write(lambda tx: enrolments.request(tx, "S1", label="4e B", level="4E", headcount=26))
    assert pending_word(new) == "request"
    with pytest.raises(KioskError):
        kiosk.write(lambda tx: enrolments.request(tx, "S1", label="4e B", level="4E", headcount=26))
    kiosk.write(lambda tx: enrolments.cancel(tx, new))
    assert (outbox.waiting(), Enrolment.get().state, pending_word(new)) == (0, "cancelled", None)


def test_closing_reports_attendance_once(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    make_session(kiosk, "S1")
    label = make_class(kiosk, "S1", "4e B", 26, level="4E")
    room = make_room(kiosk, session_id="S1", enrolment_id=label)
    for _time in range(2):
        kiosk.write(lambda tx: rooms.set_phase(tx, room, "closed"))
    row = Operation.get()
    assert (Operation.select().count(), row.type, row.body["headcount"]) == (1, "attendance.report", 26)


# -- schedule --------------------------------------------------------------------------------------


def test_the_schedule(kiosk_at: Callable[..., Kiosk], serve: Callable[..., Server]) -> None:
    server = serve(Bent())
    kiosk = kiosk_at(server.url)
    kiosk.clock.correct(OPEN_HOURS, "teacher")
    worker = Worker(kiosk, HttpLine, draw=lambda low, high: high)
    waits = [worker.delay(Outcome("dns")) for _time in range(8)]
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert worker.delay(Outcome("server", retry_after=5000)) == 5000
    assert worker.delay(Outcome("ok")) == LONGEST_WAIT and worker.delay(Outcome("dns")) == FIRST_WAIT
    worker.tick(1.0)  # the first look at the network exchanges at once
    assert worker.last is not None and worker.last.failure == "ok"
    made = len(server.asked)
    worker.tick(1.0)
    assert len(server.asked) == made
    prepare(kiosk, 3)
    settle(kiosk)
    worker.tick(6.0)
    assert outbox.waiting() == 0
    made = len(server.asked)
    worker.nudge()
    worker.tick(0.0)
    assert len(server.asked) > made
    status = syncstate.status(kiosk.clock.now(), configured=True)
    assert status.last_success and status.next_try and status.next_try > status.last_success


# -- e-mail ----------------------------------------------------------------------------------------


def test_the_letter(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    room = prepare(kiosk, 2)
    kiosk.write(lambda tx: preparation.add(tx, room, "=cmd|' /C calc'!A0 ?", theme="salaire"))
    make_class(kiosk, "S1", "4e B")
    letter = Letter("S1", to="orientation@centre.example", signature="Mme Durand")
    message = email.message_from_bytes(letter.eml(), policy=default)
    assert message["To"] == "orientation@centre.example" and "4e B" in message["Subject"]
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    assert "Bonjour," in text and "Question 1 ?" in text and "Mme Durand" in text and "Les chiffres" in text
    attached = next(message.iter_attachments())
    assert attached.get_filename() == "questions-S1.csv"
    table = attached.get_payload(decode=True)
    assert isinstance(table, bytes) and "\r\n'=cmd" in table.decode("utf-8-sig")
    assert (
        letter.mailto().startswith("mailto:orientation@centre.example?subject=Questions")
        and "%0D%0A" in letter.mailto()
    )
    kiosk.write(
        lambda tx: preparation.add_many(
            tx, room, [f"Une longue question {n} ? " * 3 for n in range(40)], origin="prepared"
        )
    )
    assert len(Letter("S1").mailto()) < 2000
    make_session(kiosk, "S/../2\r\nX: y", title="Une séance dont le titre\r\nne finit pas 🎈 " * 40)
    other = make_room(kiosk, session_id="S/../2\r\nX: y", class_label="4e C")
    kiosk.write(lambda tx: preparation.add(tx, other, "Et ici ?"))
    odd = Letter("S/../2\r\nX: y", to="orientation@centre.example")
    assert len(odd.mailto()) < 2000 and "\n" not in odd.subject
    attached = next(email.message_from_bytes(odd.eml(), policy=default).iter_attachments())
    assert attached.get_filename() == "questions-S-..-2-X-y.csv"
    for name, uai, place in (
        ("", "0951099D", "0951099D"),
        ("Collège Jean-Moulin", "0951099D", "Collège Jean-Moulin (0951099D)"),
    ):
        configure(kiosk, school_name=name, school_uai=uai)
        assert f"Établissement : {place}\n" in Letter("S1").body
    make_session(kiosk, "S9")
    with pytest.raises(KioskError, match="Aucune question"):
        Letter("S9")
