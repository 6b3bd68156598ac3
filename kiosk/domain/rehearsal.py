"""« Séance d'essai »: the room's session played with invented pupils, and gone without a trace.

It is a session of its own, a copy of the real one, under an identifier that the outbox, the year's report, the
figures and every list leave out (``identifiers.REHEARSAL``). It ends when the teacher says so, when any other session
is put on, and at the next start of the kiosk, however this one ended. What a real phone wrote meanwhile that may come
from a pupil in danger stays with the room, as always.
"""

from __future__ import annotations

from typing import Any

from kiosk.domain import retention, rooms, stored
from kiosk.domain.origins import PREPARED
from kiosk.domain.people import identifiers
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import questions, reflections
from kiosk.domain.reading import distress
from kiosk.domain.rehearsed import ANSWERS, PUPILS, WRITTEN
from kiosk.domain.statuses import PUBLIC, READY
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_
from kiosk.storage.models import OF_A_SESSION, Question, Reflection, Room, Session
from kiosk.storage.writer import Transaction

#: Pace → (its word, seconds between two acts of the invented pupils).
PACES = {"calme": (N_("Calme"), 20.0), "normal": (N_("Normal"), 8.0), "presse": (N_("Pressé"), 3.0)}
#: Milliseconds from its beginning to the talk's hour, so that the countdown can be seen.
AHEAD = 3 * 60_000
#: What begins an invented pupil's name: no device's does.
AUTHOR = "essai-"
_KEY = "rehearsal."


def on(room_id: str) -> dict[str, Any] | None:
    """What is kept of a room's rehearsal (``run``, ``pace``, ``session``: the real one…); None without one."""
    room = Room.get_or_none(Room.id == room_id)
    if room is None or not identifiers.rehearsed(str(room.session_id or "")):
        return None
    held: dict[str, Any] | None = stored.get(_KEY + room_id)
    return held


def begin(tx: Transaction, room_id: str, pace: str) -> str:
    """Put a rehearsal of the room's session on; returns which run it is.

    :raises KioskError: ``no_session``; ``wrong_phase`` once the session has begun; ``invalid``: no such pace.
    """
    room = rooms.row_of(room_id)
    if pace not in PACES:
        raise KioskError("invalid", field="rythme")
    if room.session_id is None:
        raise KioskError("no_session")
    here = PHASES.get(room.phase)
    if here.running or here.over or identifiers.rehearsed(room.session_id):
        raise KioskError("wrong_phase")
    real, id, run = str(room.session_id), identifiers.REHEARSAL + room_id, identifiers.uuid7(tx.now)
    _drop(tx, room_id)
    _copy(tx, real, id, room_id)
    kept = {name: getattr(room, name) for name in ("enrolment_id", "class_label", "headcount", "intake", "opened_at")}
    stored.put(tx, _KEY + room_id, {"run": run, "pace": pace, "session": real, **kept})
    rooms.choose_session(tx, room_id, id, class_label=room.class_label, headcount=PUPILS)
    return run


def set_pace(tx: Transaction, room_id: str, pace: str) -> None:
    """Other seconds between two acts. :raises KioskError: ``invalid``, ``no_rehearsal``."""
    held = on(room_id)
    if held is None:
        raise KioskError("no_rehearsal")
    if pace not in PACES:
        raise KioskError("invalid", field="rythme")
    stored.put(tx, _KEY + room_id, {**held, "pace": pace})
    rooms.changed(tx, room_id, "room")


def end(tx: Transaction, room_id: str) -> None:
    """Back to the real session as it was, and nothing left of the rehearsal. Does nothing without one."""
    room = Room.get_or_none(Room.id == room_id)
    held = stored.get(_KEY + room_id)
    if room is not None and identifiers.rehearsed(str(room.session_id or "")):
        real = held["session"] if held else ""
        _keep_worries(room_id, real)
        if Session.select(Session.id).where((Session.id == real) & ~Session.deleted).exists():
            chosen = {"class_label": held["class_label"], "headcount": held["headcount"]}
            rooms.choose_session(tx, room_id, real, enrolment_id=held["enrolment_id"], stop=True, **chosen)
            rooms.set_fields(tx, room_id, "intake", intake=held["intake"], opened_at=held["opened_at"])
        else:  # withdrawn meanwhile
            rooms.leave(tx, room_id)
    _drop(tx, room_id)


def sweep(tx: Transaction) -> None:
    """No rehearsal outlives the kiosk that played it, however it ended."""
    held = {row.id for row in Room.select(Room.id).where(Room.session_id.startswith(identifiers.REHEARSAL))}
    for id in held | {row.id.removeprefix(identifiers.REHEARSAL) for row in _left()}:
        end(tx, id)


