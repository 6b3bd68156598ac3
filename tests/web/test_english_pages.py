"""No French word of the interface is left in an English page, whoever reads it; what people wrote in French is marked
as French (RGAA 8.7). Every page of every audience is walked, a new one too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from factories import Teacher, make_question
from kiosk.domain import rooms, souvenirs
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import answers, moderation, preparation, reflections
from kiosk.domain.statuses import SHELVES
from kiosk.storage.models import Answer, Session, Speaker
from kiosk.web.teacher.look import ABOUT_ONE, LINES, REFLECTIONS, Look

Write = Callable[..., object]

#: Elements that a browser says nothing of, those without an end, and a page's title, which no mark can be put in.
SILENT = {"script", "style", "template", "title"}
VOID = {"meta", "link", "input", "br", "img", "use", "path", "rect", "circle", "col", "hr", "wbr", "source"}
NAMES = ("aria-label", "alt", "title", "placeholder")
#: A word with a letter that English has not, or a small word that only French has.
FRENCH = re.compile(
    r"[^\W\d_]*[àâçéèêëîïôùûœÀÉÊ][^\W\d_]*|\b(?:[Ll]es|[Dd]es|[Uu]ne|du|au|aux|[Aa]vec|[Dd]ans|[Vv]ous|[Vv]otre|[Vv]os|"
    r"[Ee]st|sont|[Qq]ui|[Qq]ue|[Ss]ans|pas|ne|et|ou|[Ii]l|[Ee]lle|[Cc]ette|[Cc]e|[Pp]ar|[Ss]ur|la|le)\b"
)
#: Names and words that English takes from French as they are.
PROPER = re.compile(
    r"Métiers en direct|Défenseur des droits|Libre réponse|baccalauréat|académie|Wallis et Futuna|Éduscol"
)
#: Pages that a process of its own is asked for (``tests/web/test_state.py`` reads it in English), and what is no page.
APART = ("static", "assets.asset", "control.state", "control.state_archive", "portraits.portrait")
#: What a class and its teacher see of a moment: read in every phase.
MOMENT = ("/", "/mes-questions", "/soutenir", "/bilan", "/ecran", "/ecran/fragment", "/prof", "/prof/reponses")
#: What stands in every sentence that somebody wrote: an attribute cannot say the language of a part of it.
WROTE = "là-haut"
PHONE = "telephone-de-la-classe"


class Read(HTMLParser):
    """(text, language) of all that a page says, and the names of what is not text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.said: list[tuple[str, str]] = []
        self.named: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        lang = values.get("lang") or (self.open[-1][1] if self.open else "")
        if tag not in VOID:
            self.open.append((tag, lang))
        if lang != "fr":
            self.named += [value for name, value in values.items() if name in NAMES and WROTE not in value]

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag in [one for one, _lang in self.open] and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] not in SILENT:
            self.said.append((data, self.open[-1][1]))


def french_in(page: str) -> list[str]:
    """What a page says in French without saying so."""
    read = Read()
    read.feed(page)
    found = [text for text, lang in read.said if lang != "fr"] + read.named
    return [" ".join(text.split()) for text in found if FRENCH.search(PROPER.sub("", text))]


@pytest.fixture
def busy(kiosk: Kiosk, room: str, write: Write) -> str:
    """A class that has done everything: each status, hints, lines, reflections, a souvenir, a written answer."""
    path = [{"title": f"Bac professionnel, {WROTE}", "period": "2009", "place": "Lyon"}]
    person = {"bio": f"Elle répare {WROTE}.", "path": path, "employer": "Atelier Dupont", "job_feminine": f"à {WROTE}"}
    write(lambda tx: Speaker.update(person).execute())
    write(lambda tx: Session.update(title=f"Réparer {WROTE}").execute())
    write(preparation.add, room, f"Quelle matière, {WROTE} ?")
    write(rooms.set_phase, room, "questions")
    for id in ("attend", "proche", "validee", "reformulee", "posee", "repondue", "cote", "ecran"):
        make_question(kiosk, room, id, f"Où dormez-vous {WROTE}, {id} ?", theme="vie")
    make_question(kiosk, room, "signalee", f"Appelez-moi {WROTE} au 06 12 34 56 78 ?")
    make_question(kiosk, room, "inquiete", f"J’ai envie de mourir {WROTE}")
    write(moderation.reword, room, "reformulee", f"Dormiez-vous {WROTE} ?")
    for id in ("validee", "reformulee", "posee", "repondue", "ecran"):
        write(moderation.approve, room, id)
    write(moderation.merge, room, "validee", ["proche"])
    write(moderation.set_aside, room, "cote", "trop_personnelle")
    for id in ("posee", "repondue"):
        write(moderation.mark_asked, room, id)
    write(moderation.mark_answered, room, "repondue")
    write(answers.note, room, "repondue", f"Dans la nacelle, {WROTE}.")
    write(answers.propose, room, "posee", f"À l’hôtel {WROTE}.", "eleve-9")
    write(moderation.put_on_screen, room, "ecran")
    reply = {"rev": 3, "session_id": "S1", "question": f"Et {WROTE} ?", "text": f"Oui {WROTE}.", "answered_at": 1}
    write(lambda tx: Answer.insert(id="A1", question_id="gone", came_at=tx.now, **reply).execute())
    write(rooms.set_phase, room, "reflection")
    for number in range(6):
        words = {"job": f"soudeuse {WROTE}", "studies": f"électricité {WROTE}", "surprise": f"le vent {WROTE}"}
        write(reflections.submit, room, f"e{number}", approved=number < 5, useful="very", more="yes", **words)
    write(rooms.set_phase, room, "questions")
    page = souvenirs.page_of(rooms.view(room), kiosk.clock.now())
    write(lambda tx: souvenirs.keep(tx, room, page, tx.now + 86_400_000))
    return room


