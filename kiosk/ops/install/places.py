"""Where the files of ``kiosk install`` go: a user's own folders, or the system's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from kiosk.ground.config import ROOT
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass

try:
    import pwd
except ImportError:  # Windows, where this command refuses politely
    pwd = None  # type: ignore[assignment]

NAME = "kiosque-metiers"


@dataclass(frozen=True)
class Place:
    """One way to install. ``user`` runs the service; ``home`` is theirs; ``root`` stands for ``/``."""

    system: bool
    user: str
    home: Path
    root: Path
    config: Path
    data: Path

    @property
    def units(self) -> Path:
        """Folder of the units of systemd."""
        return self.root / "etc/systemd/system" if self.system else self.config / "systemd/user"

    @property
    def unit(self) -> Path:
        """The kiosk's own unit of systemd."""
        return self.units / f"{NAME}.service"

    @property
    def wanted(self) -> Path:
        """The link that ``systemctl enable`` would make: start with the machine, or with the person's session."""
        return self.units / f"{'multi-user' if self.system else 'default'}.target.wants" / self.unit.name

    @property
    def environment(self) -> Path:
        """Variables of the service, readable by its owner alone: a proxy's address may hold a password."""
        return (self.root / "etc" if self.system else self.config) / NAME / "environment"

    @property
    def autostart(self) -> Path:
        """Entry that graphical sessions read at their start (XDG Desktop Application Autostart)."""
        return (self.root / "etc/xdg" if self.system else self.config) / "autostart/kiosque-ecran.desktop"

    @property
    def script(self) -> Path:
        """The loop that keeps a browser on the large display."""
        return (self.root / "usr/local/lib" if self.system else self.data) / NAME / "kiosque-ecran"

    @property
    def typed(self) -> Path:
        """The command that a person types: ``kiosk``."""
        return (self.root / "usr/local/bin" if self.system else self.home / ".local/bin") / "kiosk"

    @property
    def manifest(self) -> Path:
        """What was written, to take exactly that away."""
        return (self.root / "var/lib" if self.system else self.data) / NAME / "install.json"


def user_place(environ: Mapping[str, str], root: Path = Path("/")) -> Place:
    """The folders of the person who runs the command."""
    home = Path(environ.get("HOME") or Path.home())
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share")
    return Place(False, pwd.getpwuid(os.getuid()).pw_name, home, root, config, data)


def system_place(environ: Mapping[str, str], user: str | None, root: Path = Path("/")) -> Place:
    """The system's folders, for a service that runs as ``user``, ``SUDO_USER`` or the owner of this folder.

    :raises KioskError: ``install_user``: none of them, nobody of that name, or root.
    """
    name = user or environ.get("SUDO_USER") or _owner(ROOT)
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise KioskError("install_user", user=name) from None
    if found.pw_uid == 0:
        raise KioskError("install_user", user=name)
    home = Path(found.pw_dir)
    return Place(True, name, home, root, home / ".config", home / ".local/share")


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        return ""
