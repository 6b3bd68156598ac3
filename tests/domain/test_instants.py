"""Instants: strict RFC 3339, and how the same moment is said in Brest, Saint-Denis, Miquelon and
Papeete.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.typography import plain

TALK = instants.parse("2026-11-24T09:00:00Z")  # 10 h 00 in Paris, winter


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.5Z", 500),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2026-11-24T09:00:00.000Z", 1_795_510_800_000),
        ("2026-11-24t09:00:00.123456z", 1_795_510_800_123),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
    ],
)
def test_parse(text: str, ms: int) -> None:
    assert instants.parse(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-24",
        "2026-11-24T09:00:00",
        "2026-11-24T09:00:00+01:00",
        "2026-02-30T09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T09:00:61Z",
        "2026-11-24 09:00:00Z",
        " 2026-11-24T09:00:00Z",
        "２026-11-24T09:00:00Z\n",
    ],
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(KioskError) as caught:
        instants.parse(text)
    assert caught.value.code == "instant_invalid"


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_parse_undoes_rfc3339(ms: int) -> None:
    assert instants.parse(instants.rfc3339(ms)) == ms


@pytest.mark.parametrize(
    ("zone", "french", "english"),
    [
        ("Europe/Paris", "mardi 24 novembre, 10 h 00", "Tuesday 24 November, 10:00"),
        (
            "Indian/Reunion",
            "mardi 24 novembre, 13 h 00 (10 h 00, heure de Paris)",
            "Tuesday 24 November, 13:00 (10:00, Paris time)",
        ),
        (
            "America/Miquelon",
            "mardi 24 novembre, 6 h 00 (10 h 00, heure de Paris)",
            "Tuesday 24 November, 06:00 (10:00, Paris time)",
        ),
        (
            "Pacific/Tahiti",
            "lundi 23 novembre, 23 h 00 (mardi 24 novembre, 10 h 00, heure de Paris)",
            "Monday 23 November, 23:00 (Tuesday 24 November, 10:00, Paris time)",
        ),
        (
            "Pacific/Wallis",
            "mardi 24 novembre, 21 h 00 (10 h 00, heure de Paris)",
            "Tuesday 24 November, 21:00 (10:00, Paris time)",
        ),
    ],
)
def test_local_and_paris(zone: str, french: str, english: str) -> None:
    assert plain(instants.local_and_paris(TALK, zone)) == french
    assert instants.local_and_paris(TALK, zone, "en") == english


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        ("2026-10-24T08:00:00Z", "6 h 00"),  # both in summer time: −4
        ("2026-10-25T09:00:00Z", "7 h 00"),  # Paris has changed, Miquelon has not: −3
        ("2026-10-31T09:00:00Z", "7 h 00"),
        ("2026-11-01T09:00:00Z", "6 h 00"),  # both in winter time: −4
        ("2027-03-14T09:00:00Z", "7 h 00"),  # −3 again until the 27th
        ("2027-03-27T09:00:00Z", "7 h 00"),
        ("2027-03-28T08:00:00Z", "6 h 00"),
    ],
)
def test_miquelon_between_the_two_changes(instant: str, local: str) -> None:
    ms = instants.parse(instant)
    assert plain(instants.time(ms)) == "10 h 00"
    assert plain(instants.time(ms, "America/Miquelon")) == local


def test_short_dates() -> None:
    assert plain(instants.date_short(TALK)) == "Mar. 24 nov."
    assert instants.date_short(TALK, lang="en") == "Tue 24 Nov"
    assert plain(instants.when_short(TALK)) == "Mar. 24 nov., 10 h 00"
    assert plain(instants.date_long(instants.parse("2026-12-01T12:00:00Z"))) == "mardi 1er décembre"
    assert instants.date_long(instants.parse("2026-12-01T12:00:00Z"), lang="en") == "Tuesday 1 December"
    assert instants.date_numeric(TALK) == "24/11/2026"


def test_a_date_with_its_year_and_a_stamp() -> None:
    assert plain(instants.date_year(TALK)) == "mardi 24 novembre 2026"
    assert instants.date_year(TALK, lang="en") == "Tuesday 24 November 2026"
    assert instants.stamp(TALK) == "24/11/2026 10:00"
    assert instants.stamp(TALK, "Indian/Reunion") == "24/11/2026 13:00"


@pytest.mark.parametrize("text", ["24/11/2026", " 2026-11-24 ", "24.11.2026", "24-11-2026"])
@pytest.mark.parametrize("hour", ["10h", "10 h 00", "10:00", "10:00:00", "10\u202fh\u00a000"])
def test_what_people_type_is_read(text: str, hour: str) -> None:
    day, at = instants.read_date(text), instants.read_time(hour)
    assert day is not None and at is not None
    assert instants.instant(day, at) == instants.local(TALK)


@pytest.mark.parametrize("text", ["", "31/02/2026", "24/11/26", "24/11/1999", "demain", "24 h 60", "25 h", "1é/1/2026"])
def test_what_is_no_date_and_no_hour_is_not(text: str) -> None:
    assert (instants.read_date(text), instants.read_time(text)) == (None, None)


def test_a_line_never_breaks_inside_a_time() -> None:
    assert instants.time(TALK) == "10\u00a0h\u00a000"


def test_unusual_hour() -> None:
    assert [instants.unusual_hour(TALK, zone) for zone in ("Europe/Paris", "Pacific/Tahiti", "America/Cayenne")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("name", ["Mars/Olympus", "a/.p" * 400])
def test_unknown_zone(name: str) -> None:
    with pytest.raises(KioskError) as caught:
        instants.time(TALK, name)
    assert caught.value.code == "unknown_zone"


def test_a_day_is_said_under_its_month() -> None:
    at = instants.parse("2027-02-28T23:30:00Z")  # the first of March in Paris
    assert (instants.day_of_month(at), instants.month(at)) == ("lundi 1er", "mars 2027")
    assert (instants.day_of_month(at, lang="en"), instants.month(at, lang="en")) == ("Monday 1", "March 2027")
