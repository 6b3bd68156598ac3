"""Two workers behind a real nginx, set up by ``config/nginx.conf``: one address, WebSocket and polling, rooms that stay
with a worker, and phones that come back by themselves when theirs is killed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import requests

from scale.farm import Farm, Worker, farm
from scale.front import Nginx, Pupil

pytestmark = pytest.mark.server
KILLS = 4


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Farm, Nginx]]:
    folder = tmp_path_factory.mktemp("front")
    with farm(folder) as made:
        nginx = Nginx(folder / "nginx", made.workers)
        for worker in made.workers:
            worker.kill()
            worker.settings |= {"KIOSK_PUBLIC_URL": nginx.url, "KIOSK_RELAYS": "127.0.0.1"}
            worker.launch()
        for worker in made.workers:
            made.ready(worker)
        try:
            yield made, nginx
        finally:
            nginx.stop()


def sign_in(front: tuple[Farm, Nginx]) -> requests.Session:
    made, nginx = front
    browser = nginx.browser()
    csrf = Worker.csrf(browser.get(f"{nginx.url}/prof/connexion", timeout=10).text)
    answer = browser.post(f"{nginx.url}/prof/connexion", data={"pin": made.secrets()["pin"], "csrf": csrf}, timeout=10)
    assert answer.status_code == 200 and "salle=" in answer.url, answer.url
    return browser


def act(browser: requests.Session, nginx: Nginx, path: str, **data: str) -> None:
    csrf = Worker.csrf(browser.get(f"{nginx.url}/prof", timeout=10).text)
    answer = browser.post(f"{nginx.url}{path}", data={"csrf": csrf, **data}, headers={"X-Fragment": "1"}, timeout=10)
    assert answer.status_code == 204, answer.text


def test_the_redirection_to_tls_writes_no_address(front: tuple[Farm, Nginx]) -> None:
    nginx = front[1]
    for _time in range(2):
        answer = requests.get(f"http://localhost:{nginx.plain}/prof", allow_redirects=False, timeout=10)
        assert answer.status_code == 301
    assert nginx.browser().get(f"{nginx.url}/", timeout=10).status_code == 200
    assert (nginx.file.parent / "visits").read_text() == "" and "client:" not in nginx.journal.read_text()


def test_one_address_in_front_of_both(front: tuple[Farm, Nginx]) -> None:
    made, nginx = front
    browser = sign_in(front)
    act(browser, nginx, "/prof/etape", vers="questions")
    code = re.search(r"salle=([A-Z0-9]{4})", browser.get(f"{nginx.url}/prof", timeout=10).url)
    assert code
    assert nginx.browser().get(f"{nginx.url}/{code[1]}", timeout=10).status_code == 200
    assert requests.get(f"{nginx.url}/prof/connexion", verify=nginx.trust, timeout=10).headers["Content-Type"]
    nginx.reload()
    assert browser.get(f"{nginx.url}/prof", timeout=10).status_code == 200


def test_kills_in_full_flight_lose_and_double_nothing(front: tuple[Farm, Nginx]) -> None:
    made, nginx = front
    pupils = [Pupil(nginx, number, ("websocket", "websocket", "polling")[number % 3]) for number in range(9)]
    try:
        until = time.monotonic() + 20
        while not all(one.acknowledged for one in pupils):
            assert time.monotonic() < until, [len(one.acknowledged) for one in pupils]
            time.sleep(0.05)
        for kill in range(KILLS):
            worker = made.workers[kill % 2]
            worker.kill()
            time.sleep(1.0)
            worker.launch()
            made.ready(worker)
            time.sleep(0.5)
        before = [len(one.acknowledged) for one in pupils]
        until = time.monotonic() + 20
        while any(len(one.acknowledged) <= held for one, held in zip(pupils, before, strict=True)):
            assert time.monotonic() < until, [one.last for one in pupils]
            time.sleep(0.05)
    finally:
        for one in pupils:
            one.stop.set()
        for one in pupils:
            one.thread.join(20)
    told = {id: number for one in pupils for id, number in one.acknowledged.items()}
    kept = dict(made.rows("SELECT id, number FROM question WHERE id LIKE 'ng-%%'"))
    assert {id: kept.get(id) for id in told} == told
    assert len(set(kept.values())) == len(kept) <= len(told) + len(pupils)
    slowest = max(away for one in pupils for away in one.away)
    print(f"{KILLS} kills: {len(told)} acknowledged, {len(kept)} kept, back within {slowest:.1f} s")
    assert slowest < 15
    assert "127.0.0.1" not in nginx.journal.read_text(), "no address is written"
