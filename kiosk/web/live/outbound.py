"""A commit's events → hints: at once to displays and panels, coalesced to phones, personal to authors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from flask_socketio import SocketIO

from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import devices
from kiosk.domain.people.presence import LINGER
from kiosk.domain.questions import questions
from kiosk.ground.errors import KioskError
from kiosk.ground.events import (
    AccessRevoked,
    AddressMoved,
    AlertChanged,
    BoardRead,
    DiskChanged,
    EnrolmentChanged,
    Event,
    OutboxChanged,
    PhonesMoved,
    RoomChanged,
    RoomRemoved,
    RoomWiped,
    ScreensMoved,
    SettingsChanged,
)
from kiosk.web.live.hub import CONTROL, DISPLAY, PHONE, SHARES, Hub, share_of
from kiosk.web.live.told import mine_of

#: Seconds between two updates of a phone (at most two a second).
PHONE_PERIOD = 0.5
#: Votes in one update: 20 pairs and the rest stay under 250 bytes; the others follow in the next.
VOTES_A_TIME = 20
#: What changes nothing of a room's state for phones (``told.phone_state``): a question that waits to be read over.
UNSEEN = frozenset({"question"})
#: Ids told in one hint (a group commit holds no more); beyond, the receiver fetches anyway.
MOST_IDS = 256
#: Seconds between two shares of a room's phones, when there are more than a few.
SHARE_PAUSE = 0.01
FEW_PHONES = 64
#: Authors told in one go of what became of their question.
AUTHORS_A_TIME = 64
#: Seconds between two announcements of the number of phones.
JOINS_PERIOD = 1.0


#: Settings that only the teacher's pages show.
INWARD = ("sync.", "address.choices", "sessions.read")


class _Pace:
    """Runs an action for a room at once, then at most once a period, never losing the last."""

    def __init__(self, kiosk: Kiosk, period: float, action: Callable[[str], None]) -> None:
        self._kiosk, self._period, self._action = kiosk, period, action
        self._next: dict[str, float] = {}
        self._running: set[str] = set()
        self._planned: set[str] = set()

    def ask(self, room_id: str) -> None:
        self._planned.add(room_id)
        if room_id not in self._running:
            self._running.add(room_id)
            self._kiosk.engine.spawn(self._run, room_id)

    def _run(self, room_id: str) -> None:
        """One at a time for a room: two that overlap would tell some phones the newer word first."""
        try:
            while room_id in self._planned:
                self._once(room_id)
        finally:
            self._running.discard(room_id)
        if room_id in self._planned:  # asked for between the last look and the line above (real threads)
            self.ask(room_id)

    def _once(self, room_id: str) -> None:
        wait = self._next.get(room_id, 0.0) - time.monotonic()
        if wait > 0:
            self._kiosk.engine.sleep(wait)
        self._next[room_id] = time.monotonic() + self._period
        self._planned.discard(room_id)
        self._kiosk.database.use()
        self._kiosk.database.connect_reader()
        try:
            self._action(room_id)
        finally:
            self._kiosk.database.leave_thread()


class Outbound:
    """Listens to the bus and speaks to the sockets of one kiosk."""

    def __init__(self, kiosk: Kiosk, socketio: SocketIO, hub: Hub) -> None:
        self._kiosk, self._socketio, self._hub = kiosk, socketio, hub
        self._phones = _Pace(kiosk, PHONE_PERIOD, self._tell_phones)
        self._joins = _Pace(kiosk, JOINS_PERIOD, self._tell_joins)
        self._votes: dict[str, dict[str, None]] = {}
        self._lists: set[str] = set()

    def receive(self, events: Sequence[Event]) -> None:
        """The events of one commit."""
        moved: dict[str, list[RoomChanged]] = {}
        news: set[str] = set()
        for event in events:
            if isinstance(event, RoomChanged):
                moved.setdefault(event.room_id, []).append(event)
            elif isinstance(event, PhonesMoved):
                self._joins.ask(event.room_id)
            elif isinstance(event, ScreensMoved):
                self._kiosk.engine.spawn(self._tell_screens, event)
            elif isinstance(event, AddressMoved):
                self._everybody("address")
            elif isinstance(event, AlertChanged):
                self._staff("alert")
            elif isinstance(event, AccessRevoked):
                self._revoke(event)
            elif isinstance(event, RoomRemoved):
                self._kiosk.engine.spawn(self._send_away, event.room_id)
            elif isinstance(event, BoardRead):
                self._staff("board", f"control:{event.room_id}")
            elif isinstance(event, RoomWiped):
                self._kiosk.engine.spawn(self._to_phones, event.room_id, "wiped", {"rev": event.rev})
            elif isinstance(event, DiskChanged):
                self._staff("disk")
            elif isinstance(event, (SettingsChanged, OutboxChanged, EnrolmentChanged)):
                seen = isinstance(event, SettingsChanged) and not all(k.startswith(INWARD) for k in event.keys)
                news.add("setting" if seen else "sync")
        if "setting" in news:
            self._everybody("setting")
        elif news:  # the exchange's own: the panels show it, the displays only its outcome
            self._staff("sync")
        for room_id, changes in moved.items():
            self._room(room_id, changes)

    # -- inside --------------------------------------------------------------------------------

    def _room(self, room_id: str, changes: list[RoomChanged]) -> None:
        what = list(dict.fromkeys(w for change in changes for w in change.what))
        ids = list(dict.fromkeys(i for change in changes for i in change.ids))
        hint = {"rev": max(change.rev for change in changes), "what": what, "ids": ids[:MOST_IDS]}
        shown = {"rev": hint["rev"], "what": what}  # ids are between a question's author and the panel
        self._emit("changed", shown, f"display:{room_id}", DISPLAY)
        self._emit("changed", hint, f"control:{room_id}", CONTROL)
        self._emit("changed", shown, f"noting:{room_id}", CONTROL)
        self._hub.states.forget(room_id)
        if "session" in what:
            self._new_session(room_id)
        if "status" in what:
            self._lists.add(room_id)
            self._tell_authors(room_id, [i for change in changes if "status" in change.what for i in change.ids])
        if "votes" in what:
            waiting = self._votes.setdefault(room_id, {})
            waiting.update(dict.fromkeys(i for change in changes if "votes" in change.what for i in change.ids))
        if not UNSEEN.issuperset(what):
            self._phones.ask(room_id)

    def _tell_phones(self, room_id: str) -> None:
        if not any(self._anybody(PHONE, share_of(room_id, share)) for share in range(SHARES)):
            for held in (self._hub.states.told, self._votes):  # of another worker's phones, or of nobody's
                held.pop(room_id, None)
            self._lists.discard(room_id)
            return
        try:
            state = self._hub.states.of(room_id)
        except KioskError:
            return  # removed since
        before = self._hub.states.told.get(room_id, {})
        delta = {key: value for key, value in state.items() if before.get(key, ...) != value}
        self._hub.states.told[room_id] = state
        votes = self._votes.get(room_id, {})
        taken = list(votes)[:VOTES_A_TIME]
        for one in taken:
            del votes[one]
        if taken:
            delta["votes"] = [[q.number, q.support] for q in questions.several(room_id, taken)]
        if room_id in self._lists:
            self._lists.discard(room_id)
            delta["list"] = True
        if "session" in delta:
            self._to_phones(room_id, "state", {**state, "now": self._kiosk.clock.now()})
        elif delta.keys() - {"rev", "boot"}:
            self._to_phones(room_id, "changed", {**delta, "rev": state["rev"]})
        if votes:
            self._phones.ask(room_id)

    def _to_phones(self, room_id: str, name: str, news: dict[str, Any]) -> None:
        """To every phone of a room, a share after another: 500 sends in one go stall the loop (90 ms, measured)."""
        pause = SHARE_PAUSE if self._kiosk.presence.phones(room_id) > FEW_PHONES else 0
        for share in range(SHARES):
            if self._emit(name, news, share_of(room_id, share), PHONE):
                self._kiosk.engine.sleep(pause)

    def _anybody(self, namespace: str, room: str) -> bool:
        """Whether this worker holds a socket there: each hears of every room, and serves a part of them."""
        return bool(self._socketio.server.manager.rooms.get(namespace, {}).get(room))

    def _emit(self, name: str, news: dict[str, Any], room: str, namespace: str) -> bool:
        there = self._anybody(namespace, room)
        if there:
            self._socketio.emit(name, news, to=room, namespace=namespace)
        return there

    def _tell_authors(self, room_id: str, ids: list[str]) -> None:
        if len(ids) <= AUTHORS_A_TIME:
            self._tell(room_id, ids)
        else:
            self._kiosk.engine.spawn(self._tell_many, room_id, ids)

    def _tell_many(self, room_id: str, ids: list[str]) -> None:
        """Thousands were set aside at once: a slice of their authors after another, everybody else in between."""
        self._kiosk.database.use()
        self._kiosk.database.connect_reader()
        try:
            for start in range(0, len(ids), AUTHORS_A_TIME):
                self._tell(room_id, ids[start : start + AUTHORS_A_TIME])
                self._kiosk.engine.sleep(SHARE_PAUSE)
        finally:
            self._kiosk.database.leave_thread()

    def _tell(self, room_id: str, ids: list[str]) -> None:
        authors = questions.authors(ids)
        here = [id for id, author in authors.items() if self._anybody(PHONE, f"author:{author}")]
        for view in questions.several(room_id, here):
            if view.guarded:
                continue  # a device may go from hand to hand
            self._socketio.emit("mine", mine_of(view), to=f"author:{authors[view.id]}", namespace=PHONE)

    def _tell_joins(self, room_id: str) -> None:
        news = {"phones": self._kiosk.presence.phones(room_id)}
        self._emit("joins", news, f"control:{room_id}", CONTROL)
        self._emit("joins", news, f"display:{room_id}", DISPLAY)

    def _tell_screens(self, event: ScreensMoved) -> None:
        """A display that goes is told once it is sure that it does not come back at once."""
        if not event.opened:
            self._kiosk.engine.sleep(LINGER + 0.2)
        self._staff("screen", f"control:{event.room_id}")

    def _new_session(self, room_id: str) -> None:
        """Authors are hashed with the session: give each phone its new one."""
        self._kiosk.presence.start_waiting(room_id)
        state = self._hub.states.of(room_id)
        session_id = state["session"]["id"] if state["session"] else None
        server = self._socketio.server
        for connection in self._hub.in_room(PHONE, room_id):
            author = devices.author_of(connection.device, session_id)
            if author != connection.author:
                server.leave_room(connection.sid, f"author:{connection.author}", namespace=PHONE)
                server.enter_room(connection.sid, f"author:{author}", namespace=PHONE)
                connection.author = author

    def _revoke(self, event: AccessRevoked) -> None:
        for connection in list(self._hub.connections.values()):
            if connection.key in event.token_hashes:
                self._socketio.emit("revoked", {}, to=connection.sid, namespace=CONTROL)
                self._hub.disconnect(connection)

    def _send_away(self, room_id: str) -> None:
        """Its pages ask again, and read that the room is no more; its sockets have nothing left to say."""
        gone = {"rev": 0, "what": ["room"], "ids": []}
        self._socketio.emit("changed", gone, to=f"display:{room_id}", namespace=DISPLAY)
        self._socketio.emit("changed", gone, to=[f"control:{room_id}", f"noting:{room_id}"], namespace=CONTROL)
        self._to_phones(room_id, "wiped", {"rev": 0})
        for connection in [one for one in self._hub.connections.values() if one.room_id == room_id]:
            self._hub.disconnect(connection)
        self._hub.states.forget(room_id)
        for held in (self._hub.states.told, self._votes):
            held.pop(room_id, None)
        self._lists.discard(room_id)

    def _everybody(self, what: str) -> None:
        self._socketio.emit("changed", {"rev": 0, "what": [what]}, namespace=DISPLAY)
        self._staff(what)

    def _staff(self, what: str, room: str | None = None) -> None:
        self._socketio.emit("changed", {"rev": 0, "what": [what], "ids": []}, to=room, namespace=CONTROL)
