"""A Debian binary package written without Debian's tools (deb(5), format 2.0): any machine can, the same twice.

An ``ar`` archive of three members: ``debian-binary``, ``control.tar.xz``, ``data.tar.xz``. Every file is root's.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from kiosk.ops.bundle import archive

#: Modes of folders, of plain files, of programs.
FOLDER, PLAIN, PROGRAM = 0o755, 0o644, 0o755


def write(target: Path, control: Mapping[str, bytes], folder: Path) -> None:
    """Write ``target`` from the files of the package (``folder`` stands for ``/``) and its control files by name.

    ``md5sums`` is made here. A link stays a link; a file that its owner may run is a program. Whole or not at all.
    """
    sums = "".join(f"{_md5(path)}  {_name(path, folder)}\n" for path in _files(folder) if not path.is_symlink())
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": _control({**control, "md5sums": sums.encode()}),
        "data.tar.xz": _data(folder),
    }
    temporary = target.with_name(target.name + ".part")
    try:
        with temporary.open("wb") as out:
            out.write(b"!<arch>\n")
            for name, content in members.items():
                header = f"{name:<16}{archive.date():<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
                out.write(header.encode("ascii") + content + b"\n" * (len(content) % 2))
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def installed_kib(folder: Path) -> int:
    """What ``Installed-Size`` says: KiB, a folder or a link counted as one (deb-substvars(5))."""
    return sum(
        1 if path.is_symlink() or path.is_dir() else -(-path.stat().st_size // 1024) for path in folder.rglob("*")
    )


def _files(folder: Path) -> list[Path]:
    """Files and links, in one order on every machine."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return sorted(found, key=lambda path: _name(path, folder).encode())


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _control(files: Mapping[str, bytes]) -> bytes:
    scripts = {"preinst", "postinst", "prerm", "postrm"}

    def members() -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        yield _member(".", tarfile.DIRTYPE, FOLDER), b""
        for name in sorted(files):
            yield _member(f"./{name}", tarfile.REGTYPE, PROGRAM if name in scripts else PLAIN), files[name]

    return _packed(members())


def _data(folder: Path) -> bytes:
    def members() -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        yield _member(".", tarfile.DIRTYPE, FOLDER), b""
        for path in sorted(folder.rglob("*"), key=lambda path: _name(path, folder).encode()):
            name = f"./{_name(path, folder)}"
            if path.is_symlink():
                link = _member(name, tarfile.SYMTYPE, 0o777)
                link.linkname = os.readlink(path)
                yield link, b""
            elif path.is_dir():
                yield _member(name, tarfile.DIRTYPE, FOLDER), b""
            else:
                mode = PROGRAM if path.stat().st_mode & 0o100 else PLAIN
                yield _member(name, tarfile.REGTYPE, mode), path.read_bytes()

    return _packed(members())


def _member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.mtime = kind, mode, archive.date()
    member.uname = member.gname = "root"
    return member


def _packed(members: Iterator[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return lzma.compress(raw.getvalue(), preset=6)
