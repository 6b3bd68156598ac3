"""A text that may come from a pupil in danger: who wants to die, hurts himself, is beaten, abused or harassed.

Such a question is no question for the speaker. From the unit of work that stores its words until an adult says « ce
n'est pas cela », it is guarded: never public, on screen, grouped, told to the centre, nor shown to who only reads over.
"""

from __future__ import annotations

import re

from kiosk.domain.wording import flat, sentences

#: What a question is waiting for (``Question.worry``): nobody opened it, an adult did, an adult said that somebody
#: in the school knows, an adult said that it is not that (an ordinary question again). Empty: an ordinary one.
UNOPENED, OPENED, TOLD, CLEARED = "unopened", "opened", "told", "cleared"
#: While it is one of these, only an adult and its author know of it.
GUARDED = (UNOPENED, OPENED, TOLD)
#: Characters looked at in a text that is refused, however long.
LOOKED_AT = 240

_DISTRESS = re.compile(
    r"\b(?:%s)"
    % "|".join(
        (
            r"(?:je|j'ai|jai)\b.{0,25}\benvie de (?:mourir|me tuer|en finir|disparaitre)",
            r"(?:je|j'ai|jai)\b.{0,25}\b(?:veux (?:mourir|en finir)|me suicider|me tuer)",
            r"(?:je|j'ai|jai)\b.{0,25}\b(?:me scarifie\w*|me fai[st] du mal)",
            r"(?:on|il|elle|ils|elles) (?:me |m')(?:harcele|frappe|viole|rackett)\w*",
            r"je me fais (?:harcel|frapp|rackett|viol)\w*",
        )
    )
)


def seen(text: object, most: int = LOOKED_AT) -> bool:
    """Whether the first ``most`` characters of a text may come from a pupil in danger. Anything else than text: no."""
    if not isinstance(text, str):
        return False
    small = flat(text[:most])
    return any(_DISTRESS.search(small, start, end) for start, end in sentences(small))


def judged(text: str, worry: str = "", before: str = "") -> str:
    """What a kept text is waiting for; ``worry`` and ``before`` are what its question had.

    An adult's word stands as long as the words do; others are judged again.
    """
    if worry and text == before:
        return worry
    return UNOPENED if seen(text, len(text)) else worry if worry in GUARDED else ""
