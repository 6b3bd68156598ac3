"""Notices to schools."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import audit, notices
from kiosk.centre.office.pages import act, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import schools, to_ms
from kiosk.ground import instants
from kiosk.ground.i18n import _

pages = Blueprint("notices", __name__, url_prefix="/bureau/annonces")


@pages.get("/")
def index() -> str:
    """Notices, and the form of a new one."""
    return _page()


@pages.post("/publier")
def publish() -> Any:
    """Say something to the schools."""
    form = request.form

    def unit(tx: Tx) -> None:
        uai = ""
        if form.get("uai", "").strip():
            uai = schools.read_uai(form["uai"]) or ""
            if not uai:
                raise OfficeError(
                    _("Ce code UAI n’est pas possible : 7 chiffres et la lettre qui leur correspond."), "uai"
                )
        day = instants.read_date(form.get("until", ""))
        if day is None:
            raise OfficeError(
                _("« %(value)s » n’est pas une date (exemple : 24/11/2026).", value=form.get("until", "")[:30]), "until"
            )
        level = "warning" if form.get("level") == "warning" else "info"
        end = to_ms(instants.instant(day + timedelta(days=1), time()))
        id = notices.publish(tx, level, form.get("text", "").replace("\0", ""), end, uai)
        audit.note(tx, "notice", id, uai or _("Tous les établissements."), {}, {_("Annonce"): form.get("text", "")})

    return act(unit, url_for("notices.index"), lambda error: _page(error=error, typed=form))


@pages.post("/retirer")
def withdraw() -> Any:
    """Take a notice back."""
    id = request.form.get("id", "")

    def unit(tx: Tx) -> None:
        notices.withdraw(tx, id)
        audit.note(tx, "notice_withdrawn", id)

    return act(unit, url_for("notices.index"))


def _page(error: OfficeError | None = None, typed: Any = None) -> str:
    rows, now = write(lambda tx: (notices.all_notices(), tx.now))
    week = instants.local(now + 7 * 24 * 3600 * 1000).strftime("%Y-%m-%d")
    return render_template("notices.html", rows=rows, now=now, error=error, typed=typed or {"until": week})
