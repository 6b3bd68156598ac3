"""The souvenir: what it says, what it never says, and how long it is kept."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from factories import make_question, make_room, make_session, refused
from kiosk.domain import overdue, retention, rooms, souvenirs, stored
from kiosk.domain.questions import answers, moderation, reflections
from kiosk.domain.views import ClassReflection, SpeakerReflection
from kiosk.storage.models import Answer, Souvenir, Speaker

DAY = 86_400_000


@pytest.fixture
def class_(kiosk, room, write):
    """A session that is over: three questions asked, one with its line, one whose line waits; one never asked."""
    steps = [{"when": "2010", "what": "Bac"}, {"when": "2011", "what": "Pause : un an"}]
    kiosk.write(lambda tx: Speaker.update(path=steps).execute())
    write(rooms.set_phase, room, "questions")
    for number, theme in enumerate(("parcours", "metier", "")):
        make_question(kiosk, room, f"q{number}", f"Question {number} ?", theme=theme, after=moderation.approve)
        write(moderation.mark_answered, room, f"q{number}")
    write(answers.note, room, "q0", "Un bac.")
    write(answers.propose, room, "q1", "Personne ne l’a lue", "eleve-9")
    make_question(kiosk, room, "left", "Jamais posée ?", after=moderation.approve)
    make_question(kiosk, room, "fear", "J’ai envie de mourir")
    write(rooms.set_phase, room, "closed")
    return room


def page(kiosk, room):
    return souvenirs.page_of(rooms.view(room), kiosk.clock.now())


def test_it_says_what_was_asked_by_theme_with_its_line(kiosk, class_):
    said = page(kiosk, class_)
    found = [(theme["code"], [(q["text"], q["line"]) for q in theme["questions"]]) for theme in said["themes"]]
    assert found == [
        ("metier", [("Question 1 ?", "")]), ("parcours", [("Question 0 ?", "Un bac.")]), ("", [("Question 2 ?", "")]),
    ]  # fmt: skip
    whole = json.dumps(said, ensure_ascii=False)
    assert not [word for word in ("Personne ne l’a lue", "Jamais posée", "mourir", "eleve") if word in whole]
    assert said["people"][0]["path"][1]["what"] == "Pause : un an" and said["label"] == "4e B"


def test_a_number_below_five_is_not_on_it(kiosk, class_, write):
    assert (page(kiosk, class_)["asked"], page(kiosk, class_)["pupils"]) == (0, 26)
    write(rooms.set_class, class_, "4e B", 4)
    for number in range(2):
        make_question(kiosk, class_, f"more{number}", origin="spoken")
        write(moderation.mark_answered, class_, f"more{number}")
    assert (page(kiosk, class_)["asked"], page(kiosk, class_)["pupils"]) == (5, 0)


def told(*counts, more=(), answers=30):
    useful = dict(zip(("very", "rather", "little"), counts))
    wishes = dict(zip(("yes", "maybe", "no"), more))
    return souvenirs._told(ClassReflection(answers, 0, 0, [], [], [], useful=useful, more=wishes))


def test_no_hidden_count_can_be_found_again():
    """Every table of three steps up to 12 pupils a step: what is written fits several values of what is hidden."""
    seen: dict[str, set[tuple[int, ...]]] = {}
    for counts in itertools.product(range(13), repeat=3):
        written = json.dumps(told(*counts))
        seen.setdefault(written, set()).add(counts)
    for written, tables in seen.items():
        scales = json.loads(written)["scales"]
        for place, (_step, n) in enumerate(scales[0]["counts"] if scales else ()):
            values = {table[place] for table in tables}
            assert n is None or n >= 5
            assert len(values) > 1 or min(values) not in range(1, 5), (written, tables)


@given(*(some.tuples(*(some.integers(0, 40) for _step in range(3))) for _scale in range(2)))
def test_two_scales_tell_nothing_of_each_other(useful, more):
    scales = told(*useful, more=more)["scales"]
    sums = [sum(n for _code, n in one["counts"]) for one in scales if None not in [n for _code, n in one["counts"]]]
    assert len(sums) < 2 or abs(sums[0] - sums[1]) not in range(1, 5)


def test_several_speakers_have_their_wishes(kiosk):
    people = [
        SpeakerReflection(f"P{n}", f"Nom{n}", [], {"yes": yes, "maybe": 10, "no": 10}) for n, yes in ((1, 9), (2, 3))
    ]
    said = souvenirs._told(ClassReflection(30, 0, 0, [], [("BTS", 12), ("CAP", 3)], [("Haut", 1)], people=people))
    assert said["wishes"] == [["Nom1", 9], ["Nom2", None]]
    assert (said["studies"], said["surprises"]) == ([["BTS", 12], ["CAP", None]], ["Haut"])


def test_it_is_kept_only_when_chosen_and_stays_as_it_was(kiosk, class_, write):
    now, before = kiosk.clock.now(), page(kiosk, class_)
    assert Souvenir.select().count() == 0 and souvenirs.of_session(class_) is None
    made = write(souvenirs.keep, class_, before, now + 30 * DAY)
    write(answers.note, class_, "q2", "Après coup")
    assert souvenirs.one(class_, made).page == before
    assert write(souvenirs.keep, class_, page(kiosk, class_), now + 40 * DAY) == made, "in its place"
    write(retention.wipe, class_, confirmed=True)
    assert [one.page["themes"][2]["questions"][0]["line"] for one in souvenirs.listed(class_)] == ["Après coup"]
    assert souvenirs.of_session(class_) is None, "of a session that is no more there"


def test_what_was_written_back_since_comes_with_it(kiosk, class_, write):
    made = write(souvenirs.keep, class_, page(kiosk, class_), kiosk.clock.now() + 30 * DAY)
    write(retention.wipe, class_, confirmed=True)
    row = {
        "id": "A1",
        "question_id": "left",
        "session_id": "S1",
        "question": "Jamais posée ?",
        "text": "Si, par écrit.",
    }
    kiosk.write(lambda tx: Answer.insert(**row).execute())
    assert souvenirs.one(class_, made).page["themes"][-1]["code"] != "written", "the teacher gave it to nobody yet"
    kiosk.write(lambda tx: Answer.update(shared=True).execute())
    came = [{"text": "Jamais posée ?", "whom": "", "line": "Si, par écrit."}]
    assert souvenirs.one(class_, made).page["themes"][-1] == {"code": "written", "questions": came}


def test_it_goes_at_its_date_from_the_copies_too(kiosk, class_, write):
    write(souvenirs.keep, class_, page(kiosk, class_), kiosk.clock.now() + 30 * DAY)
    write(retention.wipe, class_, confirmed=True)
    kiosk.write(lambda tx: stored.put(tx, retention.FORGET, None))
    assert not overdue.anything(kiosk.clock.now(), 7)
    kiosk.clock._anchor_ms += 31 * DAY
    assert overdue.anything(kiosk.clock.now(), 7)
    write(overdue.forget, 7)
    assert Souvenir.select().count() == 0 and stored.get(retention.FORGET)


def test_one_is_dropped_by_its_room_alone(kiosk, class_, write):
    made = write(souvenirs.keep, class_, page(kiosk, class_), kiosk.clock.now() + DAY)
    other = make_room(kiosk, "Autre")
    refused("unknown_souvenir", write, souvenirs.drop, other, made)
    write(souvenirs.drop, class_, made)
    assert souvenirs.listed(class_) == [] and stored.get(retention.FORGET)
    refused("unknown_souvenir", souvenirs.one, class_, made)


def test_what_cannot_be_kept(kiosk, class_, write):
    for until in (0, kiosk.clock.now() - 1, kiosk.clock.now() + 401 * DAY):
        refused("until_invalid", write, souvenirs.keep, class_, {}, until)
    refused("no_session", write, souvenirs.keep, make_room(kiosk, "Vide"), {}, kiosk.clock.now() + DAY)


@pytest.mark.parametrize(("day", "year"), [("2026-11-24", 2027), ("2027-05-31", 2027), ("2027-06-01", 2028)])
def test_a_year_ends_in_summer(day, year):
    from datetime import datetime, timezone

    now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    ends = datetime.fromtimestamp(souvenirs.summer(int(now.timestamp() * 1000), "Europe/Paris") / 1000, timezone.utc)
    assert (ends.year, ends.month, ends.day, ends.hour) == (year, 7, 3, 18)


def test_a_class_that_said_nothing_has_a_souvenir_too(kiosk, write):
    make_session(kiosk, "S9", speakers=0)
    empty = make_room(kiosk, "Vide", session_id="S9", headcount=0, class_label="")
    said = page(kiosk, empty)
    assert (said["themes"], said["people"], said["reflection"]["scales"]) == ([], [], [])
    write(rooms.set_phase, empty, "reflection")
    write(reflections.submit, empty, "e", useful="very")
    (scale,) = page(kiosk, empty)["reflection"]["scales"]
    assert [n for _code, n in scale["counts"]] == [None, None, None]
