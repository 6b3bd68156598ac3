"""Commands on what a technician meets: a card that became read-only, another account's folder, damaged codes; and
cures that can be typed as they are printed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.ground import calling
from kiosk.ground.config import Settings
from kiosk.ground.errors import ERRORS
from kiosk.ground.typography import plain
from kiosk.ops import local
from kiosk.ops.doctor import command, report
from kiosk.ops.install import service
from kiosk.storage import archive, secretfile

ROOT = Path(__file__).resolve().parents[2]
#: Every command that opens the data folder, and may be tried on one that takes no write.
COMMANDS = (
    "serve --port 0",
    "pin show",
    "pin reset",
    "room add B204",
    "export questions",
    "demo",
    "hotspot",
    "import {file}",
    "provision {file}",
    "restore {file}",
)
#: Those that only read: on a card that takes no write any more they are what saves a lesson's work.
READING = ("room list", "room default", "display", "pin show", "export questions")
#: A connection that leaves all it wrote in the log beside its base, as a kiosk that lost its power does.
LEAVES = """
import os, sqlite3, sys
base = sqlite3.connect(sys.argv[1])
base.execute("PRAGMA wal_autocheckpoint=0")
base.execute("UPDATE room SET name = 'Salle de la dernière seconde'")
base.commit()
os._exit(0)
"""


def environment(**more: str) -> dict[str, str]:
    """This process's without a setting, so that only the command line speaks."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **more}


@pytest.fixture
def data(tmp_path):
    """A data folder with a room, its codes and a question's place."""
    folder = tmp_path / "data"
    with local.opened(Settings(data_dir=folder)):
        pass
    local.show_pin(Settings(data_dir=folder))
    return folder


def on_read_only(data, place, *commands):
    """What each command says, and its code, in ``place``, on a data folder whose disk takes no write."""
    lines = [f'mount --bind "{data}" "{data}" && mount -o remount,ro,bind "{data}" || exit 99']
    for one in commands:
        lines.append(f'echo "== {one}"; timeout 60 "$PY" -m kiosk {one} --data-dir "{data}" 2>&1; echo "rc=$?"')
    names = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    done = subprocess.run(
        ["unshare", *names, "sh", "-c", "\n".join(lines)],
        cwd=place,
        env=environment(PY=sys.executable),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {part.split("\n")[0]: part for part in done.stdout.split("== ")[1:]}


def test_a_read_only_card_gets_a_sentence_from_every_command_and_can_be_saved(data, tmp_path):
    other = tmp_path / "stick"
    other.mkdir()
    (other / "x.csv").write_text("titre;date\nMétier;24/11/2026\n", "utf-8")
    tried = tuple(dict.fromkeys((*COMMANDS, *READING, f"backup {other}/saved.zip")))
    began = time.time()
    told = on_read_only(data, other, *(one.format(file=other / "x.csv") for one in tried))
    told = dict(zip(tried, told.values(), strict=True))
    for one, said in told.items():
        assert "Traceback" not in said and "votre question" not in said, said
        assert "rc=0" in said or re.search(r"\[[a-z_]+\]\n.*rc=[12]", said, re.DOTALL), said
    assert "Sauvegarde faite et vérifiée" in plain(told[f"backup {other}/saved.zip"])
    assert archive.verify(other / "saved.zip").schema
    assert all("rc=0" in told[one] for one in READING), [told[one] for one in READING]
    assert local.show_pin(Settings(data_dir=data)) in told["pin show"]
    assert not [path for path in Path(tempfile.gettempdir()).glob("kiosk-*") if path.stat().st_ctime > began]


def test_the_last_second_before_a_card_became_read_only_is_read(data, tmp_path):
    """What is in the log alone; a copy that somebody made of the folder has no shared memory beside it."""
    base = data / "kiosk.sqlite3"
    local.add_room(Settings(data_dir=data), "B204")
    subprocess.run([sys.executable, "-c", LEAVES, str(base)], check=True)
    assert base.with_name("kiosk.sqlite3-wal").stat().st_size
    for beside in (True, False):
        if not beside:
            base.with_name("kiosk.sqlite3-shm").unlink()
        target = tmp_path / f"saved-{beside}.zip"
        said = on_read_only(data, tmp_path, "room list", f"backup {target}")
        assert "Salle de la dernière seconde" in said["room list"], (beside, said)
        unpacked = tmp_path / f"again-{beside}"
        local_settings = Settings(data_dir=unpacked)
        assert cli.main(["restore", str(target), "--data-dir", str(unpacked)]) == 0
        assert [name for _code, name in local.list_rooms(local_settings)] == ["Salle de la dernière seconde"]


def test_damaged_codes_are_said_aloud_until_the_new_one_is_given(data, capsys):
    before = local.show_pin(Settings(data_dir=data))
    (data / "secrets.json").write_bytes(b"\0" * 142)
    words = ["--data-dir", str(data)]
    found = {one.code: one for one in command.run(report.Case(Settings(data_dir=data)))}
    assert (found["secrets"].level, "abîmé" in found["secrets"].cause) == ("ERREUR", True)
    assert secretfile.damaged(data)  # the diagnosis changes nothing

    assert cli.main(["pin", "show", *words]) == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"\d{6}\n", said.out) and said.out.strip() != before
    assert str(secretfile.aside(data)) in said.err and "abîmé" in said.err
    assert secretfile.aside(data).read_bytes() == b"\0" * 142
    found = {one.code: one for one in command.run(report.Case(Settings(data_dir=data)))}
    assert (found["secrets"].level, str(secretfile.aside(data)) in found["secrets"].cure) == ("ATTENTION", True)

    secretfile.aside(data).unlink()  # the cure
    cli.main(["pin", "show", *words])
    assert capsys.readouterr().err == ""
    found = {one.code: one for one in command.run(report.Case(Settings(data_dir=data)))}
    assert found["secrets"].level == "OK"


