"""« Écrites par les élèves »: what the class wrote before the talk, with what to see before adding it to the list."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.domain import starting
from kiosk.domain.questions import questions, written
from kiosk.domain.reading import flags, openness
from kiosk.domain.reading.flags import Flag
from kiosk.domain.starters import Line
from kiosk.domain.statuses import TO_REVIEW
from kiosk.domain.views import QuestionView, RoomView
from kiosk.ground.i18n import N_
from kiosk.ground.values import dataclass
from kiosk.web.frame import context, slices

#: How each came, in words (msgids).
CAME = {"live": N_("sur téléphone ou tablette"), "paper": N_("sur billet"), "spoken": N_("à voix haute")}


@dataclass(frozen=True)
class Pick:
    """A question that may become prepared. ``starter``: how it could begin, when « oui » would answer it."""

    question: QuestionView
    flags: list[Flag]
    starter: str
    came: str

    @property
    def ticked(self) -> bool:
        """Whether it is proposed: nothing in it asks for a second look."""
        return not self.flags and not self.starter


@dataclass(frozen=True)
class Picks:
    """Those of a room; ``more`` are not shown, ``unread`` still wait to be read over."""

    shown: list[Pick]
    more: int
    unread: int

    def __bool__(self) -> bool:
        return bool(self.shown or self.unread)


def of(room: RoomView) -> Picks | None:
    """What may be added to the prepared list now; None once the talk began."""
    if room.session is None or not room.stage.waiting:
        return None
    found = written.listed(room.id, room.session.id)
    names = [speaker.name for speaker in room.session.speakers]
    lines = {line.theme.code: line for line in starting.lines(room, context.kiosk_of().settings.data_dir)}
    shown = []
    for at, question in enumerate(found):
        slices.breathe()
        shown.append(pick(question, names, lines, at))
    more = written.count(room.id, room.session.id) - len(shown)
    unread = len(questions.ids_in_order(room.id, room.session.id, *TO_REVIEW))
    return Picks(shown, more, unread)


def pick(question: QuestionView, names: list[str], lines: Mapping[str, Line], at: int) -> Pick:
    """One question with what the teacher should see; ``at`` makes neighbours get different starters."""
    starter = ""
    if openness.closed(question.text):
        line = lines.get(question.theme) or next(iter(lines.values()))
        starter = line.starters[at % len(line.starters)].text
    return Pick(question, flags.find(question.text, names), starter, CAME.get(question.origin, ""))
