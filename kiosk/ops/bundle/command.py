"""``kiosk bundle``: code, libraries, pages already built, inventory and sums, in one archive by kind of machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kiosk import __version__
from kiosk.ground import diskwords
from kiosk.ground.config import ROOT
from kiosk.ground.edition import Edition, current
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_, _
from kiosk.ops.bundle import archive, debian, licences, sbom, signature, stamp, wheels
from kiosk.web.frame import build

#: What a kiosk in service needs of this folder.
CONTENT = (
    "kiosk",
    "templates",
    "static",
    "docs",
    "config",
    "run.sh",
    "run.ps1",
    "setup.cfg",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
)
#: Never in a bundle: caches, tools of set-up, what this machine wrote, hidden files (the build's stamp excepted).
_LEFT_OUT = re.compile(
    r"(^|/)(__pycache__|node_modules|\.(?!stamp$)[^/]*|(?<=static/)build\.[^/]+|[^/]*\.pyc|local\.toml"
    r"|[^/]*\.damaged-[^/]*)(/|$)"
)
LOCK = ROOT / "config" / "requirements.lock"
_ACTIVE = re.compile(r"^(?=[^#\s])", re.MULTILINE)


def make(
    platform: str,
    pythons: Sequence[str],
    output: Path,
    *,
    with_settings: bool = False,
    key: Path | None = None,
    package: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Make the archive in the folder ``output``, with its line in ``SHA256SUMS``; yields what to tell.

    ``package``: a Debian package of it, for the Pythons of Debian, with these files beside (path under ``/`` → text).

    ``with_settings``: with this machine's ``config/kiosk.toml`` as it is (it may hold a password); else every setting
    of the bundle is at rest. ``key``: an OpenSSH private key that signs it.

    :raises KioskError: ``bundle_not_built``, ``bundle_platform``, ``bundle_download``, ``file_missing`` (no such key),
        ``signature_tool``, ``signature_failed``.
    """
    target = _target(platform, key, package is not None)
    versions = tuple(pythons) or (debian.PYTHONS if package is not None else target.pythons)
    label = f"{_system(target)}-{target.machine.lower()}" if platform == "here" else platform
    edition = replace(_edition(), package="" if package is None else "deb")
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        libraries = Path(scratch) / "wheels"
        libraries.mkdir()
        for version in versions:
            yield _("Bibliothèques pour Python %(version)s…", version=version)
            wheels.download(LOCK, version, None if target.name == "here" else target, libraries)

        def fill(folder: Path) -> None:
            _copy(folder, with_settings)
            shutil.copytree(libraries, folder / "wheels")
            _describe(folder, target, versions, label, edition)

        if package is not None:
            yield _("Paquet Debian…")
            parts = debian.Parts(fill, package, target.machine, versions)
            path = debian.build(Path(scratch), parts, edition, output)
        else:
            path = _archived(Path(scratch) / _name(edition, label), fill, output, target, key)
    sums = archive.list_beside(path)
    size = round(path.stat().st_size / 1e6, 1)
    yield _("%(path)s : %(size)s Mo, somme dans %(sums)s.", path=path, size=size, sums=sums)
    if package is not None:
        yield _("Sur l’autre machine : sudo apt install ./%(name)s", name=path.name)
    else:
        yield _("Sur l’autre machine : décompressez, puis ./run.sh --offline (Windows : run.ps1 -Offline).")


def _target(platform: str, key: Path | None, package: bool) -> wheels.Platform:
    """The machine meant, once all that the bundle needs is there."""
    if platform != "here" and platform not in wheels.PLATFORMS:
        raise KioskError("bundle_platform", name=platform, known=", ".join(["here", *wheels.PLATFORMS]))
    if key is not None:
        diskwords.must_read(key)
    if not _built():
        raise KioskError("bundle_not_built")
    target = wheels.here() if platform == "here" else wheels.PLATFORMS[platform]
    return debian.platform(target.machine) if package else target


