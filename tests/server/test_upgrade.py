"""A bundle that installs with no network, then real upgrades of a real kiosk: good, bad, cut anywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from kiosk.ops.bundle import archive, signature, stamp
from kiosk.ops.process import free_port
from test_setup import answers, copy_tree, plain_environment

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]
BROKEN = '\nraise RuntimeError("this version does not start")\n'
#: Starts on the trial's copy, never on the real data.
DECEITFUL = """
_serve = serve


def serve(settings):
    if "versions" in str(settings.data_dir):
        _serve(settings)
    create_app(settings, current())
    raise RuntimeError("not on these data")
"""
MIGRATION = 'def up(db):\n    db.execute_sql("CREATE TABLE brand_new (id INTEGER PRIMARY KEY)")\n'


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A private key of whoever makes bundles; its public half is beside it."""
    path = tmp_path_factory.mktemp("key") / "kiosques"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, key):
    """A signed bundle of this machine, unpacked: the folder."""
    tree = copy_tree(tmp_path_factory.mktemp("source") / "kiosque")
    shutil.rmtree(tree / "static" / "build", ignore_errors=True)
    shutil.copytree(ROOT / "static" / "build", tree / "static" / "build")
    (tree / "static" / "build" / ".stamp").write_text(stamp.of(tree))
    out = tree.parent / "out"
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "bundle", "--sign", str(key), "--output", str(out)],
        cwd=tree,
        env=plain_environment(PYTHONPATH=str(tree)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("kiosque-metiers-*.tar.gz")
    assert (out / "SHA256SUMS").read_text() == f"{archive.sha256(path)}  {path.name}\n"
    shutil.unpack_archive(path, tree.parent / "unpacked", filter="data")
    (folder,) = (tree.parent / "unpacked").iterdir()
    signature.check(folder, key.with_suffix(".pub").read_text())
    return folder


def variant(bundle: Path, folder: Path, version: str, key: Path | None = None, made: str = "", **more: str) -> Path:
    """An archive of another version: files of ``more`` (path with ``__`` for ``/``) get these lines at their end. Its
    signature is of the bundle it was made from, unless ``key`` signs it.
    """
    folder.mkdir(exist_ok=True)
    tree = folder / f"kiosque-{version}"
    shutil.copytree(bundle, tree, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "kiosk" / "__init__.py").write_text(f'__version__ = "{version}"\n')
    facts = json.loads((tree / "bundle.json").read_text())
    (tree / "bundle.json").write_text(json.dumps({**facts, "version": version, "made": made or facts["made"]}))
    (tree / "kiosk" / "storage" / "migrations" / "0099_new.py").write_text(MIGRATION)
    for name, text in more.items():
        with (tree / (name.replace("__", "/") + ".py")).open("a") as file:
            file.write(text)
    archive.write_sums(tree)
    if key is not None:
        signature.sign(tree, key)
    target = folder / f"{version}.tar.gz"
    archive.pack(tree, target)
    return target


@pytest.fixture(scope="module")
def installed(bundle, tmp_path_factory):
    """The bundle set up where there is no network."""
    home = tmp_path_factory.mktemp("school") / "kiosque"
    shutil.copytree(bundle, home)
    run(home, "--offline", "setup", network=False)
    return home


@pytest.fixture
def home(installed, tmp_path):
    """A copy of the installation with data of its own."""
    target = tmp_path / "kiosque"
    shutil.copytree(installed, target, symlinks=True)
    run(target, "room", "add", "Salle 12")
    return target


def run(home: Path, *words: str, status: int = 0, network: bool = True) -> str:
    command = ["./run.sh", *words] if network else ["unshare", "--net", "./run.sh", *words]
    done = subprocess.run(
        command, cwd=home, env=plain_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


class Served:
    """A kiosk started from its folder, with what the test must see of it."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()

    def start(self) -> Served:
        self.said = self.home.parent / f"served-{self.port}.txt"
        with open(self.said, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(
                ["./run.sh", "--port", str(self.port)], cwd=self.home, env=plain_environment(),
                stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        return self

    def version(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
            return str(json.load(answer)["version"])

    def __enter__(self) -> Served:
        self.start()
        assert answers(self.port, self.process, 30), self.said.read_text(encoding="utf-8")
        return self

    def __exit__(self, *_error: object) -> None:
        pid = (self.home / "data" / "kiosk.lock").read_text()
        if pid:
            try:
                os.kill(int(pid), signal.SIGTERM)
            except ProcessLookupError:
                pass
        self.process.wait(timeout=15)


def phase(home: Path, code: str) -> None:
    with closing(sqlite3.connect(home / "data" / "kiosk.sqlite3")) as database, database:
        database.execute("UPDATE room SET phase = ?, phase_started_at = ?", (code, int(time.time() * 1000)))


def test_an_upgrade_keeps_the_data_and_a_downgrade_is_refused(bundle, home, tmp_path, key):
    with Served(home) as kiosk:
        before, good = kiosk.version(), str(variant(bundle, tmp_path, "9.0.0", key, made="2026-06-02T03:04:05Z"))
        public = key.with_suffix(".pub").read_text().strip()
        (home / "config" / "kiosk.toml").write_text(f'[upgrade]\nkey = "{public}"\n')
        forged = variant(bundle, tmp_path, "9.0.1")
        assert "[upgrade_forged]" in run(home, "upgrade", str(forged), status=1)
        assert kiosk.version() == before
        phase(home, "questions")
        assert "[upgrade_live]" in run(home, "upgrade", good, status=1)
        phase(home, "lobby")
        said = run(home, "upgrade", good, "--port", str(kiosk.port))
        assert "9.0.0" in said and "Signature vérifiée" in said
        assert kiosk.version() == "9.0.0" != before
        assert list((home / "data" / "backups").glob("kiosk-2*.sqlite3"))
    assert "Salle 12" in run(home, "room", "list")
    assert not (home / "versions" / "pending.json").exists()
    older = variant(bundle, tmp_path, "8.9.9", key)
    assert "[upgrade_older]" in run(home, "upgrade", str(older), status=1)
    assert run(home, "version").split()[0] == "9.0.0"
    older = variant(bundle, tmp_path / "before", "9.0.0", key, made="2026-01-02T03:04:05Z")  # the number alone is equal
    assert "9.0.0 (" in run(home, "upgrade", str(older), status=1)
    (home / "versions" / "current").unlink()  # by hand, back to code that does not know the schema
    assert "[data_newer]" in run(home, "--port", str(free_port()), status=1)


def test_a_version_that_does_not_start_changes_nothing(bundle, home, tmp_path):
    with Served(home) as kiosk:
        before, bad = kiosk.version(), variant(bundle, tmp_path, "9.1.0", kiosk__ops__serving=BROKEN)
        assert "[upgrade_trial]" in run(home, "upgrade", str(bad), "--port", str(kiosk.port), status=1)
        assert kiosk.version() == before and kiosk.process.poll() is None
    assert not (home / "versions" / "current").exists()
    assert [one.name for one in (home / "versions").iterdir() if one.is_dir()] == []


def test_a_version_that_fails_on_the_real_data_is_undone_with_its_database(bundle, home, tmp_path):
    with Served(home) as kiosk:
        before, bad = kiosk.version(), variant(bundle, tmp_path, "9.2.0", kiosk__ops__serving=DECEITFUL)
        assert "[upgrade_undone]" in run(home, "upgrade", str(bad), "--port", str(kiosk.port), status=1)
        assert answers(kiosk.port, kiosk.process, 1) or wait_for(kiosk)
        assert kiosk.version() == before
    assert "Salle 12" in run(home, "room", "list")
    assert not (home / "versions" / "pending.json").exists()
    assert [one.name for one in (home / "versions").iterdir() if one.is_dir()] == []  # some 75 MB each


def wait_for(kiosk: Served) -> bool:
    before = time.monotonic()
    while time.monotonic() - before < 20:
        try:
            return bool(kiosk.version())
        except OSError:
            time.sleep(0.1)
    return False


@pytest.mark.parametrize("moment", [r"\.new-\d+", r"pending\.json"])
def test_an_upgrade_killed_leaves_a_working_kiosk(bundle, home, tmp_path, moment):
    good = variant(bundle, tmp_path, "9.3.0")
    (home / "versions").mkdir()
    process = subprocess.Popen(
        ["./run.sh", "upgrade", str(good), "--port", str(free_port())],
        cwd=home,
        env=plain_environment(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    modes: set[int] = set()
    while not any(re.match(moment, name) for name in os.listdir(home / "versions")):
        with suppress(FileNotFoundError):  # a journal comes and goes, and so does its folder
            for path in (home / "versions").glob(".new-*/kiosk.sqlite3*"):
                modes.add(path.stat().st_mode & 0o077)
        assert process.poll() is None, (home / "versions" / "upgrade.log").read_text()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for other in psutil.process_iter(["cwd"]):  # a plug pulled ends the kiosk just started too
        if (other.info["cwd"] or "").startswith(str(home)):
            other.kill()
            other.wait(10)
    with Served(home) as kiosk:
        assert not list((home / "versions").glob(".new-*"))  # the class's words, on trial
        assert modes <= {0}
        assert kiosk.version() in ("9.3.0", json.loads((bundle / "bundle.json").read_text())["version"])
    assert "Salle 12" in run(home, "room", "list")
    assert "9.3.0" in run(home, "upgrade", str(good), "--port", str(free_port()))
    assert run(home, "version").strip() == "9.3.0"


def test_killed_after_a_bad_switch_the_second_start_goes_back(bundle, home, tmp_path):
    """The launcher's own memory: nobody watches any more."""
    bad = variant(bundle, tmp_path, "9.4.0", kiosk__ops__serving=DECEITFUL)
    folder = home / "versions" / "9.4.0-x"
    shutil.unpack_archive(bad, tmp_path / "bad", filter="data")
    (tmp_path / "bad" / "kiosque-9.4.0").rename(folder.parent.mkdir() or folder)
    run(folder, "--offline", "setup")
    state = {"from": "", "to": folder.name, "database": str(home / "data/kiosk.sqlite3"), "copy": "", "attempts": 0}
    (home / "versions" / "pending.json").write_text(json.dumps(state))
    (home / "versions" / "current").write_text(folder.name)
    assert "not on these data" in run(home, "--port", str(free_port()), status=1)
    with Served(home) as kiosk:
        assert kiosk.version() != "9.4.0"
    assert "Salle 12" in run(home, "room", "list")
