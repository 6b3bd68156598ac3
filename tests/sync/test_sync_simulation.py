"""100 seeded runs of the simulation in CI (`python tests/sync/simulation.py --runs 10000` is the long form)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync import simulation


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("simulation") / "template"
    simulation.make_template(made)
    return made


#: A fifth of them on every Python, the others once, beside the servers' tests.
BLOCKS = [first if first == 0 else pytest.param(first, marks=pytest.mark.server) for first in range(0, 100, 20)]


@pytest.mark.parametrize("first", BLOCKS)
def test_both_sides_agree_whatever_the_link_does(first: int, template: Path) -> None:
    told = sum(simulation.play(seed, template) for seed in range(first, first + 20))
    assert told > 80  # the world does talk
