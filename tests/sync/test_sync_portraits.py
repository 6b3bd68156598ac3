"""Portraits over links that cut, lie, pack and refuse: kept only by their digest, asked for no more than needed."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from factories import make_session
from kiosk.contract import to_ms
from kiosk.domain import enrolments, outbox, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import pace, portraits, syncstate
from kiosk.exchange.outcome import Outcome
from kiosk.exchange.wire import HttpLine
from kiosk.exchange.worker import GATHER, Worker
from kiosk.ground.config import Settings
from kiosk.storage.models import Session, Speaker, SyncDay
from sync.servers import ABOUT, Asked, Server, http, problem, said
from sync.test_sync_strangers import one_round, verdicts

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
OTHER = b"\x89PNG\r\n\x1a\n" + bytes(reversed(range(256))) * 40
SIZE = len(PICTURE)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def speaker(number: int, data: bytes = PICTURE) -> dict[str, Any]:
    portrait = {"sha256": digest(data), "bytes": len(data), "type": "image/png", "alt": "Portrait"}
    job = {"feminine": "cheffe", "masculine": "chef", "shown": "feminine"}
    body = {"name": "Sophie Martin", "job": job, "bio": "", "path": [], "portrait": portrait}
    return {"type": "speaker", "id": f"P{number}", "rev": 1, "body": body}


def well(asked: Asked, data: bytes = PICTURE) -> bytes:
    """What the contract says: whole, or what follows the range."""
    start = int(asked.headers.get("range", "bytes=0-")[6:-1])
    if not start:
        return http(200, data, "image/png")
    return http(206, data[start:], "image/png", Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")


Answer = Callable[[Asked], Any]


class Centre:
    """Announces portraits; answers each request for one by the next of ``answers``, then as the contract says."""

    def __init__(self, *answers: Answer, announced: list[dict[str, Any]] | None = None) -> None:
        self.answers, self.announced = list(answers), announced or [speaker(1)]
        self.asked: list[Asked] = []

    def __call__(self, server: Server, connection: Any, asked: Asked) -> bytes | None:
        if asked.path == "/v1/about":
            return said(ABOUT)
        if not asked.path.startswith("/v1/portraits/"):
            return said({**verdicts(asked), "changes": self.announced})
        self.asked.append(asked)
        if not self.answers:
            return well(asked)
        answer = self.answers.pop(0)(asked)
        if isinstance(answer, tuple):  # cut
            connection.sendall(answer[0])
            connection.close()
            return None
        return bytes(answer)


def cut(answer: Answer, lost: int = 4_000) -> Answer:
    return lambda asked: (answer(asked)[:-lost],)


def rounds(kiosk: Kiosk, number: int) -> dict[str, Any]:
    """After that many rounds, what is known of the first portrait; nothing half made stays behind a whole one."""
    for _time in range(number):
        assert one_round(kiosk).failure == "ok"
    known = dict(Speaker.get_by_id("P1").portrait)
    folder = kiosk.settings.data_dir / "portraits"
    if known.get("stored"):
        assert [one.name for one in folder.iterdir()] == [digest(PICTURE)]
        assert (folder / digest(PICTURE)).read_bytes() == PICTURE
    else:
        assert not (folder / digest(PICTURE)).exists()
    return known


def packed(asked: Asked) -> bytes:
    return http(200, gzip.compress(PICTURE, mtime=0), "image/png", Content_Encoding="gzip")


GOOD_IN: dict[str, tuple[int, list[Answer]]] = {
    "whole": (1, []),
    "in gzip": (1, [packed]),
    "as a file": (1, [lambda asked: http(200, PICTURE, "application/octet-stream")]),
    "cut, then resumed": (2, [cut(well)]),
    "cut twice": (3, [cut(well), cut(well, 2_000)]),
    "cut in gzip, then afresh": (2, [cut(packed, 100)]),
    "cut, then whole although a range was asked": (2, [cut(well), lambda asked: http(200, PICTURE, "image/png")]),
    "cut, then another range": (
        3,
        [
            cut(well),
            lambda asked: http(206, PICTURE[5:], "image/png", Content_Range=f"bytes 5-{SIZE - 1}/{SIZE}"),
        ],
    ),
    "cut, then no such range": (3, [cut(well), lambda asked: http(416)]),
    "cut, then a portal, then resumed": (3, [cut(well), lambda asked: http(302, "x", Location="http://portail/")]),
    "a portal's page first": (2, [lambda asked: http(200, "<h1>portail</h1>" * 99)]),
    "a portal's page, cut": (2, [cut(lambda asked: http(200, "<h1>portail</h1>" * 999))]),
    "busy first": (2, [lambda asked: problem(503, "unavailable")]),
    "reset first": (2, [cut(lambda asked: b"")]),
}


@pytest.mark.parametrize("name", GOOD_IN)
def test_a_portrait_comes_in_the_end(name: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    number, answers = GOOD_IN[name]
    centre = Centre(*answers)
    kiosk = kiosk_at(serve(centre).url)
    if number > 1:
        assert not rounds(kiosk, number - 1).get("stored")
    known = rounds(kiosk, 1)
    assert known["stored"] is True and "wrong" not in known
    ranges = [asked.headers.get("range") for asked in centre.asked]
    assert any(ranges) == name.startswith(("cut,", "cut twice"))


def test_a_wrong_digest_on_a_resumed_download_starts_afresh(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    """The beginning was another's (or the end): neither is kept, and the next round asks for the whole."""
    centre = Centre(cut(well), lambda asked: well(asked, OTHER))
    kiosk = kiosk_at(serve(centre).url)
    known = rounds(kiosk, 2)
    assert known["wrong"] == 1 and list((kiosk.settings.data_dir / "portraits").iterdir()) == []
    assert rounds(kiosk, 1)["stored"] is True
    assert [asked.headers.get("range") for asked in centre.asked] == [None, f"bytes={SIZE - 4_000}-", None]


