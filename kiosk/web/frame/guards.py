"""Who may do what on the teacher's pages: deny by default, allow by name.

A blueprint given to :func:`protect` refuses every request that is not the teacher's, but for the
endpoints named as open (PIN page, invitation) or as allowed to who was invited.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping

from flask import Blueprint, g, request

from kiosk.domain import rooms
from kiosk.domain.people import access
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context

#: By blueprint: the endpoints open to all, and those of each role that is for one room (:func:`protect`).
_RIGHTS: dict[str, tuple[Collection[str], Mapping[str, Collection[str]]]] = {}


def protect(blueprint: Blueprint, *, open_to_all: Collection[str], of_room: Mapping[str, Collection[str]]) -> None:
    """Guard a whole blueprint. The collections hold endpoint names without the blueprint's own: reached by anybody, and
    by each role that is for one room (``teacher``: who came by its own code). The school's code alone opens everything.
    """

    _RIGHTS[blueprint.name] = (open_to_all, of_room)

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
        if name not in of_room[grant.role] or grant.room_id != context.room_id():
            raise KioskError("school_code" if grant.role == "teacher" else "teacher_only")

    blueprint.before_request(guard)


def check_origin() -> None:
    """Refuse a state change sent from another site. :raises KioskError: ``origin``."""
    if not context.kiosk_of().frontage.own_origin(request.environ):
        raise KioskError("origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none", "same-site"):
        raise KioskError("origin")


def opens(endpoint: str) -> bool:
    """Whether this browser may reach a page, by its endpoint; one that no blueprint guards is everybody's."""
    blueprint, _dot, name = endpoint.rpartition(".")
    if blueprint not in _RIGHTS or name in _RIGHTS[blueprint][0]:
        return True
    grant = context.grant()
    return grant is not None and (grant.school or name in _RIGHTS[blueprint][1][grant.role])


def may(role: str) -> bool:
    """For templates: whether this browser holds ``role``: who was invited, ``teacher`` (of its room), ``school``."""
    grant: access.Grant | None = context.grant()
    if grant is None or role == "school":
        return grant is not None and grant.school
    return grant.role == "teacher" or grant.role == role


def refuse_but_machine() -> None:
    """Only the machine itself, a command on it, or who holds the school's code. :raises KioskError: ``teacher_only``,
    ``own_host``.
    """
    said, key = request.headers.get(access.MACHINE_HEADER, ""), context.kiosk_of().secrets.key
    proof = hmac.compare_digest(said.encode(), access.machine_proof(key).encode())
    if not (context.is_local() or proof or may("school")):
        context.refuse_misdirected()
        raise KioskError("teacher_only")
