"""Who may do what on the teacher's pages: deny by default, allow by name.

A blueprint given to :func:`protect` refuses every request that is not the teacher's, but for the
endpoints named as open (PIN page, invitation) or as allowed to an invited moderator.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, g, request

from kiosk.domain import rooms
from kiosk.domain.people import access
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context


def protect(
    blueprint: Blueprint, *, open_to_all: Collection[str], moderators: Collection[str], room_teachers: Collection[str]
) -> None:
    """Guard a whole blueprint. The collections hold endpoint names without the blueprint's own: reached by anybody, by
    an invited moderator, by who came by a room's own code. The school's code alone opens everything.
    """

    def guard() -> None:
        name = (request.endpoint or "").rpartition(".")[2]
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            check_origin()
            if not context.csrf_ok():
                raise KioskError("csrf")
        if name in open_to_all:
            return
        grant = context.grant()
        if grant is None:
            raise KioskError("login_required")
        if grant.room_id and not context.room_code():
            g.room_code = rooms.code_of(grant.room_id)
        if grant.school:
            return
        allowed, refusal = (room_teachers, "school_code") if grant.role == "teacher" else (moderators, "teacher_only")
        if name not in allowed or grant.room_id != context.room_id():
            raise KioskError(refusal)

    blueprint.before_request(guard)


def check_origin() -> None:
    """Refuse a state change sent from another site. :raises KioskError: ``origin``."""
    if not context.kiosk_of().frontage.own_origin(request.environ):
        raise KioskError("origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none", "same-site"):
        raise KioskError("origin")


def may(role: str) -> bool:
    """For templates: whether this browser holds ``role``: ``moderator``, ``teacher`` (of its room), ``school``."""
    grant: access.Grant | None = context.grant()
    if grant is None or role == "school":
        return grant is not None and grant.school
    return grant.role == "teacher" or grant.role == role
