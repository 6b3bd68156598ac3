"""Schools: the UAI (seven digits and a checksum letter) and the time zone it tells (domain notes,
sections 2 and 4).
"""

from kiosk.ground.errors import KioskError
from kiosk.ground.instants import PARIS

# The 23 letters a UAI may end with: the alphabet without I, O and Q; index = number modulo 23.
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"

# Only what is not Paris time. The Pacific prefixes are NOT the INSEE codes: 987 is Wallis here and
# Polynésie for INSEE.
# Saint-Martin and Saint-Barthélemy are also met as 971 (same clock). Corse is 620 and 720: Paris time.
ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "983": "Pacific/Noumea",
    "984": "Pacific/Tahiti",
    "987": "Pacific/Wallis",
}


def normalise_uai(text: str) -> str:
    """Return a UAI as it is stored ("0951099D"): no space, upper case, checksum right.

    Raises `KioskError` `uai_length` (not seven digits and one character), `uai_letter` (the last is not
    one of the 23 letters) or `uai_checksum` (one of them, but not the right one).
    """
    uai = "".join(str(text).split()).upper()
    digits, letter = uai[:7], uai[7:]
    if len(uai) != 8 or not (digits.isascii() and digits.isdigit()):
        raise KioskError("uai_length", value=uai[:20])
    if letter not in LETTERS:
        raise KioskError("uai_letter", value=uai, letter=letter)
    if letter != checksum(digits):
        raise KioskError("uai_checksum", value=uai)
    return uai


def read_uai(text: str) -> str | None:
    """As :func:`normalise_uai`; None when it is not one, whatever is wrong with it."""
    try:
        return normalise_uai(text)
    except KioskError:
        return None


def checksum(digits: str) -> str:
    """Return the letter that goes with seven digits."""
    return LETTERS[int(digits) % len(LETTERS)]


def zone_of(uai: str | None) -> str:
    """Return the IANA zone of a school; Paris for the mainland, Corse, and when the UAI is not known."""
    return ZONES.get((uai or "")[:3], PARIS)
