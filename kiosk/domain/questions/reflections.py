"""The end-of-session answers, one a pupil: taken, read over before the class sees their words. Anonymous.

What the class said together is :mod:`kiosk.domain.reflected`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from kiosk.contract.reading.wording import flat
from kiosk.domain import rooms, sessions
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import apart
from kiosk.domain.reading import distress, flags, textrules
from kiosk.domain.scales import MORE, TRACKS, USEFUL
from kiosk.domain.views import ReflectionView, SpeakerAnswer
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Reflection, Room
from kiosk.storage.writer import Transaction

#: Characters of one answer.
MAX_LENGTH = 120
#: What is written in words, beside the job of each speaker when several speak.
FIELDS = ("job", "studies", "surprise", "career")
STATUSES = ("pending", "approved", "hidden")
#: Hints that are about a question, and say nothing of an answer.
OF_QUESTIONS = ("off_topic", "nonsense")
#: Answers that say nothing, folded: they count, and reach the display only one by one.
NOTHING = frozenset(
    "rien|rien du tout|rien de special|rien de particulier|rien de plus|rien rien|aucun|aucune|aucune idee|non|nan|no|"
    "je sais pas|je ne sais pas|je sais plus|j'sais pas|chais pas|jsp|jspp|jsplus|nsp|sais pas|idk|pas d'idee|"
    "bof|ras|r.a.s|neant|nada|nothing|blabla|lol|mdr|x|xx|xxx|oui|ok|tout|osef|flemme".split("|")
)


def submit(
    tx: Transaction,
    room_id: str,
    author: str | None,
    *,
    job: str = "",
    studies: str = "",
    surprise: str = "",
    career: str = "",
    useful: str = "",
    more: str = "",
    tracks: Collection[str] = (),
    people: Iterable[Mapping[str, str]] = (),
    approved: bool = False,
    most: int = 0,
    for_session: str = "",
) -> int:
    """Take one pupil's answer (empty fields are fine); its id. The same device answering again replaces its answer,
    under a new id: what was read over of the one before is not said of it.

    ``useful``, ``more`` and ``tracks`` are codes of :mod:`scales`; ``people`` says {"id", "job", "more"} of each
    speaker, when several speak. ``most``: answers that the room may have already (0: any number). ``for_session`` names
    the session it was written for: another one does not take it. An answer that may come from a pupil in danger is kept
    as such a question is (``worries``), and left out of the class's.

    :raises KioskError: ``wrong_phase`` outside the reflection, ``question_too_long``, ``invalid`` (no such code),
        ``reflections_full``.
    """
    room = rooms.row_of(room_id)
    if not PHASES.get(room.phase).reflecting or room.session_id is None or for_session not in ("", room.session_id):
        raise KioskError("wrong_phase")
    _check(useful=(useful, USEFUL), more=(more, MORE), tracks=(tracks, TRACKS))
    words = {name: _clean(value) for name, value in zip(FIELDS, (job, studies, surprise, career))}
    said = _of_people(room, people)
    taken = _keep_worries(tx, room, author, words)
    for number, person in enumerate(said):
        taken |= _keep_worries(tx, room, author, person, f" {number}")
    written = any(words.values()) or any(person["job"] for person in said)
    held = _of_author(room_id, room.session_id, author)
    if held is None and most and _number(room_id, room.session_id) >= most:
        raise KioskError("reflections_full")
    status = "pending" if written and not approved else "approved"
    if taken and not (written or useful or more or tracks or any(person["more"] for person in said)):
        status = "hidden"  # its only words went to an adult: it is this device's, and no answer of the class
    ticked = {"useful": useful, "more": more, "tracks": [code for code in TRACKS if code in tracks], "people": said}
    return _write(tx, room, held, author=author, status=status, **ticked, **words)


def _write(tx: Transaction, room: Room, held: Reflection | None, **values: Any) -> int:
    """An answer in place of the one held; the number of the new row has not served."""
    of = {"room_id": room.id, "session_id": room.session_id, "created_at": tx.now}
    reflection_id = int(Reflection.insert(**of, **values).execute())
    if held is not None:  # last: the number of a row that went before could serve again
        Reflection.delete().where(Reflection.id == held.id).execute()
    rooms.changed(tx, room.id, "reflection")
    return reflection_id


def _check(**given: tuple[Any, Mapping[str, str]]) -> None:
    for name, (value, codes) in given.items():
        if any(one not in codes for one in ([value] if isinstance(value, str) else value) if one):
            raise KioskError("invalid", field=name)


def _clean(value: str) -> str:
    return textrules.clean(value, MAX_LENGTH) if value.strip() else ""


def _of_people(room: Room, people: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """What is said of each speaker of the session, in their order; of anybody else, nothing is taken."""
    given = {one.get("id", ""): one for one in people}
    found = []
    for speaker in sessions.view(str(room.session_id)).presented if given else []:
        one = given.get(speaker.id, {})
        more = one.get("more", "")
        _check(more=(more, MORE))
        found.append({"id": speaker.id, "job": _clean(one.get("job", "")), "more": more})
    return found if any(one["job"] or one["more"] for one in found) else []


def _keep_worries(tx: Transaction, room: Room, author: str | None, words: dict[str, str], of: str = "") -> bool:
    """Take out of these words what may come from a pupil in danger; an adult has it. Whether there was any."""
    worrying = [one for one, value in words.items() if distress.seen(value)]
    for name in worrying:
        apart.keep(tx, room.id, author, f"{room.session_id}|{name}{of}", words[name])
        words[name] = ""
    return bool(worrying)


def _number(room_id: str, session_id: str) -> int:
    given = (Reflection.room_id == room_id) & (Reflection.session_id == session_id)
    return int(Reflection.select().where(given).count())


def review(tx: Transaction, room_id: str, reflection_id: int, status: str) -> None:
    """Show (``approved``) or hide (``hidden``) an answer. :raises KioskError: ``invalid``, ``unknown_question``."""
    if status not in STATUSES:
        raise KioskError("invalid", field="status")
    if (
        not Reflection.update(status=status)
        .where((Reflection.id == reflection_id) & (Reflection.room_id == room_id))
        .execute()
    ):
        raise KioskError("unknown_question")
    rooms.changed(tx, room_id, "reflection")


def approve_seen(tx: Transaction, room_id: str, seen: Sequence[int], names: Iterable[str] = ()) -> None:
    """Show the waiting answers among those that a page showed, but what :func:`to_look_at` wants read one by one.
    ``names``: the speakers', which are no pupil's.
    """
    room, wanted = rooms.row_of(room_id), set(seen)
    waiting = [one for one in listed(room_id, room.session_id, "pending") if one.id in wanted]
    clear = [one.id for one in waiting if not to_look_at(one, names)]
    for start in range(0, len(clear), 400):
        Reflection.update(status="approved").where(Reflection.id << clear[start : start + 400]).execute()
    rooms.changed(tx, room_id, "reflection")


def to_look_at(view: ReflectionView, names: Iterable[str] = ()) -> str:
    """Why an answer is to be read by itself: ``flag`` (its words raise a hint), ``nothing`` (one says nothing, as
    « rien »), or empty.
    """
    own = list(names)
    if any(flag.kind not in OF_QUESTIONS for text in view.words for flag in flags.find(text, own)):
        return "flag"
    return "nothing" if any(says_nothing(text) for text in view.words) else ""


def says_nothing(text: str) -> bool:
    """Whether an answer has nothing to read in it: « rien », « jsp », « ??? »."""
    small = flat(text).strip(" .,;:!?…-_'\"«»()*#/")
    return not any(letter.isalnum() for letter in small) or small in NOTHING


def listed(room_id: str, session_id: str | None, *statuses: str, most: int | None = None) -> list[ReflectionView]:
    """Answers in these statuses (all by default), oldest first, ``most`` of them."""
    rows = Reflection.select().where((Reflection.room_id == room_id) & (Reflection.session_id == session_id))
    if statuses:
        rows = rows.where(Reflection.status << statuses)
    rows = rows.order_by(Reflection.id) if most is None else rows.order_by(Reflection.id).limit(most)
    return [_view(row) for row in rows]


def answered(room_id: str, session_id: str | None, author: str | None) -> ReflectionView | None:
    """This device's answer, if any."""
    row = _of_author(room_id, session_id, author)
    return _view(row) if row is not None else None


def _of_author(room_id: str, session_id: str | None, author: str | None) -> Reflection | None:
    if not author or session_id is None:
        return None
    return Reflection.get_or_none(
        (Reflection.author == author) & (Reflection.room_id == room_id) & (Reflection.session_id == session_id)
    )


def _view(row: Reflection) -> ReflectionView:
    people = [SpeakerAnswer(one["id"], one["job"], one["more"]) for one in row.people]
    return ReflectionView(
        row.id, row.job, row.studies, row.surprise, row.status, row.career, row.useful, row.more, row.tracks, people
    )
