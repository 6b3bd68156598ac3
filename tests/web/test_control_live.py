"""The live page over HTTP: each action does what it says, for plain forms and for scripts, or refuses with its code."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from factories import Teacher, audit_lines, make_question
from kiosk.domain import reflected, rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import moderation, questions, reflections

SCRIPT = {"X-Fragment": "1"}


def text(answer: Any) -> str:
    """A page as people read it: tags out, entities and no-break spaces made plain."""
    plain = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return re.sub(r"[\s\u00a0\u202f]+", " ", plain).replace("\u2060", "")


def text_of(part: str) -> str:
    """A piece of a page, without its tags."""
    return re.sub(r"<[^>]+>", "", part)


def status(kiosk: Kiosk, room: str, id: str) -> str:
    kiosk.database.connect_reader()
    return questions.one(room, id).status


def code(answer: Any) -> str:
    return str(answer.json["error"]["code"])


@pytest.fixture
def three(kiosk: Kiosk, room: str, write: Any) -> str:
    """Three questions to review, in the questions phase; the room's id."""
    for id, words in (("q1", "Vous gagnez combien ?"), ("q2", "C’est loin ?"), ("q3", "Le bruit vous gêne-t-il ?")):
        make_question(kiosk, room, id, words)
    write(rooms.set_phase, room, "questions")
    return room


