"""Text is text: a corpus of injections goes in by every door, and comes out as itself on every page and export."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from factories import make_class, make_question, make_session
from kiosk.domain import rooms, souvenirs
from kiosk.domain.questions import answers, moderation, reflections
from kiosk.ground.errors import KioskError
from kiosk.ops import exports
from kiosk.storage.models import Enrolment, Notice, Session, Speaker

ROOT = Path(__file__).resolve().parents[1]
#: Tags, attributes, entities, templates, formulas, terminal escapes; « zq » marks each one, so that it can be found.
CORPUS = [
    "<script>zq1()</script>", "\"><img src=x onerror=zq2()>", "' onmouseover='zq3()", "</title><svg/onload=zq4()>",
    "javascript:zq5()", "{{ 7*7 }}{% zq6 %}", "&lt;b&gt;zq7", "</textarea><iframe src=//zq8>", "--><!-- zq9",
    "=HYPERLINK(\"http://zq10\")", "+1+zq11", "-1+zq12", "@SUM(zq13)", "\t=zq14", "|calc zq15",
    "\x1b[2J\x1b]0;zq16\x07",
    "\u009b31mzq17", "zq18\u202emoc", "]]><zq19/>", "%(max)s %zq20", "</script><script>zq21()</script>", "<style>*{zq22}",
]  # fmt: skip
VOID = {"script", "iframe", "svg", "img", "style", "object", "embed"}


class Page(HTMLParser):
    """A page as a browser reads it: its elements and attributes that hold the mark."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self._within = tag if tag in ("script", "style") else ""
        if tag.startswith("zq"):
            self.bad.append(tag)
        for name, value in attributes:
            active = name.startswith("on") or name in ("href", "src", "action", "formaction", "srcdoc", "style")
            script = (value or "").strip().lower().startswith(("javascript:", "data:text", "vbscript:"))
            if "zq" in name or name.startswith("on") or (active and script) or (tag in VOID and "zq" in (value or "")):
                self.bad.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag):
        self._within = ""

    def handle_data(self, data):
        if self._within and "zq" in data:
            self.bad.append(f"{self._within}: {data[:80]}")

    def handle_comment(self, data):
        if "zq" in data:
            self.bad.append(f"comment: {data}")


#: What would begin a line of its own in a calendar, in the head of a message.
LINES = "zq30\r\nBcc: zq31@example.org\nATTENDEE:mailto:zq32@example.org\u2028DTSTART:zq33"


def from_the_centre(now):
    """What a centre, or a file that was forged, may have put in the database."""
    Session.update(
        title=f"{CORPUS[0]} {LINES}", meeting_url="javascript:zq26()", theme_week=CORPUS[1], starts_at=now + 86_400_000,
        dossier=[
            {"title": CORPUS[0], "moment": "before", "text": " ".join(CORPUS), "url": "javascript:zq27()"},
            {"title": LINES, "moment": "after", "url": "data:text/html,<script>zq28()</script>"},
        ],
    ).where(Session.id == "S1").execute()  # fmt: skip
    Notice.insert(id="N1", rev=1, level="warning", text=" ".join(CORPUS), expires_at=now + 86_400_000).execute()
    Enrolment.insert(
        id="E9", rev=1, session_id="S1", label=CORPUS[1], level="4E", state="refused", reason=CORPUS[0] + LINES
    ).execute()


