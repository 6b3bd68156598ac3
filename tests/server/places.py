"""Clients at addresses of their own (127.0.1.x): to the kiosk, other machines."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
import urllib.parse
from typing import Any

import websocket

from server.running import Running

PATIENCE = 30.0


class Phone:
    """A socket in ``/phone``, at an address; what it asked is acknowledged by number."""

    def __init__(self, kiosk: Running, address: str, device: str = "", cookie: str = "") -> None:
        line = socket.create_connection(("127.0.0.1", kiosk.port), PATIENCE, source_address=(address, 0))
        self.wire = websocket.create_connection(
            f"ws://127.0.0.1:{kiosk.port}/socket.io/?EIO=4&transport=websocket",
            timeout=PATIENCE,
            socket=line,
            cookie=cookie or None,
        )
        self.inside, self.number, self.acks = False, 0, {}  # type: ignore[var-annotated]
        self.wire.send("40/phone," + (json.dumps({"device": device}) if device else ""))
        while not self.inside:
            message = self._next()
            if message.startswith("44/phone"):
                raise ConnectionRefusedError(message)

    def say(self, event: str, **data: Any) -> int:
        """Send an event; its number."""
        self.number += 1
        self.wire.send(f"42/phone,{self.number}" + json.dumps([event, data]))
        return self.number

    def call(self, event: str, **data: Any) -> dict[str, Any]:
        """Send and wait for the acknowledgement."""
        number = self.say(event, **data)
        while number not in self.acks:
            self._next()
        found: dict[str, Any] = self.acks.pop(number)
        return found

    def hear(self, several: int) -> None:
        """Wait until so many acknowledgements were not taken; ``acks`` holds them as they came."""
        while len(self.acks) < several:
            self._next()

    def close(self) -> None:
        self.wire.close()

    def _next(self) -> str:
        message = str(self.wire.recv())
        if message == "2":
            self.wire.send("3")
        elif message.startswith("40/phone"):
            self.inside = True
        else:
            found = re.match(r"43/phone,(\d+)\[(.*)\]\Z", message)
            if found:
                self.acks[int(found[1])] = json.loads(found[2])
        return message


class Browser:
    """A browser at an address: one connection, cookies when it keeps them."""

    def __init__(self, kiosk: Running, address: str, *, cookies: bool = True) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", kiosk.port, PATIENCE, source_address=(address, 0))
        self.cookies: dict[str, str] = {}
        self.keeps, self.location = cookies, ""

    def get(self, path: str) -> tuple[int, str]:
        """A page, where it leads."""
        status, text = self._send("GET", path)
        for _step in range(4):
            if status in (302, 303):
                status, text = self._send("GET", self.location)
        return status, text

    def post(self, path: str, **form: str) -> tuple[int, str]:
        return self._send("POST", path, urllib.parse.urlencode(form))

    def enter(self, pin: str) -> int:
        """Try a code on the page for it; the status."""
        word = re.search(r'name="csrf" value="([0-9a-f]{32})"', self.get("/prof/connexion")[1])
        assert word
        return self.post("/prof/connexion", pin=pin, csrf=word.group(1))[0]

    def close(self) -> None:
        self.line.close()

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        headers = {"Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        self.location = answer.headers.get("Location", "")
        text = answer.read().decode("utf-8", "replace")
        for given in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = given.partition(";")[0].partition("=")
            if self.keeps:
                self.cookies[name] = value
        return answer.status, text


def until(condition: Any, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
