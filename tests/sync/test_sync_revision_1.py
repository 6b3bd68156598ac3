"""Either side works with a peer of revision 1: the real code of then, on the other side of a real connection.

A copy without history has no such code, and says so in the run's output; :mod:`sync.simulation` then is all that plays
such a peer, by leaving out what revision 2 added.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from centre.centre_process import UAI, Centre, session
from factories import make_room
from kiosk.domain import enrolments
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.exchange import pairing, place
from kiosk.exchange.round import Outcome, Round
from kiosk.exchange.wire import HttpLine
from kiosk.storage.models import Enrolment, Operation, Question, Session
from sync import revision_1

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def code(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The code of then; None, said aloud, where the history is not."""
    why = revision_1.missing()
    if not why:
        return revision_1.taken_out(tmp_path_factory.mktemp("revision-1") / "code")
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")
    assert terminal
    terminal.write_line(f"\nNOT TRIED against the code of revision 1: {why}", yellow=True)
    return None


def test_a_copy_without_that_history_says_so_and_a_whole_one_must_have_it(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=essai", "-c", "user.email=essai@exemple.fr"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    assert revision_1.missing(tmp_path) == "git finds no history in this copy"
    git("init", "-q", "whole")
    for number in range(2):
        git("-C", "whole", "commit", "-q", "--allow-empty", "-m", f"{number}")
    git("clone", "-q", "--depth", "1", (tmp_path / "whole").as_uri(), "cut")
    assert "shallow" in revision_1.missing(tmp_path / "cut")
    with pytest.raises(AssertionError):
        revision_1.missing(tmp_path / "whole")


@pytest.fixture
def old_centre(code: Path | None, tmp_path: Path) -> Iterator[Any]:
    """A centre of then."""
    made = code and revision_1.centre_of(code, tmp_path / "old-centre")
    yield made
    if made:
        made.stop()
        assert "Traceback" not in made.log.read_text("utf-8")


@pytest.fixture
def old_kiosk(code: Path | None, tmp_path: Path) -> Iterator[Callable[[str], revision_1.Kiosk]]:
    """A kiosk of then, for the centre at an address."""
    made: list[revision_1.Kiosk] = []

    def start(url: str) -> revision_1.Kiosk:
        assert code
        made.append(revision_1.Kiosk(code, tmp_path / f"old-kiosk{len(made)}", url))
        return made[-1]

    yield start
    for one in made:
        one.close()


def round_of(kiosk: Kiosk) -> Outcome:
    line = HttpLine()
    try:
        return Round(kiosk, line, keep_time=False).run()
    finally:
        line.close()


def states() -> list[tuple[str, str]]:
    return [(row.type, row.state) for row in Operation.select().order_by(Operation.seq)]


def test_a_kiosk_of_today_with_a_centre_of_then(old_centre: Any, kiosk_at: Callable[..., Kiosk]) -> None:
    if old_centre is None:
        return
    assert "revision" not in requests.get(f"{old_centre.url}/v1/about", timeout=10).json()
    office = old_centre.office()
    office.upload([session("S1"), session("S2", title="Séance deux")])
    kiosk = kiosk_at(old_centre.url, token="")
    line = HttpLine()
    pairing.pair(kiosk, line, office.code(UAI), UAI)
    line.close()
    assert round_of(kiosk).failure == "ok" and {row.id for row in Session.select()} == {"S1", "S2"}
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    for text in ("Un ?", "Deux ?"):
        kiosk.write(lambda tx: preparation.add(tx, room, text, theme="metier"))  # noqa: B023
    stays = kiosk.write(lambda tx: enrolments.request(tx, "S1", label="4e B", level="4E", headcount=26))
    goes = kiosk.write(lambda tx: enrolments.request(tx, "S2", label="4e B", level="4E", headcount=26))
    outcome = round_of(kiosk)
    assert (outcome.failure, outcome.accepted, outcome.waiting) == ("ok", 4, 0)
    assert {row.id: row.state for row in Enrolment.select()} == {stays: "confirmed", goes: "confirmed"}
    page = office.get("/bureau/questions/S1").text
    assert "Un ?" in page.replace("\u202f", " ").replace("\u00a0", " ")
    row = Question.get(Question.text == "Deux ?")
    kiosk.write(lambda tx: preparation.delete(tx, row.room_id or "", row.id))
    kiosk.write(lambda tx: enrolments.cancel(tx, goes))
    office.upload([session("S2", title="Retitrée")])
    outcome = round_of(kiosk)
    assert (outcome.failure, outcome.accepted, outcome.waiting) == ("ok", 2, 0)
    assert Enrolment.get_by_id(goes).state == "cancelled" and Session.get_by_id("S2").title == "Retitrée"
    assert round_of(kiosk).changes == 0 and (place.epoch(), {state for _type, state in states()}) == ("", {"accepted"})


def test_a_kiosk_of_then_with_a_centre_of_today(
    code: Path | None, tmp_path: Path, old_kiosk: Callable[[str], revision_1.Kiosk]
) -> None:
    if code is None:
        return
    centre = Centre(tmp_path / "centre")
    try:
        office = centre.office()
        office.upload([session("S1"), session("S2", title="Séance deux")])
        kiosk = old_kiosk(centre.url)
        kiosk.do("pair", code=office.code(UAI), uai=UAI)
        assert kiosk.do("exchange")[0] == "ok"
        assert set(kiosk.do("held")["sessions"]) == {"S1", "S2"}
        stays, goes = kiosk.do("enrol", session="S1", label="4e B"), kiosk.do("enrol", session="S2", label="4e B")
        for text in ("Un ?", "Deux ?"):
            kiosk.do("prepare", session="S1", text=text)
        assert kiosk.do("exchange") == ["ok", 4, 0, 0]
        held = kiosk.do("held")
        assert held["enrolments"] == {stays: "confirmed", goes: "confirmed"}
        assert "Un" in office.get("/bureau/questions/S1").text
        kiosk.do("withdraw", text="Deux ?")
        kiosk.do("cancel", id=goes)
        office.upload([session("S2", title="Retitrée")])
        assert kiosk.do("exchange") == ["ok", 2, 0, 0]
        held = kiosk.do("held")
        assert held["enrolments"] == {stays: "confirmed", goes: "cancelled"} and held["sessions"]["S2"] == "Retitrée"
        assert {state for _type, state in held["operations"]} == {"accepted"}
        assert "Deux" not in office.get("/bureau/questions/S1").text
    finally:
        centre.stop()
