"""A log damaged in its middle is told, with what it lost; one cut at its end, as by any power cut, is not."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing

import pytest

from kiosk.storage import backups, wal
from kiosk.storage.database import Database

NOW = 1_795_500_000_000
FRAME = 24 + 4096


class Log:
    """A kiosk's database as a killed process leaves it: ``commits`` (frames up to each commit's end) in its log."""

    def __init__(self, folder, rows=60):
        live = folder / "live"
        live.mkdir()
        base = Database(live / "kiosk.sqlite3")
        base.open()
        base.close()
        self.path = folder / "kiosk.sqlite3"
        self.commits = []
        with closing(sqlite3.connect(live / "kiosk.sqlite3", isolation_level=None)) as writer:
            writer.execute("PRAGMA wal_autocheckpoint=0")
            writer.execute("PRAGMA synchronous=FULL")
            gauge = wal.Gauge(live / "kiosk.sqlite3")
            for number in range(rows):
                writer.execute("BEGIN")
                for key in range(3):
                    writer.execute("INSERT INTO setting VALUES (?, ?)", (f"{number:03}-{key}", "x" * 900))
                writer.execute("COMMIT")
                self.commits.append((gauge.bytes() - 32) // FRAME)
            gauge.close()
            for suffix in ("", "-wal"):
                shutil.copy(live / f"kiosk.sqlite3{suffix}", folder / f"kiosk.sqlite3{suffix}")
        self.log = folder / "kiosk.sqlite3-wal"

    def harm(self, at, data):
        with self.log.open("r+b") as file:
            file.seek(at)
            file.write(data)

    def kept(self):
        with closing(sqlite3.connect(self.path)) as base:
            return base.execute("SELECT COUNT(*) FROM setting").fetchone()[0] // 3


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path)


def test_a_whole_log_is_folded_back_and_nothing_is_said(log):
    assert log.commits[-1] > 100
    assert backups.recover(log.path, NOW) is None
    assert log.kept() == 60 and not list(log.path.parent.glob("kiosk-damaged-*"))


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("what", ["bit", "zeros", "noise", "head of a frame"])
def test_a_damaged_middle_is_told_and_kept(log, where, what):
    number = int(log.commits[-1] * where)
    at = 32 + number * FRAME
    before = log.log.read_bytes()
    if what == "bit":
        log.harm(at + 2000, bytes([before[at + 2000] ^ 1]))
    elif what == "head of a frame":
        log.harm(at, bytes(24))
    else:
        log.harm(at + 1000, bytes(4096) if what == "zeros" else random.Random(1).randbytes(4096))
    harmed = log.log.read_bytes()
    assert backups.recover(log.path, NOW) == "log"
    assert 0 < log.kept() < 60
    (kept,) = log.path.parent.glob("kiosk-damaged-*")
    assert kept.name.endswith("-wal") and kept.read_bytes() == harmed
    assert backups.recover(log.path, NOW) is None  # once


def test_a_copy_that_came_further_than_what_is_left_is_brought_back(log, tmp_path):
    with closing(sqlite3.connect(log.path)) as base:
        base.execute("PRAGMA wal_autocheckpoint=0")
        base.execute("INSERT INTO audit_entry (at, actor, action, detail) VALUES (1, 'machine', 'start', '')")
        base.commit()
        copy = backups.make(log.path, NOW)
        assert copy.exists()
        for name in ("kiosk.sqlite3", "kiosk.sqlite3-wal"):
            shutil.copy(tmp_path / name, tmp_path / f"kept-{name}")
    for name in ("kiosk.sqlite3", "kiosk.sqlite3-wal"):
        shutil.move(tmp_path / f"kept-{name}", tmp_path / name)
    log.harm(32 + 20 * FRAME + 500, b"\xff" * 64)
    assert backups.recover(log.path, NOW) == "restored"
    assert log.kept() == 60


def test_a_cut_at_the_end_is_no_damage(log, tmp_path):
    """Whatever of the last transaction reached the disk, in whatever order: nobody was told that it was there."""
    whole, base = log.log.read_bytes(), log.path.read_bytes()
    chance = random.Random(7)
    start, end = log.commits[-2], log.commits[-1]
    for _each in range(60):
        torn = bytearray(whole[: 32 + end * FRAME])
        for at in range(32 + start * FRAME, len(torn), 512):
            if chance.random() < 0.4:
                torn[at : at + 512] = chance.choice([bytes(512), chance.randbytes(512)])[: len(torn) - at]
        log.log.write_bytes(bytes(torn[: chance.randrange(32 + start * FRAME, len(torn) + 1)]))
        log.path.write_bytes(base)
        (tmp_path / "kiosk.sqlite3-shm").unlink(missing_ok=True)
        assert backups.recover(log.path, NOW) is None
        assert log.kept() in (59, 60)


def test_frames_of_an_earlier_turn_of_the_log_are_no_damage(tmp_path):
    live = tmp_path / "live"
    live.mkdir()
    base = Database(live / "kiosk.sqlite3")
    base.open()
    base.close()
    with closing(sqlite3.connect(live / "kiosk.sqlite3", isolation_level=None)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint=0")
        for number in range(40):
            writer.execute("INSERT INTO setting VALUES (?, ?)", (f"a{number}", "x" * 2000))
        writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        for number in range(5):  # from the head of the log again
            writer.execute("INSERT INTO setting VALUES (?, ?)", (f"b{number}", "x" * 2000))
        for suffix in ("", "-wal"):
            shutil.copy(live / f"kiosk.sqlite3{suffix}", tmp_path / f"kiosk.sqlite3{suffix}")
    assert backups.recover(tmp_path / "kiosk.sqlite3", NOW) is None


@pytest.mark.parametrize("folded", [True, False])
def test_a_head_that_cannot_be_read_is_damage_unless_all_was_folded_back(tmp_path, folded):
    log = Log(tmp_path)
    if folded:
        whole = log.log.read_bytes()
        with closing(sqlite3.connect(log.path)) as base:
            base.execute("PRAGMA wal_checkpoint(PASSIVE)")
        log.log.write_bytes(whole)
        (tmp_path / "kiosk.sqlite3-shm").unlink(missing_ok=True)
    log.harm(8, b"\xff" * 8)
    assert backups.recover(log.path, NOW) == (None if folded else "log")


def test_a_log_that_another_process_has_open_is_left_to_it(log):
    log.harm(32 + 20 * FRAME + 500, b"\xff" * 64)
    with closing(sqlite3.connect(log.path, isolation_level=None)) as other:
        other.execute("SELECT COUNT(*) FROM setting").fetchone()
        assert backups.recover(log.path, NOW) is None


def test_the_gauge_follows_the_log_through_its_turns(tmp_path):
    base = Database(tmp_path / "k.sqlite3")
    base.open()
    base.close()
    gauge = wal.Gauge(tmp_path / "k.sqlite3")
    assert gauge.bytes() == 0
    with closing(sqlite3.connect(tmp_path / "k.sqlite3", isolation_level=None)) as writer:
        seen = []
        for _turn in range(2):
            for number in range(10):
                writer.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (f"a{number}", "x" * 2000))
                seen.append(gauge.bytes())
            writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        assert seen[:10] == sorted(seen[:10]) and seen[10] < seen[9] and seen[0] > 0
    gauge.close()
