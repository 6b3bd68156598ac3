"""The teacher's pages: the code, the live page, preparation, sessions, the room, what is printed."""

from kiosk.web.teacher import (  # noqa: F401  (each module adds its pages to the blueprint)
    alerts,
    answers,
    asking,
    calendar_files,
    care,
    copying,
    course,
    enrolling,
    exchange,
    exchange_actions,
    first,
    first_steps,
    letter,
    lists,
    live,
    login,
    prepare,
    prints,
    questions,
    recovery,
    reflection,
    room,
    room_access,
    room_set,
    saving,
    sessions,
    state,
    sync_words,
    typing_in,
    words,
)
from kiosk.web.teacher.blueprint import bp

__all__ = ["bp"]
