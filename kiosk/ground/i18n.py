"""Languages: French is the source, English a catalogue; French spacing is applied here, once.

``_`` is called at request time and uses the language of the current context (a contextvar:
eventlet and gevent keep one per greenlet). Sources are written with plain spaces; French
results get their no-break spaces from :func:`kiosk.ground.typography.french`, passed in by
:func:`install` because this module stands to the right of the domain.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from kiosk.ground import calling, remembered

LANGUAGES = ("fr", "en")
DEFAULT = "fr"
LOCALE_DIR = Path(__file__).resolve().parents[1] / "locale"

#: Values that people type, copy or recognise letter for letter (« n°12 » is the name of a network): French spacing
#: leaves them as they are.
EXACT = frozenset(
    "address code codes command file host key link option passphrase password path pin proxy ssid uai url value wanted "
    "word".split()
)
#: What stands for each of them meanwhile: private characters, which no kept text holds.
_HOLES = 0xE001

_language: ContextVar[str] = ContextVar("kiosk_language", default=DEFAULT)
_spacing: Callable[[str], str] = str


def N_(message: str) -> str:  # noqa: N802 (the usual gettext name)
    """Mark a message for extraction and leave it as it is; translate it later with ``_``."""
    return message


def install(spacing: Callable[[str], str]) -> None:
    """Set the function that puts French no-break spaces in a finished sentence."""
    global _spacing
    _spacing = spacing
    _french.forget()


def current() -> str:
    """The language of this request or event: ``fr`` or ``en``."""
    return _language.get()


def set_language(language: str) -> None:
    """Choose the language of the current context; an unknown one means French."""
    _language.set(language if language in LANGUAGES else DEFAULT)


@contextmanager
def language(name: str) -> Iterator[None]:
    """Run a block in another language (a socket event, a command line)."""
    token = _language.set(name if name in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _language.reset(token)


@lru_cache(maxsize=None)
def _catalogue(name: str) -> gettext.NullTranslations:
    return gettext.translation("kiosk", LOCALE_DIR, languages=[name], fallback=True)


@remembered.texts(kilobytes=1024)
def _french(text: str) -> str:
    return _spacing(text)


def _finish(text: str, values: dict[str, Any]) -> str:
    text = calling.named(text)
    if current() != "fr":
        return text % values if values else text
    exact = {name: chr(_HOLES + at) for at, name in enumerate(sorted(EXACT & values.keys()))}
    text = _french(text % {**values, **exact} if values else text)
    return text.translate({ord(hole): str(values[name]) for name, hole in exact.items()}) if exact else text


def _(message: str, **values: Any) -> str:
    """Translate a French message into the current language and fill its ``%(name)s`` values."""
    if current() != "fr":
        message = _catalogue(current()).gettext(message)
    return _finish(message, values)


def _n(singular: str, plural: str, n: int, **values: Any) -> str:
    """Translate a counted message. ``n`` is also available as ``%(n)s``. French: 0 and 1 are singular."""
    if current() == "fr":
        message = singular if abs(n) < 2 else plural
    else:
        message = _catalogue(current()).ngettext(singular, plural, n)
    return _finish(message, {"n": n, **values})
