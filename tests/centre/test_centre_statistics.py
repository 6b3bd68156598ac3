"""Statistics of the programme: what they add up, and that nothing under five is in them, nor found from them."""

from __future__ import annotations

from typing import Any

import pytest

from centre.centre_files import Run
from centre.centre_process import Office
from kiosk.centre import models, statistics
from kiosk.centre.statistics import Filter
from kiosk.contract import schools, to_ms
from kiosk.ground.instants import instant, read_date, read_time

JOB = '{{"name":"{0}","job":{{"feminine":"pilote","masculine":"pilote","shown":"{1}"}},"bio":"","path":[{2}]}}'
TURN = '{"when":"","what":"Bifurcation : la mer"}'


def uai(number: int) -> str:
    """A UAI with its letter."""
    return f"{number:07d}{schools.checksum(f'{number:07d}')}"


RENNES, RURAL, TAHITI = uai(350001), uai(350002), uai(9840001)


def at(day: str) -> int:
    """14 h of Paris, in UTC ms."""
    on, hour = read_date(day), read_time("14:00")
    assert on and hour
    return to_ms(instant(on, hour))


@pytest.fixture
def year(run: Run) -> Run:
    """Two school years, three schools, five classes; one of three pupils."""

    def fill(_tx: Any) -> None:
        for code, name, rural in ((RENNES, "Rennes", False), (RURAL, "Rennes", True)):
            models.School.create(uai=code, name="x", town="y", academie=name, rural=rural)
        for id, form, path in (
            ("F", "feminine", TURN),
            ("M", "masculine", '{"when":"2018","what":"BTS"}'),
            ("N", "masculine", ""),
        ):
            models.Speaker.create(id=id, name=id, body=JOB.format(id, form, path))
        for id, day, people in (("S", "24/08/2026", '"F","M"'), ("T", "24/11/2026", '"F"'), ("U", "01/12/2026", '"N"')):
            body = f'{{"title":"{id}","starts_at":"2026-11-24T13:00:00Z","duration_min":45,"format":"custom",'
            body += f'"meeting_url":"","levels":["4E"],"status":"done","speakers":[{people}],"dossier":[]}}'
            models.Session.create(id=id, title=id, starts_at=at(day), duration_min=45, status="done", body=body)
        for n, (code, session, level, pupils, asked, kind) in enumerate((
            (RENNES, "S", "4E", 25, 12, "class"), (RURAL, "T", "4E", 3, 2, "class"), (RURAL, "T", "3E", 18, 4, "class"),
            (TAHITI, "T", "3E", 20, 9, "class"), (RENNES, "T", "4E", 1, 0, "individual"),
        )):  # fmt: skip
            values = {"uai": code, "kiosk": "k", "seq": n, "session_id": session}
            models.Enrolment.create(id=f"e{n}", level=level, kind=kind, state="confirmed", created_at=1, **values)
            numbers = {"headcount": pupils, "asked": asked, "received": 0, "started_at": 1, "ended_at": 2}
            models.Attendance.create(enrolment_id=f"e{n}", **numbers, **values)
        for code, session, answers, useful in (
            (RENNES, "S", 25, '{"very":15,"rather":10}'),
            (RURAL, "T", 18, '{"rather":10,"little":8}'),
        ):
            of = {"uai": code, "kiosk": "k", "session_id": session, "seq": 1, "themes": "{}"}
            models.Reflection.create(answers=answers, useful=useful, **of)

    run(fill)
    return run


def told(run: Run, dimension: str, **wanted: Any) -> dict[Any, tuple[int, ...]]:
    """Key → sessions, classes, schools, pupils, questions asked."""
    rows = run(lambda _tx: statistics.by(dimension, Filter(**wanted)))
    return {one.key: (one.sessions, one.classes, one.schools, one.pupils, one.asked) for one in rows}


