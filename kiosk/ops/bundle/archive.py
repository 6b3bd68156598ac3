"""An archive that is the same, byte for byte, whenever and wherever it is made from the same files."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import zipfile
from pathlib import Path

#: The date of every file in an archive: 2026-01-01T00:00:00Z. SOURCE_DATE_EPOCH has its usual meaning.
DATE = 1_767_225_600
#: Files whose owner may run them.
_PROGRAMS = {".sh"}
#: What the sums do not watch: theirs to change, themselves, and who signed them.
UNWATCHED = {"config/kiosk.toml", "SHA256SUMS", "SHA256SUMS.sig"}


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def files(folder: Path) -> list[Path]:
    """Every file of a folder, in one order on every machine."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix().encode())


def write_sums(folder: Path) -> None:
    """Write ``SHA256SUMS`` of a folder, as ``sha256sum -c`` reads it."""
    names = {path.relative_to(folder).as_posix(): path for path in files(folder)}
    lines = [f"{sha256(path)}  {name}\n" for name, path in names.items() if name not in UNWATCHED]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def pack(folder: Path, target: Path) -> None:
    """Write ``folder`` (its name included) to ``target``: a ``.zip``, else a ``.tar.gz``. Whole or not at all."""
    temporary = target.with_name(target.name + ".part")
    try:
        (_pack_zip if target.suffix == ".zip" else _pack_tar)(folder, temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def list_beside(target: Path) -> Path:
    """Name an archive in the ``SHA256SUMS`` of its folder; other archives' lines stay."""
    sums = target.parent / "SHA256SUMS"
    held = sums.read_text(encoding="utf-8").splitlines() if sums.exists() else []
    lines = {line.partition("  ")[2]: line for line in held if "  " in line}
    lines[target.name] = f"{sha256(target)}  {target.name}"
    text = "".join(lines[name] + "\n" for name in sorted(lines))
    sums.write_text(text, encoding="utf-8", newline="\n")
    return sums


def date() -> int:
    """The instant of every file in an archive, in seconds since 1970."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or DATE)


def _mode(path: Path) -> int:
    return 0o755 if path.suffix in _PROGRAMS else 0o644


def _pack_tar(folder: Path, target: Path) -> None:
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in files(folder):
                member = tarfile.TarInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
                member.size, member.mtime, member.mode = path.stat().st_size, date(), _mode(path)
                with path.open("rb") as file:
                    tar.addfile(member, file)


def _pack_zip(folder: Path, target: Path) -> None:
    import time

    moment = time.gmtime(date())[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in files(folder):
            member = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", moment)
            member.compress_type, member.create_system = zipfile.ZIP_DEFLATED, 3
            member.external_attr = (0o100000 | _mode(path)) << 16
            packed.writestr(member, path.read_bytes())
