"""How the command line is typed here. Sentences say « kiosk doctor »; what a person reads is a command that works on
this machine, about this kiosk: ``./run.sh --data-dir /srv/x doctor``.

Whoever launches the program says how it was typed (``run.sh``, the command and the unit that ``kiosk install`` writes);
without a word, it is ``kiosk``.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

#: What a launcher says: the words before those of the command.
VARIABLE = "KIOSK_TYPED"

_typed = "kiosk"
_command: re.Pattern[str] | None = None


@contextmanager
def as_typed(environ: Mapping[str, str], commands: Iterable[str]) -> Iterator[None]:
    """A block whose sentences name the program as it was typed. ``commands``: the words that may follow ``kiosk``."""
    global _typed, _command
    before = _typed, _command
    _typed = environ.get(VARIABLE) or "kiosk"
    names = "|".join(sorted(map(re.escape, commands), key=len, reverse=True))
    _command = re.compile(rf"\bkiosk (?=(?:{names})\b)")
    try:
        yield
    finally:
        _typed, _command = before


def options(given: Mapping[str, str | None]) -> None:
    """The global options of this command line (``data-dir`` → value), which every command named here needs too.

    A folder or a file is named from the root: the command may be typed elsewhere.
    """
    global _typed
    for name, value in given.items():
        if value:
            said = value if name == "port" else os.path.abspath(value)
            _typed += f" --{name} {shlex.quote(said)}"


def typed() -> str:
    """The words to type before a command's name."""
    return _typed


def named(sentence: str) -> str:
    """A sentence whose commands can be typed here."""
    if _command is None or _typed == "kiosk" or "kiosk " not in sentence:
        return sentence
    return _command.sub(lambda _found: _typed + " ", sentence)
