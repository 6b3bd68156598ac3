"""For machines: is the kiosk able to take a question?"""

from __future__ import annotations

from flask import Flask, Response, jsonify

from kiosk import __version__
from kiosk.domain import stored
from kiosk.errors import KioskError, body
from kiosk.web.context import kiosk_of


def register(app: Flask) -> None:
    """Add ``/healthz``: 200 once the writer runs and the database answers, 503 before.

    ``/healthz/ready`` says the same and nothing else; ``/healthz/live`` is 200 as soon as the loop answers.
    """

    @app.get("/healthz")
    def healthz() -> tuple[Response, int]:
        kiosk = kiosk_of()
        if not kiosk.ready:
            return jsonify(body(KioskError("starting"))), 503
        stored.get("health")  # the database reads
        answer = {"ok": True, "version": __version__, "engine": kiosk.engine.name}
        answer.update(kiosk.extras.get("health", dict)())
        return jsonify(answer), 200

    @app.get("/healthz/live")
    def live() -> tuple[Response, int]:
        return jsonify({"ok": True}), 200

    @app.get("/healthz/ready")
    def ready() -> tuple[Response, int]:
        if not kiosk_of().ready:
            return jsonify(body(KioskError("starting"))), 503
        stored.get("health")
        return jsonify({"ok": True}), 200
