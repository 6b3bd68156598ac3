"""``kiosk migrate-data``: a kiosk's rows from its file to PostgreSQL and back, counted; the source untouched."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from scale.farm import ROOT, Cluster, Running, postgresql

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with postgresql() as made:
        yield made


def command(*words: str, folder: Path, database: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "KIOSK_LANGUAGE": "fr"}
    if database:
        environment["KIOSK_DATABASE"] = database
    line = [sys.executable, "-m", "kiosk", *words, "--data-dir", str(folder)]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a file, by table; what migrations note has its own hour."""
    with closing(sqlite3.connect(path)) as base:
        names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(base.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
            if name not in ("schema_migration", "sqlite_sequence")
        }


def test_there_and_back_every_row_is_the_same(tmp_path: Path, cluster: Cluster) -> None:
    folder, url = tmp_path / "data", cluster.database()
    kiosk = Running(folder, "eventlet")
    kiosk.start()
    teacher = kiosk.teacher()
    kiosk.act(teacher, "/prof/etape", vers="questions")
    kiosk.act(teacher, "/prof/saisir", texte="Faut-il aimer la hauteur ?")
    refused = command("migrate-data", url, folder=folder)
    assert refused.returncode == 1 and "already_running" in refused.stderr
    kiosk.stop()
    path = folder / "kiosk.sqlite3"
    before, bytes_before = tables(path), hashlib.sha256(path.read_bytes()).hexdigest()
    secrets = json.loads((folder / "secrets.json").read_text())

    done = command("migrate-data", url, folder=folder)
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(path.read_bytes()).hexdigest() == bytes_before
    again = command("migrate-data", url, folder=folder)
    assert again.returncode == 1 and "move_target" in again.stderr
    back = command("migrate-data", "sqlite", folder=folder, database=url)
    assert back.returncode == 1 and "move_target" in back.stderr, "its own file is still there"

    path.rename(tmp_path / "avant.sqlite3")
    (folder / "secrets.json").unlink()
    held = psycopg2.connect(url)
    held.autocommit = True
    held.cursor().execute("SELECT pg_advisory_lock_shared(418092)")  # a worker's
    busy = command("migrate-data", "sqlite", folder=folder, database=url)
    assert busy.returncode == 1 and "scale_taken" in busy.stderr
    held.close()
    done = command("migrate-data", "sqlite", folder=folder, database=url)
    assert done.returncode == 0, done.stderr
    assert tables(path) == before
    assert json.loads((folder / "secrets.json").read_text()) == secrets
    kiosk.start()
    kiosk.act(kiosk.teacher(), "/prof/saisir", texte="Et le froid ?")
    kiosk.stop()
