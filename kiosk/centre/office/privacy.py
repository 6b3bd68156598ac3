"""What the centre keeps and until when: the page where it is set, and the one that tells people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import retention
from kiosk.centre.office.pages import act, read, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx

pages = Blueprint("privacy", __name__, url_prefix="/bureau/donnees")


@pages.get("/")
def index() -> str:
    """What goes, when, and what last went."""
    return _page()


@pages.post("/enregistrer")
def keep() -> Any:
    """Set how long each kind is kept."""
    form = request.form
    return act(lambda tx: retention.keep(tx, form), url_for("privacy.index"), lambda error: _page(error, form))


@pages.post("/maintenant")
def now() -> Any:
    """Forget a slice of what is due at once; the rest goes by itself."""
    return act(retention.sweep, url_for("privacy.index"))


@pages.get("/vie-privee")
def notice() -> str:
    """Who reads what, where it is, and for how long: for the people of the office, and for whoever asks them."""
    return render_template("privacy.html", kinds=retention.KINDS, months=read(retention.present).months)


def _page(error: OfficeError | None = None, typed: Any = None) -> str:
    def unit(tx: Tx) -> tuple[list[retention.State], retention.Settings]:
        return retention.states(tx), retention.present()

    states, settings = write(unit)
    return render_template("retention.html", states=states, settings=settings, error=error, typed=typed or {})
