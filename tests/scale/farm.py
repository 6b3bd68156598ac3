"""Several workers of one kiosk on a PostgreSQL and a Redis of their own, behind nginx: real servers, from Debian."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import requests
import socketio

from centre.postgresql_cluster import Cluster, postgresql
from kiosk.domain import rooms
from kiosk.domain.questions import moderation
from kiosk.ground.config import Settings
from kiosk.ops import local
from kiosk.ops.process import free_port
from server.running import Running

ROOT = Path(__file__).resolve().parents[2]

#: Seconds within which the other worker must know, told by Redis; found in the database alone.
AT_ONCE, FOUND = 1.5, 5.0


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
        self.answers()

    def answers(self) -> None:
        """Wait until it does."""
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
            "KIOSK_LIMITS_WAITING_LEAST": "5000",  # what these tests ask is nobody's flood
            "KIOSK_LIMITS_DEVICE_MAX": "5000",
            "KIOSK_LIMITS_DEVICE_PER_SECOND": "100",
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
            if worker.process.poll() is not None or time.monotonic() >= until:
                worker.process.kill()  # what a living one says has no end: to read it would be to wait for ever
                raise AssertionError(worker.process.stdout.read())
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

    def furnish(self, number: int, *, voted: bool = False, pupils: int = 26) -> list[tuple[str, str]]:
        """Rooms with a session on, questions open, made before the workers start: (id, code). ``voted``: each with a
        first question to vote for; ``pupils``: the headcount of each class.
        """
        settings = Settings(data_dir=self.folder / "data", engine="threading", database=self.database)
        return furnish(settings, number, voted=voted, pupils=pupils)


def furnish(settings: Settings, number: int, *, voted: bool = False, pupils: int = 26) -> list[tuple[str, str]]:
    """The same in any kiosk that does not run."""
    from factories import make_question, make_room, make_session

    with local.opened(settings) as kiosk:
        made = []
        for one in range(number):
            make_session(kiosk, f"B{one}")
            room_id = make_room(kiosk, f"Banc {one}", session_id=f"B{one}", headcount=pupils)
            kiosk.write(lambda tx: rooms.set_phase(tx, room_id, "questions"))
            if voted:
                make_question(kiosk, room_id, f"voix-{room_id}", after=moderation.approve)
            made.append((room_id, rooms.view(room_id).code))
        return made


def owner_of(farm: Farm) -> Worker | None:
    """The worker that has the duties, by the lock's session."""
    rows = farm.rows(
        "SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE l.locktype = 'advisory' AND l.objid = 418091 AND l.granted"
    )
    for worker in farm.workers:
        assert worker.process is not None
        if worker.process.poll() is None:
            ports = {one.laddr.port for one in psutil.Process(worker.process.pid).net_connections() if one.raddr}
            if rows and rows[0][0] in ports:
                return worker
    return None


class Ear:
    """A live connection that keeps what it is told, and when."""

    #: Seconds that an answer may take.
    patience = 20.0

    def __init__(
        self, place: Worker | str, namespace: str, browser: requests.Session | None = None, **auth: str
    ) -> None:
        self.told: list[tuple[str, Any]] = []
        self._namespace = namespace
        self.client = socketio.Client(reconnection=False, http_session=browser)
        self.client.on("*", lambda name, data: self.told.append((name, data)), namespace=namespace)
        try:
            way = {"transports": ["websocket"], "wait_timeout": 20}
            url = place if isinstance(place, str) else place.url
            self.client.connect(url, namespaces=[namespace], auth=auth, **way)
        except Exception:
            self.close()
            raise

    def ask(self, event: str, **data: Any) -> dict[str, Any]:
        """An event, and its answer."""
        answer: dict[str, Any] = self.client.call(event, data, namespace=self._namespace, timeout=self.patience)
        return answer

    def hear(self, what: Callable[[str, Any], bool], seconds: float = AT_ONCE) -> Any:
        """Wait for something; its data."""
        until = time.monotonic() + seconds
        while True:
            for name, data in list(self.told):
                if what(name, data):
                    return data
            assert time.monotonic() < until, self.told[-5:]
            time.sleep(0.01)

    def close(self) -> None:
        """Leave, whatever became of the worker: no socket stays open."""
        with suppress(Exception):
            self.client.disconnect()
        for held in (self.client.eio.ws, self.client.eio.http):
            with suppress(Exception):
                held.close()


def soon(true: Callable[[], Any], seconds: float = AT_ONCE) -> Any:
    """What becomes true, within some seconds."""
    until = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < until
        time.sleep(0.03)
    return found


def page(worker: Worker, path: str, browser: requests.Session | None = None) -> str:
    """The text of a page."""
    answer = (browser or requests).get(f"{worker.url}{path}", timeout=10)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


@contextmanager
def farm(folder: Path, *, rooms: int = 0, settings: dict[str, str] | None = None, **options: Any) -> Iterator[Farm]:
    """A farm that lives as long as the block; ``rooms``: furnished before it starts; ``settings``: of every worker."""
    with postgresql() as cluster:
        folder.mkdir(exist_ok=True)
        made = Farm(folder, cluster, **options)
        try:
            if rooms:
                made.furnish(rooms)
            for worker in made.workers:
                worker.settings |= settings or {}
            made.start()
            yield made
        finally:
            made.stop()
