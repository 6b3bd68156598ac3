"""Each failure class, produced by a real server, a real proxy or a real certificate; nothing waiting is ever
touched.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from factories import make_room, make_session
from kiosk.domain import stored
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.exchange import syncstate, wire
from kiosk.exchange.about import about_centre
from kiosk.exchange.messages import Call, Reply
from kiosk.exchange.round import Round
from kiosk.exchange.wire import HttpLine, Keep
from kiosk.ops.process import free_port
from kiosk.storage.models import Operation
from sync.certs import Authority
from sync.servers import ABOUT, Proxy, Server, always, http, problem, raw, said, silent

PAGE = "<!doctype html><h1>Connexion au réseau</h1>"
HALF = http(200, json.dumps(ABOUT), "application/json")[:-40]
GARBAGE = http(200, b"\x1f\x8b\x08\x00" + b"garbage" * 9, "application/json", Content_Encoding="gzip")
CUT_GZIP = http(200, gzip.compress(json.dumps(ABOUT).encode())[:-12], "application/json", Content_Encoding="gzip")


class Short(HttpLine):
    """Limits short enough for a test that waits for them, long enough for a busy machine in the others."""

    def __init__(self, name: str = "", **settings: Any) -> None:
        super().__init__(**settings)
        self._limits = {"connect": 1.0, "read": 0.5} if "timeout" in name else {"connect": 10.0, "read": 20.0}

    def carry(self, call: Call, keep: Keep | None = None) -> Reply:
        return super().carry(Call(**{**call.__dict__, **self._limits}), keep)


def probed(url: str, name: str = "", **settings: Any) -> Reply:
    line = Short(name, **settings)
    try:
        return about_centre(line, url)[0]
    finally:
        line.close()


ANSWERS = {
    "ok": said(ABOUT),
    "ok: nothing but what makes the centre": said({"service": "metiers-en-direct", "contract": ["2-essai", 1]}),
    "ok: a time that is none": said({**ABOUT, "time": "hier"}),
    "portal: the centre's words as a problem": http(200, json.dumps(ABOUT), "application/problem+json"),
    "portal: a page": http(200, PAGE),
    "portal: a page that says it is JSON": http(200, PAGE, "application/json"),
    "portal: JSON of somebody else": said({"service": "autre", "contract": [1], "name": "x", "time": ABOUT["time"]}),
    "portal: JSON without the magic field": said({"ok": True}),
    "portal: a list": said([1]),
    "portal: the right JSON as text": http(200, json.dumps(ABOUT), "text/plain"),
    "portal: gzip garbage": GARBAGE,
    "portal: gzip that is cut": CUT_GZIP,
    "portal: another encoding": http(200, json.dumps(ABOUT), "application/json", Content_Encoding="br"),
    "portal: empty": http(204, b"", "application/json"),
    "portal: nothing here": http(404, PAGE),
    "redirect: to the portal": http(302, PAGE, Location="http://portail.lycee.example/login"),
    "redirect: for good": http(308, b"", Location="/v1/about/"),
    "proxy_auth: 407": http(407, PAGE),
    "blocked: 403 page": http(403, PAGE),
    "blocked: 451": http(451, PAGE),
    "blocked: 401 page": http(401, PAGE),
    "auth: 401 of the centre": problem(401, "unauthorized"),
    "auth: revoked": problem(401, "token_revoked"),
    "auth: forbidden": problem(403, "forbidden"),
    "server: 500 page": http(500, PAGE),
    "server: 503 of the centre": problem(503, "unavailable", Retry_After=90),
    "server: 502 of a proxy": http(502, PAGE),
    "server: too many": problem(429, "rate_limited", Retry_After=90),
    "version: contract 2 only": said({**ABOUT, "contract": [2]}),
    "version: 426": problem(426, "version"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_gets_its_class(name: str, serve: Callable[..., Server]) -> None:
    reply = probed(serve(always(ANSWERS[name])).url, name)
    assert reply.failure == name.partition(":")[0]


BROKEN = {
    "connect: half a body": raw(HALF),
    "connect: reset": raw(b"", reset=True),
    "connect: reset in the middle": raw(HALF, reset=True),
    "connect: hangs up": raw(b""),
    "connect: a body shorter than said": raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{}"
    ),
    "portal: a body longer than said": raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n" + json.dumps(ABOUT).encode()
    ),
    "timeout: silence": silent,
    "timeout: silence after the headers": lambda s, c, a: c.sendall(HALF),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_gets_its_class(name: str, serve: Callable[..., Server]) -> None:
    assert probed(serve(BROKEN[name]).url, name).failure == name.partition(":")[0]


def test_nobody_listens() -> None:
    assert probed(f"http://127.0.0.1:{free_port()}").failure == "connect"


def test_a_name_that_does_not_resolve() -> None:
    assert probed("http://centre.invalid").failure == "dns"


def test_retry_after_is_read(serve: Callable[..., Server]) -> None:
    assert probed(serve(always(problem(503, "unavailable", Retry_After=90))).url).retry_after == 90
    dated = http(503, PAGE, Date="Tue, 24 Nov 2026 09:00:00 GMT", Retry_After="Tue, 24 Nov 2026 09:05:00 GMT")
    assert probed(serve(always(dated)).url).retry_after == 300


def test_the_redirect_names_where(serve: Callable[..., Server]) -> None:
    reply = probed(serve(always(ANSWERS["redirect: to the portal"])).url)
    assert reply.detail == "portail.lycee.example"
    assert "portail.lycee.example" in syncstate.fix(reply.failure, reply.detail)


# -- TLS -------------------------------------------------------------------------------------------


def test_a_private_authority_is_trusted_when_given(serve: Callable[..., Server], school: Authority) -> None:
    server = serve(always(said(ABOUT)), pem=school.issue("good"))
    assert probed(server.url, ca_bundle=str(school.pem)).failure == "ok"


def test_the_systems_store_is_used(
    serve: Callable[..., Server], school: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(always(said(ABOUT)), pem=school.issue("system"))
    monkeypatch.setenv("SSL_CERT_FILE", str(school.pem))
    assert probed(server.url).failure == "ok"


def test_an_unknown_authority_is_named(serve: Callable[..., Server], school: Authority, stranger: Authority) -> None:
    server = serve(always(said(ABOUT)), pem=stranger.issue("filter"))
    reply = probed(server.url, ca_bundle=str(school.pem))
    assert (reply.failure, reply.detail) == ("tls_intercept", "Filtre Inconnu SA")
    assert "Filtre Inconnu SA" in syncstate.fix(reply.failure, reply.detail)
    assert server.asked == []  # not one byte of HTTP went over it


def test_an_unknown_authority_is_named_through_a_proxy(
    serve: Callable[..., Server], school: Authority, stranger: Authority
) -> None:
    server = serve(always(said(ABOUT)), pem=stranger.issue("filter2"))
    proxy = serve(Proxy(account="cdi:secret"))
    reply = probed(server.url, ca_bundle=str(school.pem), proxy=f"http://cdi:secret@127.0.0.1:{proxy.port}")
    assert (reply.failure, reply.detail) == ("tls_intercept", "Filtre Inconnu SA")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_another_name_on_the_certificate(host: str, serve: Callable[..., Server], school: Authority) -> None:
    server = serve(always(said(ABOUT)), pem=school.issue(f"named{host}", names="DNS:centre.example"))
    reply = probed(server.url.replace("127.0.0.1", host), ca_bundle=str(school.pem))
    assert (reply.failure, reply.detail) == ("tls_name", f"{host}:{server.port}")
    assert f"{host}:{server.port}" in syncstate.fix(reply.failure, reply.detail)


@pytest.mark.parametrize("dates", [("20200101000000Z", "20200201000000Z"), ("20400101000000Z", "20410101000000Z")])
def test_a_certificate_out_of_its_dates(
    dates: tuple[str, str], serve: Callable[..., Server], school: Authority
) -> None:
    server = serve(always(said(ABOUT)), pem=school.issue(f"dated{dates[0][:4]}", *dates))
    assert probed(server.url, ca_bundle=str(school.pem)).failure == "tls_clock"


def test_something_that_speaks_no_tls(serve: Callable[..., Server]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection = listener.accept()[0]
            connection.recv(4096)
            connection.sendall(http(400, PAGE))  # as nginx does
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        port = listener.getsockname()[1]
        reply = probed(f"https://127.0.0.1:{port}")
        assert (reply.failure, reply.detail) == ("tls_plain", f"127.0.0.1:{port}")
        assert "en clair" in syncstate.fix(reply.failure, reply.detail)


def test_a_bundle_that_is_missing_is_said(serve: Callable[..., Server], school: Authority) -> None:
    server = serve(always(said(ABOUT)), pem=school.issue("bundle"))
    assert probed(server.url, ca_bundle="/nowhere/school.pem").failure != "ok"


class Relay:
    """A wire that is measured: what goes through it each way."""

    def __init__(self, port: int) -> None:
        self.up = self.down = 0
        self._to = port
        self._open: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self.listener.accept()[0]
                self._open.append(near)
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open.append(far)
                threading.Thread(target=self._carry, args=(near, far, "up"), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, "down"), daemon=True).start()

    def close(self) -> None:
        for one in (self.listener, *self._open):
            one.close()

    def _carry(self, one: socket.socket, other: socket.socket, way: str) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                setattr(self, way, getattr(self, way) + len(data))
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("proxied", [False, True])
def test_what_a_round_costs_over_tls_is_what_the_wire_carries(
    proxied: bool, serve: Callable[..., Server], school: Authority
) -> None:
    server = serve(always(said(ABOUT, Connection="close")), pem=school.issue(f"measured{proxied}"))
    proxy = serve(Proxy())
    relay = Relay(proxy.port if proxied else server.port)
    given = f"http://127.0.0.1:{relay.port}"
    line = HttpLine(given if proxied else "", str(school.pem))
    url = server.url if proxied else f"https://127.0.0.1:{relay.port}"
    replies = [line.carry(Call("GET", f"{url}/v1/about")) for _time in range(3)]
    line.close()
    relay.close()
    assert [reply.failure for reply in replies] == ["ok"] * 3
    sent, received = (sum(getattr(reply, way) for reply in replies) for way in ("sent", "received"))
    assert received > 3 * 1000  # certificates
    # A few bytes close each connection once the answer is there (TLS 1.3's own alert): 24 or so.
    assert 0 <= relay.up - sent <= 3 * 64 and 0 <= relay.down - received <= 3 * 64


# -- proxies ---------------------------------------------------------------------------------------


def test_a_proxy_with_its_password(serve: Callable[..., Server], school: Authority) -> None:
    proxy = Proxy(account="cdi:se cret")
    serve(proxy)
    for server in (serve(always(said(ABOUT))), serve(always(said(ABOUT)), pem=school.issue("proxied"))):
        given = f"http://cdi:se%20cret@127.0.0.1:{proxy.port}"
        assert probed(server.url, proxy=given, ca_bundle=str(school.pem)).failure == "ok"
    assert len(proxy.through) == 2


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("values", "failure"),
    [
        ({"account": "cdi:secret"}, "proxy_auth"),
        ({"refuse": 403}, "blocked"),
    ],
)
def test_a_proxy_that_refuses(
    tls: bool, values: dict[str, Any], failure: str, serve: Callable[..., Server], school: Authority
) -> None:
    server = serve(always(said(ABOUT)), pem=school.issue(f"refused{failure}") if tls else None)
    proxy = serve(Proxy(**values))
    reply = probed(server.url, proxy=f"http://127.0.0.1:{proxy.port}", ca_bundle=str(school.pem))
    assert (reply.failure, server.asked) == (failure, [])


def test_a_proxy_that_is_not_there() -> None:
    for address in ("http://127.0.0.1:9", "https://127.0.0.1:9"):
        port = free_port()
        reply = probed(address, proxy=f"http://cdi:secret@127.0.0.1:{port}")
        assert (reply.failure, reply.detail) == ("proxy", f"127.0.0.1:{port}")
        assert f"127.0.0.1:{port}" in syncstate.fix(reply.failure, reply.detail)
    assert probed("https://127.0.0.1:9", proxy="http://proxy.invalid:3128").failure == "dns"


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("status", [401, 407])
def test_a_wrong_proxy_password_is_the_account_s(
    tls: bool, status: int, serve: Callable[..., Server], school: Authority
) -> None:
    server = serve(always(said(ABOUT)), pem=school.issue(f"account{status}") if tls else None)
    proxy = serve(Proxy(refuse=status))
    reply = probed(server.url, proxy=f"http://cdi:faux@127.0.0.1:{proxy.port}", ca_bundle=str(school.pem))
    assert (reply.failure, reply.detail) == ("proxy_auth", "account")
    assert "refuse le compte" in syncstate.fix(reply.failure, reply.detail)


@pytest.mark.parametrize("password", ["p@ss/é1", "p#1", "p?1", "a/b"])
def test_a_sign_that_was_not_escaped_in_a_proxys_address_is_said(password: str, serve: Callable[..., Server]) -> None:
    server, proxy = serve(always(said(ABOUT))), serve(Proxy())
    reply = probed(server.url, proxy=f"http://prof:{password}@127.0.0.1:{proxy.port}")
    assert (reply.failure, reply.detail) == ("connect", "proxy")
    assert "%40" in syncstate.fix(reply.failure, reply.detail)
    at = probed(server.url, proxy=f"http://prof:p@ss@127.0.0.1:{proxy.port}")
    assert at.failure == "ok"  # an « @ » alone is understood


def test_the_environments_proxy_and_its_exceptions(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = serve(always(said(ABOUT))), Proxy()
    serve(proxy)
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    assert probed(server.url).failure == "ok"
    assert len(proxy.through) == 1
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert probed(server.url).failure == "ok"
    assert wire.proxy_for(server.url, "http://proxy:3128") == ""
    assert len(proxy.through) == 1


# -- nothing is lost -------------------------------------------------------------------------------


def prepared(kiosk: Kiosk) -> str:
    """A kiosk with one prepared question to tell; returns its operation's id."""
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    kiosk.write(lambda tx: preparation.add(tx, room, "Quel est votre plus beau souvenir ?", theme="vie"))
    return str(Operation.get().id)


