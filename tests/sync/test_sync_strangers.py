"""What no centre says and some network does, over real sockets: nothing crashes, nothing is lost, every byte counts."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from factories import make_room, make_session
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.exchange import syncstate, wire
from kiosk.exchange.about import about_centre
from kiosk.exchange.messages import Call, Reply
from kiosk.exchange.outcome import Outcome
from kiosk.exchange.round import Round
from kiosk.exchange.wire import HttpLine
from kiosk.storage.models import Operation
from sync.servers import ABOUT, Asked, Server, always, http, problem, said

TEXT = json.dumps(ABOUT).encode()


def probed(url: str, line: HttpLine | None = None, **settings: Any) -> Reply:
    line = line or HttpLine(**settings)
    try:
        return about_centre(line, url)[0]
    finally:
        line.close()


def one_round(kiosk: Kiosk) -> Outcome:
    line = HttpLine()
    try:
        return Round(kiosk, line, keep_time=False).run()
    finally:
        line.close()


def prepare(kiosk: Kiosk, n: int) -> str:
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    kiosk.write(lambda tx: preparation.add_many(tx, room, [f"Question {i} ?" for i in range(n)], origin="prepared"))
    return room


def answering(answer: Callable[[Asked], bytes]) -> Callable[[Server, Any, Asked], bytes]:
    """A centre whose exchange answers so."""
    return lambda server, connection, asked: said(ABOUT) if asked.path == "/v1/about" else answer(asked)


def verdicts(asked: Asked) -> dict[str, Any]:
    told = [{"id": o["id"], "status": "accepted"} for o in asked.json()["operations"]]
    return {"contract": 1, "time": ABOUT["time"], "cursor": "c", "more": False, "verdicts": told, "changes": []}


def chunked(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", "Transfer-Encoding: chunked", *headers]
    parts = [body[at : at + 7] for at in range(0, len(body), 7)]
    sent = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in [*parts, b""])
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent


SHAPES = {
    "whole": http(200, TEXT, "application/json"),
    "in gzip": http(200, gzip.compress(TEXT), "application/json", Content_Encoding="gzip"),
    "in pieces": chunked(TEXT),
    "in pieces of gzip": chunked(gzip.compress(TEXT), "Content-Encoding: gzip"),
    "after « continue »": b"HTTP/1.1 100 Continue\r\n\r\n" + http(200, TEXT, "application/json"),
    "headers twice": http(200, TEXT, "application/json", Via="a\r\nVia: b\r\nX:c"),
    "a long header": http(200, TEXT, "application/json", X="x" * 60_000),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_byte_of_an_answer_counts(name: str, serve: Callable[..., Server]) -> None:
    server = serve(always(SHAPES[name]))
    reply = probed(server.url)
    assert (reply.failure, reply.sent, reply.received) == ("ok", server.heard, len(SHAPES[name]))


ODD = {
    "redirect: nowhere": http(302, "x", Location="http://["),
    "redirect: words for a terminal": http(302, "x", Location="/\x1b[2J\x9b2Jailleurs"),
    "server: a strange digit": problem(503, "unavailable", Retry_After="\xb2").decode().encode("latin-1"),
    "server: a wait of ages": problem(503, "unavailable", Retry_After="9" * 5000),
    "server: a date of ages": problem(503, "unavailable", Retry_After="Thu, 01 Jan 99999 00:00:00 GMT"),
    "server: a detail for a terminal": problem(500, "x", detail="\x1b]0;pris\x07\n\u202eici"),
    "portal: a code for a terminal": problem(418, "\x1b[2J\ud800 ici"),
    "portal: it asks to authenticate to the network": http(511, "<h1>Connexion</h1>"),
    "connect: a header too long": http(200, TEXT, "application/json", X="x" * 70_000),
    "connect: too many headers": http(200, TEXT, "application/json", X="x" + "\r\nX: x" * 150),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_has_its_class(name: str, serve: Callable[..., Server]) -> None:
    server = serve(always(ODD[name]))
    reply = probed(server.url)
    assert (reply.failure, reply.received) == (name.partition(":")[0], len(ODD[name]))
    assert (reply.detail + reply.code).isprintable() and reply.retry_after in (None, 86_400)


def test_a_problem_nobody_named_is_kept_in_words(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    """Half a character in its code, which no file keeps: the round ended without a word of how it went."""
    kiosk = kiosk_at(serve(answering(lambda asked: problem(418, "\ud800teapot"))).url)
    prepare(kiosk, 1)
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.detail, outcome.waiting) == ("server", "teapot", 1)
    assert syncstate.status(kiosk.clock.now(), configured=True).last_success is None


def test_a_page_that_is_no_answer_is_not_read_to_its_end(serve: Callable[..., Server]) -> None:
    for status in (302, 403, 502):
        server = serve(always(http(status, b"x" * 3_000_000, Location="/ailleurs")))
        assert probed(server.url).received < 200_000


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"


@pytest.mark.parametrize("first", [HEAD, b""])
def test_an_answer_that_drips_ends(first: bytes, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    """A body, or headers that never end: the time between two bytes is never long, and yet."""

    def drip(server: Server, connection: socket.socket, asked: Asked) -> None:
        connection.sendall(first or b"HTTP/1.1 200 OK\r\nX: ")
        for _time in range(900):
            connection.sendall(b" ")
            time.sleep(0.05)

    class Short(HttpLine):
        def carry(self, call: Call, keep: Any = None) -> Reply:
            return super().carry(Call(**{**call.__dict__, "connect": 0.5, "read": 1.0}))

    monkeypatch.setattr(wire, "LONGEST_BODY", 0.5)
    reply = probed(serve(drip).url, Short())
    assert reply.failure == "timeout" and reply.seconds < 15


def test_a_cookie_is_not_carried_on(serve: Callable[..., Server]) -> None:
    server = serve(always(http(200, TEXT, "application/json", Set_Cookie="portail=" + "x" * 3000)))
    line = HttpLine()
    assert about_centre(line, server.url)[0].failure == about_centre(line, server.url)[0].failure == "ok"
    line.close()
    assert [asked.headers.get("cookie") for asked in server.asked] == [None, None]


def test_a_name_no_resolver_takes() -> None:
    for name in ("a" * 64 + ".example", "a..example"):
        assert probed(f"http://{name}").failure in ("dns", "connect")


def test_a_setting_that_is_wrong_is_named(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "note.pem").write_text("bonjour")
    url = serve(always(SHAPES["whole"])).url
    for settings, word in (
        ({"ca_bundle": "/nowhere/school.pem"}, "centre.ca_bundle"),
        ({"ca_bundle": str(tmp_path / "note.pem")}, "centre.ca_bundle"),
        ({"proxy": "http://[:3128"}, "centre.proxy"),
        ({"proxy": "http://cdi:m/t@127.0.0.1:1"}, "centre.proxy"),
    ):
        reply = probed(url, None, **settings)
        assert reply.failure == "connect" and word in syncstate.fix(reply.failure, reply.detail)


@pytest.mark.parametrize("password", ["€uro", "é", "a:b@c/d"])
def test_a_password_is_told_to_the_proxy_whatever_its_signs(password: str, serve: Callable[..., Server]) -> None:
    server = serve(always(SHAPES["whole"]))
    given = f"http://cdi:{quote(password, safe='')}@127.0.0.1:{server.port}"
    assert probed("http://centre.example", proxy=given).failure == "ok"
    told = base64.b64decode(server.asked[0].headers["proxy-authorization"].partition(" ")[2])
    assert told in (f"cdi:{password}".encode("latin-1", "ignore"), f"cdi:{password}".encode())


def test_what_never_left_does_not_count() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    reply = probed(f"http://127.0.0.1:{port}")
    assert (reply.failure, reply.sent, reply.received) == ("connect", 0, 0)


def test_a_proxy_without_its_scheme(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert wire.proxy_for("https://centre.example", "proxy.lycee:3128") == "http://proxy.lycee:3128"


# -- a refusal that is no operation's fault --------------------------------------------------------


@pytest.mark.parametrize("errors", [[{"pointer": "/uai", "detail": "x"}], [], None])
def test_a_request_that_is_refused_whatever_it_holds_rejects_nothing(
    errors: Any, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at(serve(answering(lambda asked: problem(422, "invalid", detail="uai inconnu", errors=errors))).url)
    prepare(kiosk, 3)
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.detail, outcome.rejected, outcome.waiting) == ("server", "uai inconnu", 0, 3)
    assert {row.state for row in Operation.select()} == {"waiting"}


@pytest.mark.parametrize("pointer", ["/operations/{}/body/text", "#/operations/{}", None])
def test_a_refused_operation_alone_is_rejected(
    pointer: str | None, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    def answer(asked: Asked) -> bytes:
        texts = [o["body"]["text"] for o in asked.json()["operations"]]
        if "Question 1 ?" not in texts:
            return said(verdicts(asked))
        errors = [{"pointer": pointer.format(texts.index("Question 1 ?")), "detail": "non"}] if pointer else []
        return problem(422, "invalid", errors=errors)

    kiosk = kiosk_at(serve(answering(answer)).url)
    prepare(kiosk, 5)
    outcome = one_round(kiosk)
    assert (outcome.failure, outcome.accepted, outcome.rejected, outcome.waiting) == ("ok", 4, 1, 0)
