"""What nobody had time to ask: sent to the speaker if the teacher chooses so, and what still waits to leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from kiosk.domain import reports, statuses
from kiosk.domain.people import identifiers
from kiosk.domain.questions import questions
from kiosk.domain.reading import flags
from kiosk.domain.views import QuestionView, SessionView
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage.models import Operation, Question
from kiosk.storage.writer import Transaction

KIND = "question.open"
#: Questions that a page offers and one act may send.
MOST = 100


@dataclass(frozen=True)
class Leaving:
    """Something said of a session that the centre has not confirmed yet. ``kind`` is the contract's type; ``text`` its
    words, empty when it has none; ``until``: when words already erased here go for good, None while they are here too.
    """

    kind: str
    text: str
    at: int
    until: int | None
    #: The centre has confirmed it.
    left: bool = False
    #: The operation's identifier.
    id: str = ""


def possible(session: SessionView | None) -> bool:
    """Whether a centre may know this session: not one of the demonstration, of a rehearsal, or made on this kiosk."""
    return session is not None and not identifiers.kept_here(session.id)


def sendable(room_id: str, session: SessionView | None) -> list[QuestionView]:
    """Questions that were read over and not asked, without any hint, and not sent yet: the most backed first."""
    return offered(room_id, session)[0]


def offered(room_id: str, session: SessionView | None) -> tuple[list[QuestionView], int]:
    """The same, and how many of those not sent yet stay in the class for a hint they have."""
    if session is None or not possible(session):
        return [], 0
    told = {row.subject for row in _told(room_id, session.id)}
    names = [one.name for one in session.speakers]
    left = [q for q in unasked(room_id, session) if q.id not in told]
    clear = [q for q in left if not flags.find(q.text, names)]
    return clear, len(left) - len(clear)


def unasked(room_id: str, session: SessionView) -> list[QuestionView]:
    """Questions that were read over and that nobody had time to ask, with or without a hint: the most backed first."""
    waiting = questions.listed(room_id, session.id, *statuses.READY, most=MOST)
    return [q for q in waiting if not q.unread and not q.guarded]


def send(tx: Transaction, room_id: str, session: SessionView, ids: Sequence[str]) -> int:
    """Write what will tell the speaker these questions; how many. One that may not leave (asked meanwhile, with a hint,
    worrying) stays.

    :raises KioskError: ``nothing_to_send``.
    """
    wanted = set(ids)
    chosen = [q for q in sendable(room_id, session) if q.id in wanted]
    for question in chosen:
        reports.question_open(tx, question.id)
    if not chosen:
        raise KioskError("nothing_to_send")
    return len(chosen)


def sent(room_id: str, session_id: str) -> list[Leaving]:
    """The questions that a room sent to the speaker of its session, still to leave or on their way, oldest first: other
    rooms may live the same session, and their classes' words are not this one's.
    """
    return [_leaving(row) for row in _told(room_id, session_id)]


def leaving(room_id: str, session_id: str) -> list[Leaving]:
    """What of a session in a room still waits to leave, and an erasure would take (``question.open`` excepted, which it
    may keep: :func:`kiosk.domain.retention.wipe`).
    """
    waiting = (Operation.state == "waiting") & _of(room_id, session_id)
    rows: Any = Operation.select().where(waiting).order_by(Operation.seq)
    return [_leaving(row) for row in rows]


def kept(among: Collection[str] | None = None) -> list[Leaving]:
    """Questions whose words were erased here and that still wait for a connection: of these sessions (of any)."""
    rows: Any = Operation.select().where((Operation.state == "waiting") & Operation.keep_until.is_null(False))
    return [_leaving(row) for row in rows.order_by(Operation.seq) if among is None or row.session_id in among]


def _leaving(row: Operation) -> Leaving:
    return Leaving(row.type, row.body.get("text", ""), row.at, row.keep_until, row.state == "accepted", row.id)


def _told(room_id: str, session_id: str) -> list[Operation]:
    told = (Operation.type == KIND) & (Operation.state << ("waiting", "accepted"))
    return list(Operation.select().where(told & _of(room_id, session_id)).order_by(Operation.seq))


def _of(room_id: str, session_id: str) -> Any:
    here = Question.select(Question.id).where((Question.room_id == room_id) & (Question.session_id == session_id))
    return (Operation.session_id == session_id) & Operation.subject.in_(here)
