"""Power cuts and kills at random instants under load: nothing acknowledged is lost, nothing is doubled.

    python tests/faults/campaign.py --cuts 500 --seed 1

Half the cuts are ``kill -9``, half pull the plug (see powercut.c; half of those leave some unsynced
sectors on the disk). After each one the kiosk starts again on the same folder and must answer, open its
database clean, hold every acknowledged question exactly once with its text, be in the phase the
teacher last had confirmed, and speak of no damage: a cut makes none. Some cuts fall during the start. Every few cuts a
fresh folder is begun.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import socketio  # noqa: E402

from faults import preload  # noqa: E402
from faults.pupils import FormPupil, Ledger, Pupil, SocketPupil  # noqa: E402
from faults.served import ROOT, Served, Teacher  # noqa: E402

CUTS_A_FOLDER = 20
PHASES = ("lobby", "countdown", "talk", "questions")
KINDS = ("plug", "kill", "torn plug", "kill")


@dataclasses.dataclass
class Tally:
    """What a campaign saw."""

    cuts: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    acknowledged: int = 0
    kept_unasked: int = 0
    """Questions found though nobody was told so: the cut fell between the disk and the pupil."""
    longest_start: float = 0.0
    refused: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    broken: dict[str, None] = dataclasses.field(default_factory=dict)
    """An ordered set: a promise broken once is seen again at each later check."""

    def break_promise(self, sentence: str) -> None:
        self.broken[sentence] = None


class Conductor(threading.Thread):
    """The teacher, who changes the phase over and over; knows which phases the room may be in after a cut."""

    def __init__(self, teacher: Teacher, seed: int, possible: set[str]):
        super().__init__(daemon=True)
        self.possible = possible
        self._teacher = teacher
        self._random = random.Random(seed)
        self._left = threading.Event()

    def leave(self) -> None:
        self._left.set()
        self.join(timeout=15)

    def run(self) -> None:
        while not self._left.wait(self._random.uniform(0.02, 0.2)):
            wanted = self._random.choice(PHASES)
            self.possible = self.possible | {wanted}
            try:
                self._teacher.phase(wanted)
            except OSError:
                return  # cut before the answer: either phase is right
            self.possible = {wanted}


class Folder:
    """One data folder and everything believed about it, through many cuts."""

    def __init__(self, folder: Path, library: Path, seed: int, tally: Tally, root: Path):
        self.data = folder / "data"
        self.data.mkdir()
        # Twenty lives of one class: more questions wait than one is told to have room for.
        (self.data / "settings.toml").write_text("[limits]\nwaiting_least = 1000000\n")
        self.ledger = Ledger()
        self._library, self._root = library, root
        self._random = random.Random(seed)
        self._tally = tally
        self._teacher: Teacher | None = None
        self._possible: set[str] = set()
        self._pupils: list[Pupil] = [
            kind(self.ledger, self._random.randrange(2**31)) for kind in [SocketPupil] * 5 + [FormPupil] * 3
        ]

    def start(self, kind: str) -> Served:
        torn = {"KIOSK_POWERCUT_TORN": str(self._random.randrange(2**31))} if kind == "torn plug" else {}
        environment = preload.environment(self._library, KIOSK_POWERCUT_DIR=str(self.data), **torn)
        return Served(self.data, environment, self._root)

    def cut_during_start(self, kind: str) -> None:
        kiosk = self.start(kind)
        time.sleep(self._random.uniform(0.05, 0.8))
        self._end(kiosk, kind)

    def cut_under_load(self, kind: str) -> None:
        """Start, check what was promised before, load, cut."""
        kiosk = self.start(kind)
        self.check(kiosk)
        assert self._teacher is not None  # the check signed one in
        conductor = Conductor(self._teacher, self._random.randrange(2**31), self._possible)
        for pupil in self._pupils:
            pupil.goes_to(kiosk.port)
            if not pupil.is_alive():
                pupil.start()
        conductor.start()
        time.sleep(self._random.uniform(0.15, 1.2))
        self._end(kiosk, kind)
        conductor.leave()
        self._possible = conductor.possible

    def check(self, kiosk: Served) -> None:
        """Everything promised so far, seen in a kiosk that has just started."""
        self._tally.longest_start = max(self._tally.longest_start, kiosk.wait())
        promised = self.ledger.known()  # before the export: pupils go on meanwhile
        exported = kiosk.questions()
        found = collections.Counter(one["id"] for one in exported)
        texts = {one["id"]: one["original_text"] for one in exported}
        for question_id, text in promised.items():
            if found[question_id] != 1:
                self._tally.break_promise(f"{question_id} acknowledged, found {found[question_id]} times")
            elif texts[question_id] != text:
                self._tally.break_promise(f"{question_id} has another text")
        copies = collections.Counter(text for question_id, text in texts.items() if question_id in self.ledger.sent)
        for text in (text for text, number in copies.items() if number > 1):
            self._tally.break_promise(f"twice: {text}")
        address = (self.data / "kiosk.sqlite3").as_uri() + "?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database, database:
            verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
            alarm = database.execute("SELECT value FROM setting WHERE key = 'recovery'").fetchone()
        database.close()
        if alarm is not None and alarm[0] is not None:
            self._tally.break_promise(f"a damage was told that nothing did: {alarm[0]}")
        if verdict != "ok":
            self._tally.break_promise(f"integrity_check: {verdict}")
        phase = phase_of(kiosk.port)
        if self._possible and phase not in self._possible:
            self._tally.break_promise(f"phase {phase}, expected one of {sorted(self._possible)}")
        self._possible = {phase}
        if self._teacher is None:
            self._teacher = Teacher(kiosk)
        self._teacher.url = kiosk.url
        self._kept = len([question_id for question_id in texts if question_id in self.ledger.sent])

    def finish(self) -> None:
        """One last start and check, with the pupils gone."""
        for pupil in self._pupils:
            pupil.leave()
        for pupil in self._pupils:
            if pupil.is_alive():
                pupil.join(timeout=15)
        kiosk = self.start("kill")
        try:
            self.check(kiosk)
        finally:
            kiosk.kill()
        known = self.ledger.known()
        self._tally.acknowledged += len(known)
        self._tally.kept_unasked += self._kept - len(known)
        self._tally.refused.update(self.ledger.refused)

    def _end(self, kiosk: Served, kind: str) -> None:
        self._tally.cuts[kind] += 1
        if kind == "kill":
            kiosk.kill()
        else:
            kiosk.cut_power()


def phase_of(port: int) -> str:
    """The phase a phone is told when it connects."""
    told: list[str] = []
    heard = threading.Event()
    client = socketio.Client(reconnection=False, handle_sigint=False)

    @client.on("state", namespace="/phone")
    def state(picture: dict) -> None:
        told.append(picture["phase"])
        heard.set()

    client.connect(f"http://127.0.0.1:{port}", namespaces=["/phone"], transports=["websocket"], wait_timeout=10)
    assert heard.wait(10), "a phone was told nothing"
    client.disconnect()
    return told[0]


def run(cuts: int, seed: int, root: Path = ROOT, say=lambda line: None) -> Tally:
    """The whole campaign; `say` is told how it goes."""
    tally = Tally()
    chance = random.Random(seed)
    place = Path(tempfile.mkdtemp(prefix="kiosk-cuts-"))
    try:
        library = preload.build("powercut", place)
        done = 0
        while done < cuts:
            folder = place / f"folder-{done}"
            folder.mkdir()
            one = Folder(folder, library, chance.randrange(2**31), tally, root)
            for _ in range(min(CUTS_A_FOLDER, cuts - done)):
                kind = KINDS[done % len(KINDS)]
                (one.cut_during_start if chance.random() < 0.12 else one.cut_under_load)(kind)
                done += 1
            one.finish()
            say(
                f"{done} cuts {dict(tally.cuts)}, {tally.acknowledged} acknowledged, "
                f"{len(tally.broken)} promises broken, longest start {tally.longest_start:.1f} s"
            )
            if not tally.broken:
                shutil.rmtree(folder)
    finally:
        if not tally.broken and sys.exc_info()[0] is None:
            shutil.rmtree(place, ignore_errors=True)
        else:
            say(f"kept for study: {place}")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to try (default: this one)")
    chosen = parser.parse_args()
    tally = run(chosen.cuts, chosen.seed, chosen.root.resolve(), lambda line: print(line, flush=True))
    print(
        f"acknowledged {tally.acknowledged}, kept though the pupil was not told {tally.kept_unasked}, "
        f"refusals {dict(tally.refused)}"
    )
    for sentence in list(tally.broken)[:40]:
        print("BROKEN:", sentence)
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
