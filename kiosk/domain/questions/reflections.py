"""The end-of-session answers: the job's name, possible studies, a surprise. Anonymous, reviewed before display."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kiosk.domain import rooms
from kiosk.domain.care import apart
from kiosk.domain.phases import PHASES
from kiosk.domain.reading import distress, textrules
from kiosk.domain.views import ClassReflection, ReflectionView
from kiosk.ground.errors import KioskError
from kiosk.storage.models import COUNT, Reflection
from kiosk.storage.writer import Transaction

#: Characters of one answer.
MAX_LENGTH = 120
FIELDS = ("job", "studies", "surprise")
STATUSES = ("pending", "approved", "hidden")


def submit(
    tx: Transaction,
    room_id: str,
    author: str | None,
    *,
    job: str = "",
    studies: str = "",
    surprise: str = "",
    approved: bool = False,
    most: int = 0,
    for_session: str = "",
) -> int:
    """Take one pupil's answer (empty fields are fine); the same device answering again replaces its answer.

    ``most``: answers that the room may have already (0: any number). ``for_session`` names the session it was written
    for: another one does not take it. An answer that may come from a pupil in danger is kept as such a question is
    (``worries``), and left out of the class's.

    :raises KioskError: ``wrong_phase`` outside the reflection, ``question_too_long``, ``reflections_full``.
    """
    room = rooms.row_of(room_id)
    if not PHASES.get(room.phase).reflecting or room.session_id is None or for_session not in ("", room.session_id):
        raise KioskError("wrong_phase")
    values = {
        name: textrules.clean(value, MAX_LENGTH) if value.strip() else ""
        for name, value in (("job", job), ("studies", studies), ("surprise", surprise))
    }
    for name in [one for one, value in values.items() if distress.seen(value)]:
        apart.keep(tx, room_id, author, f"{room.session_id}|{name}", values[name])
        values[name] = ""
    status = "approved" if approved or not any(values.values()) else "pending"
    held = None
    if author:
        held = Reflection.get_or_none(
            (Reflection.author == author) & (Reflection.room_id == room_id) & (Reflection.session_id == room.session_id)
        )
    if held is None and most and _number(room_id, room.session_id) >= most:
        raise KioskError("reflections_full")
    if held is not None:
        Reflection.update(status=status, **values).where(Reflection.id == held.id).execute()
        reflection_id = int(held.id)
    else:
        reflection_id = int(
            Reflection.insert(
                room_id=room_id, session_id=room.session_id, author=author, status=status, created_at=tx.now, **values
            ).execute()
        )
    rooms.changed(tx, room_id, "reflection")
    return reflection_id


def _number(room_id: str, session_id: str) -> int:
    given = (Reflection.room_id == room_id) & (Reflection.session_id == session_id)
    return int(Reflection.select().where(given).count())


def review(tx: Transaction, room_id: str, reflection_id: int, status: str) -> None:
    """Show (``approved``) or hide (``hidden``) an answer. :raises KioskError: ``invalid``, ``unknown_question``."""
    if status not in STATUSES:
        raise KioskError("invalid", field="status")
    if (
        not Reflection.update(status=status)
        .where((Reflection.id == reflection_id) & (Reflection.room_id == room_id))
        .execute()
    ):
        raise KioskError("unknown_question")
    rooms.changed(tx, room_id, "reflection")


def approve_all(tx: Transaction, room_id: str) -> None:
    """Show every answer that waits."""
    room = rooms.row_of(room_id)
    Reflection.update(status="approved").where(
        (Reflection.room_id == room_id) & (Reflection.session_id == room.session_id) & (Reflection.status == "pending")
    ).execute()
    rooms.changed(tx, room_id, "reflection")


def listed(room_id: str, session_id: str | None, *statuses: str, most: int | None = None) -> list[ReflectionView]:
    """Answers in these statuses (all by default), oldest first, ``most`` of them."""
    rows = Reflection.select().where((Reflection.room_id == room_id) & (Reflection.session_id == session_id))
    if statuses:
        rows = rows.where(Reflection.status << statuses)
    rows = rows.order_by(Reflection.id) if most is None else rows.order_by(Reflection.id).limit(most)
    return [ReflectionView(r.id, r.job, r.studies, r.surprise, r.status) for r in rows]


def of_class(room_id: str, session_id: str | None, headcount: int) -> ClassReflection:
    """The class's answers together, from reviewed ones only; totals count every answer."""
    of_room = (Reflection.room_id == room_id) & (Reflection.session_id == session_id)
    grouped: Any = Reflection.select(Reflection.status, COUNT).where(of_room).group_by(Reflection.status).tuples()
    by = dict(grouped)
    words = Reflection.select(Reflection.job, Reflection.studies, Reflection.surprise)
    shown: Any = words.where(of_room & (Reflection.status == "approved")).order_by(Reflection.id).tuples()
    jobs, studies, surprises = zip(*shown) if by.get("approved") else ((), (), ())
    return ClassReflection(
        answers=sum(by.values()),
        headcount=headcount,
        pending=by.get("pending", 0),
        jobs=_tally(jobs),
        studies=_tally(studies),
        surprises=[text for text, _count in _tally(surprises)],
    )


def answered(room_id: str, session_id: str | None, author: str | None) -> ReflectionView | None:
    """This device's answer, if any."""
    if not author or session_id is None:
        return None
    row = Reflection.get_or_none(
        (Reflection.author == author) & (Reflection.room_id == room_id) & (Reflection.session_id == session_id)
    )
    return ReflectionView(row.id, row.job, row.studies, row.surprise, row.status) if row else None


def _tally(texts: object) -> list[tuple[str, int]]:
    """Count identical wordings, ignoring case and spacing; the first spelling seen is shown."""
    spelling: dict[str, str] = {}
    counter: Counter[str] = Counter()
    for text in texts:  # type: ignore[attr-defined]
        key = " ".join(text.casefold().split())
        if key:
            spelling.setdefault(key, text)
            counter[key] += 1
    return [(spelling[key], count) for key, count in counter.most_common()]
