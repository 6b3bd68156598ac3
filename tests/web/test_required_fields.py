"""Of a form with several fields, those that may stay empty say so in their label (RGAA 11.10): the others are not."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from factories import Teacher, make_question
from kiosk.domain import rooms
from kiosk.domain.firststart import STEPS
from kiosk.domain.kiosk import Kiosk

#: Page → the fields that its forms need: the only ones without « (facultatif) ».
NEEDED = {
    "/prof?faire=saisir": {"texte"},
    "/prof?q=q1&faire=reformuler": {"texte"},
    "/prof/preparer": {"texte"},
    "/prof/seances": {"classe"},
    "/prof/salle": {"classe"},
    "/prof/synchro": {"uai", "code"},
}
#: Forms where every field may stay empty, and what a press of their button then means is written there.
FREE = {"bilans", "mains", "fichier", *STEPS.codes()}


class Forms(HTMLParser):
    """The forms of a page: the end of their address → (name, id) of their fields, with the page's labels."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self.labels: dict[str, str] = {}
        self.inside = False
        self.label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = True
            self.forms.append((values.get("action", "").partition("?")[0].rpartition("/")[2], []))
        elif tag == "label":
            self.label = values.get("for", "")
        elif self.inside and (
            tag in ("textarea", "select")
            or (tag == "input" and values.get("type", "text") in ("text", "password", "number", "date", "time", "url"))
        ):
            self.forms[-1][1].append((values.get("name", ""), values.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        self.label = "" if tag == "label" else self.label

    def handle_data(self, data: str) -> None:
        if self.label:
            self.labels[self.label] = self.labels.get(self.label, "") + data


@pytest.mark.parametrize("page", NEEDED)
def test_what_may_stay_empty_says_so(
    kiosk: Kiosk, room: str, teacher: Teacher, write: Callable[..., object], page: str
) -> None:
    write(rooms.set_phase, room, "lobby" if page == "/prof/seances" else "questions")
    make_question(kiosk, room, "q1", "Combien de marches ?")
    read = Forms()
    read.feed(teacher.client.get(page, follow_redirects=True).text)
    several = [fields for where, fields in read.forms if len(fields) > 1 and where not in FREE]
    assert several
    for fields in several:
        silent = {name for name, id in fields if "facultatif" not in read.labels.get(id, "")}
        assert silent <= NEEDED[page]
