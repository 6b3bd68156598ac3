"""What the live page shows: one plain value, made from the domain's reads, for the templates alone.

However many questions wait, a page holds a bounded number of them: ``board`` knows them all, what is on show is read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from itertools import islice

from kiosk.contract.themes import THEMES
from kiosk.domain import reflected, speaking, statuses, unreviewed
from kiosk.domain.questions import answers, questions, reflections
from kiosk.domain.questions.board import Board, Proposal
from kiosk.domain.reading import distress, flags
from kiosk.domain.reading.flags import Flag
from kiosk.domain.statuses import SHELVES
from kiosk.domain.views import (
    AnswerLine,
    ClassReflection,
    Counts,
    QuestionView,
    ReflectionView,
    RoomView,
    SpeakerView,
)
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.web.frame import context, slices, turn_lines
from kiosk.web.frame.turn_lines import TurnLine
from kiosk.web.teacher import timing, undoing
from kiosk.web.teacher.look import FIRST, LINES, MOST, ORDER, REFLECTIONS, STEP, Look
from kiosk.web.teacher.timing import Timer

#: Approved questions beside the lists: the first, and those that come next.
NEXT = 5
#: Near questions of one proposed group on show: regrouped, the following ones come.
OTHERS = 40
#: Questions offered to join another by hand.
CANDIDATES = 60


@dataclass(frozen=True)
class Entry:
    """A line of the queue: a question, or the one to keep of a proposed group and the first of its near ones.

    ``size`` is how many questions the line stands for, ``support`` the voices of them all.
    """

    question: QuestionView
    others: list[QuestionView] = field(default_factory=list)
    size: int = 1
    support: int = 0
    #: A near question that the speaker has had already.
    already: QuestionView | None = None

    @property
    def id(self) -> str:
        """The question to keep: the whole line's name in addresses."""
        return self.question.id

    @property
    def hints(self) -> list[tuple[QuestionView, Flag]]:
        """Each hint of the line with the question that has it: the one to keep, and its near ones."""
        return [(question, flag) for question in (self.question, *self.others) for flag in question.flags]

    @property
    def hidden(self) -> int:
        """Near ones that are not on show."""
        return self.size - 1 - len(self.others)


@dataclass(frozen=True)
class LivePage:
    """Everything the live page needs. ``entries`` is the list on show, already cut to ``look.shown``; ``approved`` the
    first :data:`NEXT` of ``counts.ready``; ``looking`` while not every question has been compared yet.
    """

    room: RoomView
    look: Look
    now: int
    timer: Timer
    counts: Counts
    phones: int
    left_to_ask: int
    current: QuestionView | None
    approved: list[QuestionView]
    entries: list[Entry]
    total: int
    filters: list[tuple[str, int]]
    themes: list[tuple[str, int]]
    selected: str
    undo: undoing.Undo | None
    candidates: list[tuple[QuestionView, bool]]
    reflection: ClassReflection | None
    to_review: list[ReflectionView]
    #: Who speaks and for how long, in a talk that several share.
    turns: list[TurnLine] = field(default_factory=list)
    handover: str = ""
    looking: bool = False
    #: Question id → its line of answer, of those asked; how many of all of them have one, how many wait to be read.
    lines: dict[str, AnswerLine] = field(default_factory=dict)
    noted: tuple[int, int] = (0, 0)
    #: Seen by the class and read by nobody, while review is off: the latest.
    unread: list[QuestionView] = field(default_factory=list)

    @property
    def next_speaker(self) -> SpeakerView | None:
        """Whose turn comes next in a talk that several share."""
        return next((turn.speaker for turn in self.turns if turn.state == speaking.TODO), None)

    @property
    def hidden(self) -> int:
        """Entries beyond those shown."""
        return max(0, self.total - self.look.start - len(self.entries))

    @property
    def next_ones(self) -> int:
        """How many of them come with one more look at the list."""
        return min(self.hidden, STEP if self.look.shown < MOST else FIRST)

    def after(self, question_id: str) -> str:
        """The entry to select once this one is dealt with."""
        ids = [entry.id for entry in self.entries]
        if question_id not in ids:
            return self.selected
        at = ids.index(question_id)
        rest = ids[at + 1 :] or ids[:at][-1:]
        return rest[0] if rest else ""


