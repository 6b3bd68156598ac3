"""Five thousand hostile inputs against a real kiosk (the long campaign: ``python tests/fuzz/campaign.py``)."""

from __future__ import annotations

import json
import socket
import time

import pytest
import requests

from fuzz import attack
from fuzz.campaign import run
from fuzz.payloads import frame
from fuzz.target import MARKER, Target

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """One kiosk for the attacks made by hand."""
    made = Target(tmp_path_factory.mktemp("cible"))
    made.begin()
    yield made
    made.stop(9)


@pytest.fixture(scope="module")
def on_gevent(tmp_path_factory):
    """The same on the other engine."""
    made = Target(tmp_path_factory.mktemp("cible-gevent"), "gevent")
    made.begin()
    yield made
    made.stop(9)


def test_five_thousand_inputs(tmp_path):
    seen = run(5_000, 11, tmp_path)
    assert seen["inputs"] >= 5_000


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json"])
def test_texts_that_are_refused_leave_nothing_in_memory(target, kind):
    """Sixty of nearly a megabyte took the process from 100 to 282 MB; and sixty as long as a form may be."""
    target.crowd(1)
    for size in (9_000, 950_000):
        before: dict[str, float] = {}
        for number in range(60):
            text = f"{number} une phrase sans mal. " * (size // 25)
            body = (
                json.dumps({"id": f"long-{number}", "text": text})
                if "json" in kind
                else f"id=long-{number}&text={text}"
            )
            headers = {"Content-Type": kind, "Accept": "text/html"}
            status = attack.request(target, "POST", "/questions", headers, body.encode())
            assert status in (413, 422, 429, 0)  # 0: cut while it was still sending
            before = before or target.level()
        assert target.settle(before, 20)["mb"] <= before["mb"] + 6
    assert target.failures == []


def own(target, event, *, times=1, **auth):
    """A phone's socket, and the answers of an event sent ``times``."""
    wire = attack.Wire(target, "/phone")
    for number in range(1, times + 1):
        wire.say(f"42/phone,{number}{event}")
    wire.until(lambda text: text.startswith(f"43/phone,{times}["))
    return wire, [text for text in wire.seen if text.startswith("43/phone,")]


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "__disconnect_final"])
def test_the_server_s_own_events_cannot_be_called(target, name):
    """A revoked moderator who first says « disconnect » would have gone on listening."""
    wire, answers = own(target, json.dumps([name, {"HTTP_COOKIE": "kiosk_device=autre-appareil"}]))
    assert [json.loads(answers[0].partition("[")[2][:-1])["error"]["code"]] == ["unknown_event"]
    wire.say('42/phone,2["clock",{"t":1}]')
    assert '"ok":true' in wire.until(lambda text: text.startswith("43/phone,2["))
    wire.close()


def test_attachments_are_never_waited_for(target):
    wire = attack.Wire(target, "/phone")
    wire.say('45999999999-/phone,1["ask",{"id":{"_placeholder":true,"num":0},"text":"x"}]')
    assert '"code":"invalid"' in wire.until(lambda text: text.startswith("43/phone,1["))
    for _ in range(20):
        wire.raw(frame(b"z" * 60_000, 2))
    wire.say('42/phone,2["clock",{"t":1}]')
    assert wire.until(lambda text: text.startswith("43/phone,2["))
    wire.close()


def test_thousands_of_namespaces_on_one_socket(target):
    before = target.level()["mb"]
    wire = attack.Wire(target, "/phone")
    for number in range(4_000):
        wire.say(f"40/salle-{number},")
        if number % 500 == 499:
            wire.until(lambda text, n=number: text.startswith(f"44/salle-{n},"))
    assert sum(text.startswith("44/salle-") for text in wire.seen) == 4_000
    wire.close()
    assert target.level()["mb"] < before + 10


def test_one_phone_that_floods_is_told_then_cut_then_kept_out(target):
    wire, answers = own(target, '["resync"]', times=1_500)
    codes = [json.loads(text.partition("[")[2][:-1]).get("error", {}).get("code", "ok") for text in answers]
    assert codes[:40] == ["ok"] * 40 and codes.count("too_fast") >= 200 and len(codes) < 1_500 and not wire.open
    wire.close()
    target.health_within()


