"""The next step of a session, as the teacher's page offers it."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain import phases
from kiosk.i18n import _, _n
from kiosk.web import context
from kiosk.web.control.picture import Live


@dataclass(frozen=True)
class Step:
    """The next step of a session: what its button says, and what will happen."""

    code: str
    label: str
    detail: str


def next_step(live: Live) -> Step | None:
    """The step after the present phase; None when there is none."""
    room = live.room
    if room.session is None or room.phase == "closed":
        return None
    code = phases.after(room.phase).code
    if code == "countdown":
        detail = _("L’écran affiche le temps qui reste avant le début.")
        return Step(code, _("Lancer le compte à rebours"), detail)
    if code == "talk":
        names = ", ".join(speaker.name for speaker in room.session.speakers)
        return Step(code, _("Commencer la présentation"), names or room.session.title)
    if code == "questions":
        return Step(code, _("Ouvrir les questions"), _ready(live))
    if code == "reflection":
        return Step(code, _("Passer au bilan"), _("Les téléphones demandent le bilan ; les questions s’arrêtent."))
    days = context.kiosk_of().settings.retention_days
    detail = _n("Tout s’efface dans %(n)s jour.", "Tout s’efface dans %(n)s jours.", days)
    return Step(code, _("Terminer la séance"), detail)


def _ready(live: Live) -> str:
    received = _n("%(n)s question reçue", "%(n)s questions reçues", live.counts.received)
    if not live.room.phones:
        return received
    phones = _n("%(n)s téléphone connecté", "%(n)s téléphones connectés", live.phones)
    return _("%(phones)s, %(questions)s", phones=phones, questions=received)
