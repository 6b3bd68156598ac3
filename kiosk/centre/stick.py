"""The same messages on a USB stick (contract, section 6): several files read at once, one answer for each kiosk.

Files are opened, codes stretched and marks made apart from the loop; each message is then an exchange as over a
network, in a unit of its own: reading a file twice changes nothing, so one that is refused half-way harms nobody.
"""

from __future__ import annotations

import io
import itertools
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timezone
from functools import partial
from typing import Any

import msgspec

from kiosk.centre import audit, exchange, longcodes, territories
from kiosk.centre.house import Centre
from kiosk.centre.models import Kiosk
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.store import Tx
from kiosk.contract import PairingFile, Request, from_ms, sticks
from kiosk.contract.sticks import File
from kiosk.ground.i18n import _

#: Files in one go, archives opened; bytes of all of them; bytes of one answer's pages.
MAX_FILES, MAX_GIVEN, MAX_PAGES = 200, 16 * 1024 * 1024, 4 * 1024 * 1024
#: A kiosk of revision 1 packs its files when there are several.
ARCHIVE = b"PK\x03\x04"


class Refused(OfficeError):
    """Nothing is answered: ``wrong`` is (name of a file, what is wrong with it)."""

    def __init__(self, wrong: list[tuple[str, str]]) -> None:
        said = _("Aucune réponse n’est faite : retirez ou remplacez ces fichiers, puis recommencez.")
        super().__init__(said if wrong else _("Choisissez d’abord les fichiers des kiosques."), "file")
        self.wrong = wrong


@dataclass
class _Asked:
    """A file that this centre believes: ``name`` as it was given, ``token`` of who wrote it."""

    name: str
    file: File
    token: str

    @property
    def who(self) -> tuple[str, str]:
        return self.file.said.uai, self.file.said.kiosk


