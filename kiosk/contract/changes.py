"""Section 3, changes: what the centre tells a kiosk."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta, Struct

from kiosk.contract.values import (
    AnswerText,
    Count,
    Format,
    Id,
    Instant,
    Level,
    Line,
    MeetingUrl,
    Minutes,
    QuestionText,
    Rev,
    Theme,
    WebUrl,
)


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
    """Section 3, change `session`. `meeting_url` is empty for a school without a confirmed class; r2: `full`, no place
    is left.
    """

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
    full: bool | None = None


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
    """Section 3, change `enrolment`. r2: what was said of the class, and the link once it is confirmed."""

    session_id: Id
    state: Literal["requested", "confirmed", "waitlisted", "refused", "cancelled"]
    reason: str | None = None
    label: str | None = None
    kind: Literal["class", "individual"] | None = None
    level: Level | None = None
    headcount: Count | None = None
    meeting_url: MeetingUrl | None = None


class QuestionBody(Struct, omit_defaults=True):
    """Section 3, change `question`: a prepared question the centre knows. r2: the school's own come too (`class`), with
    `level` and `support`.
    """

    session_id: Id
    text: QuestionText
    theme: Theme
    origin: Literal["email", "web", "class"]
    state: Literal["new", "kept", "set_aside"]
    level: Level | None = None
    support: Count | None = None


class AnswerBody(Struct, omit_defaults=True):
    """Section 3, change `answer` (r2): what the speaker wrote back to a `question.open`; `question` is the text asked,
    as the office kept it.
    """

    question_id: Id
    session_id: Id
    question: QuestionText
    text: AnswerText
    answered_at: Instant
    speaker_id: Id | None = None


class NoticeBody(Struct):
    """Section 3, change `notice`."""

    level: Literal["info", "warning"]
    text: Line
    expires_at: Instant


Body = Union[SessionBody, SpeakerBody, EnrolmentBody, QuestionBody, AnswerBody, NoticeBody]
#: type of a change → its body.
CHANGES: dict[str, type[Struct]] = {
    "session": SessionBody,
    "speaker": SpeakerBody,
    "enrolment": EnrolmentBody,
    "question": QuestionBody,
    "answer": AnswerBody,
    "notice": NoticeBody,
}


class Change(Struct, omit_defaults=True):
    """Section 3: the state of one thing at `rev`. `deleted` = it is no more (its body is then not
    looked at).
    """

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
    return msgspec.convert(change.body, kind)  # type: ignore[return-value]
