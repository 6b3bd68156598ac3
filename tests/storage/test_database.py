"""The database: made from nothing, durable settings, read-only readers, two in one process, its owner's alone."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing

import peewee
import pytest

from factories import make_room
from kiosk.app import create_kiosk
from kiosk.domain import rooms
from kiosk.ground.config import Settings
from kiosk.storage.database import CURRENT, Database
from kiosk.storage.models import TABLES, Room, Setting


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "k.sqlite3")
    made.open()
    yield made
    made.close()


def test_open_makes_every_table(database):
    assert {t._meta.table_name for t in TABLES} <= set(database.peewee.get_tables())


def tables_of(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()


def test_open_again_changes_nothing(tmp_path, database):
    database.close()
    before = tables_of(database.path)
    again = Database(database.path)
    again.open()
    assert tables_of(database.path) == before
    again.close()


def test_files_are_their_owner_s_alone(kiosk):
    kiosk.write(lambda tx: Setting.insert(key="a", value=1).execute())
    modes = {
        file.name: stat.S_IMODE(file.stat().st_mode)
        for file in kiosk.settings.data_dir.iterdir()
        if file.name.startswith(("kiosk.sqlite3", "secrets"))
    }
    assert modes == {
        name: 0o600 for name in ("kiosk.sqlite3", "kiosk.sqlite3-wal", "kiosk.sqlite3-shm", "secrets.json")
    }


def test_open_takes_a_readable_file_back(tmp_path):
    (tmp_path / "k.sqlite3").touch(mode=0o644)
    made = Database(tmp_path / "k.sqlite3")
    made.open()
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    made.close()


def test_writes_survive_a_power_cut_and_leave_no_bytes(kiosk):
    def pragma(name):
        return kiosk.write(lambda tx: tx.database.execute_sql(f"PRAGMA {name}").fetchone()[0])

    assert {
        name: pragma(name)
        for name in (
            "journal_mode",
            "synchronous",
            "secure_delete",
            "foreign_keys",
            "wal_autocheckpoint",
            "busy_timeout",
        )
    } == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "wal_autocheckpoint": 0,
        "busy_timeout": 2000,
    }


def test_readers_refuse_to_write(kiosk):
    with pytest.raises(peewee.OperationalError, match="readonly"):
        Setting.insert(key="a", value=1).execute()
    assert Setting.select().count() == 0


def test_a_thread_without_a_connection_is_told(database):
    seen: list[str | int | bool] = []

    def read():
        database.use()
        try:
            Setting.select().count()
        except peewee.InterfaceError as error:
            seen.append(type(error).__name__)
        with database.reading():
            seen.append(Setting.select().count())
        seen.append(database.peewee.is_closed())

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert seen == ["InterfaceError", 0, True]


def test_the_loop_s_own_connection_stays_open(database):
    with database.reading():
        pass
    database.leave_thread()
    assert database.peewee.is_closed() is False
    database.connect_reader()
    database.close()
    database.close()
    assert database.peewee.is_closed() is True


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "k.sqlite3").write_bytes(b"pas une base" * 100)
    with pytest.raises(peewee.DatabaseError):
        Database(tmp_path / "k.sqlite3").open()


def test_two_kiosks_live_in_one_process(tmp_path):
    kiosks = [create_kiosk(Settings(data_dir=tmp_path / name, engine="threading")) for name in ("a", "b")]
    seen = []
    for number, kiosk in enumerate(kiosks):
        kiosk.writer.start()
        kiosk.database.use()
        for n in range(number + 1):
            make_room(kiosk, f"Salle {number}.{n}")
    for kiosk in (*kiosks, kiosks[0]):
        kiosk.database.use()
        seen.append([name for _id, name, _code in rooms.all_rooms()])
        kiosk.write(lambda tx: Setting.insert(key=str(len(seen)), value=1).execute())
    assert seen == [["Salle 0.0"], ["Salle 1.0", "Salle 1.1"], ["Salle 0.0"]]
    counted = []
    for kiosk in kiosks:
        kiosk.database.use()
        counted.append([Setting.select().count(), Room.select().count()])
        assert kiosk.writer.stop()
        kiosk.database.close()
    assert counted == [[3, 1], [2, 2]]  # the rooms' plain address is a setting too
    assert kiosks[0].boot != kiosks[1].boot


def test_without_a_choice_the_latest_opened_answers(database):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(CURRENT.obj is database.peewee))
    thread.start()
    thread.join()
    assert seen == [True]
