"""A real kiosk for the display tests: a room for each picture, driven by lines of JSON on its input.

``python display_server.py DATA_DIR PORT [SETTINGS_JSON]``. The folder is filled at first start with
the rooms of :mod:`display_rooms`, whose ids are their names. Each line ``{"do": NAME, "room": …}``
runs one act in the writer and answers one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from kiosk import engine

if __name__ == "__main__":
    engine.activate("eventlet")

from browser import display_rooms  # noqa: E402
from browser import display_sheets  # noqa: E402
from browser import driven_server  # noqa: E402
from kiosk.app import create_app  # noqa: E402
from kiosk.domain import rooms, stored  # noqa: E402
from kiosk.domain.kiosk import Kiosk  # noqa: E402
from kiosk.domain.people.presence import Presence  # noqa: E402
from kiosk.domain.questions import moderation, questions  # noqa: E402
from kiosk.ground.addresses import ETHERNET, Candidate  # noqa: E402
from kiosk.ground.config import Settings  # noqa: E402
from kiosk.ground.events import AddressMoved, PhonesMoved  # noqa: E402
from kiosk.ground.network import AddressWatch  # noqa: E402

#: What this machine's network cards say.
NETWORKS: list[Candidate] = []
#: Seconds added to the clock by which presence counts.
LATER = [0.0]


def act(kiosk: Kiosk, order: dict[str, Any]) -> Any:
    """One act of the teacher, of a phone, or of time."""
    room, do = str(order.get("room", "")), order["do"]
    if do == "minutes_pass":  # for presence alone: how long the room has waited for a phone
        LATER[0] += 60 * float(order["minutes"])
        return None
    if do == "networks":  # what this machine's cards say from now on: [interface, ip]…
        NETWORKS[:] = [
            Candidate(ip, name, ETHERNET, default_route=i == 0) for i, (name, ip) in enumerate(order["cards"])
        ]
        return kiosk.addresses.refresh()
    if do == "joined":
        kiosk.presence.connected(room, order.get("device", "phone"))
        return kiosk.bus.publish([PhonesMoved(room)])
    acts: dict[str, Any] = {
        "phase": lambda tx: rooms.set_phase(tx, room, order["phase"]),
        "fields": lambda tx: rooms.set_fields(tx, room, "timer", **order["fields"]),
        "ends_in": lambda tx: rooms.set_fields(tx, room, "timer", ends_at=tx.now + order["ms"], paused_ms=None),
        "ask": lambda tx: (
            questions.submit(tx, room, id=order["id"], text=order["text"], author=None, origin="spoken").id
        ),
        "show": lambda tx: moderation.put_on_screen(tx, room, order["id"]),
        "phones": lambda tx: rooms.set_preference(tx, room, "phones", order["on"]),
        "keys": lambda tx: rooms.set_preference(tx, room, "shortcuts", order["on"]),
    }
    return kiosk.write(acts[do])


def main() -> None:
    """Serve until the input ends."""
    data_dir, port = Path(sys.argv[1]), int(sys.argv[2])
    given = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    wrong_clock = given.pop("wrong_clock", False)
    current = engine.current()
    settings = Settings(
        data_dir=data_dir, host="127.0.0.1", port=port, **{"public_url": "http://192.168.1.20", **given}
    )
    app = create_app(settings, current)
    kiosk: Kiosk = app.extensions["kiosk"]
    if given.get("public_url") == "":  # addresses found on (pretended) cards, and watched
        everywhere = Settings(data_dir=data_dir, host="0.0.0.0", port=port)
        kiosk.addresses = AddressWatch(
            everywhere, lambda _address: kiosk.bus.publish([AddressMoved()]), read=lambda: list(NETWORKS)
        )
    kiosk.presence = Presence(lambda: time.monotonic() + LATER[0])
    if wrong_clock:  # a Raspberry Pi without battery: nobody has vouched for this time
        kiosk.clock.correct(1_704_078_720_000, "system")
    driven_server.serve(app, port, lambda kiosk: fill(kiosk, data_dir), act)


def fill(kiosk: Kiosk, data_dir: Path) -> None:
    """The rooms of the display's pictures, once."""
    if not stored.get("display.rooms"):
        kiosk.write(display_rooms.fill)
        kiosk.write(lambda tx: display_sheets.fill(tx, data_dir))
        kiosk.write(lambda tx: stored.put(tx, "display.rooms", True))


if __name__ == "__main__":
    main()
