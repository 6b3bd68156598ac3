"""What the rules read of the settings: never copied to the database, where one taken out of a file would stay in force.

A reader finds it beside the tables it reads (:func:`current`), as a table is found: with the kiosk it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.config import Settings
from kiosk.contract import schools
from kiosk.domain import stored
from kiosk.storage.database import in_use

#: The UAI that a pairing was made for: key of what is kept (``kiosk.domain.stored``).
PAIRED_UAI = "paired.uai"


@dataclass(frozen=True)
class Policy:
    """``uai``, ``school`` (its name), ``zone`` (IANA): empty when not set; ``share_*``: what the centre is told."""

    uai: str = ""
    school: str = ""
    zone: str = ""
    share_asked: bool = False
    share_reflection: bool = False


def of(settings: Settings) -> Policy:
    """What the rules read of these settings."""
    return Policy(
        uai=settings.school_uai, school=settings.school_name, zone=settings.school_zone,
        share_asked=settings.sync_share_asked, share_reflection=settings.sync_share_reflection,
    )


def current() -> Policy:
    """The policy of the kiosk whose database is in use; the least that may be where none was given."""
    database = in_use()
    found = database.policy() if database is not None and database.policy is not None else None
    return found if isinstance(found, Policy) else Policy()


def uai() -> str:
    """The school's UAI: as set, else that of the pairing, else empty."""
    return current().uai or str(stored.get(PAIRED_UAI) or "")


def zone() -> str:
    """The school's IANA zone: as set, else the one its UAI tells."""
    return current().zone or schools.zone_of(uai())
