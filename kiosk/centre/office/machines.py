"""Tokens of the institution's own systems: given, listed, withdrawn."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import machines
from kiosk.centre.models import Account, ApiToken
from kiosk.centre.office.pages import act, change, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx

pages = Blueprint("machines", __name__, url_prefix="/bureau/machines")


@pages.get("/")
def index() -> str:
    """The tokens, and the form of a new one."""
    return _page()


@pages.post("/donner")
def give() -> Any:
    """Make a token; the page that answers is the only one that shows it."""
    form = request.form
    name, right, days = (form.get(field, "") for field in ("name", "right", "days"))
    try:
        _id, token = change(lambda tx: machines.give(tx, name, right, days))
    except OfficeError as error:
        return _page(error=error, typed=form), error.status
    return _page(made=token, made_name=" ".join(name.split()))


@pages.post("/retirer")
def revoke() -> Any:
    """Refuse a token from now on."""
    id = request.form.get("id", "")
    return act(lambda tx: machines.revoke(tx, id), url_for("machines.index"), lambda error: _page(error=error))


def _page(**values: Any) -> str:
    def unit(tx: Tx) -> tuple[list[tuple[ApiToken, bool]], dict[str, str]]:
        rows = machines.listed()
        givers = Account.select().where(Account.id.in_([row.account_id for row in rows]))
        return [(row, machines.living(row, tx.now)) for row in rows], {row.id: row.name or row.email for row in givers}

    rows, givers = write(unit)
    empty: dict[str, Any] = {"error": None, "typed": {}, "made": "", "made_name": ""}
    return render_template(
        "machines.html", rows=rows, givers=givers, rights_of=machines.RIGHTS, lives=machines.LIVES,
        address=url_for("machine_api.description").removesuffix("/openapi.json"), **{**empty, **values},
    )  # fmt: skip
