"""The house as docs/architecture.md shows it is the one that stands: its table, its picture, its small files."""

from __future__ import annotations

import pytest

import house
from kiosk.domain.acts import ACTS
from kiosk.domain.phases import PHASES
from kiosk.domain.statuses import STATUSES

HOUSE = house.standing()
SAID = house.written(house.PAGE.read_text(encoding="utf-8"))
STALE = f"docs/architecture.md says otherwise: {house.COMMAND}"

#: What may become less without a word; more is for the one who adds it to say, in the page.
BOUNDED = [
    label
    for label in SAID["after"]
    if label.startswith(("arrows", "circles", "files", "functions", "template", "public"))
    and "judged" not in label
    and "formatter" not in label
]

#: Files under 40 lines with one importer, each with its reason to be a file.
SMALL_FILES = {
    "kiosk.cli.jobs": "a file a group of commands",
    "kiosk.domain.figures": "what a stranger's machine may count, and nothing else",
    "kiosk.web.display.socket": "a namespace a file",
    "kiosk.ops.lean": "about memory, not about a command",
    "kiosk.web.teacher.copying": "a file a page",
    "kiosk.web.teacher.rehearsal": "a file a page",
    "kiosk.domain.ready": "what is kept of a page stands with the rules, not with the page",
    "kiosk.web.teacher.letter": "a file a page",
    "kiosk.web.frame.portraits": "a file a page",
    "kiosk.web.phone.receipts": "a secret of its own",
    "kiosk.web.display.sizes": "measured figures, beside no page's code",
    "kiosk.web.frame.trial": "a file a page",
}


@pytest.fixture(scope="module")
def today():
    """What the house measures now."""
    return house.measures(HOUSE)


def test_the_table_has_every_measure(today):
    assert set(SAID["after"]) == {*today, *(label for label in SAID["before"])}, STALE


@pytest.mark.parametrize("label", BOUNDED)
def test_the_house_is_no_worse_than_its_page_says(label, today):
    assert today[label] <= SAID["after"][label], STALE


def test_the_picture_is_the_house():
    assert house.PICTURE.read_text(encoding="utf-8") == house.picture(HOUSE), STALE


def test_a_small_file_with_one_importer_has_a_reason():
    assert set(HOUSE.small_files()) == set(SMALL_FILES)


def test_the_measured_codes_are_those_of_the_registries():
    assert house.PHASES <= set(PHASES.codes())
    assert house.STATUSES <= set(STATUSES.codes())
    assert house.ACTS <= set(ACTS.codes())


def test_a_circle_is_found_whole():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": set(), "f": {"f2"}, "f2": {"f"}}
    assert house.circles(graph) == [{"a", "b", "c"}, {"f", "f2"}]
