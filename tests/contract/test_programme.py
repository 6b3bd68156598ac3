"""Tables as offices have them, read the same for the kiosk and for the centre; what is not read is named."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.contract import programme
from kiosk.contract.programme import cells, columns, dates, tables
from kiosk.contract.programme.items import FileRefused, Item, Programme
from kiosk.ground.typography import plain

PARIS_14_30 = dt.datetime(2026, 11, 24, 13, 30, tzinfo=dt.timezone.utc)
DAYS = (
    "24/11/2026|24/11/26|24.11.2026|24 / 11 / 2026|2026-11-24|2026/11/24|mardi 24 novembre 2026|Mardi 24/11/2026|"
    "24 nov. 2026|24-nov-26|24-nov.-2026|le 24/11/2026|46350|mar. 24 novembre 2026|24 Novembre 2026 "
)
LEVELS = {
    "2nde": ["2GT"], "4ème et 3ème": ["4E", "3E"], "3ème prépa métiers": ["3PM"], "Terminale générale": ["TGT"],
    "1ère bac pro": ["1PRO"], "Bac pro": ["2PRO", "1PRO", "TPRO"], "collège": ["6E", "5E", "4E", "3E"],
    "6e à 3e": ["6E", "5E", "4E", "3E"], "de la 5e à la 4e": ["5E", "4E"], "4e B": ["4E"], "CAP": ["CAP1", "CAP2"],
    "3e SEGPA, 2GT": ["3SEGPA", "2GT"], "2de / 1re": ["2GT", "1GT"], "Tle pro": ["TPRO"], "": [],
}  # fmt: skip
LENGTHS = {
    "45": 45, "45 min": 45, "45mn": 45, "45 minutes": 45, "45'": 45, "0:45": 45, "00:45": 45, "0h45": 45, "1h": 60,
    "1 h 30": 90, "55 min.": 55, "45.0": 45, "45,0": 45, "55\u00a0mn": 55, "00:45:00": 45,
}  # fmt: skip


def sheet(text: str, encoding: str = "utf-8") -> Programme:
    return programme.read(text.encode(encoding))


def workbook(*rows: list[object], merged: str = "", far: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    if far:
        book.active[far] = " "
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sessions(found: Programme) -> list[Item]:
    return [item for item in found.items if item.type == "session"]


@pytest.mark.parametrize("written", DAYS.split("|"))
def test_a_day_as_offices_write_it(written: str) -> None:
    assert dates.day(written) == dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    "written",
    ["24/11", "24 novembre", "31/02/2026", "semaine 50", "lundi 24 novembre 2026", "99/99/9999", "1" * 90],
)  # fmt: skip
def test_a_day_that_is_none_is_refused_with_what_was_written(written: str) -> None:
    with pytest.raises(ValueError) as refusal:
        dates.day(written)
    assert written[:30] in plain(str(refusal.value))


@pytest.mark.parametrize(
    ("day", "hour", "minutes"),
    [("24/11/2026", "14h30-15h15", 45), ("mardi 24 novembre 2026 à 14 h 30", "", None), ("2026-11-24 14:30", "", None),
     ("24/11/2026", "de 14h30 à 15h25", 55), ("24/11/2026 de 14h30 à 15h15", "", 45), ("24/11/2026", "14:30:00", None),
     ("2026-11-24T14:30", "", None), ("24/11/2026", "14.30 (heure de Paris)", None)],
)  # fmt: skip
def test_an_hour_alone_or_with_its_end(day: str, hour: str, minutes: int | None) -> None:
    assert dates.start(day, hour) == (PARIS_14_30, minutes)


@pytest.mark.parametrize(("written", "codes"), LEVELS.items())
def test_levels(written: str, codes: list[str]) -> None:
    assert cells.levels(written) == codes


@pytest.mark.parametrize(
    ("written", "codes"),
    [("collège (4e-3e)", ["4E", "3E"]), ("3e (collège)", ["3E"]), ("2de GT (toutes)", ["2GT"]), ("4e (SEGPA)", ["4E"]),
     ("lycée (2de, 1re)", ["2GT", "1GT"])],
)  # fmt: skip
def test_of_a_level_and_its_brackets_what_says_less_holds(written: str, codes: list[str]) -> None:
    assert cells.levels(written) == codes


@pytest.mark.parametrize("written", ["CM2 (collège)", "collège (cycle 4)", "(?)"])
def test_a_bracket_that_says_nothing_known_is_told(written: str) -> None:
    with pytest.raises(ValueError):
        cells.levels(written)


@pytest.mark.parametrize(
    ("written", "minutes", "form"),
    [("45", None, "college-45"), ("55 min", None, "lycee-55"), ("1 h", None, "custom"), ("45", 55, "lycee-55"),
     ("collège", 50, "college-45")],
)  # fmt: skip
def test_a_format_written_as_a_length(written: str, minutes: int | None, form: str) -> None:
    assert cells.format_of(written, minutes) == form


def test_a_length_in_the_format_s_cell_is_the_session_s() -> None:
    data = "Titre;Date;Heure;Format\nA;24/11/2026;14h30;60\nB;24/11/2026;14h30;45 min\n".encode()
    found = programme.read(data)
    assert found.mistakes == []
    assert [(one.body.format, one.body.duration_min) for one in found.items] == [("custom", 60), ("college-45", 45)]


@pytest.mark.parametrize("under", ["Total : 3 séances;;;", ";;;TOTAL", "Sous-total;;3;"])
def test_what_stands_under_a_table_is_no_line_of_it(under: str) -> None:
    found = programme.read(f"Titre;Date;Heure;Durée\nA;24/11/2026;14h30;45\n{under}\n".encode())
    assert len(found.items) == 1 and found.mistakes == [] and [one.line for one in found.left] == [3]
    whole = "Titre;Date\nTotal recall;24/11/2026 de 14h30 à 15h15\n".encode()
    assert [one.body.title for one in programme.read(whole).items] == ["Total recall"]
    people = programme.read("Nom;Métier\nMarco Totali;cuisinier\nTotalis Anne;soudeuse\n".encode())
    assert [one.body.name for one in people.items] == ["Marco Totali", "Totalis Anne"]


@pytest.mark.parametrize(
    ("written", "url"),
    [("visio.exemple.fr/abc", "https://visio.exemple.fr/abc"), ("https://a.fr/x", "https://a.fr/x"),
     ("http://a.fr/x", None), ("notes.docx", None), ("à venir", None), ("maya@exemple.fr/x", None)],
)  # fmt: skip
def test_a_link_without_its_beginning(written: str, url: str | None) -> None:
    found = programme.read(f"Titre;Date;Heure;Durée;Lien\nA;24/11/2026;14h30;45;{written}\n".encode())
    assert [one.body.meeting_url for one in found.items] == ([url] if url else [])
    assert bool(found.mistakes) == (url is None)


@pytest.mark.parametrize(("written", "minutes"), LENGTHS.items())
def test_lengths_of_time(written: str, minutes: int) -> None:
    assert dates.minutes(written) == minutes


def test_name_and_first_name_make_one_name() -> None:
    found = sheet("Prénom;Nom;Métier;Entreprise;Ville\nCamille;Ferrand;technicienne / technicien;Vents;Nantes\n")
    assert [item.body.name for item in found.items] == ["Camille Ferrand"]
    assert (found.items[0].body.employer, found.items[0].body.place, found.unread) == ("Vents", "Nantes", [])


def test_what_is_not_read_is_named_column_line_and_sheet() -> None:
    found = sheet(
        "Programme;;\n;;\nTitre de la séance;Date;Heure;Durée;Nb de places;Salle;Remarques;\n"
        "X;24/11/2026;14h30;45;6;B204;;oubli\n"
    )
    assert [column.header for column in found.unread] == ["Salle", "Remarques", "colonne H, sans titre"]
    assert [(left.line, "Programme" in left.why) for left in found.left] == [(1, True)]
    assert sessions(found)[0].body.places == 6
    book = openpyxl.load_workbook(io.BytesIO(workbook(["Titre", "Date"], ["X", "24/11/2026 14h30-15h15"])))
    book.create_sheet("Notes").append(["Bonjour"])
    book.save(file := io.BytesIO())
    assert [(left.sheet, left.line) for left in programme.read(file.getvalue()).left] == [("Notes", 0)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "mac_roman", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("first", ["", "sep=;\n", "Programme des métiers;;;\n;;;\n"])
def test_any_usual_encoding_and_what_stands_above(encoding: str, first: str) -> None:
    text = first + "Intitulé;Date;Heure;Durée\nTechnicienne éolienne à l’œuvre;24/11/2026;14h30;45\n"
    if encoding == "cp850":
        text = text.replace("’", "'").replace("œ", "oe")
    (item,) = sessions(sheet(text, encoding))
    assert item.body.title.startswith("Technicienne éolienne à l") and item.line == 2 + first.count("\n")


def test_a_workbook_with_merged_dates_times_as_lengths_and_a_stray_space_far_away() -> None:
    rows: list[list[object]] = [
        [],
        ["", "Titre", "Date", "Heure", "Durée"],
        ["", "M1", dt.date(2026, 11, 24), "14h30", dt.time(0, 45)],
    ]
    rows.append(["", "M2", None, dt.time(14, 30), dt.timedelta(minutes=55)])
    found = programme.read(workbook(*rows, merged="C3:C4", far="XFD2"))
    assert [(i.body.title, i.body.starts_at, i.body.duration_min, i.line) for i in found.items] == [
        ("M1", PARIS_14_30, 45, 3),
        ("M2", PARIS_14_30, 55, 4),
    ]
    assert found.mistakes == [] and found.unread == []


def test_a_row_that_says_who_speaks_makes_the_person_too() -> None:
    found = sheet(
        "Professionnels;Fonction;Quand;Durée;Parcours;Classe;Effectif\n"
        "Clara Petit;ingénieure du son;vendredi 11 décembre 2026 à 10 h;45;2010 : bac | Pause : un an;4e B;26\n"
    )
    person, session = found.items
    assert (person.body.name, session.body.title) == ("Clara Petit", "Ingénieure du son")
    assert [(step.when, step.what) for step in person.body.path] == [("2010", "bac"), ("", "Pause : un an")]
    assert (session.body.speakers, session.class_label, session.headcount) == ([person.id], "4e B", 26)


def test_equal_lines_count_once_and_lines_that_disagree_are_mistakes() -> None:
    head = "Identifiant;Titre;Date;Heure;Durée\n"
    twice = sheet(head + "S1;A;24/11/2026;14h30;45\nS1;A;24/11/2026;14h30;45\n")
    assert (len(twice.items), [left.line for left in twice.left]) == (1, [3])
    other = sheet(head + "S1;A;24/11/2026;14h30;45\nS1;A;24/11/2026;15h30;45\n")
    assert [(m.line, m.field) for m in other.mistakes] == [(3, "Identifiant")]


def test_a_mistake_stands_under_its_own_column() -> None:
    found = sheet("Titre;Date;Heure;Durée\nA;24/11/2026;25h;45\nB;semaine 50;14h;45\nC;24/11/2026;14h;long\n")
    assert [(m.line, m.field) for m in found.mistakes] == [(2, "Heure"), (3, "Date"), (4, "Durée")]
    assert found.items == []


@pytest.mark.parametrize("data", [b"%PDF-1.4 x", b"PK\x03\x04broken", b"rien;du;tout\n1;2;3\n", b"", b"\xff\xd8\xff"])
def test_what_is_no_programme_is_refused_with_a_cause(data: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        programme.read(data)
    assert all(mistake.message for mistake in refusal.value.mistakes)


@pytest.mark.parametrize(
    ("text", "read"), [('a;b\n"x;y\nz;t\n', False), ('a;b\n5" de large;y\n', True), ('a;b\n"x\ny";"""z"\n', True)]
)
def test_a_quote_that_never_closes_takes_nothing_in_silence(text: str, read: bool) -> None:
    if read:
        assert len(tables.read(text.encode())[0].rows) == 2
        return
    with pytest.raises(FileRefused) as caught:
        tables.read(text.encode())
    (mistake,) = caught.value.mistakes
    assert mistake.line == 2 and "guillemet" in mistake.message


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=120))
def test_no_cell_surprises_its_reader(text: str) -> None:
    for reader in (dates.day, dates.hours, dates.minutes, cells.levels, cells.path):
        try:
            reader(text)
        except ValueError as refusal:
            assert str(refusal)
    assert columns.known(text) in (*columns.FIELDS, "")
