"""What comes from outside never holds the loop: large files of sticks are read by a process of their own, on both
sides, and what an answer says is looked at a few milliseconds at a time.
"""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from kiosk.centre import pairing
from kiosk.centre import stick as office_stick
from kiosk.centre.house import Centre
from kiosk.contract import PairRequest, stickfiles, stickreader, sticks
from kiosk.domain.kiosk import Kiosk
from kiosk.engine import current
from kiosk.exchange import classify, exchange, identity, stick
from kiosk.ground.errors import KioskError
from sync.conftest import UAI
from sync.test_sticks import centre, journey, paired  # noqa: F401 - centre is a fixture

HEAD = {"kind": "answer", "kiosk": "k", "uai": "0951099D", "made_at": "2026-11-24T09:00:00Z", "mac": "0" * 64}
#: As many values as a file may hold.
WIDE = json.dumps({**HEAD, "message": {"a": [[] for _ in range(150_000)]}}).encode()
FILES = {
    "as many values as may be": WIDE,
    "more values than may be": json.dumps({**HEAD, "message": {"a": [0] * 500_000}}).encode(),
    "a gigabyte of spaces": gzip.compress(b" " * (1 << 26), 9) * 16,
    "one long word": gzip.compress(json.dumps({**HEAD, "message": {"a": "é" * 2_000_000}}).encode()),
    "a well": gzip.compress(b'{"a":' * 500_000),
    "cut": gzip.compress(WIDE)[:-20],
    "no JSON": gzip.compress(b'"' * 15_000_000),
}


def spent(work: Callable[[], Any]) -> float:
    """Seconds of this process's own work, whatever else the machine does; ``work`` must be refused."""
    start = time.process_time()
    with pytest.raises((KioskError, office_stick.Refused)):
        work()
    return time.process_time() - start


@pytest.mark.parametrize("name", list(FILES))
def test_a_hostile_file_is_refused_by_another_process(
    name: str,
    centre: Centre,
    kiosk_at: Callable[..., Kiosk],  # noqa: F811
) -> None:
    kiosk = kiosk_at("", token="")
    paired(kiosk, centre)
    assert spent(lambda: stick.take_answer(kiosk, FILES[name])) < 0.25
    assert spent(lambda: journey(centre, FILES[name])) < 0.25


def test_the_same_file_read_here_would_hold_the_loop() -> None:
    """The test above can fail: read in this process, the widest file takes far longer than it allows."""
    start = time.process_time()
    sticks.opened(WIDE)
    assert time.process_time() - start > 0.02 and len(WIDE) > stickfiles.SMALL


def test_a_long_file_comes_through_that_process_whole(
    centre: Centre,  # noqa: F811
    kiosk_at: Callable[..., Kiosk],
) -> None:
    kiosk = kiosk_at("", token="")
    paired(kiosk, centre)
    who = identity.load(kiosk.settings.data_dir, 0)[0]
    page = {"contract": 1, "time": "2026-11-24T09:00:00Z", "cursor": "c", "more": True, "verdicts": [], "changes": []}
    body = {"level": "info", "text": "Un mot. " * 60, "expires_at": "2036-01-01T00:00:00Z"}
    pages = []
    for number in range(0, 200, 50):
        changes = [{"type": "notice", "id": f"N{n}", "rev": 1, "body": body} for n in range(number, number + 50)]
        pages.append(json.dumps({**page, "cursor": f"c{number}", "changes": changes}).encode())
    head = {"kind": "answer", "kiosk": who.kiosk, "uai": who.uai, "made_at": "2026-11-24T09:00:00Z"}
    for messages in (pages[:1], pages):  # read here, and by another process
        data = stickfiles.written(kiosk.engine, "many", head, messages, who.token.encode())
        assert (len(gzip.decompress(data)) > stickfiles.SMALL) == (len(messages) > 1)
        assert stick.take_answer(kiosk, data).changes == len(messages) * 50 - (50 if len(messages) > 1 else 0)
        with pytest.raises(KioskError) as told:
            stick.take_answer(kiosk, gzip.compress(gzip.decompress(data).replace(b"Un mot", b"Un mit", 1)))
        assert told.value.code == "stick_foreign"


def test_more_messages_than_a_file_may_hold_are_refused() -> None:
    file = {**HEAD, "message": {}, "messages": [{}] * (stickreader.MAX_MESSAGES + 1)}
    with pytest.raises(sticks.Damaged) as told:
        stickfiles.head(current(), json.dumps(file).encode())
    assert told.value.large


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_that_unfolds_without_end_is_not_opened(method: int, centre: Centre) -> None:  # noqa: F811
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as made:
        made.writestr("a.kiosk.json.gz", b" " * (1 << 26))
    assert spent(lambda: journey(centre, archive.getvalue())) < 0.25


