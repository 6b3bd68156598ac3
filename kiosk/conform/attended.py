"""``kiosk conform --centre``: the small centre, served until somebody stops it; and the list of what can be tried."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable

from kiosk.conform.centre import furnished
from kiosk.conform.rules import SIDES, Rule
from kiosk.conform.running import Report
from kiosk.conform.seen import MOODS
from kiosk.conform.serving import CONTROL, Served
from kiosk.contract import schools
from kiosk.ground import listening
from kiosk.ground.i18n import _

#: The school whose codes are given when no other is named, and how many of them.
SCHOOL, CODES = "0951099D", 3


def serve(port: int, wrong: str, uai: str | None, say: Callable[[str], object]) -> Report:
    """Serve until Ctrl+C; what became of each rule of the kiosk that came.

    :raises KioskError: `uai_…`, or the port cannot be had.
    """
    school = schools.normalise_uai(uai) if uai else SCHOOL
    centre = furnished()
    try:
        served = Served(centre, port)
    except OSError as error:
        raise listening.refusal(error, "127.0.0.1", port) from error
    with served:
        served.go_wrong(wrong)
        say(_("Centre d’essai : %(url)s", url=served.url))
        codes = ", ".join(centre.code(school) for _time in range(CODES))
        say(_("Pour jumeler un kiosque : UAI %(uai)s, codes %(codes)s", uai=school, codes=codes))
        control = served.url + CONTROL
        say(_("Le faire mal se conduire : curl -d portal %(url)s (rien : il se conduit bien)", url=f"{control}wrong"))
        say(_("Un autre code : curl -d UAI %(url)s", url=f"{control}code"))
        say(_("Un code long, pour une clé : curl -d UAI %(url)s", url=f"{control}long"))
        say(_("Le rapport jusqu’ici : curl %(url)s ; Ctrl+C pour finir.", url=f"{control}report"))
        _asked_to_end()
        return served.report()


def _asked_to_end() -> None:
    """Wait for Ctrl+C or a service's stop: heard by name, for a script's background job ignores the first."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_seen: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not ended.wait(1):  # by turns: Windows hears Ctrl+C between two waits
            pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listed(as_json: bool) -> str:
    """Every rule of both sides, and every mood of the small centre, without asking anybody."""
    rules = [(side, one) for side, found in SIDES.items() for one in found]
    if as_json:
        told = [
            {"side": side, "rule": one.code, "section": one.place, "revision": one.revision, "writes": one.writes}
            | {"sentence": _(one.sentence), **({"why": _(one.why)} if one.why else {})}
            for side, one in rules
        ]
        return json.dumps({"rules": told, "wrong": {name: _(text) for name, text in MOODS.items()}}, ensure_ascii=False)
    lines = [f"{side:<7} {one.code:<16} {_mark(one):<8} {_(one.sentence)}" for side, one in rules]
    return "\n".join([*lines, *(f"{'--wrong':<7} {name:<25} {_(text)}" for name, text in MOODS.items())])


def _mark(one: Rule) -> str:
    """« r2 », « écrit », « - » (nobody can see it from outside)."""
    marks = ["r2"] if one.revision > 1 else []
    marks += [_("écrit")] if one.writes else []
    return " ".join(marks + (["-"] if one.check is None else []))
