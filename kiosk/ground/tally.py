"""How many times each code was met since somebody last asked."""

from __future__ import annotations


class Tally:
    """Codes of a registry, never what was sent: there are as many as the registry has."""

    def __init__(self) -> None:
        self._met: dict[str, int] = {}

    def count(self, code: str) -> None:
        """Once more."""
        self._met[code] = self._met.get(code, 0) + 1

    def take(self) -> list[tuple[str, int]]:
        """(code, times) since the last call, the most frequent first; from any thread."""
        met, self._met = self._met, {}
        return sorted(met.items(), key=lambda one: (-one[1], one[0]))
