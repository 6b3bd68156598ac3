"""Firefox and WebKitGTK, from Debian, each with the few verbs that a test of a class needs.

Neither is Playwright's own build: Firefox ESR speaks WebDriver BiDi (https://w3c.github.io/webdriver-bidi/),
WebKitGTK, whose engine is the nearest to an iPhone's, WebDriver (https://www.w3.org/TR/webdriver2/) by the program
``WebKitWebDriver``. The verbs are those of :class:`old_chromium.OldChromium`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import websocket

from kiosk.ops.process import free_port

PATIENCE = 30.0
#: WebDriver's name of an element in JSON (its section 12.1).
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
#: What Firefox says in the same place of a link that is cut, which is no script error.
NETWORK = re.compile(r"connection to ws?s?[:/]|establish a connection|while the page was loading|Loading failed")
#: What a page that cannot be asked for its errors remembers of them, for :attr:`Page.errors`.
WATCH = """
if (!window.__wrong) {
  window.__wrong = [];
  addEventListener('error', (e) => window.__wrong.push(e.message || 'error'));
  addEventListener('unhandledrejection', (e) => window.__wrong.push(String(e.reason)));
}
return true
"""


class Page:
    """One page of a browser, with cookies of its own."""

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        raise NotImplementedError

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        raise NotImplementedError

    def press(self, selector: str) -> None:
        """Press with a real pointer, in the middle of the first element found."""
        raise NotImplementedError

    def type(self, selector: str, text: str) -> None:
        """Write in a field as a keyboard does."""
        raise NotImplementedError

    def errors(self) -> list[str]:
        """The script errors of the pages opened since the start."""
        raise NotImplementedError

    def until(self, script: str) -> None:
        """Wait for an expression to be true."""
        end = time.monotonic() + PATIENCE
        while not self.run(f"Boolean({script})"):
            assert time.monotonic() < end, (script, self.run("document.body.innerText"), self.errors())
            time.sleep(0.1)


class Firefox:
    """Firefox ESR without a screen; :meth:`page` opens one more page, with cookies of its own."""

    name = "Firefox"

    def __init__(self, folder: Path) -> None:
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        assert program, "sudo apt install firefox-esr"
        home = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
        (folder / "profile").mkdir()
        self._said = folder / "said.txt"
        words = [program, "--headless", "--no-remote", "--profile", str(folder / "profile")]
        with self._said.open("wb") as said:
            words += ["--remote-debugging-port", str(free_port()), "about:blank"]
            self.process = subprocess.Popen(words, stdout=said, stderr=said, env=home)
        self._number = 0
        self.wrong: list[str] = []
        self._socket = websocket.create_connection(self._address() + "/session", timeout=PATIENCE, suppress_origin=True)
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])

    def _address(self) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(r"WebDriver BiDi listening on (ws://\S+)", self._said.read_text(errors="replace"))
            if found:
                return found[1]
            time.sleep(0.05)
        raise AssertionError(self._said.read_text(errors="replace"))

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of WebDriver BiDi; its result. Script errors heard meanwhile are kept."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            heard = json.loads(self._socket.recv())
            entry = heard.get("params", {}) if heard.get("method") == "log.entryAdded" else {}
            if entry.get("type") == "javascript" and entry.get("level") == "error":
                self.wrong += [entry["text"]] if not NETWORK.search(entry["text"]) else []
            if heard.get("id") == self._number:
                assert heard.get("type") != "error", heard
                return dict(heard["result"])

    def page(self, width: int, height: int) -> FirefoxPage:
        """A new page of this size, in CSS pixels."""
        user = self.ask("browser.createUserContext")["userContext"]
        context = self.ask("browsingContext.create", type="tab", userContext=user)["context"]
        self.ask("browsingContext.setViewport", context=context, viewport={"width": width, "height": height})
        return FirefoxPage(self, context)

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self.process.terminate()
        self.process.wait(timeout=20)


class FirefoxPage(Page):
    """A tab."""

    def __init__(self, browser: Firefox, context: str) -> None:
        self._browser, self._context = browser, context

    def open(self, url: str) -> None:
        self._browser.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, script: str) -> Any:
        wrapped = f"JSON.stringify((() => ({script}))() ?? null)"
        found = self._browser.ask(
            "script.evaluate", expression=wrapped, target={"context": self._context}, awaitPromise=True
        )
        assert found["type"] == "success", found["exceptionDetails"]
        return json.loads(found["result"]["value"])

    def press(self, selector: str) -> None:
        where = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); "
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect(); "
            "return [Math.round(b.left + b.width / 2), Math.round(b.top + b.height / 2)]; })()"
        )
        moves = [
            {"type": "pointerMove", "x": where[0], "y": where[1]},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._perform({"type": "pointer", "id": "mouse", "actions": moves})

    def type(self, selector: str, text: str) -> None:
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        keys = [{"type": kind, "value": one} for one in text for kind in ("keyDown", "keyUp")]
        self._perform({"type": "key", "id": "keyboard", "actions": keys})

    def _perform(self, actions: dict[str, Any]) -> None:
        self._browser.ask("input.performActions", context=self._context, actions=[actions])

    def errors(self) -> list[str]:
        self.run("1")  # what was said before this answer is heard
        return self._browser.wrong


class WebKit:
    """WebKitGTK's own browser on a screen without a monitor; each page is a browser of its own."""

    name = "WebKitGTK"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages: list[WebKitPage] = []
        ours, theirs = os.pipe()
        words = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
        self._screen = subprocess.Popen(words, pass_fds=[theirs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs)
        with os.fdopen(ours) as told:
            self._display = ":" + told.readline().strip()

    def page(self, width: int, height: int) -> WebKitPage:
        """A new browser whose window has this size."""
        home = self._folder / str(len(self._pages))
        home.mkdir()
        page = WebKitPage(home, self._display, width, height)
        self._pages.append(page)
        return page

    def close(self) -> None:
        """End them, and the screen."""
        for page in self._pages:
            page.close()
        self._screen.terminate()
        self._screen.wait(timeout=20)


class WebKitPage(Page):
    """A driver, its browser and its page."""

    def __init__(self, home: Path, display: str, width: int, height: int) -> None:
        program = shutil.which("WebKitWebDriver")
        assert program, "sudo apt install webkit2gtk-driver"
        port = free_port()
        self._wrong: list[str] = []
        self._base = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # a container has no namespaces to give
            "NO_AT_BRIDGE": "1",
        }
        environment.pop("WAYLAND_DISPLAY", None)
        with (home / "said.txt").open("wb") as said:
            words = [program, f"--port={port}", "--host=127.0.0.1"]
            self.process = subprocess.Popen(words, stdout=said, stderr=said, env=environment, start_new_session=True)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._send("GET", "/status")
                break
            except OSError:
                assert time.monotonic() < end and self.process.poll() is None, (home / "said.txt").read_text()
                time.sleep(0.05)
        wanted = {"capabilities": {"alwaysMatch": {"pageLoadStrategy": "normal"}}}
        self._session = f"/session/{self._send('POST', '/session', wanted)['sessionId']}"
        self._send("POST", self._session + "/window/rect", {"x": 0, "y": 0, "width": width, "height": height})

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(error.read().decode()) from None

    def open(self, url: str) -> None:
        self._gather()
        self._send("POST", self._session + "/url", {"url": url})
        self._execute(WATCH)

    def run(self, script: str) -> Any:
        return self._execute(f"return (() => ({script}))()")

    def _execute(self, script: str) -> Any:
        return self._send("POST", self._session + "/execute/sync", {"script": script, "args": []})

    def _element(self, selector: str) -> str:
        asked = {"using": "css selector", "value": selector}
        return f"{self._session}/element/{self._send('POST', self._session + '/element', asked)[ELEMENT]}"

    def press(self, selector: str) -> None:
        self._send("POST", self._element(selector) + "/click", {})

    def type(self, selector: str, text: str) -> None:
        self._send("POST", self._element(selector) + "/value", {"text": text})

    def _gather(self) -> None:
        self._wrong += self._execute("return (window.__wrong || []).splice(0)")

    def errors(self) -> list[str]:
        self._gather()
        return self._wrong

    def close(self) -> None:
        """End it."""
        try:
            self._send("DELETE", self._session)
        finally:
            self.process.terminate()
            self.process.wait(timeout=20)
