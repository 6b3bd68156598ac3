"""What classes ask about: nothing of a talk alone is kept, and no reader of reports finds a number under five."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest

from factories import make_question, make_room, make_session
from kiosk.contract.aggregates import SMALLEST
from kiosk.domain import askedthemes, meetings, policy, retention, rooms, schoolreport, stored
from kiosk.domain.people import identifiers
from kiosk.domain.questions import moderation
from kiosk.domain.reading.distress import UNOPENED
from kiosk.ground.instants import DAY
from kiosk.storage.models import Question


def vectors(themes, most):
    """Every way to ask at most ``most`` questions on so many themes."""
    return [one for one in itertools.product(range(most + 1), repeat=themes) if sum(one) <= most]


@pytest.mark.parametrize("themes, most", [(2, 20), (3, 21), (4, 22)])
def test_no_small_number_can_be_found_from_what_a_group_tells_and_its_total(themes, most):
    """All groups that would look the same are put together: none has a small number that all have."""
    codes = "abcd"[:themes]
    alike = defaultdict(list)
    for counts in vectors(themes, most):
        held = dict(zip(codes, counts))
        if askedthemes.enough(held, codes):
            shown = askedthemes.of_group(held, codes)
            assert all(n >= SMALLEST and n == held[code] for code, n in shown.items())
            alike[tuple(shown.items()), sum(counts)].append(counts)
    assert any(key[0] for key in alike)
    for (told, _total), same in alike.items():
        for at, code in enumerate(codes):
            possible = {counts[at] for counts in same}
            assert code in dict(told) or len(possible) > 1 or possible.isdisjoint(range(1, SMALLEST)), (told, same)


@pytest.fixture
def talk(kiosk, write):
    """``talk(n, vie=6)``: the n-th talk, with six questions asked on « vie »; its words erased unless ``keep``."""

    def hold(number, *, keep=False, **asked):
        session = make_session(kiosk, f"T{number}")
        place = make_room(kiosk, f"Salle {number}", session_id=session)
        write(rooms.set_phase, place, "questions")
        for theme, n in asked.items():
            for at in range(n):
                make_question(
                    kiosk, place, f"{number}-{theme}-{at}", author=f"e{at}", theme=theme, after=moderation.mark_answered
                )
        write(rooms.set_phase, place, "closed")
        if not keep:
            write(retention.wipe, place, confirmed=True)
        kiosk.database.connect_reader()
        return place

    return hold


def year(kiosk):
    return schoolreport.year_of(kiosk.clock.now(), policy.zone())


def test_a_group_of_talks_is_told_at_once_and_its_small_numbers_are_forgotten(kiosk, talk):
    for number in range(3):
        talk(number, vie=6, metier=5, salaire=4, egalite=1)
        assert askedthemes.told(year(kiosk)) == {}
    talk(3, vie=2, parcours=2)
    assert askedthemes.told(year(kiosk)) == {"vie": 20, "metier": 15, "salaire": 12}
    (held,) = stored.get(askedthemes.KEY).values()
    assert (held["talks"], held["counts"]) == (0, {}), "« egalite » 3 and « parcours » 2 are kept nowhere"
    talk(4, vie=7)
    assert askedthemes.told(year(kiosk))["vie"] == 20, "one talk is not told apart"


def test_four_talks_of_few_questions_wait_for_others(kiosk, talk):
    for number in range(6):
        talk(number, vie=7)
    assert askedthemes.told(year(kiosk)) == {}
    talk(6, vie=3)
    assert askedthemes.told(year(kiosk)) == {"vie": 45}


def test_only_what_was_asked_in_a_real_talk_is_counted_once_when_its_words_go(kiosk, talk, write):
    """Not what nobody asked, what worries, nor a rehearsal's; and not before the erasing."""
    place = talk(0, keep=True, vie=6)
    kiosk.write(lambda tx: Question.update(worry=UNOPENED).where(Question.id == "0-vie-0").execute())
    assert stored.get(askedthemes.KEY) is None
    write(retention.wipe, place, confirmed=True)
    write(retention.wipe, place, confirmed=True)
    kiosk.database.connect_reader()
    (held,) = stored.get(askedthemes.KEY).values()
    assert (held["talks"], held["counts"]) == (1, {"vie": 5})
    rehearsal = make_session(kiosk, f"{identifiers.REHEARSAL}1")
    other = make_room(kiosk, "Essai", session_id=rehearsal)
    write(rooms.set_phase, other, "questions")
    make_question(kiosk, other, "r", theme="vie", after=moderation.mark_answered)
    write(retention.wipe, other, confirmed=True)
    kiosk.database.connect_reader()
    assert stored.get(askedthemes.KEY) == {str(year(kiosk)): held}


def test_a_year_is_forgotten_with_its_talks(kiosk, talk, write):
    talk(0, vie=6)
    write(askedthemes.forget_old)
    kiosk.database.connect_reader()
    assert stored.get(askedthemes.KEY)
    kiosk.clock._anchor_ms += meetings.KEPT_MS + 370 * DAY
    write(askedthemes.forget_old)
    kiosk.database.connect_reader()
    assert stored.get(askedthemes.KEY) == {}
