"""A lesson beside a hostile class: thirty honest phones and a teacher who works, while ``hostile.py`` does all it can.

    python tests/server/hostile_class.py --minutes 10 [--engine gevent] [--quiet-seconds 20]

Prints what the honest ones lived before and during: refused, lost, doubled, times; and what the kiosk kept. With two
processors or more the kiosk has one to itself, everybody else the other. Exit status 1 when anything honest suffered.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from server.places import Browser, Phone  # noqa: E402
from server.running import Running  # noqa: E402

HONEST = 30
#: Seconds between two questions of one honest phone; it supports as often. A lesson's pupils ask three or four.
RHYTHM = 10.0
#: Seconds for which a phone says again what a full list sent away.
PATIENT = 60.0
#: The hostile are other devices: here they share a processor with those that are measured.
NICE = 10


@dataclass
class Lived:
    """What the honest ones lived in one phase: counts, and times in seconds."""

    asked: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    panel: list[float] = field(default_factory=list)
    acts: int = 0
    late: int = 0  # times that a full list sent a fourth question away, until it passed
    failed: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """The figures of a phase, in milliseconds."""
        return {
            "asked": len(self.asked), "refused": self.refused, "late": self.late,
            "teacher_acts": self.acts, "teacher_failed": self.failed,
            "ack_ms": spread(self.acks), "page_ms": spread(self.pages), "panel_ms": spread(self.panel),
        }  # fmt: skip


def spread(times: list[float]) -> dict[str, float]:
    """p50, p95, p99 and the worst, in milliseconds."""
    found = sorted(times) or [0.0]
    at = lambda part: round(1000 * found[min(len(found) - 1, int(part * len(found)))], 1)  # noqa: E731
    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "worst": round(1000 * found[-1], 1)}


class Pupil(threading.Thread):
    """An honest phone: its own address, its own token, a question now and then, a support, a page."""

    def __init__(self, kiosk: Running, number: int) -> None:
        super().__init__(daemon=True)
        self.kiosk, self.number = kiosk, number
        self.lived: Lived | None = None
        self.over = threading.Event()
        self.told = 0

    def run(self) -> None:
        address = f"127.0.1.{10 + self.number}"
        phone = Phone(self.kiosk, address, device=f"eleve-{self.number:02}-honnete")
        time.sleep(RHYTHM * self.number / HONEST)
        while not self.over.is_set():
            begun, lived = time.monotonic(), self.lived
            if lived is not None:
                self.live(phone, address, lived)
            self.over.wait(max(0.0, begun + RHYTHM - time.monotonic()))
        phone.close()

    def live(self, phone: Phone, address: str, lived: Lived) -> None:
        """One question, one support, one page."""
        self.told += 1
        id, text = f"eleve-{self.number}-{self.told}", f"Question {self.told} de l’élève {self.number}, et pourquoi ?"
        lived.asked[id] = text
        begun = time.monotonic()
        ack = phone.call("ask", id=id, text=text)
        lived.acks.append(time.monotonic() - begun)
        while not ack["ok"] and ack["error"]["code"] == "list_full" and time.monotonic() < begun + PATIENT:
            lived.late += ack["error"]["code"] == "list_full"
            time.sleep(2.0)  # a phone keeps the text, and says it again
            ack = phone.call("ask", id=id, text=text)
        if not ack["ok"]:
            lived.refused.append(f"ask {ack['error']['code']}")
        ack = phone.call("support", number=1, on=self.told % 2 == 1)
        if not ack["ok"]:
            lived.refused.append(f"support {ack['error']['code']}")
        begun = time.monotonic()
        browser = Browser(self.kiosk, address)
        browser.cookies["kiosk_device"] = f"eleve-{self.number:02}-honnete"
        status, _page = browser.get("/mes-questions")
        browser.close()
        lived.pages.append(time.monotonic() - begun)
        if status != 200:
            lived.refused.append(f"page {status}")


class Teacher(threading.Thread):
    """Looks at the panel as its script does, reads over what the class asked, puts one on the screen now and then."""

    def __init__(self, kiosk: Running, browser: requests.Session) -> None:
        super().__init__(daemon=True)
        self.kiosk, self.browser = kiosk, browser
        self.lived: Lived | None = None
        self.over = threading.Event()

    def run(self) -> None:
        page = self.browser.get(f"{self.kiosk.url}/prof", timeout=30)
        self.where = page.url
        csrf, turn = Running.csrf(page.text), 0
        while not self.over.is_set():
            lived = self.lived
            if lived is not None:
                turn += 1
                self.look(lived, csrf, turn)
            self.over.wait(1.0)

    def look(self, lived: Lived, csrf: str, turn: int) -> None:
        """The panel's fragment, then one act."""
        begun = time.monotonic()
        query = self.where.partition("?")[2]
        page = self.browser.get(f"{self.kiosk.url}/prof/fragment/live?{query}", headers={"X-Fragment": "1"}, timeout=30)
        lived.panel.append(time.monotonic() - begun)
        if page.status_code != 200:
            lived.failed.append(f"panel {page.status_code}")
            return
        ids = re.findall(r"/prof/questions/(eleve-[\w-]+)/valider", page.text)
        if ids:
            self.act(lived, csrf, f"/prof/questions/{ids[0]}/valider")
        elif 'id="pleine"' in page.text:  # what the panel proposes: all that waits, put aside
            self.act(lived, csrf, "/prof/tout-de-cote")
        elif turn % 10 == 0:
            self.act(lived, csrf, "/prof/minuteur", faire="prolonger")

    def act(self, lived: Lived, csrf: str, path: str, **data: str) -> None:
        answer = self.browser.post(
            f"{self.kiosk.url}{path}", data={"csrf": csrf, **data}, headers={"X-Fragment": "1"}, timeout=30
        )
        lived.acts += 1
        if answer.status_code != 204:
            lived.failed.append(f"{path} {answer.status_code} {answer.text[:80]}")


