"""The people of the office: who has an account, what for, and the journal of what they did."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import accounts, journal, rights, territories
from kiosk.centre.house import centre
from kiosk.centre.models import Account
from kiosk.centre.office import pages as office
from kiosk.centre.office.pages import act, change, read, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.centre.territories import ACADEMIES
from kiosk.ground.i18n import _

pages = Blueprint("team", __name__, url_prefix="/bureau/equipe")
#: Lines of the journal on one page.
PAGE = 100
#: Days that the journal's filter offers.
SPANS = (7, 30, 365)


@pages.get("/")
def index() -> str:
    """Everyone, and the form of somebody new."""
    return _list()


@pages.post("/inviter")
def invite() -> Any:
    """Make an account; the page that answers is the only one that shows its link."""
    given = _given()
    try:
        id, token = change(lambda tx: accounts.invite(tx, *given))
    except OfficeError as error:
        return _list(error=error, typed=request.form), error.status
    return _shown(id, token, _("Compte créé"))


@pages.get("/<id>")
def edit(id: str) -> str:
    """Somebody's account."""
    return _one(id)


@pages.post("/enregistrer")
def save() -> Any:
    """Change what an account is."""
    id, given = request.form.get("id", ""), _given()
    return act(lambda tx: accounts.change(tx, id, *given), url_for("team.index"), _again(id))


@pages.post("/lien")
def link() -> Any:
    """A link to choose another password; the page that answers is the only one that shows it."""
    id, factor = request.form.get("id", ""), "factor" in request.form
    try:
        token = change(lambda tx: accounts.give_link(tx, id, factor))
    except OfficeError as error:
        return _one(id, error), error.status
    return _shown(id, token, _("Lien pour choisir un autre mot de passe"))


@pages.post("/suspendre")
def suspend() -> Any:
    """Close an account for a time, or open it again."""
    id, closing = request.form.get("id", ""), request.form.get("suspended") == "1"
    return act(lambda tx: accounts.suspend(tx, id, closing), url_for("team.index"), _again(id))


@pages.post("/retirer")
def remove() -> Any:
    """Forget an account."""
    id = request.form.get("id", "")
    return act(lambda tx: accounts.remove(tx, id), url_for("team.index"), _again(id))


@pages.get("/journal")
def story() -> str:
    """Who did what; `?q=`, `?qui=`, `?quoi=`, `?jours=` choose."""
    args = request.args
    days = int(args.get("jours", "")) if args.get("jours", "") in map(str, SPANS) else SPANS[0]
    chosen = journal.Filter(args.get("q", "").strip()[:100], args.get("qui", ""), args.get("quoi", ""), days)
    page = office.page_number()
    found = write(lambda tx: journal.lines(tx, chosen, page, PAGE))
    return render_template(
        "journal.html", found=found, chosen=chosen, page=page, pages=-(-found.count // PAGE), spans=SPANS,
        groups=journal.GROUPS,
    )  # fmt: skip


def _given() -> tuple[str, str, str, str]:
    form = request.form
    return form.get("email", ""), form.get("name", ""), form.get("role", ""), form.get("territory", "")


def _again(id: str) -> Any:
    return lambda error: _one(id, error, request.form)


def _list(error: OfficeError | None = None, typed: Any = None) -> str:
    def unit(tx: Tx) -> list[dict[str, Any]]:
        return [_line(tx, row) for row in accounts.everyone()]

    return render_template("team.html", people=write(unit), academies=_academies(), error=error, typed=typed or {})


def _line(tx: Tx, row: Account) -> dict[str, Any]:
    closed = accounts.closed(row, tx.now)
    return {
        "row": row,
        "name": accounts.display_name(row),
        "shut": closed,
        "me": rights.who() is not None and _me(row),
    }


def _me(row: Account) -> bool:
    person = rights.who()
    return person is not None and person.id == row.id


def _one(id: str, error: OfficeError | None = None, typed: Any = None) -> str:
    def unit(tx: Tx) -> dict[str, Any]:
        row = Account.get_or_none(Account.id == id)
        if row is None:
            raise office.not_found()
        accounts.check(row)
        return _line(tx, row)

    try:
        one = write(unit)
    except OfficeError:  # of another territory: what its form typed is not shown beside it
        raise office.not_found() from None
    return render_template("account.html", one=one, academies=_academies(), error=error, typed=typed or {})


def _shown(id: str, token: str, title: str) -> str:
    row = read(lambda: accounts.found(id))
    address = url_for("door.link", token=token, _external=True)
    return render_template(
        "account_link.html", row=row, address=address, title=title, centre_name=centre().settings.name
    )


def _academies() -> dict[str, str]:
    """The territories that who acts may give besides the national one."""
    own = territories.own()
    return {code: name for code, (name, _figures) in ACADEMIES.items() if own in ("", code)}
