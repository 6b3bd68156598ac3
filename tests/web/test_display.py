"""The display over HTTP: which screen each moment shows, what each screen says, who may open it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from flask.testing import FlaskClient

from kiosk.app import create_app
from kiosk.config import Settings
from kiosk.domain import moderation, questions, reflections, rooms, stored, syncstate
from kiosk.domain.house import Kiosk
from kiosk.storage.models import Session, Speaker
from kiosk.web import sizes
from kiosk.web.screens import digits

MINUTE = 60_000
PATH = [{"when": "2012", "what": "Bac pro"}, {"when": "2016", "what": "BTS"}, {"when": "2022", "what": "Référente"}]


class Hall:
    """A kiosk with a room, a session, and the screen in front of the class."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        given = {"public_url": "http://192.168.1.20", **settings}
        self.app = create_app(Settings(data_dir=data_dir, engine="threading", host="127.0.0.1", **given))
        self.kiosk: Kiosk = self.app.extensions["kiosk"]
        self.kiosk.writer.start()
        self.room = self.kiosk.write(self._prepare)

    @staticmethod
    def _prepare(tx: Any) -> str:
        for key, name, job in (("a", "Sophie Le Goff", "Technicienne de maintenance éolienne"), ("b", "Malik Benali", "Soigneur animalier")):
            Speaker.insert(id=key, name=name, job_feminine=job, job_masculine=job, job_shown="feminine", path=PATH, employer="Vents d'Iroise").execute()
        dossier = [{"title": "Pour y accéder", "moment": "before", "text": "Bac + 2"}, {"title": "À lire", "moment": "before", "text": "x" * 200}]
        for key, speakers in (("one", ["a"]), ("two", ["a", "b"])):
            Session.insert(
                id=key, title="Deux métiers", starts_at=tx.now + 30 * MINUTE, duration_min=45, format="college-45", speakers=speakers, dossier=dossier
            ).execute()
        room = rooms.add(tx, "Salle")
        rooms.choose_session(tx, room, "one", class_label="4e B", headcount=26)
        return room

    def do(self, unit: Any) -> Any:
        return self.kiosk.write(unit)

    def phase(self, code: str) -> None:
        self.do(lambda tx: rooms.set_phase(tx, self.room, code))

    def fields(self, **values: Any) -> None:
        self.do(lambda tx: rooms.set_fields(tx, self.room, "timer", **values))

    def ask(self, key: str, text: str, *, show: bool = False, theme: str = "vie") -> None:
        self.do(lambda tx: questions.submit(tx, self.room, id=key, text=text, author=None, theme=theme, origin="spoken"))
        if show:
            self.do(lambda tx: moderation.put_on_screen(tx, self.room, key))

    def client(self, address: str = "127.0.0.1") -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return client

    def screen(self, query: str = "", address: str = "127.0.0.1") -> str:
        answer = self.client(address).get("/ecran/fragment" + query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    found = Hall(tmp_path)
    yield found
    found.kiosk.writer.stop()
    found.kiosk.database.close()


def _name(html: str) -> str:
    found = re.search(r'data-screen="(\w+)"', html)
    assert found
    return found.group(1)


def _said(html: str) -> str:
    text = re.sub(r"<[^>]+>", " ", html)
    for space in ("\u00a0", "\u202f"):
        text = text.replace(space, " ")
    return " ".join(text.replace("\u2060", "").split())


@pytest.mark.parametrize(
    "phase, screen",
    [("lobby", "join"), ("countdown", "countdown"), ("talk", "speaker"), ("questions", "wall"), ("reflection", "reflection"), ("closed", "end")],
)
def test_each_phase_has_its_screen(hall: Hall, phase: str, screen: str) -> None:
    hall.phase(phase)
    html = hall.screen()
    assert _name(html) == screen
    assert f'data-live="{screen}" data-phase="{phase}"' in html


def test_a_local_look_shows_another_screen_and_says_which_is_live(hall: Hall) -> None:
    hall.phase("questions")
    for look in ("join", "countdown", "speaker"):
        html = hall.screen(f"?regard={look}")
        assert _name(html) == look and 'data-live="wall"' in html
    for wrong in ("end", "reflection", "<b>", ""):
        assert _name(hall.screen(f"?regard={wrong}")) == "wall"


def test_without_a_session_the_class_is_welcomed_whatever_it_looks_at(hall: Hall) -> None:
    hall.fields(session_id=None)
    for query in ("", "?regard=wall", "?regard=speaker"):
        html = hall.screen(query)
        assert _name(html) == "join" and "Bienvenue" in _said(html)


def test_the_countdown_says_the_hour_then_digits_then_gives_way(hall: Hall) -> None:
    hall.phase("countdown")
    now = hall.kiosk.clock.now()
    hall.fields(ends_at=now + 61 * MINUTE)
    html = hall.screen()
    assert "La séance commence à" in _said(html) and 'data-tick="digits"' not in html
    assert f'data-refresh-at="{now + MINUTE}"' in html
    hall.fields(ends_at=now + 59 * MINUTE)
    html = hall.screen()
    assert 'data-tick="digits"' in html and re.search("59:00|58:5", _said(html))
    hall.fields(ends_at=None, paused_ms=95_000)
    html = hall.screen()
    assert "en pause" in _said(html) and "01:35" in _said(html) and "data-tick" not in html
    hall.fields(ends_at=now - 1, paused_ms=None)
    assert _name(hall.screen()) == "speaker"


def test_the_day_is_said_when_it_is_not_today(hall: Hall) -> None:
    hall.phase("countdown")
    hall.fields(ends_at=hall.kiosk.clock.now() + 50 * 60 * MINUTE)
    assert re.search(r"La séance commence \w+ \d+\w* \w+ à", _said(hall.screen()))


def test_time_left_in_a_phase(hall: Hall) -> None:
    hall.phase("talk")
    now = hall.kiosk.clock.now()
    for left, said in ((160_000, "encore 3 min"), (59_000, "encore 1 min"), (-1, "temps écoulé")):
        hall.fields(ends_at=now + left)
        assert said in _said(hall.screen())
    hall.fields(ends_at=None, paused_ms=350_000)
    html = hall.screen()
    assert "en pause, 6 min" in _said(html) and "data-ends-at" not in html


def test_an_overseas_class_reads_its_own_time_and_that_of_paris(hall: Hall) -> None:
    hall.do(lambda tx: stored.put(tx, "school.zone", "Indian/Reunion"))
    for query in ("", "?regard=countdown"):
        assert "heure de Paris" in _said(hall.screen(query))
    hall.do(lambda tx: stored.put(tx, "school.zone", "Europe/Paris"))
    assert "heure de Paris" not in _said(hall.screen())


def test_a_clock_nobody_vouches_for_is_said_before_the_session_only(hall: Hall) -> None:
    hall.kiosk.clock.correct(1_704_078_720_000, "system")
    hall.phase("countdown")
    said = _said(hall.screen())
    assert "L’heure de ce poste est fausse : lundi 1er janvier 2024" in said and "Le compte à rebours est arrêté" in said
    assert 'data-tick="digits"' not in hall.screen()
    hall.phase("talk")
    assert 'class="alarm"' not in hall.screen() and "encore 15 min" in _said(hall.screen())


def test_the_way_in_is_on_every_screen_but_the_last(hall: Hall) -> None:
    for phase in ("lobby", "countdown", "talk", "questions", "reflection"):
        hall.phase(phase)
        html = hall.screen()
        assert html.count('<svg class="qr"') == 1 and "192.168.1.20" in _said(html), phase
        assert 'aria-label="QR code : ouvrir 192.168.1.20"'.replace(" :", "\u00a0:") in html


def test_without_phones_three_ways_replace_the_code(hall: Hall) -> None:
    hall.do(lambda tx: rooms.set_preference(tx, hall.room, "phones", False))
    for phase in ("lobby", "countdown", "talk", "questions", "reflection"):
        hall.phase(phase)
        html = hall.screen()
        assert "<svg class=\"qr\"" not in html and "192.168" not in html and html.count("Sur un papier") == 1, phase


def test_without_a_network_the_class_is_told(tmp_path: Path) -> None:
    hall = Hall(tmp_path, public_url="")
    hall.kiosk.addresses._read = list  # this machine has no card
    hall.kiosk.addresses.refresh()
    said = _said(hall.screen())
    assert "Réseau en attente" in said and "Sur un papier" in said
    hall.kiosk.writer.stop()
    hall.kiosk.database.close()


def test_remedies_wait_for_the_first_phone_only(hall: Hall) -> None:
    assert 'class="nothing"' in hall.screen() and 'class="nothing"' in hall.screen("?regard=countdown")
    assert 'class="nothing"' not in hall.screen("?regard=wall")
    hall.kiosk.presence.visited(hall.room, "phone")
    html = hall.screen()
    assert 'class="nothing"' not in html and "1 téléphone connecté" in _said(html).replace("téléphone connecté 1", "1 téléphone connecté")


def test_the_wall_shows_the_question_its_votes_the_next_ones_and_totals(hall: Hall) -> None:
    hall.phase("questions")
    assert "Que voulez-vous savoir ?" in _said(hall.screen())
    for number in range(20):
        hall.ask(f"q{number}", f"Question numéro {number} ?")
    assert "Quelle question ensuite ?" in _said(hall.screen())
    hall.ask("now", "Avez-vous peur ?", show=True, theme="metier")
    html = hall.screen()
    said = _said(html)
    assert "Avez-vous peur ?" in said and "Le travail au quotidien" in said and "Ensuite, 20 questions" in said
    assert re.findall(r'<dt>([^<]+)</dt><dd class="num">(\d+)', html) == [("reçues", "21"), ("en attente", "20"), ("posée", "0")]
    hall.do(lambda tx: moderation.mark_asked(tx, hall.room, "now"))
    assert ("posée", "1") in re.findall(r'<dt>([^<]+)</dt><dd class="num">(\d+)', hall.screen())


def test_a_pupils_text_is_escaped_and_spaced(hall: Hall) -> None:
    hall.phase("questions")
    hall.ask("q", "<script>alert(1)</script> Est-ce dur ?", show=True)
    html = hall.screen()
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "Est\u2060-\u2060ce dur\u202f?" in html


def test_only_reviewed_words_reach_the_screen(hall: Hall) -> None:
    hall.phase("reflection")
    assert "Le nom du métier" in _said(hall.screen())
    hall.do(lambda tx: reflections.submit(tx, hall.room, "x", job="Jobbingue", studies="BTS", surprise="Rien"))
    assert "Jobbingue" not in hall.screen() and "1 réponse" in _said(hall.screen()).replace("réponse 1", "1 réponse")
    hall.do(lambda tx: reflections.approve_all(tx, hall.room))
    assert "Jobbingue" in hall.screen() and "1 réponse sur 26" in _said(hall.screen())


def test_the_speaker_screen(hall: Hall) -> None:
    hall.phase("talk")
    html = hall.screen()
    assert "Pour y accéder" in html and "xxx" not in html and html.index("Référente") < html.index("Bac pro")
    hall.phase("lobby")
    hall.do(lambda tx: rooms.choose_session(tx, hall.room, "two"))
    hall.phase("talk")
    assert 'class="now"' not in hall.screen("").partition('<ol class="phases"')[0]
    assert "Malik, encore" in _said(hall.screen("?orateur=2")) and 'class="now"' in hall.screen("?orateur=2").partition("phases")[0]


def test_thanks_and_when_the_questions_go(hall: Hall) -> None:
    hall.ask("q", "Encore une ?")
    hall.phase("closed")
    said = _said(hall.screen())
    assert "à Sophie Le Goff, Vents d’Iroise" in said and "Prochaine séance : deux métiers" in said
    assert "Les questions seront effacées le" in said


def test_another_machine_needs_the_token(hall: Hall, tmp_path: Path) -> None:
    token = hall.kiosk.secrets.display_token
    for path in ("/ecran", "/ecran/fragment"):
        for query, status in (("", 403), ("?jeton=wrong", 403), (f"?jeton={token}", 200)):
            assert hall.client("192.168.1.77").get(path + query).status_code == status
    closed = Hall(tmp_path / "closed", display_remote=False)
    token = closed.kiosk.secrets.display_token
    assert closed.client("192.168.1.77").get(f"/ecran?jeton={token}").status_code == 403
    assert closed.client().get("/ecran").status_code == 200
    proxied = closed.client().get("/ecran", headers={"X-Forwarded-For": "127.0.0.1"})
    assert proxied.status_code == 403
    closed.kiosk.writer.stop()
    closed.kiosk.database.close()


def test_the_display_can_only_be_read(hall: Hall) -> None:
    rules = [rule for rule in hall.app.url_map.iter_rules() if rule.endpoint.startswith("display.")]
    assert {rule.rule for rule in rules} == {"/ecran", "/ecran/fragment"}
    for rule in rules:
        assert rule.methods is not None and rule.methods <= {"GET", "HEAD", "OPTIONS"}
        assert hall.client().post(rule.rule).status_code == 405


def test_several_rooms_ask_which_one(hall: Hall) -> None:
    hall.do(lambda tx: rooms.add(tx, "CDI <3"))
    html = hall.client().get("/ecran?lang=en").get_data(as_text=True)
    codes = [code for _id, _name, code in rooms.all_rooms()]
    for code in codes:
        assert f"/ecran?salle={code}&amp;lang=en" in html
    assert "CDI &lt;3" in html
    assert f'salle={codes[0]}' in html and hall.client().get(f"/ecran?salle={codes[0]}").status_code == 200
    assert hall.client().get("/ecran?salle=NOPE9").status_code == 404


def test_the_badge_is_calm(tmp_path: Path) -> None:
    hall = Hall(tmp_path, centre_url="https://centre.example.org")
    hall.phase("questions")
    assert "À jour" in _said(hall.screen())
    hall.do(lambda tx: syncstate.note(tx, failure="dns", paired=True))
    said = _said(hall.screen())
    assert "Hors connexion" in said and "DNS" not in said
    hall.kiosk.writer.stop()
    hall.kiosk.database.close()


def test_the_page_has_nothing_inline(hall: Hall) -> None:
    for phase in ("lobby", "countdown", "talk", "questions", "reflection", "closed"):
        hall.phase(phase)
        html = hall.client().get("/ecran").get_data(as_text=True)
        assert not re.search(r"\sstyle=|\son\w+=|<style", html)
        assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []


def test_theme_and_narrow_view_belong_to_the_address(hall: Hall) -> None:
    assert 'data-theme="clair"' in hall.screen()
    assert 'data-theme="sombre"' in hall.screen("?theme=sombre")
    hall.do(lambda tx: rooms.set_preference(tx, hall.room, "theme", "sombre"))
    assert 'data-theme="sombre"' in hall.screen() and 'data-theme="clair"' in hall.screen("?theme=clair")
    assert 'data-theme="sombre"' in hall.screen("?theme=rose")
    client = hall.client()
    assert 'media="(max-aspect-ratio: 3/4)"' in client.get("/ecran").get_data(as_text=True)
    assert 'media="all"' in client.get("/ecran?vue=bandeau").get_data(as_text=True)


def test_english_has_no_french_left(hall: Hall) -> None:
    hall.ask("q", "Why?", show=True)
    french = re.compile(r"\b(séance|téléphones?|reçues?|encore|posez|écrivez|réponses?|élèves?|Étapes|Merci|Accueil|hors ligne|plein écran)\b", re.I)
    for phase in ("lobby", "countdown", "talk", "questions", "reflection", "closed"):
        hall.phase(phase)
        html = hall.client().get("/ecran?lang=en").get_data(as_text=True)
        assert '<html lang="en"' in html
        assert french.findall(html) == [], phase


def test_a_picture_is_cheap(hall: Hall) -> None:
    hall.phase("questions")
    for number in range(60):
        hall.ask(f"q{number}", f"Est-ce que la question numéro {number} est longue ?")
    hall.ask("now", "Avez-vous peur ?", show=True)
    client, times = hall.client(), []
    for _again in range(25):
        start = time.process_time()
        client.get("/ecran/fragment")
        times.append(time.process_time() - start)
    assert median(times) < 0.015  # seconds of processor, 60 questions waiting


@pytest.mark.parametrize(
    "text, size",
    [
        ("Vous gagnez combien ?", "len-1"), ("a" * 10, "len-1"), ("a" * 11, "len-1 wide"), ("mot " * 13, "len-2"), ("mot " * 30, "len-3"),
        ("mot " * 50, "len-4"), ("mot " * 100, "len-5"), ("une cybersécuritaire", "len-2 wide"), ("Anticonstitutionnelle", "len-3 wide"),
        ("Anticonstitutionnellement", "len-4 wide"), ("W" * 31, "len-5 wide"), ("", "len-1"), ("voulez\u2060-\u2060vous", "len-1"),
    ],
)
def test_sizes_follow_length_and_the_longest_word(text: str, size: str) -> None:
    assert sizes.size(text) == size


@pytest.mark.parametrize("ms, said", [(0, "00:00"), (-5, "00:00"), (1, "00:01"), (160_000, "02:40"), (3_600_000, "1:00:00"), (3_599_001, "1:00:00")])
def test_digits(ms: int, said: str) -> None:
    assert digits(ms) == said
