"""`kiosk centre`: from an empty folder to a centre that answers."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kiosk.centre import audit, feed, pairing, passwords
from kiosk.centre.app import create_app, create_centre
from kiosk.centre.house import Centre
from kiosk.centre.settings import CentreSettings
from kiosk.centre.store import Tx
from kiosk.engine import current, stopping
from kiosk.ground import listening, lockfile
from kiosk.ground.errors import KioskError, where
from kiosk.ground.i18n import _


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
    password = centre.store.run(passwords.first)
    if demo:
        load_demo(centre)
    app = create_app(centre)
    engine.tune()
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
    epoch, rev = feed.mark(), feed.last()
    if tx.history.gone_back(epoch, rev):
        epoch = feed.begin_again()
        pairing.brought_back(tx)
        audit.note(tx, "brought_back")
    else:
        pairing.revoke_again(tx)
    tx.history.begin(epoch, rev)
    return epoch


def load_demo(centre: Centre) -> list[str]:
    """Fill the centre with invented sessions, schools and questions; says what it did, line by line."""
    from kiosk.centre import demo

    return centre.store.run(demo.load)


def new_password(settings: CentreSettings) -> str:
    """Change the back office's password and return it; everybody is logged out."""
    centre = open_centre(settings)

    def change(tx: Tx) -> str:
        return passwords.change(tx)

    made = centre.store.run(change)
    centre.store.stop()
    return made


def _say_started(port: int, settings: CentreSettings, password: str | None) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    print(_("Centre : http://%(host)s:%(port)s", host=host, port=port), flush=True)
    print(_("Bureau : http://%(host)s:%(port)s/bureau", host=host, port=port), flush=True)
    if password:
        print(_("Mot de passe du bureau, affiché cette seule fois : %(password)s", password=password), flush=True)
