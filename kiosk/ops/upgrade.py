"""``kiosk upgrade``: a bundle put in service in place, tried before, proven after, undone when it does not answer.

Order of the steps, each of which leaves a working kiosk when it is the last one (see :mod:`kiosk.versions`):
unpack and check; install its libraries; start it on a *copy* of the database, on a port of its own; announce;
switch; stop the former one; start the new one on the real data; see it answer, or go back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from kiosk import versions
from kiosk.domain.phases import AT_REST
from kiosk.ground import edition, lockfile
from kiosk.ground.clock import Clock
from kiosk.ground.config import HOME, Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ops import process
from kiosk.ops.bundle import archive, signature, unpack
from kiosk.storage import backups, sqlitefile

#: Seconds for libraries to be installed.
PREPARE = 600.0
#: Milliseconds after which a room left in the middle of a session is taken for forgotten.
FORGOTTEN = 3 * 3_600_000
#: A kiosk on trial ends with the upgrade, however that ends: the pipe to it closes.
_TRIAL = "import _thread, os; _thread.start_new_thread(lambda: (os.read(0, 1), os._exit(1)), ()); "


def upgrade(settings: Settings, bundle: str, config: str | None, *, force: bool = False) -> Iterator[str]:
    """Upgrade this installation; yields what to tell. ``force``: even while a class is at it.

    :raises KioskError: ``upgrade_checkout``, ``upgrade_packaged``, ``upgrade_live``, ``upgrade_busy``,
        ``upgrade_invalid``, ``upgrade_unsigned``, ``upgrade_forged``, ``signature_tool``, ``upgrade_older``,
        ``data_newer``, ``upgrade_prepare``, ``upgrade_trial`` (nothing has changed), ``upgrade_undone`` (gone back by
        itself).
    """
    if (HOME / ".git").exists():
        raise KioskError("upgrade_checkout")
    if edition.of(HOME).package:
        raise KioskError("upgrade_packaged")
    if not force and class_at_work(settings):
        raise KioskError("upgrade_live")
    versions.FOLDER.mkdir(exist_ok=True)
    try:
        lock = lockfile.take(versions.FOLDER)
    except KioskError:
        raise KioskError("upgrade_busy") from None
    with lock:
        _finish_former(settings)
        name = _arrive(Path(bundle), _database(settings), settings.upgrade_key)
        if name == versions.current():
            yield _("Cette version est déjà en service : %(name)s.", name=name)
            return
        if settings.upgrade_key:
            yield _("Signature vérifiée.")
        else:
            yield _("Attention : sommes vérifiées, mais pas qui a fait l’archive (aucun réglage upgrade.key).")
        yield _("Archive vérifiée : %(name)s. Ses bibliothèques…", name=name)
        former = versions.current()
        try:
            _prepare(versions.place(name))
            yield _("Copie de la base, et essai sur la copie…")
            _try(settings, versions.place(name))
            yield _("Mise en service…")
            _serve_new(settings, name, config)
        except BaseException:
            if versions.current() != name and versions.pending() is None:
                shutil.rmtree(versions.place(name), ignore_errors=True)  # some 75 MB of a card
            raise
        _sweep({name, former})
        yield _("Mise à jour faite : version %(name)s en service, données gardées.", name=name)


def _database(settings: Settings) -> Path | None:
    path = settings.data_dir.resolve() / "kiosk.sqlite3"
    return path if not settings.database and path.is_file() else None


def class_at_work(settings: Settings) -> bool:
    """Whether a running kiosk has a room between its countdown and its end, entered less than three hours ago."""
    database = _database(settings)
    if database is None or process.running(settings) is None:
        return False
    with closing(sqlitefile.reading(database)) as connection:
        rooms = connection.execute("SELECT phase FROM room WHERE phase_started_at > ?", (Clock().now() - FORGOTTEN,))
        return any(phase not in AT_REST for (phase,) in rooms)


def _finish_former(settings: Settings) -> None:
    """What a killed upgrade left: its half-made folders go; a switch that nobody proved is undone."""
    for path in versions.FOLDER.glob(".new-*"):
        shutil.rmtree(path, ignore_errors=True)
    state = versions.pending()
    if state and state["to"] == versions.current() and process.running(settings) is None:
        versions.undo(state)


def _arrive(bundle: Path, database: Path | None, key: str) -> str:
    """Unpack a bundle into ``versions``, signed by ``key`` if there is one; its name there."""
    folder = versions.FOLDER / f".new-{os.getpid()}"
    facts = unpack.unpack(bundle, folder)
    try:
        if key:
            signature.check(folder, key)
        new, old = replace(edition.of(folder), version=facts["version"]), edition.current()
        dated = new.version == old.version and new.made and old.made
        if _order(new.version) < _order(old.version) or (dated and new.made < old.made):
            raise KioskError("upgrade_older", new=str(new), old=str(old))
        unknown = versions.strangers(database, folder) if database else set()
        if unknown:
            raise KioskError("data_newer", names=", ".join(sorted(unknown)))
        name = f"{facts['version']}-{archive.sha256(folder / 'SHA256SUMS')[:8]}"
        target = versions.FOLDER / name
        if name != versions.current():
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)
        return name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _order(version: str) -> tuple[int, ...]:
    head = version.split("-")[0].split("+")[0]
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in head.split("."))


def _prepare(code: Path) -> None:
    if os.name == "nt":
        command = ["powershell", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", str(code / "run.ps1"), "-Offline"]
    else:
        command = ["/bin/sh", str(code / "run.sh"), "--offline"]
    try:
        done = subprocess.run(
            [*command, "setup"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=PREPARE,
            env=process.environment(),
            check=False,
        )
        failed, said = done.returncode != 0, done.stderr
    except subprocess.TimeoutExpired:
        failed, said = True, "timeout"
    if failed:
        shutil.rmtree(code, ignore_errors=True)
        lines = [line for line in said.splitlines() if line.strip()]
        raise KioskError("upgrade_prepare", detail=lines[-3] if len(lines) > 2 else " ".join(lines))


def _try(settings: Settings, code: Path) -> None:
    """Start the new version on a copy, seen by this machine alone, without the centre."""
    folder = versions.FOLDER / f".new-{os.getpid()}"
    folder.mkdir(mode=0o700)  # the class's words, on trial
    port, trial = process.free_port(), None
    try:
        database = _database(settings)
        if database:
            backups.make(database, Clock().now())
            backups.copy(database, folder / "kiosk.sqlite3")
        environment = {
            **process.environment(),
            "KIOSK_HOST": "127.0.0.1",
            "KIOSK_CENTRE_URL": "",
            "KIOSK_DATABASE": "",
            versions.FOLLOWED: "1",
            "PYTHONPATH": str(code),
        }
        words = ["serve", "--data-dir", str(folder), "--port", str(port)]
        command = [process.python_of(code), "-c", _TRIAL + versions.ENTER, str(code), *words]
        trial = process.start(command, environment, stdin=subprocess.PIPE)
        if not process.answers("127.0.0.1", port, trial):
            raise KioskError("upgrade_trial", log=str(versions.FOLDER / "upgrade.log"))
    finally:
        if trial:
            process.stop(trial.pid, trial)
        shutil.rmtree(folder, ignore_errors=True)


def _serve_new(settings: Settings, name: str, config: str | None) -> None:
    """Announce, switch, restart, see: or go back. :raises KioskError: ``upgrade_undone``."""
    was = process.running(settings)
    service = was is not None and process.supervised(was)
    database = _database(settings)
    state = {"from": versions.current(), "to": name, "database": str(database or ""), "copy": "", "attempts": 0}
    versions.announce(state)
    versions.switch(name)
    _own(settings)
    started: list[subprocess.Popen[bytes]] = []

    def restart() -> None:
        pid = process.running(settings)
        if pid is not None:
            process.stop(pid)
        if not service:
            started.append(process.start(process.command(settings, config), process.environment()))

    restart()
    host = settings.host if settings.host not in ("0.0.0.0", "::", "") else "127.0.0.1"
    answered = process.answers(host, settings.port, started[-1] if started else None) and versions.pending() is None
    if answered and versions.current() == name:
        if was is None:
            process.stop(started[-1].pid, started[-1])
        return
    state = versions.pending() or state
    if versions.current() == name:
        pid = process.running(settings)
        if pid is not None:
            process.stop(pid)
        versions.undo(state)
    if was is not None and not service:
        restart()
    raise KioskError("upgrade_undone", log=str(versions.FOLDER / "upgrade.log"))


def _own(settings: Settings) -> None:
    """What root wrote for a service of another account, that account must be able to finish."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and settings.data_dir.is_dir():
        owner = settings.data_dir.stat()
        for path in (versions.FOLDER, versions.FOLDER / "current", versions.FOLDER / "pending.json"):
            with suppress(FileNotFoundError):
                os.chown(path, owner.st_uid, owner.st_gid)


def _sweep(kept: set[str]) -> None:
    """Keep the version in service and the one before."""
    for path in versions.FOLDER.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
