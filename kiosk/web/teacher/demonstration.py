"""The demonstration, taken away with one button; and the sentences of the band that names what is invented."""

from __future__ import annotations

from werkzeug.wrappers import Response

from kiosk.domain import demonstration, jobs, rehearsal, rooms
from kiosk.domain.people import identifiers
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context, pages
from kiosk.web.teacher import sessions
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


def take_away() -> None:
    """Erase the invented sessions with all that was written on them.

    :raises KioskError: ``room_running``: a class is on one.
    """
    for room_id, _name, _code in rooms.all_rooms():
        room = rooms.view(room_id)
        if room.session is not None and identifiers.invented(room.session.id) and room.stage.running:
            raise KioskError("room_running")

    def unit(tx: Transaction) -> int:
        for room_id, _name, _code in rooms.all_rooms():
            rehearsal.end(tx, room_id)
        return demonstration.remove(tx)

    do("demo_removed", unit)
    jobs.forget_examples(context.kiosk_of().settings.data_dir)


@bp.post("/prof/seances/demonstration")
def demo_remove() -> Response:
    """Take the demonstration away. :raises KioskError: ``room_running``."""
    page_of_refusal(sessions.page)
    take_away()
    return answer(pages.url("control.sessions_page"))
