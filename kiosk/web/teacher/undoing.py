"""The undo line: what was done last, in words, with the question's own text while it may be read."""

from __future__ import annotations

from kiosk.domain.acts import ACTS
from kiosk.domain.questions import decisions, questions
from kiosk.domain.views import RoomView
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Undo:
    """The last act: the text it touched (none: the whole room), what was done, whether a moderator may undo it."""

    id: int
    text: str
    done: str
    review: bool
    #: Whether a key may undo it: none acts on a worrying message.
    keyed: bool = True


def of_list(room: RoomView) -> Undo | None:
    """The same where only the prepared list is at stake: None when the last act was another one."""
    if room.session is None:
        return None
    decision = decisions.last(room.id, room.session.id)
    return last(room) if decision is not None and ACTS[decision.verb].lists else None


def last(room: RoomView) -> Undo | None:
    """What « Annuler » would undo in this room; None when there is nothing."""
    if room.session is None:
        return None
    decision = decisions.last(room.id, room.session.id)
    if decision is None:
        return None
    act = ACTS[decision.verb]
    review = act.review and decision.current_id == room.current_id
    done = act.said(len(decision.before))
    if act.whole or not decision.before:
        return Undo(decision.id, "", done, review)
    try:
        question = questions.one(room.id, decision.before[0]["id"])
    except KioskError:
        return None
    text = "" if question.state.taken_back else question.text  # read by nobody any more: what was done is enough
    if text and question.guarded:
        text = _("Message inquiétant")  # the panel may be mirrored, and a moderator reads this line
    return Undo(decision.id, text, done, review, not act.worry)
