"""For machines: is the kiosk able to take a question?"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify

from kiosk.domain import stored, waking
from kiosk.domain.kiosk import Kiosk
from kiosk.ground import edition
from kiosk.ground.errors import KioskError, body
from kiosk.web.frame.context import kiosk_of
from kiosk.web.machines import metrics


def register(app: Flask) -> None:
    """Add ``/healthz``: 200 once the writer runs, the database answers and takes writes; 503 with the reason else
    (``starting``, ``storage_full``, ``storage_readonly``, ``storage_failed``; the last three heal by themselves).
    What it adds of the machine is for who may read ``/metrics``.

    ``/healthz/ready`` says the same and nothing else; ``/healthz/live`` is 200 as soon as the loop answers.
    """

    @app.get("/healthz")
    def healthz() -> tuple[Response, int]:
        kiosk = kiosk_of()
        answer, status = _ready()
        if (status == 200 or kiosk.ready) and metrics.may_read():  # a kiosk that cannot write tells the rest, too
            made = edition.current()
            answer |= {"version": made.version, "build": made.commit, "engine": kiosk.engine.name, **_lag(kiosk)}
            answer["displays"] = kiosk.sockets.number("/display")
            answer["awake"] = waking.wanted(kiosk)
        return jsonify(answer), status

    @app.get("/healthz/live")
    def live() -> tuple[Response, int]:
        return jsonify({"ok": True}), 200

    @app.get("/healthz/ready")
    def ready() -> tuple[Response, int]:
        answer, status = _ready()
        return jsonify(answer), status


def _lag(kiosk: Kiosk) -> dict[str, float]:
    """How late the loop was at worst since this was last asked, when it is measured (``KIOSK_LOOP_LAG``)."""
    if kiosk.late is None:
        return {}
    worst, kiosk.late = kiosk.late, 0.0
    return {"loop_lag_max_ms": round(worst * 1000, 1)}


def _ready() -> tuple[dict[str, Any], int]:
    """Whether a question would be kept now, as the answer's body and status."""
    kiosk = kiosk_of()
    refusal = KioskError("starting") if not kiosk.ready else None
    if refusal is None:
        stored.get("health")  # the database reads
        trouble = kiosk.writer.look()
        refusal = KioskError(trouble) if trouble else None
    if refusal is None:
        return {"ok": True}, 200
    refusal.reader = "keeper"
    return body(refusal), 503
