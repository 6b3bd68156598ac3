"""A settings file, read: every name known, every value of the right type, each with its line."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import Field
from pathlib import Path
from typing import Any

from kiosk.ground.config_values import check, lines_of, typed
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_, _

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


#: Mistakes that are told besides the first.
MISTAKES = 20
#: How the TOML reader's sentence begins (``tomllib``'s, which are ``tomli``'s) → what a person is told to look for.
_WORDS = (
    (r"Invalid value", N_("cette valeur ne se lit pas : un texte se met entre guillemets, un nombre sans unité")),
    (r"Invalid date or datetime", N_("cette date ne se lit pas : entre guillemets, elle est un texte")),
    (r"Expected '=' after a key", N_("il manque le signe = après le nom du réglage")),
    (r"Expected '\]\]?' at the end", N_("il manque le crochet fermant ] après le nom de la partie")),
    (r"Unterminated string|Illegal character '\\n'|Expected '\"", N_("il manque le guillemet à la fin du texte")),
    (r"Unclosed array", N_("il manque le crochet fermant ] à la fin de la liste")),
    (r"Unclosed inline table", N_("il manque l’accolade fermante }")),
    (r"Expected newline or end of document", N_("il y a quelque chose en trop après la valeur : un réglage par ligne")),
    (r"Invalid statement|Invalid initial character", N_("cette ligne n’est ni un réglage (nom = valeur) ni un titre")),
    (r"Cannot overwrite a value|Duplicate inline table key", N_("ce réglage est écrit deux fois")),
    (r"Cannot declare .*twice|Cannot (?:mutate|redefine)", N_("cette partie est écrite deux fois : réunissez-les")),
    (
        r"Unescaped '\\|Invalid hex value|Escaped character",
        N_("une barre oblique inverse \\ se double, ou mettez le texte entre apostrophes"),
    ),
    (r"Illegal character|Found invalid character", N_("un signe invisible ou interdit est dans cette ligne")),
)


def read(path: Path, known: Mapping[str, Field[Any]], root: Path) -> dict[str, tuple[Any, int]]:
    """Dotted name → (value, line) of a file, every one ``known`` and of the right type; folders start from ``root``.

    :raises KioskError: ``config_syntax``, ``config_unknown_key``, ``config_wrong_type``, each with its line; the other
        lines that are wrong too are its ``more``.
    """
    name = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    try:
        text = path.read_text("utf-8-sig")
        content = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        detail = _("ce fichier n’est pas en UTF-8")
        raise KioskError("config_syntax", file=name, line=line, detail=detail) from None
    except tomllib.TOMLDecodeError as error:
        line, detail = where(text, str(error))
        raise KioskError("config_syntax", file=name, line=line, detail=detail) from None
    lines = lines_of(text)
    found: dict[str, tuple[Any, int]] = {}
    refused: list[KioskError] = []
    for key, value in _flatten(content, known):
        line = lines.get(key) or lines.get(key.partition(".")[0], 1)
        problem = check(value, known[key]) if key in known else None
        if key not in known:
            refused.append(KioskError("config_unknown_key", file=name, line=line, key=key, hint=_hint(key, known)))
        elif problem:
            refused.append(KioskError("config_wrong_type", file=name, line=line, key=key, detail=problem))
        else:
            found[key] = (typed(value, known[key], root), line)
    if refused:
        first, *others = sorted(refused, key=lambda one: int(one.values["line"]))
        first.more = [one.message for one in others[:MISTAKES]]
        raise first
    return found


def _flatten(content: Mapping[str, Any], known: Mapping[str, Field[Any]], prefix: str = "") -> list[tuple[str, Any]]:
    """Tables opened into dotted names, except where a setting itself stands."""
    flat: list[tuple[str, Any]] = []
    for key, value in content.items():
        dotted = prefix + key
        if isinstance(value, dict) and dotted not in known and (value or prefix):
            flat += _flatten(value, known, dotted + ".")
        elif value != {}:
            flat.append((dotted, value))
    return flat


def _hint(key: str, known: Mapping[str, Field[Any]]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6) or [
        other for other in known if other.endswith("." + key)
    ]
    return _(" Vouliez-vous dire « %(near)s » ?", near=near[0]) if near else ""


def where(text: str, message: str) -> tuple[int, str]:
    """The line and the words of a syntax error of the TOML reader."""
    head, marker, place = message.rpartition(" (at line ")
    if marker:
        return int(place.partition(",")[0]), _in_words(head)
    return text.count("\n") + 1, _in_words(message.partition(" (at")[0])


def _in_words(message: str) -> str:
    """The reader's sentence, without its place, as a person can use it."""
    for pattern, words in _WORDS:
        if re.match(pattern, message):
            return _(words)
    return message
