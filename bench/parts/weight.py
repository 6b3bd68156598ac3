"""What a phone's first visit weighs: counted by a real Chromium, and by a raw client that reads every byte."""

from __future__ import annotations

import gzip
import re
import socket
from pathlib import Path

from parts import needs
from parts.report import Outcome, Target
from parts.servers import CannotMeasure, Kiosk, run_client

LINKED = re.compile(
    r'<script[^>]*\ssrc="([^"]+)"'
    r'|<link[^>]*rel="(?:stylesheet|icon|modulepreload|preload)"[^>]*href="([^"]+)"'
    r'|<img[^>]*\ssrc="([^"]+)"'
)


def measure(root: Path) -> Outcome:
    """The socket's own connection is told apart: it is not a request of the page."""
    if not needs.chromium():
        raise CannotMeasure("Chromium is missing: install the package chromium")
    with Kiosk(root) as kiosk:
        raw = raw_visit(kiosk.port)
        seen = run_client("visit.js", url=kiosk.url + "/", seconds=4, chromium=needs.chromium())
    total = sum(raw.values())
    page = raw["/"]
    rows = [
        f"raw client with gzip: {len(raw)} requests, {total} bytes with headers: "
        + ", ".join(f"{path.split('?')[0]} {size}" for path, size in raw.items()),
        f"Chromium: {len(seen['requests'])} requests, {seen['bytes']} bytes with headers: "
        + ", ".join(f"{one['url']} {one['bytes']:.0f}" for one in seen["requests"]),
        f"Chromium: {seen['sockets']} socket, {seen['frames_in']} frames in, {seen['frame_bytes_in']} bytes in; "
        f"errors: {seen['errors'] or 'none'}",
    ]
    heaviest = max(total, seen["bytes"]) + seen["frame_bytes_in"]
    return Outcome(
        {"raw": raw, "chromium": seen},
        [
            Target("a phone's first visit, all included", 18000, heaviest, "bytes"),
            Target("a phone's first visit, requests", 3, max(len(raw), len(seen["requests"])), ""),
            Target("a phone's first visit, the page with its form", 5500, page, "bytes"),
        ],
        rows,
    )


def raw_visit(port: int) -> dict[str, int]:
    """Bytes received, headers included, for the page and each file it names; each on its own connection."""
    way, _empty = fetch(port, "/")  # the page is bound to its room: its address takes the code along
    there = re.search(rb"(?im)^location: (\S+)", way)
    head, body = fetch(port, there[1].decode() if there else "/")
    sizes = {"/": len(head) + len(body), **({"/ → its room": len(way)} if there else {})}
    for groups in LINKED.findall(_text(head, body)):
        path = next(filter(None, groups)).replace("&amp;", "&")
        if path.startswith("/") and path not in sizes:
            sizes[path] = sum(map(len, fetch(port, path)))
    return sizes


def fetch(port: int, path: str) -> tuple[bytes, bytes]:
    """Head and body of one GET as they came, compressed; HTTP/1.1 with Connection: close."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n"
        "Accept: text/html,*/*\r\nAccept-Language: fr\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(request.encode())
        received = b""
        while part := wire.recv(65536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    if head.split(b" ", 2)[1] not in (b"200", b"303"):
        raise CannotMeasure(f"{path}: {head.splitlines()[0].decode(errors='replace')}")
    return head + b"\r\n\r\n", body


def _text(head: bytes, body: bytes) -> str:
    if b"transfer-encoding: chunked" in head.lower():
        body = _unchunk(body)
    if b"content-encoding: gzip" in head.lower():
        body = gzip.decompress(body)
    return body.decode()


def _unchunk(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if not length:
            break
        whole, body = whole + rest[:length], rest[length + 2 :]
    return whole
