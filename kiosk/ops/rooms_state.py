"""``kiosk room state``: « Toutes les salles » on the command line, in lines for people or in JSON for a school's tools.

What is chosen is read from the base, whether the kiosk runs or not; who is there is asked of the running kiosk. No
number of questions: a small class would be counted by who keeps the machines (as ``kiosk status``).
"""

from __future__ import annotations

import json
import time
from typing import Any

from kiosk.domain import overview, policy
from kiosk.ground import i18n, instants
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n
from kiosk.ops import entering, local

#: The form of the JSON: a key that changes its meaning or goes makes it 2; a new key does not.
FORM = 1


def look(settings: Settings) -> dict[str, Any]:
    """All that ``--json`` says. Of a kiosk that does not run, ``workers`` and what is open are None."""
    with local.opened(settings):
        found, zone = list(_glances()), policy.zone()
    try:
        told = entering.call(settings, "/prof/salles/presence")
    except KioskError:
        told = {"workers": None, "rooms": {}}
    there = told["rooms"]
    return {
        "form": FORM,
        "at": instants.rfc3339(int(time.time() * 1000)),
        "zone": zone,
        "workers": told["workers"],
        "rooms": [_room(one, there.get(one.code) or [None] * 3) for one in found],
    }


def as_json(found: dict[str, Any]) -> str:
    """For a school's tools."""
    return json.dumps(found, ensure_ascii=False, indent=1)


def lines(found: dict[str, Any]) -> list[str]:
    """For people: a line a room, those in session first."""
    told = [_line(one, found["zone"]) for one in found["rooms"]]
    workers = found["workers"]
    if workers is None:
        return [*told, _("Le kiosque ne répond pas : personne n’est compté.")]
    return told if workers == 1 else [*told, _n("%(n)s processus répond.", "%(n)s processus répondent.", workers)]


# -- inside ------------------------------------------------------------------------------------------


def _glances() -> Any:
    start, total = 0, 1
    while start < total:
        found, total = overview.rooms("", start)
        yield from found
        start += overview.MOST


def _room(one: overview.Glance, there: list[int | None]) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "session": one.title or None,
        "class": one.class_label,
        "phase": one.phase if one.title else None,
        "step": _(one.stage.label) if one.title else None,
        "running": one.running,
        "ends_at": None if one.ends_at is None else instants.rfc3339(one.ends_at),
        "intake": one.intake if one.title else None,
        **dict(zip(("phones", "displays", "panels"), there)),
    }


def _line(room: dict[str, Any], zone: str) -> str:
    parts = [room["session"] or _("libre"), *filter(None, (room["class"], room["step"]))]
    if room["ends_at"]:
        end = instants.time(instants.parse(room["ends_at"]), zone, i18n.current())
        parts.append(_("fin à %(time)s", time=end))
    if room["phones"] is not None:
        parts.append(_n("%(n)s téléphone", "%(n)s téléphones", room["phones"]))
        parts.append(_n("%(n)s écran", "%(n)s écrans", room["displays"]))
    return f"{room['code']}  {room['name']} : {', '.join(parts)}"
