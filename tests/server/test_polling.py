"""Behind a filter that cuts WebSocket: a payload is handled whole, or refused aloud."""

from __future__ import annotations

import json
import time

import pytest
import requests

from server.running import Running

pytestmark = pytest.mark.server

SEPARATOR = "\x1e"


@pytest.fixture(scope="module", params=["eventlet", "gevent"])
def kiosk(request, tmp_path_factory):
    """A kiosk with a session at its questions."""
    running = Running(tmp_path_factory.mktemp("polling") / "data", request.param)
    running.settings["KIOSK_LIMITS_DEVICE_BURST"] = "100"
    running.start()
    teacher = running.teacher()
    running.act(teacher, "/prof/etape", vers="countdown", depuis="lobby")
    yield running
    running.stop()


class Poller:
    """A phone's socket without WebSocket, by hand: each :meth:`post` is one payload."""

    def __init__(self, kiosk, device):
        self.address = f"{kiosk.url}/socket.io/?EIO=4&transport=polling"
        self.web = requests.Session()
        opened = json.loads(self.web.get(self.address, timeout=10).text[1:])
        self.address += f"&sid={opened['sid']}"
        assert self.post([f'0/phone,{{"device":"{device}"}}']).status_code == 200
        self.heard: list[str] = []
        self.listen(lambda: any(one.startswith("0/phone,") for one in self.heard))

    def post(self, packets):
        return self.web.post(self.address, data=SEPARATOR.join("4" + one if one else "" for one in packets), timeout=20)

    def listen(self, enough):
        """Read what is told until it is enough."""
        end = time.monotonic() + 8
        while not enough():
            assert time.monotonic() < end, self.heard
            told = self.web.get(self.address, timeout=30).text.split(SEPARATOR)
            if "2" in told:
                self.web.post(self.address, data="3", timeout=10)
            self.heard += [one[1:] for one in told if one.startswith("4")]

    def answers(self):
        return [one for one in self.heard if one.startswith("3/phone,")]


def test_all_that_a_cut_held_back_is_counted(kiosk):
    """Thirty questions in one payload: Engine.IO takes 16, drops the whole of a larger one, and answers 200."""
    one = Poller(kiosk, "appareil-derriere-un-filtre")
    asked = [f'2/phone,{n}["ask",{{"id":"filtre-{n}","text":"Question {n} ?"}}]' for n in range(30)]
    assert one.post(asked).status_code == 200
    one.listen(lambda: len(one.answers()) == 30)
    assert all('"ok":true' in answer for answer in one.answers())
    assert len([q for q in kiosk.questions() if q["id"].startswith("filtre-")]) == 30


@pytest.mark.parametrize(
    "body",
    [
        SEPARATOR.join(["3"] * 300),
        "x",
        "4",
        "9",
        SEPARATOR,
        "b" + "A" * 7,
        "\ud800".encode("utf-8", "surrogatepass"),
        b"\xff\xfe",
        "d=4%ff",
        "4" + "a" * 70_000,
    ],
    ids=[
        "300 packets",
        "no packet",
        "empty message",
        "no type",
        "separator",
        "binary",
        "surrogate",
        "bytes",
        "jsonp",
        "long",
    ],
)
def test_what_cannot_be_read_is_refused_aloud_or_read(kiosk, body):
    """Never a 200 for what was dropped: a refused socket ends, and its client begins again."""
    one = Poller(kiosk, "appareil-qui-dit-n-importe-quoi")
    data = body.encode() if isinstance(body, str) else body
    try:
        status = one.web.post(one.address, data=data, timeout=20).status_code
    except requests.ConnectionError:
        status = 413  # a body that nobody reads to its end
    assert status in (200, 400, 413)
    after = requests.post(one.address, data='42/phone,7["clock",{"t":1}]', timeout=20)
    if status == 200:
        assert after.status_code == 200
        one.listen(lambda: any(one.startswith("3/phone,7") for one in one.answers()))
    else:
        assert after.status_code == 400, "the socket ended with the refusal"


def test_a_payload_holds_nobody_up(kiosk):
    """256 messages at once from one socket: another client is answered meanwhile."""
    one = Poller(kiosk, "appareil-bavard")
    said = [f'2/phone,{n}["clock",{{"t":{n}}}]' for n in range(256)]
    assert one.post(said).status_code == 200
    before = time.monotonic()
    assert requests.get(f"{kiosk.url}/healthz/live", timeout=5).status_code == 200
    assert time.monotonic() - before < 2.0
    one.listen(lambda: len(one.answers()) == 256)
