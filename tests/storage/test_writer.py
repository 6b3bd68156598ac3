"""The writer: one transaction for what waits, a savepoint for each, events after the commit, a native thread."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import peewee
import pytest

from factories import make_room, make_session, settle
from kiosk.domain import rooms, stored
from kiosk.engine import Engine
from kiosk.ground.clock import Clock
from kiosk.ground.errors import KioskError
from kiosk.ground.events import Event
from kiosk.storage import disk
from kiosk.storage import writer as writing
from kiosk.storage.database import Database
from kiosk.storage.models import Setting
from kiosk.storage.writer import Writer


class Statements:
    """The statements of the writer's connection (a fact of SQLite, not a mock: its own trace)."""

    def __init__(self, kiosk):
        self.seen: list[str] = []
        kiosk.write(lambda tx: tx.database.connection().set_trace_callback(self.seen.append))

    def count(self, word):
        return sum(1 for statement in self.seen if statement.startswith(word))


class Gate:
    """A unit that holds the writer until opened, so that what follows gathers behind it."""

    def __init__(self, kiosk):
        self.entered, self.open = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=kiosk.write, args=(self._unit,))
        self.thread.start()
        assert self.entered.wait(5)

    def _unit(self, tx):
        self.entered.set()
        assert self.open.wait(10)

    def release(self):
        self.open.set()
        self.thread.join(5)


def put(key, value=1):
    return lambda tx: Setting.insert(key=key, value=value).execute()


def together(kiosk, *units):
    """Run units as one group; each one's value or error."""
    gate, results, threads = Gate(kiosk), {}, []

    def run(number, unit):
        try:
            results[number] = kiosk.write(unit)
        except Exception as error:
            results[number] = error

    for number, unit in enumerate(units):
        threads.append(threading.Thread(target=run, args=(number, unit)))
        threads[-1].start()
        while kiosk.writer._queue.qsize() <= number:
            time.sleep(0.001)
    gate.release()
    for thread in threads:
        thread.join(10)
    return [results[number] for number in range(len(units))]


def keys():
    return sorted(row.key for row in Setting.select())


def test_a_unit_returns_its_value_and_is_on_disk(kiosk):
    assert kiosk.write(lambda tx: (put("a")(tx), "rendu")[1]) == "rendu"
    other = sqlite3.connect(kiosk.database.path)
    assert other.execute("SELECT key FROM setting").fetchall() == [("a",)]
    other.close()


def test_a_unit_sees_the_kiosk_s_time(kiosk):
    before = kiosk.clock.now()
    assert before <= kiosk.write(lambda tx: tx.now) <= kiosk.clock.now()


def test_what_waits_is_committed_once(kiosk):
    trace = Statements(kiosk)
    before = trace.count("COMMIT")
    assert together(kiosk, *(put(f"k{n}") for n in range(40))) is not None
    assert (trace.count("COMMIT") - before, trace.count("BEGIN IMMEDIATE"), len(keys())) == (
        2,
        2,
        40,
    )  # the gate's, then all
    assert (trace.count("SAVEPOINT unit"), trace.count("RELEASE unit"), trace.count("ROLLBACK")) == (41, 42, 0)


def test_a_group_has_a_most(kiosk, monkeypatch):
    monkeypatch.setattr(writing.Writer, "MOST", 3)
    trace = Statements(kiosk)
    before = trace.count("COMMIT")
    together(kiosk, *(put(f"k{n}") for n in range(7)))
    assert (trace.count("COMMIT") - before, len(keys())) == (4, 7)  # the gate, 3, 3, 1


def test_a_failing_unit_rolls_back_alone(kiosk):
    def half(tx):
        put("moitie")(tx)
        raise KioskError("wrong_phase")

    def bug(tx):
        put("bug")(tx)
        return 1 // 0

    values = together(kiosk, put("a"), half, put("b"), bug, put("a"), put("c"))
    assert [type(v).__name__ for v in values if isinstance(v, Exception)] == [
        "KioskError",
        "ZeroDivisionError",
        "IntegrityError",
    ]
    assert (values[1].code, keys()) == ("wrong_phase", ["a", "b", "c"])


