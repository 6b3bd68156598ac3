"""``/essai``: a phone opens it to prove that it can reach this machine."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from kiosk.web import context

blueprint = Blueprint("trial", __name__)


@blueprint.get("/essai")
def reached() -> str:
    """Say so to the phone, and remember it for the teacher's page; only whether one came is kept, never which."""
    kiosk = context.kiosk_of()
    away = not context.peer().here
    if away:
        kiosk.addresses.seen(request.host, request.remote_addr, request.environ.get("SERVER_NAME"))
        kiosk.extras["phone_came"] = kiosk.clock.now()
    return render_template("control/first/reached.html", away=away)


def came() -> int | None:
    """When a phone last proved it (UTC ms); None when none has since the start."""
    found: int | None = context.kiosk_of().extras.get("phone_came")
    return found
