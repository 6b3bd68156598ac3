"""The set-up step that compiles every page of the kiosk: ``python -m kiosk.ops.page_build``.

A service of the system sees its code read-only and could keep nothing: each start would compile each page at its first
display, 0.3 s of a small machine for one. What is made is read by any account, and belongs to whoever sets up.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from kiosk.app import create_app, create_kiosk
from kiosk.ground.config import Settings

#: Another program's, with filters of its own: its machine is no Raspberry Pi.
APART = "centre/"


def build() -> int:
    """Compile what is not compiled yet, beside its source. Returns how many pages the kiosk has."""
    with tempfile.TemporaryDirectory() as folder:
        kiosk = create_kiosk(Settings(data_dir=Path(folder)))
        try:
            env = create_app(kiosk.settings, kiosk=kiosk).jinja_env
            names = [name for name in env.list_templates(extensions=("html",)) if not name.startswith(APART)]
            for name in names:
                env.get_template(name)
        finally:
            kiosk.database.close()
    return len(names)


if __name__ == "__main__":
    build()
