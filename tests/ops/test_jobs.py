"""The job sheets: each shape of Onisep's files, what is refused, what pages show, downloads from a real server."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kiosk.domain import jobs, sessions
from kiosk.domain.views import SessionView, SpeakerView
from kiosk.exchange import syncstate
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.typography import plain
from kiosk.ops.jobs import cleaning, command, fetching, reading, refusals
from kiosk.storage import jobsheets
from kiosk.storage.models import Session, Speaker
from kiosk.web.display import jobs_shown

DATA = Path(__file__).resolve().parents[1] / "data" / "jobs"
NOW = 1_795_000_000_000


def zipped(data: bytes, name: str = "ideo-fiches_metiers.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lisez-moi.txt", "rien")
        archive.writestr(name, data)
    return out.getvalue()


def of(name: str) -> bytes:
    return (DATA / name).read_bytes()


def read(data: bytes, called: str = "essai") -> list[jobsheets.Sheet]:
    return list(reading.sheets(io.BytesIO(data), called))


def kept(tmp_path: Path, *files: bytes) -> dict[str, jobsheets.Sheet]:
    """What a kiosk keeps of these files."""
    parts = (sheet for data in files for sheet in read(data))
    jobsheets.write(tmp_path, parts, {"date": "2026-11-24T08:00:00.000Z"})
    return {one.id: one for one in jobsheets.everything(tmp_path)}


@pytest.mark.parametrize(
    "data",
    [
        of("liste.json"),
        json.dumps({"total": 3, "results": json.loads(of("liste.json"))}).encode(),
        of("liste-ancienne.csv"),
        b"\xef\xbb\xbf" + of("liste-ancienne.csv"),
        of("liste-ancienne.csv").decode().encode("cp1252"),
        of("liste-ancienne.csv").replace(b";", b"\t"),
        zipped(of("liste.json"), "liste.json"),
    ],
    ids=["json", "search", "old csv", "bom", "cp1252", "tabs", "zip"],
)
def test_a_list_is_read_by_the_names_of_its_fields(data):
    found = {one.id: one for one in read(data)}
    assert set(found) == {"MET.901", "MET.902"}
    one = found["MET.901"]
    assert one.name == "technicien / technicienne de maintenance éolienne"
    assert one.url.startswith("https://www.onisep.fr/")
    assert (one.domain, one.rome) == ("énergies, maintenance", "I1304")


@pytest.mark.parametrize("data", [of("fiches.xml"), zipped(of("fiches.xml"))], ids=["xml", "zip"])
def test_a_sheet_is_read_and_made_safe(data):
    found = {one.id: one for one in read(data)}
    one = found["MET.901"]
    assert one.hook.startswith("À plus de cent mètres") and one.level == "bac ou équivalent"
    assert one.salary == "1 900 euros brut par mois." and one.statuses == "salarié"
    assert one.feminine == "technicienne de maintenance éolienne"
    assert "zq" not in one.work and "<script" not in one.work and "onclick" not in one.work
    assert "<p><b>Contrôler et réparer</b></p>" in one.work and "<li>Visiter" in one.work
    assert found["MET.902"] == jobsheets.Sheet("MET.902", "océanographe")


def test_what_one_source_lacks_the_other_gives(tmp_path):
    both = kept(tmp_path, of("fiches.xml"), of("liste.json"))
    assert len(both) == 2 and both["MET.901"].hook and both["MET.901"].url and both["MET.902"].url


SAME = b"<metier><identifiant>MET.1</identifiant><nom_metier>x</nom_metier></metier>"
BOMB = b"<metiers>" + SAME * 30_000 + b"</metiers>"
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><metiers>&b;</metiers>'


@pytest.mark.parametrize(
    "data, word",
    [
        (b"", "aucun métier"),
        (b"\x00\x01\x02", "aucun métier"),
        (b"<html><body>Portail</body></html>", "aucun métier"),
        (b"<metiers><metier>", ""),
        (DOCTYPE, "DOCTYPE"),
        (b'[{"libelle_metier": ', ""),
        (b"[" * 100_000, "imbriqué"),
        (b"<a>" * 10_000, "imbriqué"),
        (b'{"detail": "no"}', "liste"),
        (zipped(BOMB), "trop grand"),
        (zipped(of("fiches.xml"))[:-30], ""),
        (zipped(b"words", "a.txt"), "ni XML"),
    ],
)
def test_what_is_none_of_them_is_refused_in_a_sentence(data, word):
    with pytest.raises(KioskError) as caught:
        read(data, "essai.zip")
    assert caught.value.code == "jobs_file" and "essai.zip" in caught.value.message and word in caught.value.message


def test_words_and_headings():
    assert cleaning.words("<p>Un</p><p>deux &amp; <b>trois</b></p>") == "Un deux & trois"
    assert cleaning.html("seul") == "<p>seul</p>" and cleaning.html(" ") == ""
    text = "<h3>Autre</h3><p>a</p><h5>SALAIRE DU DEBUTANT</h5><p>b</p>"
    assert cleaning.after_heading(text, "Salaire du débutant") == "b"
    assert cleaning.after_heading("<p>rien</p>", "Salaire") == ""


def test_in_brief_ends_with_a_sentence_or_a_word():
    assert jobs.shortened("Court.") == "Court."
    long = "Une première phrase qui a bien plus de quarante lettres. " + "Une seconde, interminable, " * 20
    assert jobs.shortened(long) == "Une première phrase qui a bien plus de quarante lettres."
    cut = jobs.shortened("mot " * 100)
    assert cut.endswith("mot…") and len(cut) <= jobs.BRIEFS[0]


def test_from_files_to_the_pages_and_a_bad_file_changes_nothing(kiosk, room, teacher, settings, client):
    kiosk.write(lambda tx: Speaker.update(job_sheet="MET.901", path=[]).execute())
    assert command.status(settings)[0].startswith("Aucune fiche")
    said = command.update(settings, (str(DATA / "fiches.xml"), str(DATA / "liste.json")), NOW)
    assert said[0] == "2 métiers lus, dont 1 avec sa fiche." and "ODbL" in said[1]
    assert command.status(settings)[0] == "2 métiers, dont 1 avec sa fiche."
    held = jobsheets.place(settings.data_dir).read_bytes()
    bad = settings.data_dir / "bad.json"
    bad.write_text("{}")
    with pytest.raises(KioskError):
        command.update(settings, (str(bad),), NOW)
    assert jobsheets.place(settings.data_dir).read_bytes() == held
    page = teacher.client.get("/prof/preparer").text
    assert "Elle travaille toujours à deux." in page and "1 900 euros" in page and "sous licence ODbL" in page
    speaker = sessions.view("S1").speakers[0]
    sheet = jobs.of_speaker(settings.data_dir, speaker)
    assert sheet is not None and sheet.name == "technicienne de maintenance éolienne"
    shown = teacher.client.get("/ecran/fragment?regard=speaker").text
    assert "<h2>Le métier en bref</h2>" in shown and "sous licence ODbL" in shown and "zq" not in shown
    assert "À plus de cent mètres" in teacher.client.get("/ecran/fragment?regard=countdown").text
    long = [{"when": str(2010 + n), "what": "Un poste"} for n in range(5)]
    kiosk.write(lambda tx: Speaker.update(path=long).execute())
    shown = teacher.client.get("/ecran/fragment?regard=speaker").text
    assert "<h2>Le métier en bref</h2>" in shown and "Un poste" in shown
    kiosk.write(lambda tx: Speaker.update(job_sheet="MET.999").execute())
    assert "Le métier en bref" not in teacher.client.get("/ecran/fragment?regard=speaker").text
    jobsheets.place(settings.data_dir).write_bytes(b"no database")
    kiosk.write(lambda tx: Speaker.update(job_sheet="MET.901").execute())
    assert teacher.client.get("/prof/preparer").status_code == 200


def test_three_speakers_have_their_job_in_brief_and_one_source(kiosk, room, teacher, settings):
    command.update(settings, (str(DATA / "fiches.xml"), str(DATA / "liste.json")), NOW)
    row = kiosk.write(lambda tx: dict(Speaker.get().__data__))
    for key, sheet in (("B2", "MET.901"), ("B3", "MET.902")):
        kiosk.write(lambda tx: Speaker.insert(**{**row, "id": key, "job_sheet": sheet}).execute())
    kiosk.write(lambda tx: Speaker.update(job_sheet="MET.901").where(Speaker.id == row["id"]).execute())
    kiosk.write(lambda tx: Session.update(speakers=[row["id"], "B2", "B3"]).execute())
    shown = teacher.client.get("/ecran/fragment?regard=countdown").text
    assert shown.count("À plus de cent mètres") >= 2
    assert shown.count('class="source"') == 1 and "sous licence ODbL" in shown
    assert shown.count('class="brief"') == 2, "a job without words has no heading"
    shown = teacher.client.get("/ecran/fragment?regard=speaker").text
    assert "À plus de cent mètres" not in shown, "three paths need the whole screen"
    kiosk.write(lambda tx: Session.update(speakers=["B2"]).execute())
    shown = teacher.client.get("/ecran/fragment?regard=countdown").text
    assert 'class="brief"' in shown and 'class="source"' in shown


def _session(*dossier: tuple[str, str]) -> SessionView:
    held = [{"title": title, "text": text, "moment": "before"} for title, text in dossier]
    return SessionView(
        id="S", title="", starts_at=0, duration_min=45, format="college-45", levels=[], status="planned",
        theme_week="", meeting_url="", speakers=[], dossier=held, phases=[],
    )  # fmt: skip


def test_facts_of_the_dossier_and_of_the_sheet_take_turns(tmp_path):
    origin = jobs.Origin(None, NOW)
    sheet = jobs.JobView("x", ["x"], "", [("Niveau d’études", "bac + 2"), ("Salaire du débutant", "1 900 €")],
                         "", "", "", "", "", "", "", "", origin)  # fmt: skip
    four = _session(("A", "1"), ("B", "2"), ("C", "3"), ("D", "4"))
    assert [a for a, _b in jobs_shown.facts(four, sheet)] == ["A", "Niveau d’études", "B"]
    assert [a for a, _b in jobs_shown.facts(four, None)] == ["A", "B", "C"]
    assert jobs_shown.facts(_session(), sheet) == sheet.facts
    same = _session(("Pour y accéder", "Bac + 2"), ("Salaire du débutant", "2 000 €"))
    assert jobs_shown.facts(same, sheet) == [("Pour y accéder", "Bac + 2"), ("Salaire du débutant", "2 000 €")]
    assert jobs_shown.facts(_session(("A", "x" * 81), ("y" * 41, "1"), ("", "2"), ("B", "")), None) == []


def test_without_a_hook_the_first_words_on_the_work_stand_in(tmp_path):
    sheet = jobsheets.Sheet("MET.1", "x", work="<p><b>Créer</b></p><p>Elle d&amp;essine.</p>")
    jobsheets.write(tmp_path, [sheet, jobsheets.Sheet("MET.2", "y")], {"date": "2026-11-24T08:00:00.000Z"})
    speaker = SpeakerView("s", "A B", "A", "x", "x", "", "", [], "MET.1", None, "")
    found = jobs.of_speaker(tmp_path, speaker)
    assert found is not None and found.briefs == ["Elle d&essine."]
    other = jobs.of_speaker(tmp_path, replace(speaker, job_sheet="MET.2"))
    assert other is not None and other.briefs == []


class _Onisep(BaseHTTPRequestHandler):
    """Two files with their validators; ``broken`` answers a portal's page."""

    broken = False
    asked: list[tuple[str, int]] = []

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        data = zipped(of("fiches.xml")) if self.path.endswith(".zip") else of("liste.json")
        kind = "application/zip" if self.path.endswith(".zip") else "application/json"
        status = 304 if self.headers.get("If-None-Match") == '"v1"' else 200
        if self.broken:
            data, kind, status = b"<html>portail</html>", "text/html", 200
        self.asked.append((self.path, status))
        self.send_response(status)
        self.send_header("ETag", '"v1"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data) if status == 200 else 0))
        self.end_headers()
        if status == 200:
            self.wfile.write(data)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@pytest.fixture
def onisep():
    _Onisep.broken, _Onisep.asked = False, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Onisep)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_download_is_asked_again_only_if_it_changed(tmp_path, onisep):
    settings = Settings(data_dir=tmp_path, jobs_sheets_url=f"{onisep}/f.zip", jobs_list_url=f"{onisep}/l.json")
    assert command.update(settings, (), NOW)[0] == "2 métiers lus, dont 1 avec sa fiche."
    assert command.update(settings, (), NOW) == ["Les fiches métiers sont déjà à jour."]
    assert [status for _path, status in _Onisep.asked] == [200, 200, 304, 304]
    held = jobsheets.place(tmp_path).read_bytes()
    _Onisep.broken = True
    with pytest.raises(KioskError) as caught:
        command.update(settings, (), NOW)
    assert caught.value.code == "jobs_fetch" and "f.zip" in caught.value.message
    assert jobsheets.place(tmp_path).read_bytes() == held


