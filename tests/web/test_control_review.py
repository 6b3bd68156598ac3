"""« Relecture avant affichage : Non » on the panel: two steps that say what it means, a loud band, and the way back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from factories import Teacher, audit_lines, make_question, make_room, make_session
from kiosk.app import create_kiosk
from kiosk.domain import rooms, unreviewed
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.domain.questions import moderation, questions, review
from kiosk.ground.config import Settings, load
from kiosk.ops import serving
from web.test_control_live import SCRIPT, code, text

#: The pages of the panel where the band must be seen.
PAGES = (
    "/prof",
    "/prof/preparer",
    "/prof/seances",
    "/prof/salle",
    "/prof/synchro",
    "/prof/liste",
    "/prof/mise-en-route",
)


@pytest.fixture
def class_(kiosk: Kiosk, room: str, write: Any) -> str:
    """A room in its questions."""
    write(rooms.set_phase, room, "questions")
    return room


def reviewed(kiosk: Kiosk, room: str) -> bool:
    kiosk.database.connect_reader()
    return rooms.view(room).reviewed


def off(teacher: Teacher) -> None:
    """Both steps."""
    assert teacher.post("/prof/relecture?faire=sansrelecture", active="0", compris="1").status_code == 303


def test_the_first_step_says_what_it_means_and_changes_nothing(kiosk: Kiosk, class_: str, teacher: Teacher) -> None:
    page = teacher.client.get("/prof")
    link = re.search(r'href="(/prof\?[^"]*faire=sansrelecture[^"]*)" id="moderation-off"', page.text)
    assert link is not None and 'name="active" value="0"' not in page.text
    step = text(teacher.client.get(link.group(1).replace("&amp;", "&")))
    assert "pendant dix minutes ?" in step and "Personne ne l’aura lu avant" in step and "Garder la relecture" in step
    assert reviewed(kiosk, class_) and "Sans relecture jusqu’à" not in step


def test_filters_that_filter_nothing_are_not_shown_and_what_waits_even_so_is_said(
    kiosk: Kiosk, class_: str, teacher: Teacher
) -> None:
    off(teacher)
    make_question(kiosk, class_, "n1", "Appelez-moi au 06 12 34 56 78 ?")
    page = teacher.client.get("/prof").text
    assert "Même sans relecture, une question signalée attend ici." in text(teacher.client.get("/prof"))
    assert "filtre=signalees" not in page
    teacher.post("/prof/relecture", active="1")
    make_question(kiosk, class_, "n2", "Avez-vous le vertige ?")
    page = teacher.client.get("/prof").text
    assert "filtre=signalees" in page and "Même sans relecture" not in page


def test_a_bare_click_or_an_old_page_is_refused(kiosk: Kiosk, class_: str, teacher: Teacher) -> None:
    answer = teacher.client.post("/prof/relecture", data={"csrf": teacher.csrf(), "active": "0"}, headers=SCRIPT)
    assert (answer.status_code, code(answer)) == (422, "confirm_first")
    assert reviewed(kiosk, class_)


def test_the_band_is_on_every_page_and_counts(kiosk: Kiosk, class_: str, teacher: Teacher) -> None:
    off(teacher)
    make_question(kiosk, class_, "q1", "Vous travaillez la nuit ?")
    make_question(kiosk, class_, "q2", "Appelez-moi au 06 12 34 56 78")
    for address in PAGES:
        page = teacher.client.get(address)
        assert page.status_code == 200 and 'class="band loud"' in page.text, address
        assert "1 question affichée ainsi." in text(page) and "Rétablir la relecture" in text(page)
    queue = text(teacher.client.get("/prof"))
    assert "1 à relire" in queue and "Affichées sans relecture" in queue


def test_the_way_back_is_one_press(kiosk: Kiosk, class_: str, teacher: Teacher) -> None:
    off(teacher)
    make_question(kiosk, class_, "q1", "Vous travaillez la nuit ?")
    assert teacher.post("/prof/relecture", active="1").status_code == 303
    kiosk.database.connect_reader()
    assert (reviewed(kiosk, class_), questions.one(class_, "q1").status) == (True, "pending")
    assert "Sans relecture" not in text(teacher.client.get("/prof"))
    kiosk.database.connect_reader()
    assert [line.action for line in audit_lines(2, class_)] == ["review_on", "review_off"]


def test_the_undo_line_tells_it_and_ends_it(kiosk: Kiosk, class_: str, teacher: Teacher) -> None:
    off(teacher)
    assert "Affichage sans relecture Annuler" in text(teacher.client.get("/prof"))
    teacher.post("/prof/annuler")
    assert reviewed(kiosk, class_)


def test_one_question_is_taken_back(kiosk: Kiosk, class_: str, teacher: Teacher) -> None:
    off(teacher)
    make_question(kiosk, class_, "q1", "Vous travaillez la nuit ?")
    teacher.post("/prof/questions/q1/retirer")
    kiosk.database.connect_reader()
    assert questions.one(class_, "q1").status == "pending"
    assert "« Vous travaillez la nuit ? » retirée de la liste, à relire" in text(teacher.client.get("/prof"))


def test_an_invited_moderator_sees_it_but_does_not_decide(kiosk: Kiosk, class_: str, app: Any, write: Any) -> None:
    write(review.suspend, class_)
    make_question(kiosk, class_, "q1", "Vous travaillez la nuit ?")
    invited = Teacher(app).invited(class_)
    page = invited.client.get("/prof")
    assert "Sans relecture jusqu’à" in text(page) and 'action="/prof/relecture' not in page.text
    assert "Affichage sans relecture" not in text(page)
    form = {"csrf": invited.csrf(), "active": "1"}
    assert code(invited.client.post("/prof/relecture", data=form, headers=SCRIPT)) == "teacher_only"
    assert invited.post("/prof/questions/q1/retirer").status_code == 303
    write(moderation.put_on_screen, class_, "q1")
    assert (
        code(invited.client.post("/prof/questions/q1/retirer", data={"csrf": invited.csrf()}, headers=SCRIPT))
        == "teacher_only"
    )


def test_outside_the_questions_it_is_not_offered(class_: str, teacher: Teacher, write: Any) -> None:
    write(rooms.set_phase, class_, "reflection")
    assert "Relecture avant affichage" not in text(teacher.client.get("/prof"))


def test_a_start_after_its_end_reads_over(settings: Settings) -> None:
    """The machine was off when the time was over: nothing unread stays in the class's list. Before that, it goes on."""
    before = create_kiosk(settings)
    before.writer.start()
    make_session(before, "S1")
    room_id = make_room(before, session_id="S1")
    before.write(lambda tx: review.suspend(tx, room_id))
    make_question(before, room_id, "q1", "Vous travaillez la nuit ?")
    assert before.writer.stop()
    before.database.close()
    for later, expected in ((60_000, (False, "approved")), (unreviewed.LONGEST_MS, (True, "pending"))):
        after = create_kiosk(settings)
        after.clock.correct(after.clock.now() + later, "teacher")
        serving.start(after)
        with after.database.reading():
            assert (rooms.view(room_id).reviewed, questions.one(room_id, "q1").status) == expected
        assert after.writer.stop()
        after.database.close()


