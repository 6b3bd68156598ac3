"""What the command line does at the centre for schools without a network: codes, and files on a stick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kiosk.centre import audit, longcodes, pairing, stick
from kiosk.centre.house import Centre
from kiosk.centre.refusals import OfficeError
from kiosk.centre.serving import open_centre
from kiosk.centre.settings import CentreSettings
from kiosk.centre.store import Tx
from kiosk.ground import diskwords, wholefile
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _n


def new_code(settings: CentreSettings, uai: str, *, long: bool) -> str:
    """Give a pairing code. :raises KioskError: `centre_refused`, with the office's sentence."""
    with _opened(settings) as centre:
        key = centre.key

        def unit(tx: Tx) -> str:
            audit.note(tx, "code", uai, uai)
            return longcodes.issue(tx, key, uai) if long else pairing.issue(tx, uai)

        return centre.store.run(unit)


def revoke_codes(settings: CentreSettings, uai: str) -> str:
    """Make a school's codes that wait useless; the sentence to print."""

    def unit(tx: Tx) -> int:
        audit.note(tx, "code_expired", uai, uai)
        return longcodes.revoke(tx, uai)

    with _opened(settings) as centre:
        number = centre.store.run(unit)
    return _n("%(n)s code annulé.", "%(n)s codes annulés.", number)


def answer_sticks(settings: CentreSettings, files: Sequence[str], folder: str) -> list[str]:
    """Read kiosks' files and write the answers; the paths written.

    :raises KioskError: `file_missing`, `stick_unwritten`, `centre_refused` with the office's sentences.
    """
    given: list[tuple[str, bytes]] = []
    for name in files:
        try:
            given.append((name, Path(name).read_bytes()))
        except OSError as error:
            raise diskwords.unread(name, error) from None
    with _opened(settings) as centre:
        made = stick.answers(centre, given)
    written = []
    for name, data in made:
        target = Path(folder) / name
        try:
            wholefile.write(target, data)
        except OSError as error:
            raise KioskError("stick_unwritten", path=target, detail=diskwords.why(error)) from None
        written.append(str(target))
    return written


@contextmanager
def _opened(settings: CentreSettings) -> Iterator[Centre]:
    """A centre for one command; what it refuses is said as the command line says a refusal."""
    centre = open_centre(settings)
    try:
        yield centre
    except OfficeError as error:
        wrong = [f"{name} : {why}" for name, why in getattr(error, "wrong", ())]
        raise KioskError("centre_refused", detail="\n".join([error.message, *wrong])) from None
    finally:
        centre.store.stop()
