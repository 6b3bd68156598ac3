"""Builds a kiosk and its web application: wires the rooms of the house, starts nothing."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from kiosk import web
from kiosk.domain import sharedclock, stored
from kiosk.domain.brought import Files
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people.elsewhere import Elsewhere
from kiosk.domain.people.entrance import Entrance
from kiosk.domain.people.frontage import Frontage
from kiosk.domain.people.limits import Limits
from kiosk.domain.people.peers import Peers
from kiosk.domain.people.presence import Presence, Sockets
from kiosk.domain.people.turns import Turns
from kiosk.domain.questions.board import Boards
from kiosk.domain.questions.crowd import Crowd
from kiosk.domain.questions.drafts import Drafts
from kiosk.engine import Engine, current
from kiosk.exchange.remote import CourierLine
from kiosk.exchange.worker import Worker
from kiosk.ground import i18n, typography
from kiosk.ground.clock import Clock, kept_by_network
from kiosk.ground.config import Settings
from kiosk.ground.events import AlertChanged, Bus, DiskChanged
from kiosk.ground.network import AddressWatch
from kiosk.storage import backups, datafolder, disk, secretfile
from kiosk.storage.database import Database
from kiosk.storage.writer import Transaction, Writer

ROOT = Path(__file__).resolve().parent.parent
#: Examines the machine of a kiosk: the kiosk, a language, where the archive goes (``ops.doctor.beside.examine``).
Examine = Callable[[Kiosk, str, str], "dict[str, object] | None"]
#: The addresses chosen, by network: key of what is kept (``kiosk.domain.stored``).
CHOICES = "address.choices"


def _clock(settings: Settings) -> Clock:
    """The machine's clock when the network keeps it, else put right as far as somebody did before; that of all workers
    where there are several.
    """
    if kept_by_network():
        clock = Clock(source="ntp")
    else:
        source = str(stored.get("clock.source", "system"))
        clock = Clock(offset_ms=int(stored.get("clock.offset_ms", 0)), source=source)
    if settings.message_queue:
        sharedclock.follow(clock)
    return clock


def create_kiosk(
    settings: Settings, engine: Engine | None = None, *, served: Callable[[], bool] = lambda: False
) -> Kiosk:
    """Open the database of ``settings.data_dir`` (made if absent) and wire the parts around it. ``served``: whether
    another process serves it, which alone may then put a damaged one aside.

    The writer is not started: ``kiosk.writer.start()`` does, from the loop's thread.

    :raises KioskError: those of ``datafolder.prepare``, ``storage_full``, ``storage_readonly``, ``storage_failed``,
        ``data_damaged``.
    """
    i18n.install(typography.french)
    datafolder.prepare(settings.data_dir)
    with disk.refusals(settings.data_dir):
        return _wired(settings, engine or current(), served)


def _boot(settings: Settings, held: secretfile.Secrets) -> str:
    """What a page compares to know that it must ask for everything again: one for all workers, since the revisions
    that they count from are the database's.
    """
    if not settings.message_queue:
        return secrets.token_hex(4)
    return hashlib.sha256(f"boot|{held.key}".encode()).hexdigest()[:8]


def _wired(settings: Settings, engine: Engine, served: Callable[[], bool]) -> Kiosk:
    path = settings.data_dir / "kiosk.sqlite3"
    recovered = None if settings.database else backups.recover(path, Clock().now(), served)
    database = Database(path, settings.database)
    database.open()
    clock = _clock(settings)
    bus = Bus()
    writer = Writer(database, engine, clock, bus.publish)
    writer.trouble_changed = lambda code: bus.publish([DiskChanged(code)])
    addresses = AddressWatch(
        settings,
        choices=dict(stored.get(CHOICES, {})),
        save_choice=lambda network, value: writer.run(lambda tx: _save_choice(tx, network, value)),
    )
    peers = Peers(lambda: addresses.own, settings.relays, settings.trust_local)
    elsewhere, drafts = Elsewhere(), Drafts()
    presence, held = Presence(elsewhere=elsewhere), secretfile.load(settings.data_dir, settings.database)
    bus.subscribe(drafts.receive)
    crowd = Crowd(presence, per_pupil=settings.limits_waiting_per_pupil, least=settings.limits_waiting_least)
    crowd.told = lambda room_id: bus.publish([AlertChanged()])
    kiosk = Kiosk(
        settings=settings,
        engine=engine,
        clock=clock,
        database=database,
        writer=writer,
        bus=bus,
        secrets=held,
        limits=Limits(
            device_burst=settings.limits_device_burst,
            device_per_second=settings.limits_device_per_second,
            device_max=settings.limits_device_max,
            room_per_second=settings.limits_room_per_second,
        ),
        presence=presence,
        crowd=crowd,
        turns=Turns(crowd.counts_for, engine.sleep),
        boards=Boards(engine, bus, database.use),
        drafts=drafts,
        brought=Files(),
        addresses=addresses,
        peers=peers,
        frontage=Frontage(settings.public_url, peers),
        sockets=Sockets(elsewhere=elsewhere),
        **(_entrance(writer, clock, held) if settings.message_queue else {}),
        boot=_boot(settings, held),
        recovered=recovered or "",
    )
    database.policy = lambda: kiosk.settings.policy
    return kiosk


def _entrance(writer: Writer, clock: Clock, held: secretfile.Secrets) -> dict[str, Any]:
    """What several workers count together at the teacher's door."""
    made = Entrance(writer.run, clock, held.key)
    return {"entrance": made, "guesses": made.guesses, "knocks": made.knocks}


def create_app(
    settings: Settings, engine: Engine | None = None, kiosk: Kiosk | None = None, examine: Examine | None = None
) -> Flask:
    """The web application of a kiosk, with its Socket.IO server. Starts nothing.

    ``examine`` makes the diagnosis that the teacher's pages offer; without it they say that none could be made.

    What Flask calls its extensions: ``app.extensions["kiosk"]`` is the :class:`Kiosk`, ``["exchange"]`` its
    :class:`Worker`, ``["examine"]`` what pages ask for a diagnosis (``web.frame.context`` reads both), and
    ``["socketio"]`` its live server.
    """
    kiosk = kiosk or create_kiosk(settings, engine)
    app = Flask("kiosk", root_path=str(ROOT), static_folder=None, template_folder="templates")
    app.extensions["kiosk"] = kiosk
    app.extensions["exchange"] = Worker(
        kiosk, lambda: CourierLine(kiosk.engine, kiosk.settings.centre_proxy, kiosk.settings.centre_ca_bundle)
    )
    app.extensions["examine"] = examine or (lambda _kiosk, _language, _bundle: None)
    web.register(app, kiosk)
    app.wsgi_app = kiosk.frontage.before(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _save_choice(tx: Transaction, network: str, value: str | None) -> None:
    choices = {**stored.get(CHOICES, {}), network: value}
    stored.put(tx, CHOICES, {k: v for k, v in choices.items() if v})
