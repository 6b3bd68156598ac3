"""A small program to pull the plug on: it says on standard output what it believes is safe.

python writer.py sqlite FULL|NORMAL DIRECTORY    commits rows in WAL mode, prints each number after its commit
python writer.py files DIRECTORY                 durable and careless ways to change files, then waits
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from pathlib import Path


def commit_rows(synchronous: str, directory: Path) -> None:
    """Commit one row after another for ever; small pages and checkpoints make the plug hit both files."""
    database = sqlite3.connect(directory / "rows.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute(f"PRAGMA synchronous={synchronous}")
    database.execute("PRAGMA wal_autocheckpoint=40")
    database.execute("CREATE TABLE IF NOT EXISTS row (number INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    number = database.execute("SELECT coalesce(max(number), 0) FROM row").fetchone()[0]
    while True:
        number += 1
        database.execute("INSERT INTO row VALUES (?, ?)", (number, "é" * (number % 700)))
        os.write(1, b"%d\n" % number)


def change_files(directory: Path) -> None:
    """One file for each way of changing a file, half of them made durable."""
    for name in ("kept", "truncated", "removed", "replaced", "renamed"):
        write(directory / name, "before", durable=True)
    sync_directory(directory)
    write(directory / "kept", "after", durable=True)
    write(directory / "created", "after", durable=False)
    write(directory / "created-durably", "after", durable=True)
    (directory / "truncated").open("w").close()
    (directory / "removed").unlink()
    write(directory / "new", "after", durable=True)
    os.replace(directory / "new", directory / "replaced")
    os.rename(directory / "renamed", directory / "renamed-to")
    os.write(1, b"ready\n")
    time.sleep(60)


def write(path: Path, text: str, durable: bool) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


if __name__ == "__main__":
    if sys.argv[1] == "sqlite":
        commit_rows(sys.argv[2], Path(sys.argv[3]))
    else:
        change_files(Path(sys.argv[2]))
