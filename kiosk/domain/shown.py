"""What the class sees on its large display: which phase's screen, whatever the clock and the teacher did meanwhile.

The display draws it, the panel says it: one rule, so that the panel never lies about the screen.
"""

from __future__ import annotations

from kiosk.domain.phases import ASKING, FIRST, Phase, after
from kiosk.domain.views import RoomView

#: How a display may be laid out: the whole screen of the class, or a narrow strip beside the video.
WHOLE, STRIP = VIEWS = ("ecran", "bandeau")


def phase(room: RoomView, now: int, trusted: bool) -> Phase:
    """The phase whose screen the room shows at ``now`` (UTC ms); ``trusted``: somebody vouches for the clock.

    A question put on screen shows at once, since the panel and its author's phone say that it does. A countdown that
    has run out gives way to the speakers.
    """
    if room.session is None:
        return room.stage if room.stage.over else FIRST
    if room.current_id and room.stage.early:
        return ASKING
    if room.stage.to_start and trusted and room.ends_at is not None and room.ends_at <= now:
        return after(room.phase)
    return room.stage
