"""Rights on a real kiosk: guessing the code, links taken back while somebody uses them, origins, files of secrets."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest
import requests
from running import Running

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fuzz"))
from attack import Wire, request  # noqa: E402
from target import Target  # noqa: E402

pytestmark = pytest.mark.server
FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def kiosk(tmp_path):
    """One for each test: a locked code stays locked."""
    made = Target(tmp_path / "donnees").begin()
    made.room = None
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
