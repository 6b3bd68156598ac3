"""What a part needs beyond a plain set-up, told before anything is measured rather than minutes later."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from importlib.util import find_spec

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
#: Libraries of the tests that a part's clients use: part → what Python imports.
LIBRARIES = {"hostile": ("websocket",)}
WITH_TESTS = "which « ./run.sh test -k nothing » installs"


def chromium() -> str:
    """Where Chromium is; empty: nowhere."""
    return next((found for found in map(shutil.which, CHROMIUMS) if found), "")


def engines() -> tuple[str, ...]:
    """The engines that may be measured: gevent is no school's, so a plain set-up has it not."""
    return ("eventlet", "gevent") if find_spec("gevent") else ("eventlet",)


def left_out(parts: Iterable[str]) -> dict[str, str]:
    """Those of ``parts`` that cannot be measured here → why, in a few words."""
    found = {}
    for part in parts:
        missing = [name for name in LIBRARIES.get(part, ()) if not find_spec(name)]
        if missing:
            found[part] = f"needs {', '.join(missing)}, {WITH_TESTS}"
        elif part == "weight" and not chromium():
            found[part] = "needs Chromium: install the package chromium"
    return found


def halved(parts: Iterable[str]) -> dict[str, str]:
    """Those that are measured in part only → what is left out of them."""
    if "exchange" in parts and "gevent" not in engines():
        return {"exchange": f"gevent, {WITH_TESTS}"}
    return {}
