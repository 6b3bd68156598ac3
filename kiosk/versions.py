"""Which version of the code is in service, and the start that goes back to the former one by itself.

An upgrade is unpacked into ``versions/NAME``, prepared and tried there; then one small file,
``versions/current``, is replaced: that rename is the whole switch. ``versions/pending.json`` says that a switch is not
proven yet. A kiosk that becomes ready removes it; one that starts and finds that the start before it
never became ready goes back: database first (only when its schema is too new for the former code),
then the pointer. Nobody's question is lost: a kiosk that was never ready took none.

Killed anywhere, what is on disk names one whole version. Little is loaded here: this runs
before the engine patches anything.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

from kiosk.ground import wholefile
from kiosk.ground.config import HOME, ROOT

FOLDER = HOME / "versions"
#: Set for a process that this module started: the choice is made.
FOLLOWED = "KIOSK_FOLLOWED"
#: One line of Python that becomes the kiosk of the folder given first.
ENTER = 'import runpy, sys; sys.path[0] = sys.argv.pop(1); runpy.run_module("kiosk", None, "__main__", True)'


def current(folder: Path = FOLDER) -> str:
    """The name of the version in service; empty: the folder that was first unpacked."""
    try:
        name = (folder / "current").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
    return name if name and "/" not in name and (folder / name / "kiosk").is_dir() else ""


def place(name: str, folder: Path = FOLDER) -> Path:
    """Where the code of a version is."""
    return folder / name if name else folder.parent


def switch(name: str, folder: Path = FOLDER) -> None:
    """Put a version in service at the next start; whole or not at all."""
    wholefile.write(folder / "current", name + "\n", 0o644)


def pending(folder: Path = FOLDER) -> dict[str, Any] | None:
    """The switch that is not proven: ``from``, ``to``, ``database``, ``copy``, ``attempts``; None: all is proven."""
    try:
        held = json.loads((folder / "pending.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return held if isinstance(held, dict) and "to" in held and "from" in held else None


def announce(state: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write what :func:`pending` reads, before a switch."""
    wholefile.write(folder / "pending.json", json.dumps(state), 0o644)


def proven(folder: Path = FOLDER) -> None:
    """A kiosk of the version in service is about to take questions: no going back any more."""
    state = pending(folder)
    if state and place(state["to"], folder).resolve() == ROOT:
        (folder / "pending.json").unlink(missing_ok=True)
        wholefile.sync(folder)


def undo(state: dict[str, Any], folder: Path = FOLDER) -> None:
    """Go back to the version before. The kiosk must be stopped. May be done again after a cut, at any point."""
    database, copy = Path(state.get("database") or os.devnull), Path(state.get("copy") or os.devnull)
    if copy.is_file() and database.is_file() and strangers(database, place(state["from"], folder)):
        from kiosk.storage import backups

        for suffix in backups.BESIDE:
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        backups.bring_back(copy, database)
    switch(state["from"], folder)
    (folder / "pending.json").unlink(missing_ok=True)
    wholefile.sync(folder)


def strangers(database: Path, code: Path) -> set[str]:
    """The steps of a database's schema that the code of a folder does not know."""
    import sqlite3
    from contextlib import closing

    from kiosk.storage import sqlitefile

    try:
        with closing(sqlitefile.looking(database)) as connection:
            applied = {str(row[0]) for row in connection.execute("SELECT name FROM schema_migration")}
    except sqlite3.Error:
        return set()
    return applied - {path.stem for path in (code / "kiosk/storage/migrations").glob("[0-9]*.py")}


def sweep(folder: Path = FOLDER) -> None:
    """Remove what a killed upgrade left half made, the class's words on trial in it; nothing while one is at work."""
    from kiosk.ground import lockfile
    from kiosk.ground.errors import KioskError

    left = list(folder.glob(".new-*"))
    if not left:
        return
    try:
        lockfile.take(folder).close()
    except (KioskError, OSError):
        return
    for path in left:
        shutil.rmtree(path, ignore_errors=True)


def follow(argv: list[str], *, serving: bool) -> None:
    """Go on in the version in service, when it is not this one. Called first of all; ``serving``: this will serve."""
    if os.environ.pop(FOLLOWED, None) or not FOLDER.is_dir():
        return
    name = current()
    if serving:
        try:
            name = _attempt(name)
        except OSError as error:  # not ours to write: whoever upgrades watches
            sys.stderr.write(f"versions: {error.strerror}\n")
    if place(name).resolve() != ROOT:
        enter(place(name), argv)


def _attempt(name: str) -> str:
    """Count a start of an unproven version; the second one goes back. Returns the version to start."""
    state = pending()
    if state is None or state["to"] != name or _in_use(state):
        return name
    if int(state.get("attempts", 0)) >= 1:
        undo(state)
        sys.stderr.write(f"{name}: aucune réponse, retour à la version d’avant. / No answer, back to the former one.\n")
        return str(state["from"])
    database = Path(state.get("database") or os.devnull)
    if database.is_file():
        state["copy"] = _copy(database)
    announce({**state, "attempts": 1})
    return name


def _copy(database: Path) -> str:
    """A copy of a database at rest: the new version has not touched it yet."""
    import sqlite3
    import time

    from kiosk.storage import backups

    try:
        return str(backups.make(database, int(time.time() * 1000)))
    except (OSError, sqlite3.Error):
        return ""  # the start that follows refuses to change a schema that it cannot copy


def _in_use(state: dict[str, Any]) -> bool:
    from kiosk.ground import lockfile
    from kiosk.ground.errors import KioskError

    folder = Path(state.get("database") or os.devnull).parent
    if not (folder / "kiosk.lock").is_file():
        return False
    try:
        lockfile.take(folder).close()
    except KioskError:
        return True
    return False


def enter(code: Path, argv: list[str]) -> NoReturn:
    """Become the kiosk of another folder, with the same arguments."""
    environment = {**os.environ, FOLLOWED: "1", "PYTHONPATH": str(code), "PYTHONUTF8": "1"}
    nt = os.name == "nt"
    python = code / (".venv/Scripts/python.exe" if nt else ".venv/bin/python")
    command = [str(python), "-c", ENTER, str(code), *argv]
    if not python.exists() and not nt:  # a system upgrade took its Python away: prepared again from the bundle
        command = ["/bin/sh", str(code / "run.sh"), *argv]
    if nt:  # exec would give the console back at once
        import subprocess

        sys.exit(subprocess.call(command, env=environment))
    sys.stdout.flush()
    os.execve(command[0], command, environment)
