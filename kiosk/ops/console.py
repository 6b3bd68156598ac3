"""What the person who starts the kiosk reads: three addresses, the code, a QR in the terminal.

Safe on consoles that know only a few characters (Windows code pages, ``LANG=C``): each line is
reduced to what the console can write, and the QR code falls back to plain ASCII.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path
from typing import Protocol, TextIO

from kiosk.ground.addresses import display_url, own_url
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, language
from kiosk.ground.qrcodes import QUIET, matrix
from kiosk.storage import secretfile

#: Columns of the narrowest usual terminal.
WIDTH = 80

_BLOCKS = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
_INK = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
_BLACK_ON_WHITE, _RESET = "\x1b[38;5;16;48;5;231m", "\x1b[0m"

#: Characters that old consoles lack → what stands for them.
_PLAIN = {
    "’": "'",
    "«": '"',
    "»": '"',
    "\u202f": " ",
    "\u00a0": " ",
    "…": "...",
    "–": "-",
    "œ": "oe",
}


class ShownAddress(Protocol):
    """What the console needs of :class:`kiosk.ground.network.Address`."""

    @property
    def url(self) -> str:
        """What a phone opens, with its scheme."""
        ...


def terminal_qr(url: str, encoding: str | None = "utf-8", ansi: bool = False) -> str:
    """A QR code as text, one line per row of characters, quiet zone included.

    :param encoding: what the console writes; half blocks when it can, else two columns a module.
    :param ansi: the console understands colours: black on white whatever its own are. Without,
        light modules are drawn, which is right on the usual dark background.
    """
    code = matrix(url)
    side = code.size + 2 * QUIET

    def dark(x: int, y: int) -> bool:
        column, row = x - QUIET, y - QUIET
        return 0 <= row < code.size and 0 <= column < code.size and code.rows[row][column]

    lines = []
    if _can_write("█▀▄", encoding):
        marks = _INK if ansi else _BLOCKS
        for y in range(0, side, 2):
            # The side is odd: under the last row stands the console's own ground.
            last = y + 1 == side
            row = ((dark(x, y), not ansi if last else dark(x, y + 1)) for x in range(side))
            lines.append("".join(marks[pair] for pair in row))
    else:
        ink, ground = ("##", "  ") if ansi else ("  ", "##")
        for y in range(side):
            lines.append("".join(ink if dark(x, y) else ground for x in range(side)))
    if ansi:
        lines = [f"{_BLACK_ON_WHITE}{line}{_RESET}" for line in lines]
    return "\n".join(lines)


def start_text(
    address: ShownAddress | None,
    port: int,
    pin: str | None,
    encoding: str | None = "utf-8",
    ansi: bool = False,
    token: str = "",
) -> str:
    """The text of :func:`print_start`, in the current language, 80 columns at most.

    ``pin`` is None where a journal reads this: the QR code's twenty lines of blocks are not for it either. ``token``:
    what the display needs even here (``trust_local = false``). Only an address longer than the line is left whole, so
    that it can still be copied.
    """
    here = own_url(port)
    rows = [
        (_("Élèves"), address.url if address else _("réseau en attente")),
        (_("Grand écran"), display_url(here, token)),
        (_("Pilotage"), f"{address.url if address else here}/prof"),
    ]
    if pin:
        rows.append((_("Code du pilotage"), pin))
    widest = max(len(label) for label, _value in rows)
    lines = ["Kiosque Métiers en direct", ""]
    for label, value in rows:
        line = f"  {label.ljust(widest)}  {value}"
        lines += [line] if len(line) <= WIDTH else [f"  {label}", value]
    lines += ["", *_notes(address)]
    text = "\n".join(_writable(line, encoding) for line in lines)
    return f"{text}\n\n{_code(address, encoding, ansi)}" if address and pin else f"{text}\n"


def print_start(
    address: ShownAddress | None,
    port: int,
    pin: str | None,
    language_code: str = "fr",
    stream: TextIO | None = None,
    token: str = "",
) -> None:
    """Print where pupils, display and teacher go, the teacher's code, and the pupils' QR code.

    :param address: what :meth:`AddressWatch.current` gives; None while there is no network.
    :param pin: the teacher's code, printed on the console and nowhere else; None to leave it out.
    :param token: the display's, where this very machine needs it too.
    """
    out = stream or sys.stdout
    with language(language_code):
        text = start_text(address, port, pin, out.encoding, colours(out), token)
    print(text, file=out, flush=True)


def print_change(address: ShownAddress | None, language_code: str = "fr", stream: TextIO | None = None) -> None:
    """Print one line when the address on screen changes (a cable, a new lease, a hotspot)."""
    out = stream or sys.stdout
    with language(language_code):
        if address:
            line = _("Nouvelle adresse des élèves : %(url)s", url=address.url)
        else:
            line = _("Réseau en attente : l’adresse reviendra d’elle-même.")
    print(_writable(line, out.encoding), file=out, flush=True)


def print_disk(code: str, language_code: str = "fr", stream: TextIO | None = None) -> None:
    """Print one line when the disk refuses writes (``storage_full``…), or takes them again (empty)."""
    out = stream or sys.stdout
    with language(language_code):
        error = KioskError(code or "storage_full")
        error.reader = "keeper"
        said = error.message if code else _("Le disque se laisse de nouveau écrire : les questions sont enregistrées.")
        line = f"{said} [{code}]" if code else said
    print(_writable(line, out.encoding), file=out, flush=True)


def print_recovery(kind: str, data_dir: Path, language_code: str = "fr", stream: TextIO | None = None) -> None:
    """Say what a command that found a damaged database did with it (``kiosk.recovered``)."""
    out = stream or sys.stderr
    with language(language_code):
        said = {
            "restored": _("La base était abîmée : la dernière copie entière est revenue."),
            "log": _("Le journal de la base était abîmé : ce qui a été écrit en dernier est perdu."),
        }.get(kind, _("La base était abîmée, et aucune copie n’est entière : ce kiosque repart de zéro."))
        line = said + " " + _("Le fichier abîmé est gardé dans %(path)s (kiosk-damaged-…).", path=data_dir)
    print(_writable(line, out.encoding), file=out, flush=True)


def print_lost_codes(data_dir: Path, language_code: str = "fr", stream: TextIO | None = None) -> None:
    """Say that the file of codes was damaged, as long as it is kept aside; nothing when it is not."""
    aside = secretfile.aside(data_dir)
    if not aside.exists():
        return
    out = stream or sys.stderr
    with language(language_code):
        line = lost_codes(aside)
    print(_writable(line, out.encoding), file=out, flush=True)


def lost_codes(aside: Path) -> str:
    """What happened to the codes, in the current language."""
    return _(
        "Le fichier des codes était abîmé : le code de l’enseignante ou de l’enseignant a changé. L’ancien fichier est "
        "gardé : %(path)s (effacez-le une fois le nouveau code donné).",
        path=aside,
    )


def _notes(address: ShownAddress | None) -> list[str]:
    notes = [_("Grand écran : à ouvrir sur ce poste.")]
    if address is None:
        notes.append(_("L’adresse des élèves s’affichera dès que le poste aura un réseau."))
    return [f"  {note}" for note in notes]


def _code(address: ShownAddress, encoding: str | None, ansi: bool) -> str:
    """The QR code, or nothing when the terminal is too narrow for it."""
    text = terminal_qr(address.url, encoding, ansi)
    bare = text.splitlines()[0].replace(_BLACK_ON_WHITE, "").replace(_RESET, "")
    return f"{text}\n" if len(bare) <= WIDTH else ""


def _can_write(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _writable(line: str, encoding: str | None) -> str:
    """The line with each character the console lacks replaced by the nearest it has."""
    if _can_write(line, encoding):
        return line
    out = []
    for char in line:
        if not _can_write(char, encoding):
            char = _PLAIN.get(char) or unicodedata.normalize("NFKD", char)[0]
        out.append(char if _can_write(char, encoding) else "?")
    return "".join(out)


def colours(stream: TextIO) -> bool:
    """Whether escape sequences are safe: a terminal, and not an old Windows console."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb" or "NO_COLOR" in os.environ:
        return False
    return os.name != "nt" or "WT_SESSION" in os.environ
