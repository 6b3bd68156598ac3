"""A real centre in a subprocess, the kiosks that talk to it, and somebody at its back office."""

from __future__ import annotations

import gzip
import html
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import requests

from kiosk.ops.process import free_port

ROOT = Path(__file__).resolve().parents[2]
UAI, OTHER_UAI = "0951099D", "0750652B"


class Centre:
    """A centre; :meth:`kill` is a power cut."""

    def __init__(
        self, data_dir: Path, database: str = "", *, command: tuple[str, ...] = (), rate: int = 100_000
    ) -> None:
        self.data_dir, self.database, self.rate, self.port = data_dir, database, rate, free_port()
        self.command = command or (sys.executable, "-m", "kiosk", "centre")
        self.url = f"http://127.0.0.1:{self.port}"
        self.password = ""
        self.start()

    def start(self) -> None:
        """Start and wait until it answers; keeps the password of the first start."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
        environment.update(
            KIOSK_CENTRE_DATABASE=self.database, KIOSK_CENTRE_RATE=str(self.rate), PYTHONUTF8="1", PYTHONPATH=str(ROOT)
        )
        arguments = ["--data-dir", str(self.data_dir), "--port", str(self.port)]
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.log = self.data_dir / "output.log"
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*self.command, *arguments], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
            )
        limit = time.monotonic() + 30
        while True:
            try:
                requests.get(f"{self.url}/v1/about", timeout=1)
                break
            except requests.RequestException:
                assert self.process.poll() is None and time.monotonic() < limit, self.log.read_text("utf-8")
                time.sleep(0.05)
        found = re.findall(r": ([a-z0-9]{4}(?:-[a-z0-9]{4}){3})\s", self.log.read_text("utf-8"))
        self.password = found[-1] if found else self.password

    def stop(self) -> None:
        """End as a service manager does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)

    def kill(self) -> None:
        """Pull the plug."""
        self.process.kill()
        self.process.wait(15)

    def office(self) -> Office:
        """Somebody logged in."""
        return Office(self).enter()


