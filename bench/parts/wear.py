"""What a session costs the card: bytes written, synchronisations, and what an idle hour writes.

A lesson of 55 minutes is played in 33 seconds: 40 pupils, 100 questions and as many votes, a teacher who reads, shows
and closes them, the regular copies of the database a hundred times as often. Commits do not care for the pace: each
question has its own. Three measures: what the program asks to write (a preload library), what the kernel counts
for the process, and, for root, what reaches a disk of its own with an ext4 of its own, journal included.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from parts.report import Outcome, Target
from parts.servers import BENCH, CannotMeasure, Kiosk, held_phones, run_client
from parts.slowdisk import build
from parts.teacher import Teacher

PUPILS, QUESTIONS = 40, 100
LESSON_MINUTES, LESSON_SECONDS = 55, 33
FACTOR = LESSON_MINUTES * 60 / LESSON_SECONDS
IDLE_SECONDS = 9
MIB = 1 << 20
#: Phases that take questions, with the second each begins; the two that do not come at the end.
OPEN_PHASES, LAST_PHASES = (("talk", 3), ("questions", 12)), ("reflection", "closed")
WAITING = re.compile(r"/prof/questions/([\w-]+)/valider")


class Disk:
    """A file with an ext4 in it, mounted: its block device counts every sector, the journal's too. Root only."""

    def __init__(self, folder: Path):
        self.mount = folder / "disk"
        self.mount.mkdir()
        self.device = ""
        image = folder / "disk.img"
        if os.geteuid() == 0 and shutil.which("mkfs.ext4") and shutil.which("losetup"):
            with image.open("wb") as file:
                file.truncate(256 * MIB)
            with contextlib.suppress(subprocess.CalledProcessError):
                # Everything is laid out now: nothing is initialised in the background while we count.
                lazy = "lazy_itable_init=0,lazy_journal_init=0"
                subprocess.run(["mkfs.ext4", "-q", "-E", lazy, str(image)], check=True)
                found = subprocess.run(["losetup", "--find", "--show", str(image)], check=True, capture_output=True)
                self.device = found.stdout.decode().strip()
                subprocess.run(["mount", "-o", "noatime", self.device, str(self.mount)], check=True)

    def sectors_bytes(self) -> int | None:
        """Bytes written to the device since it was made, once all is on it; None without a disk of our own."""
        if not self.device:
            return None
        os.sync()
        return int(Path(f"/sys/block/{Path(self.device).name}/stat").read_text().split()[6]) * 512

    def close(self) -> None:
        if self.device:
            subprocess.run(["umount", str(self.mount)], check=False)
            subprocess.run(["losetup", "--detach", self.device], check=False)


class Meter:
    """The counts of one kiosk, as differences since the last :meth:`restart`."""

    def __init__(self, kiosk: Kiosk, file: Path, disk: Disk):
        self._kiosk, self._file, self._disk = kiosk, file, disk
        self.restart()

    def _read(self) -> dict[str, int | None]:
        asked, _calls, syncs = struct.unpack("3Q", self._file.read_bytes()[:24])
        lines = Path(f"/proc/{self._kiosk.process.pid}/io").read_text().splitlines()
        kernel = next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
        return {"asked": asked, "syncs": syncs, "kernel": kernel, "device": self._disk.sectors_bytes()}

    def restart(self) -> None:
        self._before, self._began = self._read(), time.monotonic()

    def seen(self) -> dict[str, float | None]:
        after = self._read()
        found = {key: _more(value, self._before[key]) for key, value in after.items()}
        return {**found, "seconds": round(time.monotonic() - self._began, 1)}


def _more(after: int | None, before: int | None) -> int | None:
    """How much was added; None when one of both is not known."""
    return None if after is None or before is None else after - before


