"""The end of a session on the panel, and its souvenir: seen, kept, taken away, printed on one sheet or two."""

from __future__ import annotations

import html
import re

import pytest

from factories import Teacher, make_question, make_room
from kiosk.domain import rooms, souvenirs
from kiosk.domain.questions import answers, moderation
from kiosk.storage.models import Souvenir
from kiosk.web.teacher import souvenir

PATH = [{"when": "2010", "what": "Bac général"}, {"when": "2012", "what": "Bifurcation : BTS"}]


def text(answer):
    return html.unescape(re.sub(r"[ \s]+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


@pytest.fixture
def over(kiosk, room, write):
    """A session that is over: six questions asked, one with its line; one left."""
    write(rooms.set_phase, room, "questions")
    for number in range(6):
        make_question(kiosk, room, f"q{number}", f"Combien de marches {number} ?", after=moderation.mark_answered)
    make_question(kiosk, room, "left", after=moderation.approve)
    write(answers.note, room, "q0", "Deux cents")
    write(rooms.set_phase, room, "closed")
    return room


def test_the_end_leads_to_what_stays_and_to_the_erasure(over, teacher):
    page = teacher.client.get("/prof")
    said = text(page)
    assert "Trois choses, puis c’est fini" in said and "Ce qui reste : 1 question" in said
    assert "5 réponses restent à noter sur 6." in said and "tout s’efface le" in said
    links = html.unescape(" ".join(re.findall(r'href="([^"]*)"', page.text)))
    for address in (r"/prof/souvenir\?", r"/prof\?liste=posees", r"/prof/salle\S*#effacer", r"/prof\?filtre=toutes"):
        assert re.search(address, links), address
    assert "Trois choses" not in text(teacher.client.get("/prof?liste=posees"))


def test_the_end_is_the_teacher_s(app, over):
    assert "Trois choses" not in text(Teacher(app).invited(over).client.get("/prof"))


def test_it_is_seen_before_it_is_kept(over, teacher):
    page = teacher.client.get("/prof/souvenir")
    assert "Combien de marches 0 ?" in text(page) and "Deux cents" in text(page)
    assert "Nos 6 questions" in text(page) and "Posée, réponse non notée." in text(page)
    assert Souvenir.select().count() == 0
    for wrong in ("", "demain", "2020-01-01", "2099-01-01"):
        refused = teacher.post("/prof/souvenir", jusque=wrong)
        assert refused.status_code == 422 and f'value="{wrong}"' in refused.text and "treize mois" in text(refused)
    assert Souvenir.select().count() == 0


def kept(kiosk, teacher):
    day = kiosk.clock.now() // 86_400_000 + 30
    from datetime import date

    until = date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat()
    return teacher.post("/prof/souvenir", jusque=until).headers["Location"]


def test_it_is_kept_taken_away_and_dropped(app, kiosk, over, teacher):
    address = kept(kiosk, teacher)
    page = text(teacher.client.get(address))
    assert "Gardé jusqu’au" in page and "Deux cents" in page
    file = teacher.client.get(f"{address}/fichier")
    assert file.headers["Content-Disposition"].startswith('attachment; filename="souvenir-')
    assert "Deux cents" in text(file) and not re.search(r'(?:src|href)="(?!#|data:)|<script|@import|url\(', file.text)
    assert text(teacher.client.get("/prof/salle")).count("Gardé jusqu’au") == 1
    teacher.post("/prof/salle/effacer", compris="1")
    assert "le souvenir que vous avez gardé, jusqu’au" in text(teacher.client.get("/prof/salle/recu"))
    assert "Deux cents" in text(teacher.client.get(address))
    assert teacher.post(f"{address}/oublier").status_code == 303
    assert teacher.client.get(address, headers={"X-Fragment": "1"}).status_code == 404


def test_another_room_s_is_not_found(app, kiosk, over, teacher):
    address = kept(kiosk, teacher)
    other = rooms.view(make_room(kiosk, "Autre")).code
    for path in (address, f"{address}/fichier"):
        assert teacher.client.get(f"{path}?salle={other}", headers={"X-Fragment": "1"}).status_code == 404
    assert teacher.post(f"{address}/oublier?salle={other}").status_code == 404
    assert Souvenir.select().count() == 1


def held(asked, speakers=1, steps=PATH, line="Une ligne de réponse."):
    """A kept page with so many questions."""
    people = [{"name": "Sophie", "job": "cheffe", "employer": "", "path": steps}] * speakers
    question = {"text": "Qu’est-ce qui vous a fait changer de voie ?", "whom": "", "line": line}
    scales = [{"counts": [["very", 9], ["rather", 9], ["little", 9]]}] * 2
    return {
        "title": "Titre", "people": people, "themes": [{"code": "metier", "questions": [question] * asked}],
        "following": None, "reflection": {"scales": scales, "wishes": [], "studies": [], "surprises": []},
    }  # fmt: skip


def sheets(page):
    return souvenir.sheets(page, [souvenir._rails(souvenir.paths.steps(one["path"])) for one in page["people"]])


@pytest.mark.parametrize(("asked", "speakers", "expected"), [(0, 1, 1), (14, 1, 1), (26, 1, 2), (9, 3, 1), (20, 3, 2)])
def test_the_sheets_are_as_few_as_the_design_says(asked, speakers, expected):
    assert len(sheets(held(asked, speakers))) == expected


@pytest.mark.parametrize("asked", [0, 1, 15, 200])
def test_every_question_is_on_a_sheet_once_and_in_its_order(asked):
    page = held(asked, steps=PATH * 9, line="mot " * 40)
    page["themes"] = [
        {"code": code, "questions": [{"text": f"{code}{n}", "whom": "", "line": ""} for n in range(asked)]}
        for code in ("metier", "vie", "")
    ]
    found = [q["text"] for sheet in sheets(page) for theme in sheet.themes for q in theme["questions"]]
    assert found == [f"{code}{n}" for code in ("metier", "vie", "") for n in range(asked)]
    assert [sheet.first for sheet in sheets(page)] == [True] + [False] * (len(sheets(page)) - 1)


@pytest.mark.parametrize("steps", [0, 1, 8, 9, 17])
def test_a_path_is_whole_in_rows_of_eight_at_most(steps):
    rows = souvenir._rails(souvenir.paths.steps([{"when": str(n), "what": f"étape {n}"} for n in range(steps)]))
    assert [step.when for row in rows for step in row] == [str(n) for n in range(steps)]
    assert all(1 <= len(row) <= 8 for row in rows)


def test_what_pupils_wrote_is_text_in_the_file(kiosk, over, teacher, write):
    write(answers.note, over, "q1", "<script>alert(1)</script>")
    address = kept(kiosk, teacher)
    assert "<script>alert" not in teacher.client.get(f"{address}/fichier").text
    assert souvenirs.listed(over)[0].page["themes"][0]["questions"][1]["line"] == "<script>alert(1)</script>"