def test_events_come_after_the_commit_in_one_batch_and_not_from_the_failed(kiosk):
    heard = []

    def look(events):
        other = sqlite3.connect(kiosk.database.path)
        heard.append((list(events), other.execute("SELECT COUNT(*) FROM setting").fetchone()[0]))
        other.close()

    kiosk.bus.subscribe(look)

    def unit(key, fails=False):
        def run(tx):
            tx.publish(key)
            put(key)(tx)
            if fails:
                raise KioskError("wrong_phase")

        return run

    together(kiosk, unit("a"), unit("b", True), unit("c"))
    settle(kiosk)
    assert heard == [(["a", "c"], 2)]


def test_no_event_no_announcement(kiosk):
    heard: list[Sequence[Event]] = []
    kiosk.bus.subscribe(heard.append)
    together(kiosk, put("a"), put("b"))
    settle(kiosk)
    assert heard == []


def test_a_slow_unit_stops_neither_readers_nor_this_thread(kiosk):
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1")
    gate = Gate(kiosk)
    for _read in range(50):
        assert rooms.view(room).name == "Salle"
    assert gate.thread.is_alive()  # the unit has not ended
    gate.release()


def test_units_run_in_one_native_thread(kiosk):
    idents = {kiosk.write(lambda tx: __import__("_thread").get_ident()) for _n in range(5)}
    assert len(idents) == 1 and threading.get_ident() not in idents


def test_a_unit_reads_its_own_writes_and_others_do_not_before_the_commit(kiosk):
    def unit(tx):
        put("a")(tx)
        assert stored.get("a") == 1
        other = sqlite3.connect(kiosk.database.path)
        seen = other.execute("SELECT COUNT(*) FROM setting").fetchone()[0]
        other.close()
        return seen

    assert (kiosk.write(unit), stored.get("a")) == (0, 1)


def full(_tx):
    raise peewee.OperationalError("database or disk is full")


def test_on_a_full_disk_each_unit_is_tried_alone_and_it_passes(kiosk, caplog):
    heard: list[Event] = []
    told: list[str] = []
    kiosk.bus.subscribe(heard.extend)
    kiosk.writer.trouble_changed = told.append

    def loud(tx):
        tx.publish("jamais")
        tx.leave_no_trace()
        put("a")(tx)
        full(tx)

    values = together(kiosk, loud, full, put("b"))
    assert [getattr(v, "code", "") for v in values] == ["storage_full", "storage_full", ""]
    assert values[0] is not values[1]  # each is read by somebody else
    assert (keys(), kiosk.writer._erasing) == (["b"], False)
    assert kiosk.write(put("c")) is not None
    settle(kiosk)
    assert (keys(), heard, kiosk.writer.look()) == (["b", "c"], [], "")
    settle(kiosk)
    assert told == ["storage_full", ""]
    assert "commit failed (OperationalError): 1 units refused, storage_full" in [r.getMessage() for r in caplog.records]


def test_only_a_write_of_a_question_s_size_says_that_the_disk_is_well(kiosk):
    with pytest.raises(KioskError):
        kiosk.write(full)
    kiosk.write(put("little"))
    assert kiosk.writer.trouble == "storage_full"
    assert kiosk.writer.look() == ""  # a trial write went through
    assert keys() == ["little"]


def test_only_what_must_pass_uses_the_room_kept_back(kiosk):
    kept = disk.Reserve(kiosk.database.path)
    kept.fill()
    tries = []

    def unit(tx, vital):
        tries.append(vital)
        if vital:
            tx.must_pass()
        if kiosk.settings.data_dir.joinpath("kiosk.reserve").exists():
            full(tx)

    with pytest.raises(KioskError):
        kiosk.write(lambda tx: unit(tx, False))
    kiosk.write(lambda tx: unit(tx, True))
    assert kiosk.settings.data_dir.joinpath("kiosk.reserve").stat().st_size == disk.RESERVE  # kept back again


def test_a_really_full_database_is_said_so(kiosk):
    pages = kiosk.write(lambda tx: tx.database.execute_sql("PRAGMA page_count").fetchone()[0])
    kiosk.write(lambda tx: tx.database.execute_sql(f"PRAGMA max_page_count = {pages + 2}").fetchall())
    with pytest.raises(KioskError) as caught:
        kiosk.write(put("gros", "x" * 100_000))
    assert (caught.value.code, keys()) == ("storage_full", [])
    kiosk.write(lambda tx: tx.database.execute_sql("PRAGMA max_page_count = 1000000").fetchall())
    kiosk.write(put("gros", "x" * 100_000))
    assert keys() == ["gros"]


