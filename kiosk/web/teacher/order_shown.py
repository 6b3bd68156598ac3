"""What the list « Ordre proposé » of the live page shows: each place with its reason, where the time ends, what was
heard and what was not.
"""

from __future__ import annotations

from kiosk.contract.themes import THEMES
from kiosk.domain import starting
from kiosk.domain.questions import ordering, questions, suggested
from kiosk.domain.questions.running_order import Slot
from kiosk.domain.starters import Line
from kiosk.domain.views import QuestionView, RoomView
from kiosk.ground import instants
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.web.frame import context
from kiosk.web.teacher import timing
from kiosk.web.teacher.look import STEP

#: Lines of approach that nothing speaks of yet, each with a beginning.
MISSING = 3


@dataclass(frozen=True)
class Order:
    """The order as it is proposed now. ``rows``: those on the page, each with its one sentence; ``hidden``: how many
    follow in this order, ``beyond``: and after it, as the list stands.
    """

    rows: list[tuple[QuestionView, str]]
    hidden: int
    beyond: int
    #: Whether the list, which the buttons follow, stands in this order.
    followed: bool
    #: How many questions fit in the time, and its minutes as the timer says them.
    left: int
    minutes: int
    #: (icon, name, how many were put) of each line of approach; of each speaker, where several are here.
    themes: list[tuple[str, str, int]]
    speakers: list[tuple[str, int]]
    #: Devices heard, of those that wrote.
    devices: tuple[int, int]
    missing: list[Line]
    #: Whether there are phones to propose a beginning to, and the code of the one that they show.
    phones: bool
    proposed: str

    @property
    def next_ones(self) -> int:
        """How many places come with one more look at the list."""
        return min(self.hidden, STEP)


def of(room: RoomView, shown: int, now: int) -> Order:
    """The order of a room at an instant (UTC ms), its first ``shown`` places."""
    waiting = ordering.waiting(room)
    slots = ordering.proposal(room, waiting)
    found = {q.id: q for q in questions.several(room.id, [slot.id for slot in slots[:shown]])}
    heard, meant = ordering.heard(room), ordering.themes_heard(room)
    lines = starting.lines(room, context.kiosk_of().settings.data_dir) if room.session else []
    approached = {line.theme.code for line in lines}
    people = room.session.speakers if room.session else []
    proposed = suggested.shown(room)
    lacking = [
        one for one in lines if one.theme.code not in meant or proposed in [begun.code for begun in one.starters]
    ]
    ready = questions.counts(room.id, room.session.id if room.session else None).ready
    return Order(
        rows=[(found[slot.id], _why(room, slot)) for slot in slots[:shown] if slot.id in found],
        hidden=max(0, len(slots) - shown),
        beyond=max(0, ready - len(slots)),
        followed=[slot.id for slot in slots] == waiting,
        left=timing.left_to_ask(room, now),
        minutes=instants.minutes_up(timing.ms_to_ask(room, now)),
        themes=[
            (theme.icon, _(theme.label), heard.themes[theme.code])
            for theme in THEMES
            if theme.code in approached or heard.themes[theme.code]
        ],
        speakers=[(one.first_name, heard.speakers[one.id]) for one in people] if len(people) > 1 else [],
        devices=(len(heard.devices), ordering.devices(room)),
        missing=[line for line in lacking if line.starters][:MISSING],
        phones=suggested.possible(room),
        proposed=proposed,
    )


def begun(room: RoomView, code: str) -> str:
    """The beginning of a question that a line of :attr:`Order.missing` offered, for the field; "" for another code."""
    one = starting.found(room, context.kiosk_of().settings.data_dir, code)
    return one.begun if one else ""


def _why(room: RoomView, slot: Slot) -> str:
    """The one sentence of a place; none says who wrote."""
    if slot.reason == "turn":
        name = next((s.first_name for s in room.session.speakers if s.id == slot.of), "") if room.session else ""
        return _("Au tour de %(name)s.", name=name)
    if slot.reason == "theme":
        return _("Rien encore sur « %(theme)s ».", theme=_(THEMES.get(slot.of).label))
    return {
        "placed": _("Placée par vous : l’ordre proposé n’y touche pas."),
        "prepared": _("Préparée en classe."),
        "device": _("D’un appareil pas encore entendu."),
        "list": _("Ensuite, comme dans la liste."),
        "after": _("Après les autres : cet appareil a déjà eu une question."),
    }.get(slot.reason, _("La plus soutenue des restantes."))
