"""``kiosk serve``: from an empty folder to a kiosk that answers, and its small regular duties."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from kiosk import versions
from kiosk.app import create_app
from kiosk.domain import (
    audit,
    demonstration,
    firststart,
    overdue,
    rehearsal,
    rooms,
    roomset,
    sessions,
    stored,
    unreviewed,
)
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import known
from kiosk.domain.questions import review
from kiosk.engine import current, stopping
from kiosk.exchange.worker import Worker
from kiosk.ground import listening, lockfile, remembered
from kiosk.ground.addresses import Address
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.events import AddressMoved, CentreChosen, DiskChanged, Event
from kiosk.ops import collecting, console, journal, keeping, opening, supervision
from kiosk.ops.chronicle import Chronicle
from kiosk.ops.together import Together
from kiosk.storage import datafolder, disk, secretfile
from kiosk.storage.duty import Duty, SharedDuty
from kiosk.storage.writer import Transaction

log = logging.getLogger("kiosk.serving")

#: Seconds to the first look at what must be forgotten (by then phones are back after a cut), and between two looks.
FIRST_LOOK, PURGE_PERIOD = 20.0, 30.0
#: Seconds between two looks at whether a time without review is over.
REVIEW_PERIOD = 1.0
#: Seconds between two measures of how late the loop is (only with KIOSK_LOOP_LAG=1).
LAG_PERIOD = 0.01


def serve(settings: Settings) -> None:
    """Serve until interrupted. :raises KioskError: ``already_running``, ``listening``'s, ``create_kiosk``'s."""
    os.umask(0o077)  # whatever is made in the data folder, from its first byte
    datafolder.prepare(settings.data_dir)
    journal.start(settings, os.environ)
    with disk.refusals(settings.data_dir):
        duty = _alone_or_shared(settings)
        lock = lockfile.take(settings.data_dir, lockfile.KIOSK if not settings.database else _own_lock(settings))
        versions.sweep()
        engine = current()
        sock = _listen(settings)
        app = create_app(settings, engine, examine=_examine)
        kiosk: Kiosk = app.extensions["kiosk"]
        kiosk.duty = duty
        start(kiosk)
    port = sock.getsockname()[1]
    kiosk.addresses.listening(port)

    def moved(address: Address | None) -> None:
        console.print_change(address, settings.language)
        kiosk.bus.publish([AddressMoved()])

    kiosk.addresses.refresh()
    kiosk.addresses.on_change = moved
    _duties(kiosk, app.extensions["exchange"])
    engine.tune()
    versions.proven()
    kiosk.ready = True
    # The journal is read by more people than a console: there, « kiosk pin show » tells the code.
    pin = None if supervision.in_journal(os.environ) else kiosk.secrets.pin
    token = "" if pin is None or settings.trust_local else kiosk.secrets.display_token
    console.print_start(kiosk.addresses.current(), port, pin, settings.language, token=token)
    console.print_lost_codes(settings.data_dir, settings.language)
    manager = supervision.notifier(os.environ)
    chronicle = Chronicle(kiosk)
    app.extensions["exchange"].told = chronicle.exchanged
    chronicle.begin()
    _stop_on_signal(kiosk, manager, chronicle)
    if manager is not None:
        supervision.start(kiosk, sock, manager)
    try:
        engine.serve(app.wsgi_app, sock)
    except KeyboardInterrupt:
        pass
    finally:
        lock.close()


def _alone_or_shared(settings: Settings) -> Duty:
    """:raises KioskError: ``scale_no_database``, ``scale_taken``, ``scale_pooled``, ``scale_missing``,
    ``storage_away``.
    """
    if settings.database:
        return SharedDuty(settings.database, several=bool(settings.message_queue))
    if settings.message_queue:
        raise KioskError("scale_no_database")
    return Duty()


def _own_lock(settings: Settings) -> str:
    """Workers share a data folder: each one holds a lock of its own, by its port."""
    return f"worker-{settings.port}.lock"


#: What the journal says of a damaged database (``kiosk.recovered``); a command says it to its user instead.
_RECOVERED = {
    "restored": "the database was damaged: a copy is back, the damaged file is kept",
    "log": "the write-ahead log was damaged: what was written last is lost",
    "empty": "the database was damaged and no good copy exists: starting anew, the damaged file is kept",
}


def start(kiosk: Kiosk) -> None:
    """Start the writer and give a new folder what it needs: a room, the first start, the demonstration.

    A disk that takes no write does not keep what is held from being shown and erased; the rest comes with the room.

    :raises KioskError: ``storage_full``… when there is nothing to show yet.
    """
    if kiosk.recovered:
        log.error("%s", _RECOVERED[kiosk.recovered])
    kiosk.engine.start_bridge()
    kiosk.writer.start()
    waiting: list[Callable[[Kiosk], None]] = []  # for room on the disk
    kiosk.bus.subscribe(lambda events: _disk_changed(kiosk, events, waiting))
    try:
        _begin(kiosk)
    except KioskError as error:
        if not error.code.startswith("storage_") or not rooms.all_rooms():
            raise
        waiting.append(_begin)


def _begin(kiosk: Kiosk) -> None:
    settings = kiosk.settings

    def first(tx: Transaction) -> bool:
        if not rooms.all_rooms():
            roomset.open_new(tx, settings, opening.FIRST_ROOM)
            if not settings.school_uai:
                firststart.expect(tx, claimed=not kiosk.secrets.new or bool(kiosk.recovered))
        audit.note(tx, "machine", "start")
        opening.note_recovery(tx, kiosk)
        review.restore_due(tx)
        if kiosk.duty.alone:  # else another worker may be playing one
            rehearsal.sweep(tx)
        return not sessions.all_sessions()

    empty = kiosk.write(first)
    kiosk.secrets = secretfile.in_use(settings.data_dir, kiosk.secrets, settings.database)
    if empty and not settings.centre_url and demonstration.wanted():
        from kiosk.ops import demo

        demo.load(kiosk)


def _disk_changed(kiosk: Kiosk, events: Sequence[Event], waiting: list[Callable[[Kiosk], None]]) -> None:
    """Say on the console that nothing can be written, or everything again; do then what the start could not."""
    for event in events:
        if isinstance(event, DiskChanged):
            console.print_disk(event.code, kiosk.settings.language)
            while waiting and not event.code:
                kiosk.engine.spawn(waiting.pop(), kiosk)


def _examine(kiosk: Kiosk, language: str, bundle: str) -> dict[str, Any] | None:
    from kiosk.ops.doctor import beside  # only when somebody asks: nothing of it at start

    return beside.examine(kiosk, language, bundle)


def _listen(settings: Settings) -> socket.socket:
    try:
        return current().listen(settings.host, settings.port)
    except OSError as error:
        raise listening.refusal(error, settings.host, settings.port) from error


def _duties(kiosk: Kiosk, exchange: Worker) -> None:
    kiosk.duty.start(kiosk.engine)
    if kiosk.settings.message_queue:
        Together(kiosk).start()
    keeper = keeping.Keeper(kiosk)
    kiosk.engine.spawn(kiosk.addresses.run_forever, kiosk.engine.sleep)
    kiosk.engine.spawn(_forget_forever, kiosk, keeper)
    kiosk.engine.spawn(_read_over_forever, kiosk)
    kiosk.engine.spawn(kiosk.boards.prepare)
    kiosk.engine.spawn(collecting.collect_forever, kiosk)
    begin_exchange(kiosk, exchange.run_forever)
    kiosk.bus.subscribe(keeper.receive)
    kiosk.engine.spawn(keeper.run_forever)
    if os.environ.get("KIOSK_LOOP_LAG") == "1":
        kiosk.engine.spawn(_measure_lag, kiosk)


def begin_exchange(kiosk: Kiosk, forever: Callable[[], None]) -> None:
    """Exchange ``forever``, from now when a centre is set, else from when one is; once."""
    waiting = [forever]

    def begin(events: Sequence[Event]) -> None:
        if waiting and any(isinstance(event, CentreChosen) for event in events):
            kiosk.engine.spawn(waiting.pop())

    kiosk.bus.subscribe(begin)
    if kiosk.settings.centre_url:
        begin([CentreChosen()])


def _forget_forever(kiosk: Kiosk, keeper: keeping.Keeper) -> None:
    """Purge what is due, soon after the start, then every half minute, for ever."""
    kiosk.engine.sleep(FIRST_LOOK)
    while True:
        try:
            if kiosk.duty.mine:
                purge(kiosk, keeper)
                kiosk.write(audit.trim)
                kiosk.write(known.trim)
            keep_met(kiosk)
            kiosk.writer.look()
        except KioskError as error:
            log.warning("purge put off: %s", error.code)
        kiosk.engine.sleep(PURGE_PERIOD)


def _read_over_forever(kiosk: Kiosk) -> None:
    """End each time without review when it is over, for ever."""
    while True:
        kiosk.engine.sleep(REVIEW_PERIOD)
        try:
            if kiosk.duty.mine and unreviewed.due(kiosk.clock.now()):
                kiosk.write(review.restore_due)
        except KioskError as error:
            log.warning("review put off: %s", error.code)


def keep_met(kiosk: Kiosk) -> None:
    """Keep which kinds of relays were met, for ``kiosk doctor``; what was met under other settings is forgotten."""
    settings = [kiosk.settings.public_url, *kiosk.settings.relays]
    kiosk.database.use()
    kiosk.database.connect_reader()
    held = stored.get("relays.met", {})
    before = set(held.get("met", ())) if held.get("settings") == settings else set()
    met = sorted(before | kiosk.peers.met)
    if met and met != held.get("met"):
        kiosk.write(lambda tx: stored.put(tx, "relays.met", {"settings": settings, "met": met}))


def purge(kiosk: Kiosk, keeper: keeping.Keeper) -> None:
    """Erase what is to be forgotten by now: from the database; its keeper sees to the copies."""
    days, now = kiosk.settings.retention_days, kiosk.clock.now()
    kiosk.database.use()
    kiosk.database.connect_reader()
    if not overdue.anything(now, days, lambda room_id: _there(kiosk, room_id)):
        return
    keeper.copy()
    kiosk.write(lambda tx: overdue.forget(tx, days, lambda room_id: _there(kiosk, room_id)))
    remembered.forget()


def _there(kiosk: Kiosk, room_id: str) -> bool:
    """Whether somebody is in a room, in the first hours after a start: the machine may have begun with a clock that is
    years ahead of the one before, in the middle of a lesson. Later this kiosk has seen the time pass by itself.
    """
    if time.monotonic() - kiosk.started > overdue.LONG_OVER / 1000:
        return False
    return kiosk.sockets.number("/control", room_id) > 0 or kiosk.presence.phones(room_id) > 0


def _measure_lag(kiosk: Kiosk) -> None:
    kiosk.late = 0.0
    while True:
        before = time.monotonic()
        kiosk.engine.sleep(LAG_PERIOD)
        late = time.monotonic() - before - LAG_PERIOD
        kiosk.late = max(kiosk.late or 0.0, late)


def _stop_on_signal(kiosk: Kiosk, manager: supervision.Notifier | None, chronicle: Chronicle) -> None:
    """End cleanly on SIGTERM and Ctrl-C: what waits is written, then the process leaves."""

    def finish() -> None:
        kiosk.ready = False
        if manager is not None:
            manager.tell("STOPPING=1")
        kiosk.duty.leave()
        kiosk.writer.stop(stopping.WRITING)
        chronicle.end()

    stopping.obey(kiosk.engine, finish)