def test_a_commit_that_fails_refuses_all(kiosk):
    """A unit that ends the transaction itself, as SQLite does on an input/output error."""

    def broken(tx):
        tx.database.execute_sql("ROLLBACK")

    values = together(kiosk, put("a"), broken, put("b"))
    assert [v.code for v in values] == ["storage_failed"] * 3
    assert (keys(), kiosk.write(put("c")) is not None, keys()) == ([], True, ["c"])


@pytest.mark.parametrize(
    "error, code",
    [
        (peewee.OperationalError("database or disk is full"), "storage_full"),
        (OSError(errno.ENOSPC, "No space left on device"), "storage_full"),
        (OSError(errno.EDQUOT, "Quota"), "storage_full"),
        (peewee.OperationalError("attempt to write a readonly database"), "storage_readonly"),
        (OSError(errno.EROFS, "Read-only file system"), "storage_readonly"),
        (peewee.OperationalError("disk I/O error"), "storage_failed"),
        (peewee.OperationalError("database is locked"), "storage_failed"),
        (RuntimeError("careful"), "storage_failed"),
    ],
)
def test_the_disk_s_refusals_are_told_apart(error, code):
    assert disk.refusal(error).code == code


# -- the log


def wal(kiosk):
    return Path(f"{kiosk.database.path}-wal")


def test_an_erasing_unit_empties_the_log(kiosk):
    kiosk.write(put("a"))
    assert wal(kiosk).stat().st_size > 0
    kiosk.write(lambda tx: tx.leave_no_trace())
    assert wal(kiosk).stat().st_size == 0
    kiosk.write(put("b"))
    assert wal(kiosk).stat().st_size > 0


def test_a_failed_erasing_unit_leaves_the_log(kiosk):
    kiosk.write(put("a"))

    def unit(tx):
        tx.leave_no_trace()
        raise KioskError("wrong_phase")

    with pytest.raises(KioskError):
        kiosk.write(unit)
    assert wal(kiosk).stat().st_size > 0


