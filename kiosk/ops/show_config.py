"""``kiosk config``: each setting, its value, and where it came from. Secrets are masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kiosk.ground.config import SETTINGS, Settings
from kiosk.ground.i18n import _

MASK = "•••"


def lines(settings: Settings) -> Iterator[str]:
    """One line per setting, in the order of the file, then what was ignored."""
    rows = [
        (key, shown(getattr(settings, item.name), secret=item.metadata.get("secret", False)))
        for key, item in SETTINGS.items()
    ]
    wide = max(len(key) for key, _value in rows)
    long = min(40, max(len(value) for _key, value in rows))
    for key, value in rows:
        origin = settings.origins.get(key) or _("valeur par défaut")
        yield f"{key:{wide}}  {value:{long}}  {origin}"
    yield from warnings(settings)


def warnings(settings: Settings) -> Iterator[str]:
    """A line for each ``KIOSK_…`` variable that names no setting."""
    for name, near in settings.ignored.items():
        if near:
            yield _(
                "%(name)s ne correspond à aucun réglage. Vouliez-vous dire « %(near)s » ?",
                name=name,
                near=near,
            )
        else:
            yield _("%(name)s ne correspond à aucun réglage.", name=name)


def shown(value: Any, *, secret: bool) -> str:
    """A value as the file would write it; of a secret address only the password is hidden."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(shown(one, secret=secret) for one in value) + "]"
    text = str(value)
    if secret and text:
        masked = re.sub(r"^(\w+://[^/@:]*):[^@]*(?=@)", rf"\1:{MASK}", text)
        text = masked if re.match(r"\w+://", text) else MASK
    return f'"{text}"'
