"""Kiosks and pairing codes; the journal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import audit, pairing
from kiosk.centre.office.pages import act, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx

pages = Blueprint("kiosks", __name__, url_prefix="/bureau/kiosques")


@pages.get("/")
def index() -> str:
    """Kiosks, and codes that wait."""
    return _page()


@pages.post("/code")
def code() -> Any:
    """Give a code to a school; the page that answers is the only one that shows it."""
    uai = request.form.get("uai", "")

    def unit(tx: Tx) -> str:
        made = pairing.issue(tx, uai)
        audit.note(tx, "code", uai)
        return made

    try:
        return _page(made=write(unit), uai=uai)
    except OfficeError as error:
        return _page(error=error, uai=uai), 422


@pages.post("/code/annuler")
def cancel_code() -> Any:
    """Make a code useless."""
    digest = request.form.get("code", "")

    def unit(tx: Tx) -> None:
        pairing.expire(tx, digest)
        audit.note(tx, "code_expired", digest[:8])

    return act(unit, url_for("kiosks.index"))


@pages.post("/revoquer")
def revoke() -> Any:
    """Refuse a kiosk from now on."""
    id = request.form.get("id", "")

    def unit(tx: Tx) -> None:
        pairing.revoke(tx, id)
        audit.note(tx, "revoked", id)

    return act(unit, url_for("kiosks.index"))


@pages.get("/journal")
def journal() -> str:
    """What was done lately."""
    return render_template("journal.html", lines=write(lambda _tx: audit.latest()))


def _page(**values: Any) -> str:
    def unit(tx: Tx) -> dict[str, Any]:
        return {"kiosks": pairing.kiosks(), "codes": pairing.codes(), "now": tx.now, "good": pairing.good}

    return render_template("kiosks.html", **{"made": None, "error": None, "uai": "", **write(unit), **values})
