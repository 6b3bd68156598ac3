"""The server's line to the centre: a courier process, spoken to from a native thread so that the loop never waits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from kiosk.engine import Engine, native_read, native_write
from kiosk.exchange.messages import Call, Reply

ROOT = Path(__file__).resolve().parents[2]


class CourierLine:
    """A :class:`kiosk.exchange.messages.Line` for the loop: :meth:`carry` lets the other greenlets run meanwhile."""

    def __init__(self, engine: Engine, proxy: str = "", ca_bundle: str = "") -> None:
        self._engine = engine
        self._first = {"proxy": proxy, "ca_bundle": ca_bundle}
        self._process: subprocess.Popen[bytes] | None = None
        self._to = self._from = -1

    def carry(self, call: Call) -> Reply:
        """Send a request by the courier; one that died is a ``timeout``, and the next call starts another."""
        try:
            if self._process is None:
                self._start()
            text = self._engine.apart(lambda: self._exchange(call), "kiosk-courier")
            return Reply.of(json.loads(text))
        except (OSError, ValueError):
            self.close()
            return Reply("timeout")

    def close(self) -> None:
        """End the courier, if there is one."""
        if self._process is None:
            return
        process, self._process = self._process, None
        os.close(self._to)
        os.close(self._from)
        process.terminate()
        process.wait()

    def _start(self) -> None:
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kiosk.exchange.courier"],
                cwd=ROOT,
                stdin=theirs_in,
                stdout=theirs_out,
                stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        native_write(self._to, (json.dumps(self._first) + "\n").encode())

    def _exchange(self, call: Call) -> bytes:
        """In the native thread: plain blocking calls on plain pipes."""
        data = memoryview((json.dumps(call.plain()) + "\n").encode())
        while data:
            data = data[native_write(self._to, data) :]
        heard = bytearray()
        while not heard.endswith(b"\n"):
            piece = native_read(self._from, 65_536)
            if not piece:
                raise OSError("the courier left")
            heard += piece
        return bytes(heard)