def _name(edition: Edition, label: str) -> str:
    """What an archive is called: two commits of one number have two names."""
    words = ["kiosque-metiers", __version__, edition.made[:10].replace("-", ""), edition.commit, label]
    return "-".join(filter(None, words))


def _archived(
    folder: Path, fill: Callable[[Path], None], output: Path, target: wheels.Platform, key: Path | None
) -> Path:
    """What ``fill`` puts in ``folder``, with its sums, packed in ``output``."""
    fill(folder)
    archive.write_sums(folder)
    if key is not None:
        signature.sign(folder, key)
    path = output / (folder.name + (".zip" if target.os_name == "nt" else ".tar.gz"))
    archive.pack(folder, path)
    return path


def list_licences() -> str:
    """Every library of the kiosk and of its pages, with its licence."""
    return licences.table([*licences.of_lock(LOCK), *licences.of_client(tools=False)])


def _built() -> bool:
    held = build.BUILD / ".stamp"
    return bool(build.manifest()) and held.exists() and held.read_text(encoding="utf-8").strip() == stamp.of(ROOT)


def _system(target: wheels.Platform) -> str:
    return {"linux": "linux", "win32": "windows", "darwin": "macos"}.get(target.system, target.system)


def _copy(folder: Path, with_settings: bool) -> None:
    for entry in CONTENT:
        for path in sorted((ROOT / entry).rglob("*")) if (ROOT / entry).is_dir() else [ROOT / entry]:
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and not _LEFT_OUT.search(name):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / name)
    (folder / "run.sh").chmod(0o755)
    settings = folder / "config" / "kiosk.toml"
    if not with_settings and settings.exists():
        settings.write_text(_ACTIVE.sub("#", settings.read_text(encoding="utf-8")), encoding="utf-8")


def _edition() -> Edition:
    """The commit that is bundled and its instant, as Git tells them; a bundle's own are carried along."""
    words = [
        "git",
        "-C",
        str(ROOT),
        "log",
        "-1",
        "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
        "--format=%h %cd",
        "--abbrev=7",
    ]
    try:
        said = subprocess.run(
            words, capture_output=True, text=True, env={**os.environ, "TZ": "UTC"}, check=False
        ).stdout
    except OSError:
        said = ""
    commit, _space, made = said.strip().partition(" ")
    return Edition(__version__, commit, made) if made else current()


def _describe(folder: Path, target: wheels.Platform, versions: Sequence[str], label: str, edition: Edition) -> None:
    found = licences.of_wheels(folder / "wheels")
    hashes: dict[str, list[str]] = {}
    for wheel in sorted((folder / "wheels").glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        url = licences.Package("pypi", name.lower().replace("_", "-"), version, "").url
        hashes.setdefault(url, []).append(archive.sha256(wheel))
    client = licences.of_client(tools=False)
    (folder / "sbom.cdx.json").write_text(sbom.document([*found, *client], hashes), encoding="utf-8")
    page = f"# {_(N_('Licences'))}\n\nKiosque Métiers en direct : MIT.\n\n{licences.table([*found, *client])}\n"
    (folder / "LICENCES.md").write_text(page, encoding="utf-8")
    facts = {
        "name": "kiosque-metiers",
        "version": __version__,
        "commit": edition.commit,
        "made": edition.made,
        "platform": label,
        "system": target.system,
        "machine": target.machine,
        "pythons": list(versions),
        "schema": schema(),
        "package": edition.package,
    }
    (folder / "bundle.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    # For shells, which read no JSON.
    text = f"machine {target.machine}\npythons {' '.join(versions)}\n"
    (folder / "wheels" / "FITS").write_text(text, encoding="utf-8", newline="\n")


def schema() -> str:
    """The newest schema of the database that this code knows: the name of its last migration."""
    folder = ROOT / "kiosk" / "storage" / "migrations"
    return max((path.stem for path in folder.glob("[0-9]*.py")), default="")
