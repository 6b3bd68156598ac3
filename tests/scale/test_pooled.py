"""A relay in front of PostgreSQL that gives sessions away by transaction: known before anything is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from centre.postgresql_cluster import Cluster
from factories import refused
from kiosk.ops.process import free_port
from kiosk.storage import serverstate
from kiosk.storage.duty import SharedDuty
from scale.farm import postgresql

pytestmark = pytest.mark.server


@contextmanager
def pgbouncer(cluster: Cluster, database: str, mode: str) -> Iterator[str]:
    """Debian's, in front of a database; its address. It does not serve as root."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    assert program, "pgbouncer is missing: apt install pgbouncer"
    port, name = free_port(), database.rpartition("/")[2]
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer."))
    folder.chmod(0o755)
    file = folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n{name} = host=127.0.0.1 port={cluster.port} user=kiosque\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = {mode}\nignore_startup_parameters = options\n"
    )
    file.chmod(0o644)
    line = [program, *(["-u", "nobody"] if os.geteuid() == 0 else []), "-q", str(file)]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"postgresql://kiosque@127.0.0.1:{port}/{name}"
        until = time.monotonic() + 20
        while True:
            try:
                psycopg2.connect(address).close()
                break
            except psycopg2.OperationalError:
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def test_a_relay_that_gives_sessions_away_is_refused_and_said() -> None:
    with postgresql() as cluster:
        database = cluster.database()
        with pgbouncer(cluster, database, "transaction") as address:
            refused("scale_pooled", SharedDuty, address, several=True)
            refused("scale_pooled", serverstate.of_server, address)
        base = psycopg2.connect(database)
        with base.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert cursor.fetchone() == (0,)
        base.close()
        with pgbouncer(cluster, database, "session") as address:
            assert serverstate.of_server(address).version >= serverstate.OLDEST
        assert serverstate.of_server(database).version >= serverstate.OLDEST
