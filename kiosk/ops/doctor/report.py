"""The registry of checks, and how they run: side by side, each in its own thread, none awaited for more than a few
seconds. A check that hangs (a dead network share) or breaks is itself a finding.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any

from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass

OK, ATTENTION, ERREUR = "OK", "ATTENTION", "ERREUR"
#: Exit code of each level (0 all well, 1 something to look at, 2 something broken).
EXIT = {OK: 0, ATTENTION: 1, ERREUR: 2}
#: Seconds granted to all the checks together; they run side by side.
PATIENCE = 8.0


@dataclass(frozen=True)
class Verdict:
    """What one check saw: a level, one ``cause``, and one ``cure`` when the level is not OK."""

    level: str
    cause: str
    cure: str = ""


@dataclass(frozen=True)
class Finding:
    """A verdict with the check's stable ``code`` and its ``title`` in the current language."""

    code: str
    title: str
    level: str
    cause: str
    cure: str

    def plain(self) -> dict[str, str]:
        """For JSON."""
        return {"code": self.code, "title": self.title, "level": self.level, "cause": self.cause, "cure": self.cure}


@dataclass(frozen=True)
class Case:
    """What is examined: the settings; ``fault`` is what their file is refused for (they are then defaults)."""

    settings: Settings
    fault: KioskError | None = None


@dataclass(frozen=True)
class Check:
    """One entry of the registry; ``title`` is a msgid; ``late`` is the verdict when no answer came in time."""

    code: str
    title: str
    look: Callable[[Case], Verdict]
    late: Callable[[], Verdict] | None = None


CHECKS: dict[str, Check] = {}


def check(
    code: str, title: str, late: Callable[[], Verdict] | None = None
) -> Callable[[Callable[[Case], Verdict]], Callable[[Case], Verdict]]:
    """Register a check under a stable code; ``title`` is a msgid marked with ``N_``."""

    def register(look: Callable[[Case], Verdict]) -> Callable[[Case], Verdict]:
        CHECKS[code] = Check(code, title, look, late)
        return look

    return register


def well(cause: str) -> Verdict:
    """Nothing to do."""
    return Verdict(OK, cause)


def beware(cause: str, cure: str) -> Verdict:
    """It works, not for ever or not for everybody."""
    return Verdict(ATTENTION, cause, cure)


def broken(cause: str, cure: str) -> Verdict:
    """The kiosk cannot do its work."""
    return Verdict(ERREUR, cause, cure)


def examine(case: Case, patience: float = PATIENCE) -> list[Finding]:
    """Every check's finding, in the order of the registry. Never raises, never waits for more than ``patience``."""
    seen: dict[str, Verdict] = {}
    threads = {
        one.code: threading.Thread(target=contextvars.copy_context().run, args=(_look, one, case, seen), daemon=True)
        for one in CHECKS.values()
    }
    for thread in threads.values():
        thread.start()
    end = time.monotonic() + patience
    for thread in threads.values():
        thread.join(max(0.0, end - time.monotonic()))
    verdicts = {code: seen.get(code) or _late(CHECKS[code], patience) for code in threads}
    return [Finding(code, _(CHECKS[code].title), one.level, one.cause, one.cure) for code, one in verdicts.items()]


def _late(one: Check, patience: float) -> Verdict:
    if one.late is not None:
        return one.late()
    return beware(
        _("Pas de réponse après %(n)s s.", n=round(patience)),
        _("Un disque, un partage ou le réseau ne répond plus : vérifiez-le, puis relancez le diagnostic."),
    )


def exit_code(findings: list[Finding]) -> int:
    """0, 1 or 2: the worst level."""
    return max((EXIT[one.level] for one in findings), default=0)


def _look(one: Check, case: Case, seen: dict[str, Any]) -> None:
    try:
        seen[one.code] = one.look(case)
    except PermissionError as error:
        seen[one.code] = beware(
            _("Ce compte n’a pas le droit de lire %(path)s.", path=error.filename or "?"),
            _("Lancez le diagnostic avec le compte du kiosque."),
        )
    except Exception as error:  # whatever breaks is told, and the other checks go on
        seen[one.code] = beware(
            _("Cette vérification n’a pas pu se faire (%(kind)s).", kind=type(error).__name__),
            _("Joignez l’archive de « kiosk doctor --bundle » à votre demande d’aide."),
        )