@pytest.fixture
def planted(kiosk, room, write, teacher, phone):
    """Every door used: phone, form, keyboard, pasted list, rewording, class, room, reflection, session, speaker."""
    for number, text in enumerate(CORPUS):
        after = moderation.approve if number % 3 else None
        make_question(kiosk, room, f"q{number}", text, after=after, author=f"eleve-{number % 4}")
    kiosk.write(lambda tx: [Speaker.update(
        name=CORPUS[1][:60], job_feminine=CORPUS[0], employer=CORPUS[6], place=CORPUS[2],
        bio=" ".join(CORPUS), path=[{"when": CORPUS[0], "what": CORPUS[1]}], job_sheet="javascript:zq5()",
    ).where(Speaker.id == "S1-P1").execute()])  # fmt: skip
    kiosk.write(lambda tx: from_the_centre(tx.now))
    make_session(kiosk, "S2", title=CORPUS[0] + CORPUS[1])
    make_class(kiosk, "S2", CORPUS[4][:40])
    make_session(kiosk, "ICI-1", title=CORPUS[0] + CORPUS[1], meeting_url="javascript:zq34()", speakers=1)
    kiosk.write(lambda tx: Speaker.update(
        name=CORPUS[1][:60], job_feminine=CORPUS[0], bio=" ".join(CORPUS), path=[{"when": CORPUS[0], "what": CORPUS[1]}],
    ).where(Speaker.id == "ICI-1-P1").execute())  # fmt: skip
    write(moderation.reword, room, "q1", "<b onclick=zq23()>reformulée</b>")
    teacher.post("/prof/saisir", texte=CORPUS[0] + " tapée", theme="")
    teacher.post("/prof/liste", liste="\n".join(CORPUS[:8]), faire="voir", origine="paper")
    teacher.post("/prof/liste", texte=CORPUS[:8], ligne=[str(n) for n in range(8)], faire="ajouter", origine="paper")
    teacher.post("/prof/salle/classe", classe="<img src=x onerror=zq24()>", effectif="26")
    teacher.post("/prof/salles", nom="<script>zq25()</script>")
    one = phone("telephone-1", room=rooms.view(room).code)
    one.call("ask", {"id": "p1", "text": CORPUS[0] + " du téléphone"})
    code = rooms.view(room).code
    teacher.client.post(f"/questions?salle={code}", data={"text": CORPUS[1], "id": "f1"})
    write(rooms.set_phase, room, "reflection")
    try:
        write(reflections.submit, room, "eleve-1", **{name: CORPUS[0] for name in reflections.FIELDS})
    except KioskError:
        pass  # a choice among words is refused outright
    write(moderation.mark_asked, room, "q4")
    write(answers.note, room, "q4", CORPUS[0][: answers.MAX_LENGTH])
    kept = souvenirs.page_of(rooms.view(room), kiosk.clock.now())
    assert write(souvenirs.keep, room, kept, kiosk.clock.now() + 86_400_000) == 1
    return code


#: The inside of a page, by its name (kiosk/web/teacher/live.py).
FRAGMENTS = ("live", "answers", "bands", "prepare", "sessions", "room", "exchange", "first", "all_rooms")
#: Without these, a page sends elsewhere or refuses.
ASKED = {"pupils.received": "&id=f1", "control.copying": "&ids=q1&ids=q2"}
#: What is a list of another page since → where it stands.
MOVED = {"control.running_order": ("/prof", "&liste=ordre")}
#: What shows nobody's words, and answers otherwise than with a page: a file, a portrait, a way to another page.
APART = ("static", "portraits.portrait", "pupils.enter", "control.login", "control.join_page")


