"""Servers under measurement: started on a free loopback port with a fresh folder, ended by their own process id."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from parts.confined import Confined
from parts.neighbours import Neighbours, wait_for_quiet

BENCH = Path(__file__).resolve().parent.parent
NODE = BENCH / "node"
START_PATIENCE = 30.0
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


#: Ends well where the libraries of the tests are not.
PLAIN = "import sys, importlib.util as u; sys.exit(any(map(u.find_spec, ('psycopg2', 'PIL', 'pytest', 'gevent'))))"


class CannotMeasure(Exception):
    """A server or a tool that the measurement needs is not there; the message says which and what to do."""


def free_port() -> int:
    """A loopback TCP port nobody listens on at this moment, below those that systems give to clients' connections."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def python_of(root: Path) -> str:
    """The interpreter that runs the checkout at `root`: its .venv, or the one running this bench."""
    own = root / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def users_python(root: Path) -> str:
    """An interpreter with what a school installs and nothing more: the checkout's own after a plain set-up, else one
    made when it is not there.

    The libraries of tests weigh on the kiosk as well: peewee imports psycopg2, qrcode Pillow, where they find them.

    :raises CannotMeasure: it could not be made.
    """
    if subprocess.run([python_of(root), "-c", PLAIN]).returncode == 0:
        return python_of(root)
    lock = root / "config" / "requirements.lock"
    folder = root / ".venv-test" / "users"
    stamp, wanted = folder / ".lock", hashlib.sha256(lock.read_bytes()).hexdigest()
    python = str(folder / "bin" / "python")
    if not stamp.exists() or stamp.read_text() != wanted:
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        for command in ([python_of(root), "-m", "venv", "--clear", str(folder)], [python, *install, "-r", str(lock)]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise CannotMeasure(f"{folder} could not be made:\n{done.stderr[-2000:]}")
        stamp.write_text(wanted)
    return python


def run_with(root: Path) -> None:
    """Start this program again with the checkout's own Python, whose libraries the parts that play a centre import."""
    own = root / ".venv"
    if own.is_dir() and Path(sys.prefix).resolve() != own.resolve():
        os.execv(python_of(root), [python_of(root), *sys.argv])


class Server:
    """One process that answers HTTP on 127.0.0.1:`port`; a context manager that ends it."""

    name = "server"
    #: Seconds granted to the first answer.
    patience = START_PATIENCE
    #: What bounds its processor and memory, when something does.
    confine: Confined | None = None

    def __init__(self, command: list[str], cwd: Path, environment: dict[str, str], port: int):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.started = time.perf_counter()
        self.folder = Path(tempfile.mkdtemp(prefix="kiosk-bench-"))
        self.log = self.folder / "output.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                preexec_fn=_joining(self.confine) if self.confine else _many_descriptors,
            )
        if self.confine:
            self.confine.hold(self.process.pid)
        self.start_seconds = self._wait()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.stop()

    def _wait(self) -> float:
        while time.perf_counter() - self.started < self.patience:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, urllib.error.URLError):
                if self.get("/healthz", timeout=5)[0] == 200:
                    return time.perf_counter() - self.started
            time.sleep(0.005)
        words = self.log.read_text(errors="replace")[-2000:]
        self.stop()
        raise CannotMeasure(f"{self.name} did not answer /healthz within {self.patience:.0f} s:\n{words}")

    def get(self, path: str, timeout: float = 10) -> tuple[int, bytes]:
        """Status and body of a plain GET; an HTTP error status is returned, not raised."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def rss_kb(self) -> int:
        """Resident memory of the process, in KiB."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE // 1024

    def cpu_seconds(self) -> float:
        """Processor time of the process since its start, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def written(self) -> int:
        """Bytes that the process sent to the disk since its start (proc(5), io: ``write_bytes``)."""
        lines = Path(f"/proc/{self.process.pid}/io").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))

    def stop(self) -> None:
        """End the process and remove its folder; safe to call twice."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                print(f"{self.name} ignored SIGTERM for 5 s and was killed", file=sys.stderr)
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Kiosk(Server):
    """The kiosk of the checkout at `root`, opened on its demonstration.

    `data_dir` None means a fresh one. `preload` is a library for LD_PRELOAD, `program` what Python runs instead of
    the kiosk's own command, `variables` go to its environment.
    """

    name = "the kiosk"

    def __init__(
        self,
        root: Path,
        data_dir: Path | None = None,
        preload: Path | None = None,
        program: list[str] | None = None,
        **variables: str,
    ):
        self.root = root
        port = free_port()
        self.own_data = tempfile.mkdtemp(prefix="kiosk-bench-data-") if data_dir is None else None
        self.data_dir = data_dir or Path(self.own_data or "")
        environment = {**_without_settings(os.environ), "KIOSK_LOOP_LAG": "1", **variables}
        if preload:
            environment["LD_PRELOAD"] = str(preload)
        words = program or ["-m", "kiosk", "serve"]
        python = python_of(root) if variables.get("KIOSK_ENGINE") == "gevent" else users_python(root)
        command = [python, *words, "--data-dir", str(self.data_dir), "--port", str(port)]
        super().__init__(command, root, environment, port)

    def loop_lag_max_ms(self) -> float | None:
        """Worst event-loop lag since the last call, in ms; None when the server does not tell."""
        status, body = self.get("/healthz?lag=1")
        return json.loads(body).get("loop_lag_max_ms") if status == 200 else None

    def pin(self) -> str:
        """The teacher's code, as the command line tells it."""
        command = [python_of(self.root), "-m", "kiosk", "pin", "show", "--data-dir", str(self.data_dir)]
        told = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout
        return re.findall(r"\d{4,}", told.replace(" ", ""))[0]

    def stop(self) -> None:
        super().stop()
        if self.own_data:
            shutil.rmtree(self.own_data, ignore_errors=True)


