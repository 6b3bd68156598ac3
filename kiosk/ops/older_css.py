"""Sizes that older browsers understand: a plain value beside each ``min()``, ``max()`` and ``clamp()``.

A browser that does not know them (Chromium before 79, Safari before 11.1, Firefox before 75) drops the whole
declaration:
the large display then stands in 16-pixel letters. Nothing that lowers CSS computes these for it, so the build
writes, after
each rule that uses one, the value it has on the screen the sheet is for, under ``@supports not``. So for words that
break
anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Screen = tuple[int, int]
#: (width, height) in CSS pixels of the screen that a sheet is meant for.
SCREENS: dict[str, Screen] = {"phone": (360, 640), "display-bandeau": (480, 1080)}
USUAL: Screen = (1920, 1080)
#: The other shapes of the large display, wide to narrow: up to which proportion, and a screen of that shape.
SHAPES: tuple[tuple[str, Screen], ...] = (("3/2", (1024, 768)), ("1/1", (480, 1080)))
#: Sheets that are drawn on all of them.
OF_THE_DISPLAY = ("display", "display-base", "display-screens", "display-over", "tokens")
#: Known exactly by those that know the functions.
_ASKED = "top:max(0px,1px)"
_RULE = re.compile(r"(?<![^{}])([^{}]+)\{([^{}]*)\}")
#: A call, with brackets two deep; ``minmax()`` of grids is older than our floor.
_HELD = r"[^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*"
_CALL = re.compile(rf"(?<![\w-])(min|max|clamp)\(({_HELD})\)")
#: Words that nothing can hold break, and their boxes know it: Chromium before 80 has another name for that.
_ANYWHERE = re.compile(r"\s*overflow-wrap:\s*anywhere\s*")
_LENGTH = re.compile(r"(-?(?:\d+(?:\.\d*)?|\.\d+))(px|rem|em|vh|vw|)")
_CHOICES: dict[str, Callable[[list[float]], float]] = {
    "min": min, "max": max, "clamp": lambda sizes: max(sizes[0], min(sizes[1], sizes[2])),
}  # fmt: skip


def with_plain_sizes(sheet: str, name: str) -> str:
    """A built style sheet with its plain values; ``name`` is its file's, without its ending."""
    shapes = SHAPES if name in OF_THE_DISPLAY else ()

    def beside(rule: re.Match[str]) -> str:
        asked = [one for one in rule[2].split(";") if _CALL.search(one) or _ANYWHERE.fullmatch(one)]
        if not asked:
            return rule[0]
        selector = rule[1].rpartition(";")[2].strip()  # after an @import or a @charset
        before = [plain_value(one, SCREENS.get(name, USUAL)) for one in asked]
        found = f"{selector}{{{';'.join(before)}}}"
        for proportion, screen in shapes:
            plain = [plain_value(one, screen) for one in asked]
            moved = [one for one, held in zip(plain, before) if one != held]
            if moved:
                found += f"@media (max-aspect-ratio:{proportion}){{{selector}{{{';'.join(moved)}}}}}"
            before = plain
        return f"{rule[0]}@supports not ({_ASKED}){{{found}}}"

    return _RULE.sub(beside, sheet)


def plain_value(declaration: str, screen: Screen) -> str:
    """A declaration with each call replaced by one of its arguments: the one that counts on this screen, else (when it
    cannot be told, for a variable or a percentage) the last that is no plain length.
    """
    if _ANYWHERE.fullmatch(declaration):
        return "word-break:break-word"
    while True:
        found = _CALL.search(declaration)
        if found is None:
            return declaration.strip()
        inner = _CALL.search(found[2])
        if inner is not None:
            at = found.start(2)
            head, tail = declaration[: at + inner.start()], declaration[at + inner.end() :]
            declaration = head + _chosen(inner, screen) + tail
        else:
            declaration = declaration[: found.start()] + _chosen(found, screen) + declaration[found.end() :]


def _chosen(call: re.Match[str], screen: Screen) -> str:
    words = [word.strip() for word in _split(call[2])]
    sizes = [_pixels(word, screen) for word in words]
    unknown = [word for word, size in zip(words, sizes) if size is None]
    if unknown:
        word = unknown[-1]
        return f"calc({word})" if re.search(r"\s[-+*/]\s", word) and not word.startswith("calc(") else word
    known = [size for size in sizes if size is not None]
    return words[known.index(_CHOICES[call[1]](known))]


def _split(arguments: str) -> list[str]:
    """At the commas that stand outside of brackets."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(arguments):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append(arguments[start:at])
            start = at + 1
    return [*parts, arguments[start:]]


def _pixels(word: str, screen: Screen) -> float | None:
    found = _LENGTH.fullmatch(word)
    if found is None:
        return None
    unit = {"px": 1.0, "": 1.0, "rem": 16.0, "em": 16.0, "vw": screen[0] / 100, "vh": screen[1] / 100}[found[2]]
    return float(found[1]) * unit
