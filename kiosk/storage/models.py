"""The tables. Instants are UTC milliseconds; lists and records are JSON text.

``Question.author`` and ``Support.device`` are hashes of a random per-session device token: no
name, address or device is ever stored (``design.md``, « Safe in a room of pupils »).
"""

from __future__ import annotations

import json
from typing import Any

from peewee import SQL, AutoField, BigIntegerField, BooleanField, Case, CompositeKey, IntegerField, Model, TextField, fn

from kiosk.storage.database import CURRENT


class Json(TextField):
    """Any JSON value, kept as compact UTF-8 text."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class Base(Model):
    """A table of the database that the current context uses (:data:`CURRENT`)."""

    class Meta:
        database = CURRENT
        legacy_table_names = False


class Session(Base):
    """A talk; owned by the centre (or by an imported file)."""

    id = TextField(primary_key=True)
    rev = IntegerField(default=0)
    title = TextField()
    starts_at = BigIntegerField(index=True)
    duration_min = IntegerField()
    format = TextField()
    phases = Json(null=True)
    meeting_url = TextField(default="")
    levels = Json(default=list)
    theme_week = TextField(default="")
    status = TextField(default="planned")
    speakers = Json(default=list)
    dossier = Json(default=list)
    places = IntegerField(null=True)
    no_place_left = BooleanField(default=False)
    deleted = BooleanField(default=False)


class Speaker(Base):
    """A professional; owned by the centre."""

    id = TextField(primary_key=True)
    rev = IntegerField(default=0)
    name = TextField()
    job_feminine = TextField()
    job_masculine = TextField()
    job_shown = TextField()
    employer = TextField(default="")
    place = TextField(default="")
    bio = TextField(default="")
    path = Json(default=list)
    job_sheet = TextField(default="")
    portrait = Json(null=True)
    deleted = BooleanField(default=False)


class Enrolment(Base):
    """A class, or one pupil, enrolled in a session. ``state`` is the centre's; ``requested`` until it answers.
    ``unconfirmed``: the centre read anew says nothing of it any more.
    """

    id = TextField(primary_key=True)
    rev = IntegerField(default=0)
    session_id = TextField(index=True)
    kind = TextField(default="class")
    label = TextField(default="")
    level = TextField(default="")
    headcount = IntegerField(default=0)
    contact_email = TextField(default="")
    state = TextField(default="requested")
    reason = TextField(default="")
    meeting_url = TextField(default="")  # once the class is confirmed
    unconfirmed = BooleanField(default=False)
    zone = TextField(default="")  # only when the class is elsewhere than the school (IANA name)
    deleted = BooleanField(default=False)


class Notice(Base):
    """A word from the centre to the school."""

    id = TextField(primary_key=True)
    rev = IntegerField(default=0)
    level = TextField()
    text = TextField()
    expires_at = BigIntegerField()
    deleted = BooleanField(default=False)


class Room(Base):
    """A classroom's live state. ``paused_ms`` is the time left on a paused timer."""

    id = TextField(primary_key=True)
    name = TextField()
    code = TextField(unique=True)
    rev = IntegerField(default=0)
    next_number = IntegerField(default=1)
    session_id = TextField(null=True)
    enrolment_id = TextField(null=True)
    class_label = TextField(default="")
    headcount = IntegerField(default=0)
    phase = TextField(default="lobby")
    phase_started_at = BigIntegerField(default=0)
    ends_at = BigIntegerField(null=True)
    paused_ms = BigIntegerField(null=True)
    intake = TextField(default="open")
    review_off_until = BigIntegerField(null=True)  # read over unless this is later than now
    shut_at = BigIntegerField(null=True)  # kiosk.domain.newcomers
    current_id = TextField(null=True)
    answer_id = TextField(null=True)  # the written answer that the display shows in place of its screen
    hidden = BooleanField(default=False)
    speaking_id = TextField(null=True)  # these three: kiosk.domain.speaking
    turn_left = BigIntegerField(null=True)
    spoken = Json(default=dict)
    starter = TextField(default="")  # kiosk.domain.questions.suggested
    theme = TextField(default="clair")
    phones = BooleanField(default=True)
    shortcuts = BooleanField(default=True)
    opened_at = BigIntegerField(null=True)
    closed_at = BigIntegerField(null=True)
    purge_at = BigIntegerField(null=True)


class Question(Base):
    """A pupil's question. ``id`` is the phone's own; ``number`` is short and counts per room."""

    id = TextField(primary_key=True)
    rev = IntegerField(default=0)
    number = IntegerField(default=0)
    room_id = TextField(null=True)
    session_id = TextField()
    author = TextField(null=True)
    origin = TextField()
    status = TextField()
    reason = TextField(null=True)
    text = TextField()
    original_text = TextField()
    theme = TextField(default="")
    level = TextField(default="")
    speaker_id = TextField(null=True)
    base_support = IntegerField(default=0)
    support = IntegerField(default=0)
    position = IntegerField(default=0)
    merged_into = TextField(null=True, index=True)
    kept_apart = BooleanField(default=False)
    placed = BooleanField(default=False)  # by the teacher's hand (kiosk.domain.questions.ordering)
    unread = BooleanField(default=False)  # went to the class while review was off; nobody has touched it since
    worry = TextField(default="")  # kiosk.domain.reading.distress
    created_at = BigIntegerField()
    approved_at = BigIntegerField(null=True)
    on_screen_at = BigIntegerField(null=True)
    asked_at = BigIntegerField(null=True)
    answered_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("room_id", "session_id", "status"), False), (("author", "room_id"), False))


