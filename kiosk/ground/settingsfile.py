"""The data folder's own settings (``settings.toml``, mode 600): what the first-start pages and ``kiosk provision``
were told, in the form of ``config/kiosk.toml``, whose values win over these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.ground import config, config_file, wholefile

HEAD = (
    "# Écrit par la mise en route et par « kiosk provision ». La ligne de commande, les variables KIOSK_… et le\n"
    "# fichier de réglages l'emportent. / Written by the first-start pages; other sources win.\n"
)


def read(data_dir: Path) -> dict[str, Any]:
    """Dotted name → value of what is kept; empty when nothing is. :raises KioskError: as ``config.load``."""
    path = data_dir / config.KEPT_FILE
    known = {key: item for key, item in config.SETTINGS.items() if key not in config.NEVER_KEPT}
    return (
        {key: value for key, (value, _line) in config_file.read(path, known, config.ROOT).items()}
        if (path.is_file())
        else {}
    )


def update(data_dir: Path, changes: Mapping[str, Any]) -> None:
    """Add or replace values by dotted name (None forgets one), the file whole or not at all."""
    held = {**read(data_dir), **changes}
    text = HEAD + _toml({key: value for key, value in held.items() if value is not None})
    wholefile.write(data_dir / config.KEPT_FILE, text)


def _toml(values: Mapping[str, Any]) -> str:
    """Lines of TOML: names without a table first, then table by table."""
    lines: list[str] = []
    table = ""
    for key in sorted(values, key=lambda key: (key.rpartition(".")[0], key)):
        prefix, _dot, name = key.rpartition(".")
        if prefix != table:
            lines += ["", f"[{prefix}]"]
            table = prefix
        lines.append(f"{name} = {_value(values[key])}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
