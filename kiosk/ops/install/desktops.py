"""The kiosk browser: which browsers there are, and how each kind of desktop starts a program with its session."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

from kiosk.ground.config import Settings
from kiosk.ops import tools
from kiosk.ops.install import service
from kiosk.ops.install.items import Item
from kiosk.ops.install.places import Place
from kiosk.storage import secretfile

#: In order of preference: what the loop tries, and what is looked for here.
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "brave-browser",
    "microsoft-edge-stable",
    "firefox-esr",
    "firefox",
)
#: An emoji that every font of emoji has (PARTY POPPER).
EMOJI = 0x1F389
#: Seconds between two looks at the page's connection.
WATCH = 30
SCRIPT = Path(__file__).resolve().parents[1] / "data" / "kiosque-ecran.sh"
#: What the desktops of Raspberry Pi OS run to start the XDG entries of the session.
_XDG_STARTER = "xdg-autostart"


def browsers_here(search: str | None = None) -> list[str]:
    """The browsers found in ``search`` (``PATH`` by default), the preferred one first."""
    return [name for name in BROWSERS if shutil.which(name, path=search)]


def emoji_families() -> str | None:
    """The fonts of this machine that draw emoji, one a line; None when it does not say."""
    return tools.said("fc-list", f":charset={EMOJI:x}", "family") if shutil.which("fc-list") else None


def script(settings: Settings, room: str = "", browser: str = "", flags: Iterable[str] = (), watch: int = WATCH) -> str:
    """The loop that keeps the display open, a shell script with its values in it.

    :param room: code of the room to show, when there are several. :param browser: the one to try first.
    :param flags: more options for it. :param watch: seconds between two looks at the page's connection.
    """
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}{'' if settings.port == 80 else f':{settings.port}'}/ecran"
    asked = {"salle": room, "jeton": _token(settings)}
    query = urlencode({name: value for name, value in asked.items() if value})
    values = {
        "URL": url + (f"?{query}" if query else ""),
        "HOST": host,
        "PORT": str(settings.port),
        "PYTHON": service.python(),
        "BROWSERS": " ".join(([browser] if browser else []) + [name for name in BROWSERS if name != browser]),
        "FLAGS": " ".join(flags),
        "WATCH": str(watch),
    }
    text = SCRIPT.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", shlex.quote(value))
    return text


def _token(settings: Settings) -> str:
    """The display's token, where this machine has no rights of its own; known once the kiosk has started."""
    known = not settings.trust_local and (settings.database or (settings.data_dir / "secrets.json").is_file())
    return secretfile.load(settings.data_dir, settings.database).display_token if known else ""


def starters(place: Place, desktops: Iterable[str]) -> list[Item]:
    """What makes each desktop start the loop. A session that starts it twice gets one: the loop takes a lock."""
    makers = {"xdg": _xdg, "labwc": _labwc, "wayfire": _wayfire}
    return [makers[name](place) for name in desktops]


def detected(place: Place, search: str | None = None) -> list[str]:
    """The desktops to write for. XDG always: X11 desktops, GNOME, KDE, and the session of Raspberry Pi OS.

    labwc and Wayfire get a line of their own only where nothing of theirs starts the XDG entries, and in the
    user's own installation only: their files are people's.
    """
    found = ["xdg"]
    if place.system:
        return found
    for name, own, shared in (
        ("labwc", place.config / "labwc/autostart", place.root / "etc/xdg/labwc/autostart"),
        ("wayfire", place.config / "wayfire.ini", place.root / "etc/wayfire/defaults.ini"),
    ):
        there = shutil.which(name, path=search) or own.exists() or own.parent.name == name and own.parent.exists()
        if there and not any(_XDG_STARTER in _read(path) for path in (own, shared)):
            found.append(name)
    return found


def _xdg(place: Place) -> Item:
    text = f"""[Desktop Entry]
Type=Application
Name=Kiosque Métiers en direct, grand écran
Name[en]=Kiosque Métiers en direct, large display
Comment=Écrit par « kiosk install », retiré par « kiosk uninstall »
Exec={_exec(place.script)}
Terminal=false
NoDisplay=true
X-GNOME-Autostart-enabled=true
"""
    return Item(place.autostart, text)


def _labwc(place: Place) -> Item:
    """A line of the shell script that labwc runs; a first one of the user's must keep what the system's did."""
    own, shared = place.config / "labwc/autostart", Path("/etc/xdg/labwc/autostart")
    lines = [f"{shlex.quote(str(place.script))} &"]
    if not own.exists() and os.path.exists(place.root / str(shared).lstrip("/")):
        lines.insert(0, f"[ ! -r {shared} ] || . {shared}")
    return Item(own, "\n".join(lines) + "\n", kind="block")


def _wayfire(place: Place) -> Item:
    line = f"kiosque_ecran = {shlex.quote(str(place.script))}\n"
    return Item(place.config / "wayfire.ini", line, kind="block", section="[autostart]")


def _exec(path: Path) -> str:
    """A path in an ``Exec`` key (Desktop Entry Specification, "The Exec key")."""
    text = str(path).replace("%", "%%")
    if not set(text) & set(" \t\n\"'\\><~|&;$*?#()`"):
        return text
    for char in '\\"`$':
        text = text.replace(char, "\\" + char)
    return '"' + text.replace("\\", "\\\\") + '"'


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
