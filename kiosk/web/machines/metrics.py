"""``/metrics`` in Prometheus's text format 0.0.4: how the machine goes, nothing of anybody.

Who may read it: the machine itself, or whoever gives ``metrics.token`` (``Authorization: Bearer …``). Counts are of
the whole kiosk, never of a class, a device or a session.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, request

from kiosk.domain import figures
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import syncstate
from kiosk.ground import edition
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context

TYPE = "text/plain; version=0.0.4; charset=utf-8"
NAMESPACES = ("phone", "display", "control")

Sample = tuple[str, str, str, dict[str, str], float]


def register(app: Flask) -> None:
    """Add ``/metrics``. :raises KioskError: ``forbidden`` from elsewhere without the token, ``own_host``."""

    @app.get("/metrics")
    def metrics() -> Response:
        kiosk = context.kiosk_of()
        if not may_read():
            context.refuse_misdirected()
            raise KioskError("forbidden")
        return Response(written(samples(kiosk)), content_type=TYPE)


def may_read() -> bool:
    """Whether the request may read how the machine goes: the machine itself, or with the token."""
    return context.is_local() or _holds_token(context.kiosk_of().settings.metrics_token)


def _holds_token(token: str) -> bool:
    given = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def samples(kiosk: Kiosk) -> Iterator[Sample]:
    """(name, type, help, labels, value), those of one name together."""
    made = edition.current()
    facts = {"version": made.version, "build": made.commit, "engine": kiosk.engine.name}
    yield "kiosk_info", "gauge", "Version, commit and engine.", facts, 1
    yield "kiosk_ready", "gauge", "Whether questions can be taken.", {}, int(kiosk.ready)
    yield "kiosk_clock_trusted", "gauge", "Whether somebody vouches for the time.", {}, int(kiosk.clock.trusted)
    for name in NAMESPACES:
        open_now = kiosk.sockets.here("/" + name)
        yield "kiosk_connections", "gauge", "Open live connections.", {"kind": name}, open_now
    if kiosk.ready:
        yield from _of_database(kiosk)
    yield from _of_process(kiosk)


def _of_database(kiosk: Kiosk) -> Iterator[Sample]:
    for status, count in sorted(figures.questions_by_status().items()):
        yield "kiosk_questions", "gauge", "Questions kept, by status.", {"status": status}, count
    state = syncstate.status(kiosk.clock.now(), configured=bool(kiosk.settings.centre_url))
    for name, count in (("waiting", state.waiting), ("rejected", state.rejected), ("held", state.held)):
        yield "kiosk_outbox", "gauge", "Operations for the centre, by state.", {"state": name}, count
    yield (
        "kiosk_sync_last_success_timestamp_seconds",
        "gauge",
        "Last exchange that went well; 0: none.",
        {},
        (state.last_success or 0) / 1000,
    )
    yield "kiosk_sync_sent_today_bytes", "gauge", "Bytes sent to the centre today.", {}, state.sent_today
    yield "kiosk_sync_received_today_bytes", "gauge", "Bytes received from the centre today.", {}, state.received_today


def _of_process(kiosk: Kiosk) -> Iterator[Sample]:
    yield "process_cpu_seconds_total", "counter", "CPU time used.", {}, time.process_time()
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        pages = 0
    if pages:
        page = os.sysconf("SC_PAGE_SIZE")
        yield "process_resident_memory_bytes", "gauge", "Memory used.", {}, pages * page
    for name in ("kiosk.sqlite3", "kiosk.sqlite3-wal"):
        try:
            size = (kiosk.settings.data_dir / name).stat().st_size
        except OSError:
            continue
        yield "kiosk_database_bytes", "gauge", "Size of the database's files.", {"file": name}, size


def written(found: Iterator[Sample]) -> str:
    """The text: one HELP and one TYPE by name, then its samples."""
    lines: list[str] = []
    last = ""
    for name, kind, told, labels, value in found:
        if name != last:
            lines += [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
            last = name
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value!r}" if inside else f"{name} {value!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
