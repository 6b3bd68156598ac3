"""Two workers behind a real nginx, set up by ``config/nginx.conf``: one address, WebSocket and polling, rooms that stay
with a worker, and phones that come back by themselves when theirs is killed.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio
from farm import ROOT, Farm, Worker, farm

sys.path.insert(0, str(ROOT / "tests" / "sync"))
from certs import Authority  # noqa: E402

from kiosk.ops.process import free_port  # noqa: E402

pytestmark = pytest.mark.server
KILLS = 4


class Nginx:
    """nginx with the file that we give; only names, certificate and ports are changed, as its reader is told to."""

    def __init__(self, folder: Path, workers: list[Worker]) -> None:
        folder.mkdir()
        self.port, self.plain = free_port(), free_port()
        self.url = f"https://localhost:{self.port}"
        authority = Authority(folder / "authority", "Lycée d’essai")
        self.trust = str(authority.pem)
        authority.issue("relay")
        text = (ROOT / "config" / "nginx.conf").read_text(encoding="utf-8")
        for number, worker in enumerate(workers, 8081):
            text = text.replace(f"127.0.0.1:{number}", f"127.0.0.1:{worker.port}")
        text = text.replace("listen 80;", f"listen {self.plain};").replace("listen 443 ssl", f"listen {self.port} ssl")
        text = text.replace("kiosque.mon-lycee.fr", "localhost").replace("/var/log/nginx/kiosque.log", "stderr")
        text = text.replace("/etc/ssl/kiosque/certificat.pem", str(authority.folder / "relay.crt"))
        text = text.replace("/etc/ssl/kiosque/cle.pem", str(authority.folder / "relay.key"))
        paths = "".join(
            f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        self.file = folder / "nginx.conf"
        self.file.write_text(
            f"pid {folder}/pid; daemon off; worker_processes 1; events {{ worker_connections 1024; }}\n"
            f"http {{ access_log {folder}/visits; {paths}\n{text}\n}}\n",
            encoding="utf-8",
        )
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.command = [program, "-p", str(folder), "-e", "stderr", "-c", str(self.file)]
        self.journal = folder / "journal"
        with self.journal.open("wb") as journal:
            self._process = subprocess.Popen(self.command, stdout=journal, stderr=journal)
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None and time.monotonic() < until, self.journal.read_text()
                time.sleep(0.02)

    def reload(self) -> None:
        """As « systemctl reload nginx »."""
        subprocess.run([*self.command, "-s", "reload"], check=True, capture_output=True)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def browser(self) -> requests.Session:
        made = requests.Session()
        made.trust_env = False
        made.verify = self.trust
        made.headers["Origin"] = self.url
        return made


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Farm, Nginx]]:
    folder = tmp_path_factory.mktemp("front")
    with farm(folder) as made:
        nginx = Nginx(folder / "nginx", made.workers)
        for worker in made.workers:
            worker.kill()
            worker.settings |= {"KIOSK_PUBLIC_URL": nginx.url, "KIOSK_RELAYS": "127.0.0.1"}
            worker.launch()
        for worker in made.workers:
            made.ready(worker)
        try:
            yield made, nginx
        finally:
            nginx.stop()


def sign_in(front: tuple[Farm, Nginx]) -> requests.Session:
    made, nginx = front
    browser = nginx.browser()
    csrf = Worker.csrf(browser.get(f"{nginx.url}/prof/connexion", timeout=10).text)
    answer = browser.post(f"{nginx.url}/prof/connexion", data={"pin": made.secrets()["pin"], "csrf": csrf}, timeout=10)
    assert answer.status_code == 200 and "salle=" in answer.url, answer.url
    return browser


def act(browser: requests.Session, nginx: Nginx, path: str, **data: str) -> None:
    csrf = Worker.csrf(browser.get(f"{nginx.url}/prof", timeout=10).text)
    answer = browser.post(f"{nginx.url}{path}", data={"csrf": csrf, **data}, headers={"X-Fragment": "1"}, timeout=10)
    assert answer.status_code == 204, answer.text


class Pupil:
    """A phone as the page's script is: it keeps what is not acknowledged, and comes back for ever."""

    def __init__(self, nginx: Nginx, number: int, transport: str) -> None:
        self.nginx, self.number, self.transport = nginx, number, transport
        self.acknowledged: dict[str, int] = {}
        self.away: list[float] = []
        self.last: Any = None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()

    def _live(self) -> None:
        n, client, since = 0, None, time.monotonic()
        browser = self.nginx.browser()
        browser.cookies.set("kiosk_device", f"eleve-derriere-nginx-{self.number:02}")
        while not self.stop.is_set():
            id = f"ng-{self.number:02}-{n}"
            try:
                if client is None:
                    client = socketio.Client(reconnection=False, http_session=browser)
                    options: dict[str, Any] = (
                        {} if self.transport == "websocket" else {"headers": {"Origin": self.nginx.url}}
                    )
                    client.connect(
                        self.nginx.url, namespaces=["/phone"], transports=[self.transport], wait_timeout=5, **options
                    )
                    self.away.append(time.monotonic() - since)
                answer = client.call("ask", {"id": id, "text": f"Question {n} ?"}, namespace="/phone", timeout=3)
                since = time.monotonic()
                self.last = answer
                if answer["ok"]:
                    self.acknowledged[id] = answer["question"]["number"]
                    n += 1
                self.stop.wait(1.0)
            except Exception as error:
                self.last = error
                if client is not None:
                    threading.Thread(target=client.disconnect, daemon=True).start()
                    client = None
                self.stop.wait(0.3)


