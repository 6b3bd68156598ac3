"""Who may read which field of a question, in which state. A page, an event or a file that would show more is wrong.

The audiences: ``class`` is any phone of the room, whatever it shows or knows; ``author`` the phone that wrote the
question (its cookie, or the receipt it was just given); ``display`` whatever shows the large display; ``moderator``
somebody invited to read over; ``secretary`` pupils invited to note the answers; ``teacher`` the panel; ``outside``
everybody else: another room's phone, the network, the centre.
"""

from __future__ import annotations

from kiosk.domain import statuses
from kiosk.domain.statuses import STATUSES

AUDIENCES = ("outside", "class", "author", "display", "moderator", "secretary", "teacher")
#: A question that worries (``distress``) is a state of its own here: whatever its status, it waits for an adult.
STATES = (*STATUSES.codes(), "worrying")

_ALL = frozenset(STATES)
_NONE: frozenset[str] = frozenset()
#: What the class may see of a question: those that were read over, and not taken away since.
_PUBLIC = frozenset(statuses.PUBLIC)
#: A question taken back by its author is counted, and read by nobody any more.
_HELD = _ALL - set(statuses.TAKEN_BACK)
#: An invited person reads over; what worries is an adult of the school's to read.
_REVIEW = _HELD - {"worrying"}
#: Who notes the answers has what is put to the speaker.
_NOTED = frozenset(statuses.NOTABLE)
_GIVEN = frozenset(statuses.GIVEN)
_REASONED = frozenset(statuses.REASONED)

#: field → audience → states in which that audience may read it.
READERS: dict[str, dict[str, frozenset[str]]] = {
    # the words as they stand: the pupil's, or the teacher's after rewording
    "text": {
        "outside": _NONE,
        "class": _PUBLIC,
        "author": _HELD,
        "display": _PUBLIC,
        "moderator": _REVIEW,
        "secretary": _PUBLIC,
        "teacher": _HELD,
    },
    # the pupil's own words, once they were changed
    "original_text": {
        "outside": _NONE,
        "class": _NONE,
        "author": _HELD,
        "display": _NONE,
        "moderator": _NONE,
        "secretary": _NONE,
        "teacher": _HELD,
    },
    # the phone's name for it, which also names it to the panel; the class has its number
    "id": {
        "outside": _NONE,
        "class": _NONE,
        "author": _HELD,
        "display": _NONE,
        "moderator": _REVIEW,
        "secretary": _NOTED,
        "teacher": _HELD,
    },
    # why it was set aside, as its author reads it
    "reason": {
        "outside": _NONE,
        "class": _NONE,
        "author": _REASONED,
        "display": _NONE,
        "moderator": _REASONED,
        "secretary": _NONE,
        "teacher": _REASONED,
    },
    # what the speaker answered, in a line that an adult wrote or read over
    "answer": {
        "outside": _NONE,
        "class": _NONE,
        "author": _GIVEN,
        "display": _NONE,
        "moderator": _NONE,
        "secretary": _NOTED,
        "teacher": _NOTED,
    },
    # the same, as pupils wrote it and nobody has read it over
    "proposed": {
        "outside": _NONE,
        "class": _NONE,
        "author": _NONE,
        "display": _NONE,
        "moderator": _NONE,
        "secretary": _NOTED,
        "teacher": _NOTED,
    },
    # who wrote it: nobody reads that, not even as a hash
    "author": dict.fromkeys(AUDIENCES, _NONE),
}
