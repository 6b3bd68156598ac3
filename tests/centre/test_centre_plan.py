"""« Plan des pages » of the office: every page is on it, by its own title, and each ends with the way to it."""

from __future__ import annotations

import re

import pytest

from centre.centre_process import Centre, Office
from kiosk.centre import rights
from kiosk.centre.office.plan import PLAN

PLACES = [place for _heading, places in PLAN for place in places]
#: Not on the plan: before one is in, the plan itself, the way to one's first page, files, one thing's own page.
ELSEWHERE = {
    "door.enter", "door.style", "door.script", "door.link", "door.second", "office", "plan.index", "me.factor",
    "me.recovery", "me.password", "summaries.show", "summaries.download", "statistics.download", "sessions.show",
    "speakers.edit", "enrolments.download", "questions.speaker_list", "questions.paper", "questions.download",
    "kiosks.download", "summaries.download_one", "sessions.edit", "files.model", "files.look", "team.edit",
    "door.choose", "door.knock", "door.leave", "door.prove", "me.prove",
}  # fmt: skip


def links(page: str) -> dict[str, str]:
    """Words → address of the plan's links."""
    held = page.partition('class="plan"')[2].partition("</main>")[0]
    return {words: address for address, words in re.findall(r'<a href="([^"]+)">([^<]+)</a>', held)}


def test_every_page_that_one_reads_is_on_it() -> None:
    read = {name for name, route in rights.ROUTES.items() if not route.form}
    assert read - ELSEWHERE == {endpoint for endpoint, _title in PLACES}


@pytest.mark.parametrize(("endpoint", "title"), PLACES)
def test_a_page_answers_and_is_called_so(centre: Centre, office: Office, endpoint: str, title: str) -> None:
    there = links(office.get("/bureau/plan").text)
    answer = office.get(there[title])
    assert answer.status_code == 200
    found = re.search(r"<title>\s*([^<]+?)\s*</title>", answer.text)
    assert found and found[1].startswith(title)
    assert "/bureau/plan" in answer.text.partition("<footer")[2]
