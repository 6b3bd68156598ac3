"""The real program on each engine: a class at once, a power cut, a clean stop, what a school filter lets through."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time

import psutil
import pytest
import websocket

from kiosk.ops.process import free_port
from server import places
from server.running import Phone, Running

pytestmark = pytest.mark.server
PHONES, EACH = 30, 4


@pytest.fixture(params=["eventlet", "gevent"], scope="module")
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def kiosk(engine, tmp_path_factory):
    """One kiosk for the tests that leave it as they found it."""
    running = Running(tmp_path_factory.mktemp(engine), engine).start()
    yield running
    running.stop()


@pytest.fixture
def own(engine, tmp_path):
    """A kiosk for one test alone."""
    running = Running(tmp_path, engine)
    yield running
    if running.process is not None:
        running.stop(signal.SIGKILL)


def test_it_runs_on_the_engine_asked_for(kiosk, engine):
    import requests

    answer = requests.get(f"{kiosk.url}/healthz", timeout=5).json()
    assert (answer["ok"], answer["engine"]) == (True, engine)


def test_a_class_at_once_is_acknowledged_in_order(kiosk):
    """Order is read on the wire: the Python client of Socket.IO gives each message a thread of its own."""
    phones = [places.Phone(kiosk, f"127.0.1.{10 + n}", f"classe-entiere-{n}") for n in range(PHONES)]

    def speak(number, one):
        for n in range(EACH):
            one.say("ask", id=f"c{number}-{n}", text=f"Question {n} du téléphone {number} ?")
        one.hear(EACH)

    threads = [threading.Thread(target=speak, args=pair) for pair in enumerate(phones)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for number, one in enumerate(phones):
        assert list(one.acks) == list(range(1, EACH + 1)), "as they were sent"
        assert [ack["ok"] for ack in one.acks.values()] == [True] * EACH
        assert [ack["question"]["id"] for ack in one.acks.values()] == [f"c{number}-{n}" for n in range(EACH)]
        numbers = [ack["question"]["number"] for ack in one.acks.values()]
        assert numbers == sorted(numbers)
        one.close()
    stored = [q["id"] for q in kiosk.questions() if q["id"].startswith("c")]
    assert sorted(stored) == sorted(f"c{number}-{n}" for number in range(PHONES) for n in range(EACH))


def test_a_client_that_can_only_poll_works(kiosk):
    one = Phone(kiosk.url, "sans-websocket", ["polling"])
    assert one.client.transport() == "polling"
    assert one.ask("poll-1", "Passe par le filtre ?")["ok"] is True
    one.close()


def told_by(one: websocket.WebSocket) -> str:
    """The next packet of a socket, empty once it ended: Engine.IO's are texts, as long as nothing binary is sent."""
    packet = one.recv()
    assert isinstance(packet, str), packet
    return packet


def wire_of(one: websocket.WebSocket) -> socket.socket:
    """The connection under a socket that is open."""
    assert one.sock is not None
    return one.sock


@pytest.mark.waits
def test_a_silent_socket_is_asked_for_a_sign_of_life(kiosk):
    """Engine.IO's interval is 25 s; two sockets, of which one answers."""
    address = f"ws://127.0.0.1:{kiosk.port}/socket.io/?EIO=4&transport=websocket"
    both = [websocket.create_connection(address, timeout=40) for _socket in range(2)]
    for one in both:
        assert told_by(one).startswith("0{")
        one.send('40/phone,{"device":"appareil-silencieux"}')
        while not (told := told_by(one)).startswith("40/phone,"):
            assert told.startswith("42/phone,"), told
    for one in both:
        while (told := told_by(one)) != "2":
            assert told.startswith("42/phone,"), told
    both[0].send("3")
    both[0].send('42/phone,1["clock",{"t":1}]')
    while not (told := told_by(both[0])).startswith("43/phone,1"):
        assert told.startswith("42/phone,"), told
    assert '"ok":true' in told
    for one in both:
        one.close()


def fragments(piece: bytes, ping: bool):
    """A message that never ends, in frames as a client writes them."""
    yield websocket.ABNF.create_frame(b"2", websocket.ABNF.OPCODE_TEXT, fin=0)
    for _fragment in range(20_000):
        if ping:
            yield websocket.ABNF.create_frame(b"", websocket.ABNF.OPCODE_PING)
        yield websocket.ABNF.create_frame(piece, websocket.ABNF.OPCODE_CONT, fin=0)


@pytest.mark.parametrize(
    "piece, ping", [(b"x" * 1024, False), (b"", False), (b"x" * 1024, True), (None, False)],
    ids=["endless", "empty", "with pings", "announced"],
)  # fmt: skip
def test_a_message_that_never_ends_is_ended(kiosk, piece, ping):
    """What one socket makes the kiosk hold is bounded: 64 KiB, whatever it announces and however it is cut."""
    address = f"ws://127.0.0.1:{kiosk.port}/socket.io/?EIO=4&transport=websocket"
    one = websocket.create_connection(address, timeout=10)
    assert told_by(one).startswith("0{")
    sent, wire = 0, wire_of(one)
    try:
        if piece is None:
            wire.sendall(b"\x81\xff" + (1 << 30).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 1000)
        else:
            for frame in fragments(piece, ping):
                wire.sendall(frame.format())
                sent += len(piece)
        while wire.recv(65_536):
            pass
    except ConnectionError:
        pass
    assert sent < 4 << 20, "taken for ever"
    wire.close()
    assert kiosk.health() == 200


