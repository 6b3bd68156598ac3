"""The calm words for a pupil whose text may say that somebody is in danger: one source for pages and for scripts."""

from __future__ import annotations

from typing import Any

from kiosk.domain import policy, rooms
from kiosk.domain.care import helplines
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.reading import distress
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _

#: ``title``, ``first`` (in the place of a question's status), ``text``, ``lines`` ([{number, tel, says}]), ``place``,
#: ``note``.
Care = dict[str, Any]


def kept(kiosk: Kiosk, room_id: str) -> Care:
    """For a text that waits here for an adult."""
    return _care(
        kiosk,
        room_id,
        _(
            "Un adulte de l’établissement peut la lire ici ; parlez-en aussi maintenant. Elle ne sera pas affichée, et"
            " personne de la classe ne la verra."
        ),
        _("Vous vouliez dire autre chose ? Ce n’est pas grave : la personne qui lira le verra."),
    )


def refused(kiosk: Kiosk, room_id: str | None, text: object) -> Care | None:
    """For one that was not kept, looked at within its limit; None when it is not that."""
    if not distress.seen(text):
        return None
    return _care(
        kiosk,
        room_id,
        _("Personne n’a reçu votre texte : parlez-en maintenant à un adulte de l’établissement."),
        _("Vous vouliez dire autre chose ? Ce n’est pas grave."),
    )


def lines(kiosk: Kiosk, room_id: str | None) -> list[helplines.Line]:
    """Whom to call from the room's class; from the school when the room is not known."""
    try:
        zone = rooms.view(room_id).zone if room_id else policy.zone()
    except KioskError:
        zone = policy.zone()
    return helplines.lines(zone, kiosk.settings.help_lines)


def _care(kiosk: Kiosk, room_id: str | None, first: str, note: str) -> Care:
    return {
        "title": _("Si vous n’allez pas bien"),
        "first": first,
        "text": _("Vous avez bien fait de l’écrire. Vous pouvez aussi parler à quelqu’un maintenant."),
        "lines": [{"number": line.number, "tel": line.tel, "says": line.says} for line in lines(kiosk, room_id)],
        "place": _("Dans l’établissement : la CPE, l’infirmière, ou une personne en qui vous avez confiance."),
        "note": note,
    }
