"""The secrets' file (never a default, whole or not at all, mode 600) and the lock of a data folder."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.ground import lockfile
from kiosk.ground.errors import KioskError
from kiosk.storage import secretfile

ROOT = Path(__file__).resolve().parents[2]


def test_first_start_makes_secrets_that_last(tmp_path):
    made = secretfile.load(tmp_path)
    assert (len(made.key), made.pin.isdigit(), len(made.pin), len(made.display_token)) == (64, True, 6, 16)
    assert secretfile.load(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_two_kiosks_share_no_secret(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    a, b = secretfile.load(tmp_path / "a"), secretfile.load(tmp_path / "b")
    assert a.key != b.key and a.display_token != b.display_token


def test_pins_are_six_digits_zeros_included():
    pins = {secretfile.new_pin() for _n in range(400)}
    assert ({len(pin) for pin in pins}, all(pin.isdigit() for pin in pins), len(pins) > 390) == ({6}, True, True)
    assert any(pin.startswith("0") for pin in pins)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null", b"{}"])
def test_a_damaged_file_is_made_again(tmp_path, content):
    (tmp_path / "secrets.json").write_bytes(content)
    made = secretfile.load(tmp_path)
    assert (len(made.pin), secretfile.load(tmp_path)) == (6, made)


@pytest.mark.parametrize("missing", ["key", "pin", "display_token"])
def test_what_is_there_is_kept(tmp_path, missing):
    held = {"key": "k" * 64, "pin": "123456", "display_token": "jeton"}
    given = {name: value for name, value in held.items() if name != missing}
    (tmp_path / "secrets.json").write_text(json.dumps(given))
    made = vars(secretfile.load(tmp_path))
    assert {name: made[name] for name in given} == given
    assert made[missing]
    stored = json.loads((tmp_path / "secrets.json").read_text())
    assert stored == {name: value for name, value in made.items() if value}


def test_reset_pin_changes_it_alone(tmp_path):
    before = secretfile.load(tmp_path)
    after = secretfile.reset_pin(tmp_path)
    assert (after.key, after.display_token, secretfile.load(tmp_path)) == (before.key, before.display_token, after)
    assert len({before.pin, after.pin, secretfile.reset_pin(tmp_path).pin}) > 1


def test_writing_is_whole_or_not_at_all(tmp_path, monkeypatch):
    before = secretfile.load(tmp_path)

    def cut(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(secretfile.os, "fsync", cut)
    with pytest.raises(OSError):
        secretfile.reset_pin(tmp_path)
    monkeypatch.undo()
    assert secretfile.load(tmp_path) == before
    secretfile.reset_pin(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["secrets.json"]


def test_writing_replaces_a_file_anybody_could_read(tmp_path):
    (tmp_path / "secrets.json").write_text("{}")
    (tmp_path / "secrets.json").chmod(0o644)
    secretfile.load(tmp_path)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_readable_file_is_taken_back(tmp_path):
    secretfile.load(tmp_path)
    (tmp_path / "secrets.json").chmod(0o644)
    secretfile.load(tmp_path)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


# -- the lock

HOLD = """
import pathlib, sys
from kiosk.ground import lockfile
held = lockfile.take(pathlib.Path(sys.argv[1]))
print("tenu", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "tenu\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_refused_with_the_first_s_number(tmp_path, holder):
    with pytest.raises(KioskError) as caught:
        lockfile.take(tmp_path)
    assert (caught.value.code, caught.value.values) == ("already_running", {"pid": str(holder.pid)})


def test_the_lock_goes_with_its_process_however_it_dies(tmp_path, holder):
    holder.kill()
    holder.wait()
    lockfile.take(tmp_path).close()


def test_the_lock_is_one_folder_s(tmp_path, holder):
    (tmp_path / "autre").mkdir()
    with lockfile.take(tmp_path / "autre"):
        assert (tmp_path / "autre" / "kiosk.lock").read_text() == str(os.getpid())


def test_the_lock_can_be_taken_again_once_left(tmp_path):
    lockfile.take(tmp_path).close()
    (tmp_path / "kiosk.lock").write_text("99999999999")
    with lockfile.take(tmp_path):
        assert (tmp_path / "kiosk.lock").read_text() == str(os.getpid())


def test_a_lock_without_a_number_is_told_all_the_same(tmp_path, holder):
    (tmp_path / "kiosk.lock").write_text("")
    with pytest.raises(KioskError) as caught:
        lockfile.take(tmp_path)
    assert caught.value.values == {"pid": "?"}
