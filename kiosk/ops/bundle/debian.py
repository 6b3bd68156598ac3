"""``kiosk bundle --deb``: the package for Debian 12 and 13, and Raspberry Pi OS of the same numbers.

The code, the pages and the libraries of each Python (as wheels) lie in ``/opt/kiosque-metiers``; the environment is
made there when the package is installed, without a network. What a person may change is in ``/etc``, data in
``/var/lib``.
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from pathlib import Path

from kiosk.ground.config import ROOT
from kiosk.ground.edition import Edition
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.ops.bundle import archive, deb, wheels
from kiosk.ops.install import service

NAME = "kiosque-metiers"
#: Debian's word for the machine of a platform; the Pythons of Debian 12 and 13.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PYTHONS = ("3.11", "3.13")
DATA = Path(__file__).resolve().parents[1] / "data" / "debian"
HOME, STATE = Path(f"/opt/{NAME}"), Path(f"/var/lib/{NAME}")
CONFFILES = (f"/etc/{NAME}/kiosk.toml", f"/etc/default/{NAME}")
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
#: Nothing of these serves there: another system's set-up, what packages of Debian do not carry.
_NOT_THERE = ("run.ps1", "LICENSE", "setup.cfg", "pyproject.toml")


def version(edition: Edition) -> str:
    """The package's version: of two commits of one number, the later one is the greater (deb-version(7))."""
    digits = "".join(c for c in edition.made if c.isdigit())[:14]
    return edition.version + (f"+{digits}.{edition.commit}" if digits and edition.commit else "")


def platform(machine: str) -> wheels.Platform:
    """The platform whose wheels go into a package for a machine. :raises KioskError: ``bundle_platform``."""
    for one in wheels.PLATFORMS.values():
        if one.machine in ARCHITECTURES and one.machine == machine:
            return one
    raise KioskError("bundle_platform", name=machine, known="raspberry, linux")


@dataclass(frozen=True)
class Parts:
    """What goes into a package: ``fill`` puts the unpacked bundle in the folder that it is given; ``beside``: files of
    the system (path under ``/`` → text); ``machine`` and ``pythons`` that the libraries are for.
    """

    fill: Callable[[Path], None]
    beside: Mapping[str, str]
    machine: str
    pythons: Sequence[str]


def build(scratch: Path, parts: Parts, edition: Edition, output: Path) -> Path:
    """Make the package in ``output``, by way of the empty folder ``scratch``."""
    root = scratch / "root"
    home = root / HOME.relative_to("/")
    home.mkdir(parents=True)
    parts.fill(home)
    for name in _NOT_THERE:
        (home / name).unlink(missing_ok=True)
    for path in home.rglob("*"):
        if path.is_file() and path.read_bytes()[:2] == b"#!":
            path.chmod(deb.PROGRAM)
    archive.write_sums(home)
    _settings(root, home)
    _system(root)
    _documents(root, edition)
    for name, text in parts.beside.items():
        if "/man/" in name:
            _put_gz(root / f"{name}.gz", text)
        else:
            _put(root / name, text)
    target = output / f"{NAME}_{version(edition)}_{ARCHITECTURES[parts.machine]}.deb"
    deb.write(target, _control(root, edition, parts), root)
    return target


