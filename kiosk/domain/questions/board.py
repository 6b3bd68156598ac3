"""What the panel knows of a room's questions without reading them all again: groups, hints, themes.

The database is the truth. A board compares one light reading of it with the one before, and looks again only at what
changed; looking at a question costs a bounded work (``neargroups``), done in slices of a few milliseconds that let
everybody else pass. What a page cannot wait for goes on beside it, and the panels are then told to ask again.

A board lives in memory: pupils' words. It goes with its session, or when the room is wiped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any, NamedTuple

from kiosk.contract.reading import similarity
from kiosk.contract.reading.neargroups import Groups
from kiosk.contract.reading.similarity import Features
from kiosk.domain.reading import flags
from kiosk.domain.reading.distress import GUARDED
from kiosk.domain.statuses import IN_PLAY, READY, TO_REVIEW, WAITING
from kiosk.domain.views import RoomView
from kiosk.engine import Engine, Waiter, native_lock
from kiosk.ground.events import BoardRead, Bus, Event, RoomChanged, RoomWiped
from kiosk.storage import hot

#: Questions of a session a board knows, the oldest first: far beyond what a class can read.
MOST = 6000
#: ``hot.BOARD``, ready made.
READING = hot.filled(hot.BOARD, in_play=IN_PLAY, guarded=GUARDED)
#: Seconds of work in one go, seconds a page waits for, and what others get between two slices once it has gone.
SLICE = 0.004
PATIENCE = 0.05
PAUSE = 0.006
#: Seconds without news after a start until what no page asked for yet is learnt, and at most: phones that come back
#: (a power cut) go first.
SOON, LATEST = 2.0, 30.0


class Line(NamedTuple):
    """One reading of a question, as ``hot.BOARD`` gives it."""

    id: str
    number: int
    status: str
    text: str
    theme: str
    support: int
    kept_apart: bool


class Proposal(NamedTuple):
    """A line of the queue: the question to keep and the waiting ones near it; ``flagged``: one of them has a hint."""

    id: str
    others: Sequence[str]
    number: int
    support: int
    theme: str
    flagged: bool


class Board:
    """The questions of one room's session. Its methods are short: none waits; ``take`` and ``work`` under ``lock``."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.rev = -1
        self.gone = False
        #: Held for a slice of work, never while anything waits: for real threads, as the unit tests have.
        self.lock = Lock()
        self.busy = False
        self.lines: dict[str, Line] = {}
        self.flagged: set[str] = set()
        #: Those that may be grouped; and the others that a text may be near.
        self.groups, self.beside = Groups(), Groups()
        self._names: tuple[str, ...] = ()
        self._todo: dict[str, None] = {}
        self._proposed: dict[str, list[Proposal]] = {}

    @property
    def complete(self) -> bool:
        """Whether every question was looked at."""
        return not self._todo

    def take(self, rows: Iterable[Sequence[Any]], names: Sequence[str]) -> None:
        """A reading of the whole session, by age; ``names``: the speakers', which are no pupil's."""
        self._proposed.clear()
        before, self.lines = self.lines, {row[0]: Line(*row) for row in rows}
        for line in self.lines.values():
            held = before.pop(line.id, None)
            if held is None or (held.text, held.status, held.kept_apart) != (line.text, line.status, line.kept_apart):
                self._todo[line.id] = None
        self._todo.update(dict.fromkeys(before))
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._todo.update(dict.fromkeys(self.lines))

    def work(self, until: float) -> bool:
        """Look at what changed, until an instant of ``time.perf_counter``, at one question at least; whether all is."""
        if self._todo:
            self._proposed.clear()
        while self._todo:
            id = next(iter(self._todo))
            del self._todo[id]
            self._look(id)
            if time.perf_counter() >= until:
                break
        return not self._todo

    def _look(self, id: str) -> None:
        for groups in (self.groups, self.beside):
            groups.remove(id)
        self.flagged.discard(id)
        line = self.lines.get(id)
        if line is None:
            return
        features = similarity.features(line.text)
        if self._groupable(id):
            self.groups.add(id, features, ahead=line.status in READY)
        else:
            self.beside.add(id, features)
        if line.status in TO_REVIEW and flags.find(line.text, self._names):
            self.flagged.add(id)

    def proposals(self, alone: str = "") -> list[Proposal]:
        """The queue by age, a group where its first waiting question is. ``alone``: one to leave out of groups."""
        with self.lock:
            if alone not in self._proposed:
                self._proposed = {alone: self._propose(alone)}
            return self._proposed[alone]

    def _propose(self, alone: str) -> list[Proposal]:
        led: dict[str, Proposal] = {}
        for group in self.groups.listed():
            keep, *rest = [id for id in group if id != alone and self._groupable(id)] or [""]
            waiting = [id for id in rest if self.lines[id].status in TO_REVIEW]
            if waiting:
                proposal = self._proposal(keep, waiting)
                led.update(dict.fromkeys((keep, *waiting), proposal))
        found: dict[str, Proposal] = {}
        for line in self.lines.values():
            if line.status in TO_REVIEW:
                one = led.get(line.id) or Proposal(
                    line.id, (), line.number, line.support, line.theme, line.id in self.flagged
                )
                found.setdefault(one.id, one)
        return list(found.values())

    def _groupable(self, id: str) -> bool:
        """Whether a question still may be in a group: the groups may be of a moment ago."""
        line = self.lines.get(id)
        return line is not None and line.status in WAITING and not line.kept_apart

    def _proposal(self, keep: str, others: Sequence[str]) -> Proposal:
        line = self.lines[keep]
        return Proposal(
            keep,
            others,
            line.number,
            line.support + sum(self.lines[id].support for id in others),
            line.theme,
            keep in self.flagged or not self.flagged.isdisjoint(others),
        )

    def near(self, text: str, statuses: Sequence[str], most: int) -> list[str]:
        """The ids of at most ``most`` questions in these statuses near a text, the nearest first."""
        features: Features = similarity.features(text)
        places = (self.groups, self.beside) if set(statuses) & set(WAITING) else (self.beside,)
        with self.lock:
            found = [id for groups in places for id in groups.near(features, 4 * most)]
        return [id for id in found if id in self.lines and self.lines[id].status in statuses][:most]


