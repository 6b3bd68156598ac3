"""What machines of the institution's say and are told (`docs/machines.md`): sessions and people in, enrolments and open
questions out. Sessions and people are the contract's own, so what is read here is what kiosks get.
"""

from __future__ import annotations

from typing import Annotated, Literal, Union

from msgspec import Meta, Struct

from kiosk.contract import SessionBody, SpeakerBody
from kiosk.contract.values import Id

#: Things in one request, bytes of it; things in one page.
MOST, MAX_BYTES, PAGE = 200, 1024 * 1024, 200


class SessionItem(Struct, forbid_unknown_fields=True):
    """A session under the sender's own identifier; what is there under it is replaced."""

    id: Id
    body: SessionBody


class SpeakerItem(Struct, forbid_unknown_fields=True):
    """A person's card, as :class:`SessionItem`. The portrait stays the office's."""

    id: Id
    body: SpeakerBody


class Sessions(Struct, forbid_unknown_fields=True):
    """Sessions to write, all of them or none; ``preview``: only what would change is told."""

    items: Annotated[list[SessionItem], Meta(min_length=1, max_length=MOST)]
    preview: bool = False


class Speakers(Struct, forbid_unknown_fields=True):
    """People to write, as :class:`Sessions`."""

    items: Annotated[list[SpeakerItem], Meta(min_length=1, max_length=MOST)]
    preview: bool = False


class Difference(Struct):
    """A field in words: what is held, and what it becomes; empty: nothing."""

    field: str
    before: str
    after: str


class Outcome(Struct):
    """What an item becomes. ``enrolled``: classes that take part or wait, whom a move or a cancellation concerns."""

    id: str
    outcome: Literal["new", "changed", "same"]
    differences: list[Difference]
    enrolled: int = 0
    moved: bool = False
    cancelled: bool = False


class Written(Struct):
    """The answer to items: ``written`` is 0 for a preview."""

    written: int
    items: list[Outcome]


class EnrolmentOut(Struct):
    """An enrolment. Of a pupil who takes part alone, only that: no name, level, number or address."""

    id: str
    session_id: str
    uai: str
    kind: Literal["class", "individual"]
    state: Literal["requested", "confirmed", "waitlisted", "refused", "cancelled"]
    created_at: str
    label: Union[str, None] = None
    level: Union[str, None] = None
    headcount: Union[int, None] = None
    contact_email: Union[str, None] = None


class OpenQuestionOut(Struct):
    """A question that waits for a speaker's answer."""

    uai: str
    id: str
    session_id: str
    speaker_id: Union[str, None]
    text: str
    theme: str
    created_at: str


class Enrolments(Struct):
    """A page; ``next`` is the `after` of the following one, null after the last."""

    items: list[EnrolmentOut]
    next: Union[str, None]


class OpenQuestions(Struct):
    """A page, as :class:`Enrolments`."""

    items: list[OpenQuestionOut]
    next: Union[str, None]
