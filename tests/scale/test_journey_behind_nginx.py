"""The whole journey of a class on two workers behind nginx, each page of it on the *other* worker than the teacher's.

nginx sends a room to a worker by the code in the address, as it is written there: « ABC2 » and « aBc2 » are one room to
the kiosk and two words to nginx. So one written form of the code is found for each worker, and what each page asks for
is counted where it arrives.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.domain.people import access
from kiosk.storage.secretfile import parsed
from scale.farm import Ear, Farm, Worker, postgresql, soon
from scale.front import Nginx

pytestmark = pytest.mark.server
STEPS, SPOKEN, FORM = "Combien de marches montez-vous ?", "Voit-on la mer de là-haut ?", "Avez-vous le vertige ?"
LINE = "Trois cent vingt, deux fois par jour."
PHASES = ("countdown", "talk", "questions")


class Journey:
    """A class behind nginx. ``mine`` and ``other`` are the room's code as it leads to the teacher's worker and to the
    other one.
    """

    def __init__(self, farm: Farm, nginx: Nginx, code: str, room_id: str) -> None:
        self.farm, self.nginx, self.room_id = farm, nginx, room_id
        self.mine, self.other = self._two_ways(code)
        self.ears: list[Ear] = []
        secrets = parsed(farm.rows("SELECT value FROM secret")[0][0])
        self.token = access.display_token(secrets, room_id)
        self.teacher = self._signed_in()
        self.pupil = self._browser("au-fond-a-gauche")

    def _two_ways(self, code: str) -> tuple[str, str]:
        """A written form of the code for each worker."""
        ways: dict[int, str] = {}
        for letters in itertools.product(*({one, one.lower()} for one in code)):
            way = "".join(letters)
            before = [self.served(worker, "phone") for worker in self.farm.workers]
            ear = Ear(f"{self.nginx.url}?salle={way}", "/phone", self._browser("qui-cherche-son-chemin"))
            after = [self.served(worker, "phone") for worker in self.farm.workers]
            ear.close()
            (at,) = [n for n in range(2) if after[n] > before[n]]
            ways.setdefault(at, way)
            soon(lambda: all(self.served(worker, "phone") == 0 for worker in self.farm.workers), 10)
            if len(ways) == 2:
                return ways[0], ways[1]
        raise AssertionError(ways)

    @staticmethod
    def served(worker: Worker, kind: str) -> int:
        """The live connections of a kind that a worker holds, as it tells the machine."""
        text = requests.get(f"{worker.url}/metrics", timeout=10).text
        found = re.search(rf'kiosk_connections{{kind="{kind}"}} (\d+)', text)
        assert found, text[:400]
        return int(found[1])

    def _browser(self, device: str) -> requests.Session:
        made = self.nginx.browser()
        made.cookies.set("kiosk_device", device)
        return made

    def _signed_in(self) -> requests.Session:
        made, page = self.nginx.browser(), f"{self.nginx.url}/prof/connexion?salle={self.mine}"
        data = {"pin": self.farm.secrets()["pin"], "csrf": Worker.csrf(made.get(page, timeout=10).text)}
        assert made.post(page, data=data, timeout=10).status_code == 200
        return made

    def listen(self, namespace: str, browser: requests.Session, way: str, **auth: str) -> Ear:
        """A live connection by nginx."""
        made = Ear(f"{self.nginx.url}?salle={way}", namespace, browser, room=way, **auth)
        self.ears.append(made)
        return made

    def act(self, path: str, **data: str) -> None:
        """An act of the teacher's, by the teacher's worker."""
        csrf = Worker.csrf(self.get(self.teacher, f"/prof/salle?salle={self.mine}"))
        answer = self.teacher.post(
            f"{self.nginx.url}{path}?salle={self.mine}",
            data={"csrf": csrf, **data}, headers={"X-Fragment": "1"}, timeout=10,
        )  # fmt: skip
        assert answer.status_code == 204, answer.text[:300]

    def get(self, browser: requests.Session, path: str) -> str:
        """A page."""
        answer = browser.get(f"{self.nginx.url}{path}", timeout=10)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return re.sub("\u2060|</?wbr>", "", re.sub("[\u00a0\u202f]", " ", answer.text))

    def phone(self, path: str = "") -> str:
        """A pupil's page, by the other worker."""
        return self.get(self.pupil, path and f"{path}?salle={self.other}" or f"/{self.other}")

    def panel(self) -> str:
        """The teacher's live page."""
        return self.get(self.teacher, f"/prof?salle={self.mine}")

    def display(self) -> str:
        """What the class sees, by the other worker."""
        return self.get(self.nginx.browser(), f"/ecran?salle={self.other}&jeton={self.token}")

    def status_of(self, id: str) -> str:
        """The status of a question, in the database."""
        return str(self.farm.rows("SELECT status FROM question WHERE id = %s", id)[0][0])

    def send(self, path: str, **data: str) -> requests.Response:
        """A form of the pupil's page without a script."""
        url = f"{self.nginx.url}{path}?salle={self.other}"
        return self.pupil.post(url, data=data, headers={"Accept": "application/json"}, timeout=10)


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    with postgresql() as cluster:
        made = Farm(tmp_path / "farm", cluster)
        made.folder.mkdir()
        ((room_id, code),) = made.furnish(1)
        nginx = Nginx(made.folder / "nginx", made.workers)
        for worker in made.workers:
            worker.settings |= {"KIOSK_PUBLIC_URL": nginx.url, "KIOSK_RELAYS": "127.0.0.1"}
        try:
            made.start()
            trip = Journey(made, nginx, code, room_id)
            yield trip
            for ear in trip.ears:
                ear.close()
        finally:
            made.stop()
            nginx.stop()


