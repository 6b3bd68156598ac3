"""A kiosk as a subprocess, in a data folder that outlives it; faults are preloaded, ends are violent."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from kiosk.ops.process import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "kiosk", *words]


class Served:
    """``kiosk serve`` on `data_dir`, with `environment`; :meth:`wait` until it takes questions."""

    def __init__(self, data_dir: Path, environment: dict[str, str] | None = None, root: Path = ROOT):
        self.port = free_port()
        self.data_dir = data_dir
        self.root = root
        self.url = f"http://127.0.0.1:{self.port}"
        words = command("serve", "--data-dir", str(data_dir), "--port", str(self.port))
        clean = {
            key: value
            for key, value in (environment or os.environ).items()
            if not key.startswith("KIOSK_") or key.startswith(("KIOSK_POWERCUT_", "KIOSK_DISKFULL_"))
        }
        self.log = data_dir.parent / "kiosk.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(words, cwd=root, env=clean, stdout=output, stderr=output)
        self._started = time.monotonic()

    def wait(self) -> float:
        """Seconds from its start to the first 200 of ``/healthz``. :raises AssertionError: it ended, or was slow."""
        while time.monotonic() - self._started < PATIENCE:
            assert self.process.poll() is None, f"the kiosk ended by itself:\n{self.words()}"
            if self.status("/healthz") == 200:
                return time.monotonic() - self._started
            time.sleep(0.02)
        raise AssertionError(f"the kiosk did not answer within {PATIENCE:.0f} s:\n{self.words()}")

    def status(self, path: str) -> int:
        """HTTP status of a GET; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def words(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-3000:]

    def cut_power(self) -> None:
        """As pulling the plug: powercut.c must be preloaded."""
        self._end(signal.SIGUSR2, 137)

    def kill(self) -> None:
        self._end(signal.SIGKILL, -signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM, 0)

    def _end(self, how: signal.Signals, status: int) -> None:
        self.process.send_signal(how)
        try:
            seen = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the kiosk was still there 20 s after {how.name}") from None
        assert seen == status, f"ended with {seen} after {how.name}:\n{self.words()}"

    def told(self, *words: str) -> str:
        """What a ``kiosk`` command prints about the same folder."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
        done = subprocess.run(
            command(*words, "--data-dir", str(self.data_dir)),
            cwd=self.root,
            env=clean,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def questions(self) -> list[dict]:
        """Every question, as exported."""
        return json.loads(self.told("export", "questions", "--json"))


class Teacher:
    """Comes in with the PIN and acts by forms, as a browser does. :raises OSError: the kiosk has gone."""

    def __init__(self, kiosk: Served):
        self.url = kiosk.url
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf = self._read("/prof/connexion")
        pin = re.search(r"\d{4,}", kiosk.told("pin", "show").replace(" ", ""))
        assert pin is not None
        self.act("/prof/connexion", pin=pin[0])
        self._csrf = self._read("/prof")

    def _read(self, page: str) -> str:
        shown = self._browser.open(self.url + page, timeout=5).read().decode()
        found = CSRF.search(shown)
        assert found is not None, page
        return found[1]

    def act(self, path: str, **fields: str) -> None:
        """Send a form; returns once it was carried out. `url` may be moved to a kiosk started again."""
        form = urllib.parse.urlencode({**fields, "csrf": self._csrf}).encode()
        self._browser.open(self.url + path, form, timeout=5).read()

    def phase(self, code: str) -> None:
        """Go to a phase by its code."""
        self.act("/prof/etape", vers=code)