def answers(house: Centre, given: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Do what the files ask and answer: (name, bytes), one for each kiosk, to the newest of its files.

    :raises Refused: a file is none, is not genuine, or asks what the contract refuses.
    """
    engine = house.store.engine
    wrong: list[tuple[str, str]] = []
    asked: list[_Asked] = []
    for name, found in engine.apart(lambda: list(_opened(given)), "centre-stick"):
        try:
            if not isinstance(found, File):
                raise OfficeError(_damage(found))
            asked.append(_Asked(name, found, _believed(house, found)))
        except OfficeError as error:
            wrong.append((name, error.message))
    made: list[tuple[str, bytes]] = []
    for files in _by_kiosk([] if wrong else asked):
        try:
            made.append(_answer(house, files))
        except OfficeError as error:
            wrong.append((files[-1].name, error.message))
    if wrong or not made:
        raise Refused(wrong)
    return made


def _opened(given: list[tuple[str, bytes]]) -> Iterator[tuple[str, File | sticks.Damaged]]:
    for name, data in _unpacked(given):
        try:
            yield name, sticks.opened(data) if data is not None else sticks.Damaged(large=True)
        except sticks.Damaged as error:
            yield name, error


def _unpacked(given: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes | None]]:
    """The files, those of archives too; no bytes for what is beyond :data:`MAX_FILES` or :data:`MAX_GIVEN`."""
    left = MAX_GIVEN
    for number, (name, data) in enumerate(itertools.chain.from_iterable(_entries(*one) for one in given)):
        content = data(left + 1)
        left -= len(content)
        if left < 0 or number >= MAX_FILES:
            yield name, None
            return
        yield name, content


def _entries(name: str, data: bytes) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """A file, or those of an archive: (name, how so many of its bytes at most are read)."""
    if not data.startswith(ARCHIVE):
        yield name, lambda most: data[:most]
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield f"{name}, {entry.filename}", partial(_read, archive, entry)
    except zipfile.BadZipFile:
        yield name, lambda _most: b""


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Its first bytes; none when it is damaged, or packed with a password."""
    try:
        with archive.open(entry) as file:
            return file.read(most)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        return b""


def _damage(found: sticks.Damaged) -> str:
    if found.large:
        return _("Ce fichier est trop gros (16 Mo au plus), ou il y en a trop à la fois.")
    return _("Ce fichier n’est pas celui d’un kiosque, ou il est abîmé.")


def _believed(house: Centre, file: File) -> str:
    """The token of who wrote a file; a pairing file's kiosk gets it here.

    :raises OfficeError: it is nobody's we know.
    """
    said = file.said
    territories.check_school(said.uai)
    if isinstance(said, PairingFile):
        return _paired(house, file, said)
    if said.kind != "request":
        raise OfficeError(_("Ce fichier est une réponse du centre : donnez celui que le kiosque a écrit."))
    which = (Kiosk.id == said.kiosk) & (Kiosk.uai == said.uai)
    kiosk = house.store.run(lambda _tx: Kiosk.get_or_none(which))
    if kiosk is None:
        raise OfficeError(_("Ce kiosque n’est pas connu : donnez-lui d’abord un code pour s’associer."))
    token = longcodes.token(house.key, kiosk)
    if not house.store.engine.apart(lambda: sticks.genuine(file, token), "centre-stick"):
        raise OfficeError(
            _(
                "La signature de ce fichier n’est pas la bonne : il a été modifié, ou le kiosque a été associé de"
                " nouveau depuis."
            )
        )
    return token


def _paired(house: Centre, file: File, said: PairingFile) -> str:
    made, codes = house.store.run(lambda tx: longcodes.tried(tx, house.key, said))

    def match() -> tuple[bytes, str] | None:
        if made is not None and sticks.paired_by(file, made):
            return made, ""
        for digest, code in codes.items():
            stretched = sticks.stretched(code, said.salt)
            if sticks.paired_by(file, stretched):
                return stretched, digest
        return None

    found = house.store.engine.apart(match, "centre-stretch")
    if found is None:
        raise OfficeError(
            _(
                "Aucun code long valable de l’établissement %(uai)s n’a écrit ce fichier : vérifiez le code saisi sur"
                " le kiosque, ou donnez-en un autre.",
                uai=said.uai,
            )
        )
    key, digest = found
    if not digest:
        return sticks.token_of(key, said.uai, said.kiosk)
    return house.store.run(lambda tx: longcodes.pair(tx, house.key, said, key, digest))


def _by_kiosk(asked: list[_Asked]) -> list[list[_Asked]]:
    """The files of each kiosk, oldest first."""
    groups: dict[tuple[str, str], list[_Asked]] = {}
    for one in sorted(asked, key=lambda one: one.file.said.made_at):
        groups.setdefault(one.who, []).append(one)
    return list(groups.values())


def _answer(house: Centre, files: list[_Asked]) -> tuple[str, bytes]:
    """Run the messages of a kiosk's files, and answer the last of them."""
    *older, newest = files
    earlier = [verdict for one in older for page in _pages(house, one, whole=False) for verdict in page["verdicts"]]
    pages = _pages(house, newest, whole=True)
    pages[0]["verdicts"] = [*earlier, *pages[0]["verdicts"]]
    (uai, kiosk), token = newest.who, newest.token

    def unit(tx: Tx) -> int:
        audit.note(tx, "stick", uai)
        return tx.now

    now = house.store.run(unit)

    def pack() -> bytes:
        plain = json.loads(msgspec.json.encode(pages))
        made_at = from_ms(now).astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
        head = {"kind": "answer", "kiosk": kiosk, "uai": uai, "made_at": made_at}
        return sticks.packed(sticks.sealed(head, plain, token, many=newest.file.many))

    mark = "".join(sign for sign in kiosk[-4:] if sign.isalnum())
    return f"reponse-{uai}-{mark}{sticks.SUFFIX}", house.store.engine.apart(pack, "centre-stick")


def _pages(house: Centre, asked: _Asked, *, whole: bool) -> list[dict[str, Any]]:
    """An answer's pages: the messages in order, each from where the one before left; ``whole``: then on to the present,
    as far as a file may hold.
    """
    first = _request(asked, asked.file.messages[0])
    cursor, most = first.cursor, min(first.max_changes, sticks.MAX_CHANGES) if whole else 1
    pages: list[dict[str, Any]] = []
    size = 0
    for message in asked.file.messages:
        request = msgspec.structs.replace(_request(asked, message), cursor=cursor, max_changes=most)
        pages.append(_run(house, asked.token, request))
        size += len(msgspec.json.encode(pages[-1]))
        cursor = pages[-1]["cursor"] if whole else cursor
        if size > MAX_PAGES:
            most = 1
    while whole and asked.file.many and pages[-1]["more"] and size < MAX_PAGES:
        request = msgspec.structs.replace(request, cursor=pages[-1]["cursor"], operations=[])
        pages.append(_run(house, asked.token, request))
        size += len(msgspec.json.encode(pages[-1]))
    return pages


def _request(asked: _Asked, message: dict[str, Any]) -> Request:
    try:
        request = exchange.read(msgspec.json.encode(message))
    except Refusal as refusal:
        raise OfficeError(_refused(refusal)) from None
    if (request.uai, request.kiosk) != asked.who:
        raise OfficeError(_("Un message de ce fichier est celui d’un autre kiosque."))
    return request


def _run(house: Centre, token: str, request: Request) -> dict[str, Any]:
    """One exchange. A cursor that is known no more starts again from nothing: nobody can ask again before a journey."""

    def unit(tx: Tx) -> dict[str, Any]:
        try:
            return exchange.run(tx, token, request)
        except Refusal as refusal:
            if refusal.code != "cursor_expired":
                raise
            return exchange.run(tx, token, msgspec.structs.replace(request, cursor=None))

    try:
        return house.store.run(unit)
    except Refusal as refusal:
        raise OfficeError(_refused(refusal)) from None


def _refused(refusal: Refusal) -> str:
    if refusal.code == "token_revoked":
        return _("Ce kiosque a été révoqué : donnez-lui un nouveau code.")
    if refusal.code == "kiosk_cloned":
        return _("Deux machines se servent de l’identité de ce kiosque : il faut le jumeler de nouveau.")
    return _("Ce fichier est refusé : %(code)s.", code=refusal.code)
