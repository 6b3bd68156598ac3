"""The text that goes to the speaker: what the teacher pastes into the meeting's conversation.

One clean text, with plain spaces: who asks (class and school, never a pupil), then the questions.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.views import QuestionView, RoomView
from kiosk.ground import typography
from kiosk.ground.i18n import _


def head(room: RoomView, school: str) -> str:
    """« 4e B, collège Jean-Moulin »; whichever of the two is known."""
    return typography.plain(", ".join(part for part in (room.class_label, school) if part))


def addressee(room: RoomView, question: QuestionView) -> str:
    """« pour Sophie Le Goff » when several speak and the question is for one of them, else empty."""
    speakers = room.session.speakers if room.session else []
    name = next((s.name for s in speakers if s.id == question.speaker_id), "")
    return typography.plain(_("pour %(name)s", name=name)) if name and len(speakers) > 1 else ""


def line(room: RoomView, question: QuestionView) -> str:
    """One question, ready to join others: « pour Sophie Le Goff : Avez-vous peur ? » or the question alone."""
    text = typography.plain(question.text)
    whom = addressee(room, question)
    return f"{whom} : {text}" if whom else text


def text(room: RoomView, school: str, chosen: Sequence[QuestionView]) -> str:
    """The whole message: on one line for one question, a numbered list for several; empty for none."""
    lines = [line(room, question) for question in chosen]
    start = head(room, school)
    if len(lines) < 2:
        return "".join(f"{start} : {one}" if start else one for one in lines)
    numbered = [f"{number}. {one}" for number, one in enumerate(lines, start=1)]
    return "\n".join([f"{start} :", *numbered] if start else numbered)
