"""JSON read with the line of each value, so that a mistake in a file can be shown where it is."""

import json
import re
from typing import Any

from kiosk.ground.i18n import N_, _
from kiosk.ground.nesting import too_deep

Path = tuple[Any, ...]

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}:,]|[^\s\[\]{}:,"]+')
# What Python's reader says → what we say. The longest match first.
_SAID: tuple[tuple[str, str], ...] = (
    ("Expecting property name", N_("un nom de champ entre guillemets droits est attendu ici")),
    ("Illegal trailing comma", N_("il y a une virgule de trop")),
    ("Expecting ',' delimiter", N_("il manque une virgule ou une fermeture (crochet, accolade)")),
    ("Expecting ':' delimiter", N_("il manque deux-points après le nom du champ")),
    ("Expecting value", N_("une valeur est attendue ici")),
    ("Extra data", N_("il y a du texte en trop après la fin")),
    ("Unterminated string", N_("un guillemet n’est pas refermé")),
    (
        "Invalid control character",
        N_("un retour à la ligne ou un caractère invisible est dans un texte"),
    ),
    ("Invalid \\", N_("une barre oblique inverse n’est pas suivie d’un code connu")),
)


class Unreadable(Exception):
    """The text is not JSON. `line` counts from 1; `message` is a sentence in the current language."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def read(data: bytes) -> tuple[Any, str]:
    """Return (value, text) of UTF-8 JSON, with or without a byte-order mark; raise :class:`Unreadable`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, _("le fichier n’est pas en UTF-8")) from None
    if too_deep(text):
        raise Unreadable(1, _("le fichier est trop profondément imbriqué"))
    try:
        return json.loads(text, parse_constant=_constant), text
    except json.JSONDecodeError as error:
        said = next((ours for theirs, ours in _SAID if error.msg.startswith(theirs)), None)
        where = _("colonne %(column)s : ", column=error.colno)
        raise Unreadable(error.lineno, where + (_(said) if said else error.msg)) from None
    except ValueError as error:
        line, said = _wrong_number(text)
        raise Unreadable(line, said) from error


def lines(text: str) -> dict[Path, int]:
    """Return the line (from 1) where each value of a valid JSON text starts, by its path: `("changes",
    0, "body")`.
    """
    found: dict[Path, int] = {}
    stack: list[list[Any]] = []  # [is_object, current key or index, waiting for a key]
    line, end = 1, 0
    for match in _TOKEN.finditer(text.removeprefix("\ufeff")):
        line += text.count("\n", end, match.start())
        end = match.start()
        token = match.group()
        if token in "]}":
            stack.pop()
            continue
        if token == ":":
            stack[-1][2] = False
            continue
        if token == ",":
            stack[-1][1] = None if stack[-1][0] else stack[-1][1] + 1
            stack[-1][2] = stack[-1][0]
            continue
        if stack and stack[-1][2]:
            stack[-1][1] = json.loads(token)
            continue
        found[tuple(frame[1] for frame in stack)] = line
        if token in "[{":
            stack.append([token == "{", None if token == "{" else 0, token == "{"])
    return found


def line_at(found: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of the nearest thing that holds it (a missing field has no line of
    its own).
    """
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


def written(path: Path) -> str:
    """Return a path as people write it: `changes[0].body.starts_at`."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out


def _constant(name: str) -> Any:
    raise ValueError(name)


def _wrong_number(text: str) -> tuple[int, str]:
    match = re.search(r"(?<![\w\"])(-?Infinity|NaN)|\d{4000,}", text)
    line = text.count("\n", 0, match.start()) + 1 if match else 1
    if match and match.group(1):
        return line, _("« %(name)s » n’est pas un nombre de JSON", name=match.group(1))
    return line, _("un nombre est trop long")