def live_page(look: Look) -> LivePage:
    """The live page of the request's room, in a given look."""
    room = context.room()
    board = context.kiosk_of().boards.of(room) if room.session else None
    session_id = room.session.id if room.session else None
    counts = questions.counts(room.id, session_id)
    if look.shelf == "relire":
        return _queue(room, board, counts, look)
    if look.shelf in (REFLECTIONS, ORDER):
        return _page(room, board, counts, look, [], 0)
    if look.shelf == LINES:
        return _waiting_lines(room, board, counts, look)
    here = statuses.of_shelf(look.shelf)
    found = questions.listed(room.id, session_id, *here, most=look.shown, start=look.start)
    if look.selected and look.selected not in [q.id for q in found]:
        found += [q for q in _ordinary(room, [look.selected]) if q.status in here]
    total = getattr(counts, SHELVES[look.shelf].count)
    seen = _page(room, board, counts, look, [Entry(q, support=q.support) for q in found], total)
    return replace(seen, lines=answers.of([q.id for q in (*found, *filter(None, [seen.current]))]))


def _waiting_lines(room: RoomView, board: Board | None, counts: Counts, look: Look) -> LivePage:
    """The questions whose line of answer waits to be read over."""
    ids = answers.waiting(room.id, room.session.id if room.session else None)
    shown = ids[look.start : look.start + look.shown]
    found = {q.id: q for q in _ordinary(room, shown)}
    seen = _page(room, board, counts, look, [Entry(found[id]) for id in shown if id in found], len(ids))
    return replace(seen, lines=answers.of(shown))


def _queue(room: RoomView, board: Board | None, counts: Counts, look: Look) -> LivePage:
    """The questions to read over."""
    alone = look.selected if look.about else ""  # its form is open: a question of its own meanwhile
    looking = board is not None and not board.complete  # of these proposals: others pass while the page is made
    whole = board.proposals(alone) if board else []
    look = look.but(only=look.only or ("dabord" if counts.pending > FIRST else "toutes"))
    chosen = _filtered(whole, look.only, look.theme)
    slices.breathe()
    entries = _entries(room, _cut(whole, chosen, look))
    if board:
        entries = _with_already(room, board, entries)
    lines = board.lines.values() if board else ()
    held = Counter(line.theme for line in lines if line.status in statuses.TO_REVIEW)
    return replace(
        _page(room, board, counts, look, entries, max(len(chosen), len(entries))),
        filters=_filters(whole, counts.pending),
        themes=[(code, held[code]) for code in THEMES.codes() if held[code]],
        looking=looking,
    )


def _page(
    room: RoomView, board: Board | None, counts: Counts, look: Look, entries: list[Entry], total: int
) -> LivePage:
    kiosk = context.kiosk_of()
    now = kiosk.clock.now()
    session_id = room.session.id if room.session else None
    selected = _selected(entries, look.selected)
    if look.selected and selected != look.selected and look.about:
        look = look.but(doing="")  # its question went elsewhere: the form must not open on another
    reflection = to_review = None
    if not room.stage.intake and session_id:
        reflection = reflected.of_class(room.id, session_id, room.headcount)
        names = [speaker.name for speaker in room.session.speakers] if room.session else []
        waiting = reflections.listed(room.id, session_id, "pending", most=FIRST * 2)
        to_review = [replace(one, look=reflections.to_look_at(one, names)) for one in slices.paced(waiting)]
    return LivePage(
        room=room,
        look=look,
        now=now,
        timer=timing.timer(room, now),
        counts=counts,
        phones=kiosk.presence.phones(room.id),
        left_to_ask=timing.left_to_ask(room, now),
        current=questions.one(room.id, room.current_id) if room.current_id else None,
        approved=questions.listed(room.id, session_id, *statuses.READY, most=NEXT),
        entries=entries,
        total=total,
        filters=[],
        themes=[],
        selected=selected,
        undo=undoing.last(room),
        turns=turn_lines.of(room, now),
        handover=turn_lines.handover(room, now),
        candidates=_candidates(room, board, selected) if board and look.doing == "regrouper" else [],
        noted=answers.progress(room.id, session_id) if counts.asked or room.current_id else (0, 0),
        reflection=reflection,
        to_review=to_review or [],
        unread=[] if room.reviewed else _ordinary(room, unreviewed.of_room(room.id, session_id, FIRST))[::-1],
    )


