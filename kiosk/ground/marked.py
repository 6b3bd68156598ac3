"""The marks of words that somebody wrote, on a page: their language (RGAA 8.7), that they are quoted (9.4), the spaces
of what is copied to the letter, and where a line may break in the name of a job.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

from kiosk.ground import i18n

#: A name of several words held by hyphens: « aide-soignante ».
_COMPOUND = re.compile(r"(?<![^\W_])[^\W_]+(?:-[^\W_]+)+")


def french() -> Markup:
    """The attribute of what is written in French, where the interface speaks another language; else nothing."""
    return Markup("") if i18n.current() == "fr" else Markup(' lang="fr"')


def in_french(text: str) -> str:
    """The same, for words that stand inside a sentence of the interface."""
    return Markup('<span lang="fr">%s</span>') % text if text and i18n.current() != "fr" else text


def cited(text: str) -> str:
    """What somebody wrote, quoted in a sentence of the interface, which says its quotation marks."""
    return Markup("<q%s>%s</q>") % (french(), text) if text else text


def exact(text: str) -> str:
    """What is copied to the letter (the name of a network, a password, a file): HTML makes one space of two, and none
    of those at an end.
    """
    if not isinstance(text, str) or isinstance(text, Markup) or "  " not in f" {text} ":
        return text
    return Markup('<span class="exact">%s</span>') % text


def whole(text: str) -> str:
    """A job's name, where a line breaks at a hyphen only when the word alone is longer than the line."""
    if "-" not in text:
        return text
    return Markup(_COMPOUND.sub(r'<span class="whole">\g<0></span>', str(escape(text))))  # noqa: S704 (escaped)


def sentence(message: str, **values: Any) -> str:
    """``_`` of the templates: a value that is marked keeps its mark, one that is copied to the letter is marked so, and
    the sentence around them is text.
    """
    values = {name: exact(value) if name in i18n.EXACT else value for name, value in values.items()}
    if any(isinstance(value, Markup) for value in values.values()):
        return Markup(escape(i18n._(message))) % values
    return i18n._(message, **values)


def counted(singular: str, plural: str, n: int, **values: Any) -> str:
    """``_n`` of the templates, as :func:`sentence`."""
    if not any(isinstance(value, Markup) for value in values.values()):
        return i18n._n(singular, plural, n, **values)
    return Markup(escape(i18n._n(singular, plural, n, **{name: f"%({name})s" for name in values}))) % values
