"""How many bytes a request may bring, route by route: said beside the view, held before anything reads them.

A view that needs more than a form says so (``@bodies.holds(bodies.LIST)``, under its route); a form is what the others
may bring, and to a view that only shows, nothing. Who holds no right over the panel brings a form there too, whatever
the view holds.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from flask import Flask, g, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from kiosk.domain.care import care
from kiosk.domain.kiosk import Kiosk
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context

View = TypeVar("View", bound=Callable[..., Any])

#: Bytes of a form's short fields (a theme, an id, an hour…) and of each character of a question, at worst (an emoji).
FIELDS, CHARACTER = 4096, 12
#: Characters of a question that a teacher rewords, whatever the setting.
REWORDED = 500
#: Bytes of a list: questions typed from paper, the ids of all that a page shows. Of a file from a stick.
LIST, FILE = 256 << 10, 1 << 20
#: Parts of a multipart form.
PARTS = 200
#: Where pupils' questions come in, and how their text begins in each envelope (form, JSON, parts).
QUESTION = "pupils.ask"
_TEXT = re.compile(r"""(?:\btext=|"text"\s?:\s?"|name="text"\r\n\r\n)(.{1,1500})""", re.DOTALL)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def holds(most: int) -> Callable[[View], View]:
    """Decorate a view: what is sent to it may have ``most`` bytes."""

    def mark(view: View) -> View:
        view.kiosk_body = most  # type: ignore[attr-defined]
        return view

    return mark


def form(kiosk: Kiosk) -> int:
    """Bytes of a form: 10 KB, up to 16 when questions may be longer."""
    return FIELDS + CHARACTER * max(REWORDED, kiosk.settings.question_max_length)


def most(app: Flask, endpoint: str | None, method: str) -> int:
    """What may be sent to an endpoint by a method, in bytes."""
    if method in _READING:
        return 0
    kiosk: Kiosk = app.extensions["kiosk"]
    return max(form(kiosk), getattr(app.view_functions.get(endpoint or ""), "kiosk_body", 0))


def register(app: Flask, kiosk: Kiosk) -> None:
    """Read the body of each request within its bound, before any other part of ``app`` does. To be called first."""

    @app.before_request
    def read() -> None:
        bound = most(app, request.endpoint, request.method)
        if bound > form(kiosk):
            kiosk.database.use()
            kiosk.database.connect_reader()
            if context.grant() is None:
                bound, g.body_of_nobody = form(kiosk), True
        request.max_content_length = request.max_form_memory_size = bound
        request.max_form_parts = PARTS
        if request.method in _READING:
            _empty()
            return
        try:
            _gather(request.environ, bound)
            _ = request.form
        except (HTTPException, OSError) as error:
            if request.endpoint == QUESTION:
                g.body_begins = _beginning(request.environ)
            _empty()
            g.body_error = error


def refuse() -> None:
    """Raise what was found wrong with the body, once the language is known.

    :raises KioskError: ``too_large``; ``login_required`` for a list that only a right over the panel lets in.
    """
    error = g.pop("body_error", None)
    if isinstance(error, HTTPException) and error.code == 413:
        refusal = KioskError("login_required" if g.get("body_of_nobody") else "too_large")
        refusal.care = care.refused(context.kiosk_of(), None, g.pop("body_begins", ""))
        raise refusal
    if error is not None:
        raise error


def _gather(environ: dict[str, Any], bound: int) -> None:
    """A body in chunks, which does not say its length, becomes one that does.

    :raises RequestEntityTooLarge: :raises BadRequest: what came is no chunk (each engine says it its own way).
    """
    if environ.pop("HTTP_TRANSFER_ENCODING", "").lower() != "chunked":
        return
    held = bytearray()
    try:
        while more := environ["wsgi.input"].read(bound + 1 - len(held)):
            held += more
            if len(held) > bound:
                environ["wsgi.input"] = io.BytesIO(held)
                raise RequestEntityTooLarge
    except (ValueError, OSError) as error:
        raise BadRequest from error
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(held), str(len(held))


def _beginning(environ: dict[str, Any]) -> str:
    """How the text of a question begins in a body that is read no further: a pupil in danger may have written it."""
    try:
        start = environ["wsgi.input"].read(FIELDS)
    except (ValueError, OSError):
        return ""
    said = unquote_plus(start.decode("utf-8", "replace"), errors="replace")
    found = _TEXT.search(said)
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1]) if found else ""


def _empty() -> None:
    """Nothing of the body is read, now or by the page of the refusal."""
    request.__dict__.update(form=ImmutableMultiDict(), files=ImmutableMultiDict())
