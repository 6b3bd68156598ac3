"""Files of sessions and speakers: the contract's own `changes`, or a table as an office has it.

A file is taken whole or not at all; each mistake names its line and its field.
"""

from __future__ import annotations

import msgspec

from kiosk.centre import audit, catalogue, notices, questions
from kiosk.centre.imports import messages
from kiosk.centre.models import Speaker
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import NoticeBody, QuestionBody, SessionBody, SpeakerBody, to_ms
from kiosk.contract.programme import rows, tables
from kiosk.contract.programme.items import MAX_FILE, FileRefused, Item, Mistake
from kiosk.ground.i18n import _


def read(name: str, data: bytes) -> list[Item]:
    """Read a file by what it is, whatever its name says. :raises FileRefused: mistakes."""
    if len(data) > MAX_FILE:
        raise FileRefused([Mistake(0, "", _("Ce fichier dépasse 2 Mo."))])
    if not data.strip():
        raise FileRefused([Mistake(0, "", _("Ce fichier est vide."))])
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return messages.read(data)
    return rows.read(tables.read(name, data))


def load(tx: Tx, items: list[Item], name: str = "") -> dict[str, int]:
    """Write what a file holds, all of it or nothing; returns how many of each type.

    :raises FileRefused: what the rules refuse.
    """
    counted: dict[str, int] = {}
    mistakes: list[Mistake] = []
    for item in sorted(items, key=lambda one: (one.type != "speaker", one.type != "session")):
        try:
            _write(tx, item)
        except OfficeError as error:
            mistakes.append(Mistake(item.line, error.field, error.message, item.sheet))
        counted[item.type] = counted.get(item.type, 0) + 1
    if mistakes:
        raise FileRefused(sorted(mistakes, key=lambda one: (one.sheet, one.line)))
    audit.note(tx, "import", f"{name[:80]} {counted}")
    return counted


def _write(tx: Tx, item: Item) -> None:
    body = item.body
    if item.deleted:
        removers = {
            "session": catalogue.remove_session,
            "speaker": catalogue.remove_speaker,
            "notice": notices.withdraw,
        }
        remove = removers.get(item.type)
        if remove:
            remove(tx, item.id)
    elif isinstance(body, SpeakerBody):
        catalogue.put_speaker(tx, item.id, body)
    elif isinstance(body, SessionBody):
        catalogue.put_session(tx, item.id, msgspec.structs.replace(body, speakers=_ids(body.speakers)))
    elif isinstance(body, NoticeBody):
        notices.publish(tx, body.level, body.text, to_ms(body.expires_at), id=item.id)
    elif isinstance(body, QuestionBody):
        questions.receive(tx, body.session_id, body.text, body.theme, body.origin, item.id)


def _ids(speakers: list[str]) -> list[str]:
    """Speakers written by their names become their identifiers, when one person has that name."""
    found = []
    for one in speakers:
        same = [row.id for row in Speaker.select().where((Speaker.id == one) | (Speaker.name == one)).limit(2)]
        found.append(same[0] if len(same) == 1 else one)
    return found
