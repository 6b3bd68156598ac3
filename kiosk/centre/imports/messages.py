"""A JSON file of the contract's `changes`: `{"changes": […]}`, or the list alone."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from kiosk.contract import CHANGES, Change, body_of
from kiosk.contract.programme.items import MAX_LINES, FileRefused, Item, Mistake
from kiosk.contract.storable import storable
from kiosk.ground.i18n import _

_SPACE = re.compile(r"[\s,]*")


def read(data: bytes) -> list[Item]:
    """:raises FileRefused: each mistake with the line its change starts at, and its field."""
    try:
        text = data.decode("utf-8-sig")
        whole = json.loads(text)
    except UnicodeDecodeError:
        raise FileRefused([Mistake(0, "", _("Ce fichier n’est pas en UTF-8."))]) from None
    except json.JSONDecodeError as error:
        raise FileRefused(
            [Mistake(error.lineno, "", _("Le JSON s’arrête là : %(detail)s", detail=error.msg))]
        ) from None
    except RecursionError:
        raise FileRefused([Mistake(0, "", _("Ce fichier n’a pas la forme attendue."))]) from None
    changes = whole.get("changes") if isinstance(whole, dict) else whole
    if not isinstance(changes, list) or len(changes) > MAX_LINES:
        raise FileRefused([Mistake(1, "changes", _("Il faut une liste « changes »."))])
    items, mistakes = [], []
    for change, line in zip(changes, _lines(text, len(changes))):
        try:
            items += _item(change, line)
        except msgspec.ValidationError as error:
            detail, _sep, path = str(error).partition(" - at `$.")
            mistakes.append(Mistake(line, path.rstrip("`") or "type", detail))
    if mistakes:
        raise FileRefused(mistakes)
    return items


def _item(value: Any, line: int) -> list[Item]:
    change = msgspec.convert({"rev": 0, **value} if isinstance(value, dict) else value, Change)
    if change.type not in CHANGES or change.type == "enrolment":
        return []  # unknown ones are ignored; enrolments come from schools
    if not storable(value):
        raise msgspec.ValidationError(_("Ce texte contient un caractère nul ou un nombre trop grand."))
    return [Item(change.type, change.id, body_of(change), line, deleted=change.deleted)]


def _lines(text: str, count: int) -> list[int]:
    """The line each change starts at."""
    found = re.search(r'"changes"\s*:\s*\[', text) or re.match(r"\s*\[", text)
    at, lines, decoder = found.end() if found else 0, [], json.JSONDecoder()
    for _index in range(count):
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        lines.append(text.count("\n", 0, at) + 1)
        try:
            _value, at = decoder.raw_decode(text, at)
        except ValueError:
            break
    return lines + [0] * (count - len(lines))
