"""Copies that come when there is something to lose, and what was erased, which does not live on in any of them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing

from factories import make_question, settle
from kiosk.contract.reading import similarity
from kiosk.domain import retention, rooms, stored
from kiosk.domain.reading import flags
from kiosk.ground import i18n, remembered, typography
from kiosk.ground.events import RoomWiped
from kiosk.ops import keeping, serving
from kiosk.storage import backups, traces
from kiosk.storage.models import Question

DAY = 86_400_000
SECRET = "Pourquoi ma cousine Zoé pleure"


def held(path, word=SECRET):
    """The files of a folder in whose bytes a word is."""
    return {
        file.relative_to(path).as_posix()
        for file in path.rglob("*")
        if file.is_file() and word.encode() in file.read_bytes()
    }


def rows(copy, table="question"):
    with closing(sqlite3.connect(copy)) as base:
        return base.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]


def test_the_first_copy_comes_with_the_first_questions_then_less_and_less_often(kiosk, room, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])
    keeper = keeping.Keeper(kiosk)
    kiosk.bus.subscribe(keeper.receive)
    live = backups.folder(kiosk.database.path) / backups.LATEST
    copied = []
    for second in range(900):
        now[0] += 1
        if second % 3 == 0:
            make_question(kiosk, room, f"q{second}")
            settle(kiosk)
        before = live.stat().st_ino if live.exists() else None
        keeper.look()
        if live.exists() and live.stat().st_ino != before:
            copied.append(second)
            if len(copied) == 1:
                assert (second, rows(live)) == (1, 1)
    assert copied == sorted(copied) and copied[1] <= 10 and copied[2] <= 30 and copied[3] <= 100
    assert len(copied) <= 8
    assert rows(live) > 200


def test_a_copy_is_one_instant_while_a_class_goes_on_asking(kiosk, room, write):
    for n in range(200):
        make_question(kiosk, room, f"q{n}", "Une question de plus ? " * 8)
    import threading

    stop = threading.Event()

    def ask():
        n = 0
        while not stop.is_set():
            n += 1
            make_question(kiosk, room, f"plus-{n}")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        copies = [backups.make(kiosk.database.path, 1_795_000_000_000 + n * 1000) for n in range(5)]
    finally:
        stop.set()
        asking.join()
    counts = [rows(copy) for copy in copies]
    assert counts == sorted(counts) and counts[0] >= 200
    for copy in copies:
        with closing(sqlite3.connect(copy)) as base:
            (number,) = base.execute("SELECT next_number FROM room").fetchone()
            assert number == rows(copy) + 1


def places(kiosk):
    """Every way words can get into the folder beside the live database: files with them."""
    path = kiosk.database.path
    now = 1_795_000_000_000
    daily, live = backups.make(path, now), backups.make(path, now, latest=True)
    folder = path.parent
    shutil.copy(daily, folder / "kiosk-damaged-20261124T060000.sqlite3")
    for suffix in ("-wal", "-shm", "-journal"):
        (folder / f"kiosk-damaged-20261124T060000.sqlite3{suffix}").write_text(SECRET)
    shutil.copy(daily, folder / "kiosk.part")
    shutil.copy(daily, folder / "backups" / "kiosk-20261101T060000.part")
    (folder / "backups" / "kiosk-20261101T060000.part-journal").write_text(SECRET)
    for name in (".restore-abc", ".kiosk-abc"):
        (folder / name / "portraits").mkdir(parents=True)
        shutil.copy(daily, folder / name / "kiosk.sqlite3")
    (folder / "sauvegarde.zip.part").write_text(SECRET)
    hour_ago = time.time() - 3600
    for file in folder.rglob("*"):
        if ".part" in file.name or file.name.startswith((".restore-", ".kiosk-")):
            os.utime(file, (hour_ago, hour_ago))
    return daily, live


def test_an_erasure_reaches_every_file_of_the_folder(kiosk, room, write):
    make_question(kiosk, room, "q1", SECRET)
    places(kiosk)
    assert len(held(kiosk.settings.data_dir)) > 10
    write(retention.wipe, room)
    keeping.Keeper(kiosk).look()
    assert held(kiosk.settings.data_dir) == set()
    assert len(backups.whole(kiosk.database.path)) == 1
    assert stored.get(retention.FORGET) is None


def test_what_could_not_be_reached_is_tried_again_after_a_restart_too(kiosk, room, write, monkeypatch):
    make_question(kiosk, room, "q1", SECRET)
    places(kiosk)
    real = backups.copy

    def full(*_args):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(backups, "copy", full)
    write(retention.wipe, room)
    keeper = keeping.Keeper(kiosk)
    keeper.look()
    assert held(kiosk.settings.data_dir) and stored.get(retention.FORGET) is not None
    keeper.look()  # not at every look
    monkeypatch.setattr(backups, "copy", real)
    again = keeping.Keeper(kiosk)  # as a start makes it
    again.look()
    assert held(kiosk.settings.data_dir) == set() and stored.get(retention.FORGET) is None


def test_a_file_being_made_is_left_alone_and_what_it_holds_is_not_forgotten(kiosk, room, write):
    make_question(kiosk, room, "q1", SECRET)
    busy = kiosk.settings.data_dir / ".kiosk-download"
    busy.mkdir()
    (busy / "kiosk.sqlite3").write_text(SECRET)
    write(retention.wipe, room)
    keeper = keeping.Keeper(kiosk)
    assert not keeper.forget() and busy.exists()
    os.utime(busy, (1, 1))
    assert keeper.forget() and not busy.exists()


def test_a_reader_in_the_log_puts_the_end_off(kiosk, room, write):
    write(lambda tx: tx.database.execute_sql("PRAGMA busy_timeout=20").fetchall())
    make_question(kiosk, room, "q1", SECRET)
    with closing(sqlite3.connect(kiosk.database.path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM question").fetchall()
        write(retention.wipe, room)
        assert not keeping.Keeper(kiosk).forget()
        other.execute("COMMIT")
    assert keeping.Keeper(kiosk).forget()
    assert held(kiosk.settings.data_dir) == set()


def test_on_a_full_disk_the_old_copies_make_room_for_the_fresh_one(kiosk, room, write, monkeypatch):
    make_question(kiosk, room, "q1", SECRET)
    old = places(kiosk)
    real = backups.copy

    def full(database, target):
        if any(copy.exists() for copy in old):
            raise sqlite3.OperationalError("database or disk is full")
        real(database, target)

    monkeypatch.setattr(backups, "copy", full)
    write(retention.wipe, room)
    assert keeping.Keeper(kiosk).forget()
    assert held(kiosk.settings.data_dir) == set()


def read_out() -> None:
    """A pupil's words, as pages show them and compare them."""
    text = "Est-ce que les mots du carnet restent ?"
    flags.find(text)
    similarity.are_near(*map(similarity.features, (text, "Les mots du carnet, ils restent ?")))
    typography.nowrap_hyphens(typography.french(text))
    i18n._("Proche de « %(text)s »", text=text)


