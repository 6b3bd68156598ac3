"""`kiosk centre`: from an empty folder to a centre that answers."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kiosk.centre import accounts, audit, feed, pairing, passwords, retention
from kiosk.centre.app import create_app, create_centre
from kiosk.centre.history import Reached
from kiosk.centre.house import Centre
from kiosk.centre.models import Account
from kiosk.centre.settings import CentreSettings
from kiosk.centre.store import Tx
from kiosk.engine import current, stopping
from kiosk.ground import listening, lockfile
from kiosk.ground.errors import KioskError, where
from kiosk.ground.i18n import _

log = logging.getLogger("kiosk.centre")


def serve(settings: CentreSettings, demo: bool = False) -> None:
    """Serve until interrupted. :raises KioskError: `already_running`, `listening`'s, :func:`open_centre`'s."""
    begin_journal()
    engine = current()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = None if settings.database else lockfile.take(settings.data_dir, lockfile.CENTRE)
    try:
        sock = engine.listen(settings.host, settings.port)
    except OSError as error:
        raise listening.refusal(error, settings.host, settings.port) from error
    centre = open_centre(settings)
    centre.store.run(lambda tx: audit.note(tx, "start"))
    password = first_password(centre)
    if demo:
        load_demo(centre)
    app = create_app(centre)
    engine.tune()
    engine.spawn(_forget_forever, centre)
    _say_started(sock.getsockname()[1], settings, password)
    stopping.obey(engine, lambda: centre.store.stop(stopping.WRITING))  # what waits is written, then the process leaves
    try:
        engine.serve(app.wsgi_app, sock)
    except KeyboardInterrupt:
        pass
    finally:
        if lock:
            lock.close()


class Journal(logging.Formatter):
    """An exception keeps its kind and its way through the code: its message may quote a pupil."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """:meta private:"""
        return where(ei[1]) if ei[1] is not None else ""


def begin_journal() -> None:
    """The centre's own messages from INFO, a library's from ERROR, on stderr."""
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(Journal())
    logging.basicConfig(level="ERROR", handlers=[console])
    logging.getLogger("kiosk").setLevel("INFO")


def open_centre(settings: CentreSettings) -> Centre:
    """A centre whose database is open. :raises KioskError: `centre_database`, `centre_newer`, `upgrade_uncopied`."""
    try:
        centre = create_centre(settings)
        centre.store.start()
        centre.epoch = centre.store.run(_begin_history)
    except KioskError:
        raise
    except Exception as error:
        detail = str(error).strip().partition("\n")[0] or type(error).__name__
        raise KioskError("centre_database", detail=detail) from error
    return centre


@contextmanager
def alone(settings: CentreSettings) -> Iterator[Centre]:
    """A centre for one command, which no server on the same file uses. :raises KioskError: as :func:`serve`."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = None if settings.database else lockfile.take(settings.data_dir, lockfile.CENTRE)
    try:
        centre = open_centre(settings)
        try:
            yield centre
        finally:
            centre.store.stop()
    finally:
        if lock:
            lock.close()


def _begin_history(tx: Tx) -> str:
    """Before anything is served: an older copy of the database begins another history (contract, rule 11)."""
    assert tx.history is not None
    epoch, reached = feed.mark(), Reached(feed.last(), feed.heard())
    if tx.history.gone_back(epoch, reached):
        epoch = feed.begin_again()
        pairing.brought_back(tx)
        audit.note(tx, "brought_back")
    else:
        pairing.revoke_again(tx)
    tx.history.begin(epoch, reached)
    return epoch


def load_demo(centre: Centre) -> list[str]:
    """Fill the centre with invented sessions, schools and questions; says what it did, line by line."""
    from kiosk.centre import demo

    return centre.store.run(demo.load)


def first_password(centre: Centre) -> str | None:
    """Make the first account of a new centre and return its password, once; None afterwards."""
    if centre.store.run(lambda _tx: Account.select().exists()):
        return None
    made = passwords.make()
    digest = passwords.digest(made)
    return made if centre.store.run(lambda tx: accounts.first(tx, digest)) else None


def new_password(settings: CentreSettings, email: str = "", factor: bool = False) -> str:
    """Give the first account, or the one of an address, another password and return it; its visits end. `factor`: the
    second factor goes too, and a suspended account is open again.

    :raises KioskError: `centre_account`, no account has this address; as :func:`open_centre`.
    """
    centre = open_centre(settings)
    made = first_password(centre)
    if made is None or email:
        made = passwords.make()
        digest = passwords.digest(made)

        def change(tx: Tx) -> bool:
            row = accounts.of_email(email) if email else accounts.founder()
            if row is not None:
                accounts.set_password(tx, str(row.id), digest, factor)
            return row is not None

        if not centre.store.run(change):
            centre.store.stop()
            raise KioskError("centre_account", email=email)
    centre.store.stop()
    return made


def new_account(settings: CentreSettings, email: str, name: str, role: str, territory: str) -> str:
    """Make an account and return the address, below the office's own, where its owner chooses a password.

    :raises OfficeError: as :func:`kiosk.centre.accounts.invite`. :raises KioskError: as :func:`open_centre`.
    """
    centre = open_centre(settings)
    try:
        _id, token = centre.store.run(lambda tx: accounts.invite(tx, email, name, role, territory))
    finally:
        centre.store.stop()
    return f"/bureau/lien/{token}"


def list_accounts(settings: CentreSettings) -> list[str]:
    """Accounts, a line each."""
    centre = open_centre(settings)
    found = centre.store.run(lambda tx: [accounts.line(row, tx.now) for row in accounts.everyone()])
    centre.store.stop()
    return found


def _forget_forever(centre: Centre) -> None:
    """Forget what is due, a slice at a time, between which kiosks exchange; then again in an hour."""
    while not centre.store.over:
        try:
            wait = 0.5 if centre.store.run(retention.sweep) else 3600
        except Exception as error:  # the database is away: what is due stays so
            log.error("retention: %s", where(error))
            wait = 300
        centre.store.engine.sleep(wait)


def _say_started(port: int, settings: CentreSettings, password: str | None) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    print(_("Centre : http://%(host)s:%(port)s", host=host, port=port), flush=True)
    print(_("Bureau : http://%(host)s:%(port)s/bureau", host=host, port=port), flush=True)
    if password:
        print(_("Mot de passe du bureau, affiché cette seule fois : %(password)s", password=password), flush=True)
