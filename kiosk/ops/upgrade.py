"""``kiosk upgrade``: a bundle put in service in place, tried before, proven after, undone when it does not answer.

Order of the steps, each of which leaves a working kiosk when it is the last one (see :mod:`kiosk.versions`):
unpack and check; install its libraries; start it on a *copy* of the database, on a port of its own; announce;
switch; stop the former one; start the new one on the real data; see it answer, or go back.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kiosk import __version__, versions
from kiosk.clock import Clock
from kiosk.config import HOME, Settings
from kiosk.errors import KioskError
from kiosk.i18n import _
from kiosk.ops.bundle import archive, unpack
from kiosk.storage import backups, lockfile

#: Seconds for a kiosk to answer, for one to stop, for libraries to be installed.
ANSWER, STOP, PREPARE = 60.0, 20.0, 600.0
NAME = "kiosque-metiers"
#: A kiosk on trial ends with the upgrade, however that ends: the pipe to it closes.
_TRIAL = "import _thread, os; _thread.start_new_thread(lambda: (os.read(0, 1), os._exit(1)), ()); "


def upgrade(settings: Settings, bundle: str, config: str | None) -> Iterator[str]:
    """Upgrade this installation; yields what to tell.

    :raises KioskError: ``upgrade_checkout``, ``upgrade_busy``, ``upgrade_invalid``, ``upgrade_older``, ``data_newer``,
        ``upgrade_prepare``, ``upgrade_trial`` (nothing has changed), ``upgrade_undone`` (gone back by itself).
    """
    if (HOME / ".git").exists():
        raise KioskError("upgrade_checkout")
    versions.FOLDER.mkdir(exist_ok=True)
    try:
        lock = lockfile.take(versions.FOLDER)
    except KioskError:
        raise KioskError("upgrade_busy") from None
    with lock:
        _finish_former(settings)
        name = _arrive(Path(bundle), _database(settings))
        if name == versions.current():
            yield _("Cette version est déjà en service : %(name)s.", name=name)
            return
        yield _("Archive vérifiée : %(name)s. Ses bibliothèques…", name=name)
        _prepare(versions.place(name))
        yield _("Copie de la base, et essai sur la copie…")
        _try(settings, versions.place(name))
        yield _("Mise en service…")
        former = versions.current()
        _serve_new(settings, name, config)
        _sweep({name, former})
        yield _("Mise à jour faite : version %(name)s en service, données gardées.", name=name)


def _database(settings: Settings) -> Path | None:
    path = settings.data_dir.resolve() / "kiosk.sqlite3"
    return path if not settings.database and path.is_file() else None


def _finish_former(settings: Settings) -> None:
    """What a killed upgrade left: its half-made folders go; a switch that nobody proved is undone."""
    for path in versions.FOLDER.glob(".new-*"):
        shutil.rmtree(path, ignore_errors=True)
    state = versions.pending()
    if state and state["to"] == versions.current() and _running(settings) is None:
        versions.undo(state)


def _arrive(bundle: Path, database: Path | None) -> str:
    """Unpack a bundle into ``versions``; its name there."""
    folder = versions.FOLDER / f".new-{os.getpid()}"
    facts = unpack.unpack(bundle, folder)
    try:
        if _order(facts["version"]) < _order(__version__):
            raise KioskError("upgrade_older", new=facts["version"], old=__version__)
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
            [*command, "setup"], capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=PREPARE,
            env=_environment(), check=False,
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
    folder.mkdir()
    port, process = _free_port(), None
    try:
        database = _database(settings)
        if database:
            shutil.copyfile(backups.make(database, Clock().now()), folder / "kiosk.sqlite3")
        environment = {
            **_environment(), "KIOSK_HOST": "127.0.0.1", "KIOSK_CENTRE_URL": "", "KIOSK_DATABASE": "",
            versions.FOLLOWED: "1", "PYTHONPATH": str(code),
        }
        words = ["serve", "--data-dir", str(folder), "--port", str(port)]
        command = [_python(code), "-c", _TRIAL + versions.ENTER, str(code), *words]
        process = _start(command, environment, stdin=subprocess.PIPE)
        if not _answers("127.0.0.1", port, process):
            raise KioskError("upgrade_trial", log=str(versions.FOLDER / "upgrade.log"))
    finally:
        if process:
            _stop(process.pid, process)
        shutil.rmtree(folder, ignore_errors=True)


def _serve_new(settings: Settings, name: str, config: str | None) -> None:
    """Announce, switch, restart, see: or go back. :raises KioskError: ``upgrade_undone``."""
    was = _running(settings)
    service = was is not None and _supervised(was)
    database = _database(settings)
    state = {"from": versions.current(), "to": name, "database": str(database or ""), "copy": "", "attempts": 0}
    versions.announce(state)
    versions.switch(name)
    _own(settings)
    started: list[subprocess.Popen[bytes]] = []

    def restart() -> None:
        pid = _running(settings)
        if pid is not None:
            _stop(pid)
        if not service:
            started.append(_start(_command(settings, config), _environment()))

    restart()
    host = settings.host if settings.host not in ("0.0.0.0", "::", "") else "127.0.0.1"
    answered = _answers(host, settings.port, started[-1] if started else None) and versions.pending() is None
    if answered and versions.current() == name:
        if was is None:
            _stop(started[-1].pid, started[-1])
        return
    state = versions.pending() or state
    if versions.current() == name:
        pid = _running(settings)
        if pid is not None:
            _stop(pid)
        versions.undo(state)
    if was is not None and not service:
        restart()
    raise KioskError("upgrade_undone", log=str(versions.FOLDER / "upgrade.log"))


def _own(settings: Settings) -> None:
    """What root wrote for a service of another account, that account must be able to finish."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = settings.data_dir.stat()
        for path in (versions.FOLDER, versions.FOLDER / "current", versions.FOLDER / "pending.json"):
            with suppress(FileNotFoundError):
                os.chown(path, owner.st_uid, owner.st_gid)