def test_a_server_that_is_away_has_its_class(tmp_path):
    settings = Settings(data_dir=tmp_path, jobs_sheets_url="http://127.0.0.1:9/f.zip", jobs_list_url="")
    with pytest.raises(KioskError) as caught:
        command.update(settings, (), NOW)
    assert caught.value.code == "jobs_fetch" and jobsheets.about(tmp_path) is None
    said = plain(caught.value.message)
    assert "Ce serveur n’est pas joignable" in said and "Sans réseau" in said and "Le centre" not in said
    assert not fetching.folder(tmp_path).exists()
    for failure in syncstate.FAILURES.codes():
        why, fix = refusals.words(failure, "x")
        assert why.endswith(".") and fix.endswith(".") and "%" not in fix and "le centre" not in (why + fix).lower()


def test_one_file_alone_keeps_what_the_other_gave(tmp_path):
    settings = Settings(data_dir=tmp_path)
    command.update(settings, (str(DATA / "fiches.xml"),), NOW)
    assert command.update(settings, (str(DATA / "liste.json"),), NOW)[0] == "2 métiers lus, dont 1 avec sa fiche."
    found = jobsheets.find(tmp_path, "MET.901")
    assert found is not None and found[0].hook and found[0].url
    command.update(settings, (str(DATA / "fiches.xml"), str(DATA / "liste.json")), NOW)
    assert len(list(jobsheets.everything(tmp_path))) == 2


def test_without_an_address_a_file_is_asked_for(tmp_path):
    with pytest.raises(KioskError) as caught:
        command.update(Settings(data_dir=tmp_path, jobs_sheets_url="", jobs_list_url=""), (), NOW)
    assert caught.value.code == "jobs_unset"
