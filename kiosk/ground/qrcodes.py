"""QR codes as plain matrices, and the payload that joins a phone to a Wi-Fi network.

The one module that knows the ``qrcode`` library. Bigger modules are read from further away, so a
code takes the smallest version that level M allows, then the highest level that fits in it.
"""

from __future__ import annotations

import re
from functools import lru_cache

import qrcode
from qrcode import constants, util

from kiosk.ground.values import dataclass

#: Light modules that the standard wants around a code (ISO/IEC 18004, 6.3.8).
QUIET = 4

_LEVELS = {
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}

#: Bytes of a text: beyond, no phone reads the code from the back of a room, and it takes more than 80 ms to draw.
LONGEST = 512

#: Lengths from which a run of digits or of capitals is worth its own, denser, segment; 0 = never.
_SPLITS = (0, 5, 9, 13)

_SECURITIES = ("WPA", "WEP", "nopass")


@dataclass(frozen=True)
class Matrix:
    """The dark modules of a code (True), row by row, without quiet zone."""

    rows: tuple[tuple[bool, ...], ...]
    version: int
    level: str

    @property
    def size(self) -> int:
        """Modules on a side, without quiet zone."""
        return len(self.rows)


@lru_cache(maxsize=64)
def matrix(payload: str) -> Matrix:
    """The code of a text (UTF-8).

    :raises ValueError: empty, or more than :data:`LONGEST` bytes.
    """
    if not payload:
        raise ValueError("a QR code needs a text")
    if len(payload.encode("utf-8")) > LONGEST:
        raise ValueError("too long for a QR code")
    segments, version = _smallest(payload)
    level = "M"
    for higher in ("Q", "H"):
        if _bits(segments, version) <= _capacity(version, higher):
            level = higher
    code = qrcode.QRCode(version=version, error_correction=_LEVELS[level], border=0)
    for segment in segments:
        code.add_data(segment, optimize=0)
    code.make(fit=False)
    rows = tuple(tuple(bool(dark) for dark in row) for row in code.get_matrix())
    return Matrix(rows, version, level)


def _smallest(payload: str) -> tuple[list[util.QRData], int]:
    """The way to cut the text, and the version, that give the fewest modules at level M."""
    ways: list[tuple[int, int, int, list[util.QRData]]] = []
    for split in _SPLITS:
        data = payload.encode("utf-8")
        if split:
            segments = list(util.optimal_data_chunks(data, minimum=split))
        else:
            segments = [util.QRData(data, mode=util.MODE_8BIT_BYTE, check_data=False)]
        version = next((v for v in range(1, 41) if _bits(segments, v) <= _capacity(v, "M")), 0)
        if version:
            ways.append((version, _bits(segments, version), len(ways), segments))
    if not ways:
        raise ValueError("too long for a QR code")
    version, _count, _order, segments = min(ways, key=lambda way: way[:3])
    return segments, version


def _bits(segments: list[util.QRData], version: int) -> int:
    """Bits of the segments in a version: mode (4), length, data (ISO/IEC 18004, 7.4)."""
    buffer = util.BitBuffer()
    for segment in segments:
        buffer.put(segment.mode, 4)
        buffer.put(len(segment), util.length_in_bits(segment.mode, version))
        segment.write(buffer)
    return len(buffer)


def _capacity(version: int, level: str) -> int:
    return util.BIT_LIMIT_TABLE[_LEVELS[level]][version]


def wifi_payload(ssid: str, password: str, security: str = "WPA", hidden: bool = False) -> str:
    """The ``WIFI:`` text that phones' cameras understand (the de-facto rule of ZXing).

    ``\\ ; , " :`` are escaped. ``WPA`` covers WPA2 and WPA3. A name or password that looks like
    hexadecimal ("B204", "20262027") is *not* put in quotes, as an old rule wants for a scanner
    of the years 2010: iPhones take the quotes as part of it and do not join (QRCoder#440).

    :raises ValueError: no name, unknown security, or a protected network without password.
    """
    if not ssid or security not in _SECURITIES:
        raise ValueError("a Wi-Fi code needs a network name and one of " + ", ".join(_SECURITIES))
    if security != "nopass" and not password:
        raise ValueError("a protected network needs its password")
    fields = [f"T:{security}", f"S:{_escaped(ssid)}"]
    if security != "nopass":
        fields.append(f"P:{_escaped(password)}")
    if hidden:
        fields.append("H:true")
    return "WIFI:" + ";".join(fields) + ";;"


def _escaped(text: str) -> str:
    return re.sub(r'([\\;,":])', r"\\\1", text)
