"""A Chromium of 2018, near the floor of ``docs/informatique.md``: what a school's old tablet does with our pages.

Chromium 72 comes in an npm package of the client's lock (packed for servers, it needs no screen). It is older than what
Playwright drives, so its own protocol is spoken: https://chromedevtools.github.io/devtools-protocol/.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import websocket
from playwright._impl._driver import compute_driver_executable

ROOT = Path(__file__).resolve().parents[2]
PACKED = ROOT / "config/client/node_modules/chrome-aws-lambda/bin/chromium-72.0.3617.0.br"
_UNPACK = (
    "const z = require('zlib'), f = require('fs'); f.writeFileSync(process.argv[2], "
    "z.brotliDecompressSync(f.readFileSync(process.argv[1])), {mode: 0o755})"
)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --single-process --no-first-run --disable-background-networking "
    "--disable-sync --remote-debugging-port=0 --remote-debugging-address=127.0.0.1 about:blank"
).split()
PATIENCE = 15.0


class OldChromium:
    """The browser, with one page."""

    def __init__(self, folder: Path) -> None:
        program = folder / "chromium"
        node = compute_driver_executable()[0]
        subprocess.run([node, "-e", _UNPACK, str(PACKED), str(program)], check=True)
        home = {**os.environ, "HOME": str(folder), "LD_LIBRARY_PATH": ""}
        self._said = folder / "said.txt"
        with self._said.open("wb") as said:
            words = [str(program), *FLAGS, f"--user-data-dir={folder / 'profile'}"]
            self.process = subprocess.Popen(words, stdout=said, stderr=said, env=home)
        self._number = 0
        self._socket = websocket.create_connection(self._address(), timeout=PATIENCE, suppress_origin=True)
        target = self._ask("Target.getTargets")["targetInfos"][0]["targetId"]
        self._session = ""
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.errors: list[str] = []
        self._ask("Page.enable")
        self._ask("Runtime.enable")

    def _address(self) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(r"ws://\S+", self._said.read_text(errors="replace"))
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(self._said.read_text(errors="replace"))

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if getattr(self, "_session", "") else {}
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params, **session}))
        while True:
            heard = json.loads(self._socket.recv())
            if heard.get("method") == "Runtime.exceptionThrown":
                self.errors.append(heard["params"]["exceptionDetails"].get("exception", {}).get("description", "?"))
            if heard.get("id") == self._number:
                assert "error" not in heard, heard
                return dict(heard["result"])

    def size(self, width: int, height: int) -> None:
        """The size of the window, in CSS pixels."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._ask("Page.navigate", url=url)
        time.sleep(0.1)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, script: str) -> None:
        """Wait for an expression to be true."""
        end = time.monotonic() + PATIENCE
        while not self.run(f"Boolean({script})"):
            assert time.monotonic() < end, (script, self.run("document.body.innerText"), self.errors)
            time.sleep(0.05)

    def press(self, selector: str) -> None:
        """Press with a real pointer, in the middle of the first element found."""
        box = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); "
            "e.scrollIntoView({block: 'center'}); "
            "const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, selector: str, text: str) -> None:
        """Write in a field as a keyboard does."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self._ask("Input.insertText", text=text)

    def picture(self, path: Path) -> None:
        """What is seen, as a PNG file."""
        path.write_bytes(base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self.process.terminate()
        self.process.wait(timeout=10)