def walk(app, code):
    """Every address that can be read, for this room."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint not in APART:
            for name in FRAGMENTS if "<name>" in rule.rule else [""]:
                session = "ICI-1" if rule.endpoint == "control.session_edit" else "S1"  # one that a teacher made
                address = rule.rule.replace("<id:session_id>", session).replace("<name>", name)
                address = address.replace("<int:souvenir_id>", "1")
                assert "<" not in address, rule.rule
                address, asked = MOVED.get(rule.endpoint, (address, ASKED.get(rule.endpoint, "")))
                for extra in ("", "&lang=en"):
                    yield f"{address}?salle={code}{asked}{extra}"


def test_no_page_holds_what_was_typed_as_anything_but_text(app, kiosk, room, planted, teacher, write):
    found = seen = 0
    told: dict[str, set[int]] = {}
    make_question(kiosk, room, "prepared", CORPUS[1], origin="prepared")
    for phase in ("lobby", "countdown", "talk", "questions", "reflection", "closed"):
        write(rooms.set_phase, room, phase)
        if phase == "questions":
            write(moderation.put_on_screen, room, "q4")
        for address in walk(app, planted):
            answer = teacher.client.get(address)
            assert answer.status_code < 500, address
            told.setdefault(address, set()).add(answer.status_code)
            if answer.mimetype == "text/html":
                page = Page(answer.text)
                assert page.bad == [], (phase, address, page.bad[:3])
                seen, found = seen + 1, found + ("zq" in answer.text)
    assert [address for address, answers in told.items() if 200 not in answers] == []
    assert seen > 350 and found > 250


def test_addresses_cannot_bring_markup(app, room, client, teacher):
    for browser in (client, teacher.client):
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods:
                base = re.sub(r"<(?:int:)?[^>]+>", "%3Cscript%3Ezq%3C", rule.rule)
                for name in ("salle", "lang", "vue", "theme", "regard", "id", "suite", "doit", "filtre", "jeton"):
                    answer = browser.get(base, query_string={name: '"><script>zq()</script>'})
                    assert answer.status_code < 500, (base, name)
                    if answer.mimetype == "text/html":
                        assert Page(answer.text).bad == [], (base, name)
                    assert "<script>" not in answer.headers.get("Location", "")


def test_exports_hold_no_formula_and_no_escape(kiosk, room, planted):
    rows = exports.questions()
    table = csv.reader(io.StringIO(exports.to_csv(rows).lstrip("\ufeff")), delimiter=";")
    cells = [cell for row in table for cell in row]
    assert sum("zq" in cell for cell in cells) >= len(CORPUS)
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n|%＝＋－＠"))] == []
    control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
    assert [cell for cell in cells if control.search(cell)] == []
    text = exports.to_json(rows, terminal=True)
    assert control.search(text.replace("\n", "")) is None
    assert len(json.loads(text)) == len(rows)


def test_the_console_prints_no_escape(kiosk, room, planted, settings):
    for command in (["rooms"], ["export", "questions", "--json"], ["export", "questions"]):
        done = subprocess.run(
            [sys.executable, "-m", "kiosk", *command, "--data-dir", str(settings.data_dir)],
            cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
        assert re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", done.stdout + done.stderr) == [], command
        assert "Traceback" not in done.stderr


def test_a_calendar_and_a_letter_keep_their_lines(kiosk, room, planted, teacher):
    """RFC 5545 and RFC 5322: what was typed begins no property and no header of its own."""
    for place in ("", "S1/"):
        lines = teacher.client.get(f"/prof/seances/{place}calendrier.ics?salle={planted}").text.splitlines()
        assert lines[0] == "BEGIN:VCALENDAR" and any("zq30" in line for line in lines)
        names = {re.split("[:;]", line)[0] for line in lines if not line.startswith((" ", "\t"))}
        assert "ATTENDEE" not in names and "Bcc" not in names
        assert not any(line.startswith("DTSTART:zq") for line in lines)
    for n, text in enumerate(CORPUS):
        make_question(kiosk, room, f"prep{n}", text, origin="prepared")
    written = teacher.client.get(f"/prof/courriel/S1/message.eml?salle={planted}").data
    letter = email.message_from_bytes(written, policy=email.policy.default)
    assert "zq30" in letter["Subject"] and letter["Bcc"] is None
    names = {"Subject", "To", "From", "Date", "MIME-Version", "Content-Type", "X-Unsent", "Message-ID"}
    assert set(letter.keys()) <= names
    sheets = [part.get_content() for part in letter.walk() if part.get_filename()]
    assert len(sheets) == 1
    table = sheets[0] if isinstance(sheets[0], str) else sheets[0].decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(table.lstrip("\ufeff")), delimiter=";") for cell in row]
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n|%"))] == []
