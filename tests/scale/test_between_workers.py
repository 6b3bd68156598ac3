"""What one worker knows and the other must: found in the database when Redis is away, and whatever the clock of its
machine says. The second worker's is twenty minutes ahead here, from the first test to the last.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from faults.preload import build
from kiosk.domain.people.guessing import BURST, FREE, PATIENCE, RATE
from scale.farm import FOUND, ROOT, Ear, Farm, Worker, owner_of, page, postgresql, soon

pytestmark = pytest.mark.server
AHEAD = 20 * 60
#: Questions of a device a second, after ten at once.
SLOW = 0.1
#: The form that lets in a device.
OPEN = r'name="id" value="([0-9a-f]{16})"'


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """Two workers; the second one's machine is ahead."""
    folder = tmp_path_factory.mktemp("ahead")
    library = build("clockskew", folder)
    with postgresql() as cluster:
        made = Farm(folder, cluster)
        made.furnish(3)
        made.workers[1].settings |= {"LD_PRELOAD": str(library), "KIOSK_CLOCK_SKEW": str(AHEAD)}
        for worker in made.workers:
            worker.settings |= {"KIOSK_CENTRE_URL": "http://127.0.0.1:9", "KIOSK_LIMITS_DEVICE_PER_SECOND": str(SLOW)}
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def teacher(two: Farm) -> requests.Session:
    """Who came in before anybody guessed."""
    return two.workers[0].teacher()


def code_of(two: Farm) -> str:
    """The code of the first furnished room."""
    return str(two.rows("SELECT code FROM room WHERE name = 'Banc 0'")[0][0])


def word(worker: Worker, code: str, teacher: requests.Session) -> str:
    """The word that the teacher's forms carry."""
    return worker.csrf(page(worker, f"/prof/salle?salle={code}", teacher))


def test_a_machine_whose_clock_is_wrong_is_at_the_others_time(two: Farm) -> None:
    right, wrong = two.workers
    code = code_of(two)
    for one, other in ((right, wrong), (wrong, right)):  # a right given by one is no right dated ahead for the other
        assert 'name="csrf"' in page(other, f"/prof?salle={code}", one.teacher())
    phones = [Ear(worker, "/phone", device=f"a-l-heure-{worker.port}", room=code) for worker in (right, wrong)]
    said = [phone.ask("clock", t=1)["now"] for phone in phones]
    assert all(abs(now - time.time() * 1000) < 2000 for now in said), said
    for n in range(6):
        assert phones[n % 2].ask("ask", id=f"ordre-{n}", text=f"Dans quel ordre, {n} ?")["ok"]
    rows = two.rows("SELECT id, created_at FROM question WHERE id LIKE 'ordre-%%' ORDER BY number")
    assert [id for id, _at in rows] == [f"ordre-{n}" for n in range(6)]
    assert [at for _id, at in rows] == sorted(at for _id, at in rows)
    teacher = wrong.teacher()
    wrong.act(teacher, f"/prof/etape?salle={code}", vers="reflection")
    ((left,),) = two.rows(
        "SELECT ends_at - EXTRACT(EPOCH FROM clock_timestamp()) * 1000 FROM room WHERE code = %s", code
    )
    assert 0 < left < AHEAD * 1000 - 60_000, "a timer that the other begins lasts what it lasts"
    assert soon(lambda: owner_of(two), 10)
    for phone in phones:
        phone.close()


