"""What was erased does not live on in a copy."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing

from factories import make_question

from kiosk import i18n
from kiosk import remembered as memory
from kiosk.domain import flags, retention, rooms, similarity, typography
from kiosk.domain.events import RoomChanged, RoomWiped
from kiosk.ops import keeping, serving
from kiosk.storage import backups
from kiosk.storage.models import Question


def wait_for(condition, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_wipe_replaces_every_copy_with_a_fresh_one(kiosk):
    path = kiosk.database.path
    old = [backups.make(path, 1_795_000_000_000), backups.make(path, 1_795_000_000_000, live=True)]
    receive = keeping.forget_on_wipe(kiosk)
    receive([RoomChanged("r", 1, ("status",))])
    assert all(copy.exists() for copy in old)
    receive([RoomWiped("r", 2)])
    wait_for(lambda: not any(copy.exists() for copy in old))
    assert len(backups.newest_first(path)) == 1


def remembered() -> list[int]:
    """How many texts each memory of pupils' words holds."""
    return [len(one) for one in memory.everything()]


def read_out() -> None:
    """A pupil's words, as pages show them and compare them."""
    text = "Est-ce que les mots du carnet restent ?"
    flags.find(text)
    similarity.near(text, [("other", "Les mots du carnet, ils restent ?")])
    typography.nowrap_hyphens(typography.french(text))
    i18n._("Proche de « %(text)s »", text=text)


def test_a_wiped_room_leaves_no_words_in_memory(kiosk):
    read_out()
    assert all(remembered())
    keeping.forget_on_wipe(kiosk)([RoomWiped("r", 2)])
    assert not any(remembered())


def test_an_old_session_that_no_room_holds_leaves_no_words_in_memory(kiosk, room, write):
    make_question(kiosk, room, "q1")
    long_ago = kiosk.clock.now() - (kiosk.settings.retention_days + 1) * serving.DAY_MS

    def unit(tx):
        Question.update(created_at=long_ago).execute()
        rooms.set_fields(tx, room, "session", session_id=None)

    write(unit)
    read_out()
    serving.purge(kiosk)
    kiosk.database.connect_reader()
    assert Question.select().count() == 0 and not any(remembered())


def test_damaged_databases_go_with_the_words_they_hold(kiosk):
    folder = kiosk.database.path.parent
    old, recent = folder / "kiosk-damaged-1.sqlite3", folder / "kiosk-damaged-2.sqlite3"
    for file in (old, recent):
        file.write_bytes(b"x")
    os.utime(old, (1, 1))
    keeping._drop_damaged(kiosk.database.path, 1_000_000)
    assert not old.exists() and recent.exists()


def test_a_copy_precedes_a_purge_and_goes_once_it_is_done(kiosk, room, write):
    make_question(kiosk, room, "q1")
    path, now = kiosk.database.path, kiosk.clock.now()
    assert not retention.anything_due(now, now - 1_000_000)
    write(lambda tx: rooms.set_fields(tx, room, "phase", phase="closed", purge_at=now - 1))
    kiosk.database.connect_reader()
    assert retention.anything_due(now, now - 1_000_000)
    keeping.copy_before_purge(kiosk)
    (before,) = backups.newest_first(path)
    held = before.stat().st_ino
    assert write(retention.purge_due) == 1
    keeping.forget_copies(kiosk)
    wait_for(lambda: [copy.stat().st_ino for copy in backups.newest_first(path)] not in ([held], []))
    (after,) = backups.newest_first(path)
    with closing(sqlite3.connect(after)) as copy, copy:
        assert copy.execute("SELECT COUNT(*) FROM question").fetchone() == (0,)
