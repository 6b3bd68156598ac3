"""What kiosks reported, as the office reads it: sums over schools, choices, tables, and no word of a pupil."""

from __future__ import annotations

import csv
import io
import random
import re
import uuid
from typing import Any

import pytest

from centre.centre_process import OTHER_UAI, Kiosk, Office, enrolment, question, session, speaker
from kiosk.centre import summaries
from kiosk.centre.words import THEMES

pytestmark = pytest.mark.server
PAGE = "/bureau/comptes-rendus/"
LIVE = "Une question dite à voix haute"


def over(office: Office, sid: str, **body: Any) -> None:
    """The session took place."""
    office.upload([session(sid, **{"starts_at": "2026-03-03T13:30:00Z", **body})])


def attendance(sid: str, id: str, headcount: int = 25, **body: Any) -> dict[str, Any]:
    """The body of `attendance.report`."""
    return {
        "session_id": sid, "enrolment_id": id + sid, "headcount": headcount, "questions_received": 30,
        "questions_asked": 12, "started_at": "2026-03-03T13:30:00Z", "ended_at": "2026-03-03T14:20:00Z", **body,
    }  # fmt: skip


def asked(sid: str, id: str, **body: Any) -> dict[str, Any]:
    """The body of `question.asked`."""
    return {
        "question_id": id + sid, "session_id": sid, "text": f"{LIVE} {id}", "theme": "vie", "origin": "live",
        "status": "asked", **body,
    }  # fmt: skip


def figures(page: str) -> dict[str, str]:
    """Label → number of the strip of figures."""
    found = re.findall(r'<dt>([^<]+)</dt><dd class="num">(.*?)</dd>', page)
    return {label: " ".join(re.sub(r"<[^>]+>", "", number).split()) for label, number in found}


def table(office: Office, path: str) -> list[dict[str, str]]:
    """A downloaded table."""
    answer = office.get(path)
    assert answer.content.startswith(b"\xef\xbb\xbf") and "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_two_schools_add_up(kiosk: Kiosk, office: Office, sid: str) -> None:
    other = office.pair(OTHER_UAI)
    kiosk.sync(
        kiosk.operation("enrolment.request", **enrolment("a" + sid, sid)),
        kiosk.operation("enrolment.request", **enrolment("b" + sid, sid, level="3E")),
        kiosk.operation("enrolment.request", **enrolment("c" + sid, sid)),
        kiosk.operation("question.prepared", **question("p" + sid, sid, "Préparée, posée ?", theme="metier")),
        kiosk.operation("question.prepared", **question("q" + sid, sid, "Préparée, gardée ?", theme="vie")),
        kiosk.operation("question.prepared", **question("w" + sid, sid, "Préparée, retirée ?", theme="vie")),
        kiosk.operation("question.withdraw", question_id="w" + sid),
    )
    body = enrolment("d" + sid, sid, kind="individual", headcount=1)
    other.sync(other.operation("enrolment.request", **body))
    over(office, sid)
    brief = {"ended_at": "2026-03-03T13:40:00Z"}
    kiosk.sync(
        kiosk.operation("attendance.report", **attendance(sid, "a", 24)),
        kiosk.operation("attendance.report", **attendance(sid, "b", 28)),
        kiosk.operation("question.asked", **asked(sid, "p", origin="prepared", theme="metier", status="answered")),
        kiosk.operation("question.asked", **asked(sid, "w", origin="prepared", theme="metier")),
        *(kiosk.operation("question.asked", **asked(sid, f"l{n}")) for n in range(6)),
        kiosk.operation("reflection.summary", session_id=sid, answers=21, themes={"metier": 9, "vie": 5}),
    )
    other.sync(
        other.operation(
            "attendance.report", **attendance(sid, "d", 1, questions_received=2, questions_asked=1, **brief)
        ),
        *(other.operation("question.asked", **asked(sid, f"m{n}", theme="salaire")) for n in range(5)),
    )
    page = office.get(f"{PAGE}seance/{sid}").text.replace("\u00a0", " ")
    assert figures(page) == {
        "classes": "2 sur 3",
        "élèves en tout": "52",
        "établissement": "1",
        "questions reçues": "60",
        "questions posées": "24",
        "minutes en moyenne": "50",
    }  # fmt: skip  (a pupil alone is in none of them)
    cells = r'<th scope="row">{}</th><td class="count">(.*?)</td><td class="count">(.*?)</td>'
    shown = {
        name: re.findall(cells.format(name), page) for name in ("Le travail au quotidien", "La personne et la vie")
    }
    (work,), (life,) = shown.values()  # 2 prepared of work; 6 live of life and 5 of figures: these would tell the 2
    assert "–" in work[0] and "–" in work[1] and "–" in life[0] and life[1] == "6" and "Les chiffres" not in page
    assert "préparées en classe" in page and not re.search(r"\d préparée", page)
    assert "Préparée, posée" in page and "Réponse notée." in page and "autre question préparée" not in page
    assert "Préparée, gardée" not in page and "Préparée, retirée" not in page and LIVE not in page
    assert re.findall(r'<th scope="row">(4e|3e)</th><td class="count">(\d+)</td><td class="count">(\d+)', page) == [
        ("4e", "1", "24"),
        ("3e", "1", "28"),
    ]
    assert "1 bilan partagé, 21 réponses" in page and "2 établissements, qui ont choisi" in page
    line = next(one for one in table(office, PAGE + "seances.csv") if one["Séance"] == f"Séance {sid}")
    assert {name: line[name] for name in ("Date", "Heure de Paris", "Classes", "Élèves", "Classes inscrites")} == {
        "Date": "03/03/2026", "Heure de Paris": "14:30", "Classes": "2", "Élèves": "52", "Classes inscrites": "3",
    }  # fmt: skip
    numbers = [line[name] for name in line if name.startswith("Posées")]
    assert ([n for n in numbers if n], line["Bilans partagés"], line["Réponses au bilan"]) == (["6"], "1", "21")
    assert LIVE not in office.get(PAGE + "seances.csv").text


