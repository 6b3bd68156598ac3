"""The teacher, by the same pages and forms as a browser: the PIN, then acts with their CSRF field."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request

#: Seconds granted to a page: at a thirtieth of a core, the first waits for all that a start put off.
PATIENCE = 60.0
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Teacher:
    """Comes in with the `pin` of the kiosk at `url`. :raises urllib.error.HTTPError: an act was refused."""

    def __init__(self, url: str, pin: str):
        self._url = url
        jar = http.cookiejar.CookieJar()
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.act("/prof/connexion", page="/prof/connexion", pin=pin)

    def page(self, path: str) -> str:
        """What a page shows."""
        return self._browser.open(self._url + path, timeout=PATIENCE).read().decode()

    def fragment(self, name: str) -> str:
        """The inside of a page, as its script asks for it."""
        request = urllib.request.Request(f"{self._url}/prof/fragment/{name}", headers={"X-Fragment": "1"})
        return self._browser.open(request, timeout=PATIENCE).read().decode()

    def act(self, path: str, page: str = "/prof", **fields: str) -> None:
        """Send a form, with the CSRF value that `page` shows."""
        (fields["csrf"],) = CSRF.findall(self.page(page))[:1]
        self._browser.open(self._url + path, urllib.parse.urlencode(fields).encode(), timeout=PATIENCE).read()

    def set_moderation(self, on: bool) -> None:
        """Read questions over before the class sees them, or not (for ten minutes at most)."""
        self.act("/prof/relecture", active="1" if on else "0", compris="1")

    def set_phase(self, code: str) -> None:
        """Go to a phase by its code."""
        self.act("/prof/etape", vers=code)
