"""The back office over real HTTP: closed to all by default, safe forms, no script, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from centre_process import Centre, Office, session, speaker

from kiosk.centre.app import create_app, create_centre
from kiosk.centre.office.door import OPEN
from kiosk.centre.settings import CentreSettings

pytestmark = pytest.mark.server
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
PAGES = (
    "/bureau/seances/", "/bureau/seances/?quoi=passees", "/bureau/seances/DEMO-C-1", "/bureau/seances/nouvelle",
    "/bureau/seances/modifier/DEMO-C-1", "/bureau/intervenants/", "/bureau/intervenants/nouvelle",
    "/bureau/intervenants/DEMO-P-5", "/bureau/inscriptions/", "/bureau/questions/DEMO-C-1", "/bureau/kiosques/",
    "/bureau/annonces/", "/bureau/fichiers/", "/bureau/kiosques/journal",
    "/bureau/comptes-rendus/", "/bureau/comptes-rendus/?niveau=6E&du=2020-01-01", "/bureau/comptes-rendus/?du=hier",
    "/bureau/comptes-rendus/seance/DEMO-C-5", "/bureau/comptes-rendus/seance/DEMO-C-1",
)  # fmt: skip


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre with the demonstration in it."""
    import sys

    made = Centre(tmp_path_factory.mktemp("office"), command=(sys.executable, "-m", "kiosk", "centre", "--demo"))
    yield made
    made.stop()
    assert "Traceback" not in made.log.read_text("utf-8")


def test_every_address_but_the_door_asks_for_the_password(centre: Centre, tmp_path: Path) -> None:
    app = create_app(create_centre(CentreSettings(tmp_path)))
    asked = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/bureau") or rule.endpoint in OPEN:
            continue
        path = re.sub(r"<[^>]*>", "DEMO-C-1", rule.rule)
        for method in rule.methods & {"GET", "POST"}:
            answer = requests.request(method, centre.url + path, allow_redirects=False)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/bureau/connexion"), path
            asked += 1
    assert asked > 25


def test_a_wrong_password_opens_nothing(centre: Centre) -> None:
    answer = requests.post(f"{centre.url}/bureau/connexion", data={"password": "nope"})
    assert answer.status_code == 403 and "centre" not in answer.cookies and "pas le bon" in answer.text


def test_the_cookie_is_closed_and_leaving_ends_the_visit(centre: Centre) -> None:
    answer = requests.post(f"{centre.url}/bureau/connexion", data={"password": centre.password}, allow_redirects=False)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/bureau" in cookie
    office = centre.office()
    held = dict(office.http.cookies)
    office.post("/bureau/quitter")
    gone = requests.get(f"{centre.url}/bureau/seances/", cookies=held, allow_redirects=False)
    assert gone.status_code == 303


@pytest.mark.parametrize("suite", ["https://evil.example/", "//evil.example/", "/bureau/connexion"])
def test_the_door_leads_nowhere_else(centre: Centre, suite: str) -> None:
    answer = requests.post(
        f"{centre.url}/bureau/connexion", data={"password": centre.password, "suite": suite}, allow_redirects=False
    )
    assert answer.headers["Location"] == "/bureau/seances/"


def test_forms_need_their_token_and_their_own_site(centre: Centre) -> None:
    office = centre.office()
    url, form = f"{centre.url}/bureau/annonces/publier", {"text": "Volée", "until": "2035-01-01"}
    for given in ({}, {"csrf": ""}, {"csrf": "wrong"}, {"csrf": "é"}):
        assert office.http.post(url, data={**form, **given}).status_code == 403
    good = {**form, "csrf": office.csrf()}
    for header in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert office.http.post(url, data=good, headers=header).status_code == 403
    assert "Volée" not in office.get("/bureau/annonces/").text


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_pages_hold_no_script_and_speak_one_language(centre: Centre, path: str, lang: str) -> None:
    answer = centre.office().get(path + ("&" if "?" in path else "?") + f"lang={lang}")
    assert answer.status_code == (422 if "du=hier" in path else 200)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://(?!visio\.example|lien|link)", answer.text)
    assert f'<html lang="{lang}">' in answer.text
    if lang == "en":
        words = re.sub(r"<[^>]+>|DEMO-\S+", " ", answer.text)
        assert not re.search(r"Séances|Enregistrer|Aucun|Écarter|Révoquer|inscri", words), path


