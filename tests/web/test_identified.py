"""Identifiers as a centre may give them work on every route that names one."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.routing import Map, Rule

from factories import make_question, make_session
from kiosk.domain.questions import questions
from kiosk.web.frame.identified import Identifier
from kiosk.web.teacher import look
from kiosk.web.teacher.look import Look

ODD = [
    "a/b", "/", "..", ".", "a//b", "50 %", "a%2Fb", "%00", "a?b=c&d", "a#b", "é à", "~x", "~", "a\\b", "a;b",
    "'\"<>", " ",
    "+",
    "S1/message.eml", "x" * 200, "日本", "a\u202eb",
]  # fmt: skip


@pytest.mark.parametrize("id", [*ODD, "S1", "SES-2026_11.a"])
def test_an_identifier_comes_back_from_its_address(id):
    routes = Map([Rule("/x/<id:one>/y", endpoint="y")], converters={"id": Identifier})
    address = routes.bind("k").build("y", {"one": id})
    assert re.fullmatch(r"/x/[A-Za-z0-9_.~-]+/y", address)
    assert routes.bind("k").match(address) == ("y", {"one": id})


def test_what_no_identifier_is_written_as_is_nowhere(client, room):
    for wrong in ("~!", "~a", "~_w", "~/x"):
        assert client.post(f"/questions/{wrong}/retirer").status_code == 404


@pytest.mark.parametrize("id", ODD)
def test_a_session_and_its_question_of_any_name_are_worked_with(app, kiosk, room, teacher, id):
    make_session(kiosk, id)
    with app.test_request_context():
        for endpoint, right in (("letter", (200, 409)), ("letter_file", (200, 409)), ("calendar_one", (200,))):
            address = app.url_for(f"control.{endpoint}", session_id=id, _external=False)
            assert teacher.client.get(address).status_code in right, (endpoint, address)
        make_question(kiosk, room, "q", "Et alors ?")
        kiosk.write(lambda tx: questions.Question.update(id=id).where(questions.Question.id == "q").execute())
        page = teacher.client.get("/prof", query_string=Look(selected=id, doing="reformuler").args())
        opened = re.search(r'action="([^"?]*/reformuler)', page.text)
        assert page.status_code == 200 and opened is not None
        assert unescape(opened[1]) == app.url_for("control.reword", question_id=id, _external=False)
        answer = teacher.post(app.url_for("control.approve", question_id=id), suite=id)
    assert parse_qs(urlsplit(answer.location).query)["q"] == [id]
    assert questions.one(room, id).status == "approved"


@pytest.mark.parametrize("id", ODD)
def test_a_look_names_it_whole(app, id):
    """A message of the centre that worries is unfolded by its name."""
    kept = Look(selected=id, care=id)
    with app.test_request_context("/prof", query_string=kept.args()):
        assert look.current() == kept