class Boards:
    """The boards of one kiosk, by room. ``publish`` is told when one is complete after its page had gone."""

    def __init__(self, engine: Engine, bus: Bus, use: Callable[[], None]) -> None:
        self._engine, self._bus, self._use = engine, bus, use
        self._boards: dict[str, Board] = {}
        self._learning = native_lock()
        #: What waits for the words to be loaded; None once they are.
        self._learners: list[Waiter] | None = []
        self._news = time.monotonic()
        bus.subscribe(self._receive)

    def prepare(self) -> None:
        """Learn soon after a start what the first page would wait for: seconds, on a tenth of a core."""
        latest = time.monotonic() + LATEST
        self._engine.sleep(SOON)
        while time.monotonic() < min(latest, self._news + SOON):
            self._engine.sleep(SOON)
        self.learn()

    def learn(self) -> None:
        """Load the words by which texts are judged and compared, and the libraries that do it: 0.2 s, in a native
        thread, for the loop would be held. Before whatever reads a text; those that come meanwhile wait for it too.
        """
        with self._learning:
            if self._learners is None:
                return
            waiter, first = self._engine.waiter(), not self._learners
            self._learners.append(waiter)
        if first:
            self._engine.start_native(self._load, "kiosk-words")
        waiter.wait()

    def _load(self) -> None:
        try:
            flags.find("0600000000 " + __name__)
            similarity.features(__name__)
        finally:
            self._engine.post(self._learnt)

    def _learnt(self) -> None:
        with self._learning:
            waiting, self._learners = self._learners or [], None
        for waiter in waiting:
            waiter.send(None)

    def of(self, room: RoomView) -> Board:
        """The board of a room whose session is chosen, as up to date as :data:`PATIENCE` allows."""
        assert room.session is not None
        self.learn()
        board = self._boards.get(room.id)
        if board is None or board.session_id != room.session.id:
            board = self._boards[room.id] = Board(room.session.id)
        with board.lock:
            if board.rev != room.rev:
                rows = hot.read(READING, room.id, room.session.id, MOST)
                board.take(rows, [speaker.name for speaker in room.session.speakers])
                board.rev = room.rev
        self._engine.sleep(0)
        leave = time.perf_counter() + PATIENCE
        while not board.busy and not self._slice(board):
            if time.perf_counter() >= leave:
                self._go_on(room.id, board)
                break
            self._engine.sleep(0)
        return board

    @staticmethod
    def _slice(board: Board) -> bool:
        with board.lock:
            return board.work(time.perf_counter() + SLICE)

    def _go_on(self, room_id: str, board: Board) -> None:
        if not board.busy:
            board.busy = True
            self._engine.spawn(self._finish, room_id, board)

    def _finish(self, room_id: str, board: Board) -> None:
        try:
            while not board.gone and not self._slice(board):
                self._engine.sleep(PAUSE)
        finally:
            board.busy = False
        if not board.gone:
            self._use()
            self._bus.publish([BoardRead(room_id)])

    def _receive(self, events: Sequence[Event]) -> None:
        """A room that was wiped or changed its session leaves nothing here."""
        self._news = time.monotonic()
        for event in events:
            if isinstance(event, RoomWiped) or isinstance(event, RoomChanged) and "session" in event.what:
                board = self._boards.pop(event.room_id, None)
                if board is not None:
                    board.gone = True