class Support(Base):
    """One device backs one question."""

    id = AutoField()
    question_id = TextField()
    device = TextField()

    class Meta:
        indexes = ((("question_id", "device"), True),)


class Decision(Base):
    """A moderation act that can be undone: the rows it touched, as they were."""

    id = AutoField()
    room_id = TextField(index=True)
    session_id = TextField()
    verb = TextField()
    label = TextField(default="")
    at = BigIntegerField()
    before = Json()
    current_id = TextField(null=True)
    undone = BooleanField(default=False)


class Reflection(Base):
    """A pupil's end-of-session answer, anonymous; its words are shown only once reviewed. ``useful``, ``more`` and
    ``tracks`` hold codes of ``kiosk.domain.scales``; ``people``, when several speak, is
    [{"id", "job", "more"}] and takes the place of ``job`` and ``more``.
    """

    id = AutoField()
    room_id = TextField()
    session_id = TextField()
    author = TextField(null=True)
    job = TextField(default="")
    studies = TextField(default="")
    surprise = TextField(default="")
    career = TextField(default="")
    useful = TextField(default="")
    more = TextField(default="")
    tracks = Json(default=list)
    people = Json(default=list)
    status = TextField(default="pending")
    created_at = BigIntegerField()

    class Meta:
        indexes = ((("room_id", "session_id"), False),)


class ShowOfHands(Base):
    """Hands counted in the class for one question of the reflection: ``about`` is ``useful`` or ``more`` (of a speaker
    when several speak), ``counts`` {code: hands}.
    """

    id = AutoField()
    room_id = TextField()
    session_id = TextField()
    about = TextField()
    speaker_id = TextField(default="")
    counts = Json()
    created_at = BigIntegerField()

    class Meta:
        indexes = ((("room_id", "session_id", "about", "speaker_id"), True),)


class Wording(Base):
    """Two wordings of a reflection that the teacher made one: what is ``said`` (folded) is counted as ``shown``."""

    id = AutoField()
    room_id = TextField()
    session_id = TextField()
    field = TextField()
    speaker_id = TextField(default="")
    said = TextField()
    shown = TextField()

    class Meta:
        indexes = ((("room_id", "session_id", "field", "speaker_id", "said"), True),)


class Answer(Base):
    """What a speaker wrote back to a question that there was no time for (contract, change ``answer``): the question's
    words as the office kept them, whatever was erased here since. ``shared``: a teacher gave it to the class.
    """

    id = TextField(primary_key=True)
    rev = IntegerField(default=0)
    question_id = TextField()
    session_id = TextField(index=True)
    speaker_id = TextField(default="")
    question = TextField()
    text = TextField()
    answered_at = BigIntegerField(default=0)
    came_at = BigIntegerField(default=0)
    shared = BooleanField(default=False)
    deleted = BooleanField(default=False)


class Lesson(Base):
    """« Préparer en classe » of a room and its session: its step and its clock, the questions chosen (ids, in order),
    the group of each slip (id → number). ``shown``: the display shows it. Gone with the session's words.
    """

    id = AutoField()
    room_id = TextField()
    session_id = TextField()
    step = TextField()
    shown = BooleanField(default=True)
    ends_at = BigIntegerField(null=True)
    paused_ms = BigIntegerField(null=True)
    school = TextField(default="")
    chosen = Json(default=list)
    slips = Json(default=dict)
    done_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("room_id", "session_id"), True),)


class Access(Base):
    """A device that may act as teacher or as somebody invited. Only hashes of tokens are kept."""

    id = AutoField()
    token_hash = TextField(unique=True)
    role = TextField()
    room_id = TextField(null=True)
    invitation_id = IntegerField(null=True, index=True)
    language = TextField(default="")
    created_at = BigIntegerField()
    revoked_at = BigIntegerField(null=True)


class KnownDevice(Base):
    """A device where the teacher's code was right: the hash of its cookie's token, and when."""

    id = AutoField()
    token_hash = TextField(unique=True)
    known_at = BigIntegerField()


class Invitation(Base):
    """A link for somebody else's device. ``seats``: how many devices it opens for, 0 for any number; ``role``: what it
    lets them do (``kiosk.domain.people.access``).
    """

    id = AutoField()
    token_hash = TextField(unique=True)
    room_id = TextField()
    created_at = BigIntegerField()
    expires_at = BigIntegerField()
    revoked_at = BigIntegerField(null=True)
    seats = IntegerField(default=0)
    role = TextField(default="moderator")


