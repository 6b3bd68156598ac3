"""What the display tests hold in their hand: a kiosk (``display_server.py``), a browser, a measuring tape."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

SERVER = Path(__file__).with_name("display_server.py")
ROOT = SERVER.parents[2]
AXE = ROOT / "config" / "client" / "node_modules" / "axe-core" / "axe.min.js"
MEASURE = Path(__file__).with_name("measure_display.js")
SIZES = {"16:9": (1920, 1080), "small": (1280, 720), "4:3": (1024, 768), "bandeau": (480, 1080)}
AUDIT = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const rules = { "color-contrast-enhanced": { enabled: true } };
  const answer = await axe.run(document, { runOnly: { type: "tag", values: tags }, rules });
  const say = (rule, node) => `${rule} ${node.target} ${(node.failureSummary || "").replace(/\\n/g, " ")}`;
  return answer.violations.flatMap((v) => v.nodes.map((node) => say(v.id, node)));
}"""
CHROMIUM = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class DisplayKiosk:
    """A kiosk in a subprocess; :meth:`stop` and :meth:`start` are a power cut and its end."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.data_dir, self.settings, self.port = data_dir, settings, free_port()
        self.process: subprocess.Popen[str] | None = None
        data_dir.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(SERVER), str(self.data_dir), str(self.port), json.dumps(self.settings)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
        )
        limit = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1).close()
                return
            except OSError:
                if time.monotonic() > limit or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def order(self, do: str, room: str = "", **values: Any) -> Any:
        """One act, done when this returns. Fails on a refusal."""
        assert self.process is not None and self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, "room": room, **values}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["ok"], answer
        return answer["value"]

    def url(self, room: str, path: str = "/ecran", **query: Any) -> str:
        values = {"salle": room, **query}
        return f"http://127.0.0.1:{self.port}{path}?" + "&".join(f"{k}={v}" for k, v in values.items() if v)


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def kiosk(data_dir: Path, **settings: Any) -> Iterator[DisplayKiosk]:
    """A running kiosk, stopped at the end whatever happens."""
    held = DisplayKiosk(data_dir, **settings)
    try:
        yield held
    finally:
        held.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A real Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


def resize(page: Page, name: str) -> None:
    """Give the page a size of :data:`SIZES` and wait until it has fitted itself."""
    width, height = SIZES[name]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))"
    )


def measure(page: Page) -> list[str]:
    """What stands outside, is cut, overlaps, scrolls, is too small or breaks a word: empty when all is well."""
    found: list[str] = page.evaluate(MEASURE.read_text(encoding="utf-8"))
    return found


def axe(page: Page) -> list[str]:
    """Violations of WCAG A and AA, and of the 7:1 contrast that a projector needs."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(AUDIT)
    return found


def words_on(page: Page) -> str:
    """All that the screen says, in one line."""
    text: str = page.locator("#screen").inner_text()
    return " ".join(text.split())