def test_the_command_counts_who_is_there_by_every_worker(two: Farm) -> None:
    code = code_of(two)
    phones = [Ear(worker, "/phone", device=f"compte-par-{worker.port}", room=code) for worker in two.workers]
    settings = {"KIOSK_DATABASE": two.database, "KIOSK_MESSAGE_QUEUE": two.redis.url, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "kiosk", "room", "state", "--json", "--data-dir", str(two.folder / "data")]

    def told() -> Any:
        done = subprocess.run(
            [*line, "--port", str(two.workers[0].port)],
            cwd=ROOT, env={**settings, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    found = soon(lambda: _counted(told(), code), 20)
    assert {room["name"] for room in found["rooms"]} >= {"Banc 0", "Banc 1", "Banc 2"}
    for phone in phones:
        phone.close()


def _counted(told: Any, code: str) -> Any:
    """What was told, once both workers and both phones are in it."""
    here = next(room["phones"] for room in told["rooms"] if room["code"] == code)
    return told if (told["workers"], here) == (2, 2) else None


def test_an_exchange_is_asked_of_the_worker_that_does_them_without_redis_too(two: Farm) -> None:
    owner = soon(lambda: owner_of(two), 10)
    (other,) = [worker for worker in two.workers if worker is not owner]
    teacher, code = other.teacher(), code_of(two)
    state = "SELECT value FROM setting WHERE key = 'sync.state'"
    two.redis.stop()
    try:
        before = two.rows(state)
        other.act(teacher, f"/prof/synchro/maintenant?salle={code}")
        assert "un autre processus du kiosque" in page(other, f"/prof/synchro?salle={code}", teacher)
        soon(lambda: two.rows(state) != before, FOUND)
    finally:
        two.redis.start()


def test_what_is_erased_without_redis_leaves_the_phones_of_the_other_worker(two: Farm) -> None:
    here, there = two.workers
    code = str(two.rows("SELECT code FROM room WHERE name = 'Banc 1'")[0][0])
    phone, teacher = Ear(there, "/phone", device="efface-sans-redis", room=code), here.teacher()
    assert phone.ask("ask", id="e-1", text="Qui efface ?")["ok"]
    two.redis.stop()
    try:
        here.act(teacher, f"/prof/salle/effacer?salle={code}", compris="1")
        phone.hear(lambda name, data: name == "wiped", FOUND)
    finally:
        two.redis.start()
        phone.close()


def test_a_worker_that_starts_ends_nobody_s_rehearsal_and_its_phones_go_with_it(two: Farm) -> None:
    here, there = two.workers
    code, teacher = code_of(two), here.teacher()
    here.act(teacher, f"/prof/salle/effacer?salle={code}", compris="1", csrf=(csrf := word(here, code, teacher)))
    here.act(teacher, f"/prof/seances/choisir?salle={code}", seance="B0", csrf=csrf)
    here.act(teacher, f"/prof/essai?salle={code}", faire="commencer", rythme="calme", csrf=csrf)
    on = "SELECT COUNT(*) FROM room WHERE session_id LIKE 'ESSAI-%%'"
    assert two.rows(on) == [(1,)]
    panel, phone = Ear(here, "/control", teacher, room=code), Ear(there, "/phone", device="part-avec-lui", room=code)
    panel.hear(lambda name, data: name == "joins" and data["phones"] == 1, 4)
    there.kill()
    panel.told.clear()
    panel.hear(lambda name, data: name == "joins" and data["phones"] == 0, 20)
    there.launch()
    two.ready(there)
    assert two.rows(on) == [(1,)]
    assert re.search(r"essai", page(there, f"/prof?salle={code}", teacher), re.IGNORECASE)
    for one in (panel, phone):
        one.close()


def door(worker: Worker, device: str) -> tuple[requests.Session, str]:
    """A browser with a token of its own at the page of the code, and the word that its form carries."""
    browser = requests.Session()
    browser.cookies.set("kiosk_device", device)
    return browser, worker.csrf(page(worker, "/prof/connexion?code=1", browser))


def guess(worker: Worker, device: str, pin: str) -> str:
    """What a code gives by a worker: the code of a refusal, or « in »."""
    browser, csrf = door(worker, device)
    answer = browser.post(
        f"{worker.url}/prof/connexion", data={"pin": pin, "csrf": csrf}, headers={"X-Fragment": "1"}, timeout=30
    )
    return str(answer.json()["error"]["code"]) if "json" in answer.headers.get("Content-Type", "") else "in"


def test_a_guesser_gets_no_more_tries_of_two_workers_than_of_one(two: Farm, teacher: requests.Session) -> None:
    """And what the teacher says of it by one worker is said by the other."""
    pin = two.secrets()["pin"]
    wrong = f"{(int(pin) + 1) % 1_000_000:06d}"
    here, there = two.workers
    said = [guess(two.workers[n % 2], "le-meme-telephone", wrong) for n in range(FREE + 2)]
    assert said == ["pin_wrong"] * FREE + ["pin_locked"] * 2
    began = time.monotonic()
    said = [guess(two.workers[n % 2], f"jeton-tout-neuf-{n:03}", wrong) for n in range(2 * BURST["here"])]
    may = BURST["here"] + RATE["here"] * (time.monotonic() - began) + PATIENCE * RATE["here"]
    assert 1 <= said.count("pin_wrong") <= may - FREE and set(said) == {"pin_wrong", "pin_locked"}, said
    panel = Ear(there, "/control", teacher)
    assert "deviner votre code" in page(there, f"/prof?salle={code_of(two)}", teacher)
    csrf = word(here, code_of(two), teacher)
    here.act(teacher, f"/prof/essais?salle={code_of(two)}", faire="taire", csrf=csrf)
    panel.hear(lambda name, data: name == "changed" and "alert" in data["what"])
    assert "deviner votre code" not in page(there, f"/prof?salle={code_of(two)}", teacher)
    panel.close()
    ((kept,),) = two.rows("SELECT value FROM setting WHERE key = 'people.entrance'")
    assert "127.0.0" not in kept and "telephone" not in kept and "jeton" not in kept


def test_who_knocks_by_one_worker_is_let_in_by_the_other(two: Farm, teacher: requests.Session) -> None:
    here, there = two.workers
    code = code_of(two)
    tablet, csrf = door(there, "la-tablette-du-cdi")
    asked = tablet.post(f"{there.url}/prof/connexion/demande", data={"csrf": csrf}, timeout=10)
    said = re.search(r'role="status">(\w+ \d)', asked.text)
    assert said, asked.text
    shown = soon(lambda: re.search(OPEN, page(here, f"/prof/salle?salle={code}", teacher)), FOUND)
    assert said[1] in page(here, f"/prof/salle?salle={code}", teacher).replace("\u00a0", " ")
    here.act(teacher, f"/prof/connexion/ouvrir?salle={code}", id=shown[1], csrf=word(here, code, teacher))
    soon(lambda: "/prof/connexion" not in tablet.get(f"{there.url}/prof/connexion", timeout=10).url, FOUND)
    assert 'name="csrf"' in page(here, f"/prof?salle={code}", tablet)


def test_a_device_writes_no_faster_by_two_workers(two: Farm) -> None:
    """Its pace is counted on disk too: what it sent by the other worker counts."""
    code = str(two.rows("SELECT code FROM room WHERE name = 'Banc 2'")[0][0])
    ears = [Ear(worker, "/phone", device="un-script-bien-presse", room=code) for worker in two.workers]
    answers = [ears[n % 2].ask("ask", id=f"vite-{n}", text=f"Combien de fois, {n} ?") for n in range(20)]
    passed = [answer for answer in answers if answer["ok"]]
    assert len(passed) == 10 + 60 * SLOW
    assert {answer["error"]["code"] for answer in answers if not answer["ok"]} == {"too_fast"}
    for ear in ears:
        ear.close()