def test_a_question_of_the_centre_is_counted_in_each_school_that_asked_it(
    kiosk: Kiosk, office: Office, sid: str
) -> None:
    office.post("/bureau/questions/ajouter", session_id=sid, theme="parcours", origin="email", text="=Et après ?")
    other = office.pair(OTHER_UAI)
    for one in (kiosk, other):
        one.sync(one.operation("enrolment.request", **enrolment(f"{one.id}{sid}", sid)))
    (id,) = [key[1] for key, held in kiosk.held.items() if key[0] == "question" and held["body"]["session_id"] == sid]
    over(office, sid)
    for one, status in ((kiosk, "asked"), (other, "answered")):
        body = {**asked(sid, "x", origin="prepared", theme="parcours", status=status), "question_id": id}
        one.sync(one.operation("question.asked", **body))
    page = office.get(f"{PAGE}seance/{sid}").text.replace("\u00a0", " ")
    assert "Posée dans 2 établissements, réponse notée dans 1." in page
    (line,) = table(office, f"{PAGE}questions/{sid}.csv")
    assert list(line.values()) == ["'=Et après ?", "Le parcours et les études", "", "2", "1"]


def titles(office: Office, query: str) -> set[str]:
    """Sessions that a choice shows, on the page and in the table alike."""
    page = office.get(f"{PAGE}?{query}")
    assert page.status_code == 200
    shown = set(re.findall(r"seance/[^\"]+\">([^<]+)</a>", page.text))
    assert shown == {one["Séance"] for one in table(office, f"{PAGE}seances.csv?{query}")} if shown else True
    return shown


def test_days_are_those_of_paris_and_choices_add(kiosk: Kiosk, office: Office) -> None:
    names = {
        "late": ("2021-05-03T22:30:00Z", ["4E"]),  # half past midnight on the fourth, in Paris
        "noon": ("2021-05-04T10:00:00Z", ["2GT"]),
        "next": ("2021-05-04T22:00:00Z", ["4E", "2GT"]),
    }
    office.upload([session(id, title=id, starts_at=at, levels=levels) for id, (at, levels) in names.items()])
    office.upload([session("gone", title="gone", starts_at="2021-05-04T12:00:00Z", status="cancelled")])
    assert titles(office, "du=2021-05-04&au=2021-05-04") == {"late", "noon"}
    assert titles(office, "du=04/05/2021&au=05/05/2021&niveau=2GT") == {"noon", "next"}
    assert titles(office, "du=2021-05-04&au=2021-05-05&avec=1") == set()
    kiosk.sync(kiosk.operation("attendance.report", **{**attendance("", "n"), "session_id": "gone"}))
    assert titles(office, "du=2021-05-04&au=2021-05-05&avec=1") == {"gone"}  # cancelled late: a class was there
    page = office.get(PAGE + "?du=2021-05-04&au=2021-05-05&niveau=2GT").text
    assert "?du=2021-05-04&amp;au=2021-05-05&amp;niveau=2GT&amp;lang=en" in page
    assert "À partir du mardi 4 mai 2021." in page.replace("\u00a0", " ")


