"""Who asks a centre during a measure: kiosks on connections kept open, somebody at the office."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import requests

from kiosk.contract.schools import LETTERS

PASSWORD = "trois éoliennes en mer"


def uai(number: int) -> str:
    """The UAI of a school."""
    digits = 1_000_000 + number
    return f"{digits:07d}{LETTERS[digits % 23]}"


def kiosk_message(id: str, cursor: str | None, operations: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A request of the contract, revision 2."""
    second = {"revision": 2, "ask": "k3J9x2Qa", "had_seq": 0}
    return {
        "contract": 1, "kiosk": id, "uai": uai(int(id[2:])), "cursor": cursor, "sent_at": "2026-11-24T09:00:00Z",
        "max_changes": 100, "operations": operations or [], **second,
    }  # fmt: skip


class Asked(Protocol):
    """What listens: one server, or several in turn."""

    @property
    def url(self) -> str: ...


class Kiosk:
    """A kiosk on connections kept open."""

    def __init__(self, server: Asked, id: str, token: str, seq: int = 100) -> None:
        self.server, self.id, self.cursor = server, id, None
        self.first = self.seq = seq
        self.http = requests.Session()
        self.http.headers.update({"Authorization": f"Bearer {token}", "Content-Type": "application/json"})

    def send(self, cursor: str | None, operations: list[dict[str, Any]] | None = None) -> Any:
        """One exchange."""
        body = json.dumps(kiosk_message(self.id, cursor, operations))
        answer = self.http.post(f"{self.server.url}/v1/exchange", data=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer

    def whole(self) -> int:
        """Everything, from the start; bytes of the answers."""
        self.cursor, size, more = None, 0, True
        while more:
            answer = self.send(self.cursor)
            said = answer.json()
            self.cursor, more = said["cursor"], said["more"]
            size += len(answer.content)
        return size

    def rest(self) -> int:
        """Nothing new."""
        answer = self.send(self.cursor)
        self.cursor = answer.json()["cursor"]
        return len(answer.content)

    def question(self) -> int:
        """One prepared question."""
        self.seq += 1
        body = {
            "question_id": f"new-{self.id}-{self.seq}", "session_id": "S-1", "text": f"Et la {self.seq}e ?",
            "theme": "vie", "level": "4E", "support": 3,
        }  # fmt: skip
        made = {"id": f"o-{self.id}-{self.seq}", "seq": self.seq, "type": "question.prepared", "body": body}
        return len(self.send(self.cursor, [{**made, "at": "2026-11-24T09:00:00Z"}]).content)


class Office:
    """Somebody at the office."""

    def __init__(self, server: Asked) -> None:
        self.server, self.http = server, requests.Session()
        answer = self.http.post(f"{server.url}/bureau/connexion", data={"password": PASSWORD}, timeout=60)
        found = re.search(r'name="csrf" value="([^"]+)"', self.page("/bureau/moi/").text)
        assert answer.status_code == 200 and found
        self.csrf = found[1]

    def page(self, path: str) -> requests.Response:
        """A page that must come."""
        answer = self.http.get(self.server.url + path, timeout=60)
        assert answer.status_code == 200, answer.text[:500]
        return answer

    def post(self, path: str, **form: str) -> int:
        """A form that must be taken; the page after it is not read."""
        data = {"csrf": self.csrf, "version": "*", **form}
        answer = self.http.post(self.server.url + path, data=data, allow_redirects=False, timeout=60)
        assert answer.status_code in (200, 303), answer.text[:500]
        return len(answer.content)


PAGES = (
    "/bureau/seances/", "/bureau/seances/S-10", "/bureau/questions/S-10?theme=vie", "/bureau/questions/liste/S-10",
    "/bureau/inscriptions/", "/bureau/inscriptions/?q=ville+12", "/bureau/kiosques/", "/bureau/etablissements/",
    "/bureau/reponses/", "/bureau/comptes-rendus/", "/bureau/statistiques/", "/bureau/donnees/",
    "/bureau/equipe/journal",
)  # fmt: skip


def moves(office: Office) -> Iterator[Callable[[], int]]:
    """A rank typed on a page that was looked at; and one dragged."""
    page = office.page("/bureau/questions/S-10?theme=vie").text
    shown = re.findall(r'id="q-([^"]+)"', page)
    turn = iter(range(1_000_000))
    form = {"session_id": "S-10", "theme": "vie"}

    def typed() -> int:
        n = next(turn)
        return office.post("/bureau/questions/deplacer", id=shown[(10 + n) % len(shown)], rank=str(1 + n % 7), **form)

    def dragged() -> int:
        n = next(turn)
        ids = shown[(10 + n) % len(shown)]
        return office.post("/bureau/questions/deplacer", id=ids, ids=ids, avant=shown[n % 9 % len(shown)], **form)

    yield typed
    yield dragged


class Beside:
    """A kiosk at rest that exchanges while the office works."""

    def __init__(self, kiosk: Kiosk) -> None:
        kiosk.whole()
        self.seconds: list[float] = []
        self._kiosk, self._over = kiosk, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Beside:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.02):
            start = time.perf_counter()
            self._kiosk.rest()
            self.seconds.append(time.perf_counter() - start)
