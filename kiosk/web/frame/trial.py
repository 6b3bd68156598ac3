"""``/essai``: a phone opens it to prove that it can reach this machine."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from kiosk.web.frame import context

blueprint = Blueprint("trial", __name__)


@blueprint.get("/essai")
def reached() -> str:
    """Say so to the phone, and remember it for the teacher's page; only whether one came is kept, never which."""
    kiosk = context.kiosk_of()
    away = not context.peer().here
    if away:
        kiosk.addresses.seen(request.host, request.remote_addr, request.environ.get("SERVER_NAME"))
        kiosk.trial.came = kiosk.clock.now()
    return render_template("control/first/reached.html", away=away)
