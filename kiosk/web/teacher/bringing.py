"""« Importer un fichier »: a table or a file of the centre's changes, looked at before anything of it is written."""

from __future__ import annotations

from flask import g, render_template, request
from werkzeug.wrappers import Response

from kiosk.contract.programme import MAX_FILE
from kiosk.contract.programme.columns import shown
from kiosk.contract.programme.items import Column, Programme
from kiosk.domain.brought import File
from kiosk.exchange import changes, filereading, programmes
from kiosk.exchange.filereading import Unread
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, current
from kiosk.storage.writer import Transaction
from kiosk.web.frame import bodies, context, guards, pages, slices
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal

#: Bytes of the form that brings a file: the file, and what surrounds it.
BODY = MAX_FILE + (64 << 10)


@bp.get("/prof/seances/importer")
def bring() -> str:
    """The form, or with ``etape`` = ``voir`` what the file says. :raises KioskError: ``import_gone``."""
    return _seen(context.kiosk_of().brought.get(_key())) if request.args.get("etape") == "voir" else _asked()


@bp.post("/prof/seances/importer")
@bodies.holds(BODY)
def bring_file() -> Response:
    """Read a file (``fichier``): nothing of it is written.

    :raises KioskError: ``file_*``; ``school_code``: a centre's word is for every room.
    """
    page_of_refusal(_asked)
    given = request.files.get("fichier")
    data = given.read(MAX_FILE + 1) if given else b""
    if not given or not data:
        raise KioskError("file_missing_here", field="fichier")
    kiosk, name = context.kiosk_of(), _name(given.filename or "")
    try:
        with kiosk.brought.turn.taken(kiosk.engine.sleep):
            file = filereading.read(kiosk.engine, name, data, current())
    except Unread as error:
        g.unread = (name, error.mistakes)
        raise
    if file.programme is None and not guards.may("school"):
        raise KioskError("school_code")
    kiosk.brought.keep(_key(), file)
    return answer(pages.url("control.bring", etape="voir"))


@bp.post("/prof/seances/importer/enregistrer")
@bodies.holds(bodies.LIST)
def bring_in() -> Response:
    """Write what was looked at: the ticked sessions of a table (``ligne``, several), or a file of changes whole.

    :raises KioskError: ``import_gone``, ``nothing_ticked``.
    """
    page_of_refusal(_asked)
    kiosk = context.kiosk_of()
    file = kiosk.brought.get(_key())
    page_of_refusal(lambda: _seen(file))
    ticked = {int(one) for one in request.form.getlist("ligne") if one.isascii() and one.isdigit() and len(one) < 6}

    def unit(tx: Transaction) -> int:
        if file.programme is not None:
            return programmes.take(tx, file.programme, ticked)
        return changes.apply(tx, file.changes).get("session", 0)

    number = do("file_brought", unit, f"{len(ticked)}")
    kiosk.brought.drop(_key())
    return answer(pages.url("control.sessions_page", quoi="classes" if file.programme else "catalogue", pris=number))


def _key() -> str:
    grant = context.grant()
    return grant.key if grant else ""


def _name(given: str) -> str:
    """A file's name as a page shows it."""
    return " ".join("".join(c for c in given.replace("\\", "/").rpartition("/")[2] if c.isprintable()).split())[:80]


def _asked() -> str:
    name, mistakes = g.pop("unread", ("", []))
    return render_template("control/bring.html", room=context.room(), file=None, told=name, mistakes=mistakes)


def _seen(file: File) -> str:
    found = file.programme
    proposals = list(slices.paced(programmes.propose(found))) if found else []
    used = {ref for one in proposals for ref in one.item.body.speakers}
    idle = [item.body.name for item in found.items if item.type == "speaker" and item.id not in used] if found else []
    return slices.render(
        "control/bring.html",
        room=context.room(),
        file=file,
        mistakes=found.mistakes if found else [],
        proposals=proposals,
        beyond=max(0, sum(1 for item in found.items if item.type == "session") - len(proposals)) if found else 0,
        takes=sum(1 for one in proposals if one.takes),
        columns=[(one, _read_as(one, found)) for one in found.columns] if found else [],
        left=found.left if found else [],
        idle=idle,
        counted=_counted(file),
    )


def _read_as(column: Column, found: Programme) -> str:
    """What a column becomes, in words; empty when it is not read."""
    alone = all(one.field != "hour" for one in found.columns if one.sheet == column.sheet)
    return _("Date et heure") if column.field == "date" and alone else shown(column.field) if column.field else ""


def _counted(file: File) -> dict[str, int]:
    """How many changes of each type a file of the contract holds."""
    counted: dict[str, int] = {}
    for change in file.changes:
        counted[change.type] = counted.get(change.type, 0) + 1
    return counted
