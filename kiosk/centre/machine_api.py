"""The addresses of machines of the institution's: a token of the office each, so many requests a minute, JSON.

What they write goes through the office's own rules and journal; what they read follows those of its tables.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Response, g, request

from kiosk.centre import enrolments, exchange, imports, machines, openapi_machines, rights, territories, wire
from kiosk.centre.house import centre
from kiosk.centre.imports.plan import Line, Plan
from kiosk.centre.machine_messages import (
    MAX_BYTES,
    PAGE,
    Difference,
    EnrolmentOut,
    Enrolments,
    OpenQuestionOut,
    OpenQuestions,
    Outcome,
    Sessions,
    Speakers,
    Written,
)
from kiosk.centre.models import Enrolment, OpenQuestion
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.store import Tx
from kiosk.centre.words import STATES
from kiosk.contract import FieldError, from_ms
from kiosk.contract.programme.items import FileRefused, Item
from kiosk.contract.storable import storable
from kiosk.contract.values import ID_LONGEST

api = Blueprint("machine_api", __name__, url_prefix="/v1/office")
In = TypeVar("In", Sessions, Speakers)
#: Addresses that anybody reads.
OPEN = frozenset({"machine_api.description"})


class _Previewed(OfficeError):
    """What was written for a preview, to be undone: the very rules judged it."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("preview")
        self.plan = plan


@api.before_request
def _admit() -> None:
    """Who asks, before anything is read. :raises Refusal: a stranger, a token that is over or only reads, too often."""
    if request.endpoint in OPEN:
        return
    house = centre()
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Refusal("unauthorized")
    try:
        person, writes = house.store.run(lambda tx: machines.known(tx, token.strip()))
    except Refusal:
        _count(f"from {request.remote_addr}")  # guesses wait too
        raise
    _count(person.id)
    if request.method == "POST" and not writes:
        raise Refusal("read_only")
    g.machine = person
    rights.act_as(person)


def _count(key: str) -> None:
    wait = centre().machines.wait(key)
    if wait:
        raise Refusal("rate_limited", retry_after=wait)


@api.get("/openapi.json")
def description() -> Response:
    """These addresses, for machines: made from the types that validate."""
    return wire.answer(openapi_machines.document(centre().settings.name, request.script_root or "/"))


@api.post("/sessions")
def sessions() -> Response:
    """Write sessions, or say what would change."""
    given = _read(Sessions)
    items = [
        Item("session", one.id, msgspec.structs.replace(one.body, full=None), number)
        for number, one in enumerate(given.items)
    ]
    return _written(items, preview=given.preview)


@api.post("/speakers")
def speakers() -> Response:
    """Write people's cards, or say what would change; portraits are the office's."""
    given = _read(Speakers)
    items = [
        Item("speaker", one.id, msgspec.structs.replace(one.body, portrait=None), number)
        for number, one in enumerate(given.items)
    ]
    return _written(items, preview=given.preview)


@api.get("/enrolments")
def enrolments_() -> Response:
    """Enrolments, a page: `session`, `state` choose."""
    _only("limit", "after", "session", "state")
    limit, after = _limit(), _cursor(1)
    of, chosen = Enrolment, territories.mine(Enrolment.uai) & (Enrolment.session_id != "")
    state, session = _text("state"), _text("session")
    if "state" in request.args and state not in STATES:
        raise _wrong("/state", f"One of {', '.join(STATES)}.")
    for condition in (
        of.state == state if state else None,
        of.session_id == session if session else None,
        of.id > after[0] if after else None,
    ):
        chosen = chosen if condition is None else chosen & condition
    rows = _page(lambda: list(of.select().where(chosen).order_by(of.id).limit(limit + 1)))
    return wire.answer(Enrolments([_enrolment(row) for row in rows[:limit]], _next(rows, limit, "id")))


@api.get("/open-questions")
def open_questions() -> Response:
    """Questions that wait for a speaker, a page: `session` chooses."""
    _only("limit", "after", "session")
    limit, after, session = _limit(), _cursor(2), _text("session")
    of = OpenQuestion
    chosen = of.answered_at.is_null() & (of.text != "") & territories.mine(of.uai)
    if session:
        chosen &= of.session_id == session
    if after:
        chosen &= (of.uai > after[0]) | ((of.uai == after[0]) & (of.id > after[1]))
    rows = _page(lambda: list(of.select().where(chosen).order_by(of.uai, of.id).limit(limit + 1)))
    found = [
        OpenQuestionOut(
            row.uai, row.id, row.session_id, row.speaker_id or None, row.text, row.theme, _at(row.created_at)
        )
        for row in rows[:limit]
    ]
    return wire.answer(OpenQuestions(found, _next(rows, limit, "uai", "id")))