@pytest.mark.parametrize("sign", ["\ud800", "\0"])
def test_a_file_of_who_no_database_can_name_is_damaged(sign: str, centre: Centre) -> None:  # noqa: F811
    """Half a character, NUL: a file that says so of itself is told, whoever signed it."""
    head = {"kiosk": "k", "uai": UAI, "made_at": "2026-11-24T09:00:00Z", "mac": "0" * 64}
    asking = {**head, "kind": "pairing", "salt": "ab" * 16, "label": "CDI", "messages": [{}]}
    for file, fields in (
        ({**head, "kind": "request", "message": {}}, ("kiosk", "uai")),
        (asking, ("kiosk", "uai", "label")),
    ):
        for field in fields:
            with pytest.raises(office_stick.Refused) as refused:
                journey(centre, json.dumps({**file, field: f"a{sign}"}).encode())
            assert "abîmé" in refused.value.wrong[0][1], field


def test_an_answer_has_a_name_that_a_header_can_hold(centre: Centre) -> None:  # noqa: F811
    """A kiosk of another hand may call itself anything."""
    code = centre.store.run(lambda tx: pairing.issue(tx, UAI))
    wanted = PairRequest(uai=UAI, code=code, kiosk="日本語")
    token = centre.store.run(lambda tx: pairing.pair(tx, wanted, centre.key))
    said = {"contract": 1, "kiosk": "日本語", "uai": UAI, "cursor": None, "sent_at": "2026-11-24T09:00:00Z"}
    head = {"kind": "request", "kiosk": "日本語", "uai": UAI, "made_at": "2026-11-24T09:00:00Z"}
    data = sticks.packed(sticks.sealed(head, [said], str(token), many=True))
    [(name, answer)] = office_stick.answers(centre, [("a", data)])
    assert name.isascii() and name.endswith(sticks.SUFFIX) and sticks.opened(answer).said.kiosk == "日本語"


DOSSIER = {"title": "t", "moment": "before", "text": "x"}
SESSION = {
    "title": "x", "starts_at": "2026-11-24T09:00:00Z", "duration_min": 45, "format": "custom", "meeting_url": "",
    "levels": [], "status": "planned", "speakers": [], "dossier": [DOSSIER] * 7_000,
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "many changes that are none": {"changes": [{} for _ in range(1_000)]},
    "many verdicts that are none": {"verdicts": [{} for _ in range(14_000)]},
    "many right changes": {
        "changes": [
            {"type": "session", "id": f"S{n}", "rev": 1, "body": {**SESSION, "dossier": []}} for n in range(999)
        ]
    },
    "one that is long": {"changes": [{"type": "session", "id": "S", "rev": 1, "body": SESSION}]},
    "one that is wrong at its end": {
        "changes": [{"type": "session", "id": "S", "rev": 1, "body": {**SESSION, "dossier": [DOSSIER] * 7_000 + [3]}}]
    },
    "one that is wrong everywhere": {
        "changes": [
            {"type": "session", "id": "S", "rev": 1, "body": {**SESSION, "dossier": [], "levels": [3] * 25_000}}
        ]
    },
    "half a character": {"cursor": "\ud800", "changes": [{"type": "session", "id": "S", "rev": 1, "body": SESSION}]},
    "more changes than may be": {"changes": [[] for _ in range(29_000)]},
    "more values than may be": {"changes": [[0] * 200_000]},
    "the longest text": {"x": "é" * 300_000},
}


@pytest.mark.parametrize("name", list(BODIES))
def test_an_answer_is_read_a_few_milliseconds_at_a_time(name: str) -> None:
    body = {"contract": 1, "time": "2026-11-24T09:00:00Z", "cursor": "a", **BODIES[name]}
    data = json.dumps(body).encode()
    longest = last = 0.0

    def rest() -> None:
        nonlocal longest, last
        longest, last = max(longest, time.thread_time() - last), time.thread_time()

    exchange.heard(json.dumps({**body, "changes": [], "verdicts": [], "x": ""}).encode())  # what is made once is made
    last = time.thread_time()
    try:
        exchange.heard(data, rest)
    except exchange.NotAnAnswer as error:
        assert "than may be" in name and error.detail == exchange.TOO_MUCH
    rest()
    assert longest < 0.05, f"{longest * 1000:.0f} ms"


def test_who_has_no_loop_says_that_a_page_is_broken() -> None:
    kind = {"content-type": "application/json"}
    for body in (b"", b"{", b"\xff", b"[" * 1000, None):
        assert classify.of_answer(200, kind, body, "json") == ("portal", classify.BROKEN, "")
    for body in (b"[]", b"3"):
        assert classify.of_answer(200, kind, body, "json") == ("portal", "", "")
    assert classify.of_answer(200, {"content-type": "text/html"}, b"{", "json") == ("portal", "", "")
