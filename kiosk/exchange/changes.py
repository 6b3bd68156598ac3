"""Changes that come from the centre, from a file or from a stick: applied whole or not at all.

The rules are those of the contract, section 3: a `rev` not above the one held is ignored (rule 6), a
deleted thing leaves a tombstone with its `rev`, unknown types are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from kiosk import contract
from kiosk.contract import Change
from kiosk.domain import outbox, retelling, rooms, statuses, unmentioned
from kiosk.domain.people import identifiers
from kiosk.domain.questions import grouping
from kiosk.domain.reading import cleaning, distress
from kiosk.domain.statuses import STATUSES
from kiosk.exchange.changefiles import InvalidChanges, Mistake, parse
from kiosk.exchange.refusals import said
from kiosk.storage.models import Answer, Enrolment, Notice, Question, Room, Session, Speaker
from kiosk.storage.writer import Transaction

__all__ = ["InvalidChanges", "Mistake", "apply", "parse"]


def apply(tx: Transaction, changes: Iterable[Change], *, made_here: bool = False) -> dict[str, int]:
    """Write changes; returns how many counted, by type (what was already known or of an unknown type
    does not). What a teacher made on this kiosk is changed by a teacher alone (``made_here``): it is not touched.

    Call it inside one unit of work: an exception undoes the whole. Open rooms are told.

    :raises InvalidChanges: a body is not of the contract (line 0: it did not come from a file).
    """
    counted: dict[str, int] = {}
    touched: set[str] = set()
    for index, change in enumerate(changes):
        write = _WRITERS.get(change.type)
        if write is None:
            continue
        try:
            body = contract.body_of(change)
        except msgspec.ValidationError as error:
            raise InvalidChanges([Mistake(0, f"changes[{index}].body", said(str(error)))]) from None
        if not made_here and any(map(identifiers.kept_apart, (change.id, getattr(body, "session_id", "")))):
            continue
        if body is not None:
            body = cleaning.cleaned(body)
        unmentioned.named_again(tx, change.type, change.id)
        session_id = write(tx, change, body)
        if session_id is not None:
            counted[change.type] = counted.get(change.type, 0) + 1
            touched.add(session_id)
    _tell_rooms(tx, touched)
    return counted


# -- writing: each returns the session concerned ("" for none), or None when the change is not news
# ---------


def _session(tx: Transaction, change: Change, body: Any) -> str | None:
    """A session. One that is taken away is cancelled for those who were to come: it does not vanish from a room where
    a class may be, nor without a word from a list of enrolled classes.
    """
    fields: dict[str, Any] = {"status": "cancelled"} if _awaited(change.id) else {"deleted": True}
    if body is not None:
        fields = {
            "title": body.title,
            "starts_at": contract.to_ms(body.starts_at),
            "duration_min": body.duration_min,
            "format": body.format,
            "phases": msgspec.to_builtins(body.phases),
            "meeting_url": body.meeting_url,
            "levels": body.levels,
            "theme_week": body.theme_week or "",
            "status": body.status,
            "speakers": body.speakers,
            "dossier": msgspec.to_builtins(body.dossier),
            "places": body.places,
            "no_place_left": bool(body.full),
            "deleted": False,
        }
    blank = {"title": "", "starts_at": 0, "duration_min": 1, "format": "custom"}
    return change.id if _put(Session, change, fields, blank) else None


def _awaited(session_id: str) -> bool:
    if not Session.select().where((Session.id == session_id) & ~Session.deleted).exists():
        return False
    here = Room.select().where(Room.session_id == session_id).exists()
    alive = ~Enrolment.deleted & Enrolment.state.not_in(("cancelled", "refused"))
    return bool(here or Enrolment.select().where((Enrolment.session_id == session_id) & alive).exists())


def _speaker(tx: Transaction, change: Change, body: Any) -> str | None:
    fields: dict[str, Any] = {"deleted": True, "portrait": None}
    if body is not None:
        fields = {
            "name": body.name,
            "job_feminine": body.job.feminine,
            "job_masculine": body.job.masculine,
            "job_shown": body.job.shown,
            "employer": body.employer or "",
            "place": body.place or "",
            "bio": body.bio,
            "path": msgspec.to_builtins(body.path),
            "job_sheet": body.job_sheet or "",
            "portrait": _portrait(change.id, body),
            "deleted": False,
        }
    blank = {"name": "", "job_feminine": "", "job_masculine": "", "job_shown": "feminine"}
    return "" if _put(Speaker, change, fields, blank) else None


def _portrait(speaker_id: str, body: Any) -> dict[str, Any] | None:
    """The portrait as stored; `stored` (the bytes are here) survives when the digest is the same."""
    if body.portrait is None:
        return None
    fresh: dict[str, Any] = msgspec.to_builtins(body.portrait)
    row = Speaker.get_or_none(Speaker.id == speaker_id)
    held = (row.portrait if row is not None else None) or {}
    if held.get("sha256") == fresh["sha256"] and held.get("stored"):
        fresh["stored"] = held["stored"]
    return fresh


def _enrolment(tx: Transaction, change: Change, body: Any) -> str | None:
    fields: dict[str, Any] = {"deleted": True}
    if body is not None:
        fields = {
            "session_id": body.session_id,
            "state": body.state,
            "reason": body.reason or "",
            "meeting_url": body.meeting_url or "",
            "deleted": False,
        }
        if not outbox.says("enrolment.request", change.id):  # what is on its way is newer than the centre's echo
            told = {"label": body.label, "kind": body.kind, "level": body.level, "headcount": body.headcount}
            fields |= {name: value for name, value in told.items() if value is not None}
    fields["unconfirmed"] = False
    return fields.get("session_id", "") if _put(Enrolment, change, fields, {"session_id": ""}) else None


def _answer(tx: Transaction, change: Change, body: Any) -> str | None:
    """What a speaker wrote back. A correction is to be read before the class sees it, as the first words were."""
    held = Answer.get_or_none(Answer.id == change.id)
    fields: dict[str, Any] = {"deleted": True, "question": "", "text": "", "shared": False}
    if body is not None:
        read = held is not None and held.shared and (held.question, held.text) == (body.question, body.text)
        fields = {
            "question_id": body.question_id,
            "session_id": body.session_id,
            "speaker_id": body.speaker_id or "",
            "question": body.question,
            "text": body.text,
            "answered_at": contract.to_ms(body.answered_at),
            "came_at": tx.now,
            "shared": read,
            "deleted": False,
        }
    blank = {"question_id": "", "session_id": "", "question": "", "text": ""}
    return fields.get("session_id", "") if _put(Answer, change, fields, blank) else None


def _notice(tx: Transaction, change: Change, body: Any) -> str | None:
    fields: dict[str, Any] = {"deleted": True}
    if body is not None:
        fields = {
            "level": body.level,
            "text": body.text,
            "expires_at": contract.to_ms(body.expires_at),
            "deleted": False,
        }
    return "" if _put(Notice, change, fields, {"level": "info", "text": "", "expires_at": 0}) else None


#: The centre's word for where a question is → ours.
_STATUS = {"new": statuses.PENDING, "kept": statuses.APPROVED, "set_aside": statuses.SET_ASIDE}


def _question(tx: Transaction, change: Change, body: Any) -> str | None:
    """A prepared question. One that was made here is the kiosk's own: the centre's echo changes nothing, and one that
    was withdrawn or erased here does not come back by it.
    """
    row = Question.get_or_none(Question.id == change.id)
    if body is not None and body.origin == "class" and (row is None or row.rev == 0) and _told(tx, change.id):
        return None
    if row is not None and change.rev <= row.rev:
        return None
    if row is None:
        fields = _new_question(body, tx.now)
    elif body is not None and row.rev == unmentioned.FORGOTTEN and row.status == statuses.WITHDRAWN:
        fields = _new_question(body, row.created_at)  # the centre had let go of it, and names it again
    elif row.rev == 0 or not STATUSES.get(row.status).withdrawable:
        fields = {}  # ours, or already on its way to the speaker
    elif body is None:
        grouping.take_back(row)
        fields = {}
    else:
        reworded = row.text != row.original_text
        fields = {
            "original_text": body.text,
            "theme": body.theme,
            "text": row.text if reworded else body.text,
        }
        fields["worry"] = distress.judged(fields["text"], row.worry, row.text)
        if fields["worry"] in distress.GUARDED:
            grouping.set_apart(tx, row)
        elif row.status in statuses.TO_REVIEW or _STATUS[body.state] in statuses.ASIDE:
            fields |= _state(body.state, tx.now)
    if row is None:
        Question.insert(id=change.id, rev=change.rev, **fields).execute()
    else:
        Question.update(rev=change.rev, **fields).where(Question.id == change.id).execute()
    return body.session_id if body is not None else (row.session_id if row is not None else "")


def _told(tx: Transaction, question_id: str) -> bool:
    """Whether this kiosk told a question itself; its withdrawal, when it was one, is told again."""
    if not outbox.spoke("question.prepared", question_id):
        return False
    if outbox.spoke("question.withdraw", question_id) and not outbox.says("question.withdraw", question_id):
        body = contract.QuestionWithdraw(question_id=question_id)
        retelling.once_more(tx, "question.withdraw", body, subject=question_id)
    return True


def _new_question(body: Any, now: int) -> dict[str, Any]:
    if body is None:
        blank = {"session_id": "", "origin": "centre", "text": "", "original_text": ""}
        return {**blank, "status": statuses.WITHDRAWN, "created_at": now}
    worry = distress.judged(body.text)
    return {
        **_state("new" if worry else body.state, now),
        "worry": worry,
        "session_id": body.session_id,
        "origin": "prepared" if body.origin == "class" else "centre",
        "text": body.text,
        "original_text": body.text,
        "theme": body.theme,
        "created_at": now,
        "position": 1 + Question.select().where(Question.session_id == body.session_id).count(),
    }


def _state(state: str, now: int) -> dict[str, Any]:
    status = _STATUS[state]
    return {"status": status, "approved_at": now if status in statuses.READY else None}


def _put(model: Any, change: Change, fields: dict[str, Any], blank: dict[str, Any]) -> bool:
    """Insert or update unless the `rev` held is not below; `blank` fills what a tombstone does not say."""
    row = model.get_or_none(model.id == change.id)
    if row is None:
        model.insert(id=change.id, rev=change.rev, **{**blank, **fields}).execute()
        return True
    # Rev 0 is a row this kiosk made itself (an enrolment it asked for): the centre's first word counts.
    if change.rev <= row.rev and row.rev > 0:
        return False
    model.update(rev=change.rev, **fields).where(model.id == change.id).execute()
    return True


_WRITERS: dict[str, Callable[[Transaction, Change, Any], str | None]] = {
    "session": _session,
    "speaker": _speaker,
    "enrolment": _enrolment,
    "question": _question,
    "answer": _answer,
    "notice": _notice,
}


def _tell_rooms(tx: Transaction, session_ids: set[str]) -> None:
    """Rooms take in the new prepared questions of their session, and are announced; a speaker ("") may
    concern any.
    """
    if not session_ids:
        return
    for room in Room.select().where(Room.session_id.is_null(False)).order_by(Room.id):
        if room.session_id in session_ids or "" in session_ids:
            rooms.adopt(tx, room.id, str(room.session_id))
            rooms.changed(tx, room.id, "session", "question")
