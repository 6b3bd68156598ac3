"""Copies that can be trusted, and the start that survives a damaged database."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing

import pytest

from kiosk.storage import backups
from kiosk.storage.database import Database

NOW = 1_795_500_000_000  # 2026-11-24


@pytest.fixture
def database(tmp_path):
    """A kiosk's database in WAL mode, with rows, as it leaves it while it runs."""
    path = tmp_path / "kiosk.sqlite3"
    made = Database(path)
    made.open()
    made.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE said (text TEXT)")
    connection.executemany("INSERT INTO said VALUES (?)", [(f"question {n} " * 40,) for n in range(400)])
    connection.commit()
    yield path
    connection.close()


def rows(path) -> int:
    with closing(sqlite3.connect(path)) as connection, connection:
        return int(connection.execute("SELECT COUNT(*) FROM said").fetchone()[0])


def test_a_copy_is_whole_private_and_needs_no_log(database):
    copy = backups.make(database, NOW)
    assert copy.name == "kiosk-20261124T060000.sqlite3"
    assert rows(copy) == 400
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


def test_the_newest_seven_are_kept_and_the_live_one_beside(database):
    for day in range(9):
        os.utime(backups.make(database, NOW + day * 86_400_000), (day, day))
    backups.make(database, NOW, latest=True)
    names = {path.name for path in backups.newest_first(database)}
    assert len(names) == 8
    assert "kiosk-live.sqlite3" in names and "kiosk-20261124T060000.sqlite3" not in names


@pytest.mark.parametrize("harm", ["truncated", "zeroed", "garbage", "empty", "pages"])
def test_a_damaged_database_gives_way_to_the_newest_good_copy(database, harm):
    backups.make(database, NOW)
    whole = backups.newest_first(database)[0].read_bytes()
    bad = {
        "truncated": whole[: len(whole) // 2],
        "zeroed": bytes(len(whole)),
        "garbage": b"x" * len(whole),
        "empty": b"",
        "pages": whole[:4096] + b"\xff" * (len(whole) - 4096),
    }[harm]
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    database.write_bytes(bad)
    assert backups.recover(database, NOW) == "restored"
    assert rows(database) == 400
    aside = database.with_name("kiosk-damaged-20261124T060000.sqlite3")
    assert aside.read_bytes() == bad


def test_a_damaged_copy_is_passed_over(database):
    good = backups.make(database, NOW)
    bad = backups.make(database, NOW + 1000)
    bad.write_bytes(b"nothing")
    os.utime(good, (1, 1))
    database.write_bytes(b"")
    assert backups.recover(database, NOW) == "restored"
    assert rows(database) == 400


def test_without_any_copy_the_start_is_anew_and_says_so(database):
    database.write_bytes(b"garbage" * 1000)
    assert backups.recover(database, NOW) == "empty"
    assert not database.exists()


def test_a_healthy_database_and_a_first_start_are_left_alone(database, tmp_path):
    backups.make(database, NOW)
    assert backups.recover(database, NOW) is None
    assert rows(database) == 400
    assert backups.recover(tmp_path / "new" / "kiosk.sqlite3", NOW) is None


def test_a_copy_that_fails_leaves_nothing_behind(database, tmp_path):
    with pytest.raises(sqlite3.Error):
        backups.make(tmp_path / "absent.sqlite3", NOW)
    assert not list((tmp_path / "backups").iterdir())
