"""One's own account: the password, the second factor, the recovery codes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from kiosk.centre import accounts, audit, factors, passwords, secretfile
from kiosk.centre.house import centre
from kiosk.centre.models import Account
from kiosk.centre.office.pages import act, read, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.rights import who
from kiosk.centre.slow import aside
from kiosk.centre.store import Tx
from kiosk.ground.i18n import _
from kiosk.ground.qrcodes import QUIET, matrix

pages = Blueprint("me", __name__, url_prefix="/bureau/moi")


@pages.get("/")
def index() -> str:
    """One's account."""
    return _page()


@pages.get("/second-facteur")
def factor() -> str:
    """The code to scan, and the form that proves it was."""
    return _setting_up()


@pages.post("/second-facteur")
def prove() -> Any:
    """Keep the second factor, and show the recovery codes, once."""
    house, given, id = centre(), request.form.get("code", ""), _me()
    number = _number()

    def unit(tx: Tx) -> list[str]:
        row = accounts.found(id)
        step = factors.step_of(house.key, id, number, given, 0, tx.now)
        if step is None:
            raise OfficeError(_("Ce code n’est pas celui de l’application. Vérifiez l’heure du téléphone."), "code")
        Account.update(factor=number, step=step).where(Account.id == id).execute()
        audit.note(tx, "account_factor", id, accounts.display_name(row))
        return factors.give_codes(id)

    try:
        _check_password("current")
        return _codes(write(unit))
    except OfficeError as error:
        return _setting_up(error), error.status


@pages.post("/codes")
def recovery() -> Any:
    """New recovery codes, shown once."""
    id = _me()

    def unit(tx: Tx) -> list[str]:
        row = accounts.found(id)
        if not row.factor:
            raise OfficeError(_("Ajoutez d’abord un second facteur."))
        audit.note(tx, "account_codes", id, accounts.display_name(row))
        return factors.give_codes(id)

    try:
        _check_password("current")
        return _codes(write(unit))
    except OfficeError as error:
        return _page(error), error.status


@pages.post("/mot-de-passe")
def password() -> Any:
    """Choose another password; every visit ends, this one too."""
    house, id, given = centre(), _me(), request.form.get("password", "")
    try:
        _check_password("current")
        row = read(lambda: accounts.found(id))
        passwords.check_chosen(given, str(row.name), str(row.email))
        digest = aside(house.store.engine, lambda: passwords.digest(given))
    except OfficeError as error:
        return _page(error), error.status
    return act(lambda tx: accounts.set_password(tx, id, digest), url_for("door.enter"))


def _me() -> str:
    person = who()
    assert person is not None  # the door let them in
    return person.id


def _number() -> str:
    """What the secret that this visit is shown is made from: another visit's form does not set it."""
    return secretfile.digest(f"factor {g.csrf}")[:16]


def _check_password(field: str) -> None:
    """Before what would let somebody else keep the account: the present password, when there is a second factor already
    or a password to change. :raises OfficeError: it is wrong.
    """
    row = read(lambda: accounts.found(_me()))
    if not row.factor and request.endpoint == "me.prove":
        return
    given, held = request.form.get(field, ""), str(row.password)
    if not aside(centre().store.engine, lambda: passwords.right(given, held)):
        raise OfficeError(_("Ce n’est pas le mot de passe actuel."), field)


def _page(error: OfficeError | None = None) -> str:
    row = read(lambda: accounts.found(_me()))
    return render_template("me.html", row=row, left=factors.left(row), error=error, made=passwords.make())


def _codes(codes: list[str]) -> str:
    return render_template("recovery.html", codes=codes)


def _setting_up(error: OfficeError | None = None) -> str:
    house, row, number = centre(), read(lambda: accounts.found(_me())), _number()
    label = str(row.email) or accounts.display_name(row)
    payload = factors.address(house.key, str(row.id), number, label, house.settings.name)
    secret = factors.secret(house.key, str(row.id), number)
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    path, size = _drawing(payload)
    return render_template("factor.html", row=row, path=path, size=size, secret=spaced, payload=payload, error=error)


def _drawing(payload: str) -> tuple[str, int]:
    """The dark modules of a code as one path, and the side of its box, quiet zone included."""
    code = matrix(payload)
    dark = (f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(code.rows) for x, on in enumerate(row) if on)
    return "".join(dark), code.size + 2 * QUIET
