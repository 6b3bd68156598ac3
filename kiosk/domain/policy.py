"""What the rules read of the settings: never copied to the database, where one taken out of a file would stay in force.

A reader finds it beside the tables it reads (:func:`current`), as a table is found: with the kiosk it belongs to.
"""

from __future__ import annotations

from kiosk.contract import schools
from kiosk.domain import stored
from kiosk.ground.config import Policy
from kiosk.storage.database import in_use

#: The UAI that a pairing was made for: key of what is kept (``kiosk.domain.stored``).
PAIRED_UAI = "paired.uai"
#: Who this kiosk was for the centre when they last met (its ``kiosk``).
MET_AS = "met.as"


def current() -> Policy:
    """The policy of the kiosk whose database is in use; the least that may be where none was given."""
    database = in_use()
    return database.policy() if database is not None else Policy()


def uai() -> str:
    """The school's UAI: as set, else that of the pairing, else empty."""
    return current().uai or str(stored.get(PAIRED_UAI) or "")


def zone() -> str:
    """The school's IANA zone: as set, else the one its UAI tells."""
    return current().zone or schools.zone_of(uai())
