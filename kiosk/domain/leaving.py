"""Acts that go on to the next (a phase, a step, a question on screen, who speaks) say what they leave: pressed twice,
or late, they are done once.
"""

from __future__ import annotations

from kiosk.ground.errors import KioskError


def done_already(left: str | None, now: str | None, to: str) -> bool:
    """Whether an act that goes from ``left`` to ``to`` was done already, when ``now`` is where things are (empty:
    nothing there). ``left`` None: the act does not say what it leaves, and is done.

    :raises KioskError: ``moved_on``: things went elsewhere since.
    """
    if left is None or left == (now or ""):
        return False
    if now != to:
        raise KioskError("moved_on")
    return True
