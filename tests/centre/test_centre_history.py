"""The mark beside a centre's database: what tells a copy that was brought back from the base that was served."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.centre import feed
from kiosk.centre.history import History, Reached
from kiosk.centre.serving import open_centre
from kiosk.centre.settings import CentreSettings


@pytest.fixture
def served(tmp_path: Path) -> History:
    """A folder whose history « one » reached revision 5."""
    history = History(tmp_path)
    assert not history.gone_back("one", Reached(5, 0))
    history.begin("one", Reached(5, 0))
    return history


def known(folder: Path, epoch: str, reached: Reached) -> bool:
    """Whether a start on this folder sees that a base is older than what was served."""
    return History(folder).gone_back(epoch, reached)


def test_a_base_behind_its_mark_went_back(served: History, tmp_path: Path) -> None:
    served.reached("one", Reached(9, 2))
    assert known(tmp_path, "one", Reached(8, 2)) and known(tmp_path, "one", Reached(9, 1))
    assert not known(tmp_path, "one", Reached(9, 2)) and not known(tmp_path, "one", Reached(12, 2))


def test_what_another_worker_began_is_not_forgotten(served: History, tmp_path: Path) -> None:
    """Several serve one folder: the mark of one that began earlier names the history that the base has now."""
    other = History(tmp_path)
    assert other.gone_back("one", Reached(4, 0))
    other.begin("two", Reached(4, 0))
    served.reached("two", Reached(7, 0))
    assert known(tmp_path, "two", Reached(6, 0)) and known(tmp_path, "one", Reached(99, 0))
    assert not known(tmp_path, "two", Reached(7, 0))


def test_a_base_exchanged_under_a_centre_that_runs_is_seen_at_the_next_start(served: History, tmp_path: Path) -> None:
    served.reached("one", Reached(6, 0))
    other = History(tmp_path)
    assert other.gone_back("one", Reached(5, 0))
    other.begin("two", Reached(5, 0))
    other.reached("one", Reached(8, 0))  # a copy of the first history, put there meanwhile
    assert known(tmp_path, "one", Reached(8, 0))


def test_a_history_begun_while_it_is_served_is_in_the_mark(tmp_path: Path) -> None:
    """As a restore does under a centre that runs, or another worker's start."""
    centre = open_centre(CentreSettings(data_dir=tmp_path))
    begun = centre.store.run(lambda _tx: feed.begin_again())
    reached = centre.store.run(lambda _tx: Reached(feed.last(), feed.heard()))
    assert centre.store.stop()
    assert begun in (tmp_path / "centre.history").read_text("utf-8")
    assert known(tmp_path, begun, Reached(reached.rev - 1, reached.heard))
