"""The one way in of what pupils send, the same for pages and sockets: its shape, what it counts for, then written.

A door reads its own envelope, calls the verb, words the answer. Who sends is a device, the address it speaks from, and
whether its token is old enough to be believed; what is stored of it is made of the session that the room has in the
unit of work itself, whatever the page or the socket believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import msgspec

from kiosk.domain import newcomers, rooms
from kiosk.domain.care import care
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import devices
from kiosk.domain.people.devices import Pupil
from kiosk.domain.people.limits import Origin
from kiosk.domain.questions import questions, reflections
from kiosk.domain.questions.crowd import Place
from kiosk.domain.questions.questions import Receipt
from kiosk.domain.views import QuestionView
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage import hot
from kiosk.storage.writer import Transaction

#: A code or an identifier: ours are shorter. A text has its own bound, in words (``textrules.clean``).
Word = Annotated[str, msgspec.Meta(max_length=200)]


class Ask(msgspec.Struct):
    """A question. ``id`` is made by the phone and kept until acknowledged; ``session``: the one it is written for."""

    id: Word
    text: str
    theme: Word | None = None
    speaker: Word | None = None
    session: Word | None = None


class Back(msgspec.Struct):
    """A support: the question's ``number`` (the class knows no other name for it), ``on`` or off."""

    number: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    on: bool = True


class One(msgspec.Struct):
    """A message about one question."""

    id: Word


class OfSpeaker(msgspec.Struct):
    """What an end-of-session answer says of one of several speakers."""

    id: Word
    job: str = ""
    more: Word = ""


class Reflect(msgspec.Struct):
    """An end-of-session answer; ``useful``, ``more`` and ``tracks`` hold codes of ``scales``; ``session``: the one it
    is written for.
    """

    job: str = ""
    studies: str = ""
    surprise: str = ""
    career: str = ""
    useful: Word = ""
    more: Word = ""
    tracks: Annotated[list[Word], msgspec.Meta(max_length=20)] = []
    people: Annotated[list[OfSpeaker], msgspec.Meta(max_length=3)] = []
    session: Word = ""

    @property
    def words(self) -> list[str]:
        """All that was written in it."""
        return [self.surprise, self.job, self.studies, self.career, *(one.job for one in self.people)]


Shape = TypeVar("Shape", bound=msgspec.Struct)


@dataclass(frozen=True)
class Sender:
    """``device`` is the token; ``address`` stays in memory; ``old``: see ``crowd``."""

    device: str
    address: str
    old: bool = False


def room_code(kiosk: Kiosk, code: str | None, device: str) -> str | None:
    """The code of the room that a phone means: the one it says; where the plain address asks, the one it was in."""
    if code or rooms.plain_address() is not None:
        return code
    return rooms.code_of(kiosk.presence.last_room(device))


def read(sent: object, shape: type[Shape]) -> Shape:
    """What was sent, as a message. :raises KioskError: ``invalid``, with its field when one is wrong."""
    try:
        return msgspec.convert(sent, shape)
    except msgspec.ValidationError as error:
        path = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else None
        raise KioskError("invalid", field=path) from None


def act(kiosk: Kiosk, room_id: str, sender: Sender) -> None:
    """Count any message but a question. :raises KioskError: ``too_fast``, ``room_too_fast``."""
    kiosk.limits.message(room_id, sender.device, _origin(kiosk, room_id, sender))