@pytest.mark.parametrize("data", [OTHER, PICTURE + b"x" * 3_000_000, b""])
def test_a_wrong_picture_is_left_alone_after_three_times(
    data: bytes, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    centre = Centre(*[lambda asked: http(200, data, "image/png")] * 9)
    kiosk = kiosk_at(serve(centre).url)
    assert rounds(kiosk, 5)["wrong"] == 3 == len(centre.asked)
    assert list((kiosk.settings.data_dir / "portraits").iterdir()) == []


def test_one_that_the_centre_has_not_is_asked_for_again_much_later(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    centre = Centre(lambda asked: problem(404, "not_found"), announced=[speaker(1), speaker(2, OTHER)])
    centre.answers.append(lambda asked: well(asked, OTHER))
    kiosk = kiosk_at(serve(centre).url)
    assert "stored" not in rounds(kiosk, 3) and Speaker.get_by_id("P2").portrait["stored"] is True
    assert len(centre.asked) == 2
    now = kiosk.clock.now()
    assert portraits.missing(now) == [] and len(portraits.missing(now + portraits.GONE_MS)) == 1
    assert len(portraits.missing(now - 10 * portraits.GONE_MS)) == 1  # a clock put right since


# -- what must leave comes first -------------------------------------------------------------------


def test_the_exchange_is_told_before_the_portraits_and_what_becomes_due_interrupts_them(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    told: list[Any] = []

    def meanwhile(asked: Asked) -> bytes:
        """The teacher writes while the first portrait comes."""
        told.append(kiosk.write(lambda tx: stored.get("sync.state", {}).get("last_success")))
        kiosk.write(lambda tx: enrolments.request(tx, "S9", kind="class", label="4e B", level="4E", headcount=26))
        return well(asked)

    centre = Centre(meanwhile, announced=[speaker(1), speaker(2, OTHER)])
    kiosk = kiosk_at(serve(centre).url)
    make_session(kiosk, "S9")
    outcome = one_round(kiosk)
    assert told[0] is not None and outcome.left and len(centre.asked) == 1
    assert outbox.waiting() == 1 and Worker(kiosk, HttpLine).delay(outcome) == GATHER
    centre.answers = [lambda asked: well(asked, OTHER)]
    assert one_round(kiosk).waiting == 0 and len(centre.asked) == 2
    assert Speaker.get_by_id("P2").portrait["stored"]


def test_the_portraits_of_the_school_s_own_sessions_come_first(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at(serve(Centre()).url)
    pictures = {name: digest(name.encode()) for name in ("past", "other", "late", "soon", "nobody's")}

    def unit(tx: Any) -> None:
        for number, (name, sha256) in enumerate(pictures.items()):
            portrait = {"sha256": sha256, "bytes": 9, "type": "image/png", "alt": ""}
            Speaker.insert(
                id=name,
                name=name,
                job_feminine="cheffe",
                job_masculine="chef",
                job_shown="feminine",
                portrait=portrait,
                rev=number + 1,
            ).execute()

    kiosk.write(unit)
    day = 86_400_000
    for name, when in (("past", -9), ("other", 1), ("late", 8), ("soon", 3)):
        make_session(kiosk, f"S{name}", starts_in_ms=when * day)
        kiosk.write(lambda tx: Session.update(speakers=[name]).where(Session.id == f"S{name}").execute())
    for name in ("late", "soon"):
        kiosk.write(lambda tx: enrolments.request(tx, f"S{name}", kind="class", label="4e B", level="4E", headcount=26))
    order = [one["sha256"] for one in portraits.missing(kiosk.clock.now())]
    assert order == [pictures[name] for name in ("soon", "late", "other", "past", "nobody's")]


def test_what_the_budget_stops_and_in_which_order(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    centre = Centre()
    kiosk = kiosk_at(serve(centre).url, sync_daily_budget_kb=30, sync_share_asked=True)
    assert Settings().sync_daily_budget_kb > 0
    day = kiosk.clock.now()
    make_session(kiosk, "S1")
    worker = Worker(kiosk, HttpLine, draw=lambda low, high: high)

    def spend(share: float) -> None:
        kiosk.write(lambda tx: SyncDay.delete().execute())
        kiosk.write(lambda tx: syncstate.count_bytes(tx, 0, int(30 * 1024 * share)))

    def tell(number: int) -> None:
        asked = {"session_id": "S1", "text": "Et la nuit ?", "theme": "vie", "origin": "live", "status": "asked"}
        kiosk.write(
            lambda tx: outbox.append(tx, "question.asked", {**asked, "question_id": f"q{number}"}, subject=f"q{number}")
        )

    tell(1)
    spend(0.7)  # near: the exchange goes on, the portrait and the idle rounds wait
    assert one_round(kiosk).waiting == 0 and not centre.asked
    spend(0.8)
    assert worker.delay(Outcome("ok")) == pace.QUIET_REST
    spend(1)
    tell(2)
    kiosk.write(lambda tx: enrolments.request(tx, "S1", kind="class", label="4e B", level="4E", headcount=26))
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.waiting, outcome.left) == ("ok", 1, False)
    assert [row.type for row in outbox.due(day + 1000)] == ["question.asked"]
    spend(0)  # the next day
    assert one_round(kiosk).waiting == 0 and Speaker.get_by_id("P1").portrait["stored"]


@pytest.mark.parametrize(
    ("instant", "zone", "shut"),
    [
        ("2026-11-24T09:00:00Z", "", False),
        ("2026-11-24T18:30:00Z", "", True),
        ("2026-11-24T05:30:00Z", "", True),
        ("2026-11-28T09:00:00Z", "", False),
        ("2026-11-28T13:00:00Z", "", True),
        ("2026-11-29T10:00:00Z", "", True),
        ("2026-07-21T10:00:00Z", "", True),
        ("2026-12-29T10:00:00Z", "", True),
        ("2026-07-21T20:00:00Z", "Pacific/Noumea", False),
        ("2026-11-24T09:00:00Z", "Pacific/Noumea", True),
    ],
)
def test_nobody_is_there_at_night_on_sundays_and_in_the_holidays(instant: str, zone: str, shut: bool) -> None:
    assert pace.nobody_there(to_ms(datetime.fromisoformat(instant.replace("Z", "+00:00"))), zone) is shut


def test_a_session_within_a_day_keeps_the_usual_pace(kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("http://127.0.0.1:9")
    sunday = to_ms(datetime(2026, 11, 29, 10, tzinfo=timezone.utc))
    kiosk.clock.correct(sunday, "teacher")
    assert pace.longest_rest(kiosk) == pace.QUIET_REST
    make_session(kiosk, "S1", starts_in_ms=20 * 3_600_000)
    assert pace.longest_rest(kiosk) == pace.LONGEST_REST