#: The command line as an account that owns nothing; what it may import is loaded before (the machine's Python may be
#: under /root). Whoever is not root shuts the folder instead.
STRANGER = """
import os, sys
from kiosk import cli
from kiosk.ops import local, saving, serving
from kiosk.ops.doctor import bundle, command
from kiosk.ground import typography
"".encode("utf-8-sig")
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_folder_of_another_account_is_named_with_its_owner(data):
    data.chmod(0o700 if os.geteuid() == 0 else 0)
    owner = "#12345" if os.geteuid() == 0 else data.owner()
    if os.geteuid() == 0:
        os.chown(data, 12345, 12345)
    for parent in [*data.parents][:3]:
        parent.chmod(0o755)
    try:
        for words in ("serve --port 0", "pin show", "doctor --json", "backup /tmp/never.zip"):
            done = subprocess.run(
                [sys.executable, "-c", STRANGER, *words.split(), "--data-dir", str(data)],
                cwd="/",
                env=environment(),
                capture_output=True,
                text=True,
                timeout=60,
            )
            said = plain(done.stdout + done.stderr)
            assert done.returncode and "Traceback" not in said, said
            assert f"sudo -u {owner}" in said, said
            if words.startswith("doctor"):
                seen = {one["code"]: one for one in json.loads(done.stdout)["checks"]}
                assert "compte" in seen["config"]["cure"] and "compte" in seen["secrets"]["cure"]
    finally:
        data.chmod(0o700)


def test_a_cure_names_the_command_as_it_was_typed_with_this_kiosk_s_options(data, monkeypatch, capsys):
    monkeypatch.setenv(calling.VARIABLE, "./run.sh")
    assert cli.main(["--data-dir", str(data), "doctor"]) in (0, 1, 2)
    said = plain(capsys.readouterr().out)
    assert f"./run.sh --data-dir {data} backup" in said and ": kiosk backup" not in said
    assert cli.main(["doctor", "--data-dir", str(data), "--lang", "en"]) in (0, 1, 2)
    assert f"./run.sh --data-dir {data} backup" in capsys.readouterr().out
    assert calling.named("kiosk backup") == "kiosk backup"  # and only while a command runs


def test_every_command_that_a_refusal_names_is_one(monkeypatch):
    """« kiosk doctor » in a sentence is replaced by what can be typed: none escapes, none is made up."""
    with calling.as_typed({calling.VARIABLE: "./run.sh"}, cli.kiosk.commands):
        for kind in ERRORS.values():
            for sentence in (kind.message, kind.teacher, kind.keeper):
                assert not re.search(r"(?<![\w./-])kiosk [a-z]", calling.named(sentence)), sentence


def test_the_installed_command_says_its_own_name(tmp_path, monkeypatch):
    """« kiosk » where the path leads to it, its whole name elsewhere; the folder of its service is understood."""
    fake = tmp_path / "home" / "run.sh"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "$KIOSK_TYPED|$KIOSK_DATA_DIR"\n')
    fake.chmod(0o755)
    monkeypatch.setattr(service, "HOME", fake.parent)
    typed = tmp_path / "bin" / "kiosk"
    typed.parent.mkdir()
    typed.write_text(service.typed({"data_dir": "/srv/x"}))
    typed.chmod(0o755)

    def said(command: list[str], environ: dict[str, str]) -> str:
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout

    bare = environment(PATH="/usr/bin:/bin")
    assert said([str(typed)], bare) == f"{typed}|/srv/x\n"
    there = environment(PATH=f"{typed.parent}:/usr/bin:/bin")
    assert said(["sh", "-c", "kiosk"], there) == "kiosk|/srv/x\n"


def test_a_command_on_a_sound_base_never_holds_the_lock_of_a_kiosk_that_starts(data, monkeypatch):
    """Held for an instant only, it would make a service that starts just then say « already running »."""

    def taken(*_names):
        raise AssertionError("the lock was taken")

    monkeypatch.setattr(local.lockfile, "take", taken)
    assert local.list_rooms(Settings(data_dir=data)) == []
    local.add_room(Settings(data_dir=data), "B204")
