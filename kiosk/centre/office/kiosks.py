"""Kiosks and pairing codes; the journal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import audit, longcodes, pairing
from kiosk.centre.house import centre
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
    """Give a code to a school, ``long`` = 1 for one without a network; the page that answers is the only one that shows
    it.
    """
    uai, long = request.form.get("uai", ""), request.form.get("long") == "1"
    key = centre().key

    def unit(tx: Tx) -> str:
        made = longcodes.issue(tx, key, uai) if long else pairing.issue(tx, uai)
        audit.note(tx, "code", uai)
        return made

    try:
        return _page(made=write(unit), uai=uai, long=long)
    except OfficeError as error:
        return _page(error=error, uai=uai, long=long), 422


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

    return render_template(
        "kiosks.html", **{"made": None, "error": None, "uai": "", "long": False, **write(unit), **values}
    )
