"""Pupils under a failing server: each sends questions, keeps what was not acknowledged, and sends it again.

Half use the official protocol (python-socketio), half plain HTTP. What was acknowledged is the
only thing they believe in; :class:`Ledger` holds it.
"""

from __future__ import annotations

import contextlib
import http.client
import http.cookiejar
import json
import random
import threading
import urllib.error
import urllib.request
import uuid

import socketio

PATIENCE = 3.0
#: Refusals that mean « later »: the pupil keeps the question.
LATER = {"too_fast", "room_too_fast", "list_full", "starting", "storage_full", "storage_failed", "internal"}
#: How a kiosk that was cut, or an answer that was, is seen from the other end.
GONE = (OSError, http.client.HTTPException, socketio.exceptions.SocketIOError, ValueError)


class Ledger:
    """What pupils sent and what they were told is safe. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: dict[str, str] = {}
        self.acknowledged: dict[str, str] = {}
        self.refused: dict[str, int] = {}

    def send(self, text: str) -> str:
        """A new question's id."""
        question_id = str(uuid.uuid4())
        with self._lock:
            self.sent[question_id] = text
        return question_id

    def acknowledge(self, question_id: str) -> None:
        with self._lock:
            self.acknowledged[question_id] = self.sent[question_id]

    def refuse(self, code: str) -> None:
        with self._lock:
            self.refused[code] = self.refused.get(code, 0) + 1

    def known(self) -> dict[str, str]:
        """The acknowledged ones, copied."""
        with self._lock:
            return dict(self.acknowledged)


class Pupil(threading.Thread):
    """One device; :meth:`leave` ends it. Subclasses carry a question to the kiosk."""

    def __init__(self, ledger: Ledger, seed: int, pause: float = 0.03):
        super().__init__(daemon=True)
        self.device = uuid.uuid4().hex
        self._ledger = ledger
        self._random = random.Random(seed)
        self._pause = pause
        self._outbox: dict[str, str] = {}
        self._count = 0
        self._left = threading.Event()
        self._port = 0

    def goes_to(self, port: int) -> None:
        """The kiosk is at this port of the loopback now."""
        self._port = port

    def leave(self) -> None:
        self._left.set()

    def run(self) -> None:
        while not self._left.is_set():
            if len(self._outbox) < 3:
                self._count += 1
                text = f"Question {self._count} de l’appareil {self.device[:8]}, est-ce que c’est bien arrivé ?"
                self._outbox[self._ledger.send(text)] = text
            question_id = self._random.choice(list(self._outbox))
            try:
                answer = self.carry({"id": question_id, "text": self._outbox[question_id], "theme": "metier"})
            except GONE:  # « not acknowledged »; anything else is a bug of this file, and ends its thread
                self.start_again()
                self._left.wait(0.05)
                continue
            self._settle(question_id, answer)
            self._left.wait(self._random.uniform(0, 2 * self._pause))
        self.start_again()

    def _settle(self, question_id: str, answer: dict) -> None:
        if answer.get("ok"):
            self._ledger.acknowledge(question_id)
            del self._outbox[question_id]
            return
        code = answer.get("error", {}).get("code", "no_code")
        self._ledger.refuse(code)
        if code not in LATER:
            del self._outbox[question_id]

    def carry(self, question: dict) -> dict:
        """Send one question and return the acknowledgement. Raises when there is none."""
        raise NotImplementedError

    def start_again(self) -> None:
        """Forget the connection."""


class SocketPupil(Pupil):
    """By Socket.IO over WebSocket."""

    _client: socketio.Client | None = None

    def carry(self, question: dict) -> dict:
        if self._client is None:
            self._client = socketio.Client(reconnection=False, request_timeout=PATIENCE, handle_sigint=False)
            self._client.connect(
                f"http://127.0.0.1:{self._port}",
                namespaces=["/phone"],
                transports=["websocket"],
                auth={"device": self.device},
                wait_timeout=PATIENCE,
            )
        return self._client.call("ask", question, namespace="/phone", timeout=PATIENCE)

    def start_again(self) -> None:
        if self._client is not None:
            with contextlib.suppress(socketio.exceptions.SocketIOError, OSError):  # the other end may be dead
                self._client.disconnect()
        self._client = None


class FormPupil(Pupil):
    """By ``POST /questions``, with the cookie the first page gave."""

    _browser: urllib.request.OpenerDirector | None = None

    def carry(self, question: dict) -> dict:
        if self._browser is None:
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
            browser.open(f"http://127.0.0.1:{self._port}/", timeout=PATIENCE).read()
            self._browser = browser
        body = json.dumps(question).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/questions", body, headers)
        try:
            with self._browser.open(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def start_again(self) -> None:
        self._browser = None
