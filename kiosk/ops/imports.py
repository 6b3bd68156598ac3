"""`kiosk import FILE`: a file of the contract's `changes`, or a programme's table, whole or not at all; every mistake
with its line and field, and what is not read.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.contract import CHANGES, programme
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import changes, programmes
from kiosk.exchange.unpacking import unpacked
from kiosk.ground import diskwords
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n

#: A file of changes is text of some kilobytes; above this it is something else.
MAX_BYTES = 16 * 1024 * 1024


def read(path: str | Path) -> bytes:
    """Return the bytes of a file ("-" is the standard input), unpacked when it is gzip or the zip of one file.

    :raises KioskError: `file_missing`, `file_too_large`, `import_invalid`.
    """
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if str(path) == "-" else Path(path).read_bytes()
    except OSError as error:
        raise diskwords.unread(path, error) from error
    data = unpacked(data, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise KioskError("file_too_large", path=str(path), most=MAX_BYTES >> 20)
    return data


def apply(kiosk: Kiosk, data: bytes) -> dict[str, int]:
    """Write the changes of a file in one transaction; returns how many counted, by type."""
    found = changes.parse(data)
    return kiosk.write(lambda tx: changes.apply(tx, found))


def is_table(data: bytes) -> bool:
    """Whether a file is a table rather than the contract's JSON."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[", b"")


def bring(kiosk: Kiosk, data: bytes) -> list[str]:
    """Write the sessions of a table, as « Importer un fichier » does with every box ticked; the report's lines.

    :raises KioskError: ``import_invalid``: nothing was written.
    """
    try:
        found = programme.read(data)
        found.whole()
    except programme.FileRefused as error:
        wrong = [changes.Mistake(max(1, one.line), one.field, one.message) for one in error.mistakes]
        raise changes.InvalidChanges(wrong) from None
    proposals = list(programmes.propose(found))
    taken = {one.place for one in proposals if one.takes}
    number = kiosk.write(lambda tx: programmes.take(tx, found, taken)) if taken else 0
    lines = report({"session": number})
    beyond = sum(1 for item in found.items if item.type == "session") - len(proposals)
    if beyond:
        lines.append(_beyond(beyond))
    lines += [_("Colonne « %(name)s » : non lue.", name=column.header) for column in found.unread]
    for one in found.left:
        where = _("ligne %(n)s", n=one.line) if one.line else one.sheet
        lines.append(f"{where} : {one.why}")
    return lines


def _beyond(n: int) -> str:
    return _n(
        "%(n)s séance de plus n’est pas lue : donnez-la dans un autre fichier.",
        "%(n)s séances de plus ne sont pas lues : donnez-les dans un autre fichier.",
        n,
    )


def report(counted: dict[str, int]) -> list[str]:
    """What was written, in words."""
    n = {kind: counted.get(kind, 0) for kind in CHANGES}
    said = {
        "session": _n("%(n)s séance", "%(n)s séances", n["session"]),
        "speaker": _n("%(n)s intervenant ou intervenante", "%(n)s intervenantes et intervenants", n["speaker"]),
        "enrolment": _n("%(n)s inscription", "%(n)s inscriptions", n["enrolment"]),
        "question": _n("%(n)s question préparée", "%(n)s questions préparées", n["question"]),
        "notice": _n("%(n)s message", "%(n)s messages", n["notice"]),
    }
    parts = [said[kind] for kind in said if n[kind]]
    if not parts:
        return [_("Rien de nouveau : ce fichier avait déjà été importé.")]
    return [_("Importé : %(list)s.", list=", ".join(parts))]
