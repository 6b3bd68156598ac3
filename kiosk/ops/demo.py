"""The demonstration: three invented sessions, told as a file of the contract (`data/demo.json`) and
dated from now.

A collège session starts in ten minutes, a lycée one with three speakers in two days, one for a school
of La Réunion in three. What the contract does not carry (the class this school enrolled, who backs a
question, whom it is for) is written as the kiosk itself would.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import changes
from kiosk.ground import instants
from kiosk.ops.jobs import reading
from kiosk.storage import jobsheets
from kiosk.storage.models import Enrolment, Question, Session
from kiosk.storage.writer import Transaction

FILE = Path(__file__).resolve().parent / "data" / "demo.json"
#: Job sheets in Onisep's shape, by us.
JOBS = FILE.with_name("demo-jobs.xml")


def load(kiosk: Kiosk) -> dict[str, int]:
    """Write the demonstration in one transaction; returns how many changes counted, by type.

    Loading again dates again the sessions that are over and changes nothing else. The only room, when it
    is idle, gets the first session.
    """
    data = json.loads(FILE.read_text(encoding="utf-8"))
    counted = kiosk.write(lambda tx: write(tx, data))
    write_examples(kiosk.settings.data_dir, kiosk.clock.now())
    return counted


def write_examples(data_dir: Path, now: int) -> None:
    """Sheets of the invented speakers' jobs, by us: what « le métier en bref » is, before anything is downloaded.

    A demonstration without them is better than none: a disk that refuses them stops nothing.
    """
    known = {"date": instants.rfc3339(now), "example": "1"}
    with JOBS.open("rb") as source, contextlib.suppress(OSError, sqlite3.Error):
        jobsheets.write(data_dir, reading.sheets(source, JOBS.name), known, jobsheets.EXAMPLES)


def write(tx: Transaction, data: dict[str, Any]) -> dict[str, int]:
    """The unit of work of :func:`load`."""
    for enrolment in data["enrolments"]:
        Enrolment.insert(**enrolment).on_conflict_ignore().execute()
        Enrolment.update(**enrolment).where((Enrolment.id == enrolment["id"]) & (Enrolment.label == "")).execute()
    counted = changes.apply(tx, changes.parse(json.dumps({"changes": dated(data, tx.now)}).encode()))
    for question_id, support in data["support"].items():
        Question.update(base_support=support, support=support).where(
            (Question.id == question_id) & (Question.base_support == 0)
        ).execute()
    for question_id, speaker_id in data["speakers"].items():
        Question.update(speaker_id=speaker_id).where(Question.id == question_id).execute()
    held = rooms.all_rooms()
    if len(held) == 1:
        room = rooms.view(held[0][0])
        if room.session is None or room.stage.over:
            chosen = data["room"]
            rooms.choose_session(tx, room.id, chosen["session_id"], enrolment_id=chosen["enrolment_id"])
    return counted


def dated(data: dict[str, Any], now: int) -> list[dict[str, Any]]:
    """The changes of the file with their dates counted from `now` (UTC milliseconds), or from the nearest instant that
    may be one: a machine that believes itself in 1970 starts too, and says that its hour is wrong.
    """
    now = instants.of_our_times(now)
    out = json.loads(json.dumps(data["changes"]))
    for change in out:
        body = change["body"]
        if change["type"] == "session":
            body["starts_at"] = instants.rfc3339(start_of(data["starts"][change["id"]], now))
            change["rev"] = _rev(change, now)
        elif change["type"] == "notice":
            body["expires_at"] = instants.rfc3339(now + 30 * 24 * 60 * instants.MINUTE)
    return out


def _rev(change: dict[str, Any], now: int) -> int:
    """A demonstration of the past is dated again: its session gets a `rev` above the one held."""
    row = Session.get_or_none(Session.id == change["id"])
    if row is None or row.starts_at + row.duration_min * instants.MINUTE >= now:
        return int(change["rev"])
    return int(row.rev) + 1


def start_of(rule: dict[str, Any], now: int) -> int:
    """When a session starts: in so many minutes (a whole minute), or after so many days at an hour of
    Paris, on a school day.
    """
    if "minutes" in rule:
        return -(-now // instants.MINUTE) * instants.MINUTE + rule["minutes"] * instants.MINUTE
    day = instants.local(now).date() + timedelta(days=rule["days"])
    while day.weekday() >= 5:
        day += timedelta(days=1)
    moment = datetime.combine(day, time.fromisoformat(rule["paris"]), tzinfo=instants.zone(instants.PARIS))
    return int(moment.timestamp() * 1000)
