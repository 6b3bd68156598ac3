"""What somebody wrote, quoted in a sentence of the interface, is marked as a quotation (RGAA 9.4); the name of a job
breaks at its hyphens only when it is longer than a line.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from factories import Teacher, make_question
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation
from kiosk.ground import i18n, marked

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
#: A sentence that quotes, and the value that it quotes.
QUOTING = re.compile(r'_\(\s*"[^"]*« ?%\((\w+)\)s ?»[^"]*"[^)]*?\b\1=(.*?)\}\}')
#: What holds words that a pupil, a class or a speaker wrote.
WRITTEN = re.compile(r"\.(?:text|original_text|was|said|asked|proposed|near)\b")
#: A whole quotation, apart from any sentence, has its own element.
APART = {"control/live/care.html", "control/live/care_told.html"}


def test_every_sentence_that_quotes_says_so() -> None:
    met, bare = 0, []
    for file in sorted(TEMPLATES.rglob("*.html")):
        name = str(file.relative_to(TEMPLATES))
        for found in QUOTING.finditer(" ".join(file.read_text("utf-8").split())):
            if WRITTEN.search(found[2]) and name not in APART:
                met += 1
                if "|cited" not in found[2]:
                    bare.append((name, found[0]))
    assert bare == [] and met >= 15
    for name in APART:
        assert "<blockquote>" in (TEMPLATES / name).read_text("utf-8")


def test_a_pupil_reads_what_they_had_written_as_a_quotation(
    kiosk: Kiosk, room: str, client: FlaskClient, teacher: Teacher
) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    client.get("/")
    client.post("/questions", data={"id": "q1", "text": "vous gagner combien au debut", "session": "S1"})
    [asked] = [one.id for one in moderation.questions.listed(room, "S1", "pending")]
    kiosk.write(lambda tx: moderation.reword(tx, room, asked, "Quelle est la paie d’une débutante ?"))
    page = client.get("/mes-questions").text
    assert "Vous aviez écrit\u00a0: «\u00a0<q>vous gagner combien au debut</q>\u00a0»" in page
    assert '<q lang="fr">vous gagner combien au debut</q>' in client.get("/mes-questions?lang=en").text
    kiosk.write(lambda tx: moderation.approve(tx, room, asked))
    make_question(kiosk, room, "next", "Que faites-vous la nuit ?")
    kiosk.write(lambda tx: moderation.approve(tx, room, "next"))
    assert "<q>Quelle est la paie" in teacher.client.get("/prof").text


@pytest.mark.parametrize(
    "name, shown",
    [
        ("aide-soignante", '<span class="whole">aide-soignante</span>'),
        ("cheffe de chantier", "cheffe de chantier"),
        ("maître-chien & dresseur", '<span class="whole">maître-chien</span> &amp; dresseur'),
        ("ingénieure - conseil", "ingénieure - conseil"),
        ("<b>-x-</b>", "&lt;b&gt;-x-&lt;/b&gt;"),
    ],
)
def test_the_name_of_a_job_is_held_together(name: str, shown: str) -> None:
    assert str(marked.whole(name)) == shown


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_counted_sentence_keeps_a_marked_value(app: object, lang: str) -> None:
    with i18n.language(lang):
        said = marked.counted(
            "%(n)s classe à « %(title)s » :",
            "%(n)s classes à « %(title)s » :",
            2,
            title=marked.in_french("Élever & <b>"),
        )
    held = "Élever &amp; &lt;b&gt;" if lang == "en" else "Élever & <b>"
    assert held in said and said.startswith("2 ")