def _ordinary(room: RoomView, ids: list[str]) -> list[QuestionView]:
    """Those of these questions that are not guarded, be it since a moment."""
    return [q for q in questions.several(room.id, ids) if q.worry not in distress.GUARDED]


def _cut(whole: list[Proposal], chosen: list[Proposal], look: Look) -> list[Proposal]:
    """The lines on show; the selected one stays while new ones push it out."""
    shown = chosen[look.start : look.start + look.shown]
    if look.selected and not any(look.selected == one.id or look.selected in one.others for one in shown):
        shown = [*shown, *(one for one in whole if one.id == look.selected)]
    return shown


def _selected(shown: list[Entry], wanted: str) -> str:
    """The selected entry: the one wanted, the group it joined, or the first."""
    for entry in shown:
        if entry.id == wanted or wanted in [other.id for other in entry.others]:
            return entry.id
    return shown[0].id if shown else ""


def _entries(room: RoomView, lines: list[Proposal]) -> list[Entry]:
    """Lines with what their questions say now. Those approved were read over already: no hint."""
    names = [speaker.name for speaker in room.session.speakers] if room.session else []
    wanted = [id for line in lines for id in (line.id, *line.others[:OTHERS])]
    found = {
        q.id: replace(q, flags=flags.find(q.text, names)) if q.state.to_review else q
        for q in slices.paced(_ordinary(room, wanted))
        if q.status in statuses.WAITING
    }
    return [entry for line in lines if (entry := _entry(line, found)) is not None]


def _entry(line: Proposal, found: dict[str, QuestionView]) -> Entry | None:
    """None when its question has gone meanwhile."""
    keep = found.get(line.id)
    named = line.others[:OTHERS]
    others = [found[id] for id in named if id in found and found[id].state.to_review]
    if keep is None or not keep.state.to_review and not others:
        return None
    return Entry(keep, others, 1 + len(line.others) - (len(named) - len(others)), line.support)


def _with_already(room: RoomView, board: Board, entries: list[Entry]) -> list[Entry]:
    found = {e.id: board.near(e.question.text, statuses.GIVEN, 1) for e in slices.paced(entries)}
    asked = {q.id: q for q in _ordinary(room, [id for near in found.values() for id in near])}
    return [replace(e, already=asked.get(found[e.id][0])) if found[e.id] else e for e in entries]


def _filtered(lines: list[Proposal], only: str, theme: str) -> list[Proposal]:
    if theme:
        lines = [line for line in lines if line.theme == theme]
    if only == "groupes":
        return [line for line in lines if line.others]
    if only == "signalees":
        return [line for line in lines if line.flagged]
    if only == "dabord":
        return sorted(lines, key=lambda line: (-len(line.others), -line.support, line.number))[:FIRST]
    return lines


def _filters(lines: list[Proposal], pending: int) -> list[tuple[str, int]]:
    return [
        ("dabord", min(FIRST, len(lines))),
        ("groupes", sum(1 for line in lines if line.others)),
        ("signalees", sum(1 for line in lines if line.flagged)),
        ("toutes", pending),
    ]


def _candidates(room: RoomView, board: Board, selected: str) -> list[tuple[QuestionView, bool]]:
    """Questions that may join the selected one, the near ones (True) first."""
    try:
        text = questions.one(room.id, selected).text
    except KioskError:
        return []
    near = [id for id in board.near(text, statuses.WAITING, CANDIDATES) if id != selected]
    # what waits first: it is what a teacher is sorting
    others = (
        line.id
        for status in statuses.WAITING
        for line in board.lines.values()
        if line.status == status and line.id not in {selected, *near}
    )
    ids = [*near, *islice(others, CANDIDATES - len(near))]
    found = {q.id: q for q in _ordinary(room, ids)}
    return [(found[id], id in near) for id in ids if id in found]
