"""« Plan des pages »: every page of the teacher's is on it, by its own title, and it leads nowhere that this code does
not open.
"""

from __future__ import annotations

import re

import pytest

from factories import Teacher, make_room
from kiosk.web.teacher.plan import PLAN

PLACES = [place for _heading, places in PLAN for place in places]
#: Not on the plan: reached without a code, a part of a page, another page's new address, or one thing's own page.
ELSEWHERE = {
    "control.login", "control.join_page", "control.knocking", "control.rooms_there", "control.fragment",
    "control.running_order", "control.site_plan", "control.receipt", "control.letter", "control.session_edit",
    "control.souvenir_kept", "control.copying",
}  # fmt: skip
#: Files.
FILES = re.compile(r"(_file|_csv|_ods|calendar_\w+|_archive)$")


def links(page: str) -> list[tuple[str, str]]:
    """(address, words) of the plan's links."""
    held = page.partition('class="plan"')[2].partition("</main>")[0]
    return re.findall(r'<a href="([^"]+)">([^<]+)</a>', held)


def test_every_page_is_on_it(app):
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and rule.endpoint.startswith("control.") and not FILES.search(rule.endpoint)
    }
    assert pages - ELSEWHERE == {place.endpoint for place in PLACES if place.endpoint.startswith("control.")}


@pytest.mark.parametrize("place", PLACES, ids=[place.endpoint for place in PLACES])
def test_a_page_answers_and_is_called_so(teacher, place):
    page = teacher.client.get("/prof/plan").text
    there = dict((words.replace("\u00a0", " "), address) for address, words in links(page))
    answer = teacher.client.get(there[place.title].replace("&amp;", "&"))
    assert answer.status_code == 200
    if place.endpoint.startswith("control."):
        title = re.search(r"<title>\s*([^<]+?)\s*</title>", answer.text)
        assert title and title[1].replace("\u00a0", " ").startswith(place.title)


def test_what_needs_a_session_is_said_until_one_is_chosen(kiosk, app):
    make_room(kiosk, "Salle 1")
    teacher = Teacher(app).enter()
    page = teacher.client.get("/prof/plan").text
    assert page.count("une fois la séance choisie") == sum(place.session for place in PLACES)
    for address, _words in links(page):
        assert teacher.client.get(address.replace("&amp;", "&")).status_code == 200


def test_a_rooms_own_code_sees_what_it_opens(app, room):
    one = Teacher(app).of_room(room)
    own, whole = links(one.client.get("/prof/plan").text), links(Teacher(app).enter().client.get("/prof/plan").text)
    assert {words for _address, words in whole} - {words for _address, words in own} == {
        "Synchronisation", "Toutes les salles", "État du poste", "Mise en route", "Les métiers rencontrés",
    }  # fmt: skip
    for address, _words in own:
        assert one.client.get(address.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("page", ["", "/preparer", "/seances", "/salle", "/synchro", "/plan"])
def test_every_page_ends_with_the_way_to_it(teacher, page):
    text = teacher.client.get("/prof" + page).text
    assert text.count('href="/prof/plan?') == 1
    assert text.index("/prof/plan?") > text.index("<main")