class Lesson:
    """A kiosk, its class and its teacher; :meth:`live` for a while, alone or beside the hostile."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.kiosk = Running(folder, engine).start()
        assert self.kiosk.process is not None
        self.process = psutil.Process(self.kiosk.process.pid)
        self._share_processors()
        browser = self.kiosk.teacher()
        self.kiosk.act(browser, "/prof/salle/classe", classe="4e B", effectif=str(HONEST))
        for step in ("countdown", "talk", "questions"):
            self.kiosk.act(browser, "/prof/etape", vers=step)
        self.kiosk.act(browser, "/prof/saisir", texte="Faut-il aimer la hauteur ?")
        self.people: list[Teacher | Pupil] = [
            Teacher(self.kiosk, browser),
            *(Pupil(self.kiosk, n) for n in range(HONEST)),
        ]
        for one in self.people:
            one.start()
        time.sleep(4.0)

    def live(self, seconds: float, attack_seed: int | None = None) -> tuple[Lived, dict[str, int]]:
        """What the honest ones lived in that time, and what the hostile were answered."""
        lived, attack = Lived(), None
        if attack_seed is not None:
            script = str(Path(__file__).with_name("hostile.py"))
            words = [sys.executable, script, str(self.kiosk.port), str(seconds), "--seed", str(attack_seed)]
            attack = subprocess.Popen(["nice", "-n", str(NICE), *words], stdout=subprocess.PIPE, text=True)
            time.sleep(2.0)
        for one in self.people:
            one.lived = lived
        time.sleep(seconds)
        for one in self.people:
            one.lived = None
        time.sleep(3.0)
        return lived, json.loads(attack.communicate(timeout=120)[0]) if attack else {}

    def journal(self) -> list[str]:
        """The kiosk's last lines that are not ordinary: what failed in it, if anything did."""
        lines = (self.kiosk.data_dir / "logs" / "kiosk.log").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if " failed" in line or "ERR" in line.upper()][-20:]

    def memory(self) -> float:
        """MB held by the kiosk."""
        return float(self.process.memory_info().rss / 1e6)

    def held(self, lived: Lived) -> dict[str, int]:
        """Of what was asked: lost, doubled, or with another text."""
        rows = [q for q in self.kiosk.questions() if q["id"].startswith("eleve-")]
        found = {q["id"]: q["original_text"] for q in rows}
        return {
            "lost": sum(id not in found for id in lived.asked), "doubled": len(rows) - len(found),
            "changed": sum(found.get(id, text) != text for id, text in lived.asked.items()),
        }  # fmt: skip

    def end(self) -> None:
        """Everybody goes home; the kiosk stops as it should."""
        for one in self.people:
            one.over.set()
        for one in self.people:
            one.join(20)
        self.kiosk.stop()

    def _share_processors(self) -> None:
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            for one in (self.process, *self.process.children(recursive=True)):
                for thread in one.threads():
                    os.sched_setaffinity(thread.id, {cores[0]})
            os.sched_setaffinity(0, set(cores[1:]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--engine", default="eventlet")
    parser.add_argument("--quiet-seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lesson = Lesson(Path(folder), given.engine)
        try:
            quiet, _none = lesson.live(given.quiet_seconds)
            before = lesson.memory()
            beside, answers = lesson.live(given.minutes * 60, given.seed)
            held = {name: lesson.held(quiet)[name] + count for name, count in lesson.held(beside).items()}
            time.sleep(20.0)
            after = lesson.memory()
        finally:
            lesson.end()
    told = {
        "quiet": quiet.summary(), "beside": beside.summary(), "held": held,
        "memory_mb": [round(before, 1), round(after, 1)], "hostile": answers,
    }  # fmt: skip
    print(json.dumps(told, indent=1, ensure_ascii=False))
    opened = [name for name in answers if "OPENED" in name]
    wrong = [*quiet.refused, *beside.refused, *quiet.failed, *beside.failed, *opened]
    return 1 if wrong or any(held.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
