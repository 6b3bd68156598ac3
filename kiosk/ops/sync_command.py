"""``kiosk pair``, ``kiosk sync``, ``kiosk export exchange``, ``kiosk import exchange``: one exchange, now, and
what happened.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kiosk.contract import sticks
from kiosk.domain import retelling
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import pairing, stick, syncstate
from kiosk.exchange.round import Outcome, Round
from kiosk.exchange.wire import HttpLine
from kiosk.ground import diskwords, lockfile
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n
from kiosk.ops import local

#: Seconds to wait for a running kiosk's own exchange to end.
PATIENCE = 60.0


def pair(settings: Settings, code: str, uai: str, label: str = "") -> str:
    """Pair with the centre; the sentence to print. :raises KioskError: see :func:`kiosk.exchange.pairing.pair`."""
    if not settings.centre_url:
        raise KioskError("centre_unset")
    with _session(settings) as (kiosk, line):
        pairing.pair(kiosk, line, code, uai, label)
    return _("Kiosque jumelé. Les échanges peuvent commencer : kiosk sync")


def ask(settings: Settings, code: str, uai: str, label: str, path: str) -> list[str]:
    """Ask by stick to be paired; the lines to print. :raises KioskError: see :func:`kiosk.exchange.stick.ask`,
    ``stick_unwritten``.
    """
    with local.opened(settings) as kiosk:
        stick.ask(kiosk, code, uai, label)
    said = _("Portez ce fichier au centre, puis lisez sa réponse : kiosk import exchange FICHIER")
    return [*export_exchange(settings, path), said]


def sync(settings: Settings, *, elsewhere: bool = False) -> Outcome:
    """One exchange now; ``elsewhere``: with what another centre took before. :raises KioskError: ``centre_unset``,
    ``sync_busy``.
    """
    if not settings.centre_url:
        raise KioskError("centre_unset")
    with _session(settings) as (kiosk, line):
        # A running kiosk keeps its own time: its clock is not this process's to move.
        keep_time = not local.running(settings)
        if elsewhere:
            kiosk.write(retelling.tell_here)
        return Round(kiosk, line, keep_time=keep_time).run()


def as_json(outcome: Outcome) -> str:
    """The outcome for machines."""
    return json.dumps(
        {
            "class": outcome.failure,
            "sent": outcome.sent,
            "accepted": outcome.accepted,
            "rejected": outcome.rejected,
            "waiting": outcome.waiting,
            "changes": outcome.changes,
            "bytes_sent": outcome.bytes_sent,
            "bytes_received": outcome.bytes_received,
        }
    )


def report(outcome: Outcome) -> list[str]:
    """The outcome in words; for a failure, its sentence and its cure."""
    lines = []
    if outcome.failure == "ok":
        parts = [
            _n("%(n)s envoi accepté", "%(n)s envois acceptés", outcome.accepted),
            _n("%(n)s refusé", "%(n)s refusés", outcome.rejected),
            _("%(n)s en attente", n=outcome.waiting),
            _n("%(n)s nouveauté reçue", "%(n)s nouveautés reçues", outcome.changes),
        ]
        lines.append(_("Échange réussi : %(list)s.", list=", ".join(parts)))
    else:
        lines += [syncstate.sentence(outcome.failure), syncstate.fix(outcome.failure, outcome.detail)]
        if outcome.waiting:
            lines.append(_n("%(n)s envoi en attente.", "%(n)s envois en attente.", outcome.waiting))
    if outcome.paired:
        lines.insert(0, _("Kiosque jumelé."))
    if outcome.more:
        lines.append(_("Le centre a encore des nouveautés : il faut un voyage de plus (kiosk export exchange)."))
    if outcome.unread:
        lines.append(
            _n(
                "%(n)s nouveauté n’est pas conforme au contrat d’échange et reste de côté. Prévenez le centre :",
                "%(n)s nouveautés ne sont pas conformes au contrat d’échange et restent de côté. Prévenez le centre :",
                len(outcome.unread),
            )
        )
        lines += [f"  {one}" for one in outcome.unread]
    if outcome.elsewhere:
        lines.append(
            _n(
                "%(n)s envoi a été reçu par un autre centre ; pour l’envoyer à celui-ci : kiosk sync --elsewhere",
                "%(n)s envois ont été reçus par un autre centre ; pour les envoyer à celui-ci : kiosk sync --elsewhere",
                outcome.elsewhere,
            )
        )
    total = outcome.bytes_sent + outcome.bytes_received
    lines.append(
        _("%(sent)s octets envoyés, %(received)s reçus.", sent=outcome.bytes_sent, received=outcome.bytes_received)
    )
    return lines if total else lines[:-1]


def export_exchange(settings: Settings, path: str | None) -> list[str]:
    """Write what waits for the centre on a stick; the path written. :raises KioskError: ``not_paired``,
    ``stick_unwritten``.
    """
    with local.readable(settings) as held, local.opened(held) as kiosk:
        name, data = stick.request(kiosk)
    place = Path(path) if path else Path.cwd()
    target = place / name if place.is_dir() else place.with_name(place.name.removesuffix(sticks.SUFFIX) + sticks.SUFFIX)
    try:
        _write(target, data)
    except OSError as error:
        raise KioskError("stick_unwritten", path=target, detail=diskwords.why(error)) from None
    return [str(target)]


def import_exchange(settings: Settings, path: str) -> list[str]:
    """Read the centre's answer from a stick. :raises KioskError: ``file_missing``, ``stick_invalid``,
    ``stick_large``, ``stick_foreign``.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise diskwords.unread(path, error) from None
    with local.opened(settings) as kiosk:
        outcome = stick.take_answer(kiosk, data)
    return report(outcome)


@contextmanager
def _session(settings: Settings) -> Iterator[tuple[Kiosk, HttpLine]]:
    with local.opened(settings) as kiosk:
        line = HttpLine(settings.centre_proxy, settings.centre_ca_bundle)
        try:
            with _patient_turn(settings.data_dir):
                yield kiosk, line
        finally:
            line.close()


def _patient_turn(data_dir: Path) -> IO[str]:
    """The lock of the exchanges, once another round has ended. :raises KioskError: ``sync_busy``, it lasts."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return lockfile.take(data_dir, lockfile.SYNC)
        except KioskError:
            if time.monotonic() > end:
                raise
        time.sleep(0.2)


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
