"""Who may see the office: nobody by default. One password, a cookie, and a form token against CSRF."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk.centre import passwords
from kiosk.centre.house import centre
from kiosk.centre.office import pages
from kiosk.centre.refusals import OfficeError
from kiosk.ground import i18n
from kiosk.ground.i18n import _

door = Blueprint("door", __name__, url_prefix="/bureau")
COOKIE = "centre"
LANGUAGE = "lang"
#: Endpoints anyone may open; every other one asks for the password.
OPEN = frozenset({"door.enter", "door.knock", "door.style"})
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def register(app: Flask) -> None:
    """Guard every address of the office."""
    app.register_blueprint(door)
    app.before_request(_guard)
    app.after_request(_finish)
    app.jinja_env.globals["csrf"] = lambda: g.get("csrf", "")


def _guard() -> Response | None:
    language = request.args.get("lang") or request.cookies.get(LANGUAGE) or centre().settings.language
    office = request.path == "/bureau" or request.path.startswith("/bureau/")
    i18n.set_language(language if office else centre().settings.language)
    if not office:
        return None
    if request.method not in ("GET", "HEAD") and not _same_origin():
        return _refused()
    if "\0" in request.path or _unkeepable(request.args):
        return _impossible()
    g.csrf = ""
    cookie = request.cookies.get(COOKIE, "")
    if cookie and request.endpoint != "door.style":
        g.csrf = centre().store.run(lambda tx: passwords.visit(tx, cookie)) or ""
    if request.endpoint in OPEN:
        return None
    if not g.csrf:
        after = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("door.enter", suite=after), 303)  # type: ignore[return-value]
    if request.method not in ("GET", "HEAD"):
        given = request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), g.csrf.encode()):
            return _refused()
        if _unkeepable(request.form):
            return _impossible()
    return None


def _unkeepable(values: MultiDict[str, str]) -> bool:
    """Whether a value could not be kept, nor looked for: no database takes a NUL."""
    return any("\0" in one for several in values.lists() for one in several[1])


def _same_origin() -> bool:
    """A form sent by another site says where it comes from; what says nothing has the form token to show."""
    origin = request.headers.get("Origin", "")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    return not origin or urlsplit(origin).netloc == request.host


def _refused() -> Response:
    return pages.lost(403, _("Cette page a expiré. Revenez en arrière, rechargez-la, puis recommencez."))


def _impossible() -> Response:
    return pages.lost(400, _("Cette valeur n’est pas possible ici."))


def _finish(response: Response) -> Response:
    if request.path.startswith("/bureau"):
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Frame-Options"] = "DENY"
        # not no-referrer: browsers would then send « Origin: null » with our own forms
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.args.get("lang") in i18n.LANGUAGES:
            response.set_cookie(LANGUAGE, request.args["lang"], max_age=31_536_000, samesite="Lax", httponly=True)
    return response


@door.get("/connexion")
def enter() -> str:
    """The page that asks for the password."""
    return render_template("login.html", suite=request.args.get("suite", ""), error=None)


@door.post("/connexion")
def knock() -> Response | tuple[str, int]:
    """Check the password."""
    house, given = centre(), request.form.get("password", "")
    suite = request.form.get("suite", "")

    def look(tx: object) -> str:
        passwords.door(tx)  # type: ignore[arg-type]
        return passwords.held()

    try:
        digest = house.store.run(look)
    except OfficeError as error:
        return render_template("login.html", suite=suite, error=error.message), 429
    success = passwords.right(given, digest)
    cookie = house.store.run(lambda tx: passwords.enter(tx, success))
    if cookie is None:
        return render_template("login.html", suite=suite, error=_("Ce mot de passe n’est pas le bon.")), 403
    inside = suite.startswith("/bureau") and not suite.startswith("/bureau/connexion")
    answer = redirect(suite if inside else url_for("sessions.index"), 303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=passwords.IDLE // 1000,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
        path="/bureau",
    )
    return answer  # type: ignore[return-value]


@door.post("/quitter")
def leave() -> Response:
    """Log out."""
    cookie = request.cookies.get(COOKIE, "")
    centre().store.run(lambda tx: passwords.leave(tx, cookie))
    answer = redirect(url_for("door.enter"), 303)
    answer.delete_cookie(COOKIE, path="/bureau")
    return answer  # type: ignore[return-value]


@door.get("/style/<mark>.css")
def style(mark: str) -> Response:
    """The style sheet that set-up built; its address changes with it."""
    answer = Response(pages.style_sheet()[0], mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
