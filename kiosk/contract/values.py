"""Values that the messages share: identifiers, instants, codes and their limits."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Literal

from msgspec import Meta

CONTRACT = 1
#: What this program says of the contract (r2).
REVISION = 2
SERVICE = "metiers-en-direct"
#: Section 3, rule 1: above, the answer is 413 `too_large`.
MAX_OPERATIONS = 50
MAX_BODY = 64 * 1024
#: Section 3, rule 15 (r2): an answer before compression, unless one change alone is larger; characters of a cursor.
MAX_ANSWER_BYTES = 256 * 1024
MAX_CURSOR = 512
#: Section 3, rule 9: fields that no question body may hold; the centre answers 422.
PERSONAL_FIELDS = frozenset({"name", "email", "ip", "device", "student"})

ID_LONGEST = 200
Id = Annotated[str, Meta(min_length=1, max_length=ID_LONGEST)]
#: What JSON carries between any two programs (RFC 8259, section 6), and any database holds.
MAX_INTEGER = 2**53 - 1
Rev = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Minutes = Annotated[int, Meta(ge=1, le=24 * 60)]
Line = Annotated[str, Meta(min_length=1)]
#: Characters of a question, and of what a speaker wrote back.
MAX_QUESTION, MAX_ANSWER = 500, 2000
AnswerText = Annotated[str, Meta(min_length=1, max_length=MAX_ANSWER)]
QuestionText = Annotated[str, Meta(min_length=1, max_length=MAX_QUESTION)]
#: Characters of a class's name, and its pupils.
MAX_CLASS, MAX_PUPILS = 60, 500
#: UTC, RFC 3339 with Z; an instant with another explicit offset is unambiguous and accepted, one
#: without is refused.
Instant = Annotated[datetime, Meta(tz=True)]
MeetingUrl = Annotated[str, Meta(pattern=r"^(https://\S+)?$")]
WebUrl = Annotated[str, Meta(pattern=r"^https?://\S+$")]

Theme = Literal[
    "metier",
    "parcours",
    "salaire",
    "vie",
    "egalite",
    "difficultes",
    "numerique",
    "environnement",
    "autre",
]
Level = Literal[
    "6E",
    "5E",
    "4E",
    "3E",
    "3SEGPA",
    "3PM",
    "2GT",
    "1GT",
    "TGT",
    "2PRO",
    "1PRO",
    "TPRO",
    "CAP1",
    "CAP2",
]
Format = Literal["college-45", "lycee-55", "custom"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_ms(instant: datetime) -> int:
    """Return an instant as UTC milliseconds, as the kiosk stores it."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return UTC milliseconds as an instant of a message."""
    return _EPOCH + timedelta(milliseconds=ms)


def personal_fields(body: Any) -> list[str]:
    """Return where a question body holds fields that section 3, rule 9 forbids, at any depth, as JSON pointers
    without their first stroke (``meta/email``), sorted; [] when it is clean.
    """
    found: set[str] = set()
    inside: list[tuple[str, Any]] = []
    if isinstance(body, dict):
        inside = [(key.replace("~", "~0").replace("/", "~1"), value) for key, value in body.items()]
        found.update(key for key, _value in inside if key in PERSONAL_FIELDS)
    elif isinstance(body, list):
        inside = [(str(index), value) for index, value in enumerate(body)]
    for key, value in inside:
        found.update(f"{key}/{deeper}" for deeper in personal_fields(value))
    return sorted(found)
