"""Noting the answers: on the panel, on the page of pupils given the task, and what the author of a question reads."""

from __future__ import annotations

import html
import re

import pytest

from factories import Phone, Teacher, audit_lines, make_question
from kiosk.domain import rooms
from kiosk.domain.people import access, devices
from kiosk.domain.questions import answers, moderation, preparation
from kiosk.storage.models import AnswerLine, Question

LINE = "Oui, la première nuit."
PHONE = "telephone-de-l-autrice"
SCRIPT = {"X-Fragment": "1"}


@pytest.fixture
def class_(kiosk, room, write):
    """A room in its questions, one of which was asked."""
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "asked", "Combien de marches ?", author=devices.author_of(PHONE, "S1"))
    write(moderation.mark_asked, room, "asked")
    return room


@pytest.fixture
def noting(app, class_):
    """A browser of the pupils who note."""
    return Teacher(app).invited(class_, "secretary")


def text(answer):
    return html.unescape(re.sub(r"[ \s]+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def mine(app):
    client = app.test_client()
    client.set_cookie("kiosk_device", PHONE)
    return text(client.get("/mes-questions"))


def test_the_teacher_notes_on_the_live_page(app, class_, teacher):
    page = teacher.client.get("/prof?liste=posees")
    assert 'action="/prof/reponses/asked' in page.text and "Une ligne suffit" in text(page)
    answer = teacher.post("/prof/reponses/asked?liste=posees", ligne=LINE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/prof?liste=posees")
    assert f'value="{LINE}"' in teacher.client.get("/prof?liste=posees").text
    assert f"« {LINE} » Notée par la classe." in mine(app)
    assert [(one.action, one.detail) for one in audit_lines(1)] == [("answer_note", "asked")]


def test_a_line_too_long_is_not_lost(class_, teacher):
    typed = "y" * 161
    answer = teacher.post("/prof/reponses/asked?liste=posees", ligne=typed)
    assert answer.status_code == 422 and f'value="{typed}"' in answer.text and "160 caractères" in text(answer)


def test_a_group_is_invited_to_note_and_its_lines_wait(app, kiosk, class_, teacher):
    page = teacher.post("/prof/salle/invitations", pour="reponses")
    (link,) = set(re.findall(r"/relecture/([\w-]+)", page.text))
    assert "Pour deux élèves qui notent les réponses" in text(page)
    pupils = [Teacher(app) for _one in range(3)]
    for pupil in pupils:
        door = pupil.client.get(f"/relecture/{link}")
        answer = pupil.client.post(f"/relecture/{link}", data={"csrf": pupil.csrf()})
        assert "Noter les réponses" in text(door) and "valider, reformuler" not in text(door)
    assert (answer.status_code, access.invitations(class_, kiosk.clock.now())[0].full) == (403, True)
    assert (
        pupils[0]
        .client.post(f"/relecture/{link}", data={"csrf": pupils[0].csrf()})
        .headers["Location"]
        .startswith("/prof/reponses")
    )
    answer = pupils[0].post("/prof/reponses/asked/proposer", ligne="Elle a eu peur")
    assert answer.status_code == 303
    assert "Votre professeur va la relire" in text(pupils[1].client.get("/prof/reponses"))
    assert "Elle a eu peur" not in mine(app)
    waiting = teacher.client.get("/prof?liste=posees")
    assert "Écrit par le groupe, à relire" in text(waiting) and 'name="vu" value="Elle a eu peur"' in waiting.text
    teacher.post("/prof/reponses/asked?liste=posees", ligne="Elle a eu peur", vu="Elle a eu peur")
    assert "« Elle a eu peur » Notée par la classe." in mine(app)


def test_a_proposed_line_is_put_away(class_, teacher, write):
    write(answers.propose, class_, "asked", "nul", "eleve-9")
    teacher.post("/prof/reponses/asked", ligne="nul", vu="nul", ecarter="1")
    assert AnswerLine.select().count() == 0


@pytest.mark.parametrize("phase", ["questions", "reflection", "closed"])
def test_the_lines_that_wait_are_a_list_of_their_own_in_every_moment(app, class_, teacher, write, phase):
    write(answers.propose, class_, "asked", LINE, "eleve-9")
    write(rooms.set_phase, class_, phase)
    begun = teacher.client.get("/prof")
    assert "1 ligne de réponse à relire" in text(begun) and "liste=lignes" in begun.text and LINE not in text(begun)
    page = teacher.client.get("/prof?liste=lignes")
    assert "1 ligne à relire" in text(page) and LINE in text(page)
    answer = teacher.post("/prof/reponses/asked?liste=lignes", ligne=LINE, vu=LINE)
    assert answer.headers["Location"] == "/prof?liste=lignes"
    assert "Aucune ligne à relire" in text(teacher.client.get("/prof?liste=lignes"))
    assert "ligne de réponse à relire" not in text(teacher.client.get("/prof"))


def test_the_reflections_and_the_questions_are_both_within_reach(class_, teacher, write):
    for phase in ("reflection", "closed"):
        write(rooms.set_phase, class_, phase)
        assert "bilan à relire" in text(teacher.client.get("/prof?liste=bilans"))
        page = teacher.client.get("/prof?liste=posees")
        assert "Combien de marches ?" in text(page) and "liste=bilans" in page.text
    write(rooms.set_phase, class_, "questions")
    assert "bilan à relire" not in text(teacher.client.get("/prof?liste=bilans"))


def test_who_reads_over_on_invitation_reads_no_line(app, class_, write):
    write(answers.propose, class_, "asked", LINE, "eleve-9")
    helper = Teacher(app).invited(class_)
    for address in ("/prof", "/prof?liste=lignes"):
        assert "ligne" not in text(helper.client.get(address)), address


def test_hints_are_shown_on_what_waits(class_, teacher, write):
    write(answers.propose, class_, "asked", "Appelle le 06 39 98 12 34", "eleve-9")
    assert "Donnée personnelle ?" in text(teacher.client.get("/prof?liste=posees"))


def test_pupils_who_note_have_one_page(class_, noting):
    page = noting.client.get("/prof/reponses")
    assert "Combien de marches ?" in text(page) and "Vous notez les réponses pour la classe." in text(page)
    assert noting.client.get("/prof", headers=SCRIPT).status_code == 403
    assert noting.client.get("/prof/connexion").headers["Location"].startswith("/prof/reponses")


def test_a_pupil_in_danger_reads_whom_to_call(class_, noting):
    answer = noting.post("/prof/reponses/asked/proposer", ligne="je veux me suicider")
    page = text(noting.client.get(answer.headers["Location"]))
    assert "Si vous n’allez pas bien" in page and "3114" in page and "suicider" not in page
    assert AnswerLine.select().count() == 0 and Question.select().where(Question.worry != "").count() == 1


def test_a_line_of_who_notes_too_long_is_not_lost(class_, noting):
    answer = noting.post("/prof/reponses/asked/proposer", ligne="y" * 161)
    assert answer.status_code == 422 and f'value="{"y" * 161}"' in answer.text


def test_who_notes_hears_that_something_changed_and_not_of_what(app, kiosk, class_, noting, write):
    socket = Phone(app, "/control", {}, browser=noting.client)
    make_question(kiosk, class_, "secret-id", after=moderation.approve)
    news = socket.wait("changed")
    assert set(news) == {"rev", "what"} and "secret-id" not in str(socket.heard())
    socket.close()


def test_the_right_to_note_ends(app, kiosk, class_, noting):
    kiosk.clock._anchor_ms += access.INVITATION_MS + 1
    assert "Merci d’avoir noté" in text(noting.client.get("/prof/connexion"))
    assert noting.client.get("/prof/reponses", headers=SCRIPT).status_code == 401


# -- the receipt


def test_erasing_answers_with_a_receipt(app, kiosk, class_, teacher):
    for number in range(6):
        make_question(kiosk, class_, f"q{number}")
    answer = teacher.post("/prof/salle/effacer", compris="1")
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/prof/salle/recu")
    page = text(teacher.client.get("/prof/salle/recu"))
    assert "7 questions, leurs voix et leurs thèmes" in page and "moins de 5 bilans" in page
    assert "les totaux de la séance, sans texte" in page and "Combien de marches" not in page


def test_a_receipt_says_no_number_below_five(app, kiosk, class_, teacher):
    teacher.post("/prof/salle/effacer", compris="1")
    page = teacher.client.get("/prof/salle/recu")
    ticks = html.unescape(" ".join(re.findall(r"<li>(.*?)</li>", page.text)))
    assert "moins de 5 questions" in ticks and set(re.findall(r"\d+", ticks)) == {"5"}


def test_without_an_erasure_there_is_no_receipt(class_, teacher):
    assert "Rien n’a été effacé" in text(teacher.client.get("/prof/salle/recu"))


def test_what_still_waits_to_leave_is_named_before(kiosk, class_, teacher, write):
    write(preparation.add, class_, "Une question préparée ?")
    assert "Synchroniser d’abord" in text(teacher.client.get("/prof/salle"))
