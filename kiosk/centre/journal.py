"""The journal as the office reads it: chosen by who, what, when and a word, newest first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from peewee import fn

from kiosk.centre import rights
from kiosk.centre.models import Audit
from kiosk.centre.store import Tx
from kiosk.centre.words import ACTIONS, GROUPS
from kiosk.ground.instants import DAY

#: Who, for what the centre did alone.
CENTRE = "centre"


@dataclass(frozen=True)
class Filter:
    """``text``: in what it is about; ``account``: who, or :data:`CENTRE`; ``group``: of words.GROUPS; ``days`` back."""

    text: str = ""
    account: str = ""
    group: str = ""
    days: int = 7


@dataclass(frozen=True)
class Line:
    """One action. ``changes``: field, before, after."""

    at: int
    name: str
    what: str
    subject: str
    changes: list[list[str]]


@dataclass(frozen=True)
class Found:
    """A page of lines, how many there are in all, and who appears in the journal (identifier → name)."""

    lines: list[Line]
    count: int
    people: dict[str, str]


def lines(tx: Tx, chosen: Filter, page: int, size: int) -> Found:
    """A page, from 1. An account of a territory reads what its own people did there: see :func:`_readable`."""
    query = Audit.select().where((Audit.at > tx.now - chosen.days * DAY) & _readable())
    if chosen.account:
        query = query.where(Audit.account_id == ("" if chosen.account == CENTRE else chosen.account))
    if chosen.group in GROUPS:
        query = query.where(
            Audit.what.in_([code for code, (_words, group) in ACTIONS.items() if group == chosen.group])
        )
    if chosen.text:
        query = query.where(Audit.subject.contains(chosen.text) | Audit.detail.contains(chosen.text))
    rows: Any = query.order_by(Audit.at.desc(), Audit.id.desc()).paginate(page, size)
    shown = [Line(row.at, row.name, row.what, row.subject or row.detail, json.loads(row.changes)) for row in rows]
    return Found(shown, query.count(), _people())


def _people() -> dict[str, str]:
    rows: Any = (
        Audit.select(Audit.account_id, fn.MAX(Audit.name)).where((Audit.account_id != "") & _readable())
        .group_by(Audit.account_id).tuples()
    )  # fmt: skip
    return dict(sorted(rows, key=lambda pair: pair[1].lower()))


def _readable() -> Any:
    """National accounts read all; those of a territory, what was done in its name: the rest names schools and classes
    that are not theirs, be it by somebody who has since come to them.
    """
    person = rights.who()
    if person is None or not person.territory:
        return Audit.id.is_null(False)
    return Audit.territory == person.territory