def the_row() -> tuple[str, str]:
    row = Operation.get()
    return row.state, row.code


@pytest.mark.parametrize("name", [name for name in ANSWERS if not name.startswith("ok")])
def test_a_failed_probe_touches_nothing(
    name: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    server = serve(always(ANSWERS[name]))
    kiosk = kiosk_at(server.url)
    prepared(kiosk)
    outcome = Round(kiosk, Short(name)).run()
    assert (outcome.failure, outcome.sent, outcome.waiting) == (name.partition(":")[0], 0, 1)
    assert (the_row(), Operation.get().attempts) == (("waiting", ""), 0)
    assert [asked.method for asked in server.asked] == ["GET"]  # nothing was told
    status = syncstate.status(kiosk.clock.now(), configured=True)
    assert status.sentence and status.fix and status.failure == outcome.failure


PROBED_ONLY = ("version: contract 2 only", "portal: the centre's words as a problem")
#: Of the centre that was just met, JSON that is broken or does not come whole is no portal's (contract, rule 15).
BROKE_OFF = (
    "portal: a page that says it is JSON",
    "portal: gzip garbage",
    "portal: gzip that is cut",
    "portal: another encoding",
    "portal: a body longer than said",
)


def then(name: str) -> str:
    """The class of the same answer in an exchange."""
    return name.replace("portal", "server") if name in BROKE_OFF else name


EXCHANGES: dict[str, Any] = {
    **{
        f"answer {then(name)}": always(answer)
        for name, answer in ANSWERS.items()
        if not name.startswith("ok") and name not in PROBED_ONLY
    },
    **{f"answer server: an unknown problem, {status}": always(problem(status, "autre")) for status in (400, 404, 409)},
    **{f"broken {then(name)}": play for name, play in BROKEN.items()},
    "answer portal: about instead of an answer": always(said(ABOUT)),
    "answer server: a field that is missing": always(said({"contract": 1, "time": ABOUT["time"]})),
    "answer version: another contract": always(
        said({"contract": 2, "time": ABOUT["time"], "cursor": "c", "more": False, "verdicts": [], "changes": []})
    ),
}


@pytest.mark.parametrize("name", EXCHANGES)
def test_a_failed_exchange_loses_nothing(
    name: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    """The probe succeeds; the exchange itself goes wrong; then all is well and the same operation goes, once."""
    well = [False]

    def play(server: Server, connection: socket.socket, asked: Any) -> bytes | None:
        if asked.path == "/v1/about":
            return said(ABOUT)
        if well[0]:
            verdicts = [{"id": o["id"], "status": "accepted"} for o in asked.json()["operations"]]
            return said(
                {
                    "contract": 1,
                    "time": ABOUT["time"],
                    "cursor": "1",
                    "more": False,
                    "verdicts": verdicts,
                    "changes": [],
                }
            )
        return EXCHANGES[name](server, connection, asked)

    server = serve(play)
    kiosk = kiosk_at(server.url)
    operation = prepared(kiosk)
    outcome = Round(kiosk, Short(name), keep_time=False).run()
    assert outcome.failure == name.partition(" ")[2].partition(":")[0]
    assert (the_row(), stored.get("sync.cursor")) == (("waiting", ""), None)
    well[0] = True
    outcome = Round(kiosk, Short(name), keep_time=False).run()
    assert (outcome.failure, outcome.accepted, outcome.waiting) == ("ok", 1, 0)
    sent = [o["id"] for asked in server.asked if asked.method == "POST" for o in asked.json()["operations"]]
    assert set(sent) == {operation}
    assert (the_row(), stored.get("sync.cursor")) == (("accepted", ""), "1")


def test_every_class_has_its_words() -> None:
    produced = {name.partition(":")[0] for name in [*ANSWERS, *BROKEN]} | {
        *("dns", "tls_intercept", "tls_clock", "tls_name", "tls_plain", "proxy"),
    }
    assert produced == set(syncstate.FAILURES.codes())
