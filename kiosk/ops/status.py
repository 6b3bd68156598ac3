"""``kiosk status``: how this kiosk goes, in one line for people, or in JSON for a fleet's own tools.

What is read: the data folder (never written), the server's ``/healthz`` and ``/metrics`` when it runs, systemd. Totals,
codes and instants only: no title, no name of a person, no word of a pupil, no secret. The keys: docs/diagnostic.md.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kiosk.domain.phases import PHASES
from kiosk.ground import addresses, edition, instants, interfaces
from kiosk.ground.config import Settings
from kiosk.ground.i18n import _, _n
from kiosk.ops import process, upgrade
from kiosk.ops.doctor import centre_checks, data_checks, kept
from kiosk.ops.doctor.report import EXIT, Case
from kiosk.storage import backups

#: The form of the JSON: a key that changes its meaning or goes makes it 2; a new key does not.
FORM = 1
#: Seconds granted to the running server, and to systemd.
PATIENCE = 3.0
#: What the worst of a kiosk is called, by exit code.
LEVELS = ("ok", "attention", "down")
#: The diagnosis' checks that are quick and judge what is told here, by the code that a monitor is given as the reason.
JUDGED = {
    "data_place": data_checks.data_place,
    "space": data_checks.space,
    "database": data_checks.database,
    "backup": data_checks.backup,
    "outbox": centre_checks.outbox,
}
_ROOMS = """SELECT room.code, room.name, room.phase, room.session_id, session.starts_at
FROM room LEFT JOIN session ON session.id = room.session_id ORDER BY room.rowid"""


def look(settings: Settings) -> dict[str, Any]:
    """All that ``kiosk status --json`` says. Never raises for what is missing or stopped: that is what it tells."""
    server = _server(settings)
    measured = _metrics(settings) if server["answers"] else {}
    found: dict[str, Any] = {
        "form": FORM,
        "at": instants.rfc3339(int(time.time() * 1000)),
        **asdict(edition.current()),
        "school": settings.school_uai,
        "address": _address(settings),
        "server": server,
        "service": _service(),
        "rooms": _rooms(settings),
        "class_at_work": _class_at_work(settings),
        "phones": measured.get('kiosk_connections{kind="phone"}'),
        "displays": measured.get('kiosk_connections{kind="display"}'),
        "exchange": _exchange(settings),
        "disk": _disk(settings.data_dir),
        "backup": _backup(settings),
    }
    reasons = _reasons(settings, server, found["service"])
    worst = max(reasons.values(), default=0)
    return {**found, "health": LEVELS[worst], "reasons": sorted(reasons), "exit": worst}


def as_json(found: dict[str, Any]) -> str:
    """For a fleet's tools."""
    return json.dumps(found, ensure_ascii=False, indent=1)


def line(found: dict[str, Any]) -> str:
    """For people: one line."""
    marks = (_("En service"), _("À regarder"), _("Hors service"))
    parts = [f"{marks[found['exit']]} : {found['address'] or _('aucune adresse sur un réseau')}"]
    parts.append(edition_text(found))
    if not found["server"]["running"]:
        parts.append(_("serveur arrêté"))
    elif not found["server"]["answers"]:
        parts.append(_("le serveur ne répond pas"))
    for room in found["rooms"] or ():
        parts.append(f"{room['name']} ({room['code']}) {_(PHASES.get(room['phase']).label)}")
    if found["phones"] is not None:
        parts.append(_n("%(n)s téléphone", "%(n)s téléphones", found["phones"]))
    parts.append(_exchange_words(found["exchange"]))
    if found["disk"]["free_mb"] is not None:
        parts.append(_("%(n)s Mo libres", n=found["disk"]["free_mb"]))
    age = found["backup"]["age_s"]
    parts.append(_("aucune copie") if age is None else _("copie il y a %(age)s", age=_age(age)))
    told = [code for code in found["reasons"] if code not in ("stopped", "silent")]
    return ", ".join(parts) + (f" [{' '.join(told)}]" if told else "")


def edition_text(found: dict[str, Any]) -> str:
    """The build, as ``kiosk version`` says it."""
    return str(edition.Edition(found["version"], found["commit"], found["made"]))


# -- inside ------------------------------------------------------------------------------------------


def _server(settings: Settings) -> dict[str, Any]:
    """Whether a process serves this data folder and takes questions; ``code`` is its own reason when not.

    Where the folder does not tell (several workers, another account's), whoever answers on the port is believed.
    """
    pid, known = None, not settings.database
    try:
        pid = process.running(settings) if known else None
    except OSError:  # another account's folder
        known = False
    try:
        said = json.loads(_asked(settings, "/healthz") or b"null")
    except ValueError:
        said = None
    answers = isinstance(said, dict) and "ok" in said and (pid is not None or not known)
    error = said.get("error") if answers else None
    return {
        "running": pid is not None or answers,
        "pid": pid or None,
        "answers": answers,
        "ready": answers and bool(said["ok"]),
        "code": str(error.get("code", "")) if isinstance(error, dict) else "",
    }


def _asked(settings: Settings, path: str) -> bytes | None:
    """What the server on this machine answers, errors included; None when nobody does."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    request = urllib.request.Request(f"http://{addresses.host_text(host, settings.port)}{path}")
    if settings.metrics_token:
        request.add_header("Authorization", f"Bearer {settings.metrics_token}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return bytes(answer.read(1 << 20))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return bytes(refusal.read(1 << 20))
    except (OSError, ValueError):
        return None


def _metrics(settings: Settings) -> dict[str, int]:
    """Sample → whole number, of the kiosk's own families."""
    text = (_asked(settings, "/metrics") or b"").decode("utf-8", "replace")
    return {name: int(float(value)) for name, value in re.findall(r"^(kiosk_\S+) ([0-9.e+]+)$", text, re.MULTILINE)}


