"""A school's code: seven digits and a checksum letter (contract, section 2)."""

from __future__ import annotations

#: The letters a code may end with: index = number modulo 23.
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def normalise_uai(text: str) -> str | None:
    """Return a code as stored ("0951099D"): no space, upper case; None when it is not one."""
    uai = "".join(text.split()).upper()
    digits, letter = uai[:7], uai[7:]
    if len(uai) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    return uai if letter == LETTERS[int(digits) % len(LETTERS)] else None
