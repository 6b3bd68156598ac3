"""What a worker makes of another one's announcements."""

from __future__ import annotations

from kiosk.ground.events import AccessRevoked, RoomChanged
from kiosk.storage import relay


def test_what_another_build_adds_costs_nothing_of_the_rest() -> None:
    told = [
        ["RoomChanged", {"room_id": "r", "rev": 3, "what": ["status"], "ids": ["q"], "later": 1}],
        ["SomethingLater", {"room_id": "r"}],
        ["RoomChanged", {"room_id": "r"}],
        "no event at all",
        ["AccessRevoked", {"token_hashes": ["a"]}],
    ]
    assert relay._known(told) == [RoomChanged("r", 3, ("status",), ("q",)), AccessRevoked(("a",))]
