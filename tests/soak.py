"""Two days of school in a minute or two, on a real kiosk: after the second everything is at the first one's level.

    python tests/soak.py --lessons 8

A lesson: a session is chosen, forty phones come in, ask, support, take back, lose their Wi-Fi and come back; the
display and the panel reconnect; the teacher goes through every phase, then the room is wiped. The first day warms
the kiosk up (code used for the first time, caches, SQLite's pages, the sockets a minute holds); the level is taken
after it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.attack import Wire  # noqa: E402
from fuzz.target import Target, nice  # noqa: E402

PHONES = 40
#: Lessons of the first day.
WARM = 8
#: MB. A day adds 1 to 2.5, and less each day: holes between what Python's allocator keeps. What the program holds does
#: not grow (docs/performance.md, « Memory over a day »).
MEMORY_MB = 5
#: Descriptors: a keep-alive connection of the teacher's browser, a backup under way.
FILES = 4
#: KB: the audit log and the sessions' states stay (a few hundred bytes a lesson); questions do not.
DATABASE_KB = 256
#: KB: SQLite keeps the log's file for the next writes, up to its checkpoint (1,000 pages of 4 KB).
WAL_KB = 4_400
#: Seconds of quiet at the end, at most: a socket that left is held by its timers for up to 70 s (its ping, its
#: silence), then waits for the collection of the next quiet minute.
REST = 140
PHASES = ("countdown", "talk", "questions", "reflection", "closed")


class School:
    """A kiosk, its teacher, and the classes that follow one another."""

    def __init__(self, data_dir: Path, seed: int) -> None:
        self.target = Target(data_dir).begin()
        self.chance = random.Random(seed)
        self.teacher = self.target.teacher()
        page = self.teacher.get(f"{self.target.url}/prof/seances", timeout=20).text
        self.sessions = sorted(set(re.findall(r'name="seance" value="([^"]+)"', page)))
        self.csrf = self.target.csrf(self.teacher.get(f"{self.target.url}/prof/salle", timeout=20).text)
        self.asked = self.refused = 0
        assert self.sessions

    def act(self, path: str, **data: Any) -> int:
        """An act of the teacher; one that the moment does not allow is refused, not failed."""
        answer = self.teacher.post(
            f"{self.target.url}{path}", data={"csrf": self.csrf, **data}, headers={"X-Fragment": "1"}, timeout=20
        )
        assert answer.status_code < 500, (path, answer.text)
        return answer.status_code

    def lesson(self, number: int) -> None:
        """One hour."""
        self.act("/prof/seances/choisir", seance=self.sessions[number % len(self.sessions)], compris="1")
        cookie = "; ".join(f"{c.name}={c.value}" for c in self.teacher.cookies)
        screens = [Wire(self.target, "/display"), Wire(self.target, "/control", cookie)]
        phones = [self._phone(place) for place in range(PHONES)]
        assert all(wire.inside for wire in (*screens, *phones)), [wire.seen[-1:] for wire in phones][:3]
        for phase in PHASES:
            assert self.act("/prof/etape", vers=phase) in (204, 409), phase
            for place, phone in enumerate(phones):
                self._speak(phone, number, place, phase)
            for place in self.chance.sample(range(PHONES), 10):
                phones[place].close()  # the Wi-Fi is gone, without a word
                phones[place] = self._phone(place)
            for wire in screens:
                wire.close()
            screens = [Wire(self.target, "/display"), Wire(self.target, "/control", cookie)]
            for path in ("/", "/soutenir", "/mes-questions", "/ecran/fragment", "/prof/fragment/live", "/prof"):
                assert self.teacher.get(f"{self.target.url}{path}", timeout=20).status_code < 500
            self.target.health_within()
        for wire in (*phones, *screens):
            wire.close()
        self.act("/prof/salle/effacer", compris="1")

    def _phone(self, place: int) -> Wire:
        """One of the class, at an address of its own as on a school's network: from one address, forty that renew
        themselves are what `domain/questions/crowd.py` keeps back."""
        return Wire(self.target, "/phone", source=f"127.0.1.{10 + place}")

    def _speak(self, phone: Wire, lesson: int, place: int, phase: str) -> None:
        base = f"l{lesson}-{place}-{phase}"
        phone.say(f'42/phone,1["ask",{{"id":"{base}","text":"Question {base} ?"}}]')
        phone.say(f'42/phone,2["support",{{"number":{self.chance.randint(1, 40)},"on":true}}]')
        phone.say(f'42/phone,3["{"withdraw" if place % 5 == 0 else "mine"}",{{"id":"{base}"}}]')
        assert phone.until(lambda text: text.startswith("43/phone,3[")), phone.seen[-2:]
        taken = any(text.startswith('43/phone,1[{"ok":true') for text in phone.seen)
        self.asked += taken
        self.refused += not taken
        phone.seen.clear()

    def level(self) -> dict[str, float]:
        """What must come back: process, files, and who is there according to the kiosk."""
        folder = self.target.data_dir
        address = (folder / "kiosk.sqlite3").absolute().as_uri() + "?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as base, base:
            questions = base.execute("select count(*) from question where origin = 'live'").fetchone()[0]
        log = folder / "kiosk.sqlite3-wal"
        display = Wire(self.target, "/display")
        display.say('42/display,1["resync"]')
        phones = int(re.findall(r'"phones":(\d+)', display.until(lambda text: text.startswith("43/display,1[")))[0])
        display.close()
        return {
            **self.target.level(), "database_kb": (folder / "kiosk.sqlite3").stat().st_size / 1024,
            "wal_kb": log.stat().st_size / 1024 if log.exists() else 0, "live_questions": questions, "phones": phones,
        }  # fmt: skip

    def settled(self, files: float, mb: float = 1e9) -> dict[str, float]:
        """The level once the last sockets are down and forgotten; waits no longer than it must."""
        until = time.monotonic() + REST
        while time.monotonic() < until:
            now = self.target.level()
            if now["files"] <= files and now["mb"] <= mb:
                break
            time.sleep(1)
        time.sleep(2)
        return self.level()


def run(data_dir: Path, lessons: int, seed: int = 1) -> dict[str, Any]:
    """The whole day. :raises AssertionError: something did not come back."""
    begun = time.monotonic()
    school = School(data_dir, seed)
    try:
        empty = school.target.level()["files"]
        for number in range(WARM):
            school.lesson(number)
        before = school.settled(empty + FILES)
        for number in range(WARM, WARM + lessons):
            school.lesson(number)
        after = school.settled(before["files"] + FILES, before["mb"] + MEMORY_MB / 2)
        assert school.target.failures == []
        assert school.asked > (WARM + lessons) * PHONES / 2, (school.asked, school.refused)
        figures = {"lessons": lessons, "seconds": round(time.monotonic() - begun), "asked": school.asked,
                   "refused": school.refused, "before": before, "after": after}  # fmt: skip
        assert after["mb"] <= before["mb"] + MEMORY_MB, figures
        assert after["files"] <= before["files"] + FILES, figures
        assert after["threads"] <= before["threads"] + 1, figures
        assert after["database_kb"] <= before["database_kb"] + DATABASE_KB, figures
        assert after["wal_kb"] <= WAL_KB, figures
        # One: the browser that read the pupils' pages counts as a phone without JavaScript for three minutes.
        assert after["phones"] <= 1 and after["live_questions"] == 0, figures
        assert [line for line in school.target.journal if " ERROR " in line or "Question l" in line] == []
        return figures
    finally:
        school.target.stop(9)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--lessons", type=int, default=8)
    chosen = options.parse_args()
    nice()
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(run(Path(place) / "kiosk", chosen.lessons)))
