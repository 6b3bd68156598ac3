"""The whole way between a kiosk and a centre, both served, over a link that is cut: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import json
import os
import re
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

from centre.centre_process import ROOT, UAI, Centre, session, speaker
from kiosk.ops.process import free_port

pytestmark = pytest.mark.server
EXCHANGE = b"POST /v1/exchange"
UNDER_WAY = ("Recherche du centre", "Échange en cours", "Portraits :")
PREPARED = [f"Comment devient-on technicienne, étape {n} ?" for n in range(1, 6)]


class Link:
    """A relay to the centre. ``cut`` is what the next exchange does: ``up`` or ``down`` and after how many bytes."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.cut: tuple[str, int] | None = None
        self.cuts: list[str] = []
        self.exchanges = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._open, daemon=True).start()

    def close(self) -> None:
        """No connection any more."""
        self._door.close()

    def _open(self) -> None:
        while True:
            try:
                near, _address = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError), near, socket.create_connection(("127.0.0.1", self._target)) as far:
            asked = threading.Event()
            back = threading.Thread(target=self._pump, args=("down", far, near, asked), daemon=True)
            back.start()
            self._pump("up", near, far, asked)
            back.join()

    def _pump(self, way: str, source: socket.socket, target: socket.socket, asked: threading.Event) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(64):
                if way == "up" and EXCHANGE in data:
                    self.exchanges += 1
                    asked.set()
                if asked.is_set():
                    passed += len(data)
                target.sendall(data)
                if self.cut and asked.is_set() and self.cut[0] == way and passed >= self.cut[1]:
                    self.cut = None
                    self.cuts.append(way)
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Teacher:
    """A teacher's browser without a script, on a served kiosk."""

    def __init__(self, port: int, data_dir: Path) -> None:
        self.url, self.http = f"http://127.0.0.1:{port}", requests.Session()
        pin = json.loads((data_dir / "secrets.json").read_text())["pin"]
        self.post("/prof/connexion", page="/prof/connexion", pin=pin)

    def get(self, path: str) -> str:
        """A page, as words."""
        answer = self.http.get(self.url + path, timeout=20)
        assert answer.status_code == 200, answer.text
        return re.sub(r"<[^>]+>|[\s\u202f\u00a0]+", " ", answer.text)

    def post(self, path: str, page: str = "/prof/synchro", **form: str) -> str:
        """Send a form of `page`; what the browser then shows."""
        found = re.search(r'name="csrf" value="([0-9a-f]{32})"', self.http.get(self.url + page, timeout=20).text)
        assert found, page
        answer = self.http.post(self.url + path, data={"csrf": found[1], **form}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.text

    def until(self, path: str, words: str) -> str:
        """Look at a page until it says these words."""
        end = time.monotonic() + 30
        while words not in (page := self.get(path)):
            assert time.monotonic() < end, page[:3000]
            time.sleep(0.2)
        return page

    def at_rest(self) -> str:
        """« Synchronisation » once no exchange is under way."""
        end = time.monotonic() + 30
        page = self.get("/prof/synchro")
        while any(words in page for words in UNDER_WAY):
            assert time.monotonic() < end, page[:3000]
            time.sleep(0.1)
            page = self.get("/prof/synchro")
        return page

    def exchange(self, words: str) -> str:
        """« Synchroniser maintenant », until its outcome. At rest first: a press during a round counts for that round,
        and a round that is being cut still shows the badge of the one before."""
        self.at_rest()
        self.post("/prof/synchro/maintenant")
        end = time.monotonic() + 30
        while words not in (page := self.at_rest()):  # a busy machine begins the round a moment after the press
            assert time.monotonic() < end, page[:3000]
            time.sleep(0.1)
        return page

    def exchange_cut(self, link: Link, cut: tuple[str, int]) -> None:
        """The same over a link that breaks. Pressed again: a press during the round before counts for that one."""
        link.cut, end = cut, time.monotonic() + 40
        while link.cut:
            assert time.monotonic() < end, (cut, self.get("/prof/synchro")[:3000])
            self.post("/prof/synchro/maintenant")
            time.sleep(0.5)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path / "centre")
    yield made
    made.kill()


@pytest.fixture
def link(centre: Centre) -> Iterator[Link]:
    made = Link(centre.port)
    yield made
    made.close()


@pytest.fixture(params=["eventlet", "gevent"])
def teacher(request: Any, tmp_path: Path, link: Link) -> Iterator[Teacher]:
    port, data = free_port(), tmp_path / "kiosk"
    held = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
    environ = {
        **held,
        "KIOSK_HOST": "127.0.0.1",
        "KIOSK_CENTRE_URL": f"http://127.0.0.1:{link.port}",
        "KIOSK_ENGINE": request.param,
    }
    command = [sys.executable, "-m", "kiosk", "serve", "--data-dir", str(data), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).ok:
                    break
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.1)
        yield Teacher(port, data)
    finally:
        process.kill()
        process.wait(15)


def test_a_class_enrolled_and_prepared_offline_reaches_the_centre_once(
    centre: Centre, link: Link, teacher: Teacher
) -> None:
    office = centre.office()
    office.upload([speaker("SP1"), session("S1", title="Entretenir une éolienne", speakers=["SP1"])])
    teacher.post("/prof/synchro/jumeler", uai=UAI, code=office.code())
    teacher.until("/prof/synchro", "À jour")
    centre.stop()
    form = {"seance": "S1", "pour": "class", "classe": "4e B", "niveau": "4E", "effectif": "26"}
    teacher.post("/prof/seances/inscrire", "/prof/seances?quoi=catalogue", **form)
    assert "En attente d’envoi" in teacher.get("/prof/seances")
    teacher.post("/prof/seances/choisir", "/prof/seances", seance="S1", classe="4e B", effectif="26", compris="1")
    for text in PREPARED:
        teacher.post("/prof/preparer", "/prof/preparer", texte=text, theme="metier")
    teacher.exchange("Hors connexion")

    centre.start()
    office.enter()
    # In the request's head, in its body, in the answer's head, in its body.
    for cut in (("up", 100), ("up", 500), ("down", 20), ("down", 300)):
        teacher.exchange_cut(link, cut)
    assert link.cuts == ["up", "up", "down", "down"]
    page = teacher.exchange("À jour")
    assert "En attente" not in page

    told = office.get("/bureau/questions/csv/S1").text
    assert [told.count(text.removesuffix(" ?")) for text in PREPARED] == [1] * len(PREPARED)
    assert office.get("/bureau/seances/S1").text.count("4e B") >= 1
    assert "Inscrite" in teacher.get("/prof/seances")

    received: dict[str, Any] = {"text": "Avez-vous le vertige ?", "theme": "metier", "origin": "email"}
    office.post("/bureau/questions/ajouter", session_id="S1", **received)
    teacher.exchange_cut(link, ("down", 200))
    teacher.exchange("À jour")
    page = teacher.get("/prof")
    assert page.count("Avez-vous le vertige") == 1 and page.count("Reçue avant") == 1, page[:4000]
