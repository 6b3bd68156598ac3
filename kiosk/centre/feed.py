"""What kiosks see, in the order of revisions (contract, section 3, rules 5 to 7, 12 and 15).

Each visible change gives its thing the next revision. A cursor is the history it was given in and the last revision
read; while a reading from the start goes on, :data:`WHOLE` follows, and the last revision there was when it began.
Another history makes it expire, and so do rows that it had not read and that are kept no more (:func:`drop`): a kiosk
that was away for longer starts again from null, and what is not named there is gone (rule 12).

A row of a school holds what only that school sees, or (`session`, `own`) only the revision at which what it sees of a
thing changed: the link of a session where a class of its is confirmed, its own prepared questions.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from peewee import fn

from kiosk.centre.models import Enrolment, Feed, OpenQuestion, Question, Stored
from kiosk.centre.refusals import Refusal
from kiosk.contract import CHANGES, MAX_ANSWER_BYTES

#: The most changes in one answer, whatever a kiosk asks for.
MAX_PAGE = 500
#: Schools that one statement tells.
_PART = 100
#: 2026-01-01, in seconds.
_START = 1_767_225_600
#: Behind a cursor: the reading began from the start.
WHOLE = "s"
#: Where the highest revision of the rows that are kept no more is stored.
_DROPPED = "dropped"
#: Where it is stored how many operations this database has judged.
_HEARD = "heard"
#: A school's own prepared questions; `question` to a kiosk.
OWN = "own"
#: Columns of a statement: what :class:`State` holds.
STATE = f"""
    (SELECT value FROM stored WHERE key = 'mark'), (SELECT MAX(rev) FROM feed),
    (SELECT value FROM stored WHERE key = '{_DROPPED}')
"""


@dataclass(frozen=True)
class State:
    """Where the history of this database is: its name (empty before it has one), its last revision, and the highest of
    the rows that are kept no more.
    """

    mark: str
    last: int
    dropped: int

    @classmethod
    def of(cls, mark: str | None, last: int | None, dropped: str | None) -> State:
        """What :data:`STATE` gives."""
        return cls(mark or "", last or 0, int(dropped or 0))

    def holds(self, revision: int) -> bool:
        """Whether all that came after a revision of this history can be read."""
        return bool(self.mark) and revision <= self.last and (revision == self.last or revision >= self.dropped)


@dataclass(frozen=True)
class Reader:
    """Who reads: a school, in which history of this centre; `own`: its prepared questions too (revision 2), but those
    of `said`, which this very request told.
    """

    uai: str
    epoch: str
    own: bool = False
    said: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Page:
    """A page of changes, as JSON, and where the next one starts. `whole`: of a reading from the start."""

    changes: list[msgspec.Raw]
    cursor: str
    more: bool
    whole: bool


def publish(type: str, id: str, body: Any, uai: str = "") -> None:
    """Say that a thing is now so, to everyone or to one school; nothing happens when it already was."""
    plain = (
        msgspec.to_builtins(msgspec.convert(body, CHANGES[type]))
        if isinstance(body, dict)
        else msgspec.to_builtins(body)
    )
    _say(type, id, uai, msgspec.json.encode(plain).decode())


def link(session_id: str, uai: str, shown: bool) -> None:
    """Whether a school sees a session's link; when it no longer is so, what it sees of the session has changed."""
    if shown or _held("session", session_id, uai) is not None:
        _say("session", session_id, uai, "link" if shown else "none")


def own(id: str, uai: str) -> None:
    """A school's own prepared question changed."""
    held = _held(OWN, id, uai)
    if held is None:
        Feed.create(type=OWN, id=id, uai=uai, rev=_next())
    else:
        _update(held, deleted=False)


def publish_to(type: str, id: str, body: Any, schools: Sequence[str]) -> None:
    """As :func:`publish`, to many schools: a few statements, not a few for each."""
    text = msgspec.json.encode(body).decode()
    for at in range(0, len(schools), _PART):
        part = schools[at : at + _PART]
        of = Feed
        same = (of.type == type) & (of.id == id) & of.uai.in_(part)
        rows: Any = of.select(of.uai, of.deleted, of.body).where(same).tuples()
        held = {uai: (deleted, said) for uai, deleted, said in rows}
        stale = [uai for uai in part if held.get(uai) != (False, text)]
        if stale:
            first = _next()
            of.delete().where((of.type == type) & (of.id == id) & of.uai.in_(stale)).execute()
            made = {"type": type, "id": id, "body": text, "deleted": False}
            of.insert_many([{**made, "uai": uai, "rev": first + n} for n, uai in enumerate(stale)]).execute()


