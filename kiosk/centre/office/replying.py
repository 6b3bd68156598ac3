"""The page where a speaker answers: no account, no list of anything else; the address is the secret."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from kiosk.centre import replying
from kiosk.centre.house import centre
from kiosk.centre.office import pages as office
from kiosk.centre.office.pages import write
from kiosk.centre.refusals import OfficeError
from kiosk.ground import i18n
from kiosk.ground.i18n import _

pages = Blueprint("replying", __name__, url_prefix="/repondre")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@pages.before_request
def _speak() -> None:
    i18n.set_language(centre().settings.language)


@pages.after_request
def _close(response: Response) -> Response:
    """The address says all: it is told to no other site, kept by no search engine."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.get("/<token>")
def show(token: str) -> Any:
    """The questions that wait."""
    return _page(token)


@pages.post("/<token>")
def write_down(token: str) -> Any:
    """Keep what was written of one question; the office reads it before it leaves."""
    uai, id, text = (request.form.get(name, "") for name in ("uai", "id", "text"))
    if any("\0" in value for value in (token, uai, id, text)):
        return office.lost(400, _("Cette valeur n’est pas possible ici."))
    try:
        known = write(lambda tx: replying.propose(tx, token, uai, id, text))
    except OfficeError as error:
        return _page(token, error, text)
    if not known:
        return _gone()
    return redirect(url_for("replying.show", token=token, fait=1), 303)


def _page(token: str, error: OfficeError | None = None, text: str = "") -> Any:
    found = write(lambda tx: replying.opened(tx, token)) if "\0" not in token else None
    if found is None:
        return _gone()
    page = render_template(
        "reply.html", found=found, token=token, error=error, typed=text, done=request.args.get("fait") and not error
    )
    return (page, 422) if error else page


def _gone() -> Response:
    return office.lost(404, _("Ce lien n’est plus bon. Demandez-en un autre à la personne qui vous a invitée."))
