"""Formats of a session: which phases, how many minutes each. Data: `config/formats.toml`, read once."""

import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from kiosk.domain.phases import TIMED
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).resolve().parents[2] / "config" / "formats.toml"


@dataclass(frozen=True)
class Format:
    """One format. `label` is a msgid; `phases` = (name, usual minutes) in order; `duration_min` is
    their sum.
    """

    code: str
    label: str
    phases: tuple[tuple[str, int], ...]

    @property
    def duration_min(self) -> int:
        """The usual length of the whole session, in minutes."""
        return sum(minutes for _name, minutes in self.phases)


@lru_cache(maxsize=None)
def registry(path: Path = FILE) -> Registry[Format]:
    """Return the formats of a file; a mistake in it is a ValueError that names the format."""
    with path.open("rb") as file:
        tables = tomllib.load(file)
    return Registry("format", [_format(code, table) for code, table in tables.items()])


def phases_for(format: str, duration_min: int, given: Iterable[Any] | None = None) -> list[tuple[str, int]]:
    """Return the timed phases of a session as [(name, minutes)].

    `given` (the session's own phases: mappings or objects with `name` and `minutes`, or pairs) wins
    when it holds at least one phase this kiosk knows; names it does not know are left out (contract:
    the unknown is ignored). Otherwise the format's minutes, shared in proportion when `duration_min`
    differs from the usual one. An unknown format is shared like `custom`: a centre may know formats
    that this kiosk does not.
    """
    own = _given(given or ())
    if own:
        return own
    known = registry()
    phases = known.get(format if format in known else "custom").phases
    return share(phases, duration_min)


def share(phases: Iterable[tuple[str, int]], total: int) -> list[tuple[str, int]]:
    """Share `total` minutes in the proportions of `phases`: whole minutes, at least one each, and an
    exact sum.

    The largest remainder wins. With fewer minutes than phases each one still gets a minute.
    """
    shape = list(phases)
    weight = sum(minutes for _name, minutes in shape)
    spare = max(total, len(shape)) - len(shape)
    exact = [max(0.0, minutes * max(total, len(shape)) / weight - 1) for _name, minutes in shape]
    scale = spare / sum(exact) if sum(exact) else 0.0
    exact = [part * scale for part in exact]
    whole = [int(part + 1e-9) for part in exact]
    by_remainder = sorted(range(len(shape)), key=lambda i: (whole[i] - exact[i], i))
    for i in by_remainder[: spare - sum(whole)]:
        whole[i] += 1
    return [(name, 1 + part) for (name, _minutes), part in zip(shape, whole)]


def _given(phases: Iterable[Any]) -> list[tuple[str, int]]:
    pairs = []
    for phase in phases:
        if isinstance(phase, Mapping):
            name, minutes = phase.get("name"), phase.get("minutes")
        elif isinstance(phase, (tuple, list)):
            name, minutes = phase
        else:
            name, minutes = phase.name, phase.minutes
        if name in TIMED and isinstance(minutes, int) and minutes > 0:
            pairs.append((str(name), minutes))
    return pairs


def _format(code: str, table: Mapping[str, Any]) -> Format:
    try:
        phases = tuple((str(name), int(minutes)) for name, minutes in table["phases"])
        label = str(table["label"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"config/formats.toml, [{code}]: {error!r}") from error
    wrong = [name for name, minutes in phases if name not in TIMED or minutes < 1]
    if wrong or not phases:
        raise ValueError(f"config/formats.toml, [{code}]: phases must be {', '.join(TIMED)} of one minute or more")
    return Format(code, label, phases)
