"""The words of the codes that a programme's table holds, as offices write them."""

from __future__ import annotations

from kiosk.contract import levels
from kiosk.ground.i18n import N_

LEVELS = {level.code: level.short for level in levels.LEVELS}
FORMATS = {
    "college-45": N_("Collège, 45 min"),
    "lycee-55": N_("Lycée, 55 min"),
    "custom": N_("Autre durée"),
}
#: Format → its minutes, when the format says so.
MINUTES = {"college-45": 45, "lycee-55": 55}
STATUSES = {
    "planned": N_("Prévue"),
    "moved": N_("Déplacée"),
    "cancelled": N_("Annulée"),
    "done": N_("Passée"),
}
