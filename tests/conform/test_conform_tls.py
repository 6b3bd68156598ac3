"""The kit over TLS and through a proxy: every rule as in the clear, and what stands in the way named right."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conform.test_conform_rules import UAI, served, trial
from kiosk.conform import running
from kiosk.conform.link import TROUBLES, ask
from kiosk.conform.running import FAILED, UNTRIED
from kiosk.conform.trial import Trial
from kiosk.ground import i18n
from kiosk.ops.process import free_port
from sync.certs import Authority
from sync.servers import Asked, Play, Proxy, Server, forwarded, http

ABOUT = "/v1/about"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The only authority that this machine trusts."""
    return Authority(tmp_path_factory.mktemp("kit") / "school", "Académie de Versailles")


@pytest.fixture(autouse=True)
def trusted(school: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(school.pem))


@pytest.fixture
def serve() -> Iterator[Callable[[Server], Server]]:
    """Servers that are closed at the end."""
    started: list[Server] = []

    def start(one: Server) -> Server:
        started.append(one)
        return one

    yield start
    for one in started:
        one.close()


def in_front_of(url: str) -> Play:
    """What speaks TLS before a centre in the clear, as nginx does."""
    port = int(url.rpartition(":")[2])

    def play(server: Server, connection: socket.socket, asked: Asked) -> None:
        connection.sendall(forwarded(asked, asked.path, "127.0.0.1", port))
        connection.close()

    return play


def test_every_rule_holds_over_tls_through_a_proxy_with_an_account(
    school: Authority, serve: Callable[[Server], Server]
) -> None:
    proxy = Proxy("prof:p@ss:mot")
    serve(proxy)
    with served() as one:
        secure = serve(Server(in_front_of(one.url), pem=school.issue("kit")))
        made = trial(one)
        made.base, made.proxy, made.seconds = secure.url, f"http://prof:p%40ss:mot@127.0.0.1:{proxy.port}", 10
        results = list(running.run(made))
    assert [(each.rule.code, each.came) for each in results if each.state == FAILED] == []
    assert len(proxy.through) > 100 and set(proxy.through) == {f"127.0.0.1:{secure.port}"}
    assert not any("p@ss" in line or "p%40ss" in line for each in results for line in each.lines())


def test_in_the_clear_a_proxy_is_asked_for_the_whole_address(serve: Callable[[Server], Server]) -> None:
    proxy = Proxy()
    serve(proxy)
    with served() as one:
        results = list(running.run(Trial(one.url, proxy=f"http://127.0.0.1:{proxy.port}")))
    assert not [each for each in results if each.state == FAILED] and len(proxy.through) >= 5


def test_what_stands_in_the_way_is_named(school: Authority, serve: Callable[[Server], Server], tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger", "Filtre Inconnu SA")
    with served() as one:
        plays, port = in_front_of(one.url), int(one.url.rpartition(":")[2])

        def secure(pem: Path) -> str:
            return serve(Server(plays, pem=pem)).url

        locked, shut = Proxy("prof:secret"), Proxy(refuse=503)
        serve(locked)
        serve(shut)
        good, dead = secure(school.issue("good")), f"http://127.0.0.1:{free_port()}"
        cases = [
            (good, "", ""),
            (secure(stranger.issue("own")), "", "tls-unknown"),
            (secure(school.issue("other", names="DNS:centre.example,IP:10.0.0.9")), "", "tls-name"),
            (secure(school.issue("old", "20200101000000Z", "20200201000000Z")), "", "tls-date"),
            (secure(school.issue("early", "20900101000000Z", "20910101000000Z")), "", "tls-date"),
            (f"https://127.0.0.1:{port}", "", "tls"),
            (f"https://127.0.0.1:{free_port()}", "", "unreachable"),
            (good, dead, "proxy"),
            (one.url, dead, "proxy"),
            (good, f"http://127.0.0.1:{shut.port}", "proxy"),
            (good, f"http://127.0.0.1:{locked.port}", "proxy-auth"),
            (one.url, f"http://prof:faux@127.0.0.1:{locked.port}", "proxy-auth"),
            (good, f"http://prof:secret@127.0.0.1:{locked.port}", ""),
        ]
        found = [ask("GET", url + ABOUT, {}, proxy=proxy).trouble for url, proxy, _trouble in cases]
        assert found == [trouble for _url, _proxy, trouble in cases]
        results = list(running.run(Trial(cases[2][0], UAI, ["x"])))
    assert results[0].came.startswith("tls-name") and "tls-name" in results[0].found
    last = [each for each in results if each.state == UNTRIED][-3].why
    assert last == i18n._(TROUBLES["tls-name"])


def test_a_proxy_that_answers_without_end_is_left(serve: Callable[[Server], Server], school: Authority) -> None:
    def endless(server: Server, connection: socket.socket, asked: Asked) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100_000)

    for proxy in (serve(Server(endless)), serve(Server(lambda *_all: http(302, "", Location="https://portail/")))):
        heard = ask("GET", "https://127.0.0.1:9/v1/about", {}, seconds=3, proxy=f"http://127.0.0.1:{proxy.port}")
        assert heard.trouble in ("proxy", "tls")
