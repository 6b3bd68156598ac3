"""The words of a text as everybody writes them: SMS spelling undone, « jveux » in two words, « trooop » shortened.

For what compares words (themes, near questions, hints that need whole phrases), never for what is shown. A sound is a
word's spelling without what French does not pronounce, so that « métié » is « métiers ».
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from pathlib import Path

from kiosk.contract.reading.wording import flat
from kiosk.ground import remembered

FILE = Path(__file__).resolve().parents[3] / "config" / "spelling-fr.toml"

_TOKEN = re.compile(r"[a-z0-9œ]+")
_AFTER_HAVE = frozenset("des un une deja pas eu fait ete combien quoi trop beaucoup jamais plus".split())
_WAS = ("est", "etait")
_ASKED = ("que", "ke", "k", "ce", "se")
_DRAGGED = re.compile(r"(.)\1{2,}")
#: « jveux », « jcherche »: the pupil and a verb in one word.
_I_GLUED = re.compile(r"j(?=[bcdfgklmnpqrstvz][a-z]{2})")
#: Last letters that are not pronounced.
_SILENT = "stxdzp"
_SOUNDS = (
    (re.compile(r"([a-z])\1+"), r"\1"),
    (re.compile(r"e?aux?\b|au"), "o"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu|q|c(?![eiyh])"), "k"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"g(?=[eiy])"), "j"),
    (re.compile(r"(?<!c)h"), ""),
    (re.compile(r"y"), "i"),
    (re.compile(r"(?:ai|ei)(?:ent|[stx])?|ents?$|e[rzt]$|es?$|ees?$"), "e"),
    (re.compile(r"[ae][nm](?![aeiou])"), "an"),
)


@remembered.texts(kilobytes=4096)
def words(text: str) -> tuple[str, ...]:
    """The words of the first `remembered.LONGEST` characters of a text: lower case, no accent, no apostrophe."""
    found: list[str] = []
    for token in _TOKEN.findall(flat(text[: remembered.LONGEST]).replace("+", " plus ")):
        if found[-1:] == ["ta"] and token in _AFTER_HAVE:
            found[-1:] = ["tu", "as"]  # « ta deja eu »
        if token in _WAS and found[-1:] == ["est"]:
            del found[-1]  # « c'est » is « c » and « est », and « c » alone already « c est »
        if token == "t" and found[-2:] == ["c", "est"]:
            found[-1] = "etait"  # « c t »
            continue
        if token in _ASKED and found[-1:] == ["es"] and found[-2:-1] not in (["t"], ["tu"]):
            found[-1] = "est"  # « es ke »
        if token == "plait" and found[-3:-1] == ["s", "il"]:
            found[-3:] = ["svp"]
            continue
        found += spelt(token)
    return tuple(found)


def spelt(token: str) -> list[str]:
    """A token, already flat, as everybody writes it: a word or a few."""
    known = spellings()
    meant = known.get(token)
    if meant is None:
        token = _DRAGGED.sub(r"\1", token).replace("œ", "oe")
        meant = known.get(token)
    if meant is None and _I_GLUED.match(token):
        meant = "je " + known.get(token[1:], token[1:])
    return meant.split() if meant else [token]


@remembered.texts(kilobytes=1024)
def sound(word: str) -> str:
    """What is heard of a word, about: « journées » and « journer » are one. Short words are as they are written."""
    if len(word) <= 3:
        return word
    heard = word.removesuffix("s").removesuffix("x")
    for pattern, sounds in _SOUNDS:
        heard = pattern.sub(sounds, heard)
    heard = heard.rstrip(_SILENT).rstrip("e")
    return heard if len(heard) > 2 else word


@lru_cache(maxsize=1)
def spellings(path: Path = FILE) -> dict[str, str]:
    """What pupils type → what everybody writes, read once."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))["spelling"]
    return data