def unit() -> str:
    """The service of the package: as ``kiosk install --system`` writes it, on the folders of the package."""
    lines = [
        "[Unit]",
        "Description=Kiosque Métiers en direct",
        "Documentation=man:kiosk(1)",
        "After=network.target",
        *service.STARTS,
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=main",
        f"WorkingDirectory={HOME}",
        f"Environment=PYTHONPATH={HOME} PYTHONUTF8=1 PYTHONUNBUFFERED=1 KIOSK_DATA_DIR={STATE}",
        'Environment="KIOSK_TYPED=sudo kiosk"',
        f"EnvironmentFile=-/etc/default/{NAME}",
        f"ExecStart={HOME}/.venv/bin/python -m kiosk serve",
        *service.LIFE,
        "",
        f"User={NAME}",
        f"StateDirectory={NAME}",
        "StateDirectoryMode=0700",
        "AmbientCapabilities=CAP_NET_BIND_SERVICE",
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
        *service.SIMPLE,
        *service.NAMESPACES,
        "PrivateTmp=yes",
        "ProtectHome=yes",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


# -- inside ------------------------------------------------------------------------------------------


def _settings(root: Path, home: Path) -> None:
    """The settings are the person's: in ``/etc``, where the package's folder has a link to them."""
    kept = root / "etc" / NAME / "kiosk.toml"
    kept.parent.mkdir(parents=True)
    shutil.move(home / "config" / "kiosk.toml", kept)
    (home / "config" / "kiosk.toml").symlink_to(f"/etc/{NAME}/kiosk.toml")
    _put(root / "etc/default" / NAME, _read("default"))


def _system(root: Path) -> None:
    """The command and the units."""
    _put(root / "usr/bin/kiosk", _read("kiosk"), deb.PROGRAM)
    _put(root / "usr/lib" / NAME / "cle", _read("cle"), deb.PROGRAM)
    units = root / "usr/lib/systemd/system"
    _put(units / f"{NAME}.service", unit())
    _put(units / f"{NAME}-cle.service", _read(f"{NAME}-cle.service"))
    _put(root / "usr/share/lintian/overrides" / NAME, _read("overrides"))


def _documents(root: Path, edition: Edition) -> None:
    """``copyright`` and both changelogs, as Debian's policy wants them (12.5, 12.7)."""
    folder = root / "usr/share/doc" / NAME
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    head, _blank, terms = licence.partition("\n\n")[2].partition("\n\n")
    text = "\n".join(f" {line}" if line.strip() else " ." for line in terms.rstrip().splitlines())
    holders = head.replace("Copyright (c) ", "").strip()
    _put(folder / "copyright", _read("copyright").replace("@HOLDERS@", holders).replace("@LICENCE@", text))
    entry = f"{NAME} ({version(edition)}) stable; urgency=medium\n\n"
    entry += f"  * {edition}: see {HOME}/CHANGELOG.md\n\n -- {_maintainer()}  {_rfc822()}\n"
    _put_gz(folder / "changelog.gz", entry)


def _control(root: Path, edition: Edition, parts: Parts) -> dict[str, bytes]:
    oldest, newest = parts.pythons[0], parts.pythons[-1]
    fields = f"""Package: {NAME}
Version: {version(edition)}
Architecture: {ARCHITECTURES[parts.machine]}
Maintainer: {_maintainer()}
Installed-Size: {deb.installed_kib(root)}
Depends: python3 (>= {oldest}), python3 (<< {_next(newest)}), python3-venv, adduser, init-system-helpers (>= 1.54)
Recommends: udev
Suggests: chromium, fonts-noto-color-emoji
Section: education
Priority: optional
Description: classroom kiosk for live talks with professionals
 A server for one classroom: pupils ask their questions from their phones, the
 teacher moderates, a large display shows what the speaker is asked. It works
 without the Internet.
 .
 The service starts with the machine; "sudo kiosk pin show" tells the teacher's
 code. Settings are in /etc/{NAME}, data in /var/lib/{NAME}.
"""
    triggers = [f"interest-noawait /usr/bin/python{python}" for python in ("3", *parts.pythons)]
    scripts = {name: _read(name).replace("@VERSION@", version(edition)).encode() for name in SCRIPTS}
    return {
        "control": fields.encode(),
        "conffiles": ("\n".join(CONFFILES) + "\n").encode(),
        "triggers": ("\n".join(triggers) + "\n").encode(),
        **scripts,
    }


def _next(python: str) -> str:
    """The Python after one: ``3.14`` after ``3.13``."""
    major, _dot, minor = python.partition(".")
    return f"{major}.{int(minor) + 1}"


def _maintainer() -> str:
    """Who made this package: what Debian's tools ask for, else nobody who could be written to."""
    name = os.environ.get("DEBFULLNAME") or "Kiosque Metiers en direct"
    return f"{name} <{os.environ.get('DEBEMAIL') or 'kiosque-metiers@localhost.localdomain'}>"


def _rfc822() -> str:
    return formatdate(archive.date())


def _read(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def _put(path: Path, text: str, mode: int = deb.PLAIN) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    path.chmod(mode)


def _put_gz(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
