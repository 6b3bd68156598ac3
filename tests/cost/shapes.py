"""Hostile texts: what is general, and what is made from a regular expression to come near it without matching."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from cost.growth import repeated

parser: Any = getattr(re, "_parser", None)
if parser is None:  # Python 3.10
    import sre_parse as parser

Made = Callable[[int], str]

#: One of each class of characters that a rule may tell apart.
SIGNS = (
    "a", "A", "z", "é", "œ", "ß", "0", "7", " ", "\n", "\r", "\t", "\u00a0", "\u202f", "_", "-", ".", ",", ";", ":", "!", "?", "'", "’",
    '"', "`", "«", "»", "(", ")", "[", "]", "{", "}", "<", ">", "/", "\\", "&", "#", "*", "+", "=", "@", "%", "~", "^", "$", "€", "|",
    "\0", "\x1b", "\u0301", "\u0316", "\u200d", "\u200b", "\u202e", "\ufe0f", "\u2060", "\ue000", "\ud800", "İ", "ﬃ", "각", "\u1100",
    "👩", "👩\u200d🔧", "🇫🇷", "1\ufe0f\u20e3", "🏽",
)  # fmt: skip
#: What people write, and what looks like it.
PIECES = (
    "a.", "a ", "a-", "a'", "a@", "a,", "a/", "aa ", "0 ", "0.", "0-", "06 ", "(a", "[a]", "<a", "<a>", "</p>", "&a", "&a;", "&#1;",
    '"a', '\\"', "\\", "{\"", "a:", "a: ", "a;", "\n\n", " \n", "\r\n", "a\n", "- a\n", "e\u0301", "e\u0301\u0316", "\u0301\u0316",
    "\u0327\u0301", "👩\u200d", "\u200d\ufe0f", "\ufe0f\u200d", "je ", "je suis ", "je ne ", "il est un ", "c'est un gros ", "mon ", "moi",
    "rouge ", "les femmes ", "zero un ", "M. A", "Mme Abc ", "c0nn", "p*t", "m e r d e ", "a b ", "http://", "www.", "a.fr", "a@a", "a@a.",
    "Léa ", "Léa-", "lycée de la ", "collège Léa ", "j'ai de l'asthme ", "mon père Léa asthme ", "je suis Léa ", "ils sont nuls ",
    "asthme ", "je asthme ", "06 39 98 12 34 ", "0639981234", "+689 40 12 34 ", "insta ", "insta:", "4e ", "1 000 ", "10 000", "« a", "a ?", "a!", "; ", ";)", "?!", "10 h", "3e A", "bac + ", "-t-il", "a-t-", "%(a)s", "{a}",
    "=1+1;", "a\t", "T:W;S:", "\\;", "20/11/2026 ", "2026-11-24T", "10:00", "1a2b", "::", "1:", "10.0.0.", "<h3>", "<p><b>", "&lt;p",
)  # fmt: skip
GENERAL: tuple[tuple[str, Made], ...] = tuple((repr(unit), repeated(unit)) for unit in (*SIGNS, *PIECES)) + tuple(
    (f"{opening!r}, then {unit!r}…{ending!r}", repeated(unit, opening, ending))
    for opening, unit, ending in (
        ('"', "a", ""), ("«", " ", "a"), ("a", " ", "a"), ("(", "a ", ""), ("<p>", "a", ""), ("x@", "a", "!"), ("x@", "a.", "!"), ("{", "[", ""),
        ("a", "\n", "a"), ("é", "a", "é"), ("je ", "a ", "."), ("é", "\u0301", ""), ("https://", "a", " "), ("<", " a=", ""), ("a", "\u00a0", "!"),
        ("`", "a", ""), ("0", "0", "a"), ("+", "0 ", "x"), ("06", " 06", "z"), ("=", "a", ""), ("👩", "\u200d🔧", ""), ("%", "(", ""),
    )
)  # fmt: skip


def near(pattern: re.Pattern[Any]) -> Iterator[tuple[str, Made]]:
    """Texts made from a pattern: each of its classes, its near misses, what it repeats, over and over."""
    seen: set[tuple[str, str, str]] = set()
    for prefix, unit, ending in _made(pattern):
        if unit and len(prefix) + len(unit) < 400 and (prefix, unit, ending) not in seen:
            seen.add((prefix, unit, ending))
            yield f"{prefix!r} {unit!r}… {ending!r}", repeated(unit, prefix, ending)


def _made(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(source, pattern.flags & ~re.LOCALE)
    letters: dict[str, None] = {}
    for prefix, unit in _repeats(tree, "", letters):
        for ending in ("", "\0", "z", "\n"):
            yield prefix, unit, ending
        yield "", prefix + unit * 40, ""  # many beginnings, each with its run
    for whole in _samples(tree, 6):
        yield "", whole, ""
        yield "", whole + " ", ""
        for cut in {*range(1, min(len(whole), 12)), len(whole) - 1, len(whole) // 2}:
            yield "", whole[:cut], "\0"
            yield whole[:cut], whole[-1:], "\0"
    few = list(letters)[:12]
    for one in few:
        yield "", one, ""
        for other in (*few[:6], " ", ".", "-", "a"):
            yield "", one + other, "\0"


def _repeats(tree: Any, before: str, letters: dict[str, None]) -> Iterator[tuple[str, str]]:
    """(a text that leads to a repetition, what it repeats), for each repetition and each class of the pattern."""
    here = before
    for operation, argument in tree:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            for unit in _samples(argument[2], 5):
                letters.setdefault(unit)
                yield here, unit
            yield from _repeats(argument[2], here, letters)
        for inner in _inside(name, argument):
            yield from _repeats(inner, here, letters)
        for one in _samples([(operation, argument)], 3):
            letters.setdefault(one)
        here += next(iter(_samples([(operation, argument)], 1)), "")


def _inside(name: str, argument: Any) -> Iterable[Any]:
    if name == "SUBPATTERN":
        return (argument[3],)
    if name == "BRANCH":
        return tuple(argument[1])
    if name in ("ASSERT", "ASSERT_NOT"):
        return (argument[1],)
    return (argument,) if name == "ATOMIC_GROUP" else ()


def _samples(tree: Any, most: int) -> list[str]:
    """Texts that a part of a pattern matches, or nearly; the first one takes the first of every choice."""
    found = [""]
    for operation, argument in tree:
        options = _options(str(operation), argument, most)
        if not options:
            continue
        first, others = options[0], options[1:]
        grown = [text + first for text in found]
        grown += [found[0] + other for other in others]
        found = grown[:most]
    return found


def _options(name: str, argument: Any, most: int) -> list[str]:
    if name == "LITERAL":
        return [chr(argument)]
    if name == "NOT_LITERAL":
        return [_other((argument,))]
    if name in ("ANY", "ANY_ALL"):
        return ["a", " "]
    if name == "IN":
        return _of_class(argument)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low = min(max(argument[0], 1), 40)
        return [unit * low for unit in _samples(argument[2], most)]
    if name == "BRANCH":
        return [text for branch in argument[1] for text in _samples(branch, 2)][: max(most, len(argument[1]))]
    if name in ("SUBPATTERN", "ATOMIC_GROUP"):
        return _samples(argument[3] if name == "SUBPATTERN" else argument, most)
    return []


def _of_class(items: Any) -> list[str]:
    texts = {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a", "CATEGORY_NOT_SPACE": "a",
             "CATEGORY_NOT_WORD": " ", "CATEGORY_NOT_DIGIT": "a"}  # fmt: skip
    negated = str(items[0][0]) == "NEGATE"
    if negated:
        try:
            wanted = re.compile(_class_source(items))
            return [sign for sign in SIGNS if len(sign) == 1 and wanted.fullmatch(sign)][:3]
        except (re.error, KeyError):
            return ["a", " "]
    found = []
    for kind, value in items:
        found.append(
            chr(value) if str(kind) == "LITERAL" else chr(value[0]) if str(kind) == "RANGE" else texts[str(value)]
        )
    return list(dict.fromkeys(found))[:5]


def _class_source(items: Any) -> str:
    marks = {"CATEGORY_DIGIT": r"\d", "CATEGORY_SPACE": r"\s", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_SPACE": r"\S",
             "CATEGORY_NOT_WORD": r"\W", "CATEGORY_NOT_DIGIT": r"\D"}  # fmt: skip
    parts = []
    for kind, value in items[1:]:
        if str(kind) == "LITERAL":
            parts.append(re.escape(chr(value)))
        elif str(kind) == "RANGE":
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        else:
            parts.append(marks[str(value)])
    return f"[^{''.join(parts)}]"


@lru_cache(maxsize=None)
def _other(held: tuple[int, ...]) -> str:
    return next(sign for sign in SIGNS if len(sign) == 1 and ord(sign) not in held)
