"""« Préparer en classe »: the teacher's page, and what the large display shows of the lesson."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from factories import Teacher, make_question, make_session
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.lesson import lessons, steps
from kiosk.domain.questions import moderation, preparation
from kiosk.ground.typography import plain
from kiosk.storage.models import Question, Speaker

PATH = [{"when": "2012", "what": "Bac pro"}, {"when": "2013", "what": "Pause : la criée"}]


@pytest.fixture
def begun(room: str, teacher: Teacher) -> str:
    teacher.post("/prof/lecon", faire="commencer")
    return room


def display(client: FlaskClient) -> str:
    return plain(client.get("/ecran/fragment").text)


def page(teacher: Teacher) -> str:
    return plain(teacher.client.get("/prof/lecon").text)


def ready(kiosk: Kiosk, room: str, id: str, text: str, **values: str) -> None:
    make_question(kiosk, room, id, text, after=moderation.approve, **values)


@pytest.mark.parametrize("step", steps.STEPS, ids=lambda step: step.code)
def test_a_step_is_one_key_and_the_display_follows(begun: str, teacher: Teacher, client: FlaskClient, step) -> None:
    answer = teacher.post("/prof/lecon", etape=step.code)
    assert answer.headers["Location"].startswith("/prof/lecon")
    shown = display(client)
    assert 'data-screen="lesson"' in shown and re.search(rf"0?{step.minutes}:00|0?{step.minutes - 1}:5", shown)
    assert step.title in shown.replace("\u2060", "") and step.how in shown
    held = page(teacher)
    assert re.search(rf'value="{step.code}"\s+data-key="{list(steps.STEPS).index(step) + 1}"', held)
    assert step.title in held


def test_looking_shows_the_path_whole(kiosk: Kiosk, begun: str, client: FlaskClient) -> None:
    kiosk.write(lambda tx: Speaker.update(path=PATH).execute())
    shown = display(client)
    assert "2012" in shown and "2013" in shown and "la criée" in shown


def test_writing_shows_two_starters_a_line_for_the_school_chosen(
    begun: str, teacher: Teacher, client: FlaskClient
) -> None:
    teacher.post("/prof/lecon", etape="write")
    college = re.findall(r"<p[^>]*>([^<]*…[^<]*)</p>", display(client))
    teacher.post("/prof/lecon", amorces="lycee")
    lycee = re.findall(r"<p[^>]*>([^<]*…[^<]*)</p>", display(client))
    assert len(college) == len(lycee) == 8 and college != lycee


def test_without_phones_the_strip_says_what_to_do_with_a_slip(
    kiosk: Kiosk, begun: str, teacher: Teacher, client: FlaskClient
) -> None:
    teacher.post("/prof/lecon", etape="write")
    assert "écrite ici" in display(client)
    kiosk.write(lambda tx: rooms.set_preference(tx, begun, "phones", False))
    shown = display(client)
    assert "Le numéro du groupe, pas de nom" in shown and "écrite" not in shown and '<svg class="qr"' not in shown


def test_the_display_shows_only_what_was_read_and_chosen(
    kiosk: Kiosk, begun: str, teacher: Teacher, client: FlaskClient
) -> None:
    ready(kiosk, begun, "good", "Que faites-vous le matin ?")
    make_question(kiosk, begun, "unread", "Personne ne m’a lue ?")
    make_question(kiosk, begun, "fear", "je veux mourir")
    teacher.post("/prof/lecon", etape="choose")
    shown = display(client)
    assert "matin" not in shown and shown.count("à choisir") == 8
    teacher.post("/prof/lecon/good/place", prendre="1")
    for id in ("unread", "fear"):
        assert teacher.post(f"/prof/lecon/{id}/place", prendre="1").status_code == 409
    shown = display(client)
    assert "matin" in shown and shown.count("à choisir") == 7
    assert "Personne" not in shown and "mourir" not in shown
    held = page(teacher)
    assert "Personne" not in held and "mourir" not in held and "1 question à relire d’abord" in held


def test_a_slip_is_typed_with_its_group_which_stays_for_the_next(begun: str, teacher: Teacher) -> None:
    answer = teacher.post("/prof/lecon/billet", texte="Que faites-vous ?", groupe="3", theme="metier")
    assert "groupe=3" in answer.headers["Location"]
    held = plain(teacher.client.get(answer.headers["Location"]).text)
    assert '<option value="3" selected>' in held
    found = lessons.of(begun, "S1")
    assert found is not None and list(found.slips.values()) == [3]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"texte": ""}, 422),
        ({"texte": "x" * 241}, 422),
        ({"texte": "Que faire ?", "groupe": "99"}, 422),
        ({"texte": "Que faire ?", "groupe": "²"}, 422),
        ({"texte": "Que faire ?", "groupe": "-1"}, 422),
        ({"texte": "Que faire ?", "theme": "inconnu"}, 422),
        ({"texte": "Que faire ?", "intervenant": "personne"}, 422),
    ],
)
def test_a_refused_slip_is_still_there(begun: str, teacher: Teacher, fields: dict[str, str], status: int) -> None:
    answer = teacher.post("/prof/lecon/billet", **fields)
    assert answer.status_code == status and Question.select().count() == 0
    assert f">{fields['texte']}</textarea>" in plain(answer.text) and 'id="refus"' in answer.text


def test_closed_questions_are_opened_there(kiosk: Kiosk, begun: str, teacher: Teacher) -> None:
    ready(kiosk, begun, "a", "Vous avez peur ?", theme="vie")
    prepared = kiosk.write(lambda tx: preparation.add(tx, begun, "Aimez-vous la pluie ?")).id
    teacher.post("/prof/lecon", etape="open")
    assert "2 questions où « oui » suffit" in page(teacher)
    teacher.post("/prof/lecon/a/rouvrir", texte="De quoi avez-vous peur ?")
    teacher.post(f"/prof/lecon/{prepared}/rouvrir", texte="Qu’aimez-vous quand il pleut ?")
    assert {q.text for q in Question.select()} == {"De quoi avez-vous peur ?", "Qu’aimez-vous quand il pleut ?"}
    assert Question.get_by_id("a").theme == "vie"
    assert "Aucune question fermée" in page(teacher) and "1 rouverte" in page(teacher)


def test_a_case_is_one_press(kiosk: Kiosk, begun: str, teacher: Teacher, client: FlaskClient) -> None:
    ready(kiosk, begun, "a", "Que faites-vous ?")
    teacher.post("/prof/lecon", etape="sort")
    assert "1 question sans case" in page(teacher)
    teacher.post("/prof/lecon/a/rouvrir", theme="salaire")
    assert (Question.get_by_id("a").theme, Question.get_by_id("a").text) == ("salaire", "Que faites-vous ?")
    assert re.search(r'<b class="num">1</b>\s*question, il en manque', display(client))


def test_it_ends_in_the_prepared_list_and_may_be_undone_there(
    kiosk: Kiosk, begun: str, teacher: Teacher, client: FlaskClient
) -> None:
    ready(kiosk, begun, "a", "Que faites-vous ?")
    teacher.post("/prof/lecon/a/place", prendre="1")
    answer = teacher.post("/prof/lecon/fin")
    assert answer.headers["Location"].startswith("/prof/preparer")
    assert 'data-screen="join"' in display(client)
    assert "Les questions choisies sont en tête des préparées." in plain(teacher.client.get("/prof/preparer").text)
    assert "La leçon est finie" in page(teacher)
    teacher.post("/prof/annuler", page="lesson")
    assert preparation.listed(begun, "S1") == []


def test_interrupted_the_display_welcomes_again(begun: str, teacher: Teacher, client: FlaskClient) -> None:
    teacher.post("/prof/lecon", etape="open")
    teacher.post("/prof/lecon", faire="interrompre")
    assert 'data-screen="join"' in display(client)
    assert "À l’étape « Ouvrir »." in page(teacher)
    teacher.post("/prof/lecon", faire="commencer")
    assert 'data-screen="lesson"' in display(client)


def test_several_speakers_have_their_paths_and_slips_are_for_one(
    kiosk: Kiosk, room: str, teacher: Teacher, client: FlaskClient
) -> None:
    make_session(kiosk, "S3", speakers=3)
    kiosk.write(lambda tx: rooms.choose_session(tx, room, "S3", class_label="2de 1"))
    kiosk.write(lambda tx: Speaker.update(path=PATH).execute())
    teacher.post("/prof/lecon", faire="commencer")
    assert display(client).count("2012") == 3
    assert 'name="intervenant"' in page(teacher)


def test_during_the_talk_the_page_says_so(begun: str, kiosk: Kiosk, teacher: Teacher) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, begun, "talk"))
    assert "La séance est commencée" in page(teacher)
    assert teacher.post("/prof/lecon", etape="write").status_code == 409


@pytest.mark.parametrize("fields", [{}, {"faire": "danser"}, {"etape": "danser"}, {"amorces": "primaire"}])
def test_what_no_button_says_is_refused(begun: str, teacher: Teacher, fields: dict[str, str]) -> None:
    assert teacher.post("/prof/lecon", **fields).status_code == 422


def test_an_invited_moderator_does_not_conduct(begun: str, app, client: FlaskClient) -> None:
    guest = Teacher(app).invited(begun)
    assert guest.client.get("/prof/lecon").status_code == 403
    assert guest.post("/prof/lecon", etape="write").status_code == 403


def test_a_room_without_a_session_leads_to_one(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: rooms.set_fields(tx, room, "session", session_id=None))
    assert "Choisissez d’abord une séance" in page(teacher)