def test_a_portrait_must_be_a_small_picture(centre: Centre) -> None:
    office = centre.office()
    office.upload([speaker("P-portrait")])
    form = {"id": "P-portrait", "name": "Camille", "feminine": "cartographe"}
    save = "/bureau/intervenants/enregistrer"
    for data, word in ((b"<svg/>", "WebP"), (b"GIF89a" + b"x" * 50, "WebP"), (PNG + b"x" * 61_440, "60 Ko")):
        page = office.post(save, {"portrait": ("p.png", data)}, 422, **form).text.replace("\u00a0", " ")
        assert word in page and 'aria-invalid="true"' in page
    office.post(save, {"portrait": ("p.png", PNG)}, **form)
    found = re.search(r'src="(/v1/portraits/[0-9a-f]{64})"', office.get("/bureau/intervenants/P-portrait").text)
    assert found and requests.get(centre.url + found[1]).content == PNG
    office.post(save, drop="1", **form)
    assert requests.get(centre.url + found[1]).status_code == 404  # personal data: it leaves the database


def test_a_form_that_is_wrong_keeps_what_was_typed_and_names_the_field(centre: Centre) -> None:
    office = centre.office()
    good = {"title": "Bien", "date": "2035-03-01", "hour": "14:30", "format": "lycee-55", "levels": "2GT"}
    for field, value in (("date", "hier"), ("places", "-3"), ("url", "http://x"), ("title", " ")):
        page = office.post("/bureau/seances/enregistrer", status=422, **{**good, field: value}).text
        at = page.index(f'name="{field}"')
        assert 'aria-invalid="true"' in page[at - 80 : at + 220] and 'value="14:30"' in page
    sid = office.post("/bureau/seances/enregistrer", **good).headers["Location"].rsplit("/", 1)[1]
    page = office.get(f"/bureau/seances/{sid}").text.replace("\u00a0", " ")
    assert "14 h 30" in page and "55 min" in page
    office.post("/bureau/seances/enregistrer", id=sid, before="Vidéo | https://visio.example/v", **good)
    assert "Vidéo | https://visio.example/v" in office.get(f"/bureau/seances/modifier/{sid}").text


def test_a_file_with_mistakes_shows_line_and_field_and_the_models_are_taken(centre: Centre) -> None:
    office = centre.office()
    form, url = {"csrf": office.csrf()}, f"{centre.url}/bureau/fichiers/importer"
    data = "Titre;Date;Heure;Durée\nBonneLigne;24/11/2035;9h;45\nB;hier;9h;45\n".encode()
    page = office.http.post(url, data=form, files={"file": ("s.csv", data)}).text
    assert re.search(r'<td class="num">3</td><td>Date</td>', page) and "BonneLigne" in page
    page = office.post("/bureau/fichiers/importer", {"file": ("s.csv", data.replace(b"24/11", b"x"))}, 422).text
    assert re.search(r'<td class="num">2</td><td>Date</td>', page)
    for name in ("intervenants", "seances"):  # the tables to fill are themselves files that are taken
        model = office.get(f"/bureau/fichiers/modele/{name}.csv").content
        assert "Enregistré" in office.bring("s.csv", model.replace(b"Camille", b"Ariane")).text


