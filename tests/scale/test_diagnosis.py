"""``kiosk doctor`` on PostgreSQL and Redis: what it says of a server as it comes, and once the page was followed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from kiosk.storage import serverstate
from scale.farm import ROOT, Redis, postgresql

pytestmark = pytest.mark.server
PAGE = ROOT / "docs" / "grande-echelle.md"


def examined(folder: Path, database: str, queue: str) -> dict[str, tuple[str, str]]:
    """Code of each check → its level and cause."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "KIOSK_DATABASE": database}
    environment |= {"KIOSK_MESSAGE_QUEUE": queue, "KIOSK_LANGUAGE": "fr"}
    line = [sys.executable, "-m", "kiosk", "doctor", "--json", "--data-dir", str(folder)]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    return {one["code"]: (one["level"], one["cause"]) for one in told["checks"]}


def test_what_the_page_says_is_what_the_diagnosis_wants(tmp_path: Path) -> None:
    redis = Redis(tmp_path / "redis")
    redis.start()
    try:
        with postgresql(fsync=True) as cluster:
            seen = examined(tmp_path / "k", cluster.database(), redis.url)
            assert seen["database"][0] == "ATTENTION" and "compte" in seen["database"][1]
            assert seen["announcements"] == ("OK", "Redis répond.")
            statements = re.findall(r"-c (?:'([^']+)'|\"([^\"]+)\")", PAGE.read_text(encoding="utf-8"))
            assert len(statements) == 14
            base = psycopg2.connect(host="127.0.0.1", port=cluster.port, user="kiosque", dbname="postgres")
            base.autocommit = True
            with base.cursor() as cursor:
                cursor.execute("CREATE ROLE k2 LOGIN")
                cursor.execute("CREATE DATABASE k2 OWNER k2 ENCODING 'UTF8' TEMPLATE template0")
            base.close()
            base = psycopg2.connect(host="127.0.0.1", port=cluster.port, user="kiosque", dbname="k2")
            base.autocommit = True
            with base.cursor() as cursor:
                for one, other in statements:
                    cursor.execute(re.sub(r"\bkiosque\b", "k2", one or other))
            own = f"postgresql://k2@127.0.0.1:{cluster.port}/k2"
            level, cause = examined(tmp_path / "k", own, redis.url)["database"]
            assert level == "OK" and cause.startswith("PostgreSQL"), cause
            talking = {
                "log_transaction_sample_rate": "0.5",
                "log_min_duration_sample": "0",
                "log_min_messages": "warning",
            }
            talking |= {"log_parameter_max_length_on_error": "-1", "debug_print_plan": "on", "log_statement": "mod"}
            for name, value in talking.items():
                silent = serverstate.SILENT[name][-1]
                with base.cursor() as cursor:
                    cursor.execute(f"ALTER ROLE k2 SET {name} = '{value}'")
                    assert serverstate.of_server(own).talks == (name,)
                    cursor.execute(f"ALTER ROLE k2 SET {name} = '{silent}'")
            base.close()
            assert serverstate.of_server(own).talks == ()
            cluster.stop()
            assert examined(tmp_path / "k", own, redis.url)["database"][0] == "ERREUR"
            cluster.start()
    finally:
        redis.stop()
    assert examined(tmp_path / "k", "", "")["announcements"][0] == "OK"
