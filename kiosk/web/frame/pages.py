"""The frame around every page: language, database, room of the request; filters of the templates."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, request, url_for
from markupsafe import Markup, escape
from werkzeug.routing import IntegerConverter, Map

from kiosk.contract.themes import THEMES
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.starters import Begun
from kiosk.ground import compiled, i18n, instants, marked, remembered, typography
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.web.frame import bodies, context, guards


class _Number(IntegerConverter):
    """A number in an address, as a row may have: one beyond is no page, where SQLite would fail."""

    def __init__(self, map: Map, **options: Any) -> None:
        super().__init__(map, **{"max": 2**31, **options})


def register(app: Flask, kiosk: Kiosk) -> None:
    """Prepare requests and templates."""
    app.url_map.converters["int"] = _Number

    @app.before_request
    def begin() -> Response | None:
        kiosk.database.use()
        kiosk.database.connect_reader()
        i18n.set_language(_language(kiosk))
        bodies.refuse()
        return _too_many(kiosk)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        kiosk.database.leave_thread()

    env = app.jinja_env
    compiled.prepare(env, Path(app.root_path) / "templates")
    env.globals.update(
        _=marked.sentence,
        _n=i18n._n,
        url=url,
        at=at,
        lang=i18n.current,
        fr=marked.french,
        csrf=context.csrf_token,
        may=guards.may,
        room_param=room_param,
        themes=THEMES,
    )
    env.filters.update(
        typo=_typo,
        in_french=marked.in_french,
        cited=marked.cited,
        exact=marked.exact,
        whole=marked.whole,
        starter=_starter,
        when=_when,
        hour=_hour,
        day=_day,
        local_and_paris=_local_and_paris,
        date_long=_date_long,
    )


def _too_many(kiosk: Kiosk) -> Response | None:
    """A word that costs nothing, for an address that asks for more pages than a school could, or than a phone where
    each has its own; never for the teacher.
    """
    address = context.peer().address

    def spared() -> bool:
        return (request.blueprint != "pupils" and context.peer().local) or context.grant() is not None

    wait = kiosk.limits.of_address("page", address, kiosk.presence.at(address))
    if wait and spared():
        return None
    wait = wait or kiosk.turns.wait(address, spared)
    if not wait:
        return None
    error = KioskError("room_too_fast", seconds=max(1, math.ceil(wait)))
    told = Markup("<!doctype html><meta charset=utf-8><title>429</title><p>%s") % error.message
    return Response(told, error.status, {"Retry-After": str(error.values["seconds"])})


def _language(kiosk: Kiosk) -> str:
    asked = request.values.get("lang", "")
    if asked in i18n.LANGUAGES:
        return asked
    if context.teacher_token():
        grant = context.grant()
        if grant is not None and grant.language:
            return grant.language
    return kiosk.settings.language


def room_param() -> str:
    """The code to carry in links and forms, empty when the kiosk has one room."""
    return context.room_code() or ""


def url(endpoint: str, **values: Any) -> str:
    """``url_for`` that carries the chosen room and language along."""
    code, lang = room_param(), context.asked("lang")
    if code:
        values.setdefault("salle", code)
    if lang in i18n.LANGUAGES:
        values.setdefault("lang", lang)
    if all(type(value) is str or type(value) is int for value in values.values()):
        return _address(endpoint, request.script_root, *values.items())
    return url_for(endpoint, **values)


@remembered.texts(kilobytes=512)
def _address(endpoint: str, _below: str, *values: tuple[str, str | int]) -> str:
    """``url_for``, under the sub-path that a relay serves the kiosk at: a page of the panel asks for sixty, mostly the
    same from one refresh to the next.
    """
    return url_for(endpoint, **dict(values))  # type: ignore[arg-type]


def bound() -> Response | None:
    """The way to this same page with its room's code in the address; None when it is there, or no room is known.

    A page that stays open is so bound to the room it was opened on: whatever becomes of the address without a code,
    its scripts, its forms and a reload stay there. Fragments of pages opened before (an older version's, without a
    code) are answered as they are.
    """
    if request.method not in ("GET", "HEAD") or request.args.get("salle") or request.headers.get("X-Fragment"):
        return None
    try:
        code = rooms.code_of(context.room_id())
    except KioskError:
        return None
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "salle"]
    address = url_for(str(request.endpoint), **(request.view_args or {}))
    way = Response(status=303, headers={"Location": f"{address}?{urlencode([*asked, ('salle', code)])}"})
    del way.headers["Content-Type"]
    g.bound = True
    return way


def at(path: str) -> str:
    """The address of a path of this kiosk (``/portraits/…``), under the sub-path that a relay serves it at."""
    return request.script_root + path


def zone() -> str:
    """The IANA zone of the request's room."""
    return context.room().zone


def _starter(one: Begun) -> str:
    """A beginning, the job, the tool or the step that completes it marked."""
    text = escape(_typo(one.text))
    for fact in () if i18n.current() == "fr" else one.facts:
        text = text.replace(escape(fact), escape(marked.in_french(fact)), 1)
    return text


def _typo(text: str) -> str:
    if isinstance(text, Markup):  # a sentence that holds marked words, whose spaces are theirs
        return text
    # An English page still shows French questions.
    spaced = typography.french(text) if i18n.current() == "fr" else typography.signs(text)
    return typography.nowrap_hyphens(spaced)


def _when(ms: int) -> str:
    return instants.when(ms, zone(), i18n.current())


def _hour(ms: int) -> str:
    return instants.time(ms, zone(), i18n.current())


def _day(ms: int) -> str:
    return instants.date_short(ms, zone(), i18n.current())


def _date_long(ms: int) -> str:
    return instants.date_long(ms, zone(), i18n.current())


def _local_and_paris(ms: int) -> str:
    return instants.local_and_paris(ms, zone(), i18n.current())


def style_hash(value: str) -> None:
    """Allow one inline style of this answer by its hash (``sha256-…``)."""
    g.setdefault("style_hashes", []).append(value)


def to_all(count: int) -> str:
    """Whom a question is for when it is for all of so many speakers (« Pour qui ? », « À qui ? »)."""
    return {2: _("Aux deux"), 3: _("Aux trois")}.get(count, _("À tout le monde"))
