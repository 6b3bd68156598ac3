"""Serves a kiosk that obeys lines of JSON on its input, one answer a line. To be imported once the engine is active."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask

from kiosk.domain.kiosk import Kiosk
from kiosk.ground.errors import KioskError

#: Runs one order ``{"do": NAME, …}``; returns what is told back.
Act = Callable[[Kiosk, dict[str, Any]], Any]


def serve(app: Flask, port: int, prepare: Callable[[Kiosk], None], act: Act) -> None:
    """Serve until killed; ``prepare`` fills the folder once the writer runs."""
    logging.basicConfig(level="WARNING", stream=sys.stderr)
    kiosk: Kiosk = app.extensions["kiosk"]
    if hasattr(kiosk.engine, "start_bridge"):
        kiosk.engine.start_bridge()
    kiosk.writer.start()
    prepare(kiosk)
    kiosk.ready = True
    kiosk.engine.start_native(lambda: _listen_to_orders(kiosk, act), "orders")
    kiosk.engine.serve(app.wsgi_app, kiosk.engine.listen("127.0.0.1", port))


def _listen_to_orders(kiosk: Kiosk, act: Act) -> None:
    """Reads in a native thread (it blocks); acts on the loop."""
    for line in sys.stdin:
        kiosk.engine.post(lambda line=line: kiosk.engine.spawn(_obey, kiosk, act, line))  # type: ignore[misc]


def _obey(kiosk: Kiosk, act: Act, line: str) -> None:
    kiosk.database.use()
    kiosk.database.connect_reader()
    try:
        answer: dict[str, Any] = {"ok": True, "value": act(kiosk, json.loads(line))}
    except KioskError as error:
        answer = {"ok": False, "code": error.code}
    finally:
        kiosk.database.leave_thread()
    print(json.dumps(answer), flush=True)
