"""The year's report: what is exact, and what no reader of it, nor of two of them, can find out."""

from __future__ import annotations

import io
from dataclasses import asdict
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as some
from python_calamine import CalamineWorkbook

from kiosk.contract import aggregates
from kiosk.domain import schoolreport
from kiosk.ground import ods
from kiosk.storage.models import Meeting

MINUTE = 60_000


def ms(day, hour=14):
    return int(datetime.fromisoformat(f"{day}T{hour:02d}:00:00+00:00").timestamp() * 1000)


def row(
    received=24, asked=14, *, id=1, label="4e B", level="4E", job="Cheffe", minutes=46, feminine=True, useful=(0, 0)
):
    speakers = [{"id": f"P-{job}", "job": job, "key": job.casefold(), "feminine": feminine}]
    began = ms("2026-11-24") + id * 86_400_000
    return SimpleNamespace(
        id=id, began_at=began, ended_at=began + minutes * MINUTE, label=label, level=level, speakers=speakers,
        received=received, asked=asked, useful=useful[0], answers=useful[1],
    )  # fmt: skip


def test_talks_speakers_jobs_and_minutes_are_exact():
    made = schoolreport.made(2026, [
        row(0, 0), row(3, 1, id=2, job="cheffe", minutes=1),
        row(2, 2, id=3, job="Soigneur", feminine=False, minutes=50),
        row(1, 0, id=4, label="3e A", level="3E", job="Électricien", feminine=False),
    ])  # fmt: skip
    assert (len(made.talks), made.minutes, made.jobs) == (4, 143, ["Cheffe", "Électricien", "Soigneur"])
    assert (made.received, made.asked) == (0, 0)
    assert [(one.code, one.classes, one.talks, one.jobs) for one in made.levels] == [
        ("4E", 1, 3, (2, 2)), ("3E", 1, 1, (1, 1)),
    ]  # fmt: skip
    assert (made.women, made.men) == (2, 2)


def test_questions_are_sums_of_what_may_leave():
    made = schoolreport.made(2026, [row(24, 14), row(24, 22, id=2), row(9, 4, id=3)])
    assert [(one.received, one.asked) for one in made.talks] == [(24, 14), (22, 22), (5, 0)]
    assert (made.received, made.asked) == (51, 36)
    (level,) = made.levels
    assert (level.received, level.asked) == (51, 36)


class Seen(SimpleNamespace):
    """A row that counts how often it is looked at."""

    looks = 0

    @property
    def label(self):
        Seen.looks += 1
        return f"{self.id}e"


def test_each_talk_is_looked_at_a_few_times_however_many_classes_there_are():
    Seen.looks = 0
    rows = [Seen(**{key: value for key, value in vars(row(id=n)).items() if key != "label"}) for n in range(300)]
    (level,) = schoolreport.made(2026, rows).levels
    assert level.classes == 300 and Seen.looks < 10 * 300


counts = some.tuples(some.integers(0, 12), some.integers(0, 12), some.sampled_from(["4E", "3E"]))


@given(some.lists(counts, max_size=6), some.data())
def test_nothing_hidden_changes_anything_that_is_written(talks, data):
    """Whatever else the counts below five were, the report is the same: so is every file, and every other report."""
    rows = [row(asked + left, asked, id=n, level=level) for n, (asked, left, level) in enumerate(talks)]
    others = []
    for n, (asked, left, level) in enumerate(talks):
        asked, left = (data.draw(some.integers(0, 4)) if part < 5 else part for part in (asked, left))
        others.append(row(asked + left, asked, id=n, level=level))
    assert asdict(schoolreport.made(2026, rows)) == asdict(schoolreport.made(2026, others))


@given(some.lists(counts, max_size=8))
def test_no_difference_of_two_numbers_is_a_few(talks):
    """Received and asked, a level and all, a report and the one of a talk before: none is apart by 1 to 4."""
    rows = [row(asked + left, asked, id=n, level=level) for n, (asked, left, level) in enumerate(talks)]
    reports = [schoolreport.made(2026, rows[:n]) for n in range(len(rows) + 1)]
    for made, before in zip(reports[1:], reports):
        pairs = [(made.received, made.asked), (made.received, before.received), (made.asked, before.asked)]
        pairs += [(made.received, one.received) for one in made.levels] + [
            (made.asked, one.asked) for one in made.levels
        ]
        pairs += [(one.received, one.asked) for one in made.talks]
        assert [pair for pair in pairs if 0 < pair[0] - pair[1] < 5 or 0 < min(pair) < 5] == []


@pytest.mark.parametrize(
    ("useful", "answers", "tenths"),
    [(17, 20, None), (16, 20, None), (15, 20, 8), (20, 20, 10), (15, 19, None), (4, 30, None)],
)
def test_a_share_tells_nothing_of_a_few(useful, answers, tenths):
    (level,) = schoolreport.made(2026, [row(useful=(useful, answers))]).levels
    assert level.useful == tenths


def test_a_part_below_five_counts_for_nothing():
    assert aggregates.counted(4, 5, 0, 12) == [0, 5, 0, 12]


def test_a_class_s_jobs_are_its_own():
    rows = [
        row(id=1),
        row(id=2, job="Opticien"),
        row(id=3, label="4e C", job="Géomètre"),
        row(id=4, label="", level=""),
    ]
    levels = schoolreport.made(2026, rows).levels
    assert [(one.code, one.jobs, one.classes) for one in levels] == [("4E", (1, 2), 2), ("", (1, 1), 0)]


@pytest.mark.parametrize(
    ("day", "year"), [("2026-07-31", 2025), ("2026-08-01", 2026), ("2026-12-31", 2026), ("2027-07-31", 2026)]
)
def test_a_year_goes_from_august_to_july(kiosk, day, year):
    kiosk.write(lambda tx: Meeting.insert(
        room_id="r", session_id="S1", began_at=ms(day), ended_at=ms(day) + MINUTE, label="4e B", level="4E",
        speakers=[{"id": "P", "job": "cheffe", "key": "cheffe", "feminine": True}],
    ).execute())  # fmt: skip
    assert schoolreport.years("Europe/Paris") == [year]
    assert len(schoolreport.of_year(year, "Europe/Paris").talks) == 1
    assert [len(schoolreport.of_year(other, "Europe/Paris").talks) for other in (year - 1, year + 1)] == [0, 0]


def test_a_talk_that_goes_on_is_not_counted(kiosk):
    kiosk.write(lambda tx: Meeting.insert(room_id="r", session_id="S1", began_at=ms("2026-11-24")).execute())
    assert (schoolreport.years("Europe/Paris"), schoolreport.of_year(2026, "Europe/Paris").talks) == ([], [])


# -- the spreadsheet


def read(data):
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_spreadsheet_is_read_as_it_was_written():
    day = datetime(2026, 11, 24, tzinfo=timezone.utc).date()
    sheets: dict[str, list[list[ods.Cell]]] = {
        "Séances & co <1>": [["Date", "Métiers"], [day, "=1+1 « é » <b>&"], [5, "–"]],
        "Vide": [],
    }
    data = ods.written(sheets)
    assert read(data) == {"Séances & co <1>": [["Date", "Métiers"], [day, "=1+1 « é » <b>&"], [5.0, "–"]], "Vide": []}
    assert data[30:38] == b"mimetype" and data == ods.written(sheets)
