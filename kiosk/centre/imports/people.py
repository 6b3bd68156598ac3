"""People whom a file names and who have no card yet: their job, said while the file is looked at, makes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from kiosk.centre.imports.plan import Plan
from kiosk.centre.models import Brought
from kiosk.centre.refusals import OfficeError
from kiosk.contract.programme import cells, plain, rows
from kiosk.contract.programme.items import Item, Programme
from kiosk.ground.i18n import _

#: People who are asked about at a time.
MOST = 60


def missing(plan: Plan) -> list[str]:
    """The names that keep sessions from being written, each once, in the order of the file. What looks like an
    identifier is none: its card is somewhere else, under a name that is not said here.
    """
    names: dict[str, str] = {}
    for line in plan.of("wrong"):
        for name in line.unknown:
            if not any(sign.isdigit() for sign in name) and cells.plain(name):
                names.setdefault(cells.plain(name), name)
    return list(names.values())[:MOST]


def describe(id: str, jobs: Iterable[tuple[str, str]]) -> None:
    """Add to a file that is looked at the people of whom (name, job) is said: their sessions may be written then.

    :raises OfficeError: no job is said, or one is too long.
    """
    file = Brought.get_or_none(Brought.id == id)  # in the unit that writes: somebody else may describe others
    if file is None or file.written_at is not None:
        return
    names: dict[str, str] = {}
    made: list[Item] = []
    for name, job in jobs:
        if job.strip():
            items, wrong = rows.one("speaker", {"name": name, "job": job}, names)
            if wrong:
                raise OfficeError(f"{name} : {wrong[0].message}", "job")
            made += items
    if not made:
        raise OfficeError(_("Écrivez le métier d’une personne au moins."), "job")
    said: dict[str, Any] = msgspec.json.decode(bytes(file.data))
    for item in said["items"]:
        if item["type"] == "session" and item["body"]:
            item["body"]["speakers"] = [names.get(cells.plain(one), one) for one in item["body"]["speakers"]]
    said["items"] = plain.plain(Programme(made))["items"] + said["items"]
    Brought.update(data=msgspec.json.encode(said)).where(Brought.id == file.id).execute()
