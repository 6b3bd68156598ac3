"""Marks through every address and every event of a real kiosk, on both engines, and through what breaks: none of them
is in anything it wrote.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fuzz import attack
from fuzz.campaign import ENDING, NAMESPACES, rules
from fuzz.target import MARKER, Target
from kiosk.exchange import identity
from sync.servers import ABOUT, Server, said

pytestmark = pytest.mark.server
#: What a phone tells of itself; 203.0.113.x are documentation's (RFC 5737).
HEADERS = {
    "X-Forwarded-For": "203.0.113.77", "Forwarded": "for=203.0.113.78", "X-Real-IP": "203.0.113.79",
    "User-Agent": f"{MARKER}/5.0", "Referer": f"http://203.0.113.80/{MARKER}", "Accept-Language": MARKER,
    "Cookie": f"kiosk_device={MARKER}; kiosk_teacher={MARKER}",
}  # fmt: skip
SECRET = re.compile(rf"{MARKER}|203\.0\.113|127\.0\.0\.1(?!:\d+/| *$)|Traceback")


def everywhere(target: Target, addresses: list[tuple[str, str]]) -> None:
    """Each address by a form, by JSON that is none, and each event."""
    for method, address in addresses:
        path = address.replace("{}", MARKER) + f"?salle={MARKER}&q={MARKER}"
        form = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
        attack.request(target, method, path, form, f"text={MARKER}&pin={MARKER}&id={MARKER}".encode())
        attack.request(target, method, path, {**HEADERS, "Content-Type": "application/json"}, f'["{MARKER}'.encode())
    for path in (f"/{MARKER}%zz", "/", "/questions", "/prof"):
        attack.request(target, MARKER, path, HEADERS, b"")
    for namespace, events in NAMESPACES.items():
        wire = attack.Wire(target, namespace)
        for number, name in enumerate((*events, MARKER), 1):
            for data in ({"id": MARKER, "text": MARKER, "on": MARKER, "t": MARKER}, MARKER, [MARKER]):
                wire.say(f"42{namespace},{number}" + json.dumps([name, data]))
        wire.say("2" + MARKER)
        wire.close()


def hands(target: Target) -> tuple[str, str]:
    """The cookie and the form's token of a teacher who came in."""
    browser = target.teacher()
    page = browser.get(f"{target.url}/prof/salle", timeout=20).text
    return "; ".join(f"{c.name}={c.value}" for c in browser.cookies), target.csrf(page)


@pytest.fixture
def serve():
    """``serve(play)``: a server on the loopback, closed at the end."""
    made: list[Server] = []

    def start(play: Callable[..., bytes]) -> Server:
        made.append(Server(play))
        return made[-1]

    yield start
    for one in made:
        one.close()


def by_the_teacher(target: Target, addresses: list[tuple[str, str]], cookie: str, csrf: str) -> None:
    """Each act of the panel, past its guard, and files that are none."""
    own = {**HEADERS, "Cookie": cookie, "X-CSRF": csrf, "X-Fragment": "1", "Referer": ""}
    names = ("texte", "liste", "nom", "classe", "code", "uai", "poste", "ssid", "proxy", "url", "pin", "vers", "faire")
    form = "&".join(f"{name}={MARKER}" for name in names).encode()
    for method, address in addresses:
        if address.startswith("/prof") and not ENDING.search(address):
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            attack.request(target, method, address.replace("{}", "1"), {**own, **kind}, form)
    for data in (f'{{"changes": [{{"type": "{MARKER}"}}]}}', f'["{MARKER}', f"\x1f\x8b{MARKER}", f"PK\3\4{MARKER}"):
        body = f'--b\r\nContent-Disposition: form-data; name="fichier"; filename="{MARKER}"\r\n\r\n{data}\r\n--b--\r\n'
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        attack.request(target, "POST", "/prof/synchro/reponse", {**own, **kind}, body.encode("latin-1"))


def talks(_server: Any, _connection: Any, request: Any) -> bytes:
    """A centre whose answers hold marks (tests/sync/test_sync_journal.py has more of them)."""
    if request.path == "/v1/about":
        return said({**ABOUT, "name": MARKER})
    return said({**ABOUT, "contract": 1, "cursor": MARKER, "verdicts": MARKER, "changes": [{"type": MARKER}]})


def exchange(target: Target, cookie: str, csrf: str) -> None:
    """An exchange on demand, and the time it takes."""
    own = {"Cookie": cookie, "X-CSRF": csrf, "X-Fragment": "1"}
    attack.request(target, "POST", "/prof/synchro/maintenant", own, b"")
    time.sleep(1.5)


@pytest.mark.parametrize("engine", ["eventlet", "gevent"])
def test_nothing_that_was_sent_is_written(tmp_path, engine, serve):
    target = Target(tmp_path / "kiosk", engine)
    centre = serve(talks)
    target.data_dir.mkdir()
    who = identity.load(target.data_dir, 1)[0]
    identity.save(target.data_dir, replace(who, token=MARKER, uai="0951099D", url=centre.url))
    target.settings = {"KIOSK_LOG_LEVEL": "debug", "KIOSK_CENTRE_URL": centre.url}
    target.begin()
    try:
        teacher = hands(target)
        addresses = [(m, a) for m, a in rules(tmp_path / "map") if m in ("GET", "POST") and "socket.io" not in a]
        assert len(addresses) > 60
        everywhere(target, addresses)
        by_the_teacher(target, addresses, *teacher)
        exchange(target, *teacher)
        assert "/v1/exchange" in [asked.path for asked in centre.asked]
        held = sqlite3.connect(tmp_path / "kiosk" / "kiosk.sqlite3")
        for table in ("question", "room"):  # from now on what is asked fails with words in the error
            held.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
        held.commit()
        held.close()
        everywhere(target, addresses)
        by_the_teacher(target, addresses, *teacher)
        exchange(target, *teacher)
        written = "".join(target.journal) + (tmp_path / "kiosk" / "logs" / "kiosk.log").read_text(encoding="utf-8")
    finally:
        target.stop(9)
    assert " ERROR kiosk.web: " in written  # it did fail, and said so
    assert [line for line in written.splitlines() if SECRET.search(line)] == []
