"""The dossier of a session (contract, section 3): what to read or do before it, and after."""

from __future__ import annotations

from urllib.parse import urlsplit

from kiosk.domain.views import SessionView
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Item:
    """``url`` is an https address, or empty; ``host`` is where the address given leads, be it one to open or not."""

    title: str
    text: str
    url: str
    host: str


def listed(session: SessionView | None, moment: str) -> list[Item]:
    """The items of a moment (``before``, ``after``), in the centre's order; those that say nothing are left out."""
    found = [_item(one) for one in (session.dossier if session else []) if one.get("moment") == moment]
    return [one for one in found if one.title or one.text or one.url]


def _item(held: dict[str, object]) -> Item:
    title, text, url = (str(held.get(key) or "").strip() for key in ("title", "text", "url"))
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # no address at all
        return Item(title, text, "", "")
    return Item(title, text, url if parts.scheme == "https" and host else "", host)
