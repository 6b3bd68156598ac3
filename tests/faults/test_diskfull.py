"""The full disk itself, seen from SQLite: commits fail while the flag exists, reads go on, then all is well."""

from __future__ import annotations

import json
import subprocess
import sys

from faults import preload

PROGRAM = """
import json, pathlib, sqlite3, sys
directory, flag = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
database = sqlite3.connect(directory / "rows.sqlite3", isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("PRAGMA synchronous=FULL")
database.execute("CREATE TABLE row (number INTEGER PRIMARY KEY, text TEXT)")
seen, kept = [], []
for number, room in enumerate([None, 0, 24, 4000, 4120, 9000, 60000, None]):
    flag.unlink(missing_ok=True) if room is None else flag.write_text(str(room))
    for row in range(number * 100, number * 100 + 20):
        try:
            database.execute("INSERT INTO row VALUES (?, ?)", (row, "x" * 300))
            kept.append(row)
        except sqlite3.OperationalError as error:
            seen.append(str(error))
    assert [row for row, in database.execute("SELECT number FROM row ORDER BY number")] == kept
assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
print(json.dumps({"errors": sorted(set(seen)), "failed": len(seen), "last": kept[-1]}))
"""


def test_full_disk_fails_commits_only_while_it_lasts(tmp_path):
    library = preload.build("diskfull", tmp_path)
    data, flag = tmp_path / "data", tmp_path / "full"
    data.mkdir()
    variables = {"KIOSK_DISKFULL_DIR": str(data), "KIOSK_DISKFULL_FLAG": str(flag)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(data), str(flag)],
        env=preload.environment(library, **variables),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    seen = json.loads(done.stdout)
    assert seen["errors"] == ["database or disk is full"]
    assert seen["failed"] > 60
    assert seen["last"] == 719


def test_full_disk_elsewhere_is_left_alone(tmp_path):
    library = preload.build("diskfull", tmp_path)
    (tmp_path / "data").mkdir()
    flag = tmp_path / "full"
    flag.touch()
    variables = {"KIOSK_DISKFULL_DIR": str(tmp_path / "data"), "KIOSK_DISKFULL_FLAG": str(flag)}
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('room')"
    inside, outside = tmp_path / "data" / "file", tmp_path / "file"
    results = [
        subprocess.run(
            [sys.executable, "-c", code, str(path)], env=preload.environment(library, **variables), capture_output=True
        ).returncode
        for path in (inside, outside)
    ]
    assert results == [1, 0]
    assert (inside.exists(), outside.read_text()) == (False, "room")
