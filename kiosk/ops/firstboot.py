"""``kiosk provision --stick``: a machine without screen nor keyboard sets itself up from a stick, at its first start.

Only a kiosk that nobody has set up yet reads one: later, whoever plugs a stick in must change nothing. What was done,
or why not, is written beside the file, where the person who holds the stick reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kiosk.ground.config import KEPT_FILE, Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ops import provisioning

#: What the file is called, by order of preference; its report.
NAMES = tuple(f"kiosque.{ending}" for ending in ("csv", "xlsx", "ods", "toml", "json"))
REPORT = "kiosque-compte-rendu.txt"
#: Where systems mount sticks, and the partition that a card's reader shows.
PLACES = ("/media", "/run/media", "/mnt", "/boot/firmware", "/boot", "/run/kiosque-metiers/cles")
#: A folder of mounts holds one folder a stick, or one a person with their sticks inside.
DEEP = 2


def from_stick(settings: Settings, places: Iterable[str] = PLACES) -> tuple[list[str], KioskError | None]:
    """Look for the file and provision this kiosk from it; the report, and what was refused.

    No file, or a kiosk already set up, is no refusal: every later start finds that.
    """
    if (settings.data_dir / KEPT_FILE).exists():
        return [_("Ce kiosque est déjà réglé : aucune clé n’est lue.")], None
    path = next(_found(places), None)
    if path is None:
        return [_("Aucune clé ne porte un fichier %(names)s.", names=", ".join(NAMES))], None
    lines: list[str] = []
    try:
        lines, refusal = provisioning.provision(settings, str(path), provisioning.Wish())
    except KioskError as error:
        refusal = error
    _tell(path.with_name(REPORT), lines, refusal)
    return lines, refusal


def _found(places: Iterable[str]) -> Iterator[Path]:
    for place in places:
        folders = [Path(place)]
        for _depth in range(DEEP + 1):
            for folder in folders:
                yield from (folder / name for name in NAMES if _is_file(folder / name))
            folders = [inner for folder in folders for inner in _inside(folder)]


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())[:50]
    except OSError:
        return []


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _tell(report: Path, lines: list[str], refusal: KioskError | None) -> None:
    told = [*lines]
    if refusal is not None:
        told += [f"{refusal.message} [{refusal.code}]", *getattr(refusal, "mistakes", [])]
    try:
        report.write_text("\r\n".join([*told, ""]), encoding="utf-8-sig", newline="")
    except OSError:  # a stick whose lock is closed: the journal has the same lines
        return
