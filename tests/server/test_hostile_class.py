"""A minute of a hostile class: nothing honest is refused, lost or doubled, no door opens, and the memory comes back.

Counts alone are asserted: ``bench/run hostile`` gives the times, ``hostile_class.py --minutes 10`` is the long form.
"""

from __future__ import annotations

import time

import pytest

from server.hostile import KINDS
from server.hostile_class import HONEST, Lesson

pytestmark = pytest.mark.server


@pytest.fixture
def lesson(tmp_path):
    found = Lesson(tmp_path, "eventlet")
    yield found
    found.end()


def test_a_class_goes_on_beside_thirty_that_do_all_they_can(lesson):
    quiet, _none = lesson.live(5)
    warm, _answers = lesson.live(12, attack_seed=3)  # what is remembered, within its bounds, is there from now on
    before = lesson.memory()
    beside, answers = lesson.live(35, attack_seed=7)
    assert [one.refused for one in (quiet, warm, beside)] == [[]] * 3
    assert [one.failed for one in (quiet, warm, beside)] == [[]] * 3
    assert [lesson.held(one) for one in (quiet, warm, beside)] == [{"lost": 0, "doubled": 0, "changed": 0}] * 3
    assert len(beside.asked) >= 2.5 * HONEST and beside.acts >= 3
    assert [told for told in answers if "OPENED" in told] == []
    assert {told.partition(" ")[0] for told in answers} == set(KINDS), "each kind went on to the end"
    ours = [told for told in answers if told.split()[-1].startswith("5")]
    assert ours == [], lesson.journal()  # no answer was a failure of ours: what it was
    time.sleep(15)
    assert lesson.memory() <= before + 30
