"""A message that worries, on the panel: apart, folded, nobody else's; and the hints of every member of a group."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from factories import Teacher, audit_lines, make_question
from kiosk.domain import rooms
from kiosk.domain.care import worries
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import decisions, moderation, questions
from web.test_control_live import SCRIPT, code, text

BAD = "J’ai envie de mourir"
MACHINE = "Comment réparez-vous la grande machine verte derrière vous"
ACTS = ("ouvrir", "prevenu", "pas-cela")
PAGES = ("/prof/preparer", "/prof/seances", "/prof/salle", "/prof/synchro", "/prof/liste", "/prof/mise-en-route")


@pytest.fixture
def worried(kiosk: Kiosk, room: str, write: Any) -> str:
    """A room in its questions: a worrying message and an ordinary question."""
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "w1", BAD)
    make_question(kiosk, room, "q1", "C’est loin ?", author="eleve-2")
    return room


def worry(kiosk: Kiosk, room: str) -> str:
    kiosk.database.connect_reader()
    return questions.one(room, "w1").worry


def open_it(teacher: Teacher) -> Any:
    """Press « Ouvrir », and go where it leads."""
    answer = teacher.post("/prof/inquietudes/w1/ouvrir")
    assert answer.status_code == 303
    return teacher.client.get(answer.headers["Location"])


def test_it_comes_first_folded_with_what_to_do(worried: str, teacher: Teacher) -> None:
    page = teacher.client.get("/prof")
    said = text(page)
    assert BAD not in html.unescape(page.text) and "Un message qui inquiète" in said
    assert "Prévenez maintenant la CPE" in said and "Ouvrir" in said
    assert page.text.index('id="care"') < page.text.index('id="queue-title"') < page.text.index('id="list"')
    assert "1 à relire" in said and "(!) (1) En direct" in said
    assert 'data-entry="w1"' not in page.text


def test_no_key_acts_on_it_folded_or_open(worried: str, teacher: Teacher) -> None:
    for page in (teacher.client.get("/prof"), open_it(teacher)):
        part = page.text[page.text.index('id="care"') : page.text.index('id="queue-title"')]
        assert "data-key" not in part and "<kbd" not in part and "data-submit" not in part


def test_opened_it_is_read_told_and_folded_again(kiosk: Kiosk, worried: str, teacher: Teacher) -> None:
    page = open_it(teacher)
    assert BAD in html.unescape(page.text) and "Visible ici seulement" in text(page)
    assert worry(kiosk, worried) == "opened"
    assert BAD not in html.unescape(teacher.client.get("/prof").text)  # folded at the next look
    teacher.post("/prof/inquietudes/w1/prevenu?ouvert=w1")
    assert worry(kiosk, worried) == "told"
    page = teacher.client.get("/prof")
    assert "1 message signalé à un adulte" in text(page) and 'id="care"' not in page.text
    kiosk.database.connect_reader()
    assert [line.action for line in audit_lines(2, worried)] == ["worry_told", "worry_opened"]
    assert all(BAD not in f"{line.action}{line.detail}" for line in audit_lines(9, worried))


def test_an_address_does_not_open_what_nobody_opened(worried: str, teacher: Teacher) -> None:
    assert BAD not in html.unescape(teacher.client.get("/prof?ouvert=w1").text)


def test_it_may_be_an_ordinary_question(kiosk: Kiosk, worried: str, teacher: Teacher) -> None:
    open_it(teacher)
    teacher.post("/prof/inquietudes/w1/pas-cela?ouvert=w1")
    page = teacher.client.get("/prof")
    assert "2 à relire" in text(page) and 'data-entry="w1"' in page.text and 'id="care"' not in page.text


def test_undo_takes_a_press_not_a_key(kiosk: Kiosk, worried: str, teacher: Teacher) -> None:
    open_it(teacher)
    teacher.post("/prof/inquietudes/w1/prevenu")
    page = teacher.client.get("/prof")
    undo = re.search(r'<div class="undo" id="undo-\d+">.*?</div>', page.text)
    assert undo is not None and "data-key" not in undo.group() and BAD not in html.unescape(undo.group())
    teacher.post("/prof/annuler")
    assert worry(kiosk, worried) == "opened"


def test_a_band_leads_to_it_from_every_page_until_it_is_opened(worried: str, teacher: Teacher) -> None:
    for address in (*PAGES, "/prof/fragment/bands"):
        page = teacher.client.get(address)
        assert 'id="band-care"' in page.text and "Voir quoi faire" in text(page), address
        assert BAD not in html.unescape(page.text)
    open_it(teacher)
    assert 'id="band-care"' not in teacher.client.get("/prof/salle").text


def test_an_invited_moderator_sees_and_does_nothing_of_it(kiosk: Kiosk, app: Any, worried: str, write: Any) -> None:
    write(worries.open_worry, worried, "w1")
    invited = Teacher(app).invited(worried)
    for address in ("/prof", "/prof?ouvert=w1", "/prof/fragment/live?ouvert=w1", "/prof/fragment/bands"):
        page = invited.client.get(address)
        assert page.status_code == 200 and "inquiète" not in page.text and "(!)" not in page.text
        assert BAD not in html.unescape(page.text) and "w1" not in page.text.replace("ouvert=w1", "")
    for act in ACTS:
        answer = invited.client.post(f"/prof/inquietudes/w1/{act}", data={"csrf": invited.csrf()}, headers=SCRIPT)
        assert code(answer) == "teacher_only"
    write(worries.told, worried, "w1")
    assert "signalé à un adulte" not in text(invited.client.get("/prof"))


def test_it_stays_first_in_the_reflection_and_after(worried: str, teacher: Teacher, write: Any) -> None:
    for phase in ("reflection", "closed"):
        write(rooms.set_phase, worried, phase)
        assert "Prévenez maintenant" in text(teacher.client.get("/prof")), phase


def test_many_are_counted_not_all_drawn(kiosk: Kiosk, worried: str, teacher: Teacher) -> None:
    for number in range(20):
        make_question(kiosk, worried, f"v{number}", f"{BAD} {number}", author=f"eleve-{number}")
    page = teacher.client.get("/prof")
    assert page.text.count('class="care stack"') == 6 and "15 autres attendent après ceux-ci" in text(page)
    assert text(page).count("Prévenez maintenant") == 1


def test_those_told_are_counted_apart_and_all_within_reach(
    kiosk: Kiosk, worried: str, teacher: Teacher, write: Any
) -> None:
    for number in range(14):
        make_question(kiosk, worried, f"v{number}", f"{BAD} {number}", author=f"eleve-{number}")
        write(worries.told, worried, f"v{number}")
    page = teacher.client.get("/prof")
    assert "14 messages signalés à un adulte" in text(page)
    assert "après ceux-ci" not in text(page)  # one waits, and it is there
    found: set[str] = set()
    address = "/prof"
    for slice_of in (6, 6, 2):
        panel = teacher.client.get(address).text
        part = panel[panel.index('id="care-told"') :].split("</details>")[0]
        links = re.findall(r'href="([^"]+)"', part)
        opened = {one for link in links for one in re.findall(r"ouvert=(\w+)", link)}
        assert len(opened) == slice_of and not opened & found
        found |= opened
        address = html.unescape(links[-1])
    assert found == {f"v{number}" for number in range(14)}
    seen = teacher.client.get("/prof?ouvert=v9&signales=6")
    assert f"{BAD} 9" in html.unescape(seen.text)
    for number in (12, 13):
        teacher.post(f"/prof/inquietudes/v{number}/pas-cela?signales=12")
    page = teacher.client.get("/prof?signales=12")  # nothing is left there: the slice before
    assert "12 messages signalés à un adulte" in text(page) and "ouvert=v11" in page.text


def test_the_one_just_opened_is_read_however_many_nobody_opened(kiosk: Kiosk, worried: str, teacher: Teacher) -> None:
    for number in range(8):
        make_question(kiosk, worried, f"v{number}", f"{BAD} {number}", author=f"eleve-{number}")
    page = open_it(teacher)
    assert "Visible ici seulement" in text(page)
    assert page.text.count('class="care stack"') == 7 and "2 autres attendent après ceux-ci" in text(page)


def test_one_taken_back_before_it_was_read_is_said(kiosk: Kiosk, worried: str, teacher: Teacher, write: Any) -> None:
    write(questions.withdraw, worried, "w1", "eleve-1")
    page = text(teacher.client.get("/prof"))
    assert "a été repris avant d’être ouvert" in page and "(!)" not in page


def test_the_undo_line_prints_no_text_that_its_author_took_back(
    kiosk: Kiosk, app: Any, worried: str, teacher: Teacher, write: Any
) -> None:
    invited = Teacher(app).invited(worried)
    write(moderation.approve, worried, "q1")
    assert "C’est loin" in html.unescape(invited.client.get("/prof").text)
    write(questions.withdraw, worried, "q1", "eleve-2")
    for reader in (teacher, invited):
        page = reader.client.get("/prof").text
        assert 'class="undo"' in page and "C’est loin" not in html.unescape(page)
    write(worries.open_worry, worried, "w1")
    write(worries.told, worried, "w1")
    write(questions.withdraw, worried, "w1", "eleve-1")
    page = html.unescape(teacher.client.get("/prof").text)
    assert 'class="undo"' in page and "« Message inquiétant »" not in page and BAD not in page


def test_erasing_asks_first_while_one_is_unopened(kiosk: Kiosk, worried: str, teacher: Teacher) -> None:
    assert "Effacer quand même, sans le lire" in text(teacher.client.get("/prof/salle"))
    answer = teacher.post("/prof/salle/effacer", compris="1")
    assert answer.status_code == 409 and "pas encore été ouvert" in text(answer)
    open_it(teacher)
    assert "Effacer quand même" not in text(teacher.client.get("/prof/salle"))
    assert teacher.post("/prof/salle/effacer", compris="1").status_code == 303


# -- the hints of a group -------------------------------------------------------------------------


@pytest.fixture
def grouped(kiosk: Kiosk, room: str, write: Any) -> str:
    """Three near questions, one of them with a name; and an older one, selected first."""
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "q0", "C’est loin ?")
    for id, words in (
        ("g1", f"{MACHINE} ?"),
        ("g2", f"{MACHINE}, Kevin ?"),
        ("g3", f"{MACHINE} ??"),
    ):
        make_question(kiosk, room, id, words, author=f"eleve-{id}")
    return room


def test_a_line_carries_the_hints_of_all_its_members(grouped: str, teacher: Teacher) -> None:
    page = text(teacher.client.get("/prof"))
    assert "Groupe proposé" in page and "Un nom ?" in page
    assert "Dans le groupe : « Comment réparez-vous la grande machine verte derrière vous, Kevin ? »" in page


def test_a_flagged_member_is_not_regrouped_unseen(kiosk: Kiosk, grouped: str, teacher: Teacher) -> None:
    page = teacher.client.get("/prof?q=g1")
    members = dict(re.findall(r'name="avec" value="(g\d)"( checked)?', page.text))
    flagged = [id for id, ticked in members.items() if not ticked]
    assert "Regrouper et valider" in text(page) and flagged == ["g2"]
    assert "Un nom ?" in text(page)


def test_signalled_ones_have_their_filter_however_few(grouped: str, teacher: Teacher) -> None:
    page = text(teacher.client.get("/prof"))
    assert "Signalées 1" in page
    assert "Groupe proposé" in text(teacher.client.get("/prof?filtre=signalees"))


def test_undo_still_ends_where_it_should(kiosk: Kiosk, grouped: str, teacher: Teacher, write: Any) -> None:
    teacher.post("/prof/regrouper", garder="g1", avec="g3")
    kiosk.database.connect_reader()
    last = decisions.last(grouped, "S1")
    assert last is not None and last.verb == "merge"
