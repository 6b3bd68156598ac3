"""What a text must be before it is kept: one line of visible characters, not empty, not too long.

Length is counted in code points after cleaning. A phone's counter (`maxlength`, JavaScript's `length`)
counts UTF-16 units, which are never fewer: what the phone lets through, the kiosk accepts.
"""

import re
import unicodedata

from kiosk.ground.errors import KioskError

#: Code points of a text that are read for each one that may be kept: an accent or a skin colour typed apart, an emoji
#: of several. Beyond, it is too long whatever it hides.
READ = 4

_SPACE = re.compile(r"\s+")
# Bidirectional overrides, zero-width and filler characters, surrogates, private use, tags, non-
# characters.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
# A joiner is kept only inside an emoji: « 👩‍🔧 ».
_JOINER = re.compile(
    "(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
_EMOJI_SIGN = re.compile("(?<![#*0-9\u00a9\u00ae\u2000-\u32ff\U0001f000-\U0001faff])\ufe0f")
#: Letters and signs of which none is put upon another: what French is written with, and most of what is typed.
_PLAIN = re.compile("[\u0000-\u00ac\u00ae-\u02ff\u2010-\u2027\u202f-\u205e\u20a0-\u20bf]*")
_MARKS_ALLOWED = 2  # more would climb over the lines above on the class's screen


def clean(text: str, max_length: int) -> str:
    """Return `text` in NFC, on one line, without control, bidirectional or invisible characters.

    Safe to repeat. Markup, formulas and emoji are left as they are: pages and exports escape them.

    :raises KioskError: `question_empty` when nothing visible is left; `question_too_long` above
    `max_length` code points.
    """
    if not isinstance(text, str):
        raise KioskError("invalid", field="text")
    if len(text) > READ * max_length:
        raise KioskError("question_too_long", field="text", max=max_length, length=len(text))
    text = visible(text)
    if not text:
        raise KioskError("question_empty", field="text")
    if len(text) > max_length:
        raise KioskError("question_too_long", field="text", max=max_length, length=len(text))
    return text


def visible(text: str) -> str:
    """Return `text` cleaned as :func:`clean` does, without its two refusals (for names, labels,
    answers).
    """
    if _PLAIN.fullmatch(text):  # the rest would change nothing, and takes five times as long
        return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()
    text = _bearable(text)
    text = _CONTROL.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    previous = None
    while previous != text:  # taking a joiner away may leave another one alone
        previous = text
        text = _EMOJI_SIGN.sub("", _JOINER.sub("", text))
    text = unicodedata.normalize("NFC", text)
    text = _without_towers(text)
    return _SPACE.sub(" ", text).strip()


def _without_towers(text: str) -> str:
    return unicodedata.normalize("NFC", _at_most(_MARKS_ALLOWED, text))


def _bearable(text: str) -> str:
    """What can be put in Unicode's order in a time that follows the length: 30 marks at most on one letter (UAX #15,
    Stream-Safe Text); 20,000 of them take 0.2 s of everybody's time.
    """
    return _at_most(30, text)


def _at_most(most: int, text: str) -> str:
    out, marks = [], 0
    for character in text:
        mark = unicodedata.combining(character) or unicodedata.category(character) == "Me"
        marks = marks + 1 if mark else 0
        if marks <= most:
            out.append(character)
    return "".join(out)