class AuditEntry(Base):
    """Who (a role), what, when. Never a pupil's words."""

    id = AutoField()
    at = BigIntegerField(index=True)
    actor = TextField()
    room_id = TextField(null=True)
    action = TextField()
    detail = TextField(default="")


class AnswerLine(Base):
    """What a speaker answered, in a line. ``text`` is what an adult read over, ``proposed`` what waits for it."""

    question_id = TextField(primary_key=True)
    room_id = TextField()
    session_id = TextField()
    text = TextField(default="")
    proposed = TextField(default="")
    noted_at = BigIntegerField()

    class Meta:
        indexes = ((("room_id", "session_id"), False),)


class Souvenir(Base):
    """A session's page that a teacher chose to keep, as it stood (``page``), until a date."""

    id = AutoField()
    room_id = TextField()
    session_id = TextField()
    kept_at = BigIntegerField()
    until = BigIntegerField(index=True)
    page = Json()


class Meeting(Base):
    """A talk that took place: what outlives its words, for the year's report. No text, nobody of the class.

    ``speakers``: [{"id", "job", "key", "feminine"}], ``key`` being one for both forms of a job; ``ended_at`` None
    while it goes on; ``answers`` and ``useful``: who said whether it was useful, and that it was.
    """

    id = AutoField()
    room_id = TextField()
    session_id = TextField()
    began_at = BigIntegerField(index=True)
    ended_at = BigIntegerField(null=True)
    label = TextField(default="")
    level = TextField(default="")
    speakers = Json(default=list)
    received = IntegerField(default=0)
    asked = IntegerField(default=0)
    answers = IntegerField(default=0)
    useful = IntegerField(default=0)


class Setting(Base):
    """Small values that must survive: chosen address per gateway, clock offset, school."""

    key = TextField(primary_key=True)
    value = Json(null=True)


class Secret(Base):
    """On PostgreSQL, what is a file elsewhere (:mod:`kiosk.storage.secretbase`); on a file, empty."""

    id = IntegerField(primary_key=True)
    value = TextField()


class Operation(Base):
    """An outbox operation, written in the same unit of work as what it reports (contract section 3).

    ``state``: waiting, accepted, rejected, held (personal data: never leaves), dropped (no longer worth telling),
    replaced (corrected and sent again), ignored (until the centre knows its type). ``attempts`` is counted before each
    sending: above 0, the centre may know this ``id``, and it never changes again. ``next_try_at``: not before (the
    centre said « retry »). ``centre``: the address it was first sent to. ``verdict_before``: what a centre that went
    back had said of it.
    """

    seq = AutoField()
    id = TextField(unique=True)
    type = TextField()
    at = BigIntegerField()
    body = Json()
    state = TextField(default="waiting", index=True)
    code = TextField(default="")
    detail = TextField(default="")
    subject = TextField(default="", index=True)  # the question, the enrolment… it is about
    session_id = TextField(default="")
    attempts = IntegerField(default=0)
    next_try_at = BigIntegerField(default=0)
    sent_at = BigIntegerField(null=True)
    answered_at = BigIntegerField(null=True)
    keep_until = BigIntegerField(null=True)  # its words outlive an erasure here until then, or until it has left
    centre = TextField(default="")
    verdict_before = TextField(default="")
    last_class = TextField(default="")  # how the last sending went (kiosk.exchange.syncstate)


class Mentioned(Base):
    """What the centre named since a reading from the start began (contract, rule 12)."""

    type = TextField()
    id = TextField()

    class Meta:
        primary_key = CompositeKey("type", "id")


class Unmentioned(Base):
    """What the centre, read anew, no longer names: hidden since ``hidden_at`` (UTC ms), or once the session that uses
    it is over (None).
    """

    type = TextField()
    id = TextField()
    hidden_at = BigIntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("type", "id")


class SyncDay(Base):
    """Bytes exchanged with the centre on a day (UTC, ``2026-11-24``), HTTP headers included."""

    day = TextField(primary_key=True)
    sent = BigIntegerField(default=0)
    received = BigIntegerField(default=0)


#: ``COUNT(*)`` and ``CASE``, for the domain, which does not know peewee.
COUNT = fn.COUNT(SQL("*"))
CASE = Case


def NUMBERED(within: Any, by: Any) -> Any:  # noqa: N802 (SQL's)
    """``ROW_NUMBER()``: the place (from 1) of a row among those with the same ``within``, ordered ``by``."""
    return fn.ROW_NUMBER().over(partition_by=[within], order_by=[by])


TABLES = (
    Session,
    Speaker,
    Enrolment,
    Notice,
    Room,
    Question,
    Support,
    Decision,
    Reflection,
    ShowOfHands,
    Wording,
    Answer,
    Lesson,
    Access,
    KnownDevice,
    Invitation,
    AuditEntry,
    AnswerLine,
    Souvenir,
    Meeting,
    Setting,
    Secret,
    Operation,
    SyncDay,
    Mentioned,
    Unmentioned,
)
#: Those whose rows are about a session.
OF_A_SESSION: tuple[Any, ...] = tuple(table for table in TABLES if "session_id" in table._meta.fields)
