"""``kiosk install`` and ``kiosk uninstall``: the plan, the preview, the writing, and what systemd is asked to do."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from kiosk.ground import edition
from kiosk.ground.config import HOME, ROOT, Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.ops.install import desktops, ledger, service
from kiosk.ops.install.items import Item
from kiosk.ops.install.places import NAME, Place, system_place, user_place

try:
    import pwd
except ImportError:  # Windows, where this command refuses politely
    pwd = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Wish:
    """What the command line asked for."""

    system: bool = False
    user: str | None = None
    screen: bool = True
    desktops: Sequence[str] = ()
    room: str = ""
    browser: str = ""
    flags: Sequence[str] = ()
    force: bool = False
    start: bool = True
    #: The global options given on this command line, by name, with absolute paths.
    given: Mapping[str, str] = field(default_factory=dict)


def place_of(wish: Wish, environ: Mapping[str, str]) -> Place:
    """Where this wish writes. :raises KioskError: ``install_unsupported``, ``install_user``."""
    if not sys.platform.startswith("linux"):
        raise KioskError("install_unsupported")
    return system_place(environ, wish.user) if wish.system else user_place(environ)


def plan(settings: Settings, place: Place, wish: Wish, environ: Mapping[str, str]) -> list[Item]:
    """Every piece of an installation, in the order of writing."""
    items = [] if packaged() else _server(settings, place, wish, environ)
    if wish.screen:
        script = desktops.script(settings, wish.room, wish.browser, wish.flags)
        items.append(Item(place.script, script, mode=0o755))
        items += desktops.starters(place, wish.desktops or desktops.detected(place))
    return items


def packaged() -> bool:
    """Whether a package of the system brought the service and the command: only the display is left to install."""
    return bool(edition.of(HOME).package)


def _server(settings: Settings, place: Place, wish: Wish, environ: Mapping[str, str]) -> list[Item]:
    """The service and the command that a person types."""
    namespaces = place.system or service.namespaces_work()
    variables = service.environment(environ)
    items = [Item(place.environment, variables, kind="seed", mode=0o600)] if variables else []
    return [
        *items,
        Item(place.unit, service.unit(settings, place, wish.given, namespaces)),
        Item(place.wanted, str(place.unit), kind="link"),
        Item(place.typed, service.typed(wish.given), mode=0o755),
    ]


def preview(settings: Settings, wish: Wish, environ: Mapping[str, str]) -> list[str]:
    """What installing would write: each path, how it stands, its content. Touches nothing."""
    place = place_of(wish, environ)
    words = {
        ledger.NEW: _("nouveau"),
        ledger.SAME: _("déjà en place"),
        ledger.OLDER: _("à remplacer"),
        ledger.CHANGED: _("changé par quelqu’un : refusé sans --force, qui le garde en .orig"),
    }
    entries = ledger.read(place.manifest)
    lines = []
    for item in plan(settings, place, wish, environ):
        how = words[ledger.state(item, entries)]
        if item.kind == "link":
            lines += [f"== {item.path} -> {item.text}  ({how})", ""]
            continue
        kind = _("lignes ajoutées") if item.kind == "block" else f"{item.mode:o}"
        lines += [f"== {item.path}  ({kind}, {how})", "", *("    " + line for line in item.text.splitlines()), ""]
    lines.append(_("Rien n’a été écrit (--dry-run)."))
    return lines + _advice(wish)


def install(settings: Settings, wish: Wish, environ: Mapping[str, str]) -> tuple[list[str], KioskError | None]:
    """Write everything, ask systemd to start it; the report's lines, and ``install_not_started`` when it did not.

    :raises KioskError: ``install_changed``, ``install_root``, ``install_unreachable``, ``install_unsupported``,
        ``install_user``.
    """
    place = place_of(wish, environ)
    items = plan(settings, place, wish, environ)
    try:
        if not packaged():
            _data_folder(settings, place)
            _reachable(settings, place)
        done = ledger.install(items, place.manifest, wish.force)
    except PermissionError as error:
        raise KioskError("install_root", path=error.filename or str(place.units)) from None
    lines = [_("écrit : %(path)s", path=path) for path in done.written]
    lines += [_("retiré (n’est plus utile) : %(path)s", path=path) for path in done.removed]
    lines += [_("gardé de côté : %(path)s", path=path) for path in done.aside]
    if not done.written and not done.removed:
        lines.append(_("Tout est déjà en place."))
    starts = wish.start and not packaged()
    refusal = _start(place) if starts else None
    if starts and refusal is None:
        option = "" if place.system else "--user "
        lines.append(_("Le kiosque est lancé : systemctl %(option)sstatus %(unit)s", option=option, unit=NAME))
        typed = "kiosk" if shutil.which("kiosk") == str(place.typed) else shlex.quote(str(place.typed))
        lines.append(_("Le code de l’enseignante ou de l’enseignant : %(command)s", command=f"{typed} pin show"))
    return lines + _advice(wish), refusal


def uninstall(wish: Wish, environ: Mapping[str, str]) -> list[str]:
    """Stop what runs, take away what was written, keep the data; the report's lines."""
    if not sys.platform.startswith("linux"):
        raise KioskError("install_unsupported")
    place = user_place(environ) if not wish.system else _any_system_place(environ)
    if not place.manifest.exists():
        return [_("Rien à retirer : rien n’a été installé ici.")]
    if not os.access(place.manifest.parent, os.W_OK):
        raise KioskError("install_root", path=str(place.manifest))
    if wish.start:
        if not packaged():
            _systemctl(place, "stop", place.unit.name)
        _stop_screen(place)
    try:
        done = ledger.uninstall(place.manifest)
    except PermissionError as error:
        raise KioskError("install_root", path=error.filename or str(place.units)) from None
    if wish.start:
        _systemctl(place, "daemon-reload")
    lines = [_("retiré : %(path)s", path=path) for path in done.removed]
    lines += [_("remis comme avant : %(path)s", path=path) for path in done.restored]
    lines += [_("laissé, quelqu’un l’a changé : %(path)s", path=path) for path in done.kept]
    return [*lines, _("Les données du kiosque sont gardées.")]


