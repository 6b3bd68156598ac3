"""The life of the package in one system: installed, used, upgraded, not downgraded, removed, purged."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

from kiosk.ground import edition
from kiosk.ops.process import free_port
from machines.packages import AFTER, BEFORE, renumbered
from machines.roots import Root

DATA, HOME = "/var/lib/kiosque-metiers", "/opt/kiosque-metiers"


def install(root: Root, package: Path) -> tuple[int, str]:
    """Exit code of ``dpkg -i``, without a network, and what it said."""
    shutil.copy(package, root.path("/tmp/kiosque.deb"))
    done = root.run("dpkg", "-i", "/tmp/kiosque.deb")
    return done.returncode, done.stdout + done.stderr


def version(root: Root) -> str:
    """The version that dpkg knows, installed whole; else how it stands."""
    said = root.run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "kiosque-metiers").stdout
    status, _space, number = said.partition(" ")
    return number if status == "installed" else status


def service_command(root: Root) -> tuple[list[str], dict[str, str]]:
    """What the unit runs, as whom, with which variables."""
    unit = root.path("/usr/lib/systemd/system/kiosque-metiers.service").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^(ExecStart|User|Environment)=([^\"].+)$", unit, re.MULTILINE))
    variables = dict(word.partition("=")[::2] for word in fields["Environment"].split())
    return ["runuser", "-u", fields["User"], "--", *fields["ExecStart"].split()], variables


def answers(port: int) -> bool:
    """Whether ``/healthz`` says 200, waited for."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    return False


def lives(root: Root, package: Path) -> None:
    """Everything, in the order in which it happens to a machine."""
    code, said = install(root, package)
    assert code == 0 and "Traceback" not in said, said
    first = version(root)
    assert root.run("kiosk", "--version").stdout.startswith(edition.current().version)
    _as_typed(root)
    later = renumbered(package, AFTER)
    _at_work(root, later, first)
    settings = root.path("/etc/kiosque-metiers/kiosk.toml")
    settings.write_text(settings.read_text(encoding="utf-8") + '\n[school]\nname = "Lycée d\'ici"\n', encoding="utf-8")
    pin = root.run("kiosk", "pin", "show").stdout
    code, said = install(root, later)
    assert code == 0 and version(root) == AFTER, said
    assert root.run("kiosk", "pin", "show").stdout == pin and "Lycée d'ici" in root.run("kiosk", "config").stdout
    before = renumbered(package, BEFORE)
    for older in (package, before):
        code, said = install(root, older)
        assert code != 0 and version(root) == AFTER and "rien n’a changé" in said, said
    assert root.run("kiosk", "pin", "show").stdout == pin
    _leaves(root, pin, before)


def _as_typed(root: Root) -> None:
    """The command: its help, what it refuses, and whose what it wrote is."""
    assert root.run("kiosk", "pin", "reset").returncode == 0
    owner = root.path(DATA).stat().st_uid
    assert {path.stat().st_uid for path in root.path(DATA).rglob("*")} == {owner} and owner not in (0, 65534)
    refused = root.run("kiosk", "upgrade", "/tmp/x.tar.gz")
    assert refused.returncode == 1 and "[upgrade_packaged]" in refused.stderr and "apt install" in refused.stderr
    found = json.loads(root.run("kiosk", "status", "--json").stdout)
    assert (found["package"], found["reasons"][-1], found["exit"]) == ("deb", "stopped", 2)
    doctor = root.run("kiosk", "doctor", "--json").stdout
    (service,) = (one for one in json.loads(doctor)["checks"] if one["code"] == "service")
    assert "systemd ne répond pas" in service["cause"], service  # known, though no systemd runs in this root
    other = root.run("runuser", "-u", "daemon", "--", "kiosk", "pin", "show")
    assert other.returncode == 1 and "sudo kiosk pin show" in other.stderr
    assert root.run("runuser", "-u", "daemon", "--", "kiosk", "--help").returncode == 0
    shown = root.run("kiosk", "install", "--system", "--as", "daemon", "--dry-run").stdout
    assert "kiosque-ecran" in shown and "kiosque-metiers.service" not in shown


def _at_work(root: Root, later: Path, first: str) -> None:
    """It serves as its unit says; while a class is at it, nothing replaces it."""
    words, variables = service_command(root)
    port = free_port()
    server = root.start(*words, **variables, KIOSK_PORT=str(port), KIOSK_HOST="127.0.0.1")
    try:
        assert answers(port), server.stderr and server.stderr.read()
        with closing(sqlite3.connect(root.path(DATA) / "kiosk.sqlite3")) as base, base:
            base.execute("UPDATE room SET phase = 'talk', phase_started_at = ?", (int(time.time() * 1000),))
        code, said = install(root, later)
        assert code != 0 and "en séance" in said and version(root) == first, said
        assert answers(port)
    finally:
        server.kill()  # unshare waits for its child whatever it is told; the child ends with it
        server.wait(30)
        assert server.stderr is not None
        server.stderr.close()


def _leaves(root: Root, pin: str, older: Path) -> None:
    """Removed, only settings and data stay; purged by nobody's hand, data stay, and come back with the package."""
    assert root.run("dpkg", "-r", "kiosque-metiers").returncode == 0
    assert not root.path(HOME).exists() and root.path("/etc/kiosque-metiers/kiosk.toml").exists()
    purged = root.run("dpkg", "-P", "kiosque-metiers")
    assert purged.returncode == 0 and DATA in purged.stderr
    assert not root.path("/etc/kiosque-metiers").exists() and not root.path("/etc/default/kiosque-metiers").exists()
    assert (root.path(DATA) / "secrets.json").exists() and (root.path(DATA) / "kiosk.sqlite3").exists()
    code, said = install(root, older)  # refused before, welcome now
    assert code == 0 and version(root) == BEFORE and root.run("kiosk", "pin", "show").stdout == pin, said
