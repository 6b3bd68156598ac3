"""The first start in the browser, without a script: each step kept, skipped, taken up again; a phone's proof."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from factories import Teacher, configure
from kiosk.domain import choices, firststart, policy
from kiosk.domain.kiosk import Kiosk
from kiosk.ground import config, settingsfile
from kiosk.ground.errors import KioskError
from kiosk.ground.network import AddressWatch
from kiosk.storage import archive

AWAY = {"REMOTE_ADDR": "192.168.1.50"}
BASE = "/prof/mise-en-route"


@pytest.fixture
def fresh(kiosk: Kiosk, app: Flask, room: str) -> Kiosk:
    """A kiosk that waits for its first start."""
    kiosk.write(lambda tx: firststart.expect(tx))
    return kiosk


def text(answer: Any) -> str:
    plain = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return re.sub(r"[\s\u00a0\u202f\u2060]+", " ", plain)


def value(answer: Any, name: str) -> str:
    found = re.search(rf'<input[^>]* name="{name}"[^>]*? value="([^"]*)"', answer.text)
    assert found, name
    return html.unescape(found.group(1))


def then(answer: Any) -> str:
    assert answer.status_code == 303, text(answer)
    return str(answer.headers["Location"])


def test_the_machine_itself_comes_in_once_and_nobody_else(fresh: Kiosk, app: Flask) -> None:
    phone = Teacher(app)
    assert "Commencer" not in phone.client.get("/prof/connexion", environ_base=AWAY).text
    refused = phone.client.post("/prof/commencer", data={"csrf": phone.csrf()}, environ_base=AWAY)
    assert "/prof/connexion" not in refused.headers.get("Location", "") and refused.status_code == 401
    here, late = Teacher(app), Teacher(app)
    for one in (here, late):
        assert "Commencer la mise en route" in one.client.get("/prof/connexion").text
    assert then(here.client.post("/prof/commencer", data={"csrf": here.csrf()})) == BASE
    assert "L’établissement" in text(here.client.get(BASE))
    assert late.client.post("/prof/commencer", data={"csrf": late.csrf()}).status_code == 401
    assert "Commencer" not in late.client.get("/prof/connexion").text


def test_the_code_leads_there_until_it_is_done_or_put_off(fresh: Kiosk, app: Flask) -> None:
    teacher = Teacher(app)
    teacher.client.get("/prof/connexion")
    assert then(teacher.post("/prof/connexion", pin=fresh.secrets.pin)) == BASE
    visitor = Teacher(app)  # as everybody comes: from /prof, sent to the code
    door = visitor.client.get("/prof").headers["Location"]
    assert "suite=" in door and "Code à 6 chiffres" in text(visitor.client.get(door))
    suite = parse_qs(urlsplit(door).query)["suite"][0]
    assert then(visitor.post("/prof/connexion", pin=fresh.secrets.pin, suite=suite)) == BASE
    asked = Teacher(app)  # somebody who asked for one page in particular goes there
    asked.client.get("/prof/connexion")
    assert then(asked.post("/prof/connexion", pin=fresh.secrets.pin, suite="/prof/salle")) == "/prof/salle"
    assert then(teacher.post(f"{BASE}/plus-tard")) == "/prof"
    other = Teacher(app)
    other.client.get("/prof/connexion")
    assert then(other.post("/prof/connexion", pin=fresh.secrets.pin)) == "/prof"
    assert "Revoir la mise en route" in text(other.client.get("/prof/salle"))


def test_every_step_is_kept_and_read_back_at_the_next_start(fresh: Kiosk, teacher: Teacher) -> None:
    assert then(teacher.post(f"{BASE}/ecole", uai=" 0951099d ", nom="Lycée  Corot")) == f"{BASE}?etape=centre"
    assert then(teacher.post(f"{BASE}/code", choix="choisir", pin="135 790")) == f"{BASE}?etape=centre"
    teacher.post(f"{BASE}/wifi", ssid="Classe; 12", motdepasse="à bientôt", securite="WPA", cache="1")
    teacher.post(f"{BASE}/proxy", adresse="proxy.lan:3128", compte="eleve@lan", motdepasse="p@ss/:")
    teacher.post(f"{BASE}/proxy", adresse="http://proxy.lan:3128", compte="eleve@lan", motdepasse="")
    assert then(teacher.post(f"{BASE}/centre", adresse="http://127.0.0.1:9")) == f"{BASE}?etape=telephone"
    found = config.load({"data_dir": str(fresh.settings.data_dir)}, {})
    assert (found.school_uai, found.school_name) == ("0951099D", "Lycée Corot")
    assert (found.wifi_ssid, found.wifi_password, found.wifi_hidden) == ("Classe; 12", "à bientôt", True)
    assert found.centre_proxy == "http://eleve%40lan:p%40ss%2F%3A@proxy.lan:3128"
    assert fresh.settings.centre_url == found.centre_url == "http://127.0.0.1:9"
    assert json.loads((found.data_dir / "secrets.json").read_text())["pin"] == fresh.secrets.pin == "135790"
    fresh.database.connect_reader()
    assert policy.uai() == "0951099D"
    page = teacher.client.get(f"{BASE}?etape=proxy").text
    assert "p@ss" not in page and "p%40ss" not in page


@pytest.mark.parametrize(
    ("step", "form", "code", "kept"),
    [
        ("ecole", {"uai": "0951099A", "nom": "Collège"}, "uai_checksum", "uai"),
        ("ecole", {"uai": "", "nom": ""}, "uai_length", ""),
        ("code", {"choix": "choisir", "pin": "123456"}, "pin_invalid", "pin"),
        ("code", {"choix": "choisir", "pin": "111 111"}, "pin_invalid", "pin"),
        ("wifi", {"ssid": "Classe", "motdepasse": "court"}, "setting_invalid", "motdepasse"),
        ("wifi", {"ssid": "é" * 17, "motdepasse": "assez long"}, "setting_invalid", "ssid"),
        ("proxy", {"adresse": "http://proxy:port"}, "setting_invalid", "adresse"),
        ("centre", {"adresse": "centre.exemple"}, "setting_invalid", "adresse"),
        ("centre", {"adresse": "http://127.0.0.1:9", "code": "7KQ2-M9XA"}, "uai_length", "code"),
        ("telephone", {}, "no_phone_yet", ""),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    fresh: Kiosk, teacher: Teacher, step: str, form: dict[str, str], code: str, kept: str
) -> None:
    answer = teacher.post(f"{BASE}/{step}", **form)
    assert answer.status_code in (409, 422) and KioskError(code).message[:12] in text(answer)
    assert kept == "" or value(answer, kept) == form[kept]
    assert f"code {code}" in text(answer)
    fresh.database.connect_reader()
    assert step not in firststart.progress()


def test_a_skipped_step_is_taken_up_again_and_the_end_is_remembered(fresh: Kiosk, teacher: Teacher) -> None:
    for step in firststart.STEPS:
        at = then(teacher.post(f"{BASE}/passer", etape=step.code))
    assert at == f"{BASE}?etape=bilan" and "Bilan de la mise en route" in text(teacher.client.get(at))
    teacher.post(f"{BASE}/ecole", uai="0951099D", nom="")
    fresh.database.connect_reader()
    assert not firststart.expected() and firststart.progress()["ecole"] == "done"
    teacher.post(f"{BASE}/passer", etape="ecole")
    fresh.database.connect_reader()
    assert firststart.progress()["ecole"] == "done"
    assert teacher.post(f"{BASE}/passer", etape="nulle").status_code == 422


def test_a_phone_that_comes_turns_the_step_green(fresh: Kiosk, app: Flask, teacher: Teacher) -> None:
    phone = app.test_client()
    assert "poste du kiosque" in text(phone.get("/essai"))
    assert "En attente" in text(teacher.client.get(f"{BASE}?etape=telephone")) or fresh.addresses.current() is None
    assert "Ça marche" in text(phone.get("/essai", environ_base=AWAY))
    inside = teacher.client.get("/prof/fragment/first?etape=telephone")
    assert "Un téléphone a joint ce poste" in text(inside)
    assert then(teacher.post(f"{BASE}/telephone")).startswith(BASE)


def test_what_a_file_imposes_is_said_and_stays(fresh: Kiosk, app: Flask, teacher: Teacher) -> None:
    environ = {"KIOSK_SCHOOL_NAME": "Imposé"}
    fresh.settings = config.load({"data_dir": str(fresh.settings.data_dir)}, environ)
    assert "Imposé par environnement, KIOSK_SCHOOL_NAME" in text(teacher.client.get(f"{BASE}?etape=ecole"))
    teacher.post(f"{BASE}/ecole", uai="0951099D", nom="Autre")
    assert (fresh.settings.school_name, fresh.settings.school_uai) == ("Imposé", "0951099D")
    assert "school.name" not in settingsfile.read(fresh.settings.data_dir)


def test_a_backup_comes_down_without_codes(fresh: Kiosk, teacher: Teacher, tmp_path: Any) -> None:
    settingsfile.update(fresh.settings.data_dir, {"wifi.password": "mot de passe"})
    answer = teacher.post("/prof/salle/sauvegarde")
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    path = tmp_path / "down.zip"
    path.write_bytes(answer.data)
    assert archive.verify(path).names == ["kiosk.sqlite3"]
    (tmp_path / "out").mkdir()
    archive.extract(path, tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "out" / "kiosk.sqlite3")) as held, held:
        assert held.execute("SELECT name FROM room").fetchall() == [("Salle 12",)]


def test_a_proxy_is_put_together_and_its_password_kept_for_its_account_alone() -> None:
    whole = choices.proxy("https://p:8080", "a", "é ")["centre.proxy"]
    assert whole == "https://a:%C3%A9%20@p:8080"
    assert choices.proxy("p:8080", "a", None, whole) == {"centre.proxy": "http://a:%C3%A9%20@p:8080"}
    assert choices.proxy("p:8080", "b", None, whole) == {"centre.proxy": "http://b@p:8080"}
    assert choices.proxy("", "b", None, whole) == {"centre.proxy": ""}


def test_a_network_without_its_password_shows_no_code_and_breaks_no_page(fresh: Kiosk, teacher: Teacher) -> None:
    """A file may name a network and forget its password: its code alone would mislead."""
    configure(fresh, wifi_ssid="College", wifi_password="", wifi_security="WPA")
    for address in (f"{BASE}?etape=telephone", "/prof/imprimer/affiche", "/ecran/fragment"):
        page = teacher.client.get(address)
        assert page.status_code == 200 and "rejoindre le Wi-Fi" not in page.text, address
    configure(fresh, wifi_password="secret-2026")
    assert "rejoindre le Wi-Fi College" in teacher.client.get("/prof/imprimer/affiche").text


def test_a_poster_numbers_its_steps_where_there_are_two(fresh: Kiosk, teacher: Teacher) -> None:
    fresh.addresses = AddressWatch(replace(fresh.settings, public_url="http://192.168.1.20"))
    configure(fresh, wifi_ssid="")
    assert "<h2>Visez avec l’appareil photo</h2>" in teacher.client.get("/prof/imprimer/affiche").text
    configure(fresh, wifi_ssid="College", wifi_password="", wifi_security="WPA")
    page = teacher.client.get("/prof/imprimer/affiche").text
    assert "1. Rejoignez le Wi-Fi" in page and "<h2>2. Visez avec l’appareil photo</h2>" in page
