"""What a class's reflection says together: wordings counted, those the teacher made one together, ticks, raised hands.

Raised hands count the whole class: for their question, they take the place of what phones and slips said, so that
nobody counts twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from kiosk.contract.reading.wording import flat
from kiosk.domain import sessions
from kiosk.domain.scales import SCALES, TRACKS
from kiosk.domain.views import ClassReflection, SpeakerReflection, SpeakerView
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Reflection, ShowOfHands, Wording

#: Ways of studying read in one answer.
MOST_PIECES = 6
#: « bac pro, BTS et apprentissage »: « et » parts only what begins as a way of studying (not « études et
#: développement »).
_STUDIES = (
    "bac|bts|but|dut|deust|cap|bep|bp|bma|licence|master|doctorat|these|thèse|prepa|prépa|ecole|école|fac\\b|univ|iut|"
    "ingenieur|ingénieur|apprenti|alternance|brevet|titre|formation|lycee|lycée|mention|cqp|diplome|diplôme|stage"
)
_PARTS = re.compile(
    r"[,;/+\n](?! ?(?:option|mention|sp[eé]cialit|parcours))"
    rf"|\b(?:et|ou|puis) (?=(?:un |une |le |la |l['’]|en |des )?(?:{_STUDIES}))",
    re.IGNORECASE,
)


def fold(text: str) -> str:
    """What two wordings share when they are one: no case, accent, end mark nor doubled space."""
    return " ".join(flat(text).strip(' .,;:!?…"«»').split())


def pieces(studies: str) -> list[str]:
    """The ways of studying that an answer names, in its words."""
    return [piece for part in _PARTS.split(studies) if (piece := part.strip())][:MOST_PIECES]


def of_class(room_id: str, session_id: str | None, headcount: int) -> ClassReflection:
    """The class's answers together."""
    rows: Any = Reflection.select().where(of_room(Reflection, room_id, session_id)).order_by(Reflection.id)
    held = list(rows)
    read = [row for row in held if row.status == "approved"]
    seen = [row for row in held if row.status != "hidden"]
    same = _Same(room_id, session_id)
    hands = {(row.about, row.speaker_id): row.counts for row in _hands(room_id, session_id)}
    speakers = speakers_of(session_id) if held or hands else []
    several = speakers if len(speakers) > 1 else []

    def said(about: str, of: str, given: Iterable[str]) -> dict[str, int]:
        counted = hands.get((about, of)) or Counter(given)
        return {code: int(counted.get(code, 0)) for code in SCALES[about]} if any(counted.values()) else {}

    people = [
        SpeakerReflection(
            one.id,
            one.first_name,
            same.tally("job", ([text] for text in _of_speaker(read, one.id, "job")), one.id),
            said("more", one.id, filter(None, _of_speaker(held, one.id, "more"))),
        )
        for one in several
    ]
    ticked = [[TRACKS[code] for code in row.tracks if code in TRACKS] for row in seen]
    written = [pieces(row.studies) if row.status == "approved" else [] for row in seen]
    return ClassReflection(
        answers=max([sum(map(_says, held)), *(sum(counts.values()) for counts in hands.values())]),
        headcount=headcount,
        pending=sum(1 for row in held if row.status == "pending"),
        jobs=same.tally("job", ([row.job] for row in read)),
        studies=same.tally("studies", (one + two for one, two in zip(ticked, written))),
        surprises=same.tally("surprise", ([row.surprise] for row in read)),
        careers=same.tally("career", ([row.career] for row in read)),
        useful=said("useful", "", (row.useful for row in held if row.useful)),
        more={} if several else said("more", "", (row.more for row in held if row.more)),
        people=people,
        hands=frozenset(hands),
        regrouped=frozenset(same.regrouped),
    )


def _says(row: Any) -> bool:
    """Whether it counts: one hidden with nothing in it had words for an adult alone (a pupil in danger)."""
    words = row.job or row.studies or row.surprise or row.career or row.useful or row.more or row.tracks
    return bool(row.status != "hidden" or words or any(one["job"] or one["more"] for one in row.people))


def wishing(room_id: str, session_id: str | None) -> int:
    """How many would like to know more: of one speaker at least, when several speak."""
    hands = [int(row.counts.get("yes", 0)) for row in _hands(room_id, session_id) if row.about == "more"]
    rows: Any = Reflection.select(Reflection.more, Reflection.people).where(of_room(Reflection, room_id, session_id))
    typed = sum(1 for row in rows if row.more == "yes" or any(one["more"] == "yes" for one in row.people))
    return max(hands) if hands else typed


class _Same:
    """Which wordings the teacher made one."""

    def __init__(self, room_id: str, session_id: str | None) -> None:
        rows: Any = Wording.select().where(of_room(Wording, room_id, session_id))
        self._shown = {(row.field, row.speaker_id, row.said): row.shown for row in rows}
        #: (field, speaker, the spelling told) of those tallied.
        self.regrouped: set[tuple[str, str, str]] = set()

    def tally(self, field: str, answers: Iterable[Iterable[str]], speaker_id: str = "") -> list[tuple[str, int]]:
        """Pupils by wording, the most first; the first spelling is shown. A pupil counts once for each.

        Wordings made one are told by the one that the teacher kept, in the words of an answer that is among these: once
        it was hidden or taken back, by the first of the others.
        """
        spelling: dict[str, str] = {}
        groups: set[str] = set()
        counter: Counter[str] = Counter()
        for answer in answers:
            keys = set()
            for text in answer:
                said = fold(text)
                shown = self._shown.get((field, speaker_id, said))
                key = fold(shown or text) or text
                if not key:
                    continue
                if key not in spelling or said == key != fold(spelling[key]):
                    spelling[key] = text
                if shown is not None:
                    groups.add(key)
                keys.add(key)
            counter.update(sorted(keys))
        self.regrouped |= {(field, speaker_id, spelling[key]) for key in groups}
        return [(spelling[key], count) for key, count in counter.most_common()]


def speakers_of(session_id: str | None) -> list[SpeakerView]:
    """Those a class answers about (``presented``); nobody once the session is gone."""
    try:
        return sessions.view(session_id).presented if session_id else []
    except KioskError:  # the centre took the session away
        return []


def _of_speaker(rows: Iterable[Any], speaker_id: str, what: str) -> Iterator[str]:
    for row in rows:
        yield from (str(one[what]) for one in row.people if one["id"] == speaker_id)


def _hands(room_id: str, session_id: str | None) -> list[Any]:
    return list(ShowOfHands.select().where(of_room(ShowOfHands, room_id, session_id)))


def of_room(table: Any, room_id: str, session_id: str | None) -> Any:
    """The rows of a room's session."""
    return (table.room_id == room_id) & (table.session_id == session_id)
