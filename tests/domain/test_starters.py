"""Starters are open, completed with what the session knows, and speak of the job."""

from __future__ import annotations

import re

import pytest

from kiosk.contract.themes import offered
from kiosk.domain import rooms, starters, starting
from kiosk.domain.reading.openness import closed
from kiosk.ground import i18n

KNOWN = {"tool": "le harnais", "of_job": "de technicienne", "step": "BTS", "feminine": "1"}
#: What begins a question that « oui » answers: the rule of the notes, written apart from ``openness``.
CLOSED = re.compile(
    r"^(?:est-ce|avez-|êtes-|aimez-|pensez-|peut-|faut-|y a-t|pouvez-|voulez-|allez-|faites-vous|vous )", re.I
)
MISSING = re.compile(r"femme|fille|garçon|homme|sexe|parité|rare|manque|seule|malgré|minorit|stéréotyp", re.I)


def said():
    return [text for one in starters.STARTERS for text in (one.text, one.masculine) if text]


@pytest.mark.parametrize("text", said())
def test_no_starter_is_closed(text):
    assert not CLOSED.match(text)
    assert not closed(text.replace("…", " cela"))
    assert text.endswith(("…", "… ?")) and text.count("…") == 1


@pytest.mark.parametrize("school", starters.SCHOOLS)
def test_each_line_has_about_twelve_in_each_school(school):
    """Twelve where the session says all; nine at least where nothing is known of it."""
    whole, bare = starters.lines(school, KNOWN), starters.lines(school, {})
    assert [line.theme.code for line in whole] == [*(theme.code for theme in offered()), "egalite"]
    assert [len(line.starters) for line in whole] == [12] * 5
    assert min(len(line.starters) for line in bare) >= 9
    assert not [one.text for line in bare for one in line.starters if "%" in one.text]


def test_schools_differ():
    college, lycee = (
        {one.code for line in starters.lines(school, KNOWN) for one in line.starters} for school in starters.SCHOOLS
    )
    assert len(college - lycee) >= 15 and len(lycee - college) >= 15


def test_equality_speaks_of_the_job_alone():
    assert [one.text for one in starters.STARTERS if one.theme == "egalite" and MISSING.search(one.text)] == []


def test_a_starter_agrees_with_who_speaks():
    """With women and men together, what agrees with one of them alone is left out."""
    found = {}
    for who, facts in (("women", {"feminine": "1"}), ("men", {"feminine": "0"}), ("both", {})):
        line = starters.line("vie", "college", facts)
        found[who] = [one.text.partition("…")[0] for one in line.starters if "fi" in one.text.split()[-2]]
    assert found == {"women": ["De quoi êtes-vous fière"], "men": ["De quoi êtes-vous fier"], "both": []}


def test_what_is_written_stops_at_the_gap():
    one = starters.begun(starters.STARTERS.get("metier-3"), {})
    assert one is not None and one.start == "Que faites-vous quand "


def test_every_starter_has_its_english_with_its_gap():
    with i18n.language("en"):
        english = [starters.begun(one, KNOWN) for one in starters.STARTERS]
    assert not [one and one.text for one in english if one is None or one.text.count("…") != 1]


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ("Technicienne de maintenance", "de technicienne de maintenance"),
        ("Infirmier", "d’infirmier"),
        ("Éclairagiste", "d’éclairagiste"),
        ("Œnologue", "d’œnologue"),
        ("Horlogère", "d’horlogère"),
        ("Harpiste", "de harpiste"),
        ("VRP", "de VRP"),
    ],
)
def test_a_job_after_metier(job, said):
    assert starting.of(job) == said


def test_a_session_completes_its_starters(kiosk, room):
    session = rooms.view(room).session
    assert session is not None and len(session.speakers) == 1
    found = starting.facts(session, kiosk.settings.data_dir)
    assert found["of_job"] == starting.of(session.speakers[0].job)
    line = starters.line("metier", "college", found)
    assert [one for one in line.starters if found["of_job"] in one.text.replace("\u00a0", " ")]


@pytest.mark.parametrize(
    ("text", "yes_or_no"),
    [
        ("Est-ce que c’est dangereux ?", True),
        ("vous avez peur ?", True),
        ("Vous avez peur quand vous montez ?", True),
        ("bonjour, vous travaillez le week-end ?", True),
        ("ça paye bien ??", True),
        ("Y a-t-il des astreintes dans votre équipe ?", True),
        ("cb vous gagnez", False),
        ("pk vous avez choisi sa", False),
        ("Est-ce que vous pouvez nous raconter une journée ?", False),
        ("Vous travaillez où ?", False),
        ("Depuis quand faites-vous ce métier ?", False),
        ("Et qu’est-ce qui vous plaît ?", False),
        ("À notre âge, que vouliez-vous faire ?", False),
        ("", False),
        ("🙂🙂", False),
    ],
)
def test_a_closed_question_is_known(text, yes_or_no):
    assert closed(text) is yes_or_no
