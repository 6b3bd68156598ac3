"""The office's door: nobody comes in by default. An account, a second factor, a cookie, a form token against CSRF; then
`rights.ROUTES` says who opens what.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk.centre import accounts, factors, passwords, rights, visits
from kiosk.centre.house import centre
from kiosk.centre.models import Account
from kiosk.centre.office import pages, schools
from kiosk.centre.refusals import OfficeError
from kiosk.centre.slow import aside
from kiosk.ground import i18n
from kiosk.ground.i18n import _

door = Blueprint("door", __name__, url_prefix="/bureau")
COOKIE, KNOWN = "centre", "centre-known"
LANGUAGE = "lang"
#: What a person does who is half-way in, and one who has no second factor yet.
HALF_WAY = frozenset({"door.second", "door.prove", "door.leave"})
#: The pages that have a script; they do as much without it.
SCRIPTED = frozenset({"questions.speaker_list"})
SETTING_UP = frozenset({"me.factor", "me.prove", "door.leave"})
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
#: Where a list can be dragged.
MOVING = f"{POLICY}; script-src 'self'; connect-src 'self'"


def register(app: Flask) -> None:
    """Guard every address of the office."""
    app.register_blueprint(door)
    app.before_request(_guard)
    app.after_request(_finish)
    app.teardown_request(lambda _error: rights.act_as(None))
    app.jinja_env.globals.update(csrf=lambda: g.get("csrf", ""), person=rights.who, may=rights.may)


def _guard() -> Response | None:
    rights.act_as(None)
    if request.path != "/bureau" and not request.path.startswith("/bureau/"):
        i18n.set_language(centre().settings.language)
        return None
    i18n.set_language(request.args.get("lang") or request.cookies.get(LANGUAGE) or centre().settings.language)
    if request.method not in ("GET", "HEAD") and not _same_origin():
        return _refused()
    if "\0" in request.path or _unkeepable(request.args):
        return _impossible()
    return _admit(request.endpoint or "")


def _admit(endpoint: str) -> Response | None:
    """Let the visitor of this request go on, or say why not."""
    g.csrf, route = "", rights.ROUTES.get(endpoint)
    cookie = request.cookies.get(COOKIE, "")
    guest = None
    if cookie and endpoint not in ("door.style", "door.script"):
        guest = centre().store.run(lambda tx: visits.guest(tx, cookie))
    if guest is not None:
        g.csrf = guest.csrf
        if guest.proven:
            rights.act_as(guest.person)
            g.unguarded = guest.unguarded and endpoint not in SETTING_UP
    if route is not None and route.right == "open":
        return None
    if guest is None:
        return _to("door.enter", suite=_asked())
    if request.method not in ("GET", "HEAD"):
        if rights.may(endpoint):
            schools.widen()
        given = request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), g.csrf.encode()):
            return _refused()
        if _unkeepable(request.form):
            return _impossible()
    if not guest.proven:
        g.half_way = guest.person
        return None if endpoint in HALF_WAY else _to("door.second", suite=_asked())
    if guest.needs_factor and endpoint not in SETTING_UP:
        return _to("me.factor")
    if endpoint and not rights.may(endpoint):
        return _not_yours(route)
    return None


def _asked() -> str | None:
    """The page that was asked for, without a proxy's prefix."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _to(endpoint: str, **values: str | None) -> Response:
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[arg-type,return-value]


def _not_yours(route: rights.Route | None) -> Response:
    roles = [f"« {_(role.words)} »" for role in rights.ROLES.values() if route and route.right in role.may]
    needed = _("Il faut le rôle %(roles)s.", roles=_(" ou ").join(roles)) if roles else ""
    if route and route.national:
        needed += " " + _("Et un compte national : cela vaut pour toutes les académies.")
    return pages.lost(403, f"{_('Votre compte ne permet pas cela.')} {needed}".strip())


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
        response.headers["Content-Security-Policy"] = MOVING if request.endpoint in SCRIPTED else POLICY
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
    """The page that asks for the address and the password."""
    return _login(request.args.get("suite", ""), "")


@door.post("/connexion")
def knock() -> Response | tuple[str, int]:
    """Check the password; the second factor comes next."""
    house, form = centre(), request.form
    given, email, suite = form.get("password", ""), form.get("email", ""), form.get("suite", "")
    if _unkeepable(form):
        return _impossible()
    source, known = request.remote_addr or "", request.cookies.get(KNOWN, "")
    begun = None
    try:
        begun = house.store.run(lambda tx: visits.begin(tx, email, source, known, house.key))
        held = begun.digest
        right = aside(house.store.engine, lambda: passwords.right(given, held))
        tried = begun
        cookie = house.store.run(lambda tx: visits.enter(tx, tried, right))
    except OfficeError as error:
        if begun is not None and error.field == "password":
            refused = begun
            house.store.run(lambda tx: visits.refused(tx, refused))
        return _login(suite, email, error), 403 if error.field == "password" else 429
    return _opened(cookie, begun.account_id, suite)


