"""The package under test, and the same under other numbers, made by Debian's own tools from what ours wrote."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from kiosk import cli
from kiosk.cli import manual
from kiosk.ops.bundle import command

#: Versions before and after any that is built.
BEFORE, AFTER = "0.9.0", "9.9.0"


def built(folder: Path, platform: str = "linux") -> Path:
    """The package of this code for PCs (or ``raspberry``), made as a person makes it."""
    list(command.make(platform, (), folder, package=manual.files(cli.kiosk)))
    (path,) = folder.glob("*.deb")
    return path


def renumbered(package: Path, version: str) -> Path:
    """The same package as if its version were another."""
    tree = package.parent / version
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    former = re.search(r"^Version: (.+)$", control.read_text(), re.MULTILINE)
    assert former is not None
    for path in (control, *(tree / "DEBIAN" / name for name in ("preinst", "prerm", "postinst", "postrm"))):
        path.write_text(path.read_text(encoding="utf-8").replace(former[1], version), encoding="utf-8")
    target = package.parent / f"kiosque-metiers_{version}_{package.stem.rpartition('_')[2]}.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", str(tree), str(target)], check=True,
                   capture_output=True)  # fmt: skip
    return target
