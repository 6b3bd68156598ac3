"""The back office over real HTTP: closed to all by default, safe forms, no script but one, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from centre.centre_process import Centre, Kiosk, Office, enrolment, session, speaker
from kiosk.centre.app import create_app, create_centre
from kiosk.centre.rights import ROUTES
from kiosk.centre.settings import CentreSettings
from kiosk.contract.schools import checksum
from kiosk.ground.typography import plain

pytestmark = pytest.mark.server
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
PAGES = (
    "/bureau/seances/", "/bureau/seances/?quoi=passees", "/bureau/seances/DEMO-C-1", "/bureau/seances/nouvelle",
    "/bureau/seances/modifier/DEMO-C-1", "/bureau/intervenants/", "/bureau/intervenants/nouvelle",
    "/bureau/intervenants/DEMO-P-5", "/bureau/inscriptions/", "/bureau/questions/DEMO-C-1", "/bureau/kiosques/",
    "/bureau/annonces/", "/bureau/fichiers/", "/bureau/etablissements/",
    "/bureau/equipe/", "/bureau/equipe/journal", "/bureau/equipe/first", "/bureau/moi/", "/bureau/moi/second-facteur",
    "/bureau/donnees/", "/bureau/donnees/vie-privee", "/bureau/machines/", "/bureau/plan",
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
        if not rule.rule.startswith("/bureau") or ROUTES[rule.endpoint].right == "open":
            continue
        path = re.sub(r"<[^>]*>", "DEMO-C-1", rule.rule)
        assert rule.methods is not None
        for method in rule.methods & {"GET", "POST"}:
            answer = requests.request(method, centre.url + path, allow_redirects=False)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/bureau/connexion"), path
            asked += 1
    assert asked > 25


def test_a_wrong_password_opens_nothing(centre: Centre) -> None:
    answer = requests.post(f"{centre.url}/bureau/connexion", data={"password": "nope"})
    assert (
        answer.status_code == 403
        and "centre" not in answer.cookies
        and "ne vont pas ensemble" in answer.text.replace("\u00a0", " ")
    )


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
    assert answer.headers["Location"] == "/bureau"


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
def test_pages_hold_no_script_but_the_dragged_list_and_speak_one_language(centre: Centre, path: str, lang: str) -> None:
    answer = centre.office().get(path + ("&" if "?" in path else "?") + f"lang={lang}")
    assert answer.status_code == (422 if "du=hier" in path else 200)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    dragged = "/questions/" in path
    assert re.findall(r"<script[^>]*>", answer.text) == re.findall(
        r'<script defer src="/bureau/script/[0-9a-f]{10}\.js">', answer.text if dragged else ""
    )
    assert ("script-src 'self'" in policy) == dragged and dragged == ("<script" in answer.text)
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://(?!visio\.example|lien|link)", answer.text)
    assert f'<html lang="{lang}">' in answer.text
    if lang == "en":
        words = re.sub(r"<[^>]+>|DEMO-\S+", " ", answer.text)
        assert not re.search(r"Séances|Enregistrer|Aucun|Écarter|Révoquer|inscri", words), path


def test_a_portrait_must_be_a_small_picture(centre: Centre) -> None:
    office = centre.office()
    office.upload([speaker("P-portrait")])
    form: dict[str, Any] = {"id": "P-portrait", "name": "Camille", "feminine": "cartographe"}
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
    good: dict[str, Any] = {
        "title": "Bien", "date": "2035-03-01", "hour": "14:30", "format": "lycee-55", "levels": "2GT",
    }  # fmt: skip
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


def test_people_without_a_card_get_one_where_their_file_is_looked_at(centre: Centre) -> None:
    office = centre.office()
    data = (
        "Titre;Date;Heure;Durée;Intervenants\nFicheNeuve;24/11/2035;9h;45;Maya Perrin, Sœur Anne\n"
        "FicheAutre;25/11/2035;9h;45;maya perrin\nFicheInconnue;26/11/2035;9h;45;P-404\n"
    )
    page = office.post("/bureau/fichiers/importer", {"file": ("s.csv", data.encode())}).headers["Location"]
    shown = office.get(page).text
    assert re.findall(r'name="person" value="([^"]+)"', shown) == ["Maya Perrin", "Sœur Anne"]
    assert 'name="take"' not in shown
    (id,) = set(re.findall(r'name="id" value="([^"]+)"', shown))
    people = [("person", "Maya Perrin"), ("job", "soudeuse / soudeur"), ("person", "Sœur Anne"), ("job", "")]

    def said(*more: tuple[str, str]) -> requests.Response:
        form = [("csrf", office.csrf()), ("id", id), *more]
        return office.http.post(f"{centre.url}/bureau/fichiers/personnes", data=form)

    assert said(*people[2:]).status_code == 422
    assert said(("person", "Maya Perrin"), ("job", "x" * 301)).status_code == 422
    assert said(("person", "Maya Perrin"), ("job", "x\0")).status_code in (400, 422)
    shown = said(*people).text
    assert re.findall(r'name="take" value="(\w+) ', shown) == ["speaker", "session"]  # the other one still misses
    assert re.findall(r'name="person" value="([^"]+)"', shown) == ["Sœur Anne"]
    shown = said(("person", "Sœur Anne"), ("job", "apicultrice")).text
    assert re.findall(r'name="take" value="(\w+) ', shown) == ["speaker"] * 2 + ["session"] * 2
    office.save(shown)
    found = office.get("/bureau/seances/").text
    assert "FicheNeuve" in found and "FicheAutre" in found and "FicheInconnue" not in found
    assert "soudeuse" in office.get("/bureau/intervenants/").text
    assert said(*people).status_code == 200  # written already: nothing to add to


def test_a_preview_tells_the_year_and_a_date_that_is_gone(centre: Centre) -> None:
    office = centre.office()
    data = "Titre;Date;Heure;Format;Lien\nBienTard;24/11/2053;9h;45;visio.example.org/a\nHier;24/11/2025;9h;55 min;\n"
    page = office.post("/bureau/fichiers/importer", {"file": ("s.csv", data.encode())}).headers["Location"]
    shown = plain(office.get(page).text)
    assert "lundi 24 novembre 2053, 9 h 00" in shown and "https://visio.example.org/a" in shown
    late, gone = shown.split("Prendre : Hier")
    assert "Cette date est passée" in gone and "Cette date est passée" not in late
    assert "Collège, 45 min" in late and "Lycée, 55 min" in gone


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
    kept: dict[str, Any] = dict(re.findall(r'name="(id|mark|vides)" value="([^"]*)"', stale))
    refused = office.post("/bureau/fichiers/enregistrer", status=422, take="session S-vu", **kept).text
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
    page = office.get("/bureau/equipe/journal").text
    assert "Démarrage" in page and f"{kiosk.uai} CDI, poste 3" in page
    assert "Question reçue, ajoutée" in page and "Secret de classe" not in page


def test_what_is_not_there_says_so(centre: Centre) -> None:
    office = centre.office()
    for path in ("/bureau/seances/none", "/bureau/intervenants/none", "/bureau/questions/none", "/bureau/nowhere"):
        assert office.get(path).status_code == 404
    office.post("/bureau/inscriptions/decider", id="none", state="confirmed", status=422)
    assert Office(centre).get("/").url.endswith("/bureau/connexion?suite=/bureau")


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


def test_codes_for_many_schools_as_letters_and_tables(centre: Centre) -> None:
    office = centre.office()
    good = [f"{n:07d}{checksum(f'{n:07d}')}" for n in range(750001, 750051)]
    office.post("/bureau/etablissements/enregistrer", uai=good[0], name="=Lycée Nommé", town="Paris", email="l@b.fr")
    page = office.post(
        "/bureau/kiosques/codes", status=200, uais="\n".join([*good, "0561234X", "", f"a\t{good[1]}"])
    ).text
    assert "50 codes prêts" in page.replace("\u00a0", " ") and "=Lycée Nommé" in page and "0561234X" in page
    found = re.search(r'name="codes" value="([^"]+)"', page)
    assert found
    carried = found[1]
    letters = office.post("/bureau/kiosques/lettres", status=200, codes=carried).text
    code = carried.splitlines()[0].split()[1]
    assert letters.count("lettercode") == 50 and code in letters and "=Lycée Nommé" in letters
    table = office.post("/bureau/kiosques/codes.csv", status=200, codes=carried).content.decode("utf-8-sig")
    assert f"{good[0]};'=Lycée Nommé;Paris;l@b.fr;{code}" in table
    assert office.post("/bureau/kiosques/codes.ods", status=200, codes=carried).content.startswith(b"PK")
    office.post("/bureau/kiosques/lettres", status=404, codes="0750001A AAAA-AAAA")  # not given here
    for uais in ("", "\n".join(good * 5)):
        office.post("/bureau/kiosques/codes", status=422, uais=uais)
    answer = Kiosk(centre, good[0], "kiosk-of-letters").pair(code)
    assert answer.status_code == 201
    for query, seen in (
        ("q=lycee+nomme", True),
        ("q=inconnu", False),
        ("etat=revoque", False),
        ("territoire=rural", False),
    ):
        page = office.get(f"/bureau/kiosques/?{query}").text
        assert ("kiosk-of-letters" in page) == seen, query
    table = office.get("/bureau/kiosques/kiosques.csv?q=nomme").content.decode("utf-8-sig")
    assert f"{good[0]};'=Lycée Nommé" in table


def test_the_directory_is_found_and_given_as_a_file_larger_than_any_form(centre: Centre) -> None:
    office = centre.office()
    head = "Identifiant_de_l_etablissement;Nom_etablissement;Nom_commune;libelle_academie\n"
    lines = [f"{n:07d}{checksum(f'{n:07d}')};{'École ' + 'x' * 900};Ville {n};Rennes\n" for n in range(350000, 353000)]
    data = (head + "".join(lines)).encode()
    assert len(data) > 2 * 1024 * 1024
    page = office.post("/bureau/etablissements/annuaire", {"file": ("annuaire.csv", data)}, 200).text
    assert "3000 établissements enregistrés" in page.replace("\u00a0", " ").replace("\u202f", "")
    found = office.get("/bureau/etablissements/?q=VILLE+352999&academie=Rennes").text
    assert "Ville 352999" in found and "Ville 352998" not in found
    assert len(office.get("/bureau/etablissements/").content) < 200_000
    office.post("/bureau/etablissements/annuaire", {"file": ("x.csv", b"a;b\n")}, 422)
    office.post("/bureau/etablissements/enregistrer", status=422, uai="0", name="a", town="b")


def test_many_enrolments_are_decided_together_after_what_it_does_is_told(centre: Centre) -> None:
    office, ids = centre.office(), ["many-1", "many-2", "many-3"]
    office.upload([session("S-many", title="À plusieurs", places=2)])
    office.post("/bureau/seances/enregistrer", id="S-many", title="À plusieurs", date="2035-03-01", hour="9h",
                duration="45", format="custom", places="2", manual="1")  # fmt: skip
    kiosk = office.pair()
    kiosk.sync(
        *(kiosk.operation("enrolment.request", **enrolment(id, "S-many", contact_email=f"{id}@b.fr")) for id in ids)
    )
    page = office.get("/bureau/inscriptions/?seance=S-many").text
    assert all(f'name="id" value="{id}"' in page for id in ids)
    told = office.post("/bureau/inscriptions/ensemble", status=200, id=ids, state="confirmed").text
    assert "1 de plus que les places" in told.replace("\u00a0", " ")
    kiosk.sync()
    assert kiosk.body("enrolment", "many-1")["state"] == "requested"  # nothing is done yet
    made_from = re.findall(r'name="version" value="([0-9a-f]{16})"', told)
    kiosk.sync(kiosk.operation("enrolment.cancel", enrolment_id="many-3"))
    form: dict[str, Any] = {"id": ids, "state": "confirmed", "version": made_from}
    again = office.post("/bureau/inscriptions/ensemble/decider", status=409, **form).text
    assert "Rien n’est écrasé" in again.replace("\u00a0", " ")
    kiosk.sync(kiosk.operation("enrolment.request", **enrolment("many-4", "S-many", contact_email="many-3@b.fr")))
    ids[2] = "many-4"
    office.post("/bureau/inscriptions/ensemble/decider", id=ids, state="confirmed")
    kiosk.sync()
    assert {kiosk.body("enrolment", id)["state"] for id in ids} == {"confirmed"}
    assert "places inférieures" in office.get("/bureau/inscriptions/?seance=S-many&etat=confirmed").text
    office.post("/bureau/inscriptions/ensemble/decider", status=422, id=ids, state="refused")
    story = office.get("/bureau/equipe/journal?quoi=enrolments").text
    assert story.count("</s><b>Inscrite</b>") == 3
    office.post("/bureau/inscriptions/ensemble", status=422, state="confirmed")
    table = office.get("/bureau/inscriptions/inscriptions.csv?seance=S-many&etat=confirmed").content.decode("utf-8-sig")
    assert table.count("\r\n") == 4 and "many-1@b.fr" in table
    assert office.get("/bureau/inscriptions/inscriptions.ods").content.startswith(b"PK")
    assert "many-2@b.fr" in office.get("/bureau/seances/S-many").text
