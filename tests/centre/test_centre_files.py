"""Files of an office: CSV of any usual form, workbooks, changes; whole or nothing, each mistake placed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from centre.centre_files import SESSION, UAI, Run, changes, load, mistakes
from factories import open_document
from kiosk import cli
from kiosk.centre import feed, imports, models
from kiosk.centre.imports.plan import Line
from kiosk.centre.refusals import OfficeError

CSV = """Identifiant;Titre;Date;Heure;Durée;Niveaux;Places;Lien de la visioconférence;Intervenants
S-1;Éolien, en mer;24/11/2035;14 h 30;45;4e, 3e;6;https://visio.example/1;Camille Ferrand
;Cartographe;2035-11-25;9h;55 min;2de / 1re;;;P-9, P-8
"""
PEOPLE = """Nom;Métier;Parcours;Forme;Identifiant
Camille Ferrand;technicienne / technicien;2016 : bac pro | 2018 : BTS;féminin;P-7
Aya;cartographe;;m;P-8
Zoé;géomètre;;;P-9
"""


def test_a_csv_of_the_office_in_any_usual_form(run: Run) -> None:
    run(load, PEOPLE.encode("cp1252"))
    assert run(load, CSV.encode("cp1252")) == {"session": 2}
    for variant in (CSV.encode("utf-8-sig"), CSV.replace(";", "\t").encode(), CSV.replace("\n", "\r\n").encode()):
        assert run(load, variant) == {"session": 2}
    assert run(lambda _tx: models.Session.select().count()) == 2  # again is not twice
    page = run(lambda _tx: feed.page(feed.Reader(UAI, feed.mark()), None, 50))
    bodies = {one["id"]: one["body"] for one in (json.loads(bytes(change)) for change in page.changes)}
    first = bodies["S-1"]
    assert (first["starts_at"], first["format"], first["levels"], first["places"]) == (
        "2035-11-24T13:30:00Z",
        "college-45",
        ["4E", "3E"],
        6,
    )
    assert first["speakers"] == ["P-7"]  # known by name
    second = next(body for id, body in bodies.items() if body.get("title") == "Cartographe")
    assert (second["format"], second["levels"], second["speakers"]) == ("lycee-55", ["2GT", "1GT"], ["P-9", "P-8"])
    assert bodies["P-7"]["path"] == [{"when": "2016", "what": "bac pro"}, {"when": "2018", "what": "BTS"}]
    assert bodies["P-8"]["job"] == {"feminine": "cartographe", "masculine": "cartographe", "shown": "masculine"}


def test_a_workbook_with_both_sheets(run: Run) -> None:
    import datetime

    book = openpyxl.Workbook()
    book.active.title = "Séances"
    for row in (
        [],
        ["Titre", "Date", "Heure", "Durée", "Places", "Intervenantes et intervenants"],
        ["Éolien", datetime.date(2035, 11, 24), datetime.time(14, 30), 45, 6.0, "Aya"],
    ):
        book.active.append(row)
    people = book.create_sheet("Personnes")
    for row in (["Nom", "Métier (féminin)", "Métier (masculin)"], ["Aya", "technicienne", "technicien"]):
        people.append(row)
    book.create_sheet("Brouillon").append(["rien", "d’utile"])
    file = io.BytesIO()
    book.save(file)
    assert run(load, file.getvalue(), "tableau.xlsx") == {"speaker": 1, "session": 1}
    row = run(lambda _tx: models.Session.get())
    assert json.loads(row.body)["starts_at"] == "2035-11-24T13:30:00Z" and row.places == 6
    people.append(["", "x", "y"])
    book["Séances"].append(["Sans date", None, None, 45])
    book.save(file := io.BytesIO())
    assert sorted(mistakes(run, file.getvalue())) == [(3, "Nom"), (4, "Date")]


def ods(rows: list[list[str]]) -> bytes:
    """A small .ods as office suites write them."""
    cells = "".join(
        "<table:table-row>" + "".join(
            f'<table:table-cell office:value-type="date" office:date-value="{cell}"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            if cell.startswith("2035") else
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        ) + "</table:table-row>" for row in rows
    )  # fmt: skip
    return open_document(cells)


def test_an_open_document_sheet(run: Run) -> None:
    data = ods([["Titre", "Date", "Heure", "Durée"], ["Éolien", "2035-11-24", "14h30", "45"]])
    assert run(load, data, "tableau.ods") == {"session": 1}
    assert json.loads(run(lambda _tx: models.Session.get()).body)["starts_at"] == "2035-11-24T13:30:00Z"


def test_a_table_with_mistakes_is_not_taken_and_each_is_placed(run: Run) -> None:
    bad = "Titre;Date;Heure;Durée;Lien;Places;Niveaux;Statut\nBonne;24/11/2035;9h;45;;;;\n"
    bad += ";31/02/2035;25h;0;http://x;-1;CM2;oui\n"
    assert mistakes(run, bad.encode()) == [
        (3, "Titre"),
        (3, "Date"),
        (3, "Durée"),
        (3, "Lien de la visioconférence"),
        (3, "Niveaux"),
        (3, "Places"),
        (3, "Statut"),
    ]
    assert mistakes(run, b"Titre;Date;Heure;Dur\xe9e;Intervenant\nX;24/11/2035;9h;45;Personne\n") == [
        (2, "Intervenantes et intervenants")
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b"  ", b"rien;de;connu\n1;2;3", b"\xd0\xcf\x11\xe0....", b"PK\x03\x04 broken", b"\x00\x01\x02", b"{",
     b'{"changes": 3}', b"[" * 50_000, b'"x', b"x" * (2 * 1024 * 1024 + 1), b"[]x", b"\xff\xfe[\x00]\x00"],
)  # fmt: skip
def test_files_that_hold_nothing_for_us(run: Run, data: bytes) -> None:
    assert mistakes(run, data)


def test_a_workbook_that_swells_is_refused(run: Run) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 40_000_000)
    assert mistakes(run, file.getvalue()) == [(0, "")]


def test_a_file_of_changes_is_whole_or_nothing_with_line_and_field(run: Run) -> None:
    good = {"type": "session", "id": "A", "rev": 1, "body": SESSION}
    assert run(load, changes(good, {"type": "hologram", "id": "x", "rev": 1})) == {"session": 1}
    bad = changes(
        good, {"type": "session", "id": "B", "rev": 1, "body": {**SESSION, "duration_min": "45"}}, {"type": "speaker"}
    )
    second = bad.decode().split("\n").index("  },") + 2
    found = mistakes(run, bad)
    assert found[0] == (second, "duration_min") and len(found) == 2
    unknown = changes({"type": "session", "id": "C", "rev": 1, "body": {**SESSION, "speakers": ["nobody"]}})
    assert mistakes(run, unknown) == [(3, "speakers")]
    assert mistakes(run, changes({**good, "id": "n\0l"}))
    assert run(load, changes({"type": "session", "id": "A", "rev": 2, "deleted": True})) == {"session": 1}
    assert run(lambda _tx: models.Session.select().count()) == 0


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_surprises_the_reader(data: bytes) -> None:
    try:
        imports.read(data).whole()
    except imports.FileRefused as refusal:
        assert refusal.mistakes


def test_a_corrected_table_changes_what_it_says_and_no_more(run: Run) -> None:
    """Its hour corrected, without an identifier: the same session; what it has no column for stays."""
    run(load, changes({"type": "session", "id": "A", "rev": 1, "body": {**SESSION, "theme_week": "Mer"}}))
    run(load, "Titre;Date;Heure;Durée\nÉolien;24/11/2035;14h30;45\n".encode())
    before = run(lambda _tx: {row.id: json.loads(row.body) for row in models.Session.select()})
    run(load, "Titre;Date;Heure;Durée\nÉolien;24/11/2035;15h00;45\n".encode())
    after = run(lambda _tx: {row.id: json.loads(row.body) for row in models.Session.select()})
    assert after.keys() == before.keys()
    assert [body["starts_at"] for id, body in after.items() if id != "A"] == ["2035-11-24T14:00:00Z"]
    run(load, b"Identifiant;Titre;Date;Heure;Dur\xe9e\nA;Autre titre;02/12/2035;9h;45\n")
    held = json.loads(run(lambda _tx: models.Session.get_by_id("A")).body)
    assert held["title"] == "Autre titre"
    assert {name: held.get(name) for name in ("theme_week", "levels", "dossier", "meeting_url", "speakers")} == {
        "theme_week": "Mer",
        **{name: SESSION[name] for name in ("levels", "dossier", "meeting_url", "speakers")},
    }


PERSON = "Identifiant;Nom;Métier;Employeur;Présentation\nP-1;Aya;ingénieure / ingénieur;Vents;Elle répare.\n"
HELD = "Identifiant;Titre;Date;Heure;Durée;Places;Statut;Intervenant;Niveaux\nS-1;Éolien;24/11/2035;9h;45;6;{};Aya;4e\n"


def planned(run: Run, table: str, **options: bool) -> list[Line]:
    """What a table would change."""
    items = imports.read(table.encode()).whole()
    return list(run(lambda _tx: imports.made(items, **options)).lines)


def test_an_empty_cell_keeps_unless_told_and_one_that_says_so_erases(run: Run) -> None:
    run(load, PERSON.encode())
    run(load, HELD.format("Prévue").encode())
    row = "Identifiant;Titre;Date;Heure;Durée;Places;Intervenant;Niveaux\nS-1;Éolien;24/11/2035;9h;45;{};;{}\n"
    assert [one.kind for one in planned(run, row.format("", ""))] == ["same"]
    (told,) = planned(run, row.format("Effacer", ""))
    assert [(d.label, d.before, d.after) for d in told.differences] == [("Places", "6", "")]
    (every,) = planned(run, row.format("", ""), erase=True)
    assert {d.label for d in every.differences} == {"Places", "Intervenantes et intervenants", "Niveaux"}
    run(load, row.format("(effacer)", "3e").encode())
    body = json.loads(run(lambda _tx: models.Session.get()).body)
    assert (body.get("places"), body["levels"], body["speakers"]) == (None, ["3E"], ["P-1"])


def test_a_table_never_takes_away_what_a_person_has(run: Run) -> None:
    run(load, PERSON.encode())
    run(load, "Nom;Métier\nAya;ingénieure\n".encode())  # no identifier, one form of the job
    run(load, "Titre;Date;Heure;Durée;Intervenante;Métier\nX;24/11/2035;9h;45;Aya;ingénieure\n".encode())
    (row,) = run(lambda _tx: list(models.Speaker.select()))
    body = json.loads(row.body)
    assert (body["employer"], body["bio"], body["job"]["masculine"]) == ("Vents", "Elle répare.", "ingénieur")
    assert json.loads(run(lambda _tx: models.Session.get()).body)["speakers"] == ["P-1"]


def test_a_cancelled_session_is_not_planned_again(run: Run) -> None:
    run(load, PERSON.encode())
    run(load, HELD.format("Annulée").encode())
    table = "Identifiant;Titre;Date;Heure;Durée\nS-1;Éolien;25/11/2035;9h;45\n"
    (line,) = planned(run, table)
    assert (line.moved, line.revived, line.body.status) == (True, False, "cancelled")
    (line,) = planned(run, HELD.format("Prévue"))
    assert line.revived  # not ticked: somebody says so
    (line,) = planned(run, HELD.format(""))
    assert line.kind == "same"


def test_who_feels_a_change_is_told_before(run: Run) -> None:
    run(load, PERSON.encode())
    run(load, HELD.format("Prévue").encode())
    for number, state in enumerate(["confirmed"] * 3 + ["waitlisted", "cancelled"]):
        values = {"uai": UAI, "kiosk": "k", "seq": 1, "session_id": "S-1", "state": state, "created_at": 1}
        run(lambda _tx: models.Enrolment.create(id=f"E{number}", **values))  # noqa: B023
    (line,) = planned(run, HELD.format("Prévue").replace(";6;", ";2;").replace("9h", "10h"))
    assert (line.enrolled, line.confirmed, line.short, line.moved) == (4, 3, True, True)


def test_an_import_is_undone_but_for_what_somebody_changed_since(run: Run) -> None:
    run(load, PERSON.encode())
    run(load, HELD.format("Prévue").encode())
    table = HELD.format("Annulée").replace("S-1;Éolien", "S-1;Autre") + "S-2;Neuve;24/11/2035;9h;45;;;;\n"
    table += "S-3;Gardée;24/11/2035;9h;45;;;;\n"
    items = imports.read(table.encode()).whole()
    id = run(imports.bring, table.encode(), "t.csv")
    plan = run(lambda _tx: imports.made(items))
    take = {line.key for line in plan.lines}
    assert run(imports.save, id, items, plan.mark, take, erase=False) == 3
    run(load, "Identifiant;Titre;Date;Heure;Durée\nS-3;Changée;24/11/2035;9h;45\n".encode())
    assert run(imports.undo, id) == ["Gardée"]
    held = run(lambda _tx: {row.id: (row.title, row.status) for row in models.Session.select()})
    assert held == {"S-1": ("Éolien", "planned"), "S-3": ("Changée", "planned")}
    for again in (lambda: run(imports.undo, id), lambda: run(imports.save, id, items, plan.mark, take, erase=False)):
        with pytest.raises(OfficeError):
            again()


def test_the_command_line_says_then_writes_then_undoes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "p.csv"
    monkeypatch.setenv("KIOSK_CENTRE_DATA_DIR", str(tmp_path / "centre"))

    def said(table: str, *words: str, command: str = "import", code: int = 0) -> str:
        file.write_text(table, "utf-8")
        assert cli.main(["centre", command, *words]) == code
        return "".join(capsys.readouterr()).replace("\u00a0", " ").replace("\u202f", " ")

    assert "« Éolien », nouvelle" in said(PERSON + "", str(file), "--yes") + said(
        HELD.format("").replace("\nS", ";Note\nS"), str(file), "--dry-run"
    )
    assert "nouvelle" in said(HELD.format(""), str(file), "--yes")
    corrected = said(HELD.format("").replace("9h", "10h"), str(file), "--yes")
    assert "9 h 00" in corrected and "→" in corrected and "1 ligne enregistrée" in corrected
    id = corrected.split("undo ")[1].split()[0]
    assert "1 ne change pas" in said(HELD.format("").replace("9h", "10h"), str(file), "--yes")
    assert "Import défait" in said("", id, command="undo")
    assert "office_refused" in said("", id, command="undo", code=1)
    assert "→" in said(HELD.format("").replace("9h", "10h"), str(file), "--dry-run")
    wrong = said(HELD.format("").replace("Aya", "Zoé"), str(file), "--yes")
    assert "refusée : Personne inconnue" in wrong and "enregistrée" not in wrong
    assert "import_invalid" in said("", str(file), code=1)
    assert "file_missing" in said("", str(tmp_path / "absent"), code=1)
