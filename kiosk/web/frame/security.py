"""Headers and cookies of every answer."""

from __future__ import annotations

from flask import Flask, Response, g, request

from kiosk.domain.people.devices import DEVICE_COOKIE
from kiosk.web.frame import context

#: The longest a pupil's token lives in the browser, in seconds: one school day.
DEVICE_SECONDS = 12 * 3600

#: What no page may ask for; what is not named stays each page's own.
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()"


def content_policy(style_hashes: tuple[str, ...] = ()) -> str:
    """The content security policy: nothing but this kiosk, nothing inline but hashed styles."""
    style = " ".join(["'self'", *(f"'{value}'" for value in style_hashes)])
    places = [f"ws://{request.host}", f"wss://{request.host}"] if request.host else []
    sockets = " ".join(dict.fromkeys(["'self'", *places, *filter(None, [context.kiosk_of().frontage.sockets])]))
    return (
        f"default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; font-src 'self'; "
        f"connect-src {sockets}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; manifest-src 'self'"
    )


def register(app: Flask) -> None:
    """Add the headers to every answer of ``app``, static files included (``web.static`` adds its own)."""

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        if "bound" in g:  # a way and nothing else to show, run or keep; a phone pays for each byte
            headers["Referrer-Policy"], headers["Cache-Control"] = "no-referrer", "no-store"
            return response
        headers["Content-Security-Policy"] = content_policy(tuple(g.get("style_hashes", ())))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Permissions-Policy"] = PERMISSIONS
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers.setdefault("Cache-Control", "no-store")
        if "new_device" in g:
            context.remember(response, DEVICE_COOKIE, g.new_device, DEVICE_SECONDS)
        return response
