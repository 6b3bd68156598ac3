"""The teacher's pages: the code, the live page, preparation, sessions, the room, what is printed."""

from kiosk.web.control import (  # noqa: F401  (each module adds its pages to the blueprint)
    asking,
    copying,
    course,
    live,
    login,
    prepare,
    prints,
    questions,
    reflection,
    room,
    room_access,
    sessions,
    typing_in,
    words,
)
from kiosk.web.control.blueprint import bp

__all__ = ["bp"]