def test_no_setting_takes_the_reading_over_away(app: Any, teacher: Teacher) -> None:
    assert load({}, {"KIOSK_MODERATION": "false"}) is not None  # an old file still starts
    assert teacher.post("/prof/salles", nom="Autre").status_code == 303
    kiosk = app.extensions["kiosk"]
    kiosk.database.connect_reader()
    assert all(rooms.view(id).reviewed for id, _name, _code in rooms.all_rooms())


def test_all_that_waits_is_set_aside_and_put_back(kiosk: Kiosk, class_: str, teacher: Teacher) -> None:
    for n in range(3):
        make_question(kiosk, class_, f"q{n}", f"Question {n} ?")
    make_question(kiosk, class_, "w", "J’ai envie de mourir")
    assert "Tout ce qui attend : mettre de côté" in text(teacher.client.get("/prof"))
    teacher.post("/prof/tout-de-cote")
    page = text(teacher.client.get("/prof"))
    assert "3 questions mises de côté d’un coup. Annuler" in page and "Un message qui inquiète" in page
    teacher.post("/prof/annuler")
    assert "3 à relire" in text(teacher.client.get("/prof"))
    kiosk.database.connect_reader()
    assert [line.action for line in audit_lines(2, class_)] == ["undo", "set_all_aside"]


def test_newcomers_are_shut_out_and_let_in_again(
    kiosk: Kiosk, class_: str, teacher: Teacher, client: Any, phone: Any
) -> None:
    inside = phone("telephone-1")
    assert "Fermer aux nouveaux appareils" in text(teacher.client.get("/prof"))
    teacher.post("/prof/appareils", faire="fermer")
    assert "Fermée aux nouveaux appareils depuis" in text(teacher.client.get("/prof"))
    assert inside.call("ask", {"id": "a", "text": "Toujours là ?"})["ok"]
    kiosk.clock.correct(kiosk.clock.now() + 2_000, "teacher")  # tokens are dated in whole seconds
    late = phone("telephone-2")
    assert late.call("ask", {"id": "b", "text": "Moi aussi ?"})["error"]["code"] == "newcomers_paused"
    client.get("/")
    page = client.post("/questions", data={"id": "c", "text": "Et moi ?"})
    assert page.status_code == 409 and "elle est toujours là" in text(page) and "Et moi ?" in page.text
    teacher.post("/prof/saisir", texte="Dite à voix haute ?")
    kiosk.database.connect_reader()
    assert [q.text for q in questions.listed(class_, "S1", "approved")] == ["Dite à voix haute ?"]
    teacher.post("/prof/appareils", faire="rouvrir")
    assert late.call("ask", {"id": "b", "text": "Moi aussi ?"})["ok"]
    kiosk.database.connect_reader()
    assert [line.action for line in audit_lines(9, class_) if "newcomers" in line.action] == [
        "newcomers_open",
        "newcomers_shut",
    ]


def test_who_read_over_is_thanked_once_it_ended(kiosk: Kiosk, class_: str, app: Any, write: Any) -> None:
    """By the teacher's hand, by the moderator's own, or by its time: never a code that nobody gave them."""
    for number, end in enumerate(("taken", "left", "time")):
        invited = Teacher(app).invited(class_)
        assert "à relire" in text(invited.client.get("/prof"))
        if end == "taken":
            kiosk.database.connect_reader()
            write(access.revoke_device, access.devices(kiosk.clock.now(), class_)[0].id)
        elif end == "left":
            invited.post("/prof/deconnexion")
        else:
            kiosk.clock.correct(kiosk.clock.now() + access.INVITATION_MS + 1, "teacher")
        page = invited.client.get("/prof", follow_redirects=True)
        assert "La relecture est terminée. Merci." in text(page) and "classe 4e B" in text(page), end
        assert 'name="pin"' not in page.text
        assert 'name="pin"' in invited.client.get("/prof/connexion?code=1").text
    kiosk.clock.correct(kiosk.clock.now() + 86_400_000, "teacher")
    assert 'name="pin"' in invited.client.get("/prof/connexion").text