class Bare(Server):
    """The reference: a Socket.IO server in Node that stores nothing."""

    name = "the bare Socket.IO server"

    def __init__(self):
        port = free_port()
        super().__init__(["node", str(NODE / "bare.js"), "--port", str(port)], NODE, dict(os.environ), port)


def _without_settings(environment) -> dict[str, str]:
    """The kiosk is measured as delivered: settings of whoever runs the bench are left out, Python's too (without its
    compiled modules, PYTHONDONTWRITEBYTECODE, a start takes half as much again).
    """
    return {key: value for key, value in environment.items() if not key.startswith(("KIOSK_", "PYTHON"))}


def _many_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


def _joining(confine: Confined) -> Callable[[], None]:
    def prepare() -> None:
        _many_descriptors()
        confine.join()

    return prepare


def prepare_node() -> None:
    """Install the official clients from the lock file, once."""
    if not shutil.which("node"):
        raise CannotMeasure("node is missing: install Node 18 or newer")
    if not (NODE / "node_modules" / "socket.io-client").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=NODE, check=True)


def client_command(script: str, options: dict) -> list[str]:
    """Arguments that run a script of bench/node with its --options."""
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    return ["node", str(NODE / script), *words]


def run_client(script: str, server: Server | None = None, timeout: float = 120, **options) -> dict:
    """Run a script of bench/node to its end and return the JSON object it prints last.

    With `server`, its address is given to the script and ``others_percent`` added: what neighbours used of the machine.
    """
    if server:
        options = {"url": server.url, **options}
        wait_for_quiet()
    neighbours = Neighbours(server)
    done = subprocess.run(
        client_command(script, options), capture_output=True, text=True, timeout=timeout, preexec_fn=_many_descriptors
    )
    if done.returncode:
        raise CannotMeasure(f"{script} failed: {done.stderr[-1500:]}")
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    if server:
        seen["others_percent"] = neighbours.percent()
    return seen


@contextlib.contextmanager
def held_phones(url: str, phones: int):
    """`phones` connected and silent for as long as the block lasts; yields how many connected."""
    command = client_command("load.js", {"url": url, "phones": phones, "hold": 1})
    client = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=_many_descriptors
    )
    assert client.stdin and client.stdout
    try:
        line = client.stdout.readline()
        if not line:
            raise CannotMeasure("the phones could not be connected")
        yield json.loads(line)["connected"]
    finally:
        client.stdin.close()
        client.wait(timeout=20)
        client.stdout.close()
