"""Identifiers this kiosk makes: UUID version 7 (RFC 9562 section 5.7), which sort by time."""

from __future__ import annotations

import secrets
import uuid

#: What the identifiers of this kiosk's own invented sessions begin with (``kiosk.domain.demonstration``). A centre's
#: demonstration has others (``DEMO-C-``): to a kiosk they are sessions like any.
INVENTED = "DEMO-S-"


#: … of the sessions (and, with more, of the people and classes) that a teacher made on this kiosk; of its rehearsals.
MADE_HERE, REHEARSAL = "ICI-", "ESSAI-"


def invented(session_id: str) -> bool:
    """Whether a session is one of this kiosk's demonstration."""
    return session_id.startswith(INVENTED)


def made_here(id: str) -> bool:
    """Whether a session, a speaker or a class was made on this kiosk: a centre's change never touches it."""
    return id.startswith(MADE_HERE)


def kept_apart(id: str) -> bool:
    """Whether something is a teacher's or a rehearsal's: no file and no centre may say anything of it."""
    return id.startswith((MADE_HERE, REHEARSAL))


def rehearsed(session_id: str) -> bool:
    """Whether a session is a rehearsal, with invented pupils."""
    return session_id.startswith(REHEARSAL)


def feigned(session_id: str) -> bool:
    """Whether a session is no real one: of the demonstration, or a rehearsal."""
    return session_id.startswith((INVENTED, REHEARSAL))


def kept_here(session_id: str) -> bool:
    """Whether a session is this kiosk's alone: nothing of it is ever told to a centre, nor counted with the others."""
    return session_id.startswith((INVENTED, MADE_HERE, REHEARSAL))


def uuid7(now_ms: int) -> str:
    """A UUID of version 7 for a UTC instant in milliseconds."""
    value = (
        (now_ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    )
    return str(uuid.UUID(int=value))