def _left() -> list[Session]:
    return list(Session.select(Session.id).where(Session.id.startswith(identifiers.REHEARSAL)))


def _copy(tx: Transaction, real: str, id: str, room_id: str) -> None:
    """The session under another name, soon to begin, with its prepared questions."""
    row = Session.get_by_id(real)
    fields = {name: value for name, value in row.__data__.items() if name not in ("id", "rev", "starts_at", "status")}
    Session.insert(id=id, rev=0, starts_at=tx.now + AHEAD, status="planned", **fields).execute()
    here = (Question.room_id == room_id) | Question.room_id.is_null()
    prepared = Question.select().where(here & (Question.session_id == real) & (Question.status << READY))
    for one in prepared.where(Question.origin << PREPARED).order_by(Question.position).limit(100):
        Question.insert(
            id=identifiers.uuid7(tx.now), session_id=id, origin=one.origin, status=one.status, text=one.text,
            original_text=one.original_text, theme=one.theme, speaker_id=one.speaker_id, position=one.position,
            base_support=one.base_support, support=one.base_support, created_at=tx.now, approved_at=tx.now,
        ).execute()  # fmt: skip


def _keep_worries(room_id: str, real: str) -> None:
    """What a real phone, or an adult, wrote that may come from a pupil in danger is the room's, not the play's."""
    invented = Question.author.is_null(False) & Question.author.startswith(AUTHOR)
    here = (Question.room_id == room_id) & (Question.session_id == identifiers.REHEARSAL + room_id)
    Question.update(session_id=real).where(here & (Question.worry << distress.GUARDED) & ~invented).execute()


def invented(ids: list[str]) -> set[str]:
    """Those of these questions that an invented pupil wrote."""
    mine = (Question.id << ids) & Question.author.is_null(False) & Question.author.startswith(AUTHOR)
    return {row.id for row in Question.select(Question.id).where(mine)}


def _drop(tx: Transaction, room_id: str) -> None:
    """Erase all of it, in the database and (``retention.FORGET``) in the copies."""
    id = identifiers.REHEARSAL + room_id
    stored.keep(tx, _KEY + room_id, None)
    if not Session.select(Session.id).where(Session.id == id).exists():
        return
    for held in {row.room_id for row in Question.select(Question.room_id).where(Question.session_id == id)} | {room_id}:
        retention.erase(tx, held, id)
    for table in OF_A_SESSION:
        table.delete().where(table.session_id == id).execute()
    Session.delete().where(Session.id == id).execute()


def step(tx: Transaction, room_id: str, run: str, number: int) -> bool | None:
    """One act of the invented pupils, the ``number``-th (from 0): a text, some voices, or an answer to the reflection.
    Whether it is done; False: its moment has not come; None: this run is over.
    """
    held = on(room_id)
    if held is None or held["run"] != run:
        return None
    room = rooms.row_of(room_id)
    stage = PHASES.get(room.phase)
    if stage.reflecting:
        return _reflect(tx, room)
    if not stage.intake or room.intake != "open" or number >= len(WRITTEN):
        return False
    try:
        questions.submit(
            tx, room_id, id=f"{AUTHOR}{run}-{number}", text=WRITTEN[number], author=_author(number), origin="live"
        )
    except KioskError:
        return False
    for pupil in range(number % 4):
        _back(tx, room, number * 7 + pupil * 5)
    return True


def _author(number: int) -> str:
    return f"{AUTHOR}{number * 11 % PUPILS:02d}"


def _back(tx: Transaction, room: Room, seed: int) -> None:
    shown = Question.select(Question.number, Question.author).where(
        (Question.room_id == room.id) & (Question.session_id == room.session_id) & (Question.status << PUBLIC)
    )
    public = list(shown.order_by(Question.number).limit(60))
    if public:
        questions.set_support(tx, room.id, public[seed % len(public)].number, _author(seed), True)


def _reflect(tx: Transaction, room: Room) -> bool:
    here = (Reflection.room_id == room.id) & (Reflection.session_id == room.session_id)
    said = Reflection.select().where(here).count()
    if said >= len(ANSWERS):
        return False
    surprise, studies = ANSWERS[said]
    reflections.submit(tx, room.id, _author(said * 3 + 1), surprise=surprise, studies=studies, job=_job(room))
    return True


def _job(room: Room) -> str:
    """The job, as a pupil would write it; nothing where several speak."""
    view = rooms.view(room.id)
    return view.session.speakers[0].job[:120] if view.session and len(view.session.speakers) == 1 else ""
