"""The reflection and what comes after it, on the pages: phones, panel, display, « Tout effacer »."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from factories import Teacher, make_question, make_room, make_session
from kiosk.domain import overdue, reflected, reports, retention, rooms, stored
from kiosk.domain.questions import moderation, open_questions, reflections, replies
from kiosk.ground.instants import DAY
from kiosk.storage.models import Answer, Operation, Question, Reflection


@pytest.fixture
def class_(room: str, write: Any) -> str:
    write(rooms.set_phase, room, "reflection")
    return room


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))).replace("\u2060", "")


def screen(app: Any) -> str:
    return text(app.test_client().get("/ecran/fragment", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}))


def answer_row(tx: Any, id: str = "a1", **more: Any) -> None:
    given = {"question_id": id, "session_id": "S1", "question": "Avez-vous peur ?", "text": "Parfois, la nuit.", **more}
    Answer.insert(id=id, rev=1, answered_at=tx.now, came_at=tx.now, **given).execute()


def test_a_phone_ticks_writes_and_finds_all_of_it_again(app: Any, class_: str, kiosk: Any) -> None:
    phone = app.test_client()
    page = phone.get("/bilan")
    assert "phone-reflection" in page.text and "cheffe" not in page.text  # the job is what is asked
    sent = {"job": "Cheffe", "tracks": ["cap", "bts_but"], "studies": "BTS MS", "career": "Directrice",
            "useful": "rather", "more": "maybe"}  # fmt: skip
    assert phone.post("/bilan", data=sent).status_code == 303
    told = text(phone.get("/bilan"))
    for words in ("Cheffe", "CAP, BTS, BUT, BTS MS", "Directrice", "utile", "peut-être"):
        assert words in told
    again = phone.get("/bilan?corriger=1").text
    assert len(re.findall(r"value=\"(?:cap|bts_but|rather|maybe)\"\s+checked", again)) == 4
    refused = phone.post("/bilan", data={**sent, "career": "x" * 121})
    assert refused.status_code == 422 and "x" * 121 in refused.text
    assert len(re.findall(r"value=\"(?:cap|bts_but|rather|maybe)\"\s+checked", refused.text)) == 4
    assert phone.post("/bilan", data={**sent, "useful": "great"}).status_code == 422


def test_a_phone_answers_about_each_of_three_speakers(app: Any, kiosk: Any, write: Any) -> None:
    trio = make_room(kiosk, "Trio", session_id=make_session(kiosk, "S3", speakers=3))
    write(rooms.set_phase, trio, "reflection")
    phone, at = app.test_client(), f"?salle={rooms.view(trio).code}"
    page = text(phone.get(f"/bilan{at}"))
    assert "Votre bilan, trois métiers" in page and "Comment ces métiers peuvent évoluer" in page
    phone.post(f"/bilan{at}", data={"job:S3-P2": "Grutière", "more:S3-P2": "yes", "job": "ignored"})
    kiosk.database.connect_reader()
    (row,) = Reflection.select()
    assert [(one["id"], one["job"], one["more"]) for one in row.people] == [
        ("S3-P1", "", ""),
        ("S3-P2", "Grutière", "yes"),
        ("S3-P3", "", ""),
    ]


def test_too_many_hands_are_asked_about_with_what_was_typed(kiosk: Any, class_: str, teacher: Teacher) -> None:
    typed = {"useful::very": "999", "useful::rather": ""}
    absurd = teacher.post("/prof/bilans/mains", **typed)
    assert absurd.status_code == 422 and "500 au plus" in text(absurd) and 'value="999"' in absurd.text
    hidden = re.compile(r'data-confirms="hands_many"\s+hidden')
    assert hidden.search(absurd.text)
    typed["useful::very"] = "99"
    asked = teacher.post("/prof/bilans/mains", **typed)
    assert asked.status_code == 422 and "99 mains levées pour un effectif de 26 ?" in text(asked)
    assert 'value="99"' in asked.text and not hidden.search(asked.text)
    kiosk.database.connect_reader()
    assert reflected.of_class(class_, "S1", 26).answers == 0
    assert teacher.post("/prof/bilans/mains", **typed, sur="1").status_code == 303
    kiosk.database.connect_reader()
    assert reflected.of_class(class_, "S1", 26).useful["very"] == 99
    assert hidden.search(teacher.client.get("/prof").text)


def test_hands_slips_and_regrouping_on_the_panel(kiosk: Any, class_: str, teacher: Teacher) -> None:
    assert teacher.post("/prof/bilans/mains", **{"useful::very": "14", "useful::rather": "9"}).status_code == 303
    refused = teacher.post("/prof/bilans/mains", **{"useful::very": "beaucoup", "more::yes": "3"})
    assert refused.status_code == 422 and 'value="beaucoup"' in refused.text and 'value="3"' in refused.text
    teacher.post("/prof/bilans", metier="Éolienne", voies="cap", utile="very")
    teacher.post("/prof/bilans", metier="Technicienne éolienne", evolution="Référente")
    teacher.post("/prof/bilans/regrouper", champ="job", dire=["Technicienne éolienne", "Éolienne"])
    kiosk.database.connect_reader()
    found = reflected.of_class(class_, "S1", 26)
    assert (found.answers, found.useful["very"], found.jobs) == (23, 14, [("Technicienne éolienne", 2)])
    page = text(teacher.client.get("/prof"))
    assert "14 très utile, 9 utile, 0 peu utile" in page and "Séparer" in page and "Référente" in page
    teacher.post("/prof/bilans/regrouper", champ="job", separer="Technicienne éolienne")
    kiosk.database.connect_reader()
    assert len(reflected.of_class(class_, "S1", 26).jobs) == 2


def test_rien_waits_for_its_own_reading(app: Any, class_: str, teacher: Teacher, write: Any) -> None:
    for author, surprise in (("e1", "la hauteur"), ("e2", "Rien")):
        write(reflections.submit, class_, author, surprise=surprise)
    page = teacher.client.get("/prof").text
    assert "Rien à lire" in page
    (seen,) = re.findall(r'name="vus" value="([\d,]+)"', page)
    teacher.post("/prof/bilans/tous", vus=seen)
    assert "la hauteur" in screen(app) and "Rien" not in screen(app)


@pytest.fixture
def left(kiosk: Any, room: str, write: Any) -> str:
    """A room whose time is over: one question read and not asked, one that nobody read."""
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "clear", "Avez-vous peur la nuit ?", after=moderation.approve)
    make_question(kiosk, room, "waiting", "Combien gagnez-vous ?")
    write(rooms.set_phase, room, "closed")
    return room


def test_the_teacher_chooses_what_goes_to_the_speaker(kiosk: Any, left: str, teacher: Teacher) -> None:
    page = text(teacher.client.get("/prof/transmettre"))
    assert "Avez-vous peur la nuit ?" in page and "Combien gagnez-vous" not in page
    refused = teacher.post("/prof/transmettre/envoyer", q="waiting")
    assert refused.status_code == 422 and "Cochez au moins une question" in text(refused)
    assert teacher.post("/prof/transmettre/envoyer", q="clear").status_code == 303
    kiosk.database.connect_reader()
    assert [row.subject for row in Operation.select().where(Operation.type == "question.open")] == ["clear"]
    assert "Attend une connexion avec le centre." in text(teacher.client.get("/prof/transmettre"))


def test_what_stays_for_a_hint_is_said(kiosk: Any, left: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, left, "questions"))
    make_question(kiosk, left, "hint", "Appelez-moi au 06 12 34 56 78 ?", after=moderation.approve)
    kiosk.write(lambda tx: rooms.set_phase(tx, left, "closed"))
    page = text(teacher.client.get("/prof/transmettre"))
    assert "1 autre question est signalée : elle ne part pas." in page and "06 12" not in page


def test_what_no_centre_knows_is_printed_and_promises_no_sending(kiosk: Any, teacher: Teacher, write: Any) -> None:
    """A session made here, an invented one, a rehearsal: nothing leaves, and no page says that it does."""
    for id in ("ICI-1", "DEMO-S-1", "ESSAI-1"):
        make_session(kiosk, id)
        room = make_room(kiosk, id, session_id=id)
        write(rooms.set_phase, room, "questions")
        make_question(kiosk, room, f"{id}-q", "Avez-vous peur la nuit ?", after=moderation.approve)
        make_question(kiosk, room, f"{id}-w", "Combien gagnez-vous ?")
        write(rooms.set_phase, room, "closed")
        at = f"?salle={rooms.view(room).code}"
        end = teacher.client.get(f"/prof{at}").text
        assert "/prof/imprimer/reste" in end and "/prof/transmettre" not in end
        page = text(teacher.client.get(f"/prof/transmettre{at}"))
        assert "connue d’aucun centre" in page and "Transmettre les questions cochées" not in page
        refused = teacher.post(f"/prof/transmettre/envoyer{at}", q=f"{id}-q")
        assert refused.status_code == 422
        paper = text(teacher.client.get(f"/prof/imprimer/reste{at}"))
        assert "Avez-vous peur la nuit ?" in paper and "Combien gagnez-vous" not in paper  # nobody read it
    kiosk.database.connect_reader()
    assert Operation.select().where(Operation.type == "question.open").count() == 0


@pytest.mark.parametrize(("choice", "kept"), [({}, 1), ({"attente": "garder"}, 1), ({"attente": "effacer"}, 0)])
def test_what_waits_is_named_before_all_is_erased(
    kiosk: Any, left: str, teacher: Teacher, choice: dict[str, str], kept: int
) -> None:
    teacher.post("/prof/transmettre/envoyer", q="clear")
    page = text(teacher.client.get("/prof/salle"))
    assert "1 question attend encore une connexion pour partir" in page and "Avez-vous peur la nuit ?" in page
    teacher.post("/prof/salle/effacer", compris="1", **choice)
    kiosk.database.connect_reader()
    assert (len(open_questions.kept()), Question.select().count()) == (kept, 0)
    receipt = text(teacher.client.get("/prof/salle/recu"))
    assert ("les questions à transmettre, jusqu’à leur départ" in receipt) == bool(kept)
    assert ("Gardée pour l’envoi jusqu’au" in text(teacher.client.get("/prof/transmettre"))) == bool(kept)


def test_each_question_kept_to_leave_is_erased_by_itself(kiosk: Any, left: str, teacher: Teacher) -> None:
    teacher.post("/prof/transmettre/envoyer", q="clear")
    kiosk.database.connect_reader()
    (one,) = open_questions.sent(left, "S1")
    assert teacher.post(f"/prof/transmettre/gardees/{one.id}/effacer").status_code == 404  # here too: not kept yet
    teacher.post("/prof/salle/effacer", compris="1")
    kiosk.database.connect_reader()
    (gone,) = open_questions.kept()
    assert "Effacer" in text(teacher.client.get("/prof/transmettre"))
    assert teacher.post(f"/prof/transmettre/gardees/{gone.id}/effacer").status_code == 303
    page = text(teacher.client.get("/prof/transmettre"))
    assert gone.text not in page and open_questions.kept() == []
    row = Operation.get(Operation.id == gone.id)
    assert (row.state, row.body) == ("dropped", {}) and stored.get(retention.FORGET)  # the copies forget it too
    assert teacher.post(f"/prof/transmettre/gardees/{gone.id}/effacer").status_code == 404


def test_an_answer_reaches_the_class_only_when_the_teacher_shows_it(
    app: Any, kiosk: Any, left: str, teacher: Teacher, write: Any
) -> None:
    kiosk.write(answer_row)
    assert "Parfois, la nuit." in text(teacher.client.get("/prof/transmettre"))
    assert "Parfois" not in screen(app) and "Parfois" not in text(app.test_client().get("/"))
    teacher.post("/prof/transmettre/reponses/a1", faire="montrer")
    assert "Parfois, la nuit." in screen(app) and "Avez-vous peur ?" in text(app.test_client().get("/"))
    teacher.post("/prof/transmettre/reponses/a1", faire="retirer")
    assert "Parfois" not in screen(app) and "Parfois" not in text(app.test_client().get("/"))
    assert teacher.post("/prof/transmettre/reponses/zz", faire="montrer").status_code == 404
    teacher.post("/prof/transmettre/reponses/a1", faire="effacer")
    kiosk.database.connect_reader()
    assert replies.listed() == []


def test_an_answer_goes_sixty_days_after_it_came_and_the_copies_forget_it(kiosk: Any, room: str, write: Any) -> None:
    kiosk.write(answer_row)
    for days, held in ((replies.KEPT_DAYS - 1, 1), (replies.KEPT_DAYS + 1, 0)):
        kiosk.write(lambda tx, days=days: Answer.update(came_at=tx.now - days * DAY).execute())
        write(stored.put, retention.FORGET, None)
        kiosk.database.connect_reader()
        assert overdue.anything(kiosk.clock.now(), 30) == (not held)
        write(overdue.forget, 30)
        kiosk.database.connect_reader()
        assert (len(replies.listed()), bool(stored.get(retention.FORGET))) == (held, not held)
    assert (Answer.get().text, Answer.get().question) == ("", "")


def test_a_room_reads_and_erases_the_words_of_its_own_classes_alone(
    app: Any, kiosk: Any, left: str, write: Any
) -> None:
    """Two rooms live the same session; each has its own code, its own class, and what it chose for the speaker."""
    kiosk.write(answer_row)
    other = make_room(kiosk, "CDI", session_id=make_session(kiosk, "S2"))
    same = make_room(kiosk, "B12", session_id="S1")
    session = rooms.view(left).session
    assert session is not None
    kiosk.write(lambda tx: open_questions.send(tx, left, session, ["clear"]))
    assert [len(open_questions.sent(room, "S1")) for room in (left, same)] == [1, 0]
    make_question(kiosk, same, "theirs", "Combien de temps ?", after=moderation.approve)
    assert [one.id for one in open_questions.sendable(same, session)] == ["theirs"]
    assert "Avez-vous peur la nuit ?" not in text(Teacher(app).of_room(same).client.get("/prof/transmettre"))
    kiosk.write(lambda tx: retention.wipe(tx, left))
    assert len(open_questions.kept()) == 1
    stranger = Teacher(app).of_room(other)
    page = text(stranger.client.get("/prof/transmettre"))
    assert "Avez-vous peur la nuit ?" not in page and "Parfois, la nuit." not in page
    (held,) = open_questions.kept()
    assert stranger.post(f"/prof/transmettre/gardees/{held.id}/effacer").status_code == 404
    kiosk.database.connect_reader()
    assert len(open_questions.kept()) == 1
    for act in ("montrer", "effacer"):
        assert stranger.post("/prof/transmettre/reponses/a1", faire=act).status_code == 404
    assert [one.shared for one in replies.listed()] == [False]
    own = Teacher(app).of_room(left)  # its class left with its words: the talk took place here
    page = text(own.client.get("/prof/transmettre"))
    assert "Avez-vous peur la nuit ?" in page and "Parfois, la nuit." in page
    assert own.post("/prof/transmettre/reponses/a1", faire="effacer").status_code == 303
    assert stored.get(retention.FORGET) is not None  # from the copies too


def test_a_number_of_any_length_is_no_failure(class_: str, teacher: Teacher) -> None:
    assert teacher.post("/prof/bilans/tous", vus="9" * 5000 + ",1").status_code == 303
    assert teacher.post("/prof/salle/heure", maintenant="9" * 5000).status_code == 422
    assert teacher.post("/prof/seances/choisir", seance="S1", effectif="9" * 5000).status_code == 422


def test_a_masked_screen_stays_masked_and_a_phase_brings_its_own(app: Any, kiosk: Any, room: str, write: Any) -> None:
    kiosk.write(answer_row)
    kiosk.write(lambda tx: replies.show(tx, room, "a1"))
    assert "Parfois" in screen(app)
    write(rooms.set_hidden, room, True)
    assert "Parfois" not in screen(app)
    write(rooms.set_hidden, room, False)
    write(rooms.set_phase, room, "talk")
    assert "Parfois" not in screen(app)


def test_an_answer_of_two_thousand_characters_and_an_answer_taken_away(
    app: Any, kiosk: Any, left: str, write: Any
) -> None:
    kiosk.write(lambda tx: answer_row(tx, text="<b>Long</b> " * 160))
    kiosk.write(lambda tx: replies.show(tx, left, "a1"))
    kiosk.database.connect_reader()
    page = app.test_client().get("/ecran/fragment", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).text
    assert "told-4" in page and "&lt;b&gt;Long" in page
    kiosk.write(lambda tx: Answer.update(deleted=True).where(Answer.id == "a1").execute())
    kiosk.database.connect_reader()
    assert "Long" not in screen(app) and "Merci" in screen(app)


def test_the_summary_tells_the_centre_no_small_number(kiosk: Any, class_: str, write: Any) -> None:
    write(reflected_hands, class_)
    from dataclasses import replace

    kiosk.settings = replace(kiosk.settings, sync_share_reflection=True)
    write(lambda tx, room: reports.session_closed(tx, rooms.row_of(room)), class_)
    (row,) = Operation.select().where(Operation.type == "reflection.summary")
    assert row.body == {"session_id": "S1", "answers": 21, "themes": {}, "useful": {"very": 14}, "more": 9}
    write(retention.wipe, class_)


def reflected_hands(tx: Any, room: str) -> None:
    from kiosk.domain.questions import reflection_acts

    reflection_acts.count_hands(tx, room, "useful", {"very": 14, "rather": 5, "little": 2})
    reflection_acts.count_hands(tx, room, "more", {"yes": 9, "maybe": 8, "no": 4})


def test_slips_of_the_reflection_are_one_for_each_pupil(kiosk: Any, class_: str, teacher: Teacher, write: Any) -> None:
    write(rooms.set_class, class_, "4e B", 26)
    page = teacher.client.get("/prof/imprimer/bilans").text
    assert (page.count('class="slip"'), page.count("peu utile")) == (28, 28)
    assert "cheffe" not in page.lower()  # the job is what is asked
    trio = make_room(kiosk, "Trio", session_id=make_session(kiosk, "S3", speakers=3))
    page = text(teacher.client.get(f"/prof/imprimer/bilans?salle={rooms.view(trio).code}"))
    assert page.count("Le métier, Sophie") == 3 * page.count("Mon bilan") > 0
