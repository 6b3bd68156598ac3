"""Every message of `contract/exchange-v1.md`, as typed structures; the section is named in each docstring.

Unknown fields are ignored (msgspec's default), unknown `type`s too (:func:`body_of` gives None). Only the limits that the
contract states are constraints here, plus what is plain sense (a count is not negative, an identifier is not empty).
A leaf: it imports nothing of the kiosk, so the centre shares it.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

CONTRACT = 1
SERVICE = "metiers-en-direct"
#: Section 3, rule 1: above, the answer is 413 `too_large`.
MAX_OPERATIONS = 50
MAX_BODY = 64 * 1024
#: Section 3, rule 9: fields that no question body may hold; the centre answers 422.
PERSONAL_FIELDS = frozenset({"name", "email", "ip", "device", "student"})

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Rev = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Minutes = Annotated[int, Meta(ge=1, le=24 * 60)]
Line = Annotated[str, Meta(min_length=1)]
QuestionText = Annotated[str, Meta(min_length=1, max_length=500)]
#: UTC, RFC 3339 with Z; an instant with another explicit offset is unambiguous and accepted, one without is refused.
Instant = Annotated[datetime, Meta(tz=True)]
MeetingUrl = Annotated[str, Meta(pattern=r"^(https://\S+)?$")]
WebUrl = Annotated[str, Meta(pattern=r"^https?://\S+$")]

Theme = Literal[
    "metier", "parcours", "salaire", "vie", "egalite", "difficultes", "numerique", "environnement", "autre"
]
Level = Literal[
    "6E", "5E", "4E", "3E", "3SEGPA", "3PM", "2GT", "1GT", "TGT", "2PRO", "1PRO", "TPRO", "CAP1", "CAP2"
]
Format = Literal["college-45", "lycee-55", "custom"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_ms(instant: datetime) -> int:
    """Return an instant as UTC milliseconds, as the kiosk stores it."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return UTC milliseconds as an instant of a message."""
    return _EPOCH + timedelta(milliseconds=ms)


# -- sections 1 and 2: about, pairing ---------------------------------------------------------------


class About(Struct):
    """Section 1: what `GET /v1/about` answers. The centre only if `service` and `contract` are right."""

    service: str
    contract: list[int]
    name: str
    time: Instant

    def is_centre(self) -> bool:
        """Tell whether this is a centre that speaks our contract."""
        return self.service == SERVICE and CONTRACT in self.contract


class PairRequest(Struct):
    """Section 2: a kiosk asks for its token with a code used once."""

    uai: Id
    code: Line
    kiosk: Id
    label: str = ""


class PairAnswer(Struct):
    """Section 2: the token of this kiosk."""

    token: Line


# -- section 3: operations (kiosk → centre) -------------------------------------------------------------


class EnrolmentRequest(Struct, omit_defaults=True):
    """Section 3, `enrolment.request`. `contact_email` is a member of staff's, never a pupil's."""

    enrolment_id: Id
    session_id: Id
    kind: Literal["class", "individual"]
    label: str
    level: Level
    headcount: Count
    contact_email: str | UnsetType = UNSET


class EnrolmentCancel(Struct):
    """Section 3, `enrolment.cancel`."""

    enrolment_id: Id


class QuestionPrepared(Struct):
    """Section 3, `question.prepared`. `support` = how many pupils back it."""

    question_id: Id
    session_id: Id
    text: QuestionText
    theme: Theme
    level: Level
    support: Count = 0


class QuestionWithdraw(Struct):
    """Section 3, `question.withdraw`."""

    question_id: Id


class QuestionAsked(Struct):
    """Section 3, `question.asked`. Only if the school opted in."""

    question_id: Id
    session_id: Id
    text: QuestionText
    theme: Theme
    origin: Literal["prepared", "live"]
    status: Literal["asked", "answered"]


class AttendanceReport(Struct):
    """Section 3, `attendance.report`."""

    session_id: Id
    enrolment_id: Id
    headcount: Count
    started_at: Instant
    ended_at: Instant
    questions_received: Count
    questions_asked: Count


class ReflectionSummary(Struct):
    """Section 3, `reflection.summary`. Only aggregates, never a count under 5. Only if the school opted in."""

    session_id: Id
    answers: Annotated[int, Meta(ge=5)]
    themes: dict[Theme, Annotated[int, Meta(ge=5)]]


#: type of an operation → its body.
OPERATIONS: dict[str, type[Struct]] = {
    "enrolment.request": EnrolmentRequest,
    "enrolment.cancel": EnrolmentCancel,
    "question.prepared": QuestionPrepared,
    "question.withdraw": QuestionWithdraw,
    "question.asked": QuestionAsked,
    "attendance.report": AttendanceReport,
    "reflection.summary": ReflectionSummary,
}


class Operation(Struct):
    """Section 3: one thing the kiosk reports. `id` counts once, for ever; `seq` orders one kiosk's operations."""

    id: Id
    seq: Annotated[int, Meta(ge=0)]
    type: str
    at: Instant
    body: dict[str, Any]


# -- section 3: changes (centre → kiosk) ---------------------------------------------------------------


class PhaseLength(Struct):
    """Section 3, `session.phases`: one phase and its minutes."""

    name: Line
    minutes: Minutes


class DossierItem(Struct, omit_defaults=True):
    """Section 3, `session.dossier`: something to read or do before or after."""

    title: Line
    moment: Literal["before", "after"]
    text: str | None = None
    url: WebUrl | None = None


