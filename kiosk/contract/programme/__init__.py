"""A programme as an office writes it: tables of sessions and speakers, read the same for a kiosk and for the centre."""

from __future__ import annotations

from kiosk.contract.programme import rows, tables
from kiosk.contract.programme.items import MAX_FILE, FileRefused, Mistake, Programme
from kiosk.ground.i18n import _


def read(data: bytes) -> Programme:
    """Read a table by what it is, whatever its name says. :raises FileRefused: it is none that can be read."""
    if len(data) > MAX_FILE:
        raise FileRefused([Mistake(0, "", _("Ce fichier dépasse 2 Mo."))])
    if not data.strip():
        raise FileRefused([Mistake(0, "", _("Ce fichier est vide."))])
    return rows.read(tables.read(data))