def test_a_clock_that_jumped_a_place_given_back_and_another_s_enrolment_do_not_count(
    kiosk: Kiosk, office: Office, sid: str
) -> None:
    other = office.pair(OTHER_UAI)
    other.sync(other.operation("enrolment.request", **enrolment("o" + sid, sid, kind="individual", level="3E")))
    kiosk.sync(
        *(kiosk.operation("enrolment.request", **enrolment(f"{id}{sid}", sid)) for id in "ab"),
        kiosk.operation("enrolment.cancel", enrolment_id="b" + sid),
    )
    over(office, sid)
    kiosk.sync(
        kiosk.operation("attendance.report", **attendance(sid, "a")),
        kiosk.operation("attendance.report", **attendance(sid, "o", started_at="1970-01-01T00:00:00Z")),
        kiosk.operation("attendance.report", **attendance(sid, "few", 3, ended_at="2026-03-03T13:35:00Z")),
    )
    page = office.get(f"{PAGE}seance/{sid}").text.replace("\u00a0", " ")
    found = figures(page)
    assert (found["classes"], found["minutes en moyenne"], found["élèves en tout"]) == ("3", "50", "50")
    assert "élève à part" not in found and "Niveau inconnu" in page
    (line,) = [one for one in table(office, PAGE + "seances.csv") if one["Séance"] == f"Séance {sid}"]
    assert line["Classes inscrites"] == "1"


def test_fifty_sessions_a_page_and_the_sum_of_all(kiosk: Kiosk, office: Office) -> None:
    days = [f"2022-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 19)]
    office.upload([session(day, title=day, starts_at=f"{day}T09:00:00Z") for day in days])
    kiosk.sync(*(kiosk.operation("attendance.report", **attendance(day, "e", 20)) for day in days[:30]))
    query = "du=2022-01-01&au=2022-12-31"
    pages = [office.get(f"{PAGE}?{query}&page={page}").text for page in (1, 2, 99)]
    shown = [re.findall(r"seance/[^\"]+\">([^<]+)</a>", page) for page in pages]
    assert shown[0] + shown[1] == days[::-1] and len(shown[0]) == 50 and shown[2] == shown[1]
    for page in pages:
        found = figures(page)
        assert (found["séances"], found["classes"], found["élèves en tout"], found["établissement"]) == (
            "54", "30", "600", "1",
        )  # fmt: skip
    assert len(table(office, f"{PAGE}seances.csv?{query}")) == 54


@pytest.mark.parametrize(
    ("query", "field"),
    [("du=hier", "du"), ("au=2021-02-30", "au"), ("du=2021-05-05&au=2021-05-04", "au"), ("du=0001-01-01", "du"),
     ("au=9999-12-31", "au")],
)  # fmt: skip
def test_a_wrong_date_is_told_beside_its_field(office: Office, query: str, field: str) -> None:
    for path in (PAGE, PAGE + "seances.csv"):
        answer = office.get(f"{path}?{query}")
        assert answer.status_code == 422 and 'role="alert"' in answer.text
        at = answer.text.index(f'name="{field}"')
        assert 'aria-invalid="true"' in answer.text[at : at + 200]


def test_a_session_nobody_reported_says_so_and_what_is_not_there_too(office: Office, sid: str) -> None:
    over(office, sid)
    page = office.get(f"{PAGE}seance/{sid}").text
    assert "Aucune classe n’a encore rendu compte" in page and figures(page) == {}
    assert table(office, f"{PAGE}questions/{sid}.csv") == []
    for path in ("seance/none", "questions/none.csv"):
        assert office.get(PAGE + path).status_code == 404
    assert office.get(PAGE + "?page=99999&niveau=XX&lang=en").status_code == 200


def test_no_cell_of_a_table_is_a_formula(kiosk: Kiosk, office: Office) -> None:
    sid = f"S-{uuid.uuid4()}"
    office.upload([speaker("P-formula", name="+cmd|x"), session(sid, title="@SUM(1)", speakers=["P-formula"])])
    over(office, sid, title="@SUM(1)", speakers=["P-formula"])
    cells = [cell for line in table(office, PAGE + "seances.csv") for cell in line.values()]
    assert "'@SUM(1)" in cells and "'+cmd|x" in cells
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@%|"))]


@pytest.mark.parametrize("seed", range(30))
def test_no_number_under_five_is_written_nor_found_from_those_that_are(seed: int) -> None:
    """Whoever knows the sums too: what is left out of each kind, and of both together, is nothing or five and more."""
    chance = random.Random(seed)
    line = summaries.Line("S", "", 0, "done", [], [])
    for of in (line.live, line.prepared):
        of.update({code: n for code in THEMES if (n := chance.choice((0, 0, 1, 2, 4, 5, 6, 9, 30)))})
    told, kinds = line.told, (line.prepared, line.live, line.prepared + line.live)
    for kind, shown in zip(kinds, zip(*((a, b, a + b) for a, b in told.values())) if told else ((), (), ())):
        assert not [n for n in shown if 0 < n < 5]
        assert kind.total() - sum(shown) not in range(1, 5), (line, told)
    assert line.told_sums is None or not [n for n in line.told_sums if 0 < n < 5]
