"""A browser's random token, and the little that is kept of it. Pages and sockets share these rules."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping

#: The two cookies strictly needed: a pupil's random token, the teacher's.
DEVICE_COOKIE = "kiosk_device"
TEACHER_COOKIE = "kiosk_teacher"
PATTERN = re.compile(r"[A-Za-z0-9_-]{8,64}")


def known(token: object) -> str | None:
    """The token if it has the right form, else None."""
    return token if isinstance(token, str) and PATTERN.fullmatch(token) else None


def teacher_cookie(port: int) -> str:
    """The name of the teacher's cookie where another kiosk has the plain one: browsers share cookies among the ports
    of a host, and one kiosk's would put out the other's.
    """
    return f"{TEACHER_COOKIE}_{port}"


def teacher_token(cookies: Mapping[str, str], port: int) -> str:
    """The teacher's token in a browser's cookies for the kiosk on that port; empty for a pupil."""
    return cookies.get(teacher_cookie(port)) or cookies.get(TEACHER_COOKIE, "")


def new() -> str:
    """A fresh token of 96 random bits."""
    return secrets.token_urlsafe(12)


def author_of(device: str, session_id: str | None) -> str:
    """What is stored of a pupil's device: a hash that differs at each session, so nothing links two of them."""
    return hashlib.sha256(f"{device}|{session_id or ''}".encode()).hexdigest()[:32]