def changed(ear: Ear, what: str) -> None:
    """Wait to be told that something changed."""
    ear.hear(lambda name, data: name == "changed" and what in data["what"])
    ear.told.clear()


def at(phone: Ear, step: str) -> None:
    """Wait until a phone knows the step: by what has changed, or by the whole state."""
    phone.hear(lambda name, data: name in ("changed", "state") and data.get("phase") == step)


def test_each_page_of_the_class_on_the_other_worker(journey: Journey) -> None:
    here, there = journey.farm.workers
    panel = journey.listen("/control", journey.teacher, journey.mine)
    phone = journey.listen("/phone", journey.pupil, journey.other)
    screen = journey.listen("/display", journey.nginx.browser(), journey.other, token=journey.token)
    for kind, where in (("control", here), ("phone", there), ("display", there)):
        assert [journey.served(worker, kind) for worker in (here, there)] == [int(where is here), int(where is there)]
    before_the_talk(journey, phone, screen)
    number = a_question_from_phone_to_answer(journey, panel, phone, screen)
    what_others_say(journey, panel, screen)
    the_end(journey, phone, screen, number)


def before_the_talk(journey: Journey, phone: Ear, screen: Ear) -> None:
    """The session is chosen anew, then each step comes to the other worker's pages."""
    journey.act("/prof/salle/effacer", compris="1")
    phone.hear(lambda name, data: name == "wiped")
    journey.act("/prof/seances/choisir", seance="B0")
    phone.hear(lambda name, data: name == "state" and data["session"]["id"] == "B0")
    screen.told.clear()
    for step in PHASES:
        journey.act("/prof/etape", vers=step)
        changed(screen, "phase")
        at(phone, step)
    assert "Votre question" in journey.phone()
    assert "À vous de lancer la discussion" in journey.display()


def a_question_from_phone_to_answer(journey: Journey, panel: Ear, phone: Ear, screen: Ear) -> int:
    """Asked, read over, reworded, backed, shown, answered, and its line written."""
    panel.told.clear()
    asked: dict[str, Any] = phone.ask("ask", id="q-1", text="Combien de marche montez-vous ?")
    panel.hear(lambda name, data: name == "changed" and "q-1" in data["ids"])
    assert "Combien de marche montez-vous" in journey.panel() and "Combien de marche" not in journey.display()
    journey.act("/prof/questions/q-1/reformuler", texte=STEPS, valider="1")
    phone.hear(lambda name, data: name == "mine" and data["status"] == "approved" and data["text"] == STEPS)
    assert STEPS in journey.phone("/mes-questions")
    assert STEPS in journey.display()
    number = int(asked["question"]["number"])
    backed = journey.send(f"/questions/{number}/soutenir", on="1")
    assert backed.json() == {"ok": True, "question": {"number": number, "support": 1}}, backed.text
    screen.told.clear()
    journey.act("/prof/questions/q-1/ecran")
    changed(screen, "status")
    assert STEPS in journey.display()
    phone.hear(lambda name, data: name == "changed" and (data.get("current") or {}).get("text") == STEPS)
    journey.act("/prof/questions/q-1/repondue")
    phone.hear(lambda name, data: name == "mine" and data["status"] == "answered")
    journey.act("/prof/reponses/q-1", ligne=LINE)
    assert LINE in journey.get(journey.teacher, f"/prof/reponses?salle={journey.other}")
    return number


def what_others_say(journey: Journey, panel: Ear, screen: Ear) -> None:
    """What the teacher types for a pupil, what a phone without a script sends; one put aside, and taken back."""
    journey.act("/prof/saisir", texte=SPOKEN)
    changed(screen, "status")
    assert SPOKEN in journey.display() and SPOKEN in journey.phone("/soutenir")
    panel.told.clear()
    sent = journey.send("/questions", id="q-2", text=FORM)
    assert sent.json()["ok"], sent.text
    panel.hear(lambda name, data: name == "changed" and "q-2" in data["ids"])
    journey.act("/prof/questions/q-2/cote", raison="hors_sujet")
    assert journey.status_of("q-2") == "set_aside"
    shown = re.search(r'name="?acte"? value="?(\w+)', journey.panel())
    assert shown, "undo is offered"
    journey.act("/prof/annuler", acte=shown[1])
    assert journey.status_of("q-2") == "pending" and FORM in journey.panel()
    taken = journey.send("/questions/q-2/retirer")
    assert taken.json()["ok"] and journey.status_of("q-2") == "withdrawn"


def the_end(journey: Journey, phone: Ear, screen: Ear, number: int) -> None:
    """What the class learnt, the end, and what is erased leaves both workers."""
    journey.act("/prof/etape", vers="reflection")
    at(phone, "reflection")
    assert "surprise" in journey.phone("/bilan")
    answer = journey.send("/bilan", surprise="La hauteur de la tour.", useful="")
    assert answer.json()["ok"], answer.text
    soon(lambda: "La hauteur de la tour" in journey.panel())
    journey.act("/prof/etape", vers="closed")
    at(phone, "closed")
    late = phone.ask("ask", id="q-3", text="Trop tard ?")
    assert late["error"]["code"] == "session_over", late
    assert STEPS not in journey.display()
    journey.act("/prof/salle/effacer", compris="1")
    phone.hear(lambda name, data: name == "wiped")
    for page in (journey.phone(), journey.display(), journey.phone("/mes-questions"), journey.panel()):
        assert not [words for words in (STEPS, SPOKEN, FORM, LINE, "La hauteur de la tour") if words in page]
    assert journey.farm.rows("SELECT COUNT(*) FROM question") == [(0,)] and number == 1
