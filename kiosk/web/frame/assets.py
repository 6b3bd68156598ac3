"""Built scripts, styles and fonts: served by WhiteNoise with their ``.gz``, for ever, under a name that changes."""

from __future__ import annotations

from flask import Flask
from whitenoise import WhiteNoise

from kiosk.web.frame import pages
from kiosk.web.frame.build import BUILD, manifest

PREFIX = "s"


def asset(name: str) -> str:
    """The path of a built file: ``/s/<hash>/phone.js``. Its hash makes it cacheable for ever."""
    return f"/{PREFIX}/{manifest().get(name, 'dev')[:10]}/{name}"


def register(app: Flask) -> None:
    """Serve the built files in front of ``app``."""
    files = WhiteNoise(app.wsgi_app, max_age=31_536_000, allow_all_origins=False, add_headers_function=_headers)
    for name, value in manifest().items():
        files.add_file_to_dictionary(asset(name), str(BUILD / "h" / value / name))
    app.wsgi_app = files  # type: ignore[method-assign]
    app.jinja_env.globals["asset"] = lambda name: pages.at(asset(name))


def _headers(headers: object, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]
    headers["Cross-Origin-Resource-Policy"] = "same-origin"  # type: ignore[index]
    headers["Cache-Control"] = "public, max-age=31536000, immutable"  # type: ignore[index]
