"""What every page needs to know of its request: which kiosk, room, language, device, teacher."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from flask import current_app, g, request
from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response

from kiosk.domain import rooms
from kiosk.domain.intake import Sender
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access, devices, known, peers
from kiosk.domain.people.access import Grant
from kiosk.domain.people.devices import DEVICE_COOKIE, TEACHER_COOKIE
from kiosk.domain.people.peers import Peer
from kiosk.domain.people.presence import SETTLED
from kiosk.domain.views import RoomView
from kiosk.exchange.worker import Worker
from kiosk.ground import i18n
from kiosk.ground.addresses import Address


def kiosk_of() -> Kiosk:
    """The kiosk of the running application."""
    found: Kiosk = current_app.extensions["kiosk"]
    return found


def exchange_of() -> Worker:
    """The exchange of the running application with the centre."""
    found: Worker = current_app.extensions["exchange"]
    return found


def examined(bundle: str = "") -> dict[str, Any] | None:
    """What ``kiosk doctor --json`` says of this machine, in the request's language; None when it could not be run.

    ``bundle``: where to write its archive for support.
    """
    examine: Callable[[Kiosk, str, str], dict[str, Any] | None] = current_app.extensions["examine"]
    return examine(kiosk_of(), i18n.current(), bundle)


def room_code() -> str | None:
    """The room asked for: ``?salle=``, the form field ``salle``, or what binds this browser to a room; None: none."""
    return asked("salle") or g.get("room_code")


def asked(name: str) -> str:
    """What the address or the form says of ``name``, looked for once a request: every link carries some of it."""
    held: dict[str, str] = g.setdefault("asked", {})
    if name not in held:
        held[name] = request.values.get(name, "")
    return held[name]


def room_id() -> str:
    """The id of the request's room; without a code, that of the plain address. :raises KioskError: ``unknown_room``."""
    if "room_id" not in g:
        g.room_id = rooms.resolve(room_code())
    return str(g.room_id)


def room() -> RoomView:
    """The request's room, read once a request. :raises KioskError: ``unknown_room``."""
    if "room" not in g:
        g.room = rooms.view(room_id())
    found: RoomView = g.room
    return found


def way_in(address: Address | None) -> Address | None:
    """``address`` as the pupils of the request's room need it: with the room's code when the kiosk has several."""
    if address is None or len(rooms.all_rooms()) < 2:
        return address
    return address.of_room(room().code)


def forget_room() -> None:
    """Read the room again at the next :func:`room` (after a write in the same request)."""
    g.pop("room", None)


def device_token() -> str:
    """This browser's random token, made now if it has none (``web.frame.security`` sets the cookie)."""
    if "device" not in g:
        held = known_device()
        if held is None:
            held = g.new_device = devices.new(kiosk_of().secrets.key, kiosk_of().clock.now())
        g.device = held
    return str(g.device)


def share_device() -> None:
    """From this answer on, this browser is a device that the class shares."""
    kiosk = kiosk_of()
    g.device = g.new_device = devices.new(kiosk.secrets.key, kiosk.clock.now()) + devices.SHARED


def shares_device(of: RoomView) -> bool:
    """Whether what a pupil wrote may be read by the next one here: a class without phones of its own, a device that
    goes round, a browser that keeps no cookie.
    """
    held = known_device()
    return not of.phones or held is None or devices.shared(held)


def known_device() -> str | None:
    """This browser's token if it came with one."""
    return devices.known(request.cookies.get(DEVICE_COOKIE))


def sender() -> Sender:
    """Who sends this request, for ``domain.intake``."""
    kiosk, device = kiosk_of(), device_token()
    old = devices.older_than(device, kiosk.secrets.key, kiosk.clock.now(), SETTLED)
    return Sender(device, peer().address, old)


def author(session_id: str | None) -> str:
    """What is stored of this browser as an author (see ``domain.people.devices``)."""
    return devices.author_of(device_token(), session_id)


def grant() -> Grant | None:
    """What this browser may do as a teacher or an invited moderator; None for a pupil."""
    if "grant" not in g:
        g.grant = access.check(teacher_token(), kiosk_of().clock.now())
    found: Grant | None = g.grant
    return found


def teacher_token() -> str:
    """The raw token of the teacher's cookie (empty for a pupil)."""
    return devices.teacher_token(request.cookies, kiosk_of().mark)


def remember(response: Response, name: str, token: str, seconds: int) -> None:
    """Give this browser a cookie: for this kiosk's own part of the host, and over TLS alone where it came by TLS.

    Its age alone, no date (``Expires``): every browser of the floor knows it, and a phone pays for each byte.
    """
    cookie = dump_cookie(
        name,
        token,
        max_age=seconds,
        path=request.script_root or "/",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        sync_expires=False,
    )
    response.headers.add("Set-Cookie", cookie)


def remember_teacher(response: Response, token: str, lasting: int = known.KNOWN_MS) -> None:
    """Give this browser a teacher's or a moderator's cookie, beside another kiosk's when it holds one.

    ``lasting`` (ms): a teacher's outlives its right, so that the device is known when it comes back.
    """
    held, apart = request.cookies.get(TEACHER_COOKIE, ""), devices.teacher_cookie(kiosk_of().mark)
    foreign = apart in request.cookies or (held and not access.ours(held))
    remember(response, apart if foreign else TEACHER_COOKIE, token, lasting // 1000)


def forget_teacher(response: Response) -> None:
    """Take back the cookie that this kiosk gave."""
    apart = devices.teacher_cookie(kiosk_of().mark)
    _forget(response, apart if apart in request.cookies else TEACHER_COOKIE)


def forget_device(response: Response) -> None:
    """Take back the pupil's token."""
    _forget(response, DEVICE_COOKIE)


def _forget(response: Response, name: str) -> None:
    response.delete_cookie(name, path=request.script_root or "/", httponly=True, samesite="Lax")


def csrf_token() -> str:
    """The word that proves a form was ours: tied to the teacher's token, or to the device's on the PIN page."""
    subject = teacher_token() or device_token()
    key = kiosk_of().secrets.key.encode()
    return hmac.new(key, b"csrf|" + subject.encode(), hashlib.sha256).hexdigest()[:32]


def csrf_ok() -> bool:
    """Whether the form field ``csrf`` or the header ``X-CSRF`` is right."""
    given = request.headers.get("X-CSRF") or request.form.get("csrf", "")
    return hmac.compare_digest(given.encode(), csrf_token().encode())


def peer() -> Peer:
    """Who sent the request."""
    return kiosk_of().peers.of(request.environ)


def is_local() -> bool:
    """Whether the request has the rights of the kiosk's own machine (see :mod:`kiosk.domain.people.peers`)."""
    return peer().local


def refuse_misdirected() -> None:
    """On what is reserved to the machine: tell who sits at it that a name is not enough.

    :raises KioskError: ``own_host``.
    """
    peers.refuse_misdirected(peer(), request.environ)


def wants_json() -> bool:
    """Whether the caller reads JSON rather than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" and request.accept_mimetypes[best] > request.accept_mimetypes["text/html"]