def test_a_goodbye_ends_the_connection(kiosk):
    """Engine.IO's « close »: the kiosk does not wait for the client's side to end it."""
    one = websocket.create_connection(f"ws://127.0.0.1:{kiosk.port}/socket.io/?EIO=4&transport=websocket", timeout=10)
    assert told_by(one).startswith("0{")
    one.send("1")
    wire = wire_of(one)
    while wire.recv(65_536):
        pass
    wire.close()


def test_a_long_message_in_two_frames_is_read(kiosk):
    address = f"ws://127.0.0.1:{kiosk.port}/socket.io/?EIO=4&transport=websocket"
    one = websocket.create_connection(address, timeout=10)
    assert told_by(one).startswith("0{")
    one.send('40/phone,{"device":"appareil-bavard"}')
    text = ("42/phone,7" + json.dumps(["ask", {"id": "long", "text": "é" * 20_000}], ensure_ascii=False)).encode()
    one.send_frame(websocket.ABNF.create_frame(text[:30_001], websocket.ABNF.OPCODE_TEXT, fin=0))
    one.send_frame(websocket.ABNF.create_frame(text[30_001:], websocket.ABNF.OPCODE_CONT, fin=1))
    while not (told := told_by(one)).startswith("43/phone,7"):
        assert told, "the socket ended"
    assert '"ok":false' in told
    one.close()


def test_compression_of_messages_is_not_accepted(kiosk):
    head = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{kiosk.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", kiosk.port), timeout=10) as wire:
        wire.sendall(head.encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += wire.recv(4096)
    lines = received.split(b"\r\n\r\n")[0].decode().lower().split("\r\n")
    assert lines[0].startswith("http/1.1 101")
    assert [line for line in lines if line.startswith("sec-websocket-extensions")] == []


def test_a_power_cut_loses_nothing_acknowledged(own):
    own.start()
    teacher = own.teacher()
    own.act(teacher, "/prof/etape", vers="talk")
    one = Phone(own.url, "coupure-12345")
    before = one.state
    assert before["phase"] == "talk"
    told = [one.ask(f"k{n}", f"Question {n} ?") for n in range(5)]
    assert [ack["ok"] for ack in told] == [True] * 5
    own.kill()
    one.close()
    own.start()
    again = Phone(own.url, "coupure-12345")
    state = again.state
    late = abs(state["now"] - time.time() * 1000)
    assert [q["id"] for q in own.questions() if q["id"].startswith("k")] == [f"k{n}" for n in range(5)]
    left = [state["ends_at"] - state["now"], before["ends_at"] - before["now"] - (state["now"] - before["now"])]
    assert (state["phase"], abs(left[0] - left[1]) < 1_000, late < 1_000) == (
        "talk",
        True,
        True,
    )
    assert state["boot"] != before["boot"] and state["rev"] >= before["rev"]
    assert again.ask("k0", "Question 0 ?") == {**told[0], "known": True}
    again.close()


def test_a_paused_timer_stays_paused_through_a_cut(own):
    own.start()
    teacher = own.teacher()
    own.act(teacher, "/prof/etape", vers="talk")
    own.act(teacher, "/prof/minuteur", faire="pause")
    one = Phone(own.url, "coupure-12345")
    before = one.state
    own.kill()
    one.close()
    own.start()
    again = Phone(own.url, "coupure-12345")
    assert before["paused_ms"] > 0
    assert [again.state[name] for name in ("phase", "paused_ms", "ends_at")] == ["talk", before["paused_ms"], None]
    again.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_soon(own, number):
    own.start()
    phones = [Phone(own.url, f"arret-{n}-1234") for n in range(3)]
    assert phones[0].ask("s1", "Avant l’arrêt ?")["ok"] is True
    start = time.monotonic()
    assert own.stop(number) == 0
    assert time.monotonic() - start < 3
    for one in phones:
        one.close()
    log = own.data_dir / "kiosk.sqlite3-wal"
    assert not log.exists() or log.stat().st_size == 0
    assert "s1" in [q["id"] for q in own.questions()]


def test_more_connections_than_descriptors_wait_and_nothing_breaks(own):
    """A file refused to the server would end it, or its writing: it takes fewer connections than it may hold files."""
    own.descriptors = 200
    own.start()
    process = psutil.Process(own.process.pid)
    idle = [socket.create_connection(("127.0.0.1", own.port), timeout=10) for _ in range(220)]
    until = time.monotonic() + 10
    while process.num_fds() < 100:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.3)
    assert process.num_fds() < 140
    for one in idle:
        one.close()
    phone = Phone(own.url, "apres-la-foule")
    assert phone.ask("foule-1", "Et maintenant ?")["ok"] is True
    phone.close()


def test_a_port_already_taken_is_said(own):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        own.port = other.getsockname()[1]
        process = own.launch()
        told, _nothing = process.communicate(timeout=40)
    assert process.returncode != 0
    assert f"Le port {own.port} est déjà pris" in told.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Traceback" not in told


def test_a_folder_already_used_is_said(kiosk, engine):
    second = Running(kiosk.data_dir, engine, free_port())
    process = second.launch()
    told, _nothing = process.communicate(timeout=40)
    assert process.returncode != 0
    assert f"processus {kiosk.process.pid}" in told.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Traceback" not in told
