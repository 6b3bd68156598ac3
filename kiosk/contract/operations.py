"""Section 3, operations: what a kiosk tells the centre."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from kiosk.contract.values import Count, Id, Instant, Level, QuestionText, Theme


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


class QuestionAsked(Struct, omit_defaults=True):
    """Section 3, `question.asked`. Only if the school opted in. r2: `enrolment_id`, whose class asked."""

    question_id: Id
    session_id: Id
    text: QuestionText
    theme: Theme
    origin: Literal["prepared", "live"]
    status: Literal["asked", "answered"]
    enrolment_id: Id | UnsetType = UNSET


class QuestionOpen(Struct, omit_defaults=True):
    """Section 3, `question.open` (r2): one that there was no time for, that the teacher chose to send."""

    question_id: Id
    session_id: Id
    text: QuestionText
    theme: Theme
    speaker_id: Id | UnsetType = UNSET


class AttendanceReport(Struct):
    """Section 3, `attendance.report`."""

    session_id: Id
    enrolment_id: Id
    headcount: Count
    started_at: Instant
    ended_at: Instant
    questions_received: Count
    questions_asked: Count


#: A count that may leave a class (see also `aggregates`).
Told = Annotated[int, Meta(ge=5)]


class ReflectionSummary(Struct, omit_defaults=True):
    """Section 3, `reflection.summary`. Only aggregates, never a count under 5, nor one whose complement in `answers` is
    1 to 4. Only if the school opted in. r2: `enrolment_id`; `kiosk`, the identity at the session; `useful`; `more`, how
    many would like to know more.
    """

    session_id: Id
    answers: Told
    themes: dict[Theme, Told]
    enrolment_id: Id | UnsetType = UNSET
    kiosk: Id | UnsetType = UNSET
    useful: dict[Literal["very", "rather", "little"], Told] | UnsetType = UNSET
    more: Told | UnsetType = UNSET


#: type of an operation → its body.
OPERATIONS: dict[str, type[Struct]] = {
    "enrolment.request": EnrolmentRequest,
    "enrolment.cancel": EnrolmentCancel,
    "question.prepared": QuestionPrepared,
    "question.withdraw": QuestionWithdraw,
    "question.asked": QuestionAsked,
    "question.open": QuestionOpen,
    "attendance.report": AttendanceReport,
    "reflection.summary": ReflectionSummary,
}


#: Types that wait in the outbox until the centre lists them in `operations` (rule 13).
LISTED_ONLY = frozenset({"question.open"})


class Operation(Struct):
    """Section 3: one thing the kiosk reports. `id` counts once, for ever; `seq` orders one kiosk's
    operations.
    """

    id: Id
    seq: Annotated[int, Meta(ge=0)]
    type: str
    at: Instant
    body: dict[str, Any]
