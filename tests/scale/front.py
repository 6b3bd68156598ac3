"""A real nginx in front of the workers, set up by ``config/nginx.conf``, and phones that come by it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import requests
import socketio

from kiosk.ops.process import free_port
from scale.farm import ROOT, Worker
from sync.certs import Authority


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
        given = re.findall(r" *server 127\.0\.0\.1:\d+ [^\n]*\n", text)
        assert len(given) == 2
        each = [re.sub(r":\d+", f":{worker.port}", given[0], count=1) for worker in workers]
        text = text.replace("".join(given), "".join(each))
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


class Pupil:
    """A phone as the page's script is: it keeps what is not acknowledged, and comes back for ever."""

    def __init__(self, nginx: Nginx, number: int, transport: str, pause: float = 1.0) -> None:
        self.nginx, self.number, self.transport, self.pause = nginx, number, transport, pause
        self.refused: dict[str, int] = {}
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
                answer = client.call(
                    "ask", {"id": id, "text": f"Question {n} de l’élève {self.number} ?"}, namespace="/phone", timeout=3
                )
                since = time.monotonic()
                self.last = answer
                if answer["ok"]:
                    self.acknowledged[id] = answer["question"]["number"]
                    n += 1
                else:
                    code = str(answer["error"]["code"])
                    self.refused[code] = self.refused.get(code, 0) + 1
                self.stop.wait(self.pause)
            except Exception as error:
                self.last = error
                if client is not None:
                    threading.Thread(target=client.disconnect, daemon=True).start()
                    client = None
                self.stop.wait(0.3)
