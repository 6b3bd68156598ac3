"""A database of another version: brought up to this one, once, whole; or refused; on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from centre.centre_process import OTHER_UAI, ROOT, UAI, Centre
from kiosk.centre import models
from kiosk.centre.schema import STEPS, Step
from kiosk.centre.serving import open_centre
from kiosk.centre.settings import CentreSettings
from kiosk.centre.store import Store
from kiosk.engine import Engine
from kiosk.ground.errors import KioskError
from kiosk.ops.process import free_port

pytestmark = pytest.mark.server
NOW = STEPS[-1].version
BODY = (
    '{"title":"Éolien","starts_at":"2035-03-01T13:30:00Z","duration_min":45,"format":"college-45","meeting_url":"",'
    '"levels":["4E"],"status":"planned","speakers":[],"dossier":[]}'
)
ROWS = (
    "INSERT INTO stored VALUES ('mark', 'abcd')",
    f"INSERT INTO session VALUES ('S', 'Éolien', 2056372200000, 45, 'planned', NULL, FALSE, '{BODY}')",
    f"INSERT INTO asked VALUES ('q1', '{UAI}', 4, 'S', 'Le vent ?', 'vie', 'live', 'asked')",
    f"INSERT INTO asked VALUES ('q2', '{UAI}', 7, 'S', 'La mer ?', 'metier', 'live', 'answered')",
    f"INSERT INTO attendance VALUES ('{UAI}', 'e', 'S', 9, 26, 1, 2, 31, 12)",
    f"INSERT INTO operation VALUES ('{UAI}', 'a', 'first', 4, '{{}}'), ('{UAI}', 'b', 'first', 7, '{{}}'),"
    f" ('{UAI}', 'c', 'second', 7, '{{}}'), ('{UAI}', 'd', 'second', 9, '{{}}'), ('{OTHER_UAI}', 'e', 'o', 4, '{{}}')",
)


@dataclass(frozen=True)
class Base:
    """A centre's database: a folder, and an address on a server or an empty one."""

    folder: Path
    address: str

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a statement, by a connection of its own."""
        connection = self._connect()
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            connection.commit()
            return rows
        finally:
            connection.close()

    def tables(self) -> set[str]:
        """Names of its tables."""
        known = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        on_a_server = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return {row[0] for row in self.ask(on_a_server if self.address else known)}

    def versions(self) -> list[int]:
        """Versions it was brought to."""
        return [row[0] for row in self.ask("SELECT version FROM schema_step ORDER BY version")]

    def copies(self) -> list[Path]:
        """Copies from before an upgrade."""
        return sorted((self.folder / "backups").glob("*"))

    def store(self, steps: tuple[Step, ...] = STEPS) -> Store:
        """Opened in this process."""
        made = Store(self.folder, self.address, Engine(), steps)
        made.start()
        return made

    def upgrade(self, way: str) -> subprocess.Popen[str]:
        """Opened by a process, with one step more."""
        program = str(Path(__file__).with_name("upgrading_store.py"))
        return subprocess.Popen(
            [sys.executable, program, str(self.folder), self.address, way],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE,
        )  # fmt: skip

    def _connect(self) -> Any:
        if not self.address:
            return sqlite3.connect(self.folder / "centre.sqlite3")
        import psycopg2

        return psycopg2.connect(self.address)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Base:
    """Nothing yet."""
    return Base(tmp_path, request.getfixturevalue("cluster").database() if request.param == "postgresql" else "")


@pytest.fixture
def old(empty: Base) -> Base:
    """A base as the first version made it, with rows."""
    return filled(empty)


def filled(base: Base) -> Base:
    """Make an old base of an empty one."""
    sql = Path(__file__).with_name("version_1.sql").read_text("utf-8").partition("\n")[2]
    for statement in sql.split(";\n"):
        if statement.strip():
            base.ask(statement if base.address else statement.replace("SERIAL", "INTEGER"))
    for row in ROWS:
        base.ask(row if base.address else row.replace("FALSE", "0"))
    return base


def shape(store: Store) -> dict[str, Any]:
    """What every table is made of, whatever the order."""

    def unit(_tx: Any) -> dict[str, Any]:
        db = store.database
        return {
            name: (
                sorted((one.name, one.null) for one in db.get_columns(name)),
                sorted(db.get_primary_keys(name)),
                sorted((tuple(one.columns), one.unique) for one in db.get_indexes(name)),
            )
            for name in db.get_tables()
        }

    return store.run(unit)


def test_an_old_base_becomes_what_a_new_one_is_and_keeps_its_rows(old: Base, tmp_path_factory: Any) -> None:
    store = old.store()
    asked = [("q1", UAI, "first", 4, "Le vent ?"), ("q2", UAI, "", 7, "La mer ?")]  # two kiosks had a seventh
    assert sorted(old.ask("SELECT id, uai, kiosk, seq, text FROM asked")) == asked
    assert old.ask("SELECT kiosk, headcount, asked FROM attendance") == [("second", 26, 12)]
    migrated = shape(store)
    assert store.run(lambda _tx: models.Session.get_by_id("S").title) == "Éolien" and store.stop()
    assert old.versions() == [NOW]
    if old.address:
        for name in old.tables():
            old.ask(f"DROP TABLE {name}")
        fresh = Base(old.folder, old.address)
    else:
        fresh = Base(tmp_path_factory.mktemp("fresh"), "")
    again = fresh.store()
    assert shape(again) == migrated and again.stop()


def test_the_models_are_what_the_steps_made(empty: Base) -> None:
    store = empty.store()
    stepped = shape(store)
    del stepped["schema_step"]

    def from_the_models(_tx: Any) -> None:
        for name in stepped:
            store.database.execute_sql(f"DROP TABLE {name}")
        store.database.create_tables(models.TABLES)

    store.run(from_the_models)
    made = shape(store)
    del made["schema_step"]
    assert made == stepped and store.stop()


def test_a_file_is_copied_before_it_changes_and_three_copies_are_kept(old: Base) -> None:
    assert old.store().stop()
    if old.address:
        assert old.copies() == []
        return
    (copy,) = old.copies()
    assert copy.stat().st_mode & 0o777 == 0o600 and copy.name.startswith("centre-v1-")
    held = sqlite3.connect(copy)
    assert held.execute("SELECT id, seq FROM asked ORDER BY id").fetchall() == [("q1", 4), ("q2", 7)]
    held.close()
    for number in range(5):
        copy.with_name(f"centre-v0-{number}.sqlite3").touch()
    old.ask("DROP TABLE schema_step")
    old.ask("DROP TABLE asked")
    old.ask("ALTER TABLE attendance DROP COLUMN kiosk")
    assert old.store().stop()
    assert len(old.copies()) == 3 and old.versions() == [NOW] and "asked" in old.tables()


def test_a_new_base_has_the_version_at_once_and_starts_again_without_a_copy(empty: Base) -> None:
    for _start in range(2):
        assert empty.store().stop()
        assert empty.versions() == [NOW] and empty.copies() == []


@pytest.mark.parametrize(("language", "words"), [("fr", "version plus récente du centre"), ("en", "later version")])
def test_a_later_base_is_refused_and_left_as_it_is(old: Base, language: str, words: str) -> None:
    old.ask("CREATE TABLE schema_step (version INTEGER NOT NULL PRIMARY KEY, at BIGINT NOT NULL)")
    old.ask(f"INSERT INTO schema_step VALUES ({NOW + 1}, 1)")
    before = old.tables()
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "centre", "--data-dir", str(old.folder), "--port", "0"],
        cwd=ROOT, text=True, capture_output=True, timeout=60,
        env={**os.environ, "KIOSK_CENTRE_DATABASE": old.address, "KIOSK_LANGUAGE": language, "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 1 and "[centre_newer]" in done.stderr and words in done.stderr.replace("\u00a0", " ")
    assert "Traceback" not in done.stderr and str(NOW + 1) in done.stderr
    assert (old.tables(), old.versions(), old.copies()) == (before, [NOW + 1], [])
    assert old.ask("SELECT COUNT(*) FROM asked WHERE seq = 7") == [(1,)]


def test_two_processes_at_once_upgrade_once(old: Base) -> None:
    both = [old.upgrade("slow") for _process in range(2)]
    said = [process.communicate(timeout=60)[0].split() for process in both]
    assert sorted(said) == [["begun", "ready"], ["ready"]]
    assert [process.returncode for process in both] == [0, 0]
    assert old.versions() == [NOW + 1] and len(old.ask("SELECT pid FROM one_more")) == 1


def test_workers_of_one_server_start_at_once_on_an_old_base(cluster: Any, tmp_path: Path) -> None:
    base = filled(Base(tmp_path, cluster.database()))
    environment = {**os.environ, "KIOSK_CENTRE_DATABASE": base.address, "KIOSK_CENTRE_KEY": "k" * 32, "PYTHONUTF8": "1"}
    ports = [free_port() for _worker in range(3)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "kiosk", "centre", "--data-dir", str(tmp_path / str(port)), "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        for port in ports
    ]
    try:
        for port in ports:
            assert answers(port)
        assert base.versions() == [NOW] and base.ask("SELECT COUNT(*) FROM asked") == [(2,)]
    finally:
        for worker in workers:
            worker.terminate()
    said = [worker.communicate(timeout=30)[0] for worker in workers]
    assert sum("from version 1 to" in one for one in said) == 1 and not any("Traceback" in one for one in said)
    assert sum("Mot de passe" in one for one in said) == 1


def answers(port: int) -> bool:
    """Whether a centre answers within half a minute."""
    for _try in range(300):
        try:
            return requests.get(f"http://127.0.0.1:{port}/v1/about", timeout=5).ok
        except requests.ConnectionError:
            time.sleep(0.1)
    return False


def test_a_start_killed_in_the_middle_has_changed_nothing_and_the_next_one_goes_on(old: Base) -> None:
    before = old.tables()
    killed = old.upgrade("dies")
    assert killed.communicate(timeout=60)[0].split() == ["begun"] and killed.returncode == -signal.SIGKILL
    assert old.tables() == before and old.ask("SELECT COUNT(*) FROM asked") == [(2,)]
    centre = Centre(old.folder, old.address)
    try:
        kiosk = centre.office().pair()
        assert [one["id"] for one in kiosk.exchange()["changes"]] == []
        assert "Éolien" in centre.office().get("/bureau/seances/S").text
    finally:
        centre.stop()
    assert old.versions() == [NOW] and len(old.ask("SELECT kiosk FROM asked")) == 2


def test_a_step_that_fails_changes_nothing(old: Base) -> None:
    def fails(db: Any) -> None:
        db.execute_sql("DELETE FROM asked")
        raise OSError("no more")

    before = old.tables()
    with pytest.raises(OSError, match="no more"):
        old.store((*STEPS, Step(f"{NOW + 1:04d}_fails", fails)))
    assert old.tables() == before and old.ask("SELECT COUNT(*) FROM asked") == [(2,)]
    store = old.store()
    assert store.run(lambda _tx: models.Asked.select().count()) == 2 and store.stop()


def test_without_a_copy_nothing_changes(tmp_path: Path) -> None:
    base = filled(Base(tmp_path, ""))
    before = base.tables()
    (tmp_path / "backups").write_text("not a folder")
    with pytest.raises(KioskError) as refusal:
        open_centre(CentreSettings(tmp_path))
    assert refusal.value.code == "upgrade_uncopied" and base.tables() == before
    assert (tmp_path / "backups").read_text() == "not a folder"


def test_what_is_no_database_is_told_as_before(tmp_path: Path) -> None:
    (tmp_path / "centre.sqlite3").write_bytes(b"a letter, not a database" * 100)
    with pytest.raises(KioskError) as refusal:
        open_centre(CentreSettings(tmp_path))
    assert refusal.value.code == "centre_database"
