"""``kiosk provision``: a kiosk set up from one line of a file, or several rooms from several, whole or not at all."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from kiosk.domain import audit, choices, firststart, rooms, roomset
from kiosk.exchange import identity
from kiosk.ground import settingsfile, wholefile
from kiosk.ground.config import KEPT_FILE, Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.ops import local, opening, sheet
from kiosk.storage import datafolder, secretfile
from kiosk.storage.writer import Transaction


@dataclass(frozen=True)
class Wish:
    """Which lines of the file are this machine's: by number, by name, all of them; else by the machine's own name."""

    line: int | None = None
    label: str = ""
    every: bool = False


def provision(
    settings: Settings, path: str, wish: Wish, *, dry_run: bool = False
) -> tuple[list[str], KioskError | None]:
    """Set this kiosk up; the report, and what kept the pairing from being done (the rest is done then).

    :raises KioskError: ``file_missing``, ``provision_invalid``, ``provision_choice``, ``provision_line``…
    """
    file = Path(path)
    mine = choose(sheet.read(file), wish, file)
    values, pin, code = _common(mine, file)
    forced = {key: choices.imposed(settings, key) for key in values if choices.imposed(settings, key)}
    free = {key: value for key, value in values.items() if key not in forced}
    lines = [_("%(file)s, ligne %(lines)s", file=file.name, lines=", ".join(str(row.line) for row in mine))]
    lines += ["  " + _("%(key)s : imposé par %(where)s", key=key, where=where) for key, where in forced.items()]
    lines += ["  " + _("réglages : %(list)s", list=", ".join(sorted(free)) or _("aucun"))]
    padded = ", ".join(str(row.line) for row in mine if row.padded)
    if padded:
        lines.append(
            "  "
            + _("code remis à six chiffres : un tableur avait ôté les zéros du début (ligne %(lines)s)", lines=padded)
        )
    effective = choices.merged(settings, free)
    if dry_run:
        names = ", ".join(row.room for row in mine if row.room)
        lines.append("  " + _("salles : %(list)s", list=names or _("aucune")))
        return [*lines, _("Essai : rien n’a été écrit.")], None
    with _whole_or_nothing(settings.data_dir):
        settingsfile.update(settings.data_dir, free)
        held = secretfile.load(settings.data_dir, settings.database)
        if pin and pin != held.pin:
            secretfile.write(settings.data_dir, replace(held, pin=pin, new=False), settings.database)
        with local.opened(effective) as kiosk:
            made = kiosk.write(lambda tx: _rooms(tx, mine, effective, free, bool(pin)))
    lines += ["  " + _("salle %(name)s, code %(code)s", name=name, code=code) for name, code in made]
    if local.running(settings):
        lines.append(_("Le kiosque est en marche : relancez-le pour que ces réglages servent."))
    return lines, _paired(effective, code, mine[0].label or mine[0].room, lines)


def choose(rows: list[sheet.Row], wish: Wish, file: Path) -> list[sheet.Row]:
    """This machine's lines. :raises KioskError: ``provision_choice``, ``provision_line``."""
    if wish.every:
        return rows
    if wish.line is not None or wish.label:
        found = [row for row in rows if row.line == wish.line or (wish.label and row.answers_to(wish.label))]
        if not found:
            raise KioskError("provision_line", file=file.name, wanted=wish.label or wish.line)
        return found
    host = socket.gethostname().partition(".")[0]
    known = {host.casefold(), *_cards()}
    found = [row for row in rows if {row.machine.partition(".")[0].casefold(), _plain(row.machine)} & known]
    if found or len(rows) == 1:
        return found or rows
    raise KioskError("provision_choice", file=file.name, count=len(rows), host=host)


def _cards() -> set[str]:
    """The hardware addresses of this machine's network cards: what is printed on it tells one of forty copies."""
    import psutil

    found = (one.address for cards in psutil.net_if_addrs().values() for one in cards if one.family == psutil.AF_LINK)
    return {_plain(address) for address in found} - {"", "000000000000"}


def _plain(address: str) -> str:
    """A hardware address without what separates its digits."""
    return address.replace(":", "").replace("-", "").casefold()


def _common(mine: list[sheet.Row], file: Path) -> tuple[dict[str, Any], str, str]:
    """What the lines say of the one kiosk they share: they may leave out, not differ."""
    values: dict[str, Any] = {}
    says: dict[str, int] = {}
    mistakes = []
    for row in mine:
        for key, value in {**row.settings, **({"pin": row.pin} if row.pin else {})}.items():
            if key in values and values[key] != value:
                sentence = _("diffère de la ligne %(line)s, pour le même kiosque", line=says[key])
                mistakes.append(sheet.where(row.line, key, sentence))
            values.setdefault(key, value)
            says.setdefault(key, row.line)
    if mistakes:
        raise sheet.invalid(file, mistakes)
    return values, str(values.pop("pin", "")), next((row.code for row in mine if row.code), "")


def _rooms(
    tx: Transaction, mine: list[sheet.Row], settings: Settings, free: dict[str, Any], pin: bool
) -> list[tuple[str, str]]:
    """Make the rooms that miss (the first one takes the place of the unnamed room of a new kiosk); (name, code)."""
    names = list(dict.fromkeys(row.room for row in mine if row.room))
    for name in names:
        held = {known: room_id for room_id, known, _code in rooms.all_rooms()}
        if name in held:
            continue
        if list(held) == [opening.FIRST_ROOM]:
            rooms.set_fields(tx, held[opening.FIRST_ROOM], "room", name=name)
            continue
        roomset.open_new(tx, settings, name)
    seen = {
        "ecole": "school.uai" in free,
        "code": pin,
        "wifi": "wifi.ssid" in free,
        "proxy": "centre.proxy" in free,
        "centre": "centre.url" in free,
    }
    for step, done in seen.items():
        if done:
            firststart.mark(tx, step, firststart.DONE)
    firststart.put_off(tx)
    audit.note(tx, "machine", "provision")
    return [(name, code) for _id, name, code in rooms.all_rooms() if name in names]


def _paired(settings: Settings, code: str, label: str, lines: list[str]) -> KioskError | None:
    """Pair when the line asks for it and it is not done; the refusal, if any, with how to go on."""
    if not code or not settings.centre_url:
        return None
    who, _copied = identity.load(settings.data_dir, 0)
    if who.paired_with(settings.centre_url.rstrip("/")) and who.uai == settings.school_uai:
        lines.append(_("Déjà jumelé avec ce centre."))
        return None
    from kiosk.ops import sync_command

    try:
        lines.append(sync_command.pair(settings, code, settings.school_uai, label))
    except KioskError as error:
        return KioskError("provision_unpaired", sentence=error.message)
    return None


@contextmanager
def _whole_or_nothing(data_dir: Path) -> Iterator[None]:
    """Put the two small files back as they were when something refuses; the database undoes its own unit."""
    datafolder.prepare(data_dir)
    files = [data_dir / KEPT_FILE, data_dir / "secrets.json"]
    before = [path.read_bytes() if path.exists() else None for path in files]
    try:
        yield
    except BaseException:
        for path, content in zip(files, before, strict=True):
            if content is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != content:
                wholefile.write(path, content)
        raise
