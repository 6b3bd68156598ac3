"""Which counts of a class may leave it (contract, section 3, ``reflection.summary``): never one under five, nor one
whose complement is 1 to 4; what hides one hides the next smallest too, so that nothing is deduced from a total.
"""

from __future__ import annotations

from collections.abc import Mapping

#: No number of pupils, answers or questions below this leaves a class.
SMALLEST = 5


def counted(*parts: int) -> list[int]:
    """The parts of a whole as they may be added up, told and compared: one below five counts for nothing, and so for
    none of the totals it would be found again in. Whatever is made of these alone says nothing of it.
    """
    return [n if n >= SMALLEST else 0 for n in parts]


def may_leave(count: int, total: int) -> bool:
    """Whether a count may be told beside the total it is a part of."""
    return count >= SMALLEST and not 0 < total - count < SMALLEST


def shareable(counts: Mapping[str, int], total: int, *, every: int = 0) -> dict[str, int]:
    """The counts of a set that may be told, in their order. ``every``: how many members the set has when each is known
    (the three steps of « useful »): one of zero that is left out is then hidden as the others are.
    """
    told = {code: n for code, n in counts.items() if may_leave(n, total)}
    alone = {code for code, n in counts.items() if n and code not in told}
    while told:
        hidden = {code: n for code, n in counts.items() if n and code not in told}
        small = bool(hidden) and (sum(hidden.values()) < SMALLEST or len(hidden) == 1 and set(hidden) == alone)
        if not small and every - len(told) != 1:
            break
        del told[min(reversed(list(told)), key=lambda code: told[code])]
    return told
