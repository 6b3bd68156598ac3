"""A kiosk as a process of this machine: started on its own, seen to answer, found by its lock, ended."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kiosk import versions
from kiosk.ground import lockfile
from kiosk.ground.config import HOME, Settings
from kiosk.ground.errors import KioskError

#: Seconds for a kiosk to answer, for one to stop.
ANSWER, STOP = 60.0, 20.0
#: The service that « kiosk install » writes.
NAME = "kiosque-metiers"


def command(settings: Settings, config: str | None) -> list[str]:
    """How to serve these settings with the version in service."""
    words = ["serve", "--data-dir", str(settings.data_dir.resolve()), "--port", str(settings.port)]
    if config:
        words += ["--config", str(Path(config).resolve())]
    return [python_of(HOME), "-c", versions.ENTER, str(HOME), *words]


def python_of(code: Path) -> str:
    """The Python of a folder's own environment."""
    own = code / (".venv/Scripts/python.exe" if os.name == "nt" else ".venv/bin/python")
    return str(own) if own.exists() else sys.executable


def environment() -> dict[str, str]:
    """This process's environment, for a kiosk that chooses its version by itself."""
    kept = {key: value for key, value in os.environ.items() if key not in (versions.FOLLOWED, "PYTHONPATH")}
    return {**kept, "PYTHONUTF8": "1", "PYTHONPATH": str(HOME)}


def start(
    command: list[str], environment: Mapping[str, str], stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """A process of its own, which outlives this one. Its console would show the teacher's code: it goes nowhere."""
    with (versions.FOLDER / "upgrade.log").open("ab") as log:
        return subprocess.Popen(
            command,
            env=dict(environment),
            cwd=HOME,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=os.name != "nt",
        )


def free_port() -> int:
    """A port of the loopback that nobody uses now, and that no client will be given before we listen there.

    Below those that systems give to connections (Linux from 32768, the others from 49152: RFC 6335, section 6): a port
    the system itself proposes may be some visitor's a moment later.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers(host: str, port: int, process: subprocess.Popen[bytes] | None) -> bool:
    """Whether ``/healthz`` says 200 in time; no longer waited for when ``process`` has ended."""
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


def running(settings: Settings) -> int | None:
    """The process that serves this data folder."""
    if not (settings.data_dir / "kiosk.lock").is_file():
        return None
    try:
        lockfile.take(settings.data_dir).close()
    except KioskError as error:
        return int(pid) if (pid := str(error.values["pid"])).isdigit() else 0
    return None


def supervised(pid: int) -> bool:
    """Whether systemd starts this process again when it ends (``kiosk install``)."""
    try:
        return f"{NAME}.service" in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return False


def stop(pid: int, process: subprocess.Popen[Any] | None = None) -> None:
    """End a kiosk and wait for its end: what it acknowledged is on disk."""
    if pid <= 0:  # a lock whose owner could not be read: to the system, 0 is the whole group
        return
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
