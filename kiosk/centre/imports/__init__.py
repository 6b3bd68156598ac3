"""Files of sessions and speakers: the contract's own `changes`, or a table as an office has it.

A file is taken whole or not at all; each mistake names its line and its field.
"""

from __future__ import annotations

import msgspec

from kiosk.centre import audit, catalogue, notices, questions
from kiosk.centre.imports import messages
from kiosk.centre.models import Session, Speaker
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import NoticeBody, QuestionBody, SessionBody, SpeakerBody, programme, to_ms
from kiosk.contract.programme.items import MAX_FILE, FileRefused, Item, Mistake, Programme
from kiosk.contract.programme.rows import completed
from kiosk.ground import instants


def read(data: bytes) -> Programme:
    """Read a file by what it is, whatever its name says. :raises FileRefused: it cannot be read at all."""
    if len(data) <= MAX_FILE and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return Programme(messages.read(data))
    return programme.read(data)


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
        raise FileRefused(mistakes)
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
        body = msgspec.structs.replace(body, speakers=_ids(body.speakers))
        held = _held(item, body)
        if held is not None and item.given:
            body = completed(body, catalogue.session_body(held), item.given)
        catalogue.put_session(tx, item.id if held is None else held.id, body)
    elif isinstance(body, NoticeBody):
        notices.publish(tx, body.level, body.text, to_ms(body.expires_at), id=item.id)
    elif isinstance(body, QuestionBody):
        questions.receive(tx, body.session_id, body.text, body.theme, body.origin, item.id)


def _held(item: Item, body: SessionBody) -> Session | None:
    """The session that a line is about. Without an identifier: the one of that title, on that day of Paris, whose hour
    is corrected.
    """
    found: Session | None = Session.get_or_none(Session.id == item.id)
    if found is not None or item.named:
        return found
    day = instants.local(to_ms(body.starts_at)).date()
    same = [
        row
        for row in Session.select().where(Session.title == body.title)
        if instants.local(row.starts_at).date() == day
    ]
    return same[0] if len(same) == 1 else None


def _ids(speakers: list[str]) -> list[str]:
    """Speakers written by their names become their identifiers, when one person has that name."""
    found = []
    for one in speakers:
        same = [row.id for row in Speaker.select().where((Speaker.id == one) | (Speaker.name == one)).limit(2)]
        found.append(same[0] if len(same) == 1 else one)
    return found
