"""A class on a real disk of 9 MB that fills: run in a mount namespace of its own, prints what happened as JSON.

    unshare --mount python tests/faults/smalldisk.py FOLDER

Questions come until the disk has had several times its size of log; then something else fills it. The kiosk is killed
there and started again, the teacher comes in and erases everything; room comes back at the end.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from faults.served import Served, Teacher  # noqa: E402

WORDS = "mots que personne ne relira"
QUESTIONS = 600


def ask(kiosk: Served, number: int) -> int:
    """HTTP status of a new device's question."""
    question = {"id": str(uuid.uuid4()), "text": f"Question {number}, {WORDS} ?", "theme": "metier"}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(kiosk.url + "/questions", json.dumps(question).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def fill(file: Path) -> None:
    """Take all the room that is left."""
    with file.open("ab", buffering=0) as taken, contextlib.suppress(OSError):
        while True:
            taken.write(b"x" * 4096)


def reason(kiosk: Served, path: str) -> tuple[int, str]:
    """Status and code of a health check."""
    try:
        with urllib.request.urlopen(kiosk.url + path, timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)["error"]["code"]


def holding(data: Path) -> list[str]:
    """The files in whose bytes the class's words are."""
    files = [file for file in data.rglob("*") if file.is_file() and WORDS.encode() in file.read_bytes()]
    return [file.name for file in files]


def until_full(kiosk: Served, filler: Path) -> None:
    """Take what was folded back, too, until questions are refused."""
    for turn in range(20):
        fill(filler)
        if ask(kiosk, 10_000 + turn) == 507:
            return


def page(teacher: Teacher) -> str:
    return teacher._browser.open(teacher.url + "/prof", timeout=10).read().decode()


def until(condition, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)
    return bool(condition())


def live(place: Path) -> dict[str, object]:
    data, filler = place / "data", place / "filler"
    seen: dict[str, object] = {}
    data.mkdir()
    # A class of this size would be told that its list is full: what is tried here is the disk.
    (data / "settings.toml").write_text("[limits]\nwaiting_per_pupil = 1000\nwaiting_least = 100000\n")
    kiosk = Served(data)
    kiosk.wait()
    asked = 0
    while asked < QUESTIONS:
        asked += ask(kiosk, asked) == 200
        if asked == 10:
            seen["reserve"] = until(lambda: (data / "kiosk.reserve").exists())
    seen["log"] = (data / "kiosk.sqlite3-wal").stat().st_size
    for _turn in range(30):
        fill(filler)
        statuses = [ask(kiosk, asked) for _each in range(6)]
        asked += statuses.count(200)
        if statuses[-1] == 507:
            break
        time.sleep(0.3)
    seen["full"] = [statuses[-1], *reason(kiosk, "/healthz/ready"), kiosk.status("/healthz/live"), kiosk.status("/")]
    kiosk.kill()
    fill(filler)
    kiosk = Served(data)
    seen["started"] = until(lambda: kiosk.status("/healthz/live") == 200)
    seen["kept"] = len([one for one in kiosk.questions() if WORDS in one["text"]]) - asked
    until_full(kiosk, filler)
    seen["again"] = list(reason(kiosk, "/healthz"))
    teacher = Teacher(kiosk)
    until_full(kiosk, filler)
    seen["banner"] = "t-disk" in page(teacher)
    teacher.act("/prof/salle/effacer", compris="1", nonlu="1")
    seen["forgotten"] = until(lambda: not holding(data)) or holding(data)
    filler.unlink()
    seen["healed"] = until(lambda: reason(kiosk, "/healthz/ready") == (200, ""))
    seen["banner after"] = "t-disk" in page(teacher)
    kiosk.stop()
    seen["words"] = kiosk.log.read_text(errors="replace")
    return seen


def main() -> None:
    place = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=9m", "none", str(place)], check=True)
    try:
        seen = live(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
