"""The report on the panel: one sheet, a spreadsheet and a list, which say the same."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from python_calamine import CalamineWorkbook

from factories import make_question, make_room, make_session
from kiosk.domain import retention, rooms
from kiosk.domain.questions import moderation
from kiosk.storage.models import Meeting, Speaker

FORMULA = "=HYPERLINK(1)"


def text(answer):
    return html.unescape(re.sub(r"[ \s]+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


@pytest.fixture
def year(kiosk, room, write, teacher):
    """Two talks: seven questions, six of which were asked; three, none asked; the words erased."""
    make_session(kiosk, "S2")
    kiosk.write(lambda tx: Speaker.update(job_feminine=FORMULA).where(Speaker.id == "S2-P1").execute())
    other = make_room(kiosk, "Autre", session_id="S2", class_label="3e A")
    for place, received, asked in ((room, 7, 6), (other, 3, 0)):
        write(rooms.set_phase, place, "questions")
        for number in range(received):
            after = moderation.mark_answered if number < asked else None
            make_question(kiosk, place, f"{place}-{number}", author=f"e{number}", after=after)
        kiosk.clock._anchor_ms += 46 * 60_000
        write(rooms.set_phase, place, "closed")
        write(retention.wipe, place)
    return teacher


def test_the_sheet_says_the_year_without_a_small_number(kiosk, year):
    page = year.client.get("/prof/rapport")
    said = text(page)
    assert "2 séances" in said and "2 métiers différents" in said and "2 métiers sur les 40 à 50 visés" in said
    assert "6 questions reçues" in said and "6 questions posées" in said and "totaux sont des minimums" in said
    assert re.search(r"Le \w+ \d+(er)? \w+\.", said) and "Du " not in said  # both were held the same day
    assert Meeting.select().count() == 2 and page.text.count('class="done') == 2


def test_the_list_and_the_spreadsheet_say_the_same(kiosk, year):
    listed = year.client.get("/prof/rapport.csv")
    assert listed.text.startswith("\ufeff") and listed.headers["Content-Disposition"].endswith('rapport-metiers.csv"')
    rows = list(csv.reader(io.StringIO(listed.text.lstrip("\ufeff")), delimiter=";"))
    assert [row[1:3] + row[4:] for row in rows[1:]] == [["4e B", "4e", "46", "6", "6"], ["3e A", "3e", "46", "–", "–"]]
    assert rows[2][3] == f"'{FORMULA}"
    book = CalamineWorkbook.from_filelike(io.BytesIO(year.client.get("/prof/rapport.ods").data))
    sheet = book.get_sheet_by_name("Séances").to_python()
    assert [[str(cell).removesuffix(".0") for cell in row[4:]] for row in sheet] == [row[4:] for row in rows]
    assert sheet[2][3] == FORMULA, "a text is no formula there"
    assert book.sheet_names == ["Séances", "Niveaux", "Métiers", "Thèmes", "Lire ce rapport"]


def test_an_empty_year_says_so(room, teacher):
    for address in ("/prof/rapport", "/prof/rapport?annee=2001", "/prof/rapport?annee=²", "/prof/rapport?annee=99999"):
        page = teacher.client.get(address)
        assert page.status_code == 200 and "Aucune séance n’est terminée cette année" in text(page)
    assert (
        teacher.client.get("/prof/rapport.ods").status_code
        == teacher.client.get("/prof/rapport.csv").status_code
        == 200
    )


def test_it_is_found_from_the_sessions(room, teacher):
    assert "/prof/rapport" in teacher.client.get("/prof/seances").text


def test_what_classes_ask_about_is_told_by_groups_of_talks(kiosk, year, write):
    """On the sheet and in the spreadsheet, the most asked first; a theme of fewer than five, nowhere."""
    assert "Ce que les classes demandent" not in text(year.client.get("/prof/rapport"))
    for number in range(3):
        place = make_room(kiosk, f"Salle {number}", session_id=make_session(kiosk, f"T{number}"))
        write(rooms.set_phase, place, "questions")
        for theme, n in (("vie", 8), ("parcours", 5), ("egalite", 1)):
            for at in range(n):
                id = f"{number}-{theme}-{at}"
                make_question(kiosk, place, id, author=f"e{at}", theme=theme, after=moderation.mark_answered)
        write(rooms.set_phase, place, "closed")
        write(retention.wipe, place)
    kiosk.database.connect_reader()
    said = text(year.client.get("/prof/rapport"))
    assert "La personne et la vie 24" in said and "Le parcours et les études 15" in said
    assert said.index("La personne et la vie 24") < said.index("Le parcours et les études 15")
    assert "L’égalité entre femmes et hommes" not in said and "par quatre séances au moins" in said
    book = CalamineWorkbook.from_filelike(io.BytesIO(year.client.get("/prof/rapport.ods").data))
    rows = [[str(cell).removesuffix(".0") for cell in row] for row in book.get_sheet_by_name("Thèmes").to_python()]
    assert rows[1:3] == [["La personne et la vie", "24"], ["Le parcours et les études", "15"]]
    assert all(int(n) >= 5 for _theme, n in rows[1:])
