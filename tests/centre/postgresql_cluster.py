"""A PostgreSQL of our own for tests that want one."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk.ops.process import free_port


class Cluster:
    """A PostgreSQL of our own, in a temporary folder, run by a user who is not root."""

    def __init__(self, folder: Path, port: int, control: Callable[..., None]) -> None:
        self.folder, self.port, self._names, self._control = folder, port, itertools.count(1), control

    def stop(self) -> None:
        """Stop the server as a restart does: sessions are ended."""
        self._control("-m", "fast", "-w", "stop")

    def crash(self) -> None:
        """End the server without a word: nothing that it holds in memory is written."""
        self._control("-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """Start it again, and wait until it answers."""
        self._control("-w", "start")

    def database(self) -> str:
        """The address of a new, empty database."""
        import psycopg2

        name = f"centre{next(self._names)}"
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="kiosque", dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        connection.close()
        return f"postgresql://kiosque@127.0.0.1:{self.port}/{name}"


@contextmanager
def postgresql(*, fsync: bool = False) -> Iterator[Cluster]:
    """A cluster that lives as long as the block; ``fsync``: it writes as a real one does."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[4]))
    found = str(programs[-1]) if programs else shutil.which("pg_ctl")
    assert found, "PostgreSQL is missing: apt install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="centre-pg."))
    user: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "nobody")
    port, data = free_port(), folder / "data"

    def run(*arguments: str) -> None:
        with (folder.parent / f"{folder.name}.log").open("ab") as out:
            subprocess.run(arguments, check=True, cwd=folder, stdout=out, stderr=out, timeout=120, **user)

    try:
        run(
            str(Path(found).with_name("initdb")),
            "-D",
            str(data),
            "-U",
            "kiosque",
            "--auth=trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C",
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync={'on' if fsync else 'off'}"

        def control(*more: str) -> None:
            run(found, "-D", str(data), "-l", str(folder / "log"), "-o", options, *more)

        control("-w", "start")
        yield Cluster(folder, port, control)
    finally:
        if (data / "postmaster.pid").exists():
            run(found, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
        (folder.parent / f"{folder.name}.log").unlink(missing_ok=True)
