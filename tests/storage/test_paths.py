"""A data folder may have any name: every way into its database goes there, and nowhere else."""

from __future__ import annotations

import ast
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from kiosk import versions
from kiosk.ground.config import Settings
from kiosk.ops import upgrade
from kiosk.storage import backups, sqlitefile

ROOT = Path(__file__).resolve().parents[2]
NAMES = [
    "Salle #1", "a?mode=memory", "50%", "%20", "deux  mots ", "élève ñ 教室 cafe\u0301", "l'avant \"salle\"",
    "$HOME;[a]*&b=c", "file:x\\y", "-ligne\nsuite",
]  # fmt: skip


def told(data: Path, *words: str, status: int | None = 0) -> str:
    """What a ``kiosk`` command says about a data folder. ``status`` None: whatever it thinks of this machine."""
    held = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
    command = [sys.executable, "-m", "kiosk", *words, "--data-dir", str(data)]
    done = subprocess.run(command, cwd=ROOT, env=held, capture_output=True, text=True, timeout=60)
    assert status in (None, done.returncode), done.stdout + done.stderr
    return done.stdout


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_a_folder_of_any_name_is_copied_saved_examined_upgraded_and_recovered(tmp_path, name):
    data = tmp_path / name / name
    database = data / "kiosk.sqlite3"
    told(data, "room", "add", "Salle 12")
    copy = backups.make(database, int(time.time() * 1000))
    assert copy.stat().st_size > 4096 and backups.whole(database) == [copy]
    saved = tmp_path / name / "copie.zip"
    told(data, "backup", str(saved))
    found = json.loads(told(data, "doctor", "--json", "--port", "0", status=None))
    assert {one["code"]: one["level"] for one in found["checks"]}["backup"] == "OK"
    assert versions.strangers(database, tmp_path) == {path.stem for path in migrations()}
    assert not upgrade.class_at_work(Settings(data_dir=data))
    database.write_bytes(b"\xff" * 9000)
    assert "Salle 12" in told(data, "room", "list")  # from the copy
    assert len(list(data.glob("kiosk-damaged-*.sqlite3"))) == 1
    told(data, "restore", str(saved))
    assert "Salle 12" in told(data, "room", "list")
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]
    assert sorted(path.name for path in (tmp_path / name).iterdir()) == sorted([name, "copie.zip"])


def migrations() -> list[Path]:
    return list((ROOT / "kiosk/storage/migrations").glob("[0-9]*.py"))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PurePosixPath("/srv/Salle #1/50%/a?b"), "file:///srv/Salle%20%231/50%25/a%3Fb?mode=ro"),
        (PureWindowsPath(r"C:\Élèves #1\k.sqlite3"), "file:///C:/%C3%89l%C3%A8ves%20%231/k.sqlite3?mode=ro"),
        (PureWindowsPath(r"\\serveur\partage\salle 1\k"), "file:////serveur/partage/salle%201/k?mode=ro"),
    ],
)
def test_an_address_names_its_file_alone(path, uri):
    assert sqlitefile.address(path) == uri


def test_a_share_s_address_is_one_that_sqlite_takes(tmp_path):
    """Two slashes before the host are a path to SQLite, one more than a Unix path has."""
    with closing(sqlite3.connect(tmp_path / "a b")) as made:
        made.execute("CREATE TABLE t (x)")
    uri = "file:///" + sqlitefile.address(tmp_path / "a b").removeprefix("file://")
    with closing(sqlite3.connect(uri, uri=True)) as read:
        assert read.execute("SELECT COUNT(*) FROM t").fetchone() == (0,)


def addresses_written(tree: ast.AST) -> list[int]:
    """Lines of f-strings, concatenations and formats that put a value in a ``file:`` address."""
    found = []
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.JoinedStr) and len(node.values) > 1:
            parts = node.values[:1]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
            parts = [node.left]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            parts = [node.func.value]
        for part in parts:
            if isinstance(part, ast.Constant) and str(part.value).startswith("file:"):
                found.append(part.lineno)
    return found


def test_only_one_place_writes_an_address_for_sqlite():
    seen = {}
    for folder in ("kiosk", "bench", "tests", "docs"):
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" not in path.parts:
                lines = addresses_written(ast.parse(path.read_text(encoding="utf-8")))
                if lines:
                    seen[path.relative_to(ROOT).as_posix()] = len(lines)
    assert set(seen) <= {"kiosk/storage/sqlitefile.py", "tests/storage/test_paths.py"}
    assert addresses_written(ast.parse('sqlite3.connect(f"file:{path}?mode=ro", uri=True)')) == [1]
