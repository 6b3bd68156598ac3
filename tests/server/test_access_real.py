"""Rights on a real kiosk: guessing the code, links taken back while somebody uses them, origins, files of secrets."""

from __future__ import annotations

import json
import os
import re
import stat

import pytest
import requests
from requests.adapters import HTTPAdapter

from fuzz.attack import Wire, connect, request
from fuzz.target import Target
from rights import NAMESPACES, REFUSALS, SENDERS, SOCKETS
from server.running import Running

pytestmark = pytest.mark.server
FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def kiosk(tmp_path):
    """One for each test: a locked code stays locked."""
    made = Target(tmp_path / "donnees").begin()
    yield made
    made.stop(9)


def guess(kiosk, browser, pin):
    page = browser.get(f"{kiosk.url}/prof/connexion", timeout=10).text
    data = {"pin": pin, "csrf": Running.csrf(page)}
    return browser.post(f"{kiosk.url}/prof/connexion", data=data, headers=FRAGMENT, timeout=10)


def code(answer):
    return answer.json()["error"]["code"]


def test_guessing_locks_a_browser_and_leaves_the_others_alone(kiosk):
    pin = json.loads((kiosk.data_dir / "secrets.json").read_text())["pin"]
    wrong = f"{(int(pin) + 1) % 1_000_000:06d}"
    pupil = requests.Session()
    answers = [guess(kiosk, pupil, wrong) for _ in range(7)]
    assert [code(a) for a in answers] == ["pin_wrong"] * 5 + ["pin_locked"] * 2
    assert int(answers[-1].headers["Retry-After"]) > 20
    assert code(guess(kiosk, pupil, pin)) == "pin_locked"  # the right one neither
    assert guess(kiosk, requests.Session(), pin).status_code in (204, 303, 200)


def test_guessing_without_a_cookie_shares_one_lock(kiosk):
    codes = [code(guess(kiosk, requests.Session(), "000000")) for _ in range(45)]  # each time a new browser
    assert codes.count("pin_wrong") <= 36 and codes[-1] == "pin_locked"


def test_a_link_taken_back_ends_its_guest_at_once(kiosk):
    teacher = kiosk.teacher()
    csrf = kiosk.csrf(teacher.get(f"{kiosk.url}/prof/salle", timeout=10).text)
    page = teacher.post(f"{kiosk.url}/prof/salle/invitations", data={"csrf": csrf}, timeout=10).text
    link = re.search(r"/relecture/([A-Za-z0-9_-]{16,})", page)
    assert link, page[-800:]
    guest, nobody = requests.Session(), requests.Session()
    own = kiosk.csrf(guest.get(f"{kiosk.url}/relecture/{link.group(1)}", timeout=10).text)
    guest.post(f"{kiosk.url}/relecture/{link.group(1)}", data={"csrf": own}, timeout=10)
    cookie = "; ".join(f"{c.name}={c.value}" for c in guest.cookies)
    wire = Wire(kiosk, "/control", cookie)
    assert wire.inside
    page = teacher.get(f"{kiosk.url}/prof/salle", timeout=10).text
    number = re.search(r"/prof/salle/invitations/(\d+)/retirer", page)
    assert number, page[-800:]
    answer = teacher.post(f"{kiosk.url}{number.group(0)}", data={"csrf": csrf}, headers=FRAGMENT, timeout=10)
    assert answer.status_code == 204
    assert wire.until(lambda text: text.startswith("41/control")) and any("revoked" in text for text in wire.seen)
    wire.close()
    late = Wire(kiosk, "/control", cookie)
    assert not late.inside
    late.close()
    headers = {**FRAGMENT, "X-CSRF": own}
    refused = guest.post(f"{kiosk.url}/prof/annuler", headers=headers, timeout=10)
    assert (refused.status_code, code(refused)) in ((401, "login_required"), (403, "csrf"))
    again = nobody.get(f"{kiosk.url}/prof", headers=FRAGMENT, cookies=guest.cookies.get_dict(), timeout=10)
    assert code(again) == "login_required"


@pytest.mark.parametrize(
    "origin", ["http://ailleurs.example", "http://127.0.0.1.evil.example", "http://[", "null.example"]
)
def test_another_origin_enters_neither_pages_nor_sockets(kiosk, origin):
    headers = {"Origin": origin, **FRAGMENT, "Accept": "application/json"}
    answer = requests.post(f"{kiosk.url}/questions", data={"text": "x", "id": "x1"}, headers=headers, timeout=10)
    assert (answer.status_code, code(answer)) == (403, "origin")
    polled = requests.get(f"{kiosk.url}/socket.io/?EIO=4&transport=polling", headers={"Origin": origin}, timeout=10)
    assert polled.status_code == 400 and origin not in polled.text


def test_secrets_are_nobody_else_s_and_never_the_same(kiosk, tmp_path):
    for path in kiosk.data_dir.rglob("*"):
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if path.name.startswith("secrets"):
            assert mode == 0o600, (path, oct(mode))
    other = Target(tmp_path / "autre").begin()
    other.stop(9)
    one, two = (json.loads((place / "secrets.json").read_text()) for place in (kiosk.data_dir, tmp_path / "autre"))
    assert {name for name in one if one[name] == two.get(name)} <= set()
    assert len(one["key"]) >= 32 and len(one["display_token"]) >= 16 and re.fullmatch(r"\d{6}", one["pin"])


