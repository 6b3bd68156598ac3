"""A rolling upgrade: two builds one migration apart serve the same class, side by side, then the new one alone.

``KIOSK_ROLLING_SECONDS``: how long both run (12; a minute by hand, docs/grande-echelle.md).
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from scale.farm import ROOT, Ear, Farm, Worker, farm, page, soon

pytestmark = pytest.mark.server
SECONDS = float(os.environ.get("KIOSK_ROLLING_SECONDS", "12"))
#: What the next build brings: a column that the one before does not write, and a word more in its announcements.
STEP = '''"""The next build's."""

from kiosk.ground.migrations import add_column


def up(db):
    add_column(db, "question", "next_word TEXT NOT NULL DEFAULT ''")
'''


def next_build(folder: Path) -> Path:
    """A copy of the program, one migration further."""
    left_out = shutil.ignore_patterns("node_modules", "__pycache__")
    for name in ("kiosk", "templates", "static", "config"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("setup.cfg", "pyproject.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "kiosk" / "storage" / "migrations" / "9000_next.py").write_text(STEP, encoding="utf-8")
    events = folder / "kiosk" / "ground" / "events.py"
    before = "    what: tuple[str, ...]\n    ids: tuple[str, ...] = ()\n"
    text = events.read_text(encoding="utf-8")
    assert before in text
    events.write_text(text.replace(before, before + '    later: str = "told by the next build"\n'), encoding="utf-8")
    return folder


class Pupil(threading.Thread):
    """Asks without end, of one worker then of the other when it leaves; keeps what is acknowledged and refused."""

    def __init__(self, made: Farm, number: int) -> None:
        super().__init__(daemon=True)
        self.made, self.number = made, number
        self.acknowledged: dict[str, int] = {}
        self.refused: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        at, ear = self.number % 2, None
        while not self.stop.is_set():
            id = f"roule-{self.number:02}-{len(self.acknowledged)}"
            try:
                ear = ear or Ear(self.made.workers[at], "/phone", device=f"pendant-la-mise-a-jour-{self.number:02}")
                ear.patience = 3.0
                answer = ear.ask("ask", id=id, text=f"Question {id} ?")
                if answer["ok"]:
                    self.acknowledged[id] = answer["question"]["number"]
                else:
                    self.refused.append(answer["error"]["code"])
                self.stop.wait(0.4)
            except Exception:  # that worker leaves
                if ear is not None:
                    ear.close()
                ear, at = None, 1 - at
                self.stop.wait(0.1)
        if ear is not None:
            ear.close()


def replace(made: Farm, worker: Worker, build: Path) -> None:
    """Stop a worker and start the next build in its place."""
    assert worker.stop() == 0
    worker.root = build
    worker.launch()
    made.ready(worker)


def test_two_builds_serve_one_class(tmp_path: Path) -> None:
    build = next_build(tmp_path / "next")
    with farm(tmp_path / "farm", rooms=1) as made:
        old, new = made.workers
        pupils = [Pupil(made, number) for number in range(8)]
        for one in pupils:
            one.start()
        soon(lambda: all(one.acknowledged for one in pupils), 20)
        teacher = old.teacher()
        replace(made, new, build)
        assert made.rows("SELECT 1 FROM schema_migration WHERE name = '9000_next'") == [(1,)]
        before = [len(one.acknowledged) for one in pupils]
        panels = [Ear(worker, "/control", teacher) for worker in (old, new)]
        phones = [Ear(worker, "/phone", device=f"des-deux-cotes-{worker.port}") for worker in (old, new)]
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:  # each hears at once what is said by the other
            for phone, panel, name in ((phones[0], panels[1], "a"), (phones[1], panels[0], "b")):
                id = f"croise-{name}-{time.monotonic_ns()}"
                assert phone.ask("ask", id=id, text=f"De l’autre côté, {id} ?")["ok"]
                panel.hear(lambda kind, data: kind == "changed" and id in data.get("ids", ()), 3)
                panel.told.clear()
            for worker in (old, new):
                assert 'name="csrf"' in page(worker, "/prof", teacher)
            time.sleep(1)
        assert all(len(one.acknowledged) > held for one, held in zip(pupils, before, strict=True))
        for ear in (*panels, *phones):
            ear.close()
        replace(made, old, build)
        before = [len(one.acknowledged) for one in pupils]
        soon(lambda: all(len(one.acknowledged) > held for one, held in zip(pupils, before, strict=True)), 30)
        for one in pupils:
            one.stop.set()
        for one in pupils:
            one.join(30)
        told = {id: number for one in pupils for id, number in one.acknowledged.items()}
        kept = dict(made.rows("SELECT id, number FROM question WHERE id LIKE 'roule-%%'"))
        print(f"{SECONDS:.0f} s of both: {len(told)} acknowledged, {len(kept)} kept")
        assert {id: kept.get(id) for id in told} == told and len(set(kept.values())) == len(kept)
        wrongly = [code for one in pupils for code in one.refused if code != "starting"]  # by the one that leaves
        assert wrongly == []
        assert {old.health(), new.health()} == {200}
