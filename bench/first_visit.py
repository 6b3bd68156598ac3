#!/usr/bin/env python3
"""What a phone's first visit costs: bytes and requests, in a real Chromium and by plain HTTP.

``python bench/first_visit.py`` starts a kiosk of this checkout on loopback, opens the pupils' page with an
empty cache, waits until the live state has come, and adds up what the network carried. Exit code 1 when
a target of the design is missed.
"""

from __future__ import annotations

import gzip
import http.client
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from playwright.sync_api import sync_playwright  # noqa: E402

from browser.phone_kiosk import PhoneKiosk  # noqa: E402

MOST_BYTES = 18_000
MOST_REQUESTS = 3
MOST_FIRST = 5_500


def in_chromium(url: str) -> dict[str, dict[str, int]]:
    """What each request received and sent, by kind, until the phone has its live state."""
    seen: dict[str, dict[str, int]] = {}
    kinds: dict[str, str] = {}

    def add(request: str, name: str, size: int) -> None:
        part = seen.setdefault(kinds.get(request, request), {"received": 0, "sent": 0, "frames": 0})
        part[name] += size

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", lambda e: kinds.__setitem__(e["requestId"], e["type"]))
        wire.on("Network.requestWillBeSentExtraInfo", lambda e: add(e["requestId"], "sent", _lines(e["headers"]) + 30))
        wire.on("Network.loadingFinished", lambda e: add(e["requestId"], "received", int(e["encodedDataLength"])))
        wire.on("Network.webSocketCreated", lambda e: kinds.__setitem__(e["requestId"], "WebSocket"))
        wire.on("Network.webSocketHandshakeResponseReceived", lambda e: _handshake(add, e))
        wire.on("Network.webSocketFrameReceived", lambda e: add(e["requestId"], "frames", _frame(e)))
        page.goto(url)
        page.wait_for_timeout(1500)
        browser.close()
    return {kind: part for kind, part in seen.items() if kind == "WebSocket" or part["received"]}


def _handshake(add: Any, event: dict[str, Any]) -> None:
    response = event["response"]
    add(event["requestId"], "received", len(response.get("headersText", "")) or _lines(response["headers"]) + 34)
    asked = response.get("requestHeadersText", "")
    add(event["requestId"], "sent", len(asked) or _lines(response.get("requestHeaders", {})) + 60)


def _frame(event: dict[str, Any]) -> int:
    return len(event["response"]["payloadData"].encode()) + 4


def _lines(headers: dict[str, str]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.items())


def by_http(port: int) -> dict[str, int]:
    """Bodies as a phone's Accept-Encoding gets them: (compressed page, script), and the page's whole length."""
    found: dict[str, int] = {}
    page = b""
    for name, path in (("page", "/"), ("script", "")):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        if name == "script":
            match = re.search(rb'<script defer src="([^"]+)"', page)
            assert match, "the page names no script: run set-up first"
            path = match[1].decode()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, deflate"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 303:  # the room's code comes into the address
            found["redirect headers"] = _lines(dict(answer.getheaders())) + 21
            connection.request("GET", answer.headers["Location"], headers={"Accept-Encoding": "gzip, deflate"})
            answer = connection.getresponse()
            body = answer.read()
        assert answer.status == 200, (path, answer.status)
        found[name] = len(body)
        found[f"{name} headers"] = _lines(dict(answer.getheaders())) + 17
        if name == "page":
            page = gzip.decompress(body)
            found["page, open"] = len(page)
        connection.close()
    return found


def main() -> int:
    """Measure, print, judge."""
    with tempfile.TemporaryDirectory() as folder:
        kiosk = PhoneKiosk(Path(folder))
        try:
            raw = by_http(kiosk.port)
            parts = in_chromium(kiosk.url)
        finally:
            kiosk.stop()
    print(f"{'':12}{'received':>10}{'sent':>8}   (bytes, headers included)")
    for kind, part in parts.items():
        print(f"{kind:12}{part['received'] + part['frames']:>10}{part['sent']:>8}")
    received = sum(part["received"] + part["frames"] for part in parts.values())
    sent = sum(part["sent"] for part in parts.values())
    print(f"{'all':12}{received:>10}{sent:>8}")
    print("bodies:", ", ".join(f"{name} {size}" for name, size in raw.items()))
    first = raw["page"] + raw["page headers"]
    checks = [
        ("first visit, everything received", received, MOST_BYTES),
        ("requests", len(parts), MOST_REQUESTS),
        ("page with the form", first, MOST_FIRST),
    ]
    for what, figure, limit in checks:
        print(f"{'ok    ' if figure <= limit else 'MISSED'} {what}: {figure} of {limit}")
    return 0 if all(figure <= limit for _what, figure, limit in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
