"""Builds a centre and its web application; starts nothing but the database's thread, when asked."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from kiosk.centre import machine_api, office, secretfile, wire
from kiosk.centre.api import api
from kiosk.centre.house import Centre
from kiosk.centre.office import pages
from kiosk.centre.refusals import Refusal
from kiosk.centre.settings import CentreSettings
from kiosk.centre.store import Store
from kiosk.engine import Engine, current
from kiosk.ground.errors import where

log = logging.getLogger("kiosk.centre")
ROOT = Path(__file__).resolve().parents[2]
#: A file of sessions, a portrait, a stick's file: nothing bigger is read from a form.
MAX_FORM = 2 * 1024 * 1024
_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "media_type"}


def create_centre(settings: CentreSettings, engine: Engine | None = None) -> Centre:
    """Wire a centre; `centre.store.start()` opens its database."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Store(settings.data_dir, settings.database, engine or current())
    return Centre(settings, store, secretfile.load(settings.data_dir))


def create_app(centre: Centre) -> Flask:
    """The web application of a centre: kiosks' addresses, and the back office."""
    app = Flask("kiosk.centre", root_path=str(ROOT), static_folder=None, template_folder="templates/centre")
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM
    app.extensions["centre"] = centre
    app.url_map.strict_slashes = False
    app.register_blueprint(api)
    app.register_blueprint(machine_api.api)
    office.register(app)
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failure)
    app.after_request(_headers)
    if centre.settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    return app


def _headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    if request.path != "/v1/exchange":  # no browser asks there, and each byte of an idle exchange counts
        response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _refusal(refusal: Refusal) -> Response:
    """A page for people, a problem for kiosks."""
    if not request.path.startswith("/bureau"):
        return wire.problem(refusal)
    page = pages.lost(refusal.status)
    if refusal.retry_after is not None:
        page.headers["Retry-After"] = str(refusal.retry_after)
    return page


def _http_error(error: HTTPException) -> Response:
    if error.code is not None and error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    if request.path.startswith("/bureau"):
        return pages.lost(error.code or 500)
    made = wire.problem(Refusal(_CODES.get(error.code or 500, "internal")))
    if error.code == 405:
        made.headers["Allow"] = error.get_response().headers.get("Allow", "GET")
    return made


def _failure(error: Exception) -> Response:
    log.error("request failed: %s", where(error))
    if request.path.startswith("/bureau"):
        return pages.lost(500)
    return wire.problem(Refusal("internal"))
