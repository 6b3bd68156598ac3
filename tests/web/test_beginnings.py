"""Starters where a class meets them: slips to cut, « Préparer », the large display, phones."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

from factories import Teacher, make_room, make_session
from kiosk.contract import themes
from kiosk.domain import rooms, starters
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.ground.typography import NBSP, plain


def begun(page: str) -> list[str]:
    """The starters of a printed page."""
    found = re.findall(r'<p class="begin[^"]*">([^<]*)</p>', page)
    return [html.unescape(text).strip() for text in found]


def test_a_class_gets_a_slip_each_with_its_job_and_its_group(room: str, teacher: Teacher) -> None:
    """26 pupils: four sheets of eight, no starter twice, each with a place for the group and none for a name."""
    page = teacher.client.get("/prof/imprimer/coupons").text
    slips = begun(page)
    assert len(slips) == len(set(slips)) == 32
    assert page.count("Groupe <span></span>") == 32 and page.count("question ouverte") == 32
    assert "<b>Cheffe</b>" in page and "4e B" in plain(page) and "À qui" not in page


@pytest.mark.parametrize(("headcount", "sheets"), [(0, 1), (8, 1), (9, 2), (500, 5)])
def test_there_are_slips_for_everybody(kiosk: Kiosk, room: str, teacher: Teacher, headcount: int, sheets: int) -> None:
    kiosk.write(lambda tx: rooms.set_class(tx, room, "4e B", headcount))
    assert len(begun(teacher.client.get("/prof/imprimer/coupons").text)) == 8 * sheets


def test_with_several_speakers_a_slip_asks_for_whom(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    make_session(kiosk, "S3", speakers=3)
    kiosk.write(lambda tx: rooms.choose_session(tx, room, "S3", class_label="2de 1"))
    page = teacher.client.get("/prof/imprimer/coupons").text
    assert page.count("À qui") == 8 and page.count("Aux trois") == 8
    assert not [text for text in begun(page) if "cheffe" in text], "one job among three is nobody’s"


def test_slips_are_printed_without_a_session(kiosk: Kiosk, app, teacher: Teacher) -> None:
    other = make_room(kiosk, "Salle vide")
    page = teacher.client.get(f"/prof/imprimer/coupons?salle={rooms.code_of(other)}").text
    assert len(begun(page)) == 8 and "Ma question" in page


@pytest.mark.parametrize(("label", "said"), [("4e B", "Collège"), ("1re 3", "Lycée")])
def test_starters_are_for_the_class(kiosk: Kiosk, room: str, teacher: Teacher, label: str, said: str) -> None:
    kiosk.write(lambda tx: rooms.set_class(tx, room, label, 26))
    page = teacher.client.get("/prof/preparer").text
    assert re.search(rf'aria-current="true">\s*{said}', page)


def test_a_starter_is_written_in_the_field_without_a_script(room: str, teacher: Teacher) -> None:
    page = teacher.client.get("/prof/preparer?axe=vie&amorces=lycee").text
    assert page.count("data-starter=") == len(
        starters.line("vie", starters.LYCEE, {"of_job": "", "feminine": "1"}).starters
    )
    page = teacher.client.get("/prof/preparer?axe=metier&amorce=metier-3").text
    assert ">Que faites-vous quand </textarea>" in page
    assert '<option value="metier" selected>' in page


def test_a_closed_question_is_offered_to_be_opened_and_stays_as_it_is(room: str, teacher: Teacher) -> None:
    for text in ("Est-ce que vous aimez votre métier ?", "Comment avez-vous commencé ?"):
        teacher.post("/prof/preparer", texte=text)
    page = teacher.client.get("/prof/preparer").text.replace("\u00a0", " ").replace("\u2060", "")
    assert page.count("L’ouvrir avec « Comment… »") == 1
    assert re.search(r"y répondre\. <a", page)
    link = re.search(r'href="([^"]+)"[^>]*>\s*L’ouvrir avec', page)
    assert link
    editing = teacher.client.get(link[1]).text.replace("\u00a0", " ").replace("\u2060", "")
    assert "Pour l’ouvrir, si vous voulez" in editing and ">Est-ce que vous aimez votre métier ?</textarea>" in editing


@pytest.mark.parametrize("asked", ["axe=inconnu&amorce=metier-3x&amorces=primaire", "axe=vie&amorce=metier-3"])
def test_an_unknown_starter_begins_nothing(room: str, teacher: Teacher, asked: str) -> None:
    page = teacher.client.get(f"/prof/preparer?{asked}").text
    assert 'id="nouvelle" name="texte" rows="3" maxlength="240"></textarea>' in page


def test_the_empty_wall_says_how_to_begin(kiosk: Kiosk, room: str, client: FlaskClient) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    page = client.get("/ecran/fragment").text
    assert page.count("<small>") >= 4 and "Racontez-nous un jour où" in plain(page)


def test_a_tap_begins_the_question_of_a_phone(room: str, client: FlaskClient) -> None:
    """Three for each line, without a script too; the page of the form itself only gains a link."""
    page = client.get("/amorces").text
    codes = re.findall(r"[?&;]amorce=([a-z]+-\d+)", page)
    assert len(codes) == 12 and len(set(codes)) == 12
    assert re.findall(r'<ul class="begin" id="(\w+)"', page) == [line.code for line in themes.offered()]
    assert f'data-b="Que faites-vous quand{NBSP}"' in page
    form = client.get("/?amorce=metier-3").text
    assert f">Que faites-vous quand{NBSP}</textarea>" in form
    assert re.search(r'value="metier"\s+checked', form)
    assert "</textarea>" in client.get("/?amorce=nimporte").text


def test_a_phone_no_longer_suggests_a_closed_question(room: str, client: FlaskClient) -> None:
    assert "Est-ce que" not in client.get("/").text


def test_what_is_still_missing_has_a_beginning(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    """A line with fewer than two prepared questions is named, with a starter of its own to tap."""
    for n, theme in enumerate(["metier", "metier", "parcours", "parcours", "vie", "vie", "salaire"]):
        kiosk.write(lambda tx: preparation.add(tx, room, f"Que faites-vous {n} ?", theme=theme))
    page = plain(html.unescape(teacher.client.get("/prof/preparer").text))
    section = page[page.index("Ce qui manque encore") : page.index("Les premières passent")]
    assert "Les chiffres</b> : une seule." in section and 'data-of="salaire"' in section
    assert section.count("data-starter") == 1
    kiosk.write(lambda tx: preparation.add(tx, room, "Combien êtes-vous ?", theme="salaire"))
    assert "Ce qui manque encore" not in teacher.client.get("/prof/preparer").text