class Office:
    """A browser at the back office."""

    def __init__(self, centre: Centre) -> None:
        self.centre, self.http = centre, requests.Session()

    def enter(self) -> Office:
        """Log in."""
        answer = self.http.post(f"{self.centre.url}/bureau/connexion", data={"password": self.centre.password})
        assert answer.status_code == 200, answer.text
        return self

    def get(self, path: str, **options: Any) -> requests.Response:
        """A page."""
        return self.http.get(self.centre.url + path, **options)

    def csrf(self) -> str:
        """The form token of this visit."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/bureau/moi/").text)
        assert found
        return found[1]

    def post(self, path: str, files: dict[str, Any] | None = None, status: int = 303, **form: Any) -> requests.Response:
        """Send a form; `status` is what is expected."""
        data = {"csrf": self.csrf(), "version": "*", **form}
        answer = self.http.post(self.centre.url + path, data=data, files=files, allow_redirects=False)
        assert answer.status_code == status, f"{answer.status_code}\n{answer.text[:3000]}"
        return answer

    def upload(self, changes: list[dict[str, Any]], status: int = 200) -> requests.Response:
        """Import changes as the contract writes them."""
        return self.bring("c.json", json.dumps({"changes": changes}).encode(), status)

    def bring(self, name: str, data: bytes, status: int = 200, **more: str) -> requests.Response:
        """Give a file, look at what it would change, and write all that is ticked, if anything is."""
        form = {"csrf": self.csrf()}
        page = self.http.post(f"{self.centre.url}/bureau/fichiers/importer", data=form, files={"file": (name, data)})
        if status == 422:
            assert page.status_code == 422 or 'id="h-wrong"' in page.text and 'name="take"' not in page.text
            return page
        assert page.status_code == 200 and 'id="h-wrong"' not in page.text, page.text[:3000]
        return self.save(page.text, **more)

    def save(self, page: str, **more: str) -> requests.Response:
        """Write what is ticked on the page that shows what would change."""
        form: dict[str, Any] = dict(re.findall(r'name="(id|mark|vides)" value="([^"]*)"', page))
        form["take"] = [html.unescape(key) for key in re.findall(r'name="take" value="([^"]*)" checked', page)]
        form["shown"] = [html.unescape(key) for key in re.findall(r'name="shown" value="([^"]*)"', page)]
        if not form["take"]:
            return self.get("/bureau/fichiers/")
        answer = self.post("/bureau/fichiers/enregistrer", **{**form, **more})
        return self.get(answer.headers["Location"])

    def code(self, uai: str = UAI) -> str:
        """A pairing code."""
        page = self.post("/bureau/kiosques/code", uai=uai, status=200).text
        found = re.search(r'class="code">([0-9A-Z-]+)<', page)
        assert found
        return found[1]

    def pair(self, uai: str = UAI, kiosk: str | None = None) -> Kiosk:
        """A paired kiosk."""
        made = Kiosk(self.centre, uai, kiosk or str(uuid.uuid4()))
        answer = made.pair(self.code(uai))
        assert answer.status_code == 201, answer.text
        made.token = answer.json()["token"]
        return made


class Kiosk:
    """The other side of the contract, written from its page alone."""

    def __init__(self, centre: Centre, uai: str, kiosk: str, token: str = "") -> None:
        self.centre, self.uai, self.id, self.token = centre, uai, kiosk, token
        self.cursor: str | None = None
        self.held: dict[tuple[str, str], dict[str, Any]] = {}
        self._seq = itertools.count(1)

    def pair(self, code: str) -> requests.Response:
        """Section 2."""
        body = {"uai": self.uai, "code": code, "kiosk": self.id, "label": "CDI, poste 3"}
        return requests.post(f"{self.centre.url}/v1/pair", json=body, timeout=10)

    def operation(self, type: str, seq: int | None = None, id: str | None = None, **body: Any) -> dict[str, Any]:
        """An operation, with the next sequence number."""
        return {
            "id": id or str(uuid.uuid4()),
            "seq": next(self._seq) if seq is None else seq,
            "type": type,
            "at": "2026-11-24T09:00:00.000Z",
            "body": body,
        }

    def message(self, *operations: dict[str, Any], cursor: str | None = None, **more: Any) -> dict[str, Any]:
        """A request of section 3."""
        return {
            "contract": 1,
            "kiosk": self.id,
            "uai": self.uai,
            "cursor": cursor,
            "sent_at": "2026-11-24T09:00:00.000Z",
            "max_changes": 50,
            "operations": list(operations),
            **more,
        }

    def send(self, message: Any, **headers: str) -> requests.Response:
        """Post a message as it is."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        wire = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        return requests.post(f"{self.centre.url}/v1/exchange", data=body, headers=wire, timeout=10)

    def exchange(self, *operations: dict[str, Any], **more: Any) -> dict[str, Any]:
        """One exchange that must succeed."""
        answer = self.send(self.message(*operations, **more))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sync(self, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        """Exchange until nothing is left, keep what is received; returns the verdicts."""
        verdicts: list[dict[str, Any]] = []
        more = True
        while more:
            answer = self.exchange(*operations, cursor=self.cursor)
            verdicts, operations = [*verdicts, *answer["verdicts"]], ()
            for change in answer["changes"]:
                key = (change["type"], change["id"])
                assert change["rev"] > self.held.get(key, {"rev": -1})["rev"]
                self.held[key] = change
            self.cursor, more = answer["cursor"], answer["more"]
        return verdicts

    def everything(self, **more: Any) -> list[dict[str, Any]]:
        """All that concerns this school, read from the start; the rest of what was received stays as it is."""
        cursor, found, again = None, [], True
        while again:
            answer = self.exchange(cursor=cursor, **more)
            found += answer["changes"]
            cursor, again = answer["cursor"], answer["more"]
        return found

    def about(self) -> dict[str, Any]:
        """Section 1."""
        return requests.get(f"{self.centre.url}/v1/about", timeout=10).json()

    def verdict(self, type: str, **body: Any) -> tuple[str, str | None]:
        """Send one operation; its status and code."""
        verdict = self.sync(self.operation(type, **body))[0]
        return verdict["status"], verdict.get("code")

    def body(self, type: str, id: str) -> dict[str, Any]:
        """What was received of a thing."""
        return self.held[type, id]["body"]


def speaker(id: str, **body: Any) -> dict[str, Any]:
    """A change `speaker`."""
    job = {"feminine": "cartographe", "masculine": "cartographe", "shown": "feminine"}
    return {
        "type": "speaker",
        "id": id,
        "rev": 1,
        "body": {"name": f"Nom {id}", "job": job, "bio": "", "path": [], **body},
    }


def session(id: str, **body: Any) -> dict[str, Any]:
    """A change `session`, to come."""
    return {
        "type": "session",
        "id": id,
        "rev": 1,
        "body": {
            "title": f"Séance {id}",
            "starts_at": "2035-03-01T13:30:00Z",
            "duration_min": 45,
            "format": "college-45",
            "meeting_url": "https://visio.example/1",
            "levels": ["4E"],
            "status": "planned",
            "speakers": [],
            "dossier": [],
            **body,
        },
    }


def enrolment(id: str, session_id: str, **body: Any) -> dict[str, Any]:
    """The body of `enrolment.request`."""
    return {
        "enrolment_id": id,
        "session_id": session_id,
        "kind": "class",
        "label": "4e B",
        "level": "4E",
        "headcount": 26,
        **body,
    }


def question(id: str, session_id: str, text: str = "Qu’aimez-vous le plus ?", **body: Any) -> dict[str, Any]:
    """The body of `question.prepared`."""
    return {
        "question_id": id,
        "session_id": session_id,
        "text": text,
        "theme": "metier",
        "level": "4E",
        "support": 3,
        **body,
    }


def packed(message: Any) -> bytes:
    """A message in gzip."""
    return gzip.compress(json.dumps(message).encode())
