"""Two workers on one PostgreSQL and one Redis are one kiosk: each page of the class on the *other* worker than the
teacher's; what fails and comes back; nothing lost, nothing doubled.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from scale.farm import FOUND, ROOT, Ear, Farm, Worker, farm, owner_of, page, soon

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """Two workers that started at once."""
    with farm(tmp_path_factory.mktemp("farm")) as made:
        yield made


def test_workers_that_start_at_once_are_one_kiosk(two: Farm) -> None:
    """The schema was made once, the secrets once, one room; a teacher who came in by one is in by the other."""
    names = [name for (name,) in two.rows("SELECT name FROM schema_migration")]
    assert len(names) == len(set(names)) > 10
    assert two.rows("SELECT COUNT(*) FROM room") == [(1,)] and two.rows("SELECT COUNT(*) FROM secret") == [(1,)]
    here, there = two.workers
    teacher = here.teacher()
    assert 'name="csrf"' in page(there, "/prof", teacher)
    assert (two.folder / "data" / "secrets.json").exists() is False


def test_the_whole_journey_with_each_page_on_the_other_worker(two: Farm) -> None:
    here, there = two.workers
    teacher = here.teacher()
    panel = Ear(here, "/control", teacher)
    phone, neighbour = Ear(there, "/phone", device="au-fond-a-gauche"), Ear(here, "/phone", device="pres-de-la-porte")
    screen = Ear(there, "/display")
    here.act(teacher, "/prof/etape", vers="questions")
    phone.hear(lambda name, data: name == "changed" and data.get("phase") == "questions")
    screen.hear(lambda name, data: name == "changed" and "phase" in data["what"])
    panel.hear(lambda name, data: name == "joins" and data["phones"] == 2, 3)

    asked = phone.ask("ask", id="q-1", text="Combien de marches montez-vous ?")
    assert asked["ok"], asked
    panel.hear(lambda name, data: name == "changed" and "q-1" in data["ids"])
    assert "Combien de marches" in page(here, "/prof", teacher)
    assert "Combien de marches" not in page(there, "/ecran")

    here.act(teacher, "/prof/questions/q-1/valider")
    phone.hear(lambda name, data: name == "mine" and data["status"] == "approved")
    assert neighbour.ask("support", id="q-1", number=asked["question"]["number"], on=True)["ok"]
    phone.hear(lambda name, data: name == "changed" and [asked["question"]["number"], 1] in data.get("votes", []))
    here.act(teacher, "/prof/questions/q-1/ecran")
    screen.hear(lambda name, data: name == "changed" and "status" in data["what"])
    assert "Combien de marches" in page(there, "/ecran")
    phone.hear(lambda name, data: name == "changed" and (data.get("current") or {}).get("text", "").startswith("Comb"))
    for one in (panel, phone, neighbour, screen):
        one.close()


def test_a_right_that_ends_by_one_worker_is_cut_by_the_other_at_once(two: Farm) -> None:
    here, there = two.workers
    teacher, colleague = here.teacher(), there.teacher()
    panel = Ear(there, "/control", colleague)
    here.act(teacher, "/prof/salle/appareils/retirer")
    panel.hear(lambda name, data: name == "revoked")
    soon(lambda: not panel.client.connected)
    assert "/prof/connexion" in requests.get(f"{there.url}/prof", cookies=colleague.cookies, timeout=10).url


def test_a_new_code_is_every_worker_s(two: Farm) -> None:
    """By the command, which speaks to no worker."""
    settings = {"KIOSK_DATABASE": two.database, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "kiosk", "pin", "reset", "--data-dir", str(two.folder / "data")]
    before = two.secrets()["pin"]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert before != (pin := two.secrets()["pin"]) and pin in done.stdout.replace(" ", "").replace("\u202f", "")
    for worker in two.workers:
        worker.teacher()


def test_without_redis_the_database_tells_and_redis_back_tells_at_once(two: Farm) -> None:
    here, there = two.workers
    panel, phone = Ear(here, "/control", here.teacher()), Ear(there, "/phone", device="sans-nouvelles-du-tout")
    here.act(here.teacher(), "/prof/etape", vers="questions")
    two.redis.stop()
    assert phone.ask("ask", id="r-1", text="Sans Redis ?")["ok"]
    panel.hear(lambda name, data: name == "changed" and "question" in data["what"], FOUND)
    two.redis.start()
    time.sleep(2.5)  # both listen again
    assert phone.ask("ask", id="r-2", text="Avec Redis ?")["ok"]
    panel.hear(lambda name, data: name == "changed" and "r-2" in data["ids"])
    for one in (panel, phone):
        one.close()
    assert not list(two.redis.folder.iterdir()), "Redis keeps nothing"


def test_a_lost_database_is_a_refusal_in_words_and_heals(two: Farm) -> None:
    here, there = two.workers
    teacher, phone = here.teacher(), Ear(there, "/phone", device="base-qui-part")
    two.cluster.stop()
    answer = requests.get(f"{there.url}/", timeout=20)
    assert answer.status_code == 503 and "réessayez" in answer.text, answer.text[:300]
    answer = teacher.get(f"{here.url}/prof", timeout=20)
    assert answer.status_code == 503 and "Tout reprend" in answer.text, answer.text[:300]
    refused = phone.ask("ask", id="pg-1", text="Perdue ?")
    assert refused["ok"] is False and refused["error"]["code"].startswith("storage_"), refused
    two.cluster.start()
    soon(lambda: phone.ask("ask", id="pg-1", text="Perdue ?")["ok"], 10)
    assert page(here, "/prof", teacher)
    assert two.rows("SELECT COUNT(*) FROM question WHERE id = 'pg-1'") == [(1,)]
    for worker in two.workers:
        soon(lambda: worker.health() == 200, 10)
    phone.close()


def test_a_frozen_worker_holds_nobody_up_and_loses_its_duties(two: Farm) -> None:
    """Seconds: those that its session may be silent, and one for the other to look."""
    owner = soon(lambda: owner_of(two), 10)
    (other,) = [worker for worker in two.workers if worker is not owner]
    owner.freeze()
    try:
        phone = Ear(other, "/phone", device="pendant-le-gel")
        began = time.monotonic()
        assert phone.ask("ask", id="gel-1", text="Toujours là ?")["ok"]
        assert time.monotonic() - began < 5
        assert soon(lambda: owner_of(two) is other, 10)
    finally:
        owner.thaw()
    assert soon(lambda: owner.health() == 200, 10)
    assert owner_of(two) is other
    phone.close()


def test_a_killed_worker_loses_and_doubles_nothing(two: Farm) -> None:
    """In full flight; its phones ask the other one again, as theirs do. Its duties go on within ten seconds."""
    here, there = two.workers
    asked: dict[str, int] = {}
    stop = threading.Event()

    def pupil(number: int) -> None:
        device, at, n = f"eleve-en-plein-vol-{number:02}", number % 2, 0
        ear: Ear | None = None
        while not stop.is_set():
            id = f"vol-{number:02}-{n}"
            try:
                ear = ear or Ear(two.workers[at], "/phone", device=device)
                answer = ear.ask("ask", id=id, text=f"Question {n} de l’élève {number} ?")
                if answer["ok"]:
                    asked[id] = answer["question"]["number"]
                    n += 1
                time.sleep(0.3)
            except Exception:
                if ear is not None:
                    ear.close()
                ear, at = None, 1 - at
                time.sleep(0.1)

    pupils = [threading.Thread(target=pupil, args=(number,), daemon=True) for number in range(12)]
    for one in pupils:
        one.start()
    soon(lambda: len(asked) > 20, 15)
    try:
        for worker in (there, here):
            worker.kill()
            held = len(asked)
            soon(lambda: len(asked) > held + 10, 15)
            worker.launch()
            two.ready(worker)
    finally:
        stop.set()
    for one in pupils:
        one.join(30)
    kept = dict(two.rows("SELECT id, number FROM question WHERE id LIKE 'vol-%%'"))
    assert {id: kept.get(id) for id in asked} == asked, "acknowledged, kept once, under the number that was told"
    assert len(set(kept.values())) == len(kept) <= len(asked) + len(pupils)
    ((counted, highest),) = two.rows("SELECT next_number, (SELECT MAX(number) FROM question) FROM room")
    assert highest == counted - 1
    assert soon(lambda: owner_of(two), 10)


def test_a_second_process_without_redis_is_refused(two: Farm) -> None:
    """Half of the settings is no half of the work."""
    alone = Worker(two)
    del alone.settings["KIOSK_MESSAGE_QUEUE"]
    process = alone.launch()
    out, _err = process.communicate(timeout=40)
    assert process.returncode == 1 and "message_queue" in out and "Traceback" not in out, out
    alone.settings = {"KIOSK_MESSAGE_QUEUE": two.redis.url}
    alone.data_dir = Path(str(two.folder / "autre"))
    process = alone.launch()
    out, _err = process.communicate(timeout=40)
    assert process.returncode == 1 and "postgresql" in out and "Traceback" not in out, out


def test_what_one_worker_erases_is_gone_from_the_other(two: Farm) -> None:
    here, there = two.workers
    teacher, phone = here.teacher(), Ear(there, "/phone", device="avant-l-effacement")
    assert phone.ask("ask", id="q-9", text="Combien de marches montez-vous ?")["ok"]
    here.act(teacher, "/prof/questions/q-9/valider")
    here.act(teacher, "/prof/questions/q-9/ecran")
    assert "Combien de marches" in page(there, "/ecran")
    two.rows("ANALYZE")  # as the server does by itself: its samples are words too
    assert two.rows("SELECT COUNT(*) FROM pg_stats WHERE attname IN ('text', 'original_text')") == [(0,)]
    assert two.rows("SELECT COUNT(*) FROM pg_stats WHERE tablename = 'question' AND attname = 'id'") == [(1,)]
    two.rows("ALTER SYSTEM SET wal_recycle = off")
    two.rows("SELECT pg_reload_conf()")
    here.act(teacher, "/prof/salle/effacer", compris="1")
    phone.hear(lambda name, data: name == "wiped")
    assert "Combien de marches" not in page(there, "/ecran") + page(there, "/prof/salle", teacher)
    assert two.rows("SELECT COUNT(*) FROM question WHERE id = 'q-9'") == [(0,)]
    phone.close()
    soon(lambda: two.rows("SELECT 1 FROM setting WHERE key = 'storage.forget' AND value IS NOT NULL") == [], 60)
    held = [file for file in (two.cluster.folder / "data").rglob("*") if file.is_file()]
    assert any("pg_wal" in str(file) for file in held)
    assert not [file for file in held if b"Combien de marches" in file.read_bytes()]
    assert "Combien de marches" not in (two.cluster.folder / "log").read_text()
    assert not list(two.redis.folder.iterdir())
