"""The rooms of this kiosk as « Salles » lists them: how each is, who is there."""

from __future__ import annotations

from flask import request

from kiosk.domain import rooms, roomset
from kiosk.domain.views import RoomView
from kiosk.ground.i18n import N_, _
from kiosk.ground.values import dataclass
from kiosk.web.frame import context

#: How a room is → its pictogram, its words.
STATES = {
    "running": ("ok", N_("En séance")),
    "over": ("queue", N_("Séance terminée")),
    "chosen": ("queue", N_("Séance choisie")),
    "left": ("warn", N_("Textes d’élèves gardés")),
    "free": ("ring", N_("Libre")),
}


@dataclass(frozen=True)
class Line:
    """A room as the list shows it. ``asked``: its removal is being asked about, just now."""

    held: roomset.Standing
    here: bool
    state: str
    phones: int
    asked: bool

    @property
    def room(self) -> RoomView:
        """The room itself."""
        return self.held.room

    @property
    def icon(self) -> str:
        """The pictogram of its state."""
        return STATES[self.state][0]

    @property
    def words(self) -> str:
        """Its state in the page's language."""
        return _(STATES[self.state][1])


#: Rooms of the list: each takes readings of its own. « Toutes les salles » shows them all.
MOST = 12


def lines() -> list[Line]:
    """Rooms of the kiosk, this one first, the one being asked about with it; :data:`MOST` of them."""
    wanted, here = request.args.get("retirer", ""), context.room_id()
    held = sorted(rooms.all_rooms(), key=lambda one: (one[0] != here, one[2] != wanted))
    return [_line(room_id, here, code == wanted) for room_id, _name, code in held[:MOST]]


def _line(room_id: str, here: str, asked: bool) -> Line:
    held = roomset.standing(room_id)
    if held.running:
        state = "running"
    elif held.room.session is not None:
        state = "over" if held.room.stage.over else "chosen"
    else:
        state = "left" if held.raw else "free"
    return Line(held, room_id == here, state, context.kiosk_of().presence.phones(room_id), asked)
