"""A real kiosk for the phone tests, driven by lines of JSON on its standard input.

``python phone_server.py DATA_DIR PORT [ENGINE]``. Each line ``{"do": NAME, …}`` runs one act of
:func:`act` and answers one line of JSON (``driven_server.py``). The folder is prepared at first start.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kiosk import engine

if __name__ == "__main__":
    engine.activate(sys.argv[3] if len(sys.argv) > 3 else "eventlet")

from browser import driven_server  # noqa: E402
from kiosk.app import create_app  # noqa: E402
from kiosk.domain import retention, rooms, roomset, timers  # noqa: E402
from kiosk.domain.kiosk import Kiosk  # noqa: E402
from kiosk.domain.questions import answers, moderation, questions, review, suggested  # noqa: E402
from kiosk.ground.config import Settings  # noqa: E402
from kiosk.storage.models import Session, Speaker  # noqa: E402

ALONE = (
    "SP1",
    "Sophie Le Goff",
    "technicienne de maintenance éolienne",
    "technicien de maintenance éolienne",
    "feminine",
)
TRIO = [
    ("SP2", "Malik Benyahia", "vétérinaire", "vétérinaire", "masculine"),
    ("SP3", "Inès Carvalho", "data analyst", "data analyst", "feminine"),
    ("SP4", "Aïssata Diallo", "cheffe de chantier", "chef de chantier", "feminine"),
]


def prepare(tx: Any) -> None:
    """Two sessions (one speaker, three speakers) and a room; the first session is on."""
    if rooms.all_rooms():
        return
    for key, name, feminine, masculine, shown in [ALONE, *TRIO]:
        Speaker.insert(
            id=key, name=name, job_feminine=feminine, job_masculine=masculine, job_shown=shown, path=[]
        ).execute()
    Session.insert(
        id="S1",
        title="Technicienne de maintenance éolienne",
        starts_at=tx.now + 272_000,
        duration_min=45,
        format="college-45",
        speakers=["SP1"],
    ).execute()
    Session.insert(
        id="S3",
        title="Prendre soin des animaux, des données, des murs",
        starts_at=tx.now + 272_000,
        duration_min=55,
        format="lycee-55",
        speakers=["SP2", "SP3", "SP4"],
    ).execute()
    rooms.choose_session(tx, rooms.add(tx, "Salle"), "S1", class_label="4e B", headcount=26)


def fresh(tx: Any, room_id: str) -> None:
    """The first session again, open, without a question."""
    for session in ("S3", "S1"):
        rooms.set_fields(tx, room_id, "session", session_id=None, phase="lobby", current_id=None)
        rooms.choose_session(tx, room_id, session)
        retention.wipe(tx, room_id, confirmed=True)
    rooms.choose_session(tx, room_id, "S1", class_label="4e B", headcount=26)
    rooms.set_phase(tx, room_id, "questions")
    rooms.set_intake(tx, room_id, "open")


def listing(session_id: str | None, room_id: str) -> list[dict[str, Any]]:
    """Every question of the room's session, as the tests read it."""
    every = ("pending", "approved", "on_screen", "asked", "answered", "set_aside", "withdrawn", "merged")
    found = questions.listed(room_id, session_id, *every)
    return [{"id": q.id, "text": q.text, "status": q.status, "theme": q.theme, "support": q.support} for q in found]


def act(kiosk: Kiosk, order: dict[str, Any]) -> Any:
    """One act of the teacher (or of a class that types fast)."""
    room_id = rooms.resolve(order.get("room"))
    do, one = order["do"], order.get("id", "")
    if do == "list":
        room = rooms.view(room_id)
        return listing(room.session.id if room.session else None, room_id)
    acts: dict[str, Any] = {
        "approve": lambda tx: moderation.approve(tx, room_id, one),
        "screen": lambda tx: moderation.put_on_screen(tx, room_id, one),
        "asked": lambda tx: moderation.mark_asked(tx, room_id, one),
        "answered": lambda tx: moderation.mark_answered(tx, room_id, one),
        "reword": lambda tx: moderation.reword(tx, room_id, one, order["text"]),
        "note": lambda tx: answers.note(tx, room_id, one, order["line"]),
        "aside": lambda tx: moderation.set_aside(tx, room_id, one, order["reason"]),
        "merge": lambda tx: moderation.merge(tx, room_id, one, order["others"]),
        "starter": lambda tx: suggested.propose(tx, room_id, order["code"]),
        "phase": lambda tx: rooms.set_phase(tx, room_id, order["phase"]),
        "extend": lambda tx: timers.extend(tx, room_id),
        "intake": lambda tx: rooms.set_intake(tx, room_id, order["intake"]),
        "review": lambda tx: review.restore(tx, room_id) if order["on"] else review.suspend(tx, room_id),
        "session": lambda tx: rooms.choose_session(
            tx, room_id, order["session"], class_label=order.get("class", "1re 3")
        ),
        "none": lambda tx: rooms.set_fields(
            tx, room_id, "session", session_id=None, phase="lobby", ends_at=None, current_id=None
        ),
        "add": lambda tx: (
            questions.submit(
                tx, room_id, id=one, text=order["text"], author="classmate", theme=order.get("theme", "")
            ).id
        ),
        "wipe": lambda tx: retention.wipe(tx, room_id),
        "another": lambda tx: rooms.code_of(rooms.add(tx, order["name"])),
        "remove": lambda tx: roomset.remove(tx, room_id, sure=True),
        "fresh": lambda tx: fresh(tx, room_id),
    }
    return kiosk.write(acts[do])


def main() -> None:
    """Serve until the input ends."""
    data_dir, port = Path(sys.argv[1]), int(sys.argv[2])
    current = engine.current()
    settings = Settings(data_dir=data_dir, host="127.0.0.1", port=port, engine=current.name, limits_device_burst=40)
    driven_server.serve(create_app(settings, current), port, lambda kiosk: kiosk.write(prepare), act)


if __name__ == "__main__":
    main()