def _address(settings: Settings) -> str:
    """Where phones go; empty without a network."""
    if settings.public_url:
        return addresses.public_address(settings.public_url).url
    if settings.host not in ("0.0.0.0", "::", ""):
        return f"http://{addresses.host_text(settings.host, settings.port)}"
    try:
        best = addresses.best(addresses.rank(interfaces.read()))
    except OSError:  # a root without /proc: the system tells nothing of its networks
        best = None
    return f"http://{addresses.host_text(best.ip, settings.port)}" if best else ""


def _service() -> dict[str, Any]:
    """The unit that ``kiosk install`` or the package wrote, as systemd sees it; ``scope`` is empty without one."""
    for scope, option in (("system", ()), ("user", ("--user",))):
        held = _unit(option)
        if held.get("LoadState") == "loaded":
            return {
                "scope": scope,
                "state": held.get("ActiveState", ""),
                "enabled": held.get("UnitFileState", "") == "enabled",
                "restarts": int(held.get("NRestarts") or 0),
            }
    return {"scope": "", "state": "", "enabled": False, "restarts": 0}


def _unit(option: Sequence[str]) -> dict[str, str]:
    program = shutil.which("systemctl")
    if program is None:
        return {}
    names = "LoadState,ActiveState,UnitFileState,NRestarts"
    command = [program, *option, "show", f"{process.NAME}.service", f"--property={names}"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(line.partition("=")[::2] for line in said.splitlines() if "=" in line)


def _rooms(settings: Settings) -> list[dict[str, Any]] | None:
    """Each room and where its session is; None when the database is not a readable file here."""
    if settings.database:
        return None
    try:
        with data_checks.reading(settings.data_dir / "kiosk.sqlite3") as connection:
            rows = connection.execute(_ROOMS).fetchall()
    except (sqlite3.Error, OSError):
        return None
    return [
        {
            "code": code,
            "name": name,
            "phase": phase,
            "session": {"id": session, "starts_at": _instant(starts)} if session else None,
        }
        for code, name, phase, session, starts in rows
    ]


def _class_at_work(settings: Settings) -> bool:
    """Whether the kiosk runs and a class is between its countdown and its end: no time to replace it."""
    try:
        return upgrade.class_at_work(settings)
    except (OSError, sqlite3.Error):
        return False


def _exchange(settings: Settings) -> dict[str, Any]:
    """How the exchange with the centre goes: the class of its last try, the age of the last that went well."""
    state = kept.values(settings).get("sync.state") or {}
    counts, _oldest = kept.outbox(settings)
    success = state.get("last_success")
    return {
        "centre": urlsplit(settings.centre_url).hostname or "",
        "paired": bool(state.get("paired")),
        "state": str(state.get("failure", "")),
        "last_success": _instant(success),
        "age_s": _since(success),
        "waiting": counts.get("waiting", 0),
        "rejected": counts.get("rejected", 0),
        "held": counts.get("held", 0),
    }


def _disk(folder: Path) -> dict[str, Any]:
    absolute = folder.absolute()
    try:
        place = next(one for one in (absolute, *absolute.parents) if one.exists())
        usage = shutil.disk_usage(place)
    except OSError:
        return {"free_mb": None, "total_mb": None, "data_kb": None}
    size = 0
    for name in ("kiosk.sqlite3", "kiosk.sqlite3-wal"):
        try:
            size += (folder / name).stat().st_size
        except OSError:
            continue
    return {"free_mb": usage.free // 1_000_000, "total_mb": usage.total // 1_000_000, "data_kb": size // 1000}


def _backup(settings: Settings) -> dict[str, Any]:
    """The newest copy that is whole."""
    newest = None
    if not settings.database:
        try:
            newest = backups.newest_whole(settings.data_dir / "kiosk.sqlite3")
        except OSError:
            newest = None
    at = int(newest.stat().st_mtime * 1000) if newest else None
    return {"at": _instant(at), "age_s": _since(at)}


def _reasons(settings: Settings, server: dict[str, Any], service: dict[str, Any]) -> dict[str, int]:
    """What is wrong, by code, with the exit code that each deserves."""
    reasons = {}
    if not server["running"]:
        reasons["stopped"] = 2
    elif not server["answers"]:
        reasons["silent"] = 2
    elif not server["ready"]:
        reasons[server["code"] or "not_ready"] = 2
    if service["state"] == "failed":
        reasons["service_failed"] = 2
    case = Case(settings)
    for code, check in JUDGED.items():
        verdict = check(case)
        if EXIT[verdict.level]:
            reasons[code] = EXIT[verdict.level]
    return reasons


def _exchange_words(exchange: dict[str, Any]) -> str:
    if not exchange["centre"] and not exchange["paired"]:
        return _("sans centre")
    if exchange["age_s"] is None:
        return _("aucun échange")
    return _("échange il y a %(age)s", age=_age(exchange["age_s"]))


def _age(seconds: int) -> str:
    for unit, length in ((_("j"), 86_400), (_("h"), 3600), (_("min"), 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _since(ms: int | None) -> int | None:
    """Whole seconds since an instant; a clock put back makes none negative."""
    return None if ms is None else max(0, int(time.time() - ms / 1000))


def _instant(ms: int | None) -> str | None:
    return None if ms is None else instants.rfc3339(int(ms))