def remove(type: str, id: str, uai: str = "") -> None:
    """Say that a thing is no more."""
    held = _held(type, id, uai)
    if held is not None and not held.deleted:
        _update(held, deleted=True, body="")


def hear(number: int) -> None:
    """So many operations more were judged: most of them change nothing that kiosks see."""
    if not Stored.update(value=(heard() + number)).where(Stored.key == _HEARD).execute():
        Stored.create(key=_HEARD, value=number)


def heard() -> int:
    """How many operations this database has judged, since it counts them."""
    row = Stored.get_or_none(Stored.key == _HEARD)
    return int(row.value) if row is not None else 0


def page(
    reader: Reader, cursor: str | None, limit: int, room: int = MAX_ANSWER_BYTES, newest: int | None = None
) -> Page:
    """The next changes for a school, at most `limit`, and `room` bytes unless one alone is longer; `newest`: the last
    revision, when it is known.

    :raises Refusal: `cursor_expired`.
    """
    reached = last() if newest is None else newest
    since, began = _since(cursor, reader.epoch, reached)
    whole = began is not None
    limit = min(limit, MAX_PAGE)
    mine = Feed.uai.in_(("", reader.uai)) & (Feed.rev > since)
    if not reader.own:
        mine &= Feed.type != OWN
    found: Any = Feed.select().where(mine).order_by(Feed.rev).limit(limit + 1).dicts()
    rows: list[dict[str, Any]] = list(found)
    more = len(rows) > limit
    if more:
        rows = rows[:limit]
        reached = rows[-1]["rev"]
    changes: list[msgspec.Raw] = []
    before = since
    for row, change in zip(rows, _changes(rows, reader), strict=True):
        if change is not None:
            text = msgspec.json.encode(change)
            room -= len(text) + 1
            if room < 0 and changes:
                reached, more = before, True
                break
            changes.append(msgspec.Raw(text))
        before = row["rev"]
    mark = f"{WHOLE}{began}" if whole and more else ""
    return Page(changes, f"{reader.epoch}-{reached}{mark}", more, whole)


def from_start(epoch: str) -> Page:
    """What an answer that only begins another history brings: nothing yet, and all is to be asked for."""
    return Page([], f"{epoch}-0{WHOLE}{last()}", True, False)


def written_before(instant: int) -> Any:
    """The condition that a row was written before an instant (UTC ms): revisions never run behind the seconds
    (:func:`_next`).
    """
    return Feed.rev < instant // 1000 - _START


def droppable(instant: int) -> Any:
    """:func:`written_before`, and not the last of all: a database whose last revision is lower is an older copy."""
    return written_before(instant) & (Feed.rev < last())


def drop(which: Any) -> None:
    """Keep rows no more, and say nothing: cursors that had not read them expire."""
    highest = Feed.select(fn.MAX(Feed.rev)).where(which).scalar()
    if highest is None:
        return
    Feed.delete().where(which).execute()
    if highest > _dropped():
        row = Stored.insert(key=_DROPPED, value=str(highest))
        row.on_conflict(conflict_target=[Stored.key], preserve=[Stored.value]).execute()


def drop_session(id: str, which: Any) -> None:
    """:func:`drop`, of all that was said of a session and fulfils a condition."""
    drop((Feed.type == "session") & (Feed.id == id) & which)
    for types, model in ((("question", OWN), Question), (("enrolment",), Enrolment), (("answer",), OpenQuestion)):
        named: Any = model
        of = named.select(named.id).where(named.session_id == id)
        for type in types:
            drop((Feed.type == type) & Feed.id.in_(of) & which)


def check(cursor: str | None, epoch: str, newest: int) -> None:
    """:raises Refusal: `cursor_expired`."""
    _since(cursor, epoch, newest)


def of_history(cursor: str | None, epoch: str) -> bool:
    """Whether a cursor says nothing of another history than this one."""
    return cursor is None or cursor.rpartition("-")[0] == epoch


def revision_of(cursor: str | None) -> int | None:
    """The last revision read, of a cursor whose reading from the start is over; else None."""
    _history, dash, place = (cursor or "").rpartition("-")
    return int(place) if dash and _is_revision(place) else None


def ahead(cursor: str | None, newest: int) -> bool:
    """Whether a cursor stands after the last revision."""
    number = (cursor or "").rpartition("-")[2].partition(WHOLE)[0]
    return number.isascii() and number.isdigit() and len(number) <= 18 and int(number) > newest


