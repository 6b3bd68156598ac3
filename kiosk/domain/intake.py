"""The ways in of what pupils send, the same for pages and sockets: counted, then written.

Who sends is a device, the address it speaks from, and whether its token is old enough to be believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kiosk.domain import care, newcomers, questions, reflections
from kiosk.domain.house import Kiosk
from kiosk.domain.questions import Receipt
from kiosk.domain.views import QuestionView
from kiosk.errors import KioskError
from kiosk.storage import hot
from kiosk.storage.database import CURRENT

#: Refusals of a moment: a question that is on disk already does not suffer them.
LATER = ("too_fast", "room_too_fast", "list_full", "newcomers_paused")


@dataclass(frozen=True)
class Sender:
    """``device`` is the token, ``author`` what is stored of it; ``address`` stays in memory; ``old``: see ``crowd``."""

    device: str
    author: str
    address: str
    old: bool = False


def act(kiosk: Kiosk, room_id: str, sender: Sender) -> None:
    """Count any message but a question. :raises KioskError: ``too_fast``, ``room_too_fast``."""
    phones = kiosk.presence.there(room_id).at(sender.address)
    kiosk.limits.message(sender.device, sender.address, phones)


def ask(
    kiosk: Kiosk, room_id: str, sender: Sender, *, id: str, text: str, theme: str = "", speaker_id: str | None = None,
    for_session: str | None = None, resent: bool = False,
) -> Receipt:
    """Take a question; see :func:`questions.submit`. One that is on disk already is acknowledged, however fast or full;
    with ``resent`` (a form that may have been sent twice) it is not even counted.

    :raises KioskError: also ``too_fast``, ``room_too_fast``, ``list_full``, ``newcomers_paused``; with the words of
        ``care`` when the text may say that somebody is in danger.
    """
    with _words_if_refused(kiosk, room_id, text):

        def written(spare: int) -> Receipt:
            return kiosk.write(lambda tx: questions.submit(
                tx, room_id, id=id, text=text, author=sender.author, theme=theme, speaker_id=speaker_id,
                max_length=kiosk.settings.question_max_length, author_max=kiosk.settings.limits_device_max,
                for_session=for_session, spare=spare,
            ))

        phones = kiosk.presence.there(room_id).at(sender.address)
        if not (resent and _held(id)):
            try:
                newcomers.admit(kiosk, room_id, sender.device, sender.author)
                kiosk.limits.question(room_id, sender.device, sender.address, phones)
                with kiosk.crowd.asking(room_id, sender.device, sender.address) as spare:
                    return written(spare)
            except KioskError as error:
                if error.code not in LATER or not _held(id):
                    raise
        act(kiosk, room_id, sender)
        return written(0)


@contextmanager
def _words_if_refused(kiosk: Kiosk, room_id: str, *texts: str) -> Iterator[None]:
    """A refusal of a text that may say that somebody is in danger carries the words of ``care``."""
    try:
        yield
    except KioskError as error:
        error.care = next(filter(None, (care.refused(kiosk, room_id, text) for text in texts)), None)
        raise


def _held(id: str) -> bool:
    try:
        return hot.first(CURRENT, hot.HELD, id) is not None
    except UnicodeEncodeError:  # a lone surrogate: no id of a question
        return False


def support(kiosk: Kiosk, room_id: str, sender: Sender, number: int, on: bool) -> QuestionView:
    """Back a question, or stop; see :func:`questions.set_support`.

    :raises KioskError: also ``too_fast``, ``room_too_fast``, ``newcomer``, ``support_full``,
        ``newcomers_paused``.
    """
    act(kiosk, room_id, sender)
    newcomers.admit(kiosk, room_id, sender.device, sender.author)
    with kiosk.crowd.backing(room_id, sender.device, sender.address, number, on, old=sender.old) as most:
        return kiosk.write(lambda tx: questions.set_support(tx, room_id, number, sender.author, on, most=most))


def reflect(
    kiosk: Kiosk, room_id: str, sender: Sender, *, job: str, studies: str, surprise: str, for_session: str = ""
) -> int:
    """Take (or replace) an end-of-session answer; see :func:`reflections.submit`.

    :raises KioskError: also ``too_fast``, ``room_too_fast``, ``newcomer``, ``reflections_full``,
        ``newcomers_paused``.
    """
    with _words_if_refused(kiosk, room_id, surprise, job, studies):
        act(kiosk, room_id, sender)
        newcomers.admit(kiosk, room_id, sender.device, sender.author)
        with kiosk.crowd.reflecting(room_id, sender.device, sender.address, old=sender.old) as most:
            return kiosk.write(lambda tx: reflections.submit(
                tx, room_id, sender.author, job=job, studies=studies, surprise=surprise, most=most,
                for_session=for_session,
            ))