@pytest.mark.parametrize("path, status", [("/s/abcdef0123/phone.js", 404), ("/s/../secrets.json", 404),
                                          ("/portraits/x", 404), ("/nulle/part", 404), ("/oublier", 404)])  # fmt: skip
def test_headers_are_on_what_is_not_there_either(kiosk, path, status):
    answer = requests.get(f"{kiosk.url}{path}", timeout=10)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY" and answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in answer.headers or "/" not in answer.headers["Server"]


def test_no_method_and_no_path_is_a_failure(kiosk):
    for method in ("TRACE", "CONNECT", "BREW", "PROPFIND"):
        assert request(kiosk, method, "/", {}, b"") in (400, 403, 404, 405, 501, 0)
    for path in ("/..%2f..%2fetc/passwd", "//etc/passwd", "/s/%2e%2e/%2e%2e/secrets.json", "/%00", "*", "http://x/"):
        assert request(kiosk, "GET", path, {}, b"") < 500
    assert [f for f in kiosk.failures if not f.startswith("501")] == []


# -- doors: who may come in by which, on a real server (``tests/rights.py``)


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    """The same kiosk without a relay, and with one declared; each engine makes a request's environment its own way."""
    made = {}
    for relay, engine in (("", "eventlet"), ("127.0.0.1", "gevent")):
        one = made[relay] = Target(tmp_path_factory.mktemp("doors") / "donnees", engine)
        one.settings = {"KIOSK_RELAYS": relay} if relay else {}
        one.begin()
    yield made
    for one in made.values():
        one.stop(9)


def sent(kiosk, sender, path):
    """(status, code, body) of a request of that sender, its headers as they are."""
    headers = {"Host": f"127.0.0.1:{kiosk.port}", "Accept": "application/json", "Connection": "close"}
    headers |= {"Host": sender.host} if sender.host else {}
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **sender.headers}.items())
    with connect(kiosk, sender.source) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    head, _blank, body = answer.partition(b"\r\n\r\n")
    found = re.search(rb'"code": ?"(\w+)"', body)
    return int(head.split(b" ", 2)[1]), found.group(1).decode() if found else None, body


@pytest.mark.parametrize("name", SENDERS)
def test_reserved_pages_by_every_sender(doors, name):
    sender = SENDERS[name]
    kiosk = doors[sender.relay]
    audiences = {"/ecran/fragment": "screen", "/metrics": "figures", "/prof": "teacher", "/": "everybody"}
    for path, whose in audiences.items():
        status, told, _body = sent(kiosk, sender, path)
        refusal = REFUSALS[whose, sender.what]
        assert told == refusal and (status == 421) == (refusal == "own_host"), (path, status, told)
        assert refusal or status in (200, 302, 303), (path, status)
    assert (b"version" in sent(kiosk, sender, "/healthz")[2]) == (sender.what == "machine")
    page = sent(kiosk, sender, "/prof/connexion")[2]
    assert (b"/prof/commencer" in page) == (sender.what == "machine")


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("name", SENDERS)
def test_sockets_by_every_sender(doors, name, namespace):
    sender = SENDERS[name]
    kiosk, allowed = doors[sender.relay], SOCKETS[NAMESPACES[namespace], sender.what] is None
    headers = {**sender.headers, **({"Host": sender.host} if sender.host else {})}
    wire = Wire(kiosk, namespace, source=sender.source, headers=headers)
    assert wire.inside == allowed
    wire.close()
    session = requests.Session()
    session.mount("http://", From(sender.source))
    address = f"{kiosk.url}/socket.io/?EIO=4&transport=polling"
    handshake = session.get(address, headers=headers, timeout=10)
    address += f"&sid={json.loads(handshake.text[1:])['sid']}"
    said = json.dumps({"device": os.urandom(8).hex()})
    assert session.post(address, data=f"40{namespace},{said}", headers=headers, timeout=10).text == "OK"
    packets = session.get(address, headers=headers, timeout=10).text.split("\x1e")
    assert any(packet.startswith(f"40{namespace}") for packet in packets) == allowed, packets


class From(HTTPAdapter):
    """Speaks from an address of its own."""

    def __init__(self, address):
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args, **values):
        super().init_poolmanager(*args, **values, source_address=(self._address, 0))


@pytest.mark.parametrize("head", [
    "GET /ecran/fragment HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n",
    "GET /ecran/fragment HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n",
    "GET /ecran/fragment HTTP/1.1\r\nHost:\r\n",
    "GET /ecran/fragment HTTP/1.0\r\n",
    "GET http://127.0.0.1/ecran/fragment HTTP/1.1\r\nHost: evil.example\r\n",
    "GET http://evil.example/ecran/fragment HTTP/1.1\r\nHost: evil.example\r\n",
    "GET /ecran/fragment HTTP/1.1\r\nX-Host: x\r\nHost: evil.example\r\n",
    "GET /ecran/fragment HTTP/1.1\r\nHost: evil.example\r\nX_Forwarded_Host: 127.0.0.1\r\n",
])  # fmt: skip
def test_no_odd_head_is_the_machine_itself(doors, head):
    for kiosk in doors.values():
        with connect(kiosk) as line:
            line.sendall(f"{head}Connection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        assert int(answer.split(b" ", 2)[1]) in (400, 403, 404, 421, 422), answer[:200]
