"""The processes whose cost is measured: a centre, and a bare endpoint of the same server."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests

from kiosk.ops.process import free_port

ROOT = Path(__file__).resolve().parents[2]
#: What the same server costs for a token and one row of the same database.
BARE = """
import sys
from kiosk import engine as engines
engines.activate("eventlet")
engine = engines.current()
import json, psycopg2
from flask import Flask, Response, request
from kiosk.centre import secretfile
connection = psycopg2.connect(sys.argv[1])
connection.autocommit = True
app = Flask("bare")
@app.get("/v1/about")
def about():
    return "{}"
@app.post("/v1/exchange")
def exchange():
    token = request.headers["Authorization"].removeprefix("Bearer ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, uai FROM kiosk WHERE token = %s", (secretfile.digest(token),))
        row = cursor.fetchone()
    return Response(json.dumps({"kiosk": row[0], "length": len(request.get_data())}), mimetype="application/json")
engine.serve(app.wsgi_app, engine.listen("127.0.0.1", int(sys.argv[2])))
"""


class Server:
    """A process that listens, and what it costs."""

    def __init__(self, *command: str, **environment: str) -> None:
        self.port = free_port()
        words = [sys.executable, *command, str(self.port)]
        self.process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
        self.seen = psutil.Process(self.process.pid)
        self.url = f"http://127.0.0.1:{self.port}"
        limit = time.monotonic() + 120
        while True:
            try:
                requests.get(f"{self.url}/v1/about", timeout=5)
                return
            except requests.RequestException:
                assert self.process.poll() is None and time.monotonic() < limit
                time.sleep(0.1)

    @property
    def spent(self) -> float:
        """Processor time of all its threads, in seconds."""
        times = self.seen.cpu_times()
        return float(times.user + times.system)

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return int(self.seen.memory_info().rss)

    def close(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(30)


class Workers:
    """Several centres on one database, asked in turn, as a relay before them would."""

    def __init__(self, many: int, *command: str, **environment: str) -> None:
        self.each: list[Server] = []
        try:
            for _worker in range(many):
                self.each.append(Server(*command, **environment))
        except BaseException:
            self.close()
            raise
        self._turn = itertools.cycle(self.each)

    @property
    def url(self) -> str:
        """Of the one whose turn it is."""
        return next(self._turn).url

    @property
    def spent(self) -> float:
        """Processor time of all of them, in seconds."""
        return sum(one.spent for one in self.each)

    @property
    def memory(self) -> int:
        """Resident bytes of the largest."""
        return max(one.memory for one in self.each)

    def close(self) -> None:
        """Stop them."""
        for one in self.each:
            one.close()
