"""Takes out of a text whatever names a machine, a network or a person, or opens a door."""

from __future__ import annotations

import getpass
import ipaddress
import json
import platform
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.ground.config import SETTINGS, Settings

_MAC = re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_V6 = re.compile(r"(?<![\w:])(?=[0-9A-Fa-f]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:.]+(?:%\w+)?(?![\w:])")
#: Long runs that mix letters and digits: keys, tokens, identifiers.
_TOKEN = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}(?![\w-])")
_HOST = re.compile(r"(https?://)[^/\s\"'»]+")


def scrubbed(text: str, known: Iterable[str] = ()) -> str:
    """The text without addresses, cards, e-mails, hosts of links, tokens, nor any of the ``known`` words."""
    for word in sorted({word for word in known if len(word) > 2}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "<masqué>", text, flags=re.IGNORECASE)
    text = _CREDENTIALS.sub("<compte>@", text)
    text = _MAIL.sub("<courriel>", text)
    text = _MAC.sub("<carte>", text)
    text = _HOST.sub(r"\1<hôte>", text)
    text = _V4.sub("<adresse>", text)
    text = _V6.sub(_address, text)
    return _TOKEN.sub("<jeton>", text)


def known(settings: Settings) -> set[str]:
    """What this machine knows to be private: its names, its free-text settings and their hosts, its secrets."""
    words = {platform.node(), platform.node().partition(".")[0], str(settings.data_dir.absolute())}
    try:
        words |= {getpass.getuser(), str(Path.home())}
    except (OSError, KeyError, RuntimeError):
        pass
    for item in SETTINGS.values():
        value = getattr(settings, item.name)
        if isinstance(value, tuple):
            words |= set(value)
        if item.type != "str" or "choices" in item.metadata or not value:
            continue
        words.add(value)
        words |= _parts(value)
    try:
        held = json.loads((settings.data_dir / "secrets.json").read_text("utf-8"))
        words |= set(_texts(held))
    except (OSError, ValueError):
        pass
    return words - {"", "root", "localhost", "/", "127.0.0.1", "0.0.0.0"}


def _texts(held: object) -> Iterator[str]:
    """The texts of what a file of JSON holds, however deep; ``true`` is a word of every file, and no secret."""
    if isinstance(held, str):
        yield held
    elif isinstance(held, (dict, list)):
        for value in held.values() if isinstance(held, dict) else held:
            yield from _texts(value)


def _parts(value: str) -> set[str]:
    try:
        parts = urlsplit(value)
        return {one for one in (parts.hostname, parts.username, parts.password) if one} if parts.netloc else set()
    except ValueError:
        return set()


def _address(found: re.Match[str]) -> str:
    try:
        ipaddress.IPv6Address(found[0].partition("%")[0])
    except ValueError:
        return found[0]
    return "<adresse>"
