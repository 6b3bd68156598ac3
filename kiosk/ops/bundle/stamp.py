"""Whether built pages are those of the sources: the stamp that ``run.sh`` leaves beside them, computed anew.

It is POSIX ``cksum`` of every source in byte order of path (``client_stamp`` in ``run.sh``), so that a shell
without Python can compare it.
"""

from __future__ import annotations

from pathlib import Path

_POLYNOMIAL = 0x04C11DB7


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = ((value << 1) ^ _POLYNOMIAL if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return table


def cksum(data: bytes) -> str:
    """CRC and length as ``run.sh`` writes them: ``4294967295-0`` for nothing."""
    table, crc, length = _table(), 0, len(data)
    tail = length.to_bytes((length.bit_length() + 7) // 8, "little")
    for byte in data + tail:
        crc = ((crc << 8) & 0xFFFFFFFF) ^ table[(crc >> 24) ^ byte]
    return f"{crc ^ 0xFFFFFFFF}-{length}"


def of(root: Path) -> str:
    """The stamp of the sources under ``root``."""
    found = []
    for folder in ("static/js", "static/css", "kiosk/locale"):
        for path in (root / folder).rglob("*"):
            if path.is_file() and path.suffix != ".mo" and not path.name.startswith("."):
                found.append(path)
    found.sort(key=lambda path: path.as_posix().encode())
    found += [root / "config/client/package-lock.json"]
    found += [root / "kiosk/ops/client_build.py", root / "kiosk/ops/older_css.py"]
    return cksum(b"".join(path.read_bytes() for path in found))
