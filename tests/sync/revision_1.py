"""A peer that speaks revision 1: the code of before the first word of revision 2, taken out of this project's history.

A copy without history (a shallow clone, an archive) has no such code. :func:`found` then says why, and whoever tries
against the peer says aloud that it could not, rather than nothing: `tests/sync/test_sync_revision_1.py`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: The last commit before `question.open`, the first part of revision 2.
COMMIT = "94da0e11a2cd3f6ffa472975903c21b34b66d83e"
#: What a kiosk and a centre of then are made of.
PARTS = ("kiosk", "config", "templates", "static", "setup.cfg", "tests/centre/centre_process.py")
#: The kiosk of then, told what to do by lines of JSON on its standard input; it answers each with a line.
DRIVER = Path(__file__).with_name("revision_1_kiosk.py")


def missing(root: Path = ROOT) -> str:
    """Why the peer cannot be had from a copy of the project; empty when it can.

    :raises AssertionError: the history is whole, and that commit is not in it: it was rewritten, and says so here.
    """
    inside = _git("rev-parse", "--is-shallow-repository", root=root)
    if inside.returncode:
        return "git finds no history in this copy"
    if _git("cat-file", "-e", f"{COMMIT}^{{commit}}", root=root).returncode == 0:
        return ""
    assert inside.stdout.strip() == b"true", f"{COMMIT} is not in a history that is whole"
    return "this clone is shallow (git fetch --unshallow brings the rest)"


def taken_out(folder: Path) -> Path:
    """Write the code of then in a folder, and return it."""
    made = _git("archive", "--format=tar", COMMIT, *PARTS)
    assert made.returncode == 0, made.stderr
    folder.mkdir(parents=True)
    part = folder / "code.tar"
    part.write_bytes(made.stdout)
    with tarfile.open(part) as packed:
        packed.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else packed.extractall(folder)
    part.unlink()
    return folder


def centre_of(code: Path, data_dir: Path) -> Any:
    """A centre of then in a process, with what its own tests drove it by (``office()``, ``stop()``)."""
    place = code / "tests" / "centre" / "centre_process.py"
    described = importlib.util.spec_from_file_location("revision_1_centre", place)
    assert described and described.loader
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module.Centre(data_dir)


class Kiosk:
    """A kiosk of then in a process."""

    def __init__(self, code: Path, data_dir: Path, url: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
        environment.update(PYTHONPATH=str(code), PYTHONUTF8="1")
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVER), str(data_dir), url],
            cwd=code, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def do(self, what: str, **values: Any) -> Any:
        """One act; what it returns. :raises AssertionError: it failed."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": what, **values}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"failed": "it ended"}')
        assert "failed" not in answer, answer
        return answer["value"]

    def close(self) -> None:
        """End it."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


def _git(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True)