def mark() -> str:
    """The name of this database's history."""
    row = Stored.get_or_none(Stored.key == "mark")
    if row is None:
        row = Stored.create(key="mark", value=secrets.token_hex(3))
    return str(row.value)


def begin_again() -> str:
    """Another history begins: cursors given before expire. Returns its name."""
    mark()
    made = secrets.token_hex(3)
    Stored.update(value=made).where(Stored.key == "mark").execute()
    return made


def last() -> int:
    """The last revision given."""
    return int(Feed.select(fn.MAX(Feed.rev)).scalar() or 0)


def _changes(rows: Sequence[dict[str, Any]], reader: Reader) -> Iterable[dict[str, Any] | None]:
    """Each row as its reader sees it now; None for what says nothing to it."""
    newest = {(row["type"], row["id"]): row["rev"] for row in rows}
    sessions = _sessions([row["id"] for row in rows if row["type"] == "session"], reader.uai)
    owns = [row["id"] for row in rows if row["type"] == OWN and not row["deleted"]]
    questions = {row.id: row for row in Question.select().where(Question.id.in_(owns))} if owns else {}
    for row in rows:
        kind, id, body = row["type"], row["id"], row["body"]
        said = kind == OWN and id in reader.said
        if newest[kind, id] != row["rev"] or said:
            yield None
            continue
        if kind == "session":
            body = sessions.get(id)
        elif kind == OWN:
            body = _own(questions[id]) if id in questions else None
        gone = row["deleted"] or body is None
        change = {"type": "question" if kind == OWN else kind, "id": id, "rev": row["rev"]}
        yield {**change, "deleted": True} if gone else {**change, "body": msgspec.Raw(body.encode())}


def _sessions(ids: Sequence[str], uai: str) -> dict[str, str]:
    """Sessions as a school sees them: the link is for those where a class of its is confirmed."""
    if not ids:
        return {}
    confirmed = (Enrolment.uai == uai) & (Enrolment.state == "confirmed") & Enrolment.session_id.in_(ids)
    linked = {row.session_id for row in Enrolment.select(Enrolment.session_id).where(confirmed)}
    held = Feed.select().where((Feed.type == "session") & (Feed.uai == "") & Feed.id.in_(ids) & ~Feed.deleted)
    return {row.id: row.body if row.id in linked else _unlinked(row.body) for row in held}


def _unlinked(body: str) -> str:
    return msgspec.json.encode({**msgspec.json.decode(body), "meeting_url": ""}).decode()


def _own(row: Question) -> str | None:
    if row.state == "withdrawn" or not row.text:
        return None
    body = {"session_id": row.session_id, "text": row.text, "theme": row.theme, "origin": "class", "state": row.state}
    return msgspec.json.encode({**body, "level": row.level, "support": row.support}).decode()


def _since(cursor: str | None, epoch: str, newest: int) -> tuple[int, int | None]:
    """(Last revision read, the last that there was when the reading from the start began: None outside one.)"""
    if cursor is None:
        return 0, newest
    held, dash, place = cursor.rpartition("-")
    number, whole, start = place.partition(WHOLE)
    if held != epoch or not dash or not all(map(_is_revision, (number, start or "0"))):
        raise Refusal("cursor_expired", "This cursor is not of this centre.")
    since, began = int(number), int(start or 0) if whole else None
    if since > newest:
        raise Refusal("cursor_expired", "The centre came back from an older copy.")
    passed = since if began is None else began
    if passed < newest and passed < _dropped():
        raise Refusal("cursor_expired", "Something that it had not read is kept no more.")
    return since, began


def _is_revision(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _dropped() -> int:
    row = Stored.get_or_none(Stored.key == _DROPPED)
    return int(row.value) if row is not None else 0


def _say(type: str, id: str, uai: str, text: str) -> None:
    held = _held(type, id, uai)
    if held is None:
        Feed.create(type=type, id=id, uai=uai, rev=_next(), body=text)
    elif held.deleted or held.body != text:
        _update(held, deleted=False, body=text)


def _held(type: str, id: str, uai: str) -> Any:
    return Feed.get_or_none((Feed.type == type) & (Feed.id == id) & (Feed.uai == uai))


def _update(held: Any, **values: Any) -> None:
    Feed.update(rev=_next(), **values).where(
        (Feed.type == held.type) & (Feed.id == held.id) & (Feed.uai == held.uai)
    ).execute()


def _next() -> int:
    """The next revision: at least the seconds since 2026, so that a centre brought back from a copy goes on above the
    revisions it gave before, which kiosks still hold (rule 6).
    """
    return max(last() + 1, int(time.time()) - _START)
