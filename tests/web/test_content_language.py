"""What a class, a teacher or a centre wrote is French, and marked so where the interface is English (RGAA 8.7)."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from factories import Teacher, make_question
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation
from kiosk.ground.typography import plain

READY, ASKED, WAITING = "Où dormez-vous en mission ?", "Qui vous a appris à grimper ?", "Que mangez-vous là-haut ?"
VOID = {"meta", "link", "input", "br", "img", "use", "path", "rect", "circle", "col", "hr"}


class Read(HTMLParser):
    """The language of each text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        around = self.open[-1][1] if self.open else ""
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("lang") or around))

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag in [one for one, _lang in self.open] and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] not in ("option", "textarea", "title", "script", "style"):
            self.texts.append((plain(data), self.open[-1][1]))


@pytest.fixture
def spoken(kiosk: Kiosk, room: str) -> str:
    """A room in its questions: one ready, one on screen, one to read over."""
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    make_question(kiosk, room, "ready", READY, after=moderation.approve)
    make_question(kiosk, room, "asked", ASKED, after=moderation.approve)
    make_question(kiosk, room, "waiting", WAITING)
    kiosk.write(lambda tx: moderation.put_on_screen(tx, room, "asked"))
    return room


def languages(page: str, text: str) -> set[str]:
    """The languages that a text is said in, where a page says it alone."""
    read = Read()
    read.feed(page)
    return {lang for said, lang in read.texts if said.strip() == text}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", ASKED), ("/soutenir", READY), ("/ecran", ASKED),
        ("/prof", ASKED), ("/prof", WAITING), ("/prof?liste=validees", READY), ("/prof/ordre", READY),
    ],
)  # fmt: skip
def test_a_question_is_marked_in_the_english_pages_alone(
    spoken: str, teacher: Teacher, client: FlaskClient, path: str, text: str
) -> None:
    browser = teacher.client if path.startswith("/prof") else client
    join = "&" if "?" in path else "?"
    assert languages(browser.get(f"{path}{join}lang=en", follow_redirects=True).text, text) == {"fr"}
    assert ' lang="fr">' not in browser.get(path, follow_redirects=True).text.partition("<body")[2]


@pytest.mark.parametrize("path", ["/", "/prof", "/prof/seances"])
def test_a_title_is_marked_too(spoken: str, teacher: Teacher, client: FlaskClient, path: str) -> None:
    browser = teacher.client if path.startswith("/prof") else client
    page = browser.get(f"{path}?lang=en", follow_redirects=True).text
    title = rooms.view(spoken).session
    assert title is not None and languages(page, title.title) <= {"fr"}
    assert ' lang="fr">' in page.partition("<body")[2]
