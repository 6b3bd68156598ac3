"""What the panel says of the large display: which are open, what they show, how to open one, or to pilot afar."""

from __future__ import annotations

from kiosk.domain import rooms, shown
from kiosk.domain.lesson import lessons
from kiosk.domain.lesson.lessons import LessonView
from kiosk.domain.phases import Phase
from kiosk.domain.views import RoomView
from kiosk.ground import addresses
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.web.frame import context, pages, qr
from kiosk.web.teacher import room as room_page


@dataclass(frozen=True)
class ScreenSeen:
    """``phase``: whose screen the class sees; ``views``: those open now (:data:`shown.VIEWS`). ``whole`` and ``strip``
    open one from this browser; empty where it may not show the class's display.
    """

    phase: Phase
    views: frozenset[str]
    whole: str
    strip: str
    pilot: str
    pilot_qr: qr.Qr | None
    #: The lesson that they show instead of the session.
    lesson: LessonView | None = None

    @property
    def said(self) -> str:
        """« Le grand écran et le bandeau montrent : »; empty when none is open."""
        return {
            frozenset(shown.VIEWS): _("Le grand écran et le bandeau montrent :"),
            frozenset({shown.WHOLE}): _("Le grand écran montre :"),
            frozenset({shown.STRIP}): _("Le bandeau montre :"),
        }.get(self.views, "")


def of(room: RoomView, now: int) -> ScreenSeen:
    """The displays of the request's room."""
    kiosk = context.kiosk_of()
    several = rooms.several()
    code = room.code if several else ""
    here = context.peer().local
    whole = addresses.display_url(pages.at(""), code=code) if here else room_page.display_link()
    address = kiosk.addresses.current()
    pilot = f"{address.url}/prof{f'?salle={room.code}' if several else ''}" if address else ""
    return ScreenSeen(
        phase=shown.phase(room, now, kiosk.clock.trusted),
        views=kiosk.sockets.views(room.id),
        whole=whole,
        strip=f"{whole}{'&' if '?' in whole else '?'}vue=bandeau" if whole else "",
        pilot=pilot,
        pilot_qr=qr.address_qr(pilot) if pilot else None,
        lesson=lessons.on(room),
    )
