"""Writes ``docs/errors.md`` from the registry: ``python -m kiosk.ops.errors_page``. A test compares the two."""

from __future__ import annotations

from pathlib import Path

import polib

from kiosk.ground.errors import ERRORS
from kiosk.ground.i18n import LOCALE_DIR

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
HEAD = """# Error codes

Every refusal, over HTTP, Socket.IO and the command line, has one shape; `code` never changes its meaning, `message`
is for the person in front of the screen, in French or English.

```json
{"ok": false, "error": {"code": "too_fast", "message": "…", "field": "text", "retry_after": 3}}
```

`field` names the input at fault, `retry_after` (seconds) says when to try again; both come when they mean something.
Over HTTP the answer has the status below; pages show the sentence with a way out. After any refusal of a question its
text is still the sender's: nothing was stored. `%(…)s` stands for a value.

This page is made by `python -m kiosk.ops.errors_page` from `kiosk/ground/errors.py`.

| code | status | French | English |
|---|---|---|---|
"""


def text() -> str:
    """The whole page."""
    english = {
        entry.msgid: entry.msgstr
        for file in sorted((LOCALE_DIR / "en").glob("*.po"))
        for entry in polib.pofile(str(file))
    }
    rows = [
        f"| `{code}` | {kind.status} | {kind.message} | {english.get(kind.message, kind.message)} |"
        for code, kind in sorted(ERRORS.items())
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
