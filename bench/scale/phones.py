"""Phones for the bench: WebSockets that ask, vote and count, with as little work as can be."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from contextlib import suppress
from typing import Any


class Phone:
    """One, in a room (id, code) served at a port."""

    def __init__(self, port: int, room: tuple[str, str], number: int) -> None:
        self.port, (self.room_id, self.code) = port, room
        self.device = f"banc-{self.code}-{number:03}-appareil"
        self.waiting: dict[int, float] = {}
        self.took: list[float] = []
        self.refused: dict[str, int] = {}
        self._next, self._backs = 1, False

    async def open(self) -> None:
        """Connect, and enter the room."""
        self._in, self._out = await asyncio.open_connection("127.0.0.1", self.port)
        key = base64.b64encode(os.urandom(16)).decode()
        self._out.write(
            f"GET /socket.io/?EIO=4&transport=websocket&salle={self.code} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"\r\n".encode()
        )
        await self._in.readuntil(b"\r\n\r\n")
        await self._frame()
        self._send(f"40/phone,{json.dumps({'device': self.device, 'room': self.code})}")
        while not (await self._frame()).startswith("42/phone"):
            pass
        self._task = asyncio.create_task(self._listen())

    def ask(self, text: str) -> None:
        """One question more."""
        self._call("ask", {"id": f"{self.device}-{self._next}", "text": text})

    def vote(self) -> None:
        """Back the room's first question, or no more."""
        self._backs = not self._backs
        self._call("support", {"id": f"voix-{self.room_id}", "number": 1, "on": self._backs})

    async def close(self) -> None:
        """Leave."""
        self._task.cancel()
        self._out.close()
        with suppress(OSError):
            await self._out.wait_closed()

    def _call(self, event: str, data: dict[str, Any]) -> None:
        number, self._next = self._next, self._next + 1
        self.waiting[number] = time.perf_counter()
        self._send(f"42/phone,{number}{json.dumps([event, data])}")

    def _send(self, text: str) -> None:
        data = text.encode()
        head = bytes([0x81, 0x80 | len(data)]) if len(data) < 126 else b"\x81\xfe" + len(data).to_bytes(2, "big")
        self._out.write(head + b"\0\0\0\0" + data)

    async def _frame(self) -> str:
        first, size = await self._in.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self._in.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self._in.readexactly(8), "big")
        return (await self._in.readexactly(size)).decode(errors="replace") if first & 15 == 1 else ""

    async def _listen(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                told = await self._frame()
                if told == "2":
                    self._send("3")
                elif told.startswith("43/phone,"):
                    number, _bracket, rest = told[9:].partition("[")
                    at = self.waiting.pop(int(number), None)
                    if at is not None:
                        self.took.append((time.perf_counter() - at) * 1000)
                    if '"ok":true' not in rest:
                        code = json.loads("[" + rest)[0]["error"]["code"]
                        self.refused[code] = self.refused.get(code, 0) + 1


def taken(phones: list[Phone]) -> dict[str, Any]:
    """What was answered since the last time: how many, p50 and p99 in ms, refusals by code; and begin again."""
    took = sorted(ms for one in phones for ms in one.took)
    refused: dict[str, int] = {}
    for one in phones:
        for code, n in one.refused.items():
            refused[code] = refused.get(code, 0) + n
        one.took, one.refused, one.waiting = [], {}, {}
    at = {f"p{p}": round(took[min(len(took) - 1, len(took) * p // 100)], 1) if took else 0.0 for p in (50, 99)}
    return {"answered": len(took), **at, "refused": refused}
