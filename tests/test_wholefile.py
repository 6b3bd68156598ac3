"""A small private file: whole or not at all, its owner's alone, whoever kills the process that writes it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiosk.ground import wholefile

ROOT = Path(__file__).resolve().parents[1]
#: Writes « a » and « b » by turns for ever, each as long as a few blocks of the disk.
FOR_EVER = """
import itertools, pathlib, sys
from kiosk.ground import wholefile
path = pathlib.Path(sys.argv[1])
for letter in itertools.cycle("ab"):
    wholefile.write(path, letter * 100_000)
    print(letter, flush=True)
"""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def parts(path: Path) -> list[Path]:
    """What writes under way, or killed, hold beside a file."""
    return list(path.parent.glob(f".{path.name}.*part"))


def age(part: Path) -> None:
    """Make a part one that was left long ago."""
    os.utime(part, (1, 1), follow_symlinks=False)


def line_of(process: subprocess.Popen[bytes]) -> bytes:
    """The next line that a writer says; empty when it ended."""
    assert process.stdout is not None
    return process.stdout.readline()


def test_killed_while_it_writes_the_file_is_the_old_or_the_new_one(tmp_path):
    path = tmp_path / "secret"
    held: list[Path] = []
    for _number in range(12):
        command = [sys.executable, "-c", FOR_EVER, str(path)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        line_of(process)
        end, before = time.monotonic() + 5, set(held)
        while set(parts(path)) <= before and time.monotonic() < end:
            pass
        process.kill()
        process.communicate()
        assert path.read_text() in ("a" * 100_000, "b" * 100_000)
        assert mode_of(path) == 0o600
        held = parts(path)
    assert held  # at least one was killed between the first byte and the rename
    for part in held:
        age(part)
    wholefile.write(path, "after")
    assert (path.read_text(), os.listdir(tmp_path)) == ("after", ["secret"])


def test_two_processes_write_at_once_and_neither_fails(tmp_path):
    """« kiosk pin » beside a server that keeps its secrets."""
    path = tmp_path / "secret"
    two = [
        subprocess.Popen([sys.executable, "-c", FOR_EVER, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
        for _number in range(2)
    ]
    try:
        for _turn in range(40):
            assert all(line_of(process) for process in two), "one of them failed"
            assert path.read_text() in ("a" * 100_000, "b" * 100_000)
    finally:
        for process in two:
            process.kill()
            process.communicate()


def test_a_write_that_fails_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    wholefile.write(path, "before")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError):
        wholefile.write(path, "after")
    assert (path.read_text(), os.listdir(tmp_path)) == ("before", ["secret"])


def test_what_a_killed_write_left_is_never_written_into(tmp_path):
    """It could be open to all, or lead elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    left = tmp_path / ".secret.part"
    left.symlink_to(elsewhere)
    age(left)
    wholefile.write(tmp_path / "secret", "mine")
    assert (elsewhere.read_text(), (tmp_path / "secret").read_text()) == ("untouched", "mine")
    assert not left.is_symlink() and not (tmp_path / "secret").is_symlink() and mode_of(tmp_path / "secret") == 0o600


def test_text_bytes_and_modes(tmp_path):
    path = tmp_path / "file"
    path.write_text("open to all")
    path.chmod(0o644)
    wholefile.write(path, "Œuvre\n")
    assert (path.read_bytes(), mode_of(path)) == ("Œuvre\n".encode(), 0o600)
    wholefile.write(path, b"\0\xff", 0o644)
    assert (path.read_bytes(), mode_of(path)) == (b"\0\xff", 0o644)


def test_root_leaves_a_service_its_own_file(tmp_path):
    """« sudo kiosk pin » must not shut the service out of its secrets."""
    owner = 65534 if os.geteuid() == 0 else os.geteuid()
    path = tmp_path / "secrets.json"
    path.write_text("{}")
    os.chown(path, owner, -1)
    wholefile.write(path, "[]")
    assert (path.stat().st_uid, path.read_text()) == (owner, "[]")
