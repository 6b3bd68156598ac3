"""Marks through every address and every event of a real kiosk, on both engines, and through what breaks: none of them
is in anything it wrote.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import attack  # noqa: E402
from campaign import NAMESPACES, rules  # noqa: E402
from target import MARKER, Target  # noqa: E402

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
    attack.request(target, f"{MARKER}", f"/{MARKER}%zz", HEADERS, b"")
    for namespace, events in NAMESPACES.items():
        wire = attack.Wire(target, namespace)
        for number, name in enumerate((*events, MARKER), 1):
            for data in ({"id": MARKER, "text": MARKER, "on": MARKER, "t": MARKER}, MARKER, [MARKER]):
                wire.say(f"42{namespace},{number}" + json.dumps([name, data]))
        wire.say("2" + MARKER)
        wire.close()


@pytest.mark.parametrize("engine", ["eventlet", "gevent"])
def test_nothing_that_was_sent_is_written(tmp_path, engine):
    target = Target(tmp_path / "kiosk", engine).begin()
    target.room = None
    try:
        addresses = [(m, a) for m, a in rules(tmp_path / "map") if m in ("GET", "POST") and "socket.io" not in a]
        assert len(addresses) > 60
        everywhere(target, addresses)
        held = sqlite3.connect(tmp_path / "kiosk" / "kiosk.sqlite3")
        for table in ("question", "room"):  # from now on what is asked fails with words in the error
            held.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
        held.commit()
        held.close()
        everywhere(target, addresses)
        time.sleep(0.3)
        written = "".join(target.journal) + (tmp_path / "kiosk" / "logs" / "kiosk.log").read_text(encoding="utf-8")
    finally:
        target.stop(9)
    assert " ERROR kiosk.web: " in written  # it did fail, and said so
    assert [line for line in written.splitlines() if SECRET.search(line)] == []
