"""What was there before an import, and how it is put back: what somebody changed since stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from kiosk.centre import catalogue, lists, notices
from kiosk.centre.models import Notice, Question, Session, Speaker
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import SessionBody, SpeakerBody


class Entry(msgspec.Struct):
    """One thing that was written: its body as it was (empty: it was not there) and as it became."""

    type: str
    id: str
    title: str
    before: str
    after: str
    manual: bool = False


class Journal:
    """What a file changed, in order."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @contextmanager
    def of(self, type: str, id: str, title: str) -> Iterator[None]:
        """Note a thing before and after it is written."""
        before, manual = _held(type, id)
        yield
        self._entries.append(Entry(type, id, title, before, _held(type, id)[0], manual))

    def text(self) -> str:
        """The whole, as it is kept."""
        return msgspec.json.encode(self._entries).decode()


def put_back(tx: Tx, text: str) -> list[str]:
    """Undo what a journal says, the last first; returns the titles of what stays."""
    left = []
    for entry in reversed(msgspec.json.decode(text, type=list[Entry])):
        if entry.before == entry.after:
            continue
        try:
            if _held(entry.type, entry.id)[0] != entry.after:
                raise OfficeError("")
            _undo(tx, entry)
        except OfficeError:
            left.append(entry.title)
    return left[::-1]


def _undo(tx: Tx, entry: Entry) -> None:
    """:raises OfficeError: classes are enrolled in what was new, or a session names the person."""
    if entry.type == "session":
        if entry.before:
            body = msgspec.json.decode(entry.before, type=SessionBody)
            catalogue.put_session(tx, entry.id, body, entry.manual)
        else:
            catalogue.remove_session(tx, entry.id)
    elif entry.type == "speaker":
        if entry.before:
            catalogue.put_speaker(tx, entry.id, msgspec.json.decode(entry.before, type=SpeakerBody))
        else:
            catalogue.remove_speaker(tx, entry.id)
    elif entry.before:
        raise OfficeError("")  # a notice or a question that was corrected: its first words are not kept twice
    elif entry.type == "notice":
        notices.withdraw(tx, entry.id)
    else:
        lists.mark(tx, [entry.id], "set_aside")


def _held(type: str, id: str) -> tuple[str, bool]:
    if type == "session":
        session = Session.get_or_none(Session.id == id)
        return (session.body, session.manual) if session is not None else ("", False)
    if type == "speaker":
        speaker = Speaker.get_or_none(Speaker.id == id)
        return (speaker.body if speaker is not None else "", False)
    if type == "notice":
        notice = Notice.get_or_none(Notice.id == id)
        return (notice.text if notice is not None else "", False)
    question = Question.get_or_none(Question.id == id)
    return (question.text if question is not None else "", False)
