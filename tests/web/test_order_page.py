"""« Ordre proposé » on the panel: what it says, following it, what was placed by hand, undo."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from factories import Teacher, make_question, make_session
from kiosk.domain import rooms
from kiosk.domain.questions import moderation, ordering, questions, suggested
from kiosk.domain.starters import STARTERS
from kiosk.storage.models import Question, Support
from kiosk.web.live.told import phone_state

ORDER = "/prof?liste=ordre"


@pytest.fixture
def three(kiosk: Any, room: str, write: Any) -> str:
    """Two questions of one device, much backed, and one of another."""
    write(rooms.set_phase, room, "questions")
    for id, author, theme, voices in (("a1", "a", "vie", 9), ("a2", "a", "vie", 8), ("b1", "b", "metier", 0)):
        make_question(kiosk, room, id, f"Question {id} ?", author=author, theme=theme, after=moderation.approve)
        kiosk.write(lambda tx, id=id, n=voices: Question.update(support=n).where(Question.id == id).execute())
    kiosk.database.connect_reader()
    return room


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))).replace("\u2060", "")


def order(kiosk: Any, room: str) -> list[str]:
    kiosk.database.connect_reader()
    return questions.ids_in_order(room, "S1", "approved")


def proposed(room: str) -> list[str]:
    now = rooms.view(room)
    return [slot.id for slot in ordering.proposal(now, ordering.waiting(now))]


def test_it_is_proposed_with_a_reason_and_followed_only_when_the_teacher_says_so(
    kiosk: Any, three: str, teacher: Teacher
) -> None:
    page = text(teacher.client.get(ORDER))
    assert page.index("Question a1") < page.index("Question b1") < page.index("Question a2")
    assert "Rien encore sur « La personne et la vie »." in page
    assert "Après les autres : cet appareil a déjà eu une question." in page
    assert "Ce qui manque encore" in page and order(kiosk, three) == ["a1", "a2", "b1"]
    assert teacher.post("/prof/ordre/suivre").status_code == 303
    assert order(kiosk, three) == ["a1", "b1", "a2"]
    assert "La liste suit cet ordre." in text(teacher.client.get(ORDER))
    teacher.post("/prof/annuler")
    assert order(kiosk, three) == ["a1", "a2", "b1"]


def test_what_is_dragged_stays_until_it_is_released(kiosk: Any, three: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: moderation.reorder(tx, three, "a2", "a1"))
    assert "Placée par vous" in text(teacher.client.get(ORDER))
    teacher.post("/prof/ordre/suivre")
    assert order(kiosk, three) == ["a2", "b1", "a1"]
    teacher.post("/prof/ordre/a2/liberer")
    kiosk.database.connect_reader()
    assert "Placée par vous" not in text(teacher.client.get(ORDER))
    assert teacher.post("/prof/ordre/none/liberer").status_code == 404


def test_a_place_is_given_on_the_page_by_dragging_or_by_its_buttons(kiosk: Any, three: str, teacher: Teacher) -> None:
    assert proposed(three) == ["a1", "b1", "a2"]
    teacher.post("/prof/ordre/a2/place", avant="b1")
    kiosk.database.connect_reader()
    assert proposed(three) == ["b1", "a2", "a1"]  # second, as dropped; its device does not speak just before
    assert "Placée par vous" in text(teacher.client.get(ORDER))
    teacher.post("/prof/ordre/b1/place", sens="bas")  # a2 keeps its place: b1 goes past it
    kiosk.database.connect_reader()
    assert proposed(three) == ["a1", "a2", "b1"]
    teacher.post("/prof/annuler")
    kiosk.database.connect_reader()
    assert proposed(three) == ["b1", "a2", "a1"]
    teacher.post("/prof/ordre/a1/place", avant="")
    kiosk.database.connect_reader()
    assert proposed(three)[-1] == "a1"
    assert teacher.post("/prof/ordre/none/place", avant="").status_code == 404
    assert teacher.post("/prof/ordre/a1/place", avant="none").status_code == 404


def test_without_phones_a_device_is_a_shared_tablet_and_the_voices_decide(kiosk: Any, three: str, write: Any) -> None:
    write(rooms.set_preference, three, "phones", False)
    kiosk.database.connect_reader()
    assert proposed(three) == ["a1", "a2", "b1"]


def test_the_device_of_the_question_on_screen_has_had_its_turn(kiosk: Any, three: str, write: Any) -> None:
    write(moderation.put_on_screen, three, "a1")
    kiosk.database.connect_reader()
    assert proposed(three) == ["b1", "a2"]


def test_a_vote_moves_nothing_that_was_followed(kiosk: Any, three: str, teacher: Teacher) -> None:
    teacher.post("/prof/ordre/suivre")
    kiosk.write(lambda tx: Support.insert(question_id="b1", device="x").execute())
    kiosk.write(lambda tx: Question.update(support=30).where(Question.id == "a2").execute())
    assert order(kiosk, three) == ["a1", "b1", "a2"]


def test_nothing_to_order_is_said(room: str, teacher: Teacher) -> None:
    page = teacher.client.get(ORDER)
    assert page.status_code == 200 and "Aucune question validée n’attend" in text(page)
    assert teacher.post("/prof/ordre/suivre").status_code == 404


def test_it_is_a_list_of_the_live_page_and_every_act_on_it_comes_back_to_it(
    kiosk: Any, three: str, teacher: Teacher
) -> None:
    assert teacher.client.get("/prof/ordre").headers["Location"].startswith(ORDER)
    page = teacher.client.get(ORDER).text
    assert 'id="poster"' in page and 'id="order"' in page  # what the class sees stays in sight
    acts = re.findall(r'action="([^"]*(?:/ordre/|/ecran)[^"]*)"', page)
    assert len(acts) >= 7 and all("liste=ordre" in html.unescape(one) for one in acts)
    for path in ("/prof/ordre/suivre", "/prof/ordre/a2/place?liste=ordre", "/prof/ordre/a2/liberer"):
        assert teacher.post(path, sens="haut").headers["Location"].startswith(ORDER)


def test_it_says_what_was_heard_until_now(kiosk: Any, three: str, teacher: Teacher, write: Any) -> None:
    heard = text(teacher.client.get(ORDER)).split("Entendu jusqu’ici")[1]
    for line in ("La personne et la vie 0", "Le travail au quotidien 0", "Appareils entendus, sur 2 qui ont écrit 0"):
        assert line in heard, heard[:600]
    write(moderation.put_on_screen, three, "a1")
    kiosk.database.connect_reader()
    heard = text(teacher.client.get(ORDER)).split("Entendu jusqu’ici")[1]
    for line in ("La personne et la vie 1", "Le travail au quotidien 0", "Appareils entendus, sur 2 qui ont écrit 1"):
        assert line in heard, heard[:600]
    write(rooms.set_preference, three, "phones", False)
    kiosk.database.connect_reader()
    assert "Appareils entendus" not in text(teacher.client.get(ORDER))


def test_with_several_speakers_it_says_how_many_each_has_had(
    kiosk: Any, room: str, teacher: Teacher, write: Any
) -> None:
    make_session(kiosk, "S2", speakers=2)
    write(rooms.choose_session, room, "S2")
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "a1", "Et vous ?", speaker_id="S2-P2", after=moderation.put_on_screen)
    kiosk.database.connect_reader()
    heard = text(teacher.client.get(ORDER)).split("Entendu jusqu’ici")[1]
    assert "Pour Sophie 0 Pour Sophie 1" in heard


def test_the_end_of_the_time_stands_after_the_last_question_that_fits(
    kiosk: Any, three: str, teacher: Teacher, write: Any
) -> None:
    write(rooms.set_fields, three, "room", ends_at=kiosk.clock.now() + 4 * 60_000 - 500)
    kiosk.database.connect_reader()
    page = text(teacher.client.get(ORDER))
    assert "Le temps d’environ 2 questions." in page
    assert page.index("Question b1") < page.index("Ici, les 4 minutes sont écoulées") < page.index("Question a2")
    write(rooms.set_fields, three, "room", ends_at=kiosk.clock.now() - 1000)
    kiosk.database.connect_reader()
    page = text(teacher.client.get(ORDER))
    assert "Le temps prévu est écoulé : choisissez la dernière." in page and "minutes sont écoulées" not in page


def test_a_long_list_is_shown_a_part_at_a_time_and_nothing_is_left_unsaid(
    kiosk: Any, three: str, teacher: Teacher
) -> None:
    for n in range(70):
        make_question(kiosk, three, f"z{n}", f"Et la question {n} ?", author=f"d{n}", after=moderation.approve)
    kiosk.database.connect_reader()
    page = teacher.client.get(ORDER)
    assert page.text.count('class="order drag') == 12 and 'data-sort="part"' in page.text
    assert "Afficher les 20 suivantes" in text(page)
    assert "13 autres questions validées viennent après, comme dans la liste." in text(page)
    page = teacher.client.get(ORDER + "&n=72")
    assert page.text.count('class="order drag') == 60 and 'data-sort="all"' in page.text


def test_what_is_missing_is_a_question_half_typed(kiosk: Any, three: str, teacher: Teacher) -> None:
    page = teacher.client.get(ORDER).text
    link = html.unescape(re.search(r'href="([^"]*amorce=[^"]*)"', page)[1])  # type: ignore[index]
    begun = html.unescape(re.search(r'amorce=[^"]*">\s*(.*?)\s*</a>', page)[1])  # type: ignore[index]
    field = re.search(r'<textarea id="saisie"[^>]*>(.*?)</textarea>', teacher.client.get(link).text, re.DOTALL)
    assert field and html.unescape(field[1])[:8] == begun.replace("\u2060", "")[:8]
    assert ">Que" not in teacher.client.get(ORDER + "&faire=saisir&amorce=none").text.split('id="saisie"')[1][:200]


def test_an_invited_moderator_is_shown_no_order(kiosk: Any, three: str, teacher: Teacher, app: Any) -> None:
    assert 'id="order"' in teacher.client.get(ORDER).text and "Ordre" in text(teacher.client.get("/prof"))
    guest = Teacher(app).invited(three).client
    page = guest.get(ORDER)
    assert page.status_code == 200 and "à relire" in text(page)
    assert "Ordre" not in text(page) and 'id="order"' not in page.text


def phone_page(app: Any, room: str) -> str:
    page: str = html.unescape(app.test_client().get(f"/?salle={rooms.view(room).code}").text)
    return page


def test_a_missing_theme_s_beginning_is_proposed_to_the_phones_until_it_was_heard(
    app: Any, kiosk: Any, three: str, teacher: Teacher
) -> None:
    """The phones show it, to tap, and their socket says when it comes and goes."""
    assert "Proposer l’amorce aux téléphones" in text(teacher.client.get(ORDER))
    code = re.search(r'name="amorce" value="(\w+-\d+)"', teacher.client.get(ORDER).text)
    assert code and phone_state(kiosk, three)["starter"] is None
    assert f"amorce={code[1]}" not in phone_page(app, three)
    assert teacher.post("/prof/ordre/amorce", amorce=code[1]).status_code == 303
    kiosk.database.connect_reader()
    assert "Les téléphones montrent cette amorce." in text(teacher.client.get(ORDER))
    told = phone_state(kiosk, three)["starter"]
    assert told == {"id": f"{code[1]} "}
    shown = phone_page(app, three)
    assert f"amorce={code[1]}" in shown and 'class="begin"' in shown
    kiosk.write(lambda tx: moderation.put_on_screen(tx, three, "a1"))
    kiosk.database.connect_reader()
    assert phone_state(kiosk, three)["starter"] not in (None, told)  # what stands beside it changed: asked for again
    make_question(kiosk, three, "c1", author="c", theme=STARTERS.get(code[1]).theme)
    assert phone_state(kiosk, three)["starter"]  # nobody has read it over
    kiosk.write(lambda tx: moderation.approve(tx, three, "c1"))
    kiosk.database.connect_reader()
    assert phone_state(kiosk, three)["starter"] is None and f"amorce={code[1]}" not in phone_page(app, three)


@pytest.mark.parametrize("end", ["withdrawn", "phase", "paused", "no phones", "another session"])
def test_a_proposed_beginning_goes_away(
    app: Any, kiosk: Any, three: str, teacher: Teacher, write: Any, end: str
) -> None:
    code = next(one.code for one in STARTERS if one.theme == "salaire" and not one.needs)
    write(suggested.propose, three, code)
    assert suggested.shown(rooms.view(three)) == code
    if end == "withdrawn":
        teacher.post("/prof/ordre/amorce", amorce="")
    elif end == "phase":
        write(rooms.set_phase, three, "talk")
    elif end == "paused":
        write(rooms.set_intake, three, "paused")
    elif end == "no phones":
        write(rooms.set_preference, three, "phones", False)
    else:
        make_session(kiosk, "S2")
        kiosk.write(lambda tx: rooms.choose_session(tx, three, "S2", stop=True))
    kiosk.database.connect_reader()
    assert suggested.shown(rooms.view(three)) == "" and f"amorce={code}" not in phone_page(app, three)


def test_only_a_known_beginning_is_proposed_and_only_while_phones_may_write(
    kiosk: Any, three: str, teacher: Teacher, write: Any
) -> None:
    assert teacher.post("/prof/ordre/amorce", amorce="salaire-999").status_code == 422
    write(rooms.set_phase, three, "reflection")
    assert teacher.post("/prof/ordre/amorce", amorce="salaire-1").status_code == 409
    kiosk.database.connect_reader()
    assert rooms.view(three).starter == ""


def test_in_english_a_proposed_beginning_is_heard_in_english(kiosk: Any, three: str, teacher: Teacher) -> None:
    """It is the kiosk's own words, not a pupil's: at most the job in it is French."""
    page = teacher.client.get(f"{ORDER}&lang=en").text
    buttons = re.findall(r"Propose this beginning to the phones(.*?)</button>", page, re.S)
    assert buttons and all(one.startswith('<span class="sr"> : ') for one in buttons)
