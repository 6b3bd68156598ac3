"""A small ordered registry: the one shape of every closed list of the domain (themes, levels, reasons,
formats).
"""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from kiosk.ground.errors import KioskError


class Coded(Protocol):
    """What a registry holds: anything with a stable `code`."""

    @property
    def code(self) -> str:
        """What data, addresses and the contract call it; it never changes."""
        ...


T = TypeVar("T", bound=Coded)


class Registry(Generic[T]):
    """Entries in the order given, found by their `code`.

    `kind` names the error: `Registry("theme", …).get("x")` raises `KioskError("unknown_theme",
    value="x")`.
    """

    def __init__(self, kind: str, entries: Iterable[T]) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}
        for entry in entries:
            if entry.code in self._entries:
                raise ValueError(f"{kind} {entry.code!r} is registered twice")
            self._entries[entry.code] = entry

    def get(self, code: str) -> T:
        """Return the entry of that code, or raise `KioskError("unknown_<kind>")`."""
        try:
            return self._entries[code]
        except (KeyError, TypeError):
            raise KioskError(f"unknown_{self.kind}", value=str(code)) from None

    def items(self) -> list[tuple[str, T]]:
        """Return (code, entry) pairs in order, as a dict would."""
        return list(self._entries.items())

    def codes(self) -> list[str]:
        """Return the codes in order."""
        return list(self._entries)

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code in self._entries

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, code: str) -> T:
        return self.get(code)