def test_a_file_is_looked_at_then_written_then_undone(centre: Centre) -> None:
    office = centre.office()
    form, url = {"csrf": office.csrf()}, f"{centre.url}/bureau/fichiers/importer"
    data = "Identifiant;Titre;Date;Heure;Durée;Places;Remarques\nS-vu;VuAvant;24/11/2035;9h;45;{};x\n"
    page = office.http.post(url, data=form, files={"file": ("s.csv", data.format(6).encode())}).text
    assert "Remarques" in page and "VuAvant" in page and "VuAvant" not in office.get("/bureau/seances/").text
    office.save(page)
    assert "VuAvant" in office.get("/bureau/seances/").text
    page = office.http.post(url, data=form, files={"file": ("s.csv", data.format(4).encode())}).text
    assert re.search(r"<del>6</del>.*<ins>4</ins>", page) and "<del>" in page
    stale = page
    office.upload([session("S-vu", title="AutreMain", starts_at="2035-11-24T08:00:00Z", places=6)])
    form = dict(re.findall(r'name="(id|mark|vides)" value="([^"]*)"', stale))
    refused = office.post("/bureau/fichiers/enregistrer", status=422, take="session S-vu", **form).text
    assert "entre-temps" in refused and "AutreMain" in refused
    done = office.save(refused).text
    undo = re.search(r'action="/bureau/fichiers/defaire">\s*<input[^>]*>\s*<input[^>]*value="([0-9a-f]+)"', done)
    assert undo and "VuAvant" in office.get("/bureau/seances/S-vu").text
    office.post("/bureau/fichiers/defaire", status=200, id=undo[1])
    assert "AutreMain" in office.get("/bureau/seances/S-vu").text
    office.post("/bureau/fichiers/defaire", status=422, id=undo[1])
    office.post("/bureau/fichiers/enregistrer", status=404, id="none")
    assert office.get("/bureau/fichiers/apercu/none").status_code == 404


def test_pupils_words_are_text(centre: Centre) -> None:
    office = centre.office()
    hostile: Any = '<img src=x onerror="alert(1)">'
    office.upload([session("S-hostile", title=hostile)])
    office.post("/bureau/questions/ajouter", session_id="S-hostile", theme="vie", origin="web", text=hostile)
    for path in ("/bureau/seances/S-hostile", "/bureau/questions/S-hostile", "/bureau/seances/"):
        page = office.get(path).text
        assert "<img src=x" not in page and "&lt;img" in page


def test_the_journal_tells_what_was_done_and_no_words(centre: Centre) -> None:
    office = centre.office()
    office.upload([session("S-journal")])
    office.post(
        "/bureau/questions/ajouter", session_id="S-journal", theme="vie", origin="web", text="Secret de classe ?"
    )
    kiosk = office.pair()
    page = office.get("/bureau/kiosques/journal").text
    assert "Démarrage" in page and f"{kiosk.uai} {kiosk.id}" in page
    assert "Question reçue, ajoutée" in page and "Secret de classe" not in page


def test_what_is_not_there_says_so(centre: Centre) -> None:
    office = centre.office()
    for path in ("/bureau/seances/none", "/bureau/intervenants/none", "/bureau/questions/none", "/bureau/nowhere"):
        assert office.get(path).status_code == 404
    office.post("/bureau/inscriptions/decider", id="none", state="confirmed", status=422)
    assert Office(centre).get("/").url.endswith("/bureau/connexion?suite=/bureau/seances/")


def test_sessions_and_people_are_found_whatever_the_accents(centre: Centre) -> None:
    office = centre.office()
    office.upload([speaker("P-found", name="Zoé Ébène"), session("S-found", title="Géomètre", speakers=["P-found"])])
    office.upload([session("S-past", title="Géomètre d’hier", starts_at="2024-03-01T13:30:00Z", levels=["6E"])])
    for query, seen in (
        ("q=GEOMETRE", True), ("q=zoe+ebene", True), ("q=zoe+inconnue", False), ("q=%25", True),
        ("q=geometre&niveau=4E", True), ("q=geometre&niveau=6E", False), ("q=geometre&statut=cancelled", False),
        ("q=geometre&quoi=semaine", False), ("q=geometre&quoi=toutes", True),
    ):  # fmt: skip
        page = office.get(f"/bureau/seances/?{query}").text
        assert ("/bureau/seances/S-found" in page) == seen, query
    assert "S-past" in office.get("/bureau/seances/?q=geometre&quoi=passees").text
    assert "P-found" in office.get("/bureau/intervenants/?q=ebene").text
    assert "P-found" not in office.get("/bureau/intervenants/?q=nobody").text
