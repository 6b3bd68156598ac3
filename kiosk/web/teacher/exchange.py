"""« Synchronisation »: how the exchange goes, what waits item by item, the centre's words, the other ways."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from kiosk.contract import levels
from kiosk.domain import retelling
from kiosk.exchange import letters, notices, syncstate, unread
from kiosk.ground.i18n import _
from kiosk.web.frame import context
from kiosk.web.teacher.blueprint import bp, typed
from kiosk.web.teacher.sync_words import status

#: Lines of the outbox on the page.
SHOWN = 100
TROUBLED = ("waiting", "retry", "rejected", "held")


@bp.get("/prof/synchro", endpoint="exchange")
def exchange_page() -> str:
    """The page. ``recu``, ``acceptes``, ``refuses``: what a stick's answer has just brought."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/exchange.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/exchange_inside.html")


def _render(template: str) -> str:
    kiosk, room, seen = context.kiosk_of(), context.room(), status()
    now = kiosk.clock.now()
    items = syncstate.items(now, SHOWN)
    return render_template(
        template,
        room=room,
        seen=seen,
        now=now,
        progress=_progress(),
        typed=typed,
        school=_school(),
        troubled=[item for item in items if item.state in TROUBLED],
        settled=[item for item in items if item.state not in TROUBLED],
        notices=notices.current(now),
        all_levels=list(levels.LEVELS),
        centre=kiosk.settings.centre_url,
        unread=unread.listed(),
        brought=_brought(),
        referent=_referent(seen, kiosk.settings.centre_url),
        elsewhere=retelling.elsewhere() if seen.paired else 0,
        letter=room.session is not None and letters.any_for(room.session.id),
    )


def _progress() -> dict[str, Any] | None:
    """The round under way in words, ``done`` and ``total`` for a bar; None at rest."""
    worker = context.exchange_of()
    if not context.kiosk_of().settings.centre_url:
        return None
    if not worker.busy:
        asked = _("Échange demandé : un autre processus du kiosque va le faire.")
        return {"words": asked, "done": 0, "total": 0} if worker.asked else None
    now = worker.progress
    words = {
        "probe": _("Recherche du centre…"),
        "exchange": _("Échange en cours : %(done)s sur %(total)s.", done=now.done, total=now.total),
        "portraits": _("Portraits : %(done)s sur %(total)s.", done=now.done, total=now.total),
    }
    return {"words": words.get(now.step, _("Échange en cours…")), "done": now.done, "total": now.total}


def _school() -> str:
    return context.kiosk_of().settings.school_name


def _brought() -> dict[str, int] | None:
    """Figures of a stick just read, from the address."""
    given = [request.args.get(name, "") for name in ("recu", "acceptes", "refuses")]
    if not all(text.isascii() and text.isdigit() and len(text) < 7 for text in given):
        return None
    return {
        "paired": int("jumele" in request.args),
        "more": int("encore" in request.args),
        **dict(zip(("changes", "accepted", "rejected"), map(int, given), strict=True)),
    }


def _referent(seen: syncstate.Status, url: str) -> str:
    """The message for the school's IT; empty when nothing is wrong with the way."""
    if not seen.configured or not seen.paired or seen.failure in ("", "ok"):
        return ""
    return _(
        "Bonjour, le kiosque Métiers en direct n’échange plus avec %(url)s. %(cause)s %(fix)s Merci.",
        url=url,
        cause=seen.sentence,
        fix=seen.fix,
    )