def test_a_form_comes_back_with_the_next_question_selected(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    page = teacher.client.get("/prof?q=q2")
    assert 'id="e-q2" data-entry="q2"' in page.text and 'name="suite" value="q3"' in page.text
    answer = teacher.post("/prof/questions/q2/valider?q=q2", suite="q3")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/prof?q=q3")
    assert status(kiosk, three, "q2") == "approved"
    assert "2 à relire" in text(teacher.client.get("/prof"))


def test_a_script_gets_204_and_where_to_look_next(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    form = {"csrf": teacher.csrf(), "raison": "ton", "suite": "q2"}
    answer = teacher.client.post("/prof/questions/q1/cote?q=q1&faire=cote", data=form, headers=SCRIPT)
    assert (answer.status_code, answer.headers["X-Then"], answer.data) == (204, "/prof?q=q2", b"")
    kiosk.database.connect_reader()
    found = questions.one(three, "q1")
    assert (found.status, found.reason) == ("set_aside", "ton")


def test_a_refused_form_shows_the_sentence_and_what_was_typed(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    answer = teacher.post("/prof/questions/q1/reformuler?q=q1&faire=reformuler", texte="x" * 501, valider="1")
    assert answer.status_code == 422
    assert "Votre question dépasse 500 caractères" in text(answer) and "x" * 501 in answer.text
    assert status(kiosk, three, "q1") == "pending"


def test_reword_keeps_the_pupils_words_and_can_approve(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    teacher.post("/prof/questions/q1/reformuler", texte="Quelle est la rémunération ?", theme="salaire", valider="1")
    kiosk.database.connect_reader()
    found = questions.one(three, "q1")
    assert (found.text, found.original_text, found.theme, found.status) == (
        "Quelle est la rémunération ?",
        "Vous gagnez combien ?",
        "salaire",
        "approved",
    )
    teacher.post("/prof/annuler")
    assert status(kiosk, three, "q1") == "pending"


def test_the_life_of_a_question(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    make_question(kiosk, three, "next", "Et demain ?", after=moderation.approve)
    teacher.post("/prof/questions/q1/ecran")
    page = text(teacher.client.get("/prof"))
    assert "Copier pour la conversation" in page and "Répondue, question suivante « Et demain ? »" in page
    teacher.post("/prof/posees", ids="q1")
    assert status(kiosk, three, "q1") == "asked"
    assert "posée à" in text(teacher.client.get("/prof"))
    teacher.post("/prof/questions/q1/repondue", suivante="1")
    assert [status(kiosk, three, i) for i in ("q1", "next")] == ["answered", "on_screen"]
    teacher.post("/prof/retirer")
    assert status(kiosk, three, "next") == "approved"
    assert "« Et demain ? » retirée de l’écran" in text(teacher.client.get("/prof"))


def test_undo_puts_back_and_a_stale_button_undoes_nothing(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    teacher.post("/prof/questions/q1/valider")
    shown = re.search(r'name="acte" value="(\d+)"', teacher.client.get("/prof").text)
    assert shown is not None
    teacher.post("/prof/questions/q2/valider")
    answer = teacher.client.post("/prof/annuler", data={"csrf": teacher.csrf(), "acte": shown.group(1)}, headers=SCRIPT)
    assert (answer.status_code, code(answer)) == (409, "wrong_status")
    teacher.post("/prof/annuler")
    assert [status(kiosk, three, i) for i in ("q1", "q2")] == ["approved", "pending"]


def test_near_questions_are_regrouped_or_kept_apart(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    make_question(kiosk, three, "q4", "Vous gagnez combien ??", author="eleve-2")
    page = text(teacher.client.get("/prof"))
    assert "Groupe proposé 2 questions proches" in page and "Regrouper et valider" in page
    teacher.post("/prof/separer", ids="q1")
    assert "Groupe proposé" not in text(teacher.client.get("/prof"))
    teacher.post("/prof/annuler")
    teacher.post("/prof/regrouper", garder="q1", avec="q4", suite="q2")
    kiosk.database.connect_reader()
    kept = questions.listed(three, "S1", "approved")[0]
    assert (kept.id, [child.id for child in kept.merged], kept.support) == ("q1", ["q4"], 1)


def test_the_question_on_screen_is_the_one_kept(kiosk: Kiosk, three: str, teacher: Teacher, write: Any) -> None:
    write(moderation.put_on_screen, three, "q2")
    teacher.post("/prof/regrouper", garder="q1", avec="q2")
    assert [status(kiosk, three, i) for i in ("q1", "q2")] == ["merged", "on_screen"]


def test_hints_are_marked_in_the_text(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    make_question(kiosk, three, "q9", "Rappelez-moi au 06 12 34 56 78 svp ?")
    page = teacher.client.get("/prof?q=q9")
    assert re.search(r"<mark>06.12.34.56.78</mark>", page.text)
    assert "Donnée personnelle ? Un numéro de téléphone" in text(page)
    assert "1 à relire" not in text(page)


def test_order_of_what_comes_next(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    for id in ("a", "b", "c"):
        make_question(kiosk, room, id, after=moderation.approve)

    def order() -> list[str]:
        kiosk.database.connect_reader()
        return [q.id for q in questions.listed(room, "S1", "approved")]

    teacher.post("/prof/questions/c/place", sens="haut")
    assert order() == ["a", "c", "b"]
    teacher.post("/prof/questions/a/place", sens="bas")
    assert order() == ["c", "a", "b"]
    teacher.post("/prof/questions/b/place", avant="c")
    assert order() == ["b", "c", "a"]
    teacher.post("/prof/questions/b/place", avant="")
    assert order() == ["c", "a", "b"]


def test_typed_for_a_pupil(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    form = {"texte": "Et le bruit ?", "theme": "metier", "origine": "paper", "encore": "1"}
    answer = teacher.post("/prof/saisir?faire=saisir", **form)
    assert answer.headers["Location"] == "/prof?faire=saisir"
    kiosk.database.connect_reader()
    found = questions.listed(room, "S1", "approved")[0]
    assert (found.text, found.origin, found.theme, found.number) == ("Et le bruit ?", "paper", "metier", 1)
    refused = teacher.post("/prof/saisir?faire=saisir", texte="  ")
    assert refused.status_code == 422 and "Écrivez votre question" in text(refused)


def test_the_course_of_a_session(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    def phase() -> str:
        kiosk.database.connect_reader()
        return rooms.view(room).phase

    assert "Lancer le compte à rebours" in text(teacher.client.get("/prof"))
    for expected in PHASES.codes()[1:]:
        teacher.post("/prof/etape", vers="suivante")
        assert phase() == expected
        assert teacher.client.get("/prof").status_code == 200
    teacher.post("/prof/etape", vers="precedente")
    assert phase() == "reflection"
    form = {"csrf": teacher.csrf(), "vers": "suivante", "depuis": "talk"}
    late = teacher.client.post("/prof/etape", data=form, headers=SCRIPT)
    assert (late.status_code, code(late), phase()) == (409, "moved_on", "reflection")


def test_a_closed_intake_is_said_beside_the_queue_with_the_way_back(
    kiosk: Kiosk, three: str, teacher: Teacher, write: Any
) -> None:
    assert 'id="shut"' not in teacher.client.get("/prof").text
    for intake, words in (("paused", "Questions en pause"), ("frozen", "Liste close")):
        write(rooms.set_intake, three, intake)
        page = teacher.client.get("/prof")
        assert words in text(page) and 'name="prise" value="open">Rouvrir' in page.text
    teacher.post("/prof/prise", prise="open")
    assert 'id="shut"' not in teacher.client.get("/prof").text


def test_the_undo_line_is_short(kiosk: Kiosk, three: str, teacher: Teacher, write: Any) -> None:
    make_question(kiosk, three, "long", "Pourquoi " + "avez-vous choisi ce métier, " * 8)
    write(moderation.approve, three, "long")
    page = teacher.client.get("/prof?liste=posees").text
    undo = page[page.index('class="undo"') :]
    assert len(text_of(undo[: undo.index("</p>")])) < 130


def test_timer_and_intake(kiosk: Kiosk, room: str, teacher: Teacher, write: Any) -> None:
    write(rooms.set_phase, room, "questions")

    def seen() -> Any:
        kiosk.database.connect_reader()
        return rooms.view(room)

    before = seen().ends_at
    teacher.post("/prof/minuteur", faire="prolonger")
    assert seen().ends_at == before + 5 * 60_000
    teacher.post("/prof/minuteur", faire="pause")
    assert seen().ends_at is None and "en pause, 30 min" in text(teacher.client.get("/prof"))
    teacher.post("/prof/minuteur", faire="reprendre")
    assert seen().paused_ms is None
    teacher.post("/prof/prise", prise="frozen")
    assert seen().intake == "frozen"


def test_reflections_are_read_over_and_typed(kiosk: Kiosk, room: str, teacher: Teacher, write: Any) -> None:
    write(rooms.set_phase, room, "reflection")
    write(reflections.submit, room, "eleve-1", job="technicienne")
    write(reflections.submit, room, "eleve-2", surprise="la hauteur")
    assert "2 bilans à relire" in text(teacher.client.get("/prof"))
    teacher.post("/prof/bilans/1", statut="approved")
    teacher.post("/prof/bilans/2", statut="hidden")
    teacher.post("/prof/bilans", metier="technicienne", etudes="bac pro")
    kiosk.database.connect_reader()
    together = reflected.of_class(room, "S1", 26)
    assert (together.jobs, together.studies) == ([("technicienne", 2)], [("bac pro", 1)])
    assert (together.surprises, together.pending) == ([], 0)
    write(reflections.submit, room, "eleve-3", job="autre")
    teacher.post("/prof/bilans/tous", vus="4")
    assert "Rien à relire pour l’instant" in text(teacher.client.get("/prof"))


def test_the_text_for_the_conversation(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    page = teacher.client.get("/prof/copier?ids=q1")
    assert re.search(r"readonly[^>]*>4e B : Vous gagnez combien \?</textarea>", page.text)
    several = html.unescape(teacher.client.get("/prof/copier?ids=q2&ids=q1").text)
    assert "4e B :\n1. C’est loin ?\n2. Vous gagnez combien ?" in several
    assert teacher.client.get("/prof/copier").status_code == 422


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("/prof/questions/nope/valider", {}, (404, "unknown_question")),
        ("/prof/questions/q1/cote", {"raison": "méchante"}, (422, "unknown_reason")),
        ("/prof/questions/q1/reformuler", {"texte": " "}, (422, "question_empty")),
        ("/prof/questions/q1/reformuler", {"texte": "ok", "theme": "x"}, (422, "unknown_theme")),
        ("/prof/regrouper", {"garder": "q1"}, (422, "merge_needs_two")),
        ("/prof/annuler", {}, (409, "nothing_to_undo")),
        ("/prof/posees", {}, (422, "invalid")),
        ("/prof/questions/q1/place", {"sens": "haut"}, (404, "unknown_question")),
        ("/prof/etape", {"vers": "lune"}, (422, "unknown_phase")),
        ("/prof/minuteur", {"faire": "danser"}, (422, "invalid")),
        ("/prof/minuteur", {"faire": "reprendre"}, (409, "wrong_phase")),
        ("/prof/prise", {"prise": "fermée"}, (422, "invalid")),
        ("/prof/saisir", {"texte": "ok", "origine": "live"}, (422, "invalid")),
        ("/prof/saisir", {"texte": "ok", "intervenant": "X"}, (422, "unknown_speaker")),
        ("/prof/bilans", {"metier": "x"}, (409, "wrong_phase")),
        ("/prof/bilans/1", {"statut": "approved"}, (404, "unknown_question")),
    ],
)
def test_refusals(three: str, teacher: Teacher, path: str, data: dict[str, str], expected: tuple[int, str]) -> None:
    answer = teacher.client.post(path, data={"csrf": teacher.csrf(), **data}, headers=SCRIPT)
    assert (answer.status_code, code(answer)) == expected
    plain = teacher.post(path, **data)
    assert plain.status_code == expected[0] and plain.mimetype == "text/html"


def test_every_act_is_noted_without_words(kiosk: Kiosk, three: str, teacher: Teacher) -> None:
    teacher.post("/prof/questions/q1/reformuler", texte="Un texte secret ?")
    teacher.post("/prof/questions/q2/cote", raison="ton")
    teacher.post("/prof/saisir", texte="Un autre secret ?")
    kiosk.database.connect_reader()
    lines = [(entry.actor, entry.action, entry.detail) for entry in audit_lines()]
    assert lines[:4] == [
        ("teacher", "type_one", "spoken"),
        ("teacher", "set_aside", "q2 ton"),
        ("teacher", "reword", "q1"),
        ("teacher", "login", ""),
    ]
    assert "secret" not in str(lines)


def test_a_theme_is_proposed_where_nobody_chose_one(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    make_question(kiosk, room, "libre", "Vous recyclez vos déchets ?")
    make_question(kiosk, room, "choisie", "Quelles études avez-vous faites ?", theme="vie")
    page = teacher.client.get("/prof")
    assert text(page).count("Thème proposé") == 1 and "Thème proposé : Environnement" in text(page)
    form = teacher.client.get("/prof?faire=reformuler&q=libre").text
    assert '<option value="environnement" selected' in form
