"""A minute of a hostile class: nothing honest is refused, lost or doubled, no door opens, and the memory comes back.

Counts alone are asserted: ``bench/run hostile`` gives the times, ``hostile_class.py --minutes 10`` is the long form.
"""

from __future__ import annotations

import time

import pytest
from hostile import KINDS
from hostile_class import HONEST, Lesson

pytestmark = pytest.mark.server


@pytest.fixture
def lesson(tmp_path):
    found = Lesson(tmp_path, "eventlet")
    yield found
    found.end()


def test_a_class_goes_on_beside_thirty_that_do_all_they_can(lesson):
    quiet, _none = lesson.live(6)
    before = lesson.memory()
    beside, answers = lesson.live(45, attack_seed=7)
    assert quiet.refused == beside.refused == []
    assert quiet.failed == beside.failed == []
    assert lesson.held(quiet) == lesson.held(beside) == {"lost": 0, "doubled": 0, "changed": 0}
    assert len(beside.asked) >= 3 * HONEST and beside.acts >= 3
    assert [told for told in answers if "OPENED" in told] == []
    assert {told.partition(" ")[0] for told in answers} == set(KINDS), "each kind went on to the end"
    assert [told for told in answers if told.split()[-1].startswith("5")] == [], "no answer was a failure of ours"
    time.sleep(15)
    assert lesson.memory() <= before + 40