def test_a_wiped_room_leaves_no_words_in_memory(kiosk):
    read_out()
    assert any(len(one) for one in remembered.everything())
    keeping.Keeper(kiosk).receive([RoomWiped("r", 2)])
    assert not any(len(one) for one in remembered.everything())


def test_an_old_session_that_no_room_holds_leaves_no_words_in_memory(kiosk, room, write):
    make_question(kiosk, room, "q1")
    long_ago = kiosk.clock.now() - (kiosk.settings.retention_days + 1) * DAY

    def unit(tx):
        Question.update(created_at=long_ago).execute()
        rooms.set_fields(tx, room, "session", session_id=None)

    write(unit)
    read_out()
    serving.purge(kiosk, keeping.Keeper(kiosk))
    kiosk.database.connect_reader()
    assert Question.select().count() == 0 and not any(len(one) for one in remembered.everything())


def test_old_files_go_with_the_words_they_hold_but_the_newest_whole_copy(kiosk):
    path = kiosk.database.path
    folder = path.parent
    first, last = backups.make(path, 1_795_000_000_000), backups.make(path, 1_795_100_000_000)
    old, recent = folder / "kiosk-damaged-1.sqlite3", folder / "kiosk-damaged-2.sqlite3"
    for file in (old, recent):
        file.write_bytes(b"x")
    for file in (old, first):
        os.utime(file, (1, 1))
    os.utime(last, (2, 2))
    traces.drop_older(path, 1_000_000)
    assert not old.exists() and not first.exists() and recent.exists() and last.exists()


def test_a_copy_precedes_a_purge_and_goes_once_it_is_done(kiosk, room, write):
    make_question(kiosk, room, "q1", SECRET)
    path, now = kiosk.database.path, kiosk.clock.now()
    write(lambda tx: rooms.set_fields(tx, room, "phase", phase="closed", purge_at=now - 1))
    kiosk.database.connect_reader()
    serving.purge(kiosk, keeping.Keeper(kiosk))
    (before,) = backups.whole(path)
    assert rows(before) == 1
    keeping.Keeper(kiosk).look()
    (after,) = backups.whole(path)
    assert rows(after) == 0 and held(kiosk.settings.data_dir) == set()
