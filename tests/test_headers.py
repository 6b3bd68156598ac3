"""The safety headers on every answer: each rule of the map, refusals and static files included."""

from __future__ import annotations

import gzip
import re

import pytest
from flask.testing import FlaskClient

from factories import make_question, make_session
from kiosk.domain import portraits, rooms, souvenirs
from kiosk.domain.people import access
from kiosk.domain.people.devices import TEACHER_COOKIE

EXACT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def policy(answer):
    """The content security policy as {directive: set of sources}."""
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    return {part[0]: set(part[1:]) for part in parts if part}


def check(answer):
    assert {name: answer.headers.get(name) for name in EXACT} == EXACT
    rules = policy(answer)
    assert rules["default-src"] == {"'none'"}
    assert rules["script-src"] == {"'self'"}
    assert {s for s in rules["style-src"] if not re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", s)} == {"'self'"}
    assert rules["frame-ancestors"] == rules["base-uri"] == {"'none'"}
    assert rules["form-action"] == {"'self'"}
    assert rules["connect-src"] == {"'self'", "ws://localhost", "wss://localhost"}
    assert rules["img-src"] == {"'self'", "data:"}
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    allowed = answer.headers["Permissions-Policy"]
    assert {name for name in ("camera", "microphone", "geolocation", "payment", "usb") if f"{name}=()" in allowed} == {
        "camera", "microphone", "geolocation", "payment", "usb"}  # fmt: skip
    assert "Server" not in answer.headers or "Werkzeug" not in answer.headers["Server"]


FRAGMENTS = ("live", "answers", "bands", "prepare", "sessions", "room", "exchange", "first", "all_rooms")
#: Without these, a page has nothing to show.
ASKED = {"control.copying": "?ids=1"}


@pytest.fixture
def addresses(app, kiosk, room):
    """(method, endpoint, address) of every rule, naming what is there."""
    make_question(kiosk, room, "1")
    make_question(kiosk, room, "2", origin="prepared")
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    folder = portraits.folder(kiosk.settings.data_dir)
    folder.mkdir(parents=True)
    (folder / ("0" * 64)).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    there = {
        "session_id": "S1", "code": rooms.view(room).code, "digest": "0" * 64, "filename": "icon.svg",
        "token": kiosk.write(lambda tx: access.invite(tx, room))[1],
    }  # fmt: skip
    make_session(kiosk, "ICI-1")
    page = souvenirs.page_of(rooms.view(room), kiosk.clock.now())
    kiosk.write(lambda tx: souvenirs.keep(tx, room, page, tx.now + 86_400_000))
    found = []
    for rule in app.url_map.iter_rules():
        there["session_id"] = "ICI-1" if rule.endpoint == "control.session_edit" else "S1"
        for name in FRAGMENTS if "name" in rule.arguments else [""]:
            address = re.sub(
                r"<(?:[^:>]+:)?(\w+)>",
                lambda found: {**there, "name": name}.get(found[1], "1"),
                rule.rule,  # noqa: B023
            )
            for method in sorted(rule.methods - {"OPTIONS"}):
                found.append((method, rule.endpoint, address + ASKED.get(rule.endpoint, "")))
    return found


@pytest.mark.parametrize("who", ["anybody", "teacher"])
def test_headers_are_on_every_answer(addresses, teacher, client, who):
    browser = teacher.client if who == "teacher" else client
    seen, refused = 0, set()
    for method, endpoint, address in addresses:
        answer = browser.open(address, method=method)
        assert answer.status_code < 500, (method, address)
        check(answer)
        assert answer.headers["Cache-Control"], address
        seen += 1
        if method == "GET" and answer.status_code >= 400:
            refused.add(endpoint)
    assert seen > 60
    if who == "teacher":
        assert refused == set()


@pytest.mark.parametrize(
    "method, address, status",
    [
        ("GET", "/nulle/part", 404),
        ("DELETE", "/questions", 405),
        ("POST", "/prof/etape", 403),
        ("GET", "/?salle=ZZZ9", 404),
    ],
)
def test_headers_are_on_refusals(client, room, method, address, status):
    answer = client.open(address, method=method)
    assert answer.status_code == status
    check(answer)


@pytest.mark.parametrize("path", ["/", "/mes-questions", "/ecran", "/prof"])
def test_the_way_to_a_page_s_room_holds_nothing_and_weighs_little(app, teacher, room, path):
    """A phone's first visit counts it: a relative address, not kept, nothing a browser could show or run."""
    browser = FlaskClient(app)
    browser.set_cookie(TEACHER_COOKIE, teacher.token)
    answer = browser.get(f"{path}?x=%0d%0aX:y&lang=en")
    assert (answer.status_code, answer.data) == (303, b"")
    code = rooms.view(room).code
    assert dict(answer.headers) == {
        "Location": f"{path}?x=%0D%0AX%3Ay&lang=en&salle={code}",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Content-Length": "0",
    }


def test_a_phone_s_first_visit_weighs_little(app, kiosk, room):
    """What a school's link pays for each pupil, as ``bench/first_visit.py`` reads it from a real Chromium; the socket's
    first frames make some 720 bytes.
    """
    kiosk.write(lambda tx: rooms.choose_session(tx, room, "S1", class_label="4e B", headcount=26))
    browser = FlaskClient(app)

    def visit(path):
        answer = browser.get(path, headers={"Accept-Encoding": "gzip"})
        lines, body = sum(len(name) + len(value) + 4 for name, value in answer.headers), answer.data
        answer.close()
        return answer, body, len(body) + lines + 20

    way, _, first = visit("/")
    _, page, usable = visit(way.headers["Location"])
    named = re.search(r'<script defer src="([^"]+)"', gzip.decompress(page).decode())
    assert named
    script, _, whole = visit(named[1])
    assert script.headers["Content-Encoding"] == "gzip"
    assert usable <= 5_500 and first + usable + whole + 720 <= 18_000, (first, usable, whole)


def test_headers_are_on_a_message_too_big(client, room):
    answer = client.post("/questions", data=b"x" * (2 << 20), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    check(answer)


def test_pages_are_not_kept(client, room):
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_pages_hold_nothing_inline(addresses, teacher, client):
    """No inline handler, script or style attribute: the policy would drop them silently."""
    for browser in (client, teacher.client):
        for method, _endpoint, address in addresses:
            if method == "GET":
                page = browser.get(address)
                if page.mimetype == "text/html":
                    text = page.text
                    assert re.findall(r"<[^>]+\son[a-z]+\s*=", text) == [], address
                    assert re.findall(r"<[^>]+\sstyle\s*=", text) == [], address
                    assert re.findall(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>", text) == [], (
                        address
                    )
                    assert [a for a in re.findall(r"(?:src|href|action)=\"(https?:)?//", text) if a] == [], address


def test_cookies_are_closed_to_scripts_and_other_sites(teacher, app, room):
    for answer in (teacher.app.test_client().get("/"), Fresh(app).enter()):
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
            assert re.match(r"kiosk_(device|teacher)=", cookie), cookie


class Fresh:
    """A browser that gives the code; its answer, to read the cookie set."""

    def __init__(self, app):
        from factories import Teacher

        self.teacher = Teacher(app)

    def enter(self):
        self.teacher.client.get("/prof/connexion")
        data = {"pin": self.teacher.kiosk.secrets.pin, "csrf": self.teacher.csrf()}
        return self.teacher.client.post("/prof/connexion", data=data)


def test_built_files_cannot_be_read_as_something_else(client, app):
    from kiosk.web.frame.assets import asset

    answer = client.get(asset("phone.js"))
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()


def test_headers_are_on_a_page_that_breaks(app, client, room):
    """A real fault: the table of rooms is gone. A person reads a sentence and a code, a script the same in JSON."""
    import sqlite3

    held = sqlite3.connect(app.extensions["kiosk"].database.path)
    held.execute("ALTER TABLE room RENAME TO elsewhere")
    held.commit()
    held.close()
    page = client.get("/")
    told = client.post("/questions", data={"text": "Un ?"}, headers={"Accept": "application/json"})
    assert (page.status_code, told.status_code, told.json["error"]["code"]) == (500, 500, "internal")
    assert "internal" in page.text and "sqlite" not in page.text.lower() and "room" not in told.text
    check(page), check(told)


def test_headers_are_on_what_the_live_server_answers(app, client, kiosk):
    """Its texts are no pages: nothing may be made of them. A device that floods is turned away before a handshake."""
    opened = "/socket.io/?EIO=4&transport=polling"
    client.set_cookie("kiosk_device", "telephone-qui-inonde")
    answers = [client.get(opened), client.get("/socket.io/?EIO=3"), client.get("/socket.io/?sid=1"), client.put(opened)]
    kiosk.limits.flooded("telephone-qui-inonde")
    answers.append(client.get(opened))
    assert [answer.status_code for answer in answers] == [200, 400, 400, 405, 429]
    for answer in answers:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answers[-1].json["error"]["code"] == "too_fast" and int(answers[-1].headers["Retry-After"]) >= 29
    assert app.test_client().get(opened).status_code == 200  # without that cookie
    assert client.get("/").status_code == 200  # pages are not refused: others may share the tablet
