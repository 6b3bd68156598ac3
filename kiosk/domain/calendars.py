"""Sessions as a calendar file (RFC 5545), for the teacher's own diary. No network, no pupil in it.

Instants are UTC; a session keeps its UID for ever, and its ``SEQUENCE`` is the centre's revision, so that reading a
newer file moves or cancels the event already there.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.views import SessionView
from kiosk.ground import i18n, instants
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass

PRODUCT = "-//Kiosque Métiers en direct//FR"
#: Longest line, in octets, without its end (section 3.1).
FOLD = 75
#: Largest INTEGER (section 3.3.8). Beyond, DTSTAMP alone tells which file is newer.
LAST = 2**31 - 1
STATUSES = {"cancelled": "CANCELLED"}


@dataclass(frozen=True)
class Entry:
    """A session with the centre's revision, the names of this school's classes in it, and the links that are one
    class's alone (class, address).
    """

    session: SessionView
    revision: int
    classes: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


def calendar(entries: Sequence[Entry], now: int) -> bytes:
    """The file for some sessions, in the current language; ``now`` (UTC ms) is when it was made."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for entry in entries:
        lines += _event(entry, now)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(entry: Entry, now: int) -> list[str]:
    session = entry.session
    classes = ", ".join(entry.classes)
    title = f"{session.title} ({classes})" if classes else session.title
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_text(session.id)}@metiers-en-direct",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(session.starts_at)}",
        f"DTEND:{_utc(session.starts_at + session.duration_min * instants.MINUTE)}",
        f"SEQUENCE:{min(max(0, entry.revision), LAST)}",
        f"STATUS:{STATUSES.get(session.status, 'CONFIRMED')}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(_description(entry))}",
    ]
    addresses = {session.meeting_url, *(address for _class, address in entry.links)} - {""}
    if len(addresses) == 1 and (only := addresses.pop()).startswith("https://") and only.isprintable():
        lines.append(f"URL:{only}")
    return [*lines, "END:VEVENT"]


def _description(entry: Entry) -> str:
    session = entry.session
    lines = [f"{one.name}, {one.job}" for one in session.speakers]
    own = [(name, address) for name, address in entry.links if address != session.meeting_url]
    colon = " : " if i18n.current() == "fr" else ": "
    if session.meeting_url:
        lines.append(_("Visioconférence") + colon + session.meeting_url)
    lines += [_("Visioconférence, %(class)s", **{"class": name}) + colon + address for name, address in own]
    return "\n".join(lines)


def _utc(ms: int) -> str:
    return instants.rfc3339(ms)[:19].replace("-", "").replace(":", "") + "Z"


def _text(value: str) -> str:
    """A TEXT value (section 3.3.11): what has a meaning is escaped, what no calendar may hold is left out."""
    value = "\n".join(value.splitlines()).replace("\t", " ")  # Unicode's line ends too: some readers see one there
    value = "".join(c for c in value if c == "\n" or ord(c) >= 32 and ord(c) != 127)
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(plain, escaped)
    return value


def _folded(line: str) -> bytes:
    """A line with its CRLF, folded between characters, never inside one."""
    out, size = bytearray(), 0
    for character in line:
        data = character.encode("utf-8", "replace")
        if size + len(data) > FOLD:
            out += b"\r\n "
            size = 1
        out += data
        size += len(data)
    return bytes(out + b"\r\n")