def test_a_reader_in_the_log_only_puts_its_emptying_off(kiosk):
    kiosk.write(lambda tx: tx.database.execute_sql("PRAGMA busy_timeout=20").fetchall())
    kiosk.write(put("a"))
    other = sqlite3.connect(kiosk.database.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM setting").fetchall()
    kiosk.write(lambda tx: tx.leave_no_trace())
    assert wal(kiosk).stat().st_size > 0
    other.execute("COMMIT")
    other.close()
    kiosk.write(lambda tx: None)
    assert wal(kiosk).stat().st_size == 0


def test_the_log_is_folded_back_when_nobody_waits(kiosk, monkeypatch):
    monkeypatch.setattr(writing, "FOLD_IDLE", 20_000)
    trace = Statements(kiosk)
    for n in range(12):
        kiosk.write(put(f"k{n}"))
    settle(kiosk)
    end = time.monotonic() + 5  # it is folded once the last write has been answered
    while not (folded := trace.count("PRAGMA wal_checkpoint(PASSIVE)")) and time.monotonic() < end:
        time.sleep(0.01)
    assert 1 <= folded <= 4


def test_the_log_is_folded_back_under_load_and_begins_again(kiosk, monkeypatch):
    """A class that never stops asking leaves no idle moment: the log filled a small disk."""
    monkeypatch.setattr(writing, "FOLD_IDLE", 10**9)
    monkeypatch.setattr(writing, "FOLD_NOW", 200_000)
    grown = []
    for n in range(300):
        together(kiosk, *(put(f"k{n}-{each}") for each in range(3)))
        grown.append(wal(kiosk).stat().st_size)
    assert max(grown) < 400_000


# -- what nobody foresaw


def answered(writer, unit):
    """The value of a unit, or the code of its refusal: within five seconds, or nobody answers any more."""
    told = []

    def run():
        try:
            told.append(writer.run(unit))
        except KioskError as error:
            told.append(error.code)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(5)
    assert told, "left waiting"
    return told[0]


def leave(_tx):
    raise SystemExit


def test_a_unit_that_ends_its_thread_is_refused_and_the_writer_goes_on(kiosk, caplog):
    assert answered(kiosk.writer, leave) == "storage_failed"
    assert answered(kiosk.writer, lambda tx: (put("a")(tx), "kept")[1]) == "kept"
    assert keys() == ["a"]
    assert "the writing thread goes on after an error: SystemExit < test_writer.leave" in caplog.text


def test_a_log_that_cannot_be_emptied_ends_nothing(kiosk):
    """A reader is in what was erased, then a group loses the connection: the log is emptied by the next one."""
    kiosk.write(lambda tx: tx.database.execute_sql("PRAGMA busy_timeout=20").fetchall())
    kiosk.write(put("a"))
    other = sqlite3.connect(kiosk.database.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM setting").fetchall()
    kiosk.write(lambda tx: tx.leave_no_trace())
    assert answered(kiosk.writer, lambda tx: tx.database.close()) == "storage_failed"
    other.execute("COMMIT")
    other.close()
    assert answered(kiosk.writer, lambda tx: "kept") == "kept"
    assert wal(kiosk).stat().st_size == 0


def test_what_is_kept_is_not_refused_for_what_follows_it(kiosk, monkeypatch):
    def broken():
        raise RuntimeError

    for hook in ("_erase_log", "_rest"):
        with monkeypatch.context() as patched:
            patched.setattr(kiosk.writer, hook, broken)
            assert answered(kiosk.writer, lambda tx, key=hook: (put(key)(tx), "kept")[1]) == "kept"
            settle(kiosk)
    assert (keys(), kiosk.writer.trouble) == (["_erase_log", "_rest"], "")


def test_a_unit_that_comes_after_the_end_is_refused(tmp_path):
    database, writer = bare(tmp_path)
    writer.start()
    assert writer.stop()
    assert answered(writer, put("late")) == "starting"
    database.close()


def test_a_room_that_cannot_be_kept_back_is_no_error(tmp_path):
    disk.Reserve(tmp_path / ("x" * 300) / "kiosk.sqlite3").fill()


# -- start and stop


def bare(tmp_path):
    database = Database(tmp_path / "k.sqlite3")
    database.open()
    return database, Writer(database, Engine(), Clock(), lambda events: None)


def test_stop_finishes_what_waits(tmp_path):
    database, writer = bare(tmp_path)
    writer.start()
    done = []

    def slow(tx):
        time.sleep(0.2)
        put("a")(tx)

    threads = [threading.Thread(target=lambda u=u: done.append(writer.run(u))) for u in (slow, put("b"), put("c"))]
    for number, thread in enumerate(threads):
        thread.start()
        time.sleep(0.02)
    assert writer.stop() is True
    for thread in threads:
        thread.join(5)
    assert (len(done), keys()) == (3, ["a", "b", "c"])
    assert not wal_of(database).exists() or wal_of(database).stat().st_size == 0
    database.close()


def wal_of(database):
    return Path(f"{database.path}-wal")


def test_stop_says_when_it_took_too_long(tmp_path):
    database, writer = bare(tmp_path)
    writer.start()
    thread = threading.Thread(target=writer.run, args=(lambda tx: time.sleep(0.4),))
    thread.start()
    time.sleep(0.05)
    assert writer.stop(seconds=0.05) is False
    assert writer.stop(seconds=5) is True
    thread.join(5)
    assert writer.stop(seconds=0.5) is True
    database.close()


def test_stop_leaves_one_file_whole(tmp_path):
    database, writer = bare(tmp_path)
    writer.start()
    writer.run(put("a"))
    assert writer.stop()
    database.close()
    alone = tmp_path / "copie.sqlite3"
    alone.write_bytes(database.path.read_bytes())
    other = sqlite3.connect(alone)
    assert other.execute("SELECT key FROM setting").fetchall() == [("a",)]
    other.close()


def test_start_tells_why_it_cannot(tmp_path):
    database, writer = bare(tmp_path)
    database.close()
    database.path.unlink()
    wal_of(database).unlink(missing_ok=True)
    Path(f"{database.path}-shm").unlink(missing_ok=True)
    database.path.mkdir()
    with pytest.raises(peewee.OperationalError):
        writer.start()
    assert writer.stop(seconds=1) is True


def test_another_database_error_in_a_unit_is_its_own_affair(kiosk):
    values = together(kiosk, put("a"), lambda tx: tx.database.execute_sql("SELECT * FROM nulle_part"), put("b"))
    assert (type(values[1]).__name__, keys()) == ("OperationalError", ["a", "b"])
