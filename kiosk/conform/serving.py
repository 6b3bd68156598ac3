"""The small centre on a port: its answers on the wire, and how these go wrong when they are told to.

``wrong`` is a rule of a centre (it breaks it, to try a kit), or one of :data:`MOODS` (what a kiosk meets one day, to
try a kiosk). Everything that a kiosk asks is noted, for :mod:`kiosk.conform.kiosks`.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kiosk.conform import carrying, kiosks, saying
from kiosk.conform.centre import PlayedCentre
from kiosk.conform.refusal import Refusal
from kiosk.conform.rules import SIDES
from kiosk.conform.running import Report
from kiosk.conform.seen import MOODS, Seen
from kiosk.contract import MAX_BODY, sticks

#: Requests noted, at most: the oldest go. Where the trial itself is led, beside the contract's addresses.
MOST_SEEN, CONTROL = 5000, "/conform/"
#: All that :meth:`Served.go_wrong` takes: moods, and rules that this centre can break.
KNOWN = {*MOODS, *(one.code for one in SIDES["centre"] if one.check is not None)}


class Served:
    """The centre behind its port; ``wrong`` may change between two requests."""

    def __init__(self, centre: PlayedCentre, port: int = 0) -> None:
        self.centre, self.seen, self.mood = centre, list[Seen](), ""
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """The address that a kiosk is given."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Served:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def go_wrong(self, wrong: str) -> None:
        """From now on: a rule that is broken, a mood, or nothing."""
        with self.lock:
            self._go_wrong(wrong)

    def _go_wrong(self, wrong: str) -> None:
        self.mood = wrong if wrong in MOODS else ""
        self.centre.breaks = "" if wrong in MOODS else wrong
        if wrong == "epoch":
            self.centre.begin_again()

    def answer(self, seen: Seen, body: bytes) -> saying.Said:
        """What is answered to a request."""
        with self.lock:
            if seen.path.startswith(CONTROL):
                return self._controlled(seen, body)
            seen.mood = self.mood
            self._note(seen)
            said = self._answer(seen, body)
            seen.status = said.status
        return said

    def _note(self, seen: Seen) -> None:
        self.seen[:] = [*self.seen[-MOST_SEEN:], seen]

    def _controlled(self, seen: Seen, body: bytes) -> saying.Said:
        """What the person who tries a kiosk asks of the centre itself, at addresses that the contract has not."""
        word = body.decode("utf-8", "replace").strip()
        if (seen.method, seen.path) == ("POST", f"{CONTROL}wrong"):
            if word and word not in KNOWN:
                return saying.as_json({"known": sorted(KNOWN)}, 422)
            self._go_wrong(word)
            return saying.as_json({"wrong": word})
        if (seen.method, seen.path) == ("POST", f"{CONTROL}code"):
            return saying.as_json({"uai": word, "code": self.centre.code(word)})
        if (seen.method, seen.path) == ("POST", f"{CONTROL}long"):
            return saying.as_json({"uai": word, "long": self.centre.long_code(word)})
        if (seen.method, seen.path) == ("POST", f"{CONTROL}stick"):
            self._note(seen)
            try:
                data = carrying.answer(self.centre, body, seen)
                return saying.Said(200, data, {"Content-Type": "application/octet-stream"})
            except Refusal as refusal:
                return self._problem(refusal)
        if (seen.method, seen.path) == ("GET", f"{CONTROL}report"):
            report = kiosks.judged(self.url, self.seen)
            return saying.Said(200, report.as_json().encode(), {"Content-Type": "application/json"})
        return saying.as_json({}, 404)

    def report(self) -> Report:
        """What became of each rule of a kiosk, from what was asked until now."""
        with self.lock:
            return kiosks.judged(self.url, self.seen)

    def _answer(self, seen: Seen, body: bytes) -> saying.Said:
        early = saying.MOODY.get(self.mood)
        if early is not None and (seen.path != "/v1/about" or self.mood in ("portal", "redirect")):
            return early()
        try:
            said = self._route(seen, body)
        except Refusal as refusal:
            said = self._problem(refusal)
        return self._spoiled(seen, said)

    def _route(self, seen: Seen, body: bytes) -> saying.Said:
        breaks, path = self.centre.breaks, seen.path
        if (seen.method, path) == ("GET", "/v1/about"):
            return saying.about(self.centre.about(), breaks)
        if seen.method == "GET" and path.startswith("/v1/portraits/"):
            return self._portrait(path.rpartition("/")[2], seen.headers.get("range", ""))
        if seen.method != "POST" or path not in ("/v1/pair", "/v1/exchange"):
            raise Refusal(404, "not_found")
        token = seen.headers.get("authorization", "").partition("Bearer ")[2].strip()
        if path == "/v1/exchange":
            self.centre.who(token)
        text = saying.opened(body, seen.headers.get("content-encoding", ""), breaks)
        seen.size = len(text)
        message = seen.message = saying.message(text)
        if path == "/v1/pair":
            uai, code, kiosk = (str(message.get(name, "")) for name in ("uai", "code", "kiosk"))
            return saying.as_json({"token": self.centre.pair(uai, code, kiosk)}, 200 if breaks == "2-pair" else 201)
        self._refuse(message)
        seen.answer = saying.wrong(self.centre.exchange(token, message), breaks)
        self._moody(seen.answer)
        made = saying.as_json(seen.answer)
        return saying.Said(200, b"{" + made.body, made.headers) if breaks == "3-answer" else made

    def _refuse(self, message: dict[str, Any]) -> None:
        """What the mood refuses before anything is applied."""
        operations = message.get("operations")
        if self.mood == "cloned":
            raise Refusal(409, "kiosk_cloned")
        if self.mood == "revoked":
            raise Refusal(401, "token_revoked")
        if self.mood == "version":
            raise Refusal(426, "version")
        if self.mood == "expired" and message.get("cursor") is not None:
            raise Refusal(410, "cursor_expired")
        if self.mood == "invalid" and operations:
            raise Refusal(422, "invalid", errors=[{"pointer": "/operations/0/body", "detail": "Conformance kit."}])

    def _moody(self, answer: dict[str, Any]) -> None:
        if self.mood in ("retry", "rejected"):
            extra: dict[str, Any] = (
                {"after": 1} if self.mood == "retry" else {"code": "invalid", "detail": "Conformance kit."}
            )
            answer["verdicts"] = [{"id": one["id"], "status": self.mood, **extra} for one in answer["verdicts"]]
        if self.mood == "ask" and "ask" in answer:
            answer["ask"] = "another-ask-than-yours"
        if self.mood == "unlisted":
            answer.pop("operations", None)

    def _problem(self, refusal: Refusal) -> saying.Said:
        members = dict(refusal.members)
        wait = members.pop("retry_after", None)
        problem = {"type": "about:blank", "title": refusal.code, "status": refusal.status, "detail": refusal.detail}
        value = {**problem, "code": refusal.code, **members}
        if self.centre.breaks == "5-members":
            value.pop("title")
        kind = "application/json" if self.centre.breaks == "5-type" else "application/problem+json"
        headers = {"Content-Type": kind, **({"Retry-After": str(wait)} if wait else {})}
        return saying.Said(refusal.status, json.dumps(value).encode(), headers)

    def _portrait(self, digest: str, wanted: str) -> saying.Said:
        data, breaks = self.centre.portraits.get(digest), self.centre.breaks
        if data is None:
            raise Refusal(404, "not_found")
        kind = "image/svg+xml" if breaks == "4-type" else "image/png"
        headers = {"Content-Type": kind, "Accept-Ranges": "bytes"}
        if breaks != "4-immutable":
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        if breaks == "4-digest":
            data = data[:-1] + b"?"
        first, dash, last = wanted.removeprefix("bytes=").partition("-")
        if dash and first.isdigit() and breaks != "4-range":
            start, end = int(first), min(int(last) if last.isdigit() else len(data), len(data) - 1)
            if start > end:
                raise Refusal(416, "range")
            headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
            return saying.Said(206, data[start : end + 1], headers)
        return saying.Said(200, data, headers)

    def _spoiled(self, seen: Seen, said: saying.Said) -> saying.Said:
        """An answer whose bytes go wrong."""
        if seen.path != "/v1/exchange" or said.status != 200 or self.mood not in ("lost", "cut", "slow"):
            return said
        return saying.Said(said.status, said.body, said.headers, self.mood)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever went away in the middle is no matter for a trial's terminal."""


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:  # noqa: N802 (http.server's name)
            self._answer(b"")

        def do_POST(self) -> None:  # noqa: N802
            length = self.headers.get("Content-Length", "0")
            most = sticks.MAX_FILE if self.path.startswith(f"{CONTROL}stick") else 4 * MAX_BODY
            self._answer(self.rfile.read(min(int(length) if length.isdigit() else 0, most)))

        def _answer(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            path = self.path.partition("?")[0]
            seen = Seen(time.monotonic(), self.command, path, headers)
            self._write(served.answer(seen, body), "gzip" in headers.get("accept-encoding", ""))

        def _write(self, said: saying.Said, packs: bool) -> None:
            if said.how == "lost":
                self.close_connection = True
                return
            body, extra = said.body, {}
            if (packs and len(body) > 200 and said.how == "whole") or said.how == "packed":
                body, extra = gzip.compress(body, mtime=0), {"Content-Encoding": "gzip"}
            self.send_response(said.status)
            for name, value in {**said.headers, **extra}.items():
                self.send_header(name, value)
            endless = said.how == "huge"
            self.send_header("Content-Length", str(10**12 if endless else len(body)))
            self.end_headers()
            if endless:
                for _time in range(200):
                    self.wfile.write(b"x" * 65536)
            elif said.how == "slow":
                for sign in body:
                    self.wfile.write(bytes([sign]))
                    self.wfile.flush()
                    time.sleep(1)
            else:
                self.wfile.write(body[: len(body) // 2] if said.how == "cut" else body)
            self.close_connection = said.how != "whole"

        def log_message(self, *_words: Any) -> None:
            pass

    return Handler
