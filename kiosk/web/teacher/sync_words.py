"""How the exchange goes, in the bar of every page of the panel; and the banner after a damaged database."""

from __future__ import annotations

from typing import Any

from kiosk.domain import stored
from kiosk.exchange import syncstate, unread
from kiosk.exchange.syncstate import Status
from kiosk.ground import instants
from kiosk.ground.i18n import _, _n, current
from kiosk.ground.values import dataclass
from kiosk.web.frame import context, pages
from kiosk.web.teacher.blueprint import bp

#: Not the way's fault: the centre was reached, or the kiosk never tried.
REACHED = ("ok", "auth", "version", "")
#: State of an item → icon.
ICONS = {
    "waiting": "off",
    "retry": "queue",
    "accepted": "ok",
    "elsewhere": "ok",
    "rejected": "no",
    "held": "warn",
    "replaced": "undo",
}


@dataclass(frozen=True)
class Badge:
    """``text`` always shows, ``more`` where there is room; ``good``: nothing to look at."""

    icon: str
    text: str
    more: str = ""
    good: bool = True


@bp.context_processor
def sync_words() -> dict[str, Any]:
    """The functions that the templates of this blueprint may call."""
    return {
        "sync_badge": sync_badge,
        "sync_headline": headline,
        "sync_icons": ICONS,
        "recovery": recovery,
        "disk_trouble": disk_trouble,
        "day_and_hour": day_and_hour,
        "kilobytes": kilobytes,
    }


def status() -> Status:
    """The exchange at a glance, now."""
    kiosk = context.kiosk_of()
    return syncstate.status(kiosk.clock.now(), configured=bool(kiosk.settings.centre_url))


def sync_badge() -> Badge:
    """The badge: « À jour, 14 h 21 », « Hors connexion, 3 envois », « Jamais connecté », « Enregistré ici »…"""
    if disk_trouble():
        return Badge("warn", _("Rien n’est enregistré"), good=False)
    if context.room().feigned == "rehearsal":
        return Badge("ok", _("Rien n’est envoyé"))
    seen = status()
    sends = ", " + _n("%(n)s envoi", "%(n)s envois", seen.waiting) if seen.waiting else ""
    if not seen.configured and not seen.by_stick:
        return Badge("ok", _("Enregistré ici"))
    if seen.last_success is None:
        return Badge("off", _("Jamais connecté"), sends, good=False)
    if not seen.paired or seen.failure == "auth":
        return Badge("warn", _("À jumeler"), sends, good=False)
    if seen.failure not in REACHED:
        return Badge("off", _("Hors connexion"), sends, good=False)
    if seen.rejected or seen.held:
        return Badge("warn", _n("%(n)s envoi à revoir", "%(n)s envois à revoir", seen.rejected + seen.held), good=False)
    aside = len(unread.listed())
    if aside:
        return Badge("warn", _n("%(n)s nouveauté illisible", "%(n)s nouveautés illisibles", aside), good=False)
    if seen.waiting:
        return Badge("queue", _n("%(n)s envoi en attente", "%(n)s envois en attente", seen.waiting))
    return Badge("ok", _("À jour"), ", " + day_and_hour(seen.last_success))


def headline(seen: Status) -> str:
    """The state in a few words, what waits included."""
    waits = _n("%(n)s envoi attend", "%(n)s envois attendent", seen.waiting)
    if not seen.configured and not seen.paired:
        return _("Jumelage en attente, par clé USB") if seen.asked else _("Aucun centre réglé")
    if seen.by_stick:
        words = _("Échanges par clé USB")
    elif not seen.paired:
        words = _("Kiosque à jumeler")
    elif seen.failure == "auth":
        words = _("Le centre ne reconnaît plus ce kiosque")
    elif seen.failure == "version":
        words = _("Kiosque à mettre à jour")
    elif seen.failure == "server":
        words = _("Centre occupé ou en panne")
    elif seen.failure not in REACHED:
        words = _("Hors connexion")
    elif seen.last_success is None:
        words = _("Pas encore d’échange")
    else:
        words = _("Relié au centre") if seen.waiting or unread.listed() else _("À jour")
    return f"{words}, {waits}" if seen.waiting else words


def day_and_hour(ms: int) -> str:
    """« 14 h 21 » today, « lun. 23 nov., 18 h 10 » another day: it never begins a sentence."""
    zone, now = pages.zone(), context.kiosk_of().clock.now()
    if instants.local(ms, zone).date() == instants.local(now, zone).date():
        return instants.time(ms, zone, current())
    said = instants.when_short(ms, zone, current())
    return said[:1].lower() + said[1:] if current() == "fr" else said


def kilobytes(number: int) -> str:
    """« 512 octets », « 3,2 ko »."""
    if number < 1000:
        return _n("%(n)s octet", "%(n)s octets", number)
    said = f"{number / 1000:.1f}" if number < 100_000 else f"{number // 1000}"
    return _("%(n)s ko", n=said.replace(".", ",") if current() == "fr" else said)


def disk_trouble() -> str:
    """The code of what keeps questions from being written now, empty when nothing does."""
    return context.kiosk_of().writer.trouble


def recovery() -> dict[str, Any] | None:
    """What happened to a damaged database (``at``, ``kind``), until the teacher has read it."""
    held = stored.get("recovery")
    return dict(held) if isinstance(held, dict) and "at" in held else None
