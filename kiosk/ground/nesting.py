"""JSON nested deeper than any message of ours is refused before a parser sees it.

Parsers do refuse it, with ``RecursionError``; but for that they go down to the interpreter's limit, and whatever the
collector ends in those frames (a closed connection, say) fails there, out of anyone's reach.
"""

from __future__ import annotations

import re

#: Levels. The deepest message (a page of changes) has seven.
DEEPEST = 64
# A string that is not closed goes to the end, as for a parser: else it would be read again from each further quote.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


def too_deep(text: str | bytes) -> bool:
    """Whether brackets, outside of strings, nest more than :data:`DEEPEST` levels. The text need not be JSON."""
    opened = text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")
    if opened <= DEEPEST:
        return False
    words = text if isinstance(text, str) else text.decode("utf-8", "replace")
    depth = 0
    for found in _TOKEN.finditer(words):
        mark = found[0]
        if mark in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif mark in "]}":
            depth -= 1
    return False