def _command(settings: Settings, config: str | None) -> list[str]:
    words = ["serve", "--data-dir", str(settings.data_dir.resolve()), "--port", str(settings.port)]
    if config:
        words += ["--config", str(Path(config).resolve())]
    return [_python(HOME), "-c", versions.ENTER, str(HOME), *words]


def _python(code: Path) -> str:
    own = code / (".venv/Scripts/python.exe" if os.name == "nt" else ".venv/bin/python")
    return str(own) if own.exists() else sys.executable


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in (versions.FOLLOWED, "PYTHONPATH")}
    return {**kept, "PYTHONUTF8": "1", "PYTHONPATH": str(HOME)}


def _start(
    command: list[str], environment: Mapping[str, str], stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """A process of its own, which outlives this one. Its console would show the teacher's code: it goes nowhere."""
    with (versions.FOLDER / "upgrade.log").open("ab") as log:
        return subprocess.Popen(
            command, env=dict(environment), cwd=HOME, stdin=stdin, stdout=subprocess.DEVNULL, stderr=log,
            start_new_session=os.name != "nt",
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(host: str, port: int, process: subprocess.Popen[bytes] | None) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    address = f"[{host}]" if ":" in host else host
    before = time.monotonic()
    while time.monotonic() - before < ANSWER and (process is None or process.poll() is None):
        try:
            with opener.open(f"http://{address}:{port}/healthz", timeout=5) as answer:
                return bool(json.load(answer).get("ok"))
        except (OSError, ValueError, urllib.error.URLError):
            time.sleep(0.2)
    return False


def _running(settings: Settings) -> int | None:
    """The process that serves this data folder."""
    if not (settings.data_dir / "kiosk.lock").is_file():
        return None
    try:
        lockfile.take(settings.data_dir).close()
    except KioskError as error:
        return int(pid) if (pid := str(error.values["pid"])).isdigit() else 0
    return None


def _supervised(pid: int) -> bool:
    """Whether systemd starts this process again when it ends (``kiosk install``)."""
    try:
        return f"{NAME}.service" in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return False


def _stop(pid: int, process: subprocess.Popen[Any] | None = None) -> None:
    """End a kiosk and wait for its end: what it acknowledged is on disk."""
    before = time.monotonic()
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(OSError):
            os.kill(pid, number)
        while time.monotonic() - before < (STOP if number == signal.SIGTERM else STOP + 5):
            if process.poll() is not None if process else not _alive(pid):
                return
            time.sleep(0.05)


def _alive(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _sweep(kept: set[str]) -> None:
    """Keep the version in service and the one before."""
    for path in versions.FOLDER.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
