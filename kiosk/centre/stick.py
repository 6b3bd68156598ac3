"""The same messages on a USB stick (contract, section 6): several files read at once, one answer for each kiosk.

Files are opened and written apart from the loop (:mod:`kiosk.contract.stickfiles`), codes stretched too; each message
is then an exchange as over a network, in a unit of its own: reading a file twice changes nothing, so one that is
refused half-way harms nobody.
"""

from __future__ import annotations

import io
import itertools
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from kiosk.centre import audit, exchange, longcodes, pairing, territories
from kiosk.centre.house import Centre
from kiosk.centre.models import Kiosk
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.store import Tx
from kiosk.contract import Request, stickfiles, sticks
from kiosk.contract.stickfiles import Head, Writer
from kiosk.ground import instants
from kiosk.ground.i18n import _

#: Files in one go, archives opened; bytes of all of them; bytes of one answer's pages; of all the messages held.
MAX_FILES, MAX_GIVEN, MAX_PAGES, MAX_HELD = 200, 16 * 1024 * 1024, 4 * 1024 * 1024, 64 * 1024 * 1024
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
    head: Head
    token: str
    messages: Sequence[bytes]

    @property
    def who(self) -> tuple[str, str]:
        return self.head.uai, self.head.kiosk


def answers(house: Centre, given: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Do what the files ask and answer: (name, bytes), one for each kiosk, to the newest of its files.

    :raises Refused: a file is none, is not genuine, or asks what the contract refuses.
    """
    wrong: list[tuple[str, str]] = []
    asked: list[_Asked] = []
    left = MAX_HELD
    for name, data in house.store.engine.apart(lambda: list(_unpacked(given)), "centre-stick"):
        try:
            asked.append(_believed(house, name, data, left))
            left -= sum(map(len, asked[-1].messages))
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
    """Its first bytes; none when it is damaged, packed with a password, or in a way that unfolds without end."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return b""
    try:
        with archive.open(entry) as file:
            return file.read(most)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        return b""


def _believed(house: Centre, name: str, data: bytes | None, left: int) -> _Asked:
    """A file with the token of who wrote it; a pairing file's kiosk gets it here. No data: there are too many bytes;
    ``left``: how many may still be held.

    :raises OfficeError: it is none, or nobody's we know.
    """
    try:
        if data is None:
            raise sticks.Damaged(large=True)
        head = stickfiles.head(house.store.engine, data)
        territories.check_school(head.uai)
        token, file = (_paired if head.kind == "pairing" else _known)(house, data, head)
        if sum(map(len, file.messages)) > left:
            raise sticks.Damaged(large=True)
    except sticks.Damaged as error:
        raise OfficeError(_damage(error)) from None
    return _Asked(name, head, token, file.messages)


def _damage(found: sticks.Damaged) -> str:
    if found.large:
        return _("Ce fichier est trop gros (16 Mo au plus), ou il y en a trop à la fois.")
    return _("Ce fichier n’est pas celui d’un kiosque, ou il est abîmé.")


def _known(house: Centre, data: bytes, head: Head) -> tuple[str, stickfiles.Read]:
    """:raises OfficeError: it is no request, or no kiosk that is known wrote it. :raises Damaged: it cannot be read."""
    if head.kind != "request":
        raise OfficeError(_("Ce fichier est une réponse du centre : donnez celui que le kiosque a écrit."))
    which = (Kiosk.id == head.kiosk) & (Kiosk.uai == head.uai)
    kiosk = house.store.run(lambda _tx: Kiosk.get_or_none(which))
    if kiosk is None:
        raise OfficeError(_("Ce kiosque n’est pas connu : donnez-lui d’abord un code pour s’associer."))
    token = longcodes.token(house.key, kiosk)
    file = stickfiles.read(house.store.engine, data, [Writer(head.kind, head.kiosk, head.uai, token.encode())])
    if file is None:
        raise OfficeError(
            _(
                "La signature de ce fichier n’est pas la bonne : il a été modifié, ou le kiosque a été associé de"
                " nouveau depuis."
            )
        )
    return token, file


def _paired(house: Centre, data: bytes, head: Head) -> tuple[str, stickfiles.Read]:
    """:raises OfficeError: no code wrote it. :raises Damaged: it cannot be read."""
    engine = house.store.engine
    made, codes = house.store.run(lambda tx: longcodes.tried(tx, house.key, head.uai, head.kiosk, head.salt))
    keys = [(made, "")] if made is not None else []
    for digest, code in codes.items():
        keys.append((engine.apart(partial(sticks.stretched, code, head.salt), "centre-stretch"), digest))
    writers = [Writer("pairing", head.kiosk, head.uai, key) for key, _digest in keys]
    file = stickfiles.read(engine, data, writers)
    if file is None:
        raise OfficeError(
            _(
                "Aucun code long valable de l’établissement %(uai)s n’a écrit ce fichier : vérifiez le code saisi sur"
                " le kiosque, ou donnez-en un autre.",
                uai=head.uai,
            )
        )
    key, digest = keys[file.writer]
    if not digest:
        return sticks.token_of(key, head.uai, head.kiosk), file
    return house.store.run(lambda tx: longcodes.pair(tx, house.key, head, key, digest)), file


def _by_kiosk(asked: list[_Asked]) -> list[list[_Asked]]:
    """The files of each kiosk, oldest first."""
    groups: dict[tuple[str, str], list[_Asked]] = {}
    for one in sorted(asked, key=lambda one: one.head.made_at):
        groups.setdefault(one.who, []).append(one)
    return list(groups.values())


def _answer(house: Centre, files: list[_Asked]) -> tuple[str, bytes]:
    """Run the messages of a kiosk's files, and answer the last of them."""
    *older, newest = files
    talk = _Talk(house, newest.token)
    earlier = [verdict for one in older for page in _pages(talk, one, whole=False) for verdict in page["verdicts"]]
    pages = _pages(talk, newest, whole=True)
    pages[0]["verdicts"] = [*earlier, *pages[0]["verdicts"]]
    (uai, kiosk), token = newest.who, newest.token

    def unit(tx: Tx) -> int:
        audit.note(tx, "stick", uai)
        return tx.now

    now = house.store.run(unit)
    head = {"kind": "answer", "kiosk": kiosk, "uai": uai, "made_at": instants.rfc3339(now)}
    plain = [msgspec.json.encode(page) for page in pages]
    form = "many" if newest.head.many else "one"
    mark = "".join(sign for sign in kiosk[-4:] if sign.isascii() and sign.isalnum())
    name = f"reponse-{uai}-{mark}{sticks.SUFFIX}"
    return name, stickfiles.written(house.store.engine, form, head, plain, token.encode())


class _Talk:
    """The exchanges of one kiosk's files. Once one of them began another history (contract, rule 10), the ``had_seq``
    of the others, of the history before, tells nothing more.
    """

    def __init__(self, house: Centre, token: str) -> None:
        self._house, self._token = house, token
        self._epoch = ""
        self._anew = False

    def run(self, request: Request) -> dict[str, Any]:
        """One exchange. A cursor that is known no more: another history begins for this kiosk, which brings the
        verdicts and has it ask from nothing with its next file, as « 410 » would (contract, rules 11 and 12: only a
        reading that the kiosk began from nothing tells what is gone). One of revision 1 is answered from nothing.
        """
        if self._anew:
            request = msgspec.structs.replace(request, had_seq=msgspec.UNSET)

        def unit(tx: Tx) -> dict[str, Any]:
            self._epoch = self._epoch or exchange.history_of(pairing.who(tx, self._token))
            try:
                return exchange.run(tx, self._token, request)
            except Refusal as refusal:
                if refusal.code != "cursor_expired":
                    raise
                request_anew = msgspec.structs.replace(request, cursor=None)
                return exchange.run(
                    tx,
                    self._token,
                    request_anew,
                    anew=exchange.may_begin_again(request, self._epoch) and not self._anew,
                )

        try:
            page = self._house.store.run(unit)
        except Refusal as refusal:
            raise OfficeError(_refused(refusal)) from None
        self._anew = self._anew or page.get("epoch", self._epoch) != self._epoch
        return page


def _pages(talk: _Talk, asked: _Asked, *, whole: bool) -> list[dict[str, Any]]:
    """An answer's pages: the messages in order, each from where the one before left; ``whole``: then on to the present,
    as far as a file may hold.
    """
    first = _request(asked, asked.messages[0])
    cursor, most = first.cursor, min(first.max_changes, sticks.MAX_CHANGES) if whole else 1
    pages: list[dict[str, Any]] = []
    size = 0
    for message in asked.messages:
        request = msgspec.structs.replace(_request(asked, message), cursor=cursor, max_changes=most)
        pages.append(talk.run(request))
        size += len(msgspec.json.encode(pages[-1]))
        cursor = pages[-1]["cursor"] if whole else cursor
        if size > MAX_PAGES:
            most = 1
    while whole and asked.head.many and pages[-1]["more"] and size < MAX_PAGES:
        request = msgspec.structs.replace(request, cursor=pages[-1]["cursor"], operations=[])
        pages.append(talk.run(request))
        size += len(msgspec.json.encode(pages[-1]))
    return pages


def _request(asked: _Asked, message: bytes) -> Request:
    try:
        request = exchange.read(message)
    except Refusal as refusal:
        raise OfficeError(_refused(refusal)) from None
    if (request.uai, request.kiosk) != asked.who:
        raise OfficeError(_("Un message de ce fichier est celui d’un autre kiosque."))
    return request


def _refused(refusal: Refusal) -> str:
    if refusal.code == "token_revoked":
        return _("Ce kiosque a été révoqué : donnez-lui un nouveau code.")
    if refusal.code == "kiosk_cloned":
        return _("Deux machines se servent de l’identité de ce kiosque : il faut le jumeler de nouveau.")
    return _("Ce fichier est refusé : %(code)s.", code=refusal.code)
