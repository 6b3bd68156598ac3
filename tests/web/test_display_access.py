"""The display over HTTP: who may open it, what it never does, its languages, themes, sizes and cost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from kiosk.domain import rooms, roomset
from kiosk.exchange import syncstate
from kiosk.web.display import sizes
from kiosk.web.display.scene import digits
from web.display_hall import Hall, said_by


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    found = Hall(tmp_path)
    yield found
    found.close()


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
    closed.close()


def test_the_display_can_only_be_read(hall: Hall) -> None:
    rules = [rule for rule in hall.app.url_map.iter_rules() if rule.endpoint.startswith("display.")]
    assert {rule.rule for rule in rules} == {"/ecran", "/ecran/fragment"}
    for rule in rules:
        assert rule.methods is not None and rule.methods <= {"GET", "HEAD", "OPTIONS"}
        assert hall.client().post(rule.rule).status_code == 405


def test_several_rooms_ask_which_one(hall: Hall) -> None:
    hall.do(lambda tx: rooms.add(tx, "CDI <3"))
    hall.do(lambda tx: roomset.set_plain_address(tx, rooms.ASK))
    html = hall.client().get("/ecran?lang=en").get_data(as_text=True)
    codes = [code for _id, _name, code in rooms.all_rooms()]
    for code in codes:
        assert f"/ecran?salle={code}&amp;lang=en" in html
    assert "CDI &lt;3" in html
    assert f"salle={codes[0]}" in html and hall.client().get(f"/ecran?salle={codes[0]}").status_code == 200
    assert hall.client().get("/ecran?salle=NOPE9").status_code == 404


def test_the_badge_is_calm(tmp_path: Path) -> None:
    hall = Hall(tmp_path, centre_url="https://centre.example.org")
    hall.phase("questions")
    assert "À jour" in said_by(hall.screen())
    hall.do(lambda tx: syncstate.note(tx, failure="dns", paired=True))
    said = said_by(hall.screen())
    assert "Hors connexion" in said and "DNS" not in said
    hall.close()


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
    assert "(max-aspect-ratio: 3/4)" in client.get("/ecran").get_data(as_text=True)
    narrow = client.get("/ecran?vue=bandeau").get_data(as_text=True)
    assert "display-bandeau" in narrow and "max-aspect-ratio" not in narrow
    read = client.get("/ecran?vue=lecture").get_data(as_text=True)
    assert re.findall(r'href="[^"]*(display[\w-]*)\.css" media="([^"]*)"', read) == [("display-read", "all")]


def test_english_has_no_french_left(hall: Hall) -> None:
    hall.ask("q", "Why?", show=True)
    french = re.compile(
        r"\b(séance|téléphones?|reçues?|encore|posez|écrivez|réponses?|élèves?"
        r"|Étapes|Merci|Accueil|hors ligne|plein écran)\b",
        re.I,
    )
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
        ("Vous gagnez combien ?", "len-1"),
        ("a" * 10, "len-1"),
        ("a" * 11, "len-1 wide"),
        ("mot " * 13, "len-2"),
        ("mot " * 30, "len-3"),
        ("mot " * 50, "len-4"),
        ("mot " * 100, "len-5"),
        ("une cybersécuritaire", "len-2 wide"),
        ("Anticonstitutionnelle", "len-3 wide"),
        ("Anticonstitutionnellement", "len-4 wide"),
        ("W" * 31, "len-5 wide"),
        ("", "len-1"),
        ("voulez\u2060-\u2060vous", "len-1"),
    ],
)
def test_sizes_follow_length_and_the_longest_word(text: str, size: str) -> None:
    assert sizes.size(text) == size


@pytest.mark.parametrize(
    "ms, said",
    [(0, "00:00"), (-5, "00:00"), (1, "00:01"), (160_000, "02:40"), (3_600_000, "1:00:00"), (3_599_001, "1:00:00")],
)
def test_digits(ms: int, said: str) -> None:
    assert digits(ms) == said