def test_the_redirection_to_tls_writes_no_address(front: tuple[Farm, Nginx]) -> None:
    nginx = front[1]
    for _time in range(2):
        answer = requests.get(f"http://localhost:{nginx.plain}/prof", allow_redirects=False, timeout=10)
        assert answer.status_code == 301
    assert nginx.browser().get(f"{nginx.url}/", timeout=10).status_code == 200
    assert (nginx.file.parent / "visits").read_text() == "" and "client:" not in nginx.journal.read_text()


def test_one_address_in_front_of_both(front: tuple[Farm, Nginx]) -> None:
    made, nginx = front
    browser = sign_in(front)
    act(browser, nginx, "/prof/etape", vers="questions")
    code = re.search(r"salle=([A-Z0-9]{4})", browser.get(f"{nginx.url}/prof", timeout=10).url)
    assert code
    assert nginx.browser().get(f"{nginx.url}/{code[1]}", timeout=10).status_code == 200
    assert requests.get(f"{nginx.url}/prof/connexion", verify=nginx.trust, timeout=10).headers["Content-Type"]
    nginx.reload()
    assert browser.get(f"{nginx.url}/prof", timeout=10).status_code == 200


def test_kills_in_full_flight_lose_and_double_nothing(front: tuple[Farm, Nginx]) -> None:
    made, nginx = front
    pupils = [Pupil(nginx, number, ("websocket", "websocket", "polling")[number % 3]) for number in range(9)]
    try:
        until = time.monotonic() + 20
        while not all(one.acknowledged for one in pupils):
            assert time.monotonic() < until, [len(one.acknowledged) for one in pupils]
            time.sleep(0.05)
        for kill in range(KILLS):
            worker = made.workers[kill % 2]
            worker.kill()
            time.sleep(1.0)
            worker.launch()
            made.ready(worker)
            time.sleep(0.5)
        before = [len(one.acknowledged) for one in pupils]
        until = time.monotonic() + 20
        while any(len(one.acknowledged) <= held for one, held in zip(pupils, before, strict=True)):
            assert time.monotonic() < until, [one.last for one in pupils]
            time.sleep(0.05)
    finally:
        for one in pupils:
            one.stop.set()
        for one in pupils:
            one.thread.join(20)
    told = {id: number for one in pupils for id, number in one.acknowledged.items()}
    kept = dict(made.rows("SELECT id, number FROM question WHERE id LIKE 'ng-%%'"))
    assert {id: kept.get(id) for id in told} == told
    assert len(set(kept.values())) == len(kept) <= len(told) + len(pupils)
    slowest = max(away for one in pupils for away in one.away)
    print(f"{KILLS} kills: {len(told)} acknowledged, {len(kept)} kept, back within {slowest:.1f} s")
    assert slowest < 15
    assert "127.0.0.1" not in nginx.journal.read_text(), "no address is written"
