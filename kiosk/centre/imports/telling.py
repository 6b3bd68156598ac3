"""An import on the command line: what it would change, and what is wrong, in lines of text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from kiosk.centre.imports.plan import Line, Plan
from kiosk.centre.refusals import OfficeError
from kiosk.contract.programme.items import MAX_FILE, FileRefused, Mistake, Programme
from kiosk.contract.tables import plain
from kiosk.ground import diskwords
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n

T = TypeVar("T")


def data_of(file: Path) -> bytes:
    """A file's bytes, up to one more than may be read. :raises KioskError: `file_missing`."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_FILE + 1)
    except OSError as error:
        raise diskwords.unread(file, error) from error


def lines(found: Programme, plan: Plan) -> Iterator[str]:
    """What is not read, what is wrong, and each line that would change, field by field."""
    for column in found.unread:
        yield _("Colonne « %(name)s » : non lue.", name=plain(column.header))
    for left in found.left:
        yield _where(left.sheet, left.line) + plain(left.why)
    for mistake in found.mistakes:
        yield _("À corriger :") + " " + _said(mistake)
    for line in plan.lines:
        if line.kind != "same":
            yield from _changed(line)
    same = len(plan.of("same"))
    if same or not plan.lines:
        yield _n("%(n)s ne change pas", "%(n)s ne changent pas", same)


def kept(act: Callable[[], T]) -> T:
    """What an act returns; a refusal's mistakes are said. :raises KioskError: `import_invalid`, `office_refused`."""
    try:
        return act()
    except FileRefused as error:
        for mistake in error.mistakes:
            print(_said(mistake), file=sys.stderr)
        raise KioskError("import_invalid", count=len(error.mistakes)) from error
    except OfficeError as error:
        raise KioskError("office_refused", detail=error.message) from error


def _changed(line: Line) -> Iterator[str]:
    words = {"new": _("nouvelle"), "changed": _("change"), "removed": _("retirée"), "wrong": _("refusée")}
    title = plain(line.title)
    yield f"{_where(line.item.sheet, line.item.line)}« {title} », {words[line.kind]}" + (
        f" : {line.wrong}" if line.wrong else ""
    )
    for one in line.differences:
        before = f"{plain(one.before) or _('rien')} → " if line.kind == "changed" else ""
        yield f"    {one.label} : {before}{plain(one.after) or _('rien')}"
    if line.revived:
        yield "    " + _("Annulée : reste annulée. Au bureau, elle peut être programmée de nouveau.")
    if line.enrolled and (line.moved or line.cancelled):
        yield "    " + _n("%(n)s classe inscrite le saura.", "%(n)s classes inscrites le sauront.", line.enrolled)
    if line.short:
        yield "    " + _("%(places)s places pour %(n)s inscrites.", places=line.body.places, n=line.confirmed)


def _said(mistake: Mistake) -> str:
    field = f"{mistake.field} : " if mistake.field else ""
    return _where(mistake.sheet, mistake.line) + field + plain(mistake.message)


def _where(sheet: str, line: int) -> str:
    parts = [plain(sheet)] if sheet else []
    if line:
        parts.append(_("ligne %(n)s", n=line))
    return ", ".join(parts) + " : " if parts else ""