def test_each_dimension_adds_up_what_classes_reported(year: Run) -> None:
    assert told(year, "academie") == {"Rennes": (2, 3, 2, 43, 12), "": (1, 1, 1, 20, 9)}
    assert told(year, "territoire") == {
        "rural": (1, 2, 1, 18, 0), "outre-mer": (1, 1, 1, 20, 9), "autre": (1, 1, 1, 25, 12)
    }  # fmt: skip
    assert told(year, "niveau") == {"4E": (2, 2, 2, 25, 12), "3E": (1, 2, 2, 38, 9)}
    assert told(year, "annee") == {"2025-2026": (1, 1, 1, 25, 12), "2026-2027": (1, 3, 2, 38, 9)}
    weeks = {str(statistics.week_of(int(key))): row[0] for key, row in told(year, "semaine").items()}
    assert weeks == {"2026-08-24": 1, "2026-11-23": 1}
    assert told(year, "annee", territory="rural") == {"2026-2027": (1, 2, 1, 18, 0)}
    assert told(year, "annee", level="4E", academie="Rennes", since=at("01/09/2026")) == {"2026-2027": (1, 1, 1, 0, 0)}


def test_who_spoke_and_how_useful_it_was(year: Run) -> None:
    people = year(lambda _tx: statistics.people(Filter()))  # nobody reported U
    assert (people.women, people.men, people.turned, people.straight, people.untold) == (1, 1, 1, 1, 0)
    assert people.jobs == {"pilote": 2}
    useful = year(lambda _tx: statistics.useful(Filter()))
    assert (useful.classes, useful.answers, useful.steps) == (2, 43, {"very": 15, "rather": 10})
    rural = year(lambda _tx: statistics.useful(Filter(territory="rural")))
    assert rural.steps == {"rather": 10}  # a second would tell the third
    town = year(lambda _tx: statistics.useful(Filter(academie="Rennes")))
    assert useful.steps["rather"] - town.steps.get("rather", 0) in (0, rural.steps["rather"])  # nor does a difference


def test_a_pupil_alone_is_in_no_line(year: Run) -> None:
    def numbers() -> list[Any]:
        return [told(year, dimension) for dimension in statistics.DIMENSIONS]

    before = numbers()
    alone = models.Enrolment.select(models.Enrolment.id).where(models.Enrolment.kind == "individual")
    assert year(lambda _tx: models.Attendance.delete().where(models.Attendance.enrolment_id.in_(alone)).execute()) == 1
    assert numbers() == before


def test_what_is_under_five_changes_no_number(year: Run) -> None:
    """Whatever is asked for, pupils and questions are the same had those few not been there: nothing tells them."""
    choices: list[dict[str, Any]] = [
        {}, {"territory": "rural"}, {"academie": "Rennes"}, {"level": "4E"}, {"level": "3E"},
        {"level": "4E", "territory": "rural"}, {"since": at("01/09/2026")},
    ]  # fmt: skip

    def numbers() -> list[Any]:
        rows = [year(lambda _tx: statistics.whole(Filter(**wanted))) for wanted in choices]  # noqa: B023
        found: list[Any] = [(row.pupils, row.asked) for row in rows]
        for wanted in choices:
            for dimension in statistics.DIMENSIONS:
                found.append({key: row[3:] for key, row in told(year, dimension, **wanted).items() if any(row[3:])})
        return found

    before = numbers()
    of = models.Attendance
    year(lambda _tx: of.delete().where(of.headcount < 5).execute())
    year(lambda _tx: of.update(asked=0).where(of.asked < 5).execute())
    assert numbers() == before and before[0] == (63, 21)


@pytest.mark.server
def test_the_page_and_its_tables_on_both_databases(office: Office) -> None:
    for query in ("", "?du=2026-09-01&au=2027-08-31&niveau=4E&academie=X&territoire=outre-mer"):
        page = office.get(f"/bureau/statistiques/{query}")
        assert page.status_code == 200 and "Statistiques" in page.text
    assert office.get("/bureau/statistiques/?du=hier").status_code == 422
    table = office.get("/bureau/statistiques/statistiques.csv").content.decode("utf-8-sig")
    assert table.startswith("Tableau;Ligne;") and "Ensemble" in table
    assert office.get("/bureau/statistiques/statistiques.ods").content.startswith(b"PK")