@contextlib.contextmanager
def measured(root: Path) -> Iterator[tuple[Kiosk, Meter]]:
    """A hurried kiosk on a disk of its own, and its meter."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-wear-") as name:
        folder = Path(name)
        disk = Disk(folder)
        try:
            data, counts = disk.mount / "data", folder / "counts"
            data.mkdir()
            library = build(folder, "countwrites")
            program = [str(BENCH / "parts" / "hurried.py"), str(FACTOR), "serve"]
            variables = {
                "KIOSK_LOOP_LAG": "0",
                "KIOSK_COUNT_FILE": str(counts),
                "KIOSK_COUNT_FOLDER": str(data),
                "PYTHONPATH": str(root),
            }
            with Kiosk(root, data, library, program, **variables) as kiosk:
                yield kiosk, Meter(kiosk, counts, disk)
        finally:
            disk.close()


def measure(root: Path) -> Outcome:
    with measured(root) as (kiosk, meter):
        time.sleep(3)  # the first copies, which every start makes
        with held_phones(kiosk.url, PUPILS):
            meter.restart()
            time.sleep(IDLE_SECONDS)
            idle = meter.seen()
        meter.restart()
        lesson = _lesson(kiosk)
        seen = meter.seen()
        database = (kiosk.data_dir / "kiosk.sqlite3").stat().st_size
    hours = IDLE_SECONDS * FACTOR / 3600
    counted = max(seen["asked"] or 0, seen["kernel"] or 0)
    worst = seen["device"] if seen["device"] is not None else counted
    idle_worst = max(value for key, value in idle.items() if value is not None and key != "seconds") / hours
    return Outcome(
        {"lesson": seen, "load": lesson, "idle": idle, "idle_hours": hours, "database_bytes": database},
        [
            Target("a lesson: questions not acknowledged", 0, QUESTIONS - lesson["acknowledged"], ""),
            Target("a lesson: written to the disk", 32, round(worst / MIB, 1), "MiB"),
            Target("an idle hour with 40 phones: written", 64, round(idle_worst / 1024, 1), "KiB"),
        ],
        [
            _line(f"a lesson of {LESSON_MINUTES} minutes", seen),
            _line(f"idle, {hours * 60:.0f} minutes with {PUPILS} phones", idle),
        ],
    )


def _line(what: str, seen: dict) -> str:
    device = "not measured (root only)" if seen["device"] is None else f"{seen['device'] / MIB:.2f} MiB"
    return (
        f"{what}: program {seen['asked'] / MIB:.2f} MiB in {seen['syncs']} synchronisations, "
        f"kernel {seen['kernel'] / MIB:.2f} MiB, disk with its journal {device}"
    )


def _lesson(kiosk: Kiosk) -> dict:
    """Pupils and teacher at once; what the phones counted."""
    teacher = Teacher(kiosk.url, kiosk.pin())
    ended = threading.Event()
    done = {"approved": 0, "shown": 0, "votes": 0}

    def teach() -> None:
        began, left = time.monotonic(), list(OPEN_PHASES)
        while not ended.is_set():
            for question in dict.fromkeys(WAITING.findall(teacher.page("/prof"))):
                teacher.act(f"/prof/questions/{question}/valider")
                done["approved"] += 1
                if done["approved"] % 6 == 0:
                    teacher.act(f"/prof/questions/{question}/ecran")
                    teacher.act(f"/prof/questions/{question}/repondue")
                    done["shown"] += 1
                done["votes"] += _vote(kiosk.url)
            if left and time.monotonic() - began > left[0][1]:
                teacher.set_phase(left.pop(0)[0])
            time.sleep(0.3)
        for phase in LAST_PHASES:
            teacher.set_phase(phase)

    thread = threading.Thread(target=teach)
    thread.start()
    try:
        load = run_client(
            "load.js",
            kiosk,
            phones=PUPILS,
            rate=QUESTIONS / LESSON_SECONDS,
            seconds=LESSON_SECONDS,
            warm=0,
            timeout=LESSON_SECONDS + 60,
        )
    finally:
        ended.set()
        thread.join(30)
    if thread.is_alive() or done["approved"] < QUESTIONS * 0.9:
        raise CannotMeasure(f"the teacher was not followed: {done}")
    return {**done, "acknowledged": load["acknowledged"], "sent": load["sent"]}


def _vote(url: str) -> bool:
    """A pupil without JavaScript supports the newest question there is; False when there is none."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    found = json.loads(browser.open(url + "/soutenir/liste", timeout=10).read())
    if found:
        newest = max(one["number"] for one in found)
        browser.open(url + f"/questions/{newest}/soutenir", b"on=1", timeout=10).read()
    return bool(found)
