"""Files of sessions and speakers: the contract's own `changes`, or a table as an office has it.

A file is looked at first (:mod:`.plan`), written when somebody says so, and can be undone (:mod:`.undoing`). Each
mistake names its line and its field.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from typing import Any

from kiosk.centre import audit, catalogue, notices, questions, territories
from kiosk.centre.imports import messages, undoing
from kiosk.centre.imports.plan import Line, Plan, made
from kiosk.centre.models import Brought
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import NoticeBody, QuestionBody, SessionBody, SpeakerBody, programme, to_ms
from kiosk.contract.programme.columns import shown
from kiosk.contract.programme.items import MAX_FILE, FileRefused, Item, Mistake, Programme
from kiosk.ground.i18n import _


def read(data: bytes) -> Programme:
    """Read a file by what it is, whatever its name says. :raises FileRefused: it cannot be read at all."""
    if len(data) <= MAX_FILE and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return Programme(messages.read(data))
    return programme.read(data)


def load(tx: Tx, items: list[Item], name: str = "") -> dict[str, int]:
    """Write all that a file holds, or nothing; returns how many of each type it named.

    :raises FileRefused: what the rules refuse.
    """
    plan = made(items)
    write(tx, plan, name)
    return {kind: sum(line.item.type == kind for line in plan.lines) for kind in dict.fromkeys(_kinds(plan))}


def write(tx: Tx, plan: Plan, name: str) -> None:
    """Write all that a plan holds, or nothing. :raises FileRefused: what the rules refuse."""
    _write(tx, plan.lines, name, "")


def bring(tx: Tx, said: bytes, name: str) -> str:
    """Keep what a file says (:mod:`.reading`) while it is looked at; returns its identifier."""
    id = secrets.token_hex(8)
    Brought.create(id=id, at=tx.now, name=name[:120], data=said, territory=territories.own())
    return id


def brought(id: str) -> Brought | None:
    """A file that was brought by one's territory, or by any for a national account, and is still here."""
    found: Brought | None = Brought.get_or_none((Brought.id == id) & _mine())
    return found


def _mine() -> Any:
    return Brought.territory == territories.own() if territories.own() else Brought.id.is_null(False)


def drop(id: str) -> None:
    """Forget a file that was not written."""
    Brought.delete().where((Brought.id == id) & Brought.written_at.is_null() & _mine()).execute()


def save(tx: Tx, id: str, items: list[Item], mark: str, take: Collection[str], *, erase: bool) -> int:
    """Write the lines that were chosen of a file that was looked at; returns how many. ``take``: their keys.

    :raises OfficeError: the file is gone or written already, or what it would change has changed since.
    :raises FileRefused: what the rules refuse; nothing is written.
    """
    file = brought(id)
    if file is None or file.written_at is not None:
        raise OfficeError(_("Ce fichier n’attend plus : donnez-le de nouveau."))
    plan = made(items, erase=erase)
    if plan.mark != mark:
        raise OfficeError(_("Quelqu’un a changé le programme entre-temps : regardez de nouveau avant d’enregistrer."))
    chosen = [line for line in plan.of("new", "changed", "removed") if line.key in take]
    if not chosen:
        raise OfficeError(_("Aucune ligne n’est cochée : rien n’a été enregistré."))
    before = _write(tx, chosen, file.name, id)
    Brought.update(written_at=tx.now, data=b"", before=before).where(Brought.id == id).execute()
    return len(chosen)


def undo(tx: Tx, id: str) -> list[str]:
    """Put back what a file changed; returns the titles of what stays, because somebody changed it since.

    :raises OfficeError: it was not written, or is undone already.
    """
    file = brought(id)
    if file is None or file.written_at is None or file.undone_at is not None:
        raise OfficeError(_("Cet import ne peut plus être défait."))
    left = undoing.put_back(tx, file.before)
    Brought.update(undone_at=tx.now, before="").where(Brought.id == id).execute()
    audit.note(tx, "import_undone", id, file.name)
    return left


def latest() -> list[Brought]:
    """The files written lately, newest first, without what they held."""
    of = Brought
    rows = of.select(of.id, of.at, of.name, of.written_at, of.undone_at).where(of.written_at.is_null(False) & _mine())
    return list(rows.order_by(of.written_at.desc()).limit(10))


def _write(tx: Tx, lines: list[Line], name: str, id: str) -> str:
    mistakes: list[Mistake] = [_mistake(line, line.wrong, line.field) for line in lines if line.kind == "wrong"]
    journal = undoing.Journal()
    for line in [] if mistakes else lines:
        if line.kind == "same":
            continue
        try:
            with journal.of(line.item.type, line.id, line.title):
                _put(tx, line)
        except OfficeError as error:
            mistakes.append(_mistake(line, error.message, error.field))
    if mistakes:
        raise FileRefused(mistakes)
    audit.note(tx, "import", id, name, *_told(lines))
    return journal.text()


def _told(lines: list[Line]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the journal says of a file: how many lines of each kind, then from what to what. A question is only counted:
    its text is a pupil's.
    """
    kinds = {"new": _("Nouvelles"), "changed": _("Changées"), "removed": _("Retirées")}
    after: dict[str, Any] = {words: n for kind, words in kinds.items() if (n := sum(one.kind == kind for one in lines))}
    before: dict[str, Any] = dict.fromkeys(after, "")
    for line in lines:
        for one in line.differences if line.kind == "changed" else ():
            before[f"{line.title}, {one.label}"], after[f"{line.title}, {one.label}"] = one.before, one.after
    return before, after


def _mistake(line: Line, message: str, field: str) -> Mistake:
    item = line.item
    return Mistake(item.line, shown(field) if item.given else field, message, item.sheet)


def _put(tx: Tx, line: Line) -> None:
    item, body = line.item, line.body
    if item.deleted:
        removers = {
            "session": catalogue.remove_session,
            "speaker": catalogue.remove_speaker,
            "notice": notices.withdraw,
        }
        remove = removers.get(item.type)
        if remove:
            remove(tx, line.id)
    elif isinstance(body, SpeakerBody):
        catalogue.put_speaker(tx, line.id, body)
    elif isinstance(body, SessionBody):
        catalogue.put_session(tx, line.id, body)
    elif isinstance(body, NoticeBody):
        notices.publish(tx, body.level, body.text, to_ms(body.expires_at), id=item.id)
    elif isinstance(body, QuestionBody):
        questions.receive(tx, body.session_id, body.text, body.theme, body.origin, item.id)


def _kinds(plan: Plan) -> Iterator[str]:
    return (line.item.type for line in plan.lines)