def _any_system_place(environ: Mapping[str, str]) -> Place:
    """The system's folders, whoever runs the service."""
    return Place(True, "", Path("/"), Path("/"), Path("/etc"), Path("/var/lib"))


def _data_folder(settings: Settings, place: Place) -> None:
    """The service may write in its data folder only if it is there; under ``sudo`` it belongs to the service's user."""
    missing = not settings.data_dir.exists()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if missing and place.system and os.geteuid() == 0:
        owner = pwd.getpwnam(place.user)
        os.chown(settings.data_dir, owner.pw_uid, owner.pw_gid)


def _reachable(settings: Settings, place: Place) -> None:
    """The account must be able to run this Python and to write the data: a folder under /root fails only at start."""
    if not place.system or os.geteuid() != 0:
        return
    owner = pwd.getpwnam(place.user)
    check = "import os, sys, kiosk; sys.exit(0 if os.access(sys.argv[1], os.W_OK | os.X_OK) else sys.argv[1])"
    try:
        done = subprocess.run(
            [sys.executable, "-c", check, str(settings.data_dir.resolve())],
            cwd="/",
            user=owner.pw_uid,
            group=owner.pw_gid,
            extra_groups=[],
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except OSError:
        raise KioskError("install_unreachable", user=place.user, detail=sys.executable) from None
    if done.returncode:
        detail = (done.stderr.strip().splitlines() or [str(ROOT)])[-1]
        raise KioskError("install_unreachable", user=place.user, detail=detail)


def _start(place: Place) -> KioskError | None:
    """Ask systemd to take the unit and start it; why it did not, and what a person must do."""
    option = "" if place.system else "--user "
    if _systemctl(place, "daemon-reload") and _systemctl(place, "restart", place.unit.name):
        return None
    return KioskError(
        "install_not_started",
        detail=_last_word(place) or _("systemd n’est pas là ou ne répond pas"),
        command=f"systemctl {option}daemon-reload && systemctl {option}restart {NAME}",
    )


def _last_word(place: Place) -> str:
    """The last line that the service wrote in the journal: why it ended. Empty when nothing tells."""
    program = shutil.which("journalctl")
    if program is None or shutil.which("systemctl") is None:
        return ""
    command = [program, *([] if place.system else ["--user"]), "-u", NAME, "-n", "40", "-o", "cat", "-q", "--no-pager"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=15, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    told = [line.strip() for line in said.splitlines() if re.search(r"\[[a-z_]+\]$|ERROR|Failed|error", line)]
    return told[-1][:300] if told else ""


def _systemctl(place: Place, *words: str) -> bool:
    program = shutil.which("systemctl")
    if program is None:
        return False
    command = [program, *([] if place.system else ["--user"]), *words]
    try:
        return subprocess.run(command, capture_output=True, timeout=150, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _stop_screen(place: Place) -> None:
    """End the loops that this installation started; the browser goes with them."""
    for folder in (Path("/run/user").glob("*"), Path("/tmp").glob("kiosque-ecran-*")):
        for found in folder:
            path = found / "kiosque-ecran/pid" if found.parent.name == "user" else found / "pid"
            try:
                pid = int(path.read_text())
                if str(place.script).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    os.kill(pid, signal.SIGTERM)
            except (OSError, ValueError):
                continue


def _advice(wish: Wish) -> list[str]:
    """What this machine lacks for the display to open by itself."""
    if not wish.screen:
        return []
    found = [wish.browser] if wish.browser and shutil.which(wish.browser) else desktops.browsers_here()
    lines = [_("ATTENTION : aucun navigateur trouvé. Installez-en un : sudo apt install chromium")]
    if found:
        lines = [_("Grand écran : %(browser)s s’ouvrira à la prochaine session graphique.", browser=found[0])]
    if desktops.emoji_families() == "":
        lines.append(_("ATTENTION : aucune police d’emoji. Installez-en une : sudo apt install fonts-noto-color-emoji"))
    return lines
