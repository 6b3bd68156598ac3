"""Several workers of one kiosk on a PostgreSQL and a Redis of their own, behind nginx: real servers, from Debian."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "server"), str(ROOT / "tests" / "centre")]

from postgresql_cluster import Cluster, postgresql  # noqa: E402
from running import Running  # noqa: E402

from kiosk.ops.process import free_port  # noqa: E402


class Redis:
    """A Redis that writes nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        program = shutil.which("redis-server")
        assert program, "Redis is missing: apt install redis-server"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        import redis

        with redis.Redis.from_url(self.url) as client:
            until = time.monotonic() + 10
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError:
                    assert time.monotonic() < until
                    time.sleep(0.02)

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)


class Worker(Running):
    """One of the workers."""

    def __init__(self, farm: Farm) -> None:
        super().__init__(farm.folder / "data", farm.engine)
        self.farm = farm
        self.settings = {
            "KIOSK_DATABASE": farm.database,
            "KIOSK_MESSAGE_QUEUE": farm.redis.url,
            "KIOSK_DEMO": "0",
        }

    def teacher(self) -> requests.Session:
        """A browser that gave the right code to this worker."""
        browser = requests.Session()
        csrf = self.csrf(browser.get(f"{self.url}/prof/connexion", timeout=10).text)
        data = {"pin": self.farm.secrets()["pin"], "csrf": csrf}
        answer = browser.post(f"{self.url}/prof/connexion", data=data, timeout=10)
        assert answer.status_code == 200, answer.text
        return browser

    def freeze(self) -> None:
        """SIGSTOP."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


class Farm:
    """The workers and what they share. ``folder`` holds their common data folder."""

    def __init__(self, folder: Path, cluster: Cluster, *, number: int = 2, engine: str = "eventlet") -> None:
        self.folder, self.cluster, self.engine = folder, cluster, engine
        self.database = cluster.database()
        self.redis = Redis(folder / "redis")
        self.workers = [Worker(self) for _one in range(number)]

    def start(self) -> None:
        """Redis, then all the workers at once; returns when each takes questions."""
        self.redis.start()
        for worker in self.workers:
            worker.launch()
        for worker in self.workers:
            self.ready(worker)

    def ready(self, worker: Worker, seconds: float = 40) -> None:
        """Wait until a worker takes questions."""
        until = time.monotonic() + seconds
        while worker.health() != 200:
            assert worker.process is not None and worker.process.stdout is not None
            assert worker.process.poll() is None and time.monotonic() < until, worker.process.stdout.read()
            time.sleep(0.05)

    def stop(self) -> None:
        """The workers, then Redis."""
        for worker in self.workers:
            if worker.process is not None and worker.process.poll() is None:
                worker.thaw()
                with suppress(subprocess.TimeoutExpired):
                    worker.stop()
        self.redis.stop()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What PostgreSQL holds."""
        base = psycopg2.connect(self.database)
        try:
            base.autocommit = True
            with base.cursor() as cursor:
                cursor.execute(sql, values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            base.close()

    def secrets(self) -> dict[str, Any]:
        """The installation's secrets."""
        found: dict[str, Any] = json.loads(self.rows("SELECT value FROM secret")[0][0])
        return found

    def session(self, room_code: str = "") -> str:
        """Put a session on in the first room, questions open; its room's id."""
        ((room_id,),) = self.rows("SELECT id FROM room ORDER BY name LIMIT 1")
        return str(room_id)


@contextmanager
def farm(folder: Path, **options: Any) -> Iterator[Farm]:
    """A farm that lives as long as the block."""
    with postgresql() as cluster:
        made = Farm(folder, cluster, **options)
        try:
            made.start()
            yield made
        finally:
            made.stop()


def title(page: str) -> str:
    """The title of a page."""
    found = re.search(r"<title>([^<]*)", page)
    return found[1].strip() if found else ""
