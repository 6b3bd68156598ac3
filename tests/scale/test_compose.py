"""``config/compose.yml`` without containers: its commands, options and variables, on the real servers of Debian.

What only containers tell (images, their network) is tried by nobody here; the file says so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import requests
import yaml  # type: ignore[import-untyped]

from kiosk.ops.process import free_port
from kiosk.storage import serverstate
from scale.farm import ROOT, Redis, postgresql

pytestmark = pytest.mark.server
SAID = {"POSTGRES_PASSWORD": "motdepasse", "REDIS_PASSWORD": "autremot", "KIOSK_PUBLIC_URL": "https://kiosque.example"}


def composed() -> dict[str, Any]:
    """The file, with a name for each of its variables. Each must say what misses: Debian's podman-compose leaves
    « ${NAME:?} » as it is.
    """
    text = (ROOT / "config" / "compose.yml").read_text(encoding="utf-8")
    assert "${" not in re.sub(r"\$\{[A-Z_]+:\?\w+\}", "", text)
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{([A-Z_]+):\?\w+\}", lambda name: SAID[name[1]], text))
    return found


def test_podman_s_own_composer_reads_the_networks() -> None:
    """Debian 12's knows a network by its name alone, and takes no address for a container."""
    made = composed()
    for name, service in made["services"].items():
        assert service["networks"] == ["inside"], name
    assert set(made["networks"]) == {"inside"} and "ports" not in made["services"]["kiosque-8081"]


class Composed(Redis):
    """Redis as the file starts it."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        super().__init__(folder)
        self.command = command
        self.url = f"redis://:{SAID['REDIS_PASSWORD']}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.folder.mkdir()
        program = shutil.which(self.command[0])
        assert program, "Redis is missing: apt install redis-server"
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self._process = subprocess.Popen([program, *self.command[1:], *own], stdout=subprocess.DEVNULL)
        self.answers()


def test_each_server_s_command_on_the_same_server(tmp_path: Path) -> None:
    services = composed()["services"]
    redis = Composed(tmp_path / "redis", services["redis"]["command"])
    redis.start()
    try:
        with postgresql() as cluster:
            options = re.findall(r"-c (\w+)=(\S+)", services["postgresql"]["command"])
            assert len(options) == 4
            base = psycopg2.connect(cluster.database())
            base.autocommit = True
            with base.cursor() as cursor:
                for name, value in options:
                    cursor.execute(f"ALTER SYSTEM SET {name} = %s", (value,))
            base.close()
            cluster.stop()
            cluster.start()
            state = serverstate.of_server(cluster.database())
            assert state.talks == () and not state.lingers and not state.archived
            assert serverstate.redis_keeps(redis.url) is False
    finally:
        redis.stop()


def test_the_workers_variables_are_settings_of_ours(tmp_path: Path) -> None:
    """As the file writes them: each is read, and leads to the servers that the file names."""
    for port in ("8081", "8082"):
        service = composed()["services"][f"kiosque-{port}"]
        assert service["command"] == ["serve", "--port", port, "--data-dir", "/var/lib/kiosque"]
        held = {**service["environment"], "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        line = [sys.executable, "-m", "kiosk", "config", "--port", port, "--data-dir", str(tmp_path)]
        done = subprocess.run(line, cwd=ROOT, env=held, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert urlsplit(held["KIOSK_DATABASE"]).hostname == "postgresql"
        assert urlsplit(held["KIOSK_MESSAGE_QUEUE"]).netloc == f":{SAID['REDIS_PASSWORD']}@redis:6379"
        for name in held.keys() - {"PYTHONPATH", "PATH"}:
            assert name in done.stdout, done.stdout


def test_workers_with_these_variables_serve_and_end(tmp_path: Path) -> None:
    """Nothing else in their environment; the names of the two servers alone are this machine's."""
    services = composed()["services"]
    redis = Composed(tmp_path / "redis", services["redis"]["command"])
    redis.start()
    try:
        with postgresql() as cluster:
            database, started = cluster.database(), []
            for port in ("8081", "8082"):
                service = services[f"kiosque-{port}"]
                command = [{port: str(free_port()), "/var/lib/kiosque": str(tmp_path / "data")}.get(one, one)
                           for one in service["command"]]  # fmt: skip
                held = {**service["environment"], "KIOSK_DATABASE": database, "KIOSK_MESSAGE_QUEUE": redis.url}
                held |= {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
                journal = (tmp_path / f"journal-{port}").open("wb")
                with journal:
                    line = [sys.executable, "-m", "kiosk", *command]
                    process = subprocess.Popen(line, cwd=ROOT, env=held, stdout=journal, stderr=journal)
                started.append((process, command[2], Path(journal.name)))
            try:
                for process, port, said in started:
                    until = time.monotonic() + 60
                    while not _well(port):
                        assert process.poll() is None and time.monotonic() < until, said.read_text(encoding="utf-8")
                        time.sleep(0.1)
                pages = {requests.get(f"http://127.0.0.1:{port}/", timeout=10).status_code for _p, port, _j in started}
                assert pages == {200}
            finally:
                for process, _port, _said in started:
                    process.terminate()
                ends = [process.wait(30) for process, _port, _said in started]
            assert ends == [0, 0]
    finally:
        redis.stop()


def _well(port: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False
