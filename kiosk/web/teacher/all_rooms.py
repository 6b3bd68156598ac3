"""« Toutes les salles »: what is on where, for who holds the school's code; making many from a file or a list."""

from __future__ import annotations

from flask import g, jsonify, request
from werkzeug.wrappers import Response

from kiosk.contract.programme import MAX_FILE, roomlist
from kiosk.domain import overview, rooms, roomset
from kiosk.exchange import filereading
from kiosk.exchange.filereading import Unread
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import current
from kiosk.ground.values import dataclass
from kiosk.storage import secretfile
from kiosk.storage.writer import Transaction
from kiosk.web.frame import bodies, context, guards, pages, slices
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal, typed
from kiosk.web.teacher.sync_words import status

#: Characters of what is looked for.
WANTED = 60


@dataclass(frozen=True)
class Line:
    """A room and what is open there now: phones, displays, panels. ``own_code``: its own, empty without one."""

    room: overview.Glance
    phones: int
    displays: int
    panels: int
    own_code: str

    @property
    def blind(self) -> bool:
        """Whether a class is at work and no large display is open."""
        return self.room.running and not self.displays


@bp.get("/prof/salles")
def rooms_page() -> str:
    """The page; ``cherche``: a part of a name, of a class, or a code; ``suite``: the number of the first room."""
    return page()


@bp.get("/prof/salles/presence")
def rooms_there() -> Response:
    """What is open in each room, for ``kiosk room state``: ``{workers, rooms: {code: [phones, displays, panels]}}``."""
    guards.refuse_but_machine()
    kiosk = context.kiosk_of()
    found = {
        code: [kiosk.presence.phones(id), *(kiosk.sockets.number(name, id) for name in ("/display", "/control"))]
        for id, _name, code in slices.paced(rooms.all_rooms())
    }
    return jsonify(workers=1 + kiosk.presence.elsewhere.workers(), rooms=found)


def page() -> str:
    """The whole page."""
    return _render("control/all_rooms.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/all_rooms_inside.html")


def _render(template: str) -> str:
    kiosk = context.kiosk_of()
    wanted = " ".join(request.args.get("cherche", "").split())[:WANTED]
    given = request.args.get("suite", "")
    start = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0
    glances, total = overview.rooms(wanted, start)
    lines = [_line(one) for one in slices.paced(glances)]
    return slices.render(
        template,
        room=context.room(),
        lines=lines,
        total=total,
        wanted=wanted,
        start=start,
        next=start + len(lines) if start + len(lines) < total else 0,
        running=sum(1 for line in lines if line.room.running),
        phones=sum(line.phones for line in lines),
        now=kiosk.clock.now(),
        seen=status(),
        workers=1 + kiosk.presence.elsewhere.workers(),
        several=bool(kiosk.settings.message_queue),
        trouble=kiosk.writer.trouble,
        typed=typed,
        given=g.get("rooms_given"),
        mistakes=g.get("rooms_mistakes", []),
        **_made(),
    )


def _line(room: overview.Glance) -> Line:
    kiosk = context.kiosk_of()
    displays, panels = (kiosk.sockets.number(name, room.id) for name in ("/display", "/control"))
    return Line(room, kiosk.presence.phones(room.id), displays, panels, kiosk.secrets.room_pins.get(room.id, ""))


def _made() -> dict[str, int | None]:
    """How many rooms have just been made, from the address."""
    given = request.args.get("creees", "")
    return {"made": int(given) if given.isascii() and given.isdigit() and len(given) < 4 else None}


@bp.post("/prof/salles/fichier")
@bodies.holds(MAX_FILE + (64 << 10))
def rooms_file() -> str:
    """Read a table of rooms (``fichier``), or a list (``noms``, one a line): shown, nothing of it is made.

    :raises KioskError: ``file_missing_here``, ``file_unread``, ``file_slow``.
    """
    page_of_refusal(page)
    kiosk, given = context.kiosk_of(), request.files.get("fichier")
    data = given.read(MAX_FILE + 1) if given else b""
    data = data or request.form.get("noms", "").encode()
    if not data.strip():
        raise KioskError("file_missing_here", field="fichier")
    try:
        with kiosk.brought.turn.taken(kiosk.engine.sleep):
            names, g.rooms_mistakes = filereading.read_rooms(kiosk.engine, data, current())
    except Unread as error:
        g.rooms_mistakes = error.mistakes
        raise
    held = roomset.named_as(names)
    g.rooms_given = [(name, name.casefold() in held) for name in names]
    return page()


@bp.post("/prof/salles/plusieurs")
@bodies.holds(bodies.LIST)
def rooms_make() -> Response:
    """Make the rooms of a list (``noms``, one a line) that are not there yet; ``codes`` = 1: each with its own code.

    :raises KioskError: ``list_empty``, ``list_too_long``, ``name_invalid``.
    """
    page_of_refusal(page)
    names = list(dict.fromkeys(filter(None, (" ".join(n.split()) for n in request.form.get("noms", "").splitlines()))))
    if len(names) > roomlist.MOST:
        raise KioskError("list_too_long", max=roomlist.MOST)
    settings = context.kiosk_of().settings

    def unit(tx: Transaction) -> list[str]:
        return roomset.open_many(tx, settings, names)

    made = do("rooms_made", unit, str(len(names)))
    if request.form.get("codes") == "1":
        _give_codes(made)
    return answer(pages.url("control.rooms_page", creees=len(made)))


def _give_codes(made: list[str]) -> None:
    """Each new room has a code of its own, all written at once."""
    kiosk = context.kiosk_of()
    held = secretfile.reread(kiosk.settings.data_dir, kiosk.secrets, kiosk.settings.database)
    for room_id in made:
        held = secretfile.with_room_pin(held, room_id, secretfile.new_room_pin(held))
    try:
        secretfile.write(kiosk.settings.data_dir, held, kiosk.settings.database)
    except OSError as error:
        raise KioskError("storage_failed") from error
    kiosk.secrets = held