class SessionBody(Struct, omit_defaults=True):
    """Section 3, change `session`."""

    title: Line
    starts_at: Instant
    duration_min: Minutes
    format: Format
    meeting_url: MeetingUrl
    levels: list[Level]
    status: Literal["planned", "moved", "cancelled", "done"]
    speakers: list[Id]
    dossier: list[DossierItem]
    phases: list[PhaseLength] | None = None
    theme_week: str | None = None
    places: Count | None = None


class Job(Struct):
    """Section 3, `speaker.job`: both forms, and which one the speaker uses."""

    feminine: Line
    masculine: Line
    shown: Literal["feminine", "masculine"]


class PathStep(Struct):
    """Section 3, `speaker.path`: one step of a path."""

    when: str
    what: Line


class Portrait(Struct):
    """Sections 3 and 4: where a portrait is found (by its digest), and the words that replace it."""

    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Meta(ge=1, le=60 * 1024)]
    type: Literal["image/webp", "image/jpeg", "image/png"]
    alt: str


class SpeakerBody(Struct, omit_defaults=True):
    """Section 3, change `speaker`."""

    name: Line
    job: Job
    bio: str
    path: list[PathStep]
    employer: str | None = None
    place: str | None = None
    job_sheet: str | None = None
    portrait: Portrait | None = None


class EnrolmentBody(Struct, omit_defaults=True):
    """Section 3, change `enrolment`."""

    session_id: Id
    state: Literal["requested", "confirmed", "waitlisted", "refused", "cancelled"]
    reason: str | None = None


class QuestionBody(Struct):
    """Section 3, change `question`: a prepared question the centre knows."""

    session_id: Id
    text: QuestionText
    theme: Theme
    origin: Literal["email", "web", "class"]
    state: Literal["new", "kept", "set_aside"]


class NoticeBody(Struct):
    """Section 3, change `notice`."""

    level: Literal["info", "warning"]
    text: Line
    expires_at: Instant


Body = Union[SessionBody, SpeakerBody, EnrolmentBody, QuestionBody, NoticeBody]
#: type of a change → its body.
CHANGES: dict[str, type[Struct]] = {
    "session": SessionBody,
    "speaker": SpeakerBody,
    "enrolment": EnrolmentBody,
    "question": QuestionBody,
    "notice": NoticeBody,
}


class Change(Struct, omit_defaults=True):
    """Section 3: the state of one thing at `rev`. `deleted` = it is no more (its body is then not looked at)."""

    type: Line
    id: Id
    rev: Rev
    body: dict[str, Any] | None = None
    deleted: bool = False


def body_of(change: Change) -> Body | None:
    """Return a change's typed body; None when it is deleted or its type is unknown (to be ignored).

    :raises msgspec.ValidationError: the body is not of the contract.
    """
    kind = CHANGES.get(change.type)
    if kind is None or change.deleted:
        return None
    body: Body = msgspec.convert(change.body, kind)
    return body


# -- section 3: the exchange ---------------------------------------------------------------------------


class Verdict(Struct, omit_defaults=True):
    """Section 3: what became of an operation. `rejected` is final; `retry` leaves it in the outbox for `after` seconds."""

    id: Id
    status: Literal["accepted", "rejected", "retry"]
    code: str | None = None
    detail: str | None = None
    after: Count | None = None


class Request(Struct):
    """Section 3: one sync. `cursor` None asks for everything that concerns this school."""

    contract: int
    kiosk: Id
    uai: Id
    cursor: str | None
    sent_at: Instant
    max_changes: Annotated[int, Meta(ge=1)] = 50
    operations: Annotated[list[Operation], Meta(max_length=MAX_OPERATIONS)] = []


class Answer(Struct):
    """Section 3: what the centre answers. `more`: ask again at once with the new cursor."""

    contract: int
    time: Instant
    cursor: str
    more: bool = False
    verdicts: list[Verdict] = []
    changes: list[Change] = []


# -- sections 5 and 6: errors, USB stick ------------------------------------------------------------------


class FieldError(Struct):
    """Section 5: where a body is wrong."""

    pointer: str
    detail: str


class Problem(Struct, omit_defaults=True):
    """Section 5: `application/problem+json` (RFC 9457) with a stable `code`."""

    code: str
    status: int
    title: str = ""
    detail: str = ""
    type: str = "about:blank"
    errors: list[FieldError] = []


#: Section 5: code → HTTP status.
PROBLEMS: dict[str, int] = {
    "unauthorized": 401,
    "token_revoked": 401,
    "forbidden": 403,
    "pairing_code": 403,
    "kiosk_cloned": 409,
    "cursor_expired": 410,
    "too_large": 413,
    "invalid": 422,
    "version": 426,
    "rate_limited": 429,
    "unavailable": 503,
}


class StickFile(Struct):
    """Section 6: a `*.kiosk.json.gz` file. `mac` covers the canonical message under the kiosk's token."""

    kind: Literal["request", "answer"]
    kiosk: Id
    uai: Id
    made_at: Instant
    message: dict[str, Any]
    mac: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


def personal_fields(body: Any) -> list[str]:
    """Return the fields of a question body that section 3, rule 9 forbids, at any depth, sorted; [] when it is clean."""
    found: set[str] = set()
    if isinstance(body, dict):
        for key, value in body.items():
            if key in PERSONAL_FIELDS:
                found.add(key)
            found.update(personal_fields(value))
    elif isinstance(body, list):
        for value in body:
            found.update(personal_fields(value))
    return sorted(found)