def ask(kiosk: Kiosk, room_id: str, sender: Sender, sent: Ask) -> Receipt:
    """Take a question; see :func:`questions.submit`. One that is on disk already (an answer was lost, a form sent
    twice) is acknowledged, however fast or full, and counts as any message.

    With several workers, what a device and a room wrote by the others counts for their pace too.

    :raises KioskError: also ``too_fast``, ``room_too_fast``, ``list_full``, ``newcomers_paused``; with the words of
        ``care`` when the text may say that somebody is in danger.
    """
    place, door = Place(0, True), newcomers.look(room_id, sent.id)
    together = (kiosk.limits.questions_in(devices.LATELY), kiosk.limits.room_per_second)
    who = Pupil(sender.device, door.session_id, *(together if kiosk.settings.message_queue else ()))

    def keep() -> Receipt:
        text = questions.written(sent.text, kiosk.settings.question_max_length)
        return kiosk.write(lambda tx: unit(tx, text))

    def unit(tx: Transaction, text: questions.Written) -> Receipt:
        return questions.submit(
            tx,
            room_id,
            id=sent.id,
            text=text,
            author=who,
            theme=sent.theme or "",
            speaker_id=sent.speaker,
            author_max=kiosk.settings.limits_device_max,
            for_session=sent.session,
            spare=place.most,
            apart=place.apart,
        )

    with _words_if_refused(kiosk, room_id, sent.text):
        if door.held:
            act(kiosk, room_id, sender)
            return keep()
        newcomers.admit(kiosk, room_id, sender.device, door)
        kiosk.limits.question(room_id, sender.device, _origin(kiosk, room_id, sender))
        with kiosk.crowd.asking(room_id, sender.device, sender.address) as place:
            receipt = keep()
            place.guarded = receipt.guarded
            return receipt


def support(kiosk: Kiosk, room_id: str, sender: Sender, sent: Back) -> QuestionView:
    """Back a question, or stop; see :func:`questions.set_support`.

    :raises KioskError: also ``too_fast``, ``room_too_fast``, ``newcomer``, ``support_full``,
        ``newcomers_paused``.
    """
    act(kiosk, room_id, sender)
    door = newcomers.look(room_id)
    newcomers.admit(kiosk, room_id, sender.device, door)
    who = Pupil(sender.device, door.session_id)
    with kiosk.crowd.backing(room_id, sender.device, sender.address, sent.number, sent.on, old=sender.old) as most:
        return kiosk.write(lambda tx: questions.set_support(tx, room_id, sent.number, who, sent.on, most=most))


def withdraw(kiosk: Kiosk, room_id: str, sender: Sender, sent: One) -> QuestionView:
    """Take back one's own question; see :func:`questions.withdraw`.

    :raises KioskError: also ``too_fast``, ``room_too_fast``.
    """
    act(kiosk, room_id, sender)
    return kiosk.write(lambda tx: questions.withdraw(tx, room_id, sent.id, _author(tx, room_id, sender)))


def reflect(kiosk: Kiosk, room_id: str, sender: Sender, sent: Reflect) -> int:
    """Take (or replace) an end-of-session answer; see :func:`reflections.submit`.

    :raises KioskError: also ``too_fast``, ``room_too_fast``, ``newcomer``, ``reflections_full``,
        ``newcomers_paused``.
    """
    with _words_if_refused(kiosk, room_id, *sent.words):
        act(kiosk, room_id, sender)
        newcomers.admit(kiosk, room_id, sender.device, newcomers.look(room_id))
        fields = msgspec.to_builtins(sent)
        del fields["session"]
        with kiosk.crowd.reflecting(room_id, sender.device, sender.address, old=sender.old) as most:
            return kiosk.write(
                lambda tx: reflections.submit(
                    tx,
                    room_id,
                    _author(tx, room_id, sender),
                    most=most,
                    for_session=sent.session,
                    **fields,
                )
            )


@contextmanager
def _words_if_refused(kiosk: Kiosk, room_id: str, *texts: str) -> Iterator[None]:
    """A refusal of a text that may say that somebody is in danger carries the words of ``care``."""
    kiosk.boards.learn()
    try:
        yield
    except KioskError as error:
        error.care = next(filter(None, (care.refused(kiosk, room_id, text) for text in texts)), None)
        raise


def _origin(kiosk: Kiosk, room_id: str, sender: Sender) -> Origin:
    address = sender.address
    return Origin(address, kiosk.presence.there(room_id).at(address), kiosk.presence.at(address))


def _author(tx: Transaction, room_id: str, sender: Sender) -> str:
    """What is stored of who sends, in the room's session as it is in this unit."""
    room = hot.first(tx.database, hot.SESSION, room_id)
    return devices.author_of(sender.device, room[0] if room else None)