@door.get("/connexion/code")
def second() -> Response | str:
    """The page that asks for the second factor's code."""
    if g.get("half_way") is None:
        return _to("office")
    return render_template("second.html", suite=request.args.get("suite", ""), error=None)


@door.post("/connexion/code")
def prove() -> Response | tuple[str, int]:
    """Check the code."""
    house, half_way = centre(), g.get("half_way")
    if half_way is None:
        return _to("office")
    cookie, given, suite = request.cookies.get(COOKIE, ""), request.form.get("code", ""), request.form.get("suite", "")
    try:
        house.store.run(lambda tx: visits.count_code(tx, cookie, half_way.id))
    except OfficeError as error:
        if error.field == "over":
            house.store.run(lambda tx: visits.leave(tx, cookie))
            return _login(suite, "", error), 429
        return render_template("second.html", suite=suite, error=error), 429

    def unit(tx: visits.Tx) -> str:
        row = accounts.found(half_way.id)
        how = factors.accept(house.key, row, given, tx.now)
        if not how:
            raise OfficeError(_("Ce code n’est pas le bon, ou il a déjà servi. Prenez le suivant."), "code")
        return visits.prove(tx, cookie, row, how)

    try:
        opened = house.store.run(unit)
    except OfficeError as error:
        return render_template("second.html", suite=suite, error=error), 403
    return _opened(opened, half_way.id, suite)


@door.post("/quitter")
def leave() -> Response:
    """Log out."""
    cookie = request.cookies.get(COOKIE, "")
    centre().store.run(lambda tx: visits.leave(tx, cookie))
    answer = _to("door.enter")
    answer.delete_cookie(COOKIE, path=_place())
    return answer


@door.get("/lien/<token>")
def link(token: str) -> Response | str | tuple[str, int]:
    """The page where a person who was given a link chooses a password."""
    try:
        row = centre().store.run(lambda tx: accounts.of_link(tx, token))
    except OfficeError as error:
        return _login("", "", error), 410
    return _choosing(token, row)


@door.post("/lien/<token>")
def choose(token: str) -> Response | str | tuple[str, int]:
    """Keep the password, and sign in with it: the second factor is asked next, or set up."""
    house, given = centre(), request.form.get("password", "")
    try:
        row = house.store.run(lambda tx: accounts.of_link(tx, token))
    except OfficeError as error:
        return _login("", "", error), 410
    try:
        if _unkeepable(request.form):
            raise OfficeError(_("Cette valeur n’est pas possible ici."), "password")
        passwords.check_chosen(given, str(row.name), str(row.email))
        digest = aside(house.store.engine, lambda: passwords.digest(given))

        def unit(tx: visits.Tx) -> str:
            chosen = accounts.choose(tx, token, digest)
            if accounts.closed(chosen, tx.now):
                return ""
            return visits.open_visit(tx, chosen, proven=not chosen.factor)

        cookie = house.store.run(unit)
    except OfficeError as error:
        return _choosing(token, row, error), 422
    return _opened(cookie, str(row.id), "") if cookie else _to("door.enter")


@door.get("/style/<mark>.css")
def style(mark: str) -> Response:
    """The style sheet that set-up built; its address changes with it."""
    return _built("centre.css", "text/css")


@door.get("/script/<mark>.js")
def script(mark: str) -> Response:
    """The script of :data:`SCRIPTED`, in the same way."""
    return _built("office.js", "text/javascript")


def _built(name: str, kind: str) -> Response:
    answer = Response(pages.built(name)[0], mimetype=kind)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _login(suite: str, email: str, error: OfficeError | None = None) -> str:
    return render_template("login.html", suite=suite, email=email, error=error)


def _choosing(token: str, row: Account, error: OfficeError | None = None) -> str:
    name = accounts.display_name(row)
    return render_template("choose.html", token=token, name=name, row=row, error=error, made=passwords.make())


def _place() -> str:
    """Where the cookie is sent: the office, under the prefix that a proxy may put before it."""
    return f"{request.script_root}/bureau"


def _opened(cookie: str, account_id: str, suite: str) -> Response:
    """Go where one wanted to, with the visit's cookie, in a browser that the account knows from now on."""
    inside = suite.startswith("/bureau/") and not suite.startswith(("/bureau/connexion", "/bureau/lien"))
    answer = redirect(request.script_root + suite if inside else url_for("office"), 303)
    common = {"httponly": True, "samesite": "Strict", "secure": request.is_secure, "path": _place()}
    answer.set_cookie(COOKIE, cookie, max_age=visits.IDLE // 1000, **common)  # type: ignore[arg-type]
    known = visits.remember(centre().key, account_id)
    answer.set_cookie(KNOWN, known, max_age=visits.KNOWN, **common)  # type: ignore[arg-type]
    return answer  # type: ignore[return-value]
