"""The power cut itself: it loses what was not synced, keeps what was, and tells the two modes of SQLite apart."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from faults import preload

WRITER = Path(__file__).resolve().parent / "writer.py"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return preload.build("powercut", tmp_path_factory.mktemp("powercut"))


def start(library, directory, *arguments, **variables):
    environment = preload.environment(library, KIOSK_POWERCUT_DIR=str(directory), **variables)
    command = [sys.executable, str(WRITER), *arguments, str(directory)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)


def pull_the_plug(process):
    process.send_signal(signal.SIGUSR2)
    output = process.communicate(timeout=10)[0]
    assert process.returncode == 137
    return output


def cut_while_writing(library, directory, synchronous, seconds, **variables):
    """Numbers the writer had printed after their commit, then the numbers found after the cut."""
    process = start(library, directory, "sqlite", synchronous, **variables)
    printed = process.stdout.readline()
    time.sleep(seconds)
    printed += pull_the_plug(process)
    with closing(sqlite3.connect(directory / "rows.sqlite3")) as database, database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = [number for (number,) in database.execute("SELECT number FROM row ORDER BY number")]
    database.close()
    whole_lines = printed[: printed.rfind(b"\n")].split()
    return [int(number) for number in whole_lines], found


def test_full_loses_no_committed_row(library, tmp_path):
    for repeat in range(4):
        torn = {"KIOSK_POWERCUT_TORN": str(repeat)} if repeat % 2 else {}
        printed, found = cut_while_writing(library, tmp_path, "FULL", 0.15 + 0.05 * repeat, **torn)
        assert len(printed) > 5
        assert found[: printed[-1]] == list(range(1, printed[-1] + 1))
        assert len(found) - printed[-1] in (0, 1)


def test_normal_loses_committed_rows(library, tmp_path):
    """A cut just after a checkpoint loses nothing even so: one of several cuts must lose something."""
    lost = 0
    for repeat in range(8):
        directory = tmp_path / str(repeat)
        directory.mkdir()
        printed, found = cut_while_writing(library, directory, "NORMAL", 0.2 + 0.03 * repeat)
        assert len(printed) > 5
        assert found == list(range(1, len(found) + 1))
        lost += max(0, printed[-1] - len(found))
        if lost:
            break
    assert lost


def test_kill_loses_nothing_even_with_normal(library, tmp_path):
    process = start(library, tmp_path, "sqlite", "NORMAL")
    process.stdout.readline()
    time.sleep(0.2)
    process.kill()
    printed = process.communicate()[0].split()
    with closing(sqlite3.connect(tmp_path / "rows.sqlite3")) as database, database:
        last = database.execute("SELECT max(number) FROM row").fetchone()[0]
    database.close()
    assert last >= int(printed[-2])


def test_files_fall_back_to_their_last_sync(library, tmp_path):
    process = start(library, tmp_path, "files")
    assert process.stdout.readline() == b"ready\n"
    pull_the_plug(process)
    found = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert found == {
        "kept": "after",
        "created-durably": "after",
        "truncated": "before",
        "removed": "before",
        "replaced": "before",
        "new": "after",
        "renamed": "before",
    }
