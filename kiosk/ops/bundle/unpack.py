"""A bundle opened with suspicion: only plain files under one folder, every one of them in its ``SHA256SUMS``."""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from kiosk.ground import diskwords
from kiosk.ground.errors import KioskError
from kiosk.ops.bundle import archive

#: Far above what a bundle holds; a file that says more is not one.
MOST_FILES, MOST_BYTES = 5_000, 500_000_000


def unpack(path: Path, folder: Path) -> dict[str, Any]:
    """Unpack and check into ``folder`` (made); returns the facts of ``bundle.json``.

    :raises KioskError: ``file_missing``, ``upgrade_invalid`` with what is wrong.
    """
    diskwords.must_read(path)
    beside = path.parent / "SHA256SUMS"
    if beside.is_file() and path.stat().st_size < MOST_BYTES:
        lines = (line.partition("  ") for line in beside.read_text("utf-8").splitlines() if "  " in line)
        said = {name: digest for digest, _, name in lines}
        if path.name in said and said[path.name] != archive.sha256(path):
            raise KioskError("upgrade_invalid", detail=f"SHA256SUMS : {path.name}")
    try:
        members = _zip if zipfile.is_zipfile(path) else _tar
        _write(members(path), folder)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise KioskError("upgrade_invalid", detail=str(error) or type(error).__name__) from None
    return facts(folder)


def facts(folder: Path) -> dict[str, Any]:
    """What an unpacked bundle says of itself, once each of its files is the one that was packed."""
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        found = {file.relative_to(folder).as_posix() for file in archive.files(folder)} - archive.UNWATCHED
        if found != set(sums):
            raise ValueError(f"SHA256SUMS : {min(found ^ set(sums))}")
        for name, digest in sums.items():
            if archive.sha256(folder / name) != digest:
                raise ValueError(f"SHA256SUMS : {name}")
        held = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        if held.get("name") != "kiosque-metiers" or not isinstance(held.get("version"), str):
            raise ValueError("bundle.json")
    except (OSError, ValueError, AttributeError) as error:
        raise KioskError("upgrade_invalid", detail=str(error)) from None
    return dict(held)


def _tar(path: Path) -> Iterator[tuple[str, int, int, IO[bytes]]]:
    with tarfile.open(path, "r:gz") as packed:
        for member in packed:
            if member.isdir():
                continue
            file = packed.extractfile(member) if member.isreg() else None
            if file is None:
                raise ValueError(member.name)
            yield member.name, member.size, member.mode, file


def _zip(path: Path) -> Iterator[tuple[str, int, int, IO[bytes]]]:
    with zipfile.ZipFile(path) as packed:
        for member in packed.infolist():
            if not member.is_dir():
                with packed.open(member) as file:
                    yield member.filename, member.file_size, member.external_attr >> 16, file


def _write(members: Iterator[tuple[str, int, int, IO[bytes]]], folder: Path) -> None:
    count = total = 0
    for name, size, mode, file in members:
        count, total = count + 1, total + size
        parts = PurePosixPath(name).parts
        if count > MOST_FILES or total > MOST_BYTES:
            raise ValueError("trop grand / too big")
        if len(parts) < 2 or ".." in parts or name.startswith("/") or "\\" in name or ":" in name:
            raise ValueError(name)
        target = folder.joinpath(*parts[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            shutil.copyfileobj(file, out)
        target.chmod(0o755 if mode & 0o100 else 0o644)
