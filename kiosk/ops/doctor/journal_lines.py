"""The last lines of the journal, for ``kiosk doctor --bundle``: those of the file, or of the system's when the kiosk
is a service.
"""

from __future__ import annotations

from kiosk.ground.config import Settings
from kiosk.ops import journal, tools
from kiosk.ops.doctor import service_checks
from kiosk.ops.install.places import NAME

#: Lines that are given, and bytes of a file that are looked at for them.
LINES, BYTES = 400, 200_000
#: What the QR codes of older versions were drawn with.
_BLOCKS = "█▀▄"


def last(settings: Settings) -> str:
    """Up to :data:`LINES` lines, the oldest first, not scrubbed yet; empty when there is no journal."""
    place = service_checks.installed()
    lines = _system(place.system) if place is not None else []
    lines = lines or _file(settings)
    kept = [line for line in lines if not any(block in line for block in _BLOCKS)]
    return "".join(line + "\n" for line in kept[-LINES:])


def _system(of_machine: bool) -> list[str]:
    option = [] if of_machine else ["--user"]
    words = ("journalctl", *option, "-u", NAME, "-n", str(LINES), "-o", "short-iso", "-q", "--no-pager")
    return tools.said(*words, seconds=6).splitlines()


def _file(settings: Settings) -> list[str]:
    found: list[str] = []
    for name in ("kiosk.log.1", "kiosk.log"):
        try:
            with (journal.folder(settings.data_dir) / name).open("rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - BYTES))
                found += file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            continue
    return found
