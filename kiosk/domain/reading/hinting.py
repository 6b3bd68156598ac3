"""What a whole text says without a word that is on a list: a remark that hurts, a pupil's health or family.

What pupils write is data (`config/hints-fr.toml`), read as that of a pupil in danger is (`constructions.py`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from kiosk.contract.reading import spelling
from kiosk.domain.reading import likeness
from kiosk.domain.reading.constructions import Reader
from kiosk.domain.reading.rudeness import RUDE
from kiosk.ground.i18n import N_

HEALTH = N_("Une question de santé qui peut désigner un élève : reformulez-la en général, elle mérite une réponse.")
SITUATION = N_("Une situation de famille : reformulez-la en général, elle mérite une réponse.")

#: « t'as » is no « t'es », which « t » alone is read as.
_YOU_HAVE = re.compile(r"\bt['’](?=as\b|avais\b|auras\b)", re.IGNORECASE)
_HAS_YOU = re.compile(r"\bt['’]a\b", re.IGNORECASE)
FILE = Path(__file__).resolve().parents[3] / "config" / "hints-fr.toml"
#: What a group's name begins with → its advice; a longer beginning wins.
_ADVICE = {"rude": RUDE, "health": HEALTH, "health_family": SITUATION}


def find(text: str) -> Iterator[tuple[str, int, int, str]]:
    """A hint for each kind that a text fits, of the whole of it (kind, 0, 0, advice)."""
    told = set()
    for name in reader().fitting(_HAS_YOU.sub("ta", _YOU_HAVE.sub("tu ", text))):
        kind = name.partition("_")[0]
        if kind not in told:
            told.add(kind)
            yield kind, 0, 0, _ADVICE.get(name, _ADVICE[kind])


def alike(text: str) -> Iterator[tuple[str, int, int, str]]:
    """A hint for each kind whose sentences a text is surely like, of the whole of it, as :func:`find` tells them."""
    for kind in ("rude", "health"):
        if kind in likeness.kinds(text):
            yield kind, 0, 0, _ADVICE[kind]


@lru_cache(maxsize=1)
def reader(path: Path = FILE) -> Reader:
    """The constructions, read once."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Reader({**data, "spelling": {**spelling.spellings(), **data["spelling"]}})