def addresses(app: Flask) -> Iterator[str]:
    """Every page that can be read, and each look of the live page."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in APART:
            path = rule.rule.replace("<id:session_id>", "S1").replace("<int:souvenir_id>", "1")
            yield re.sub(r"<[^>]+>", "x", path.replace("<name>", "bands"))
    looks = [Look(shelf=shelf, only="toutes") for shelf in (*SHELVES.codes(), LINES, REFLECTIONS)]
    looks += [Look(only="toutes", doing=doing) for doing in ("saisir", "sansrelecture", *ABOUT_ONE)]
    for look in looks:
        yield "/prof?" + "&".join(f"{name}={value}" for name, value in look.args().items())


def walk(client: FlaskClient, asked: Iterable[str]) -> str:
    """What this browser reads of French that is not marked, each with where it stands first."""
    found: dict[str, str] = {}
    for address in asked:
        answer = client.get(f"{address}{'&' if '?' in address else '?'}lang=en", follow_redirects=True)
        assert answer.status_code < 500, address
        if (answer.content_type or "").startswith("text/html"):
            for text in french_in(answer.text):
                found.setdefault(text, address)
    return "\n".join(sorted(f"{address}: {text}" for text, address in found.items()))


@pytest.fixture
def browser(app: Flask, busy: str, who: str) -> FlaskClient:
    """A browser of one audience."""
    if who == "pupil":
        pupil = app.test_client()
        pupil.set_cookie("kiosk_device", PHONE)
        return pupil
    came = Teacher(app)
    if who == "teacher":
        return came.enter().client
    return (came.of_room(busy) if who == "room" else came.invited(busy, who)).client


@pytest.mark.parametrize("who", ["pupil", "teacher", "room", "moderator", "secretary"])
def test_no_page_says_french_as_if_it_were_english(app: Flask, browser: FlaskClient, busy: str, write: Write) -> None:
    found = walk(browser, addresses(app))
    for phase in PHASES.codes():
        write(rooms.set_phase, busy, phase)
        found += walk(browser, MOMENT)
    assert not found, found


def test_the_code_and_the_links_speak_english(app: Flask, kiosk: Kiosk, busy: str, write: Write) -> None:
    """The page of the code, a wrong one, a link of each kind, one that is over."""
    came = Teacher(app)
    pages = [came.client.get("/prof/connexion?lang=en")]
    pages += [came.post("/prof/connexion?lang=en", pin="nope") for _n in range(6)]
    links = [kiosk.write(lambda tx: access.invite(tx, busy, role="moderator")[1])]
    links += [kiosk.write(lambda tx: access.invite(tx, busy, role="secretary")[1])]
    pages += [came.client.get(f"/relecture/{link}?lang=en") for link in links]
    guests = [Teacher(app).invited(busy, role) for role in ("moderator", "secretary")]
    for held in access.invitations(busy, kiosk.clock.now()):
        write(access.revoke_invitation, held.id)
    pages += [one.client.get("/prof/connexion?lang=en", follow_redirects=True) for one in guests]
    pages.append(came.client.get("/relecture/no-such-link?lang=en"))
    assert [french_in(page.text) for page in pages] == [[]] * len(pages)


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<html lang="en"><p>Close the room</p>', []),
        ('<html lang="en"><p>Fermer la salle</p>', ["Fermer la salle"]),
        ('<html lang="en"><p>“<span lang="fr">Où ?</span>” set aside</p>', []),
        (
            '<html lang="en"><button aria-label="Monter d’une place, à gauche"></button>',
            ["Monter d’une place, à gauche"],
        ),
    ],
)
def test_the_reader_knows_french(page: str, found: list[str]) -> None:
    assert french_in(page) == found
