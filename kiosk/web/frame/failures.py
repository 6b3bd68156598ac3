"""One answer for every refusal: the JSON shape for scripts, a page with a way out for people."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from kiosk.ground.errors import KioskError, body, where
from kiosk.web.frame import context, pages

log = logging.getLogger("kiosk.web")

#: HTTP errors that Flask raises by itself → our codes.
CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 400: "invalid", 415: "invalid", 422: "invalid"}
#: What may be written of a method: another one is a word of the sender's.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def register(app: Flask) -> None:
    """Answer refusals and bugs of ``app`` in one way."""

    @app.errorhandler(KioskError)
    def refused(error: KioskError) -> AnyResponse | tuple[str, int]:
        return answer(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> AnyResponse | tuple[str, int]:
        if error.code is not None and 300 <= error.code < 400:
            return error.get_response()
        return answer(KioskError(CODES.get(error.code or 500, "internal")))

    @app.errorhandler(OSError)
    def broken(error: OSError) -> AnyResponse | tuple[str, int]:
        if isinstance(error, (TimeoutError, ConnectionError)):  # the sender was too slow, or left
            return answer(KioskError("invalid"))
        return bug(error)

    @app.errorhandler(Exception)
    def bug(error: Exception) -> AnyResponse | tuple[str, int]:
        method = request.method if request.method in METHODS else "unknown method"
        log.error("%s %s failed: %s", method, request.url_rule or "unknown address", where(error))
        return answer(KioskError("internal"))


def answer(error: KioskError) -> AnyResponse | tuple[str, int]:
    """The refusal as the caller reads it; a teacher without a session is led to the PIN page."""
    context.kiosk_of().refused.count(error.code)
    scripted = request.headers.get("X-Fragment") or context.wants_json()
    if scripted:
        response: Response = jsonify(body(error))
        response.status_code = error.status
        if "seconds" in error.values:
            response.headers["Retry-After"] = str(error.values["seconds"])
        return response
    if error.code == "login_required" and request.method == "GET":
        return redirect(pages.url("control.login", suite=request.full_path.rstrip("?")))
    page = render_template("error.html", error=error, status=error.status)
    return page, error.status