def _enrolment(row: Any) -> EnrolmentOut:
    made = EnrolmentOut(row.id, row.session_id, row.uai, row.kind, row.state, _at(row.created_at))
    if row.kind == "class":
        made.label, made.level = enrolments.shown_label(row) or None, enrolments.shown_level(row) or None
        made.headcount, made.contact_email = row.headcount, row.contact or None
    return made


def _read(kind: type[In]) -> In:
    """The body. :raises Refusal: as :func:`wire.body`, or `invalid` with each place."""
    try:
        given = msgspec.json.decode(wire.body(MAX_BYTES), type=kind)
    except exchange.UNREADABLE as error:
        raise exchange.invalid(error) from None
    if len({one.id for one in given.items}) < len(given.items):
        raise _wrong("/items", "The same id twice.")
    return given


def _written(items: list[Item], *, preview: bool) -> Response:
    name = g.machine.name

    def unit(tx: Tx) -> Plan:
        plan = imports.made(items)
        wrong = plan.of("wrong")
        if wrong:
            code = "item_too_large" if any(one.code == "too_large" for one in wrong) else "refused"
            raise Refusal(code, errors=[_place(one.item.line, one.field, one.wrong) for one in wrong])
        imports.write(tx, plan, name)
        if preview:
            raise _Previewed(plan)
        return plan

    try:
        plan = centre().store.run(unit)
    except _Previewed as seen:
        plan = seen.plan
    except FileRefused as error:
        raise Refusal("refused", errors=[_place(one.line, one.field, one.message) for one in error.mistakes]) from None
    written = 0 if preview else sum(line.kind != "same" for line in plan.lines)
    return wire.answer(Written(written, [_outcome(line) for line in plan.lines]))


def _outcome(line: Line) -> Outcome:
    kind: Any = line.kind
    said = [Difference(one.label, one.before, one.after) for one in line.differences]
    return Outcome(line.id, kind, said, line.enrolled, line.moved, line.cancelled)


#: The office's name of a field → the contract's, where they differ.
_FIELDS = {"date": "starts_at", "url": "meeting_url"}


def _place(number: int, field: str, message: str) -> FieldError:
    inside = f"/body/{_FIELDS.get(field, field)}" if field and field != "id" else "/id"
    return FieldError(f"/items/{number}{inside}", message)


def _page(rows: Callable[[], list[Any]]) -> list[Any]:
    return centre().store.run(lambda _tx: rows())


def _only(*names: str) -> None:
    """:raises Refusal: `invalid`, a choice is not known: read past, a misspelt one would choose everything."""
    for name, values in request.args.lists():
        if name not in names or len(values) > 1:
            raise _wrong("", f"Choices: {', '.join(names)}, once each.")


def _limit() -> int:
    text = request.args.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= PAGE):
        raise _wrong("/limit", f"A number from 1 to {PAGE}.")
    return int(text)


def _text(name: str) -> str:
    text = request.args.get(name, "")
    if not storable(text) or len(text) > ID_LONGEST:
        raise _wrong(f"/{name}", f"At most {ID_LONGEST} characters, no NUL.")
    return text


def _cursor(parts: int) -> list[str] | None:
    """What `after` says: the keys of the last row read. :raises Refusal: `invalid`, no page gave it."""
    given = request.args.get("after", "")
    if not given:
        return None
    try:
        keys = json.loads(base64.urlsafe_b64decode(given.encode("ascii")))
    except (ValueError, binascii.Error, RecursionError):
        keys = None
    if not isinstance(keys, list) or len(keys) != parts or not all(isinstance(one, str) for one in keys):
        raise _wrong("/after", "Not the next of a page.")
    if not storable(keys):
        raise _wrong("/after", "Not the next of a page.")
    return keys


def _next(rows: list[Any], limit: int, *keys: str) -> str | None:
    if len(rows) <= limit:
        return None
    said = json.dumps([getattr(rows[limit - 1], key) for key in keys], ensure_ascii=False)
    return base64.urlsafe_b64encode(said.encode()).decode()


def _at(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _wrong(pointer: str, detail: str) -> Refusal:
    return Refusal("invalid", detail, errors=[FieldError(pointer, detail)])
