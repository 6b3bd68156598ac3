"""Who speaks, as the display and the panel say it: « a parlé 7 min », « parle, encore 6 min », « dans 6 min »."""

from __future__ import annotations

from kiosk.domain import speaking
from kiosk.domain.speaking import Turn
from kiosk.domain.views import RoomView, SpeakerView
from kiosk.ground.i18n import _
from kiosk.ground.instants import MINUTE, minutes_up
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class TurnLine:
    """What a speaker's name is followed by. ``state`` is that of :class:`kiosk.domain.speaking.Turn`; while it runs,
    ``ticking`` is the words with « {n} » for the minutes left until ``until`` (UTC ms), and ``over`` what comes after.
    """

    speaker: SpeakerView
    state: str = ""
    words: str = ""
    ticking: str = ""
    over: str = ""
    until: int | None = None


def of(room: RoomView, now: int) -> list[TurnLine]:
    """A line for each speaker of a talk that several share, at ``now`` (UTC ms); none else."""
    return [_line(turn, None if room.ends_at is None else now) for turn in speaking.of(room, now)]


def handover(room: RoomView, now: int) -> str:
    """« Sa part : 6 min. Malik en a eu 7. »: what the next speaker will have and who speaks has had, at ``now`` (UTC
    ms); empty when nobody is next or nothing is timed.
    """
    turns = speaking.of(room, now)
    one = next((turn for turn in turns if turn.state == speaking.NOW), None)
    then = next((turn for turn in turns if turn.state == speaking.TODO), None)
    if one is None or then is None or not then.share or then.share < MINUTE:
        return ""
    words = _("Sa part : %(n)s min.", n=round(then.share / MINUTE))
    had = round(one.spoken / MINUTE)
    return f"{words} {_('%(name)s en a eu %(had)s.', name=one.speaker.first_name, had=had)}" if had else words


def _line(turn: Turn, running_at: int | None) -> TurnLine:
    if turn.state == speaking.DONE:
        return TurnLine(turn.speaker, turn.state, _("a parlé %(n)s min", n=max(1, round(turn.spoken / MINUTE))))
    if not turn.state or turn.left is None:
        return TurnLine(turn.speaker, turn.state)
    now = turn.state == speaking.NOW
    over = _("parle") if now else _("ensuite")
    said = _("parle, encore %(n)s min", n="{n}") if now else _("dans %(n)s min", n="{n}")
    words = said.replace("{n}", str(minutes_up(turn.left))) if turn.left > 0 else over
    until = None if running_at is None else running_at + turn.left
    return TurnLine(turn.speaker, turn.state, words, said, over, until)