def test_one_device_that_opens_too_many_sockets_is_told(target):
    from server.running import Phone

    open_ones: list[attack.Wire] = []
    refused: list[str] = []
    for _ in range(40):
        wire = attack.Wire.__new__(attack.Wire)
        entered, made = socketless(target, wire, "le-meme-appareil")
        if entered:
            open_ones.append(made)
        else:
            refused.append(made)
    assert len(open_ones) == 8 and {json.loads(text[len("44/phone,"):])["data"]["code"] for text in refused} == {
        "too_many_sockets", "too_fast"}  # fmt: skip
    other = Phone(target.url, "un-autre-appareil")
    assert other.ask("autre-1", "Et moi ?")["ok"] is True
    other.close()
    for wire in open_ones:
        wire.close()


@pytest.mark.parametrize("engine", ["target", "on_gevent"])
def test_a_browser_that_goes_on_opening_sockets_is_turned_away_at_the_door(engine, request):
    target = request.getfixturevalue(engine)
    device = "le-navigateur-qui-insiste"
    entered = []
    for _ in range(70):
        wire = attack.Wire(target, "/phone", f"kiosk_device={device}")
        entered.append((wire.inside, len(wire.seen)))
        wire.close()
    assert entered[0][0] and entered[-20:] == [(False, 0)] * 20  # a word to the first ones, none to the last
    other = attack.Wire(target, "/phone", "kiosk_device=un-navigateur-sage")
    assert other.inside
    other.close()


def socketless(target, wire, device):
    """A socket of that device: (entered, itself or the refusal)."""
    wire.__init__(target, "/display")  # a socket that holds no phone yet
    wire.say(f'40/phone,{{"device":"{device}"}}')
    answer = wire.until(lambda text: text.startswith(("40/phone", "44/phone")))
    if answer.startswith("44"):
        wire.close()
        return False, answer
    return True, wire


@pytest.mark.waits
@pytest.mark.parametrize("engine", ["target", "on_gevent"])
def test_half_open_and_slow_connections_keep_nobody_waiting(engine, request):
    """300 that say nothing, 100 that dribble a head, 50 that dribble a body: pages are served, and they end."""
    target = request.getfixturevalue(engine)
    before = target.level()["files"]
    idle = [attack.connect(target) for _ in range(300)]
    heads = [attack.connect(target) for _ in range(100)]
    bodies = [attack.connect(target) for _ in range(50)]
    for one in bodies:
        one.sendall(b"POST /questions HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                    b"Content-Length: 60000\r\n\r\ntext=")  # fmt: skip
    for one in heads:
        one.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
    until = time.monotonic() + 14
    while time.monotonic() < until:
        for one in (*heads, *bodies):
            try:
                one.send(b"a")
            except OSError:
                pass
        begun = time.monotonic()
        assert requests.get(f"{target.url}/", timeout=10).status_code == 200
        assert time.monotonic() - begun < 2
        time.sleep(1)
    assert target.level()["files"] <= before + 50 + 10  # silent and slow heads are gone; bodies have thirty seconds
    while target.level()["files"] > before + 10:
        assert time.monotonic() < until + 40
        time.sleep(1)
    for one in (*idle, *heads, *bodies):
        one.close()
    target.health_within()
    assert [
        line for line in target.journal if "Traceback" in line or "127.0.0.1:" in line and "http://" not in line
    ] == []


@pytest.mark.waits
def test_sockets_that_enter_nothing_are_closed(target):
    before = target.level()["files"]
    wires = []
    for _ in range(40):
        wire = attack.connect(target)
        wire.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )  # fmt: skip
        wires.append(wire)
    until = time.monotonic() + 35
    while target.level()["files"] > before + 6:
        assert time.monotonic() < until, target.level()
        time.sleep(0.5)
    for wire in wires:
        wire.close()


def test_heads_too_big_are_refused_and_nothing_is_noted(target):
    for head in (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
                 b"GET / HTTP/1.1\r\nX: " + b"b" * 20_000 + b"\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 30_000 + b"\r\n",
                 b"GET /" + MARKER.encode() + b"\xff bad HTTP/9\r\n\r\n",
                 b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ" + MARKER.encode() + b"\r\n"):  # fmt: skip
        with attack.connect(target) as wire:
            try:
                wire.sendall(head)
                wire.shutdown(socket.SHUT_WR)
                answer = wire.recv(1_000)
            except OSError:
                answer = b""
        assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), answer
    time.sleep(0.3)
    assert [line for line in target.journal if MARKER in line or "127.0.0.1 -" in line or "ERROR" in line] == []
    assert target.failures == []
