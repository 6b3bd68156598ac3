"""Identifiers this kiosk makes: UUID version 7 (RFC 9562 section 5.7), which sort by time."""

from __future__ import annotations

import secrets
import uuid

#: What the identifiers of this kiosk's own invented sessions begin with (``kiosk.domain.demonstration``). A centre's
#: demonstration has others (``DEMO-C-``): to a kiosk they are sessions like any.
INVENTED = "DEMO-S-"


def invented(session_id: str) -> bool:
    """Whether a session is one of this kiosk's demonstration: nothing of it is ever told to a centre."""
    return session_id.startswith(INVENTED)


def uuid7(now_ms: int) -> str:
    """A UUID of version 7 for a UTC instant in milliseconds."""
    value = (
        (now_ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    )
    return str(uuid.UUID(int=value))
