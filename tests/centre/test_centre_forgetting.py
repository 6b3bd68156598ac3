"""What kiosks are told of no more: deletions and past sessions leave the feed in their time, and whoever was away for
longer reads everything again.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from centre.centre_files import Run
from kiosk.centre import catalogue, enrolments, feed, models, notices, questions, retention
from kiosk.centre.refusals import Refusal
from kiosk.contract import EnrolmentRequest, QuestionPrepared, SessionBody, from_ms
from kiosk.ground.instants import DAY, MINUTE

UAI = "0951099D"


def sweep(run: Run, days: int) -> None:
    """So many days from now, the centre forgets all that is due."""

    def unit(tx: Any) -> bool:
        tx.now += days * DAY
        return retention.sweep(tx)

    while run(unit):
        pass


def read(run: Run, cursor: str | None, limit: int = 500) -> tuple[list[tuple[str, str, bool]], feed.Page]:
    """(type, id, deleted) of a page of a school that speaks revision 2, and the page."""

    def unit(_tx: Any) -> feed.Page:
        return feed.page(feed.Reader(UAI, feed.mark(), own=True), cursor, limit)

    page = run(unit)
    found = [json.loads(bytes(one)) for one in page.changes]
    return [(one["type"], one["id"], one.get("deleted", False)) for one in found], page


def notice(run: Run, id: str) -> None:
    run(lambda tx: notices.publish(tx, "info", f"Annonce {id}", tx.now + 4000 * DAY, id=id))


def body(days: int) -> SessionBody:
    """A session so many days from now, and an hour: it is still to come."""
    starts = from_ms(int(time.time() * 1000) + 60 * MINUTE + days * DAY)
    return SessionBody("S", starts, 45, "custom", "", [], "planned", [], [])


def held(run: Run) -> set[tuple[str, str]]:
    """(type, id) of all that the feed holds."""
    return run(lambda _tx: {(row.type, row.id) for row in models.Feed.select()})


@pytest.fixture
def told(run: Run) -> Run:
    """Three notices, the second taken back before the third came."""
    for id in ("one", "two"):
        notice(run, id)
    return run


def test_a_deletion_is_kept_for_its_months_and_cursors_that_did_not_pass_it_expire(told: Run) -> None:
    before = read(told, None)[1].cursor
    told(lambda tx: notices.withdraw(tx, "two"))
    knowing = read(told, None)[1].cursor
    notice(told, "three")
    sweep(told, 364)
    assert read(told, before)[0] == [("notice", "two", True), ("notice", "three", False)]
    sweep(told, 366)
    assert held(told) == {("notice", "one"), ("notice", "three")}
    with pytest.raises(Refusal) as refusal:
        read(told, before)
    assert refusal.value.code == "cursor_expired"
    assert read(told, knowing)[0] == [("notice", "three", False)]  # it had read the deletion
    found, page = read(told, None)
    assert found == [("notice", "one", False), ("notice", "three", False)] and page.whole
    assert read(told, page.cursor)[0] == []


def test_the_last_revision_is_never_taken_away(told: Run) -> None:
    """A centre that starts again would take itself for an older copy, and kiosks too."""
    told(lambda tx: notices.withdraw(tx, "two"))
    last = told(lambda _tx: feed.last())
    sweep(told, 4000)
    assert told(lambda _tx: feed.last()) == last and ("notice", "two") in held(told)
    notice(told, "three")
    sweep(told, 4000)
    assert ("notice", "two") not in held(told)


def test_a_reading_from_the_start_goes_to_its_end_unless_something_it_named_went_meanwhile(told: Run) -> None:
    told(lambda tx: notices.withdraw(tx, "one"))
    for id in ("three", "four"):
        notice(told, id)
    begun = read(told, None, 1)[1]
    sweep(told, 4000)  # « one » was gone before it began: it names it as gone, or not at all
    assert ("notice", "one") not in held(told)
    after = read(told, begun.cursor, 1)[1]
    assert after.whole and after.more
    told(lambda tx: notices.withdraw(tx, "two"))
    notice(told, "five")
    sweep(told, 4000)
    with pytest.raises(Refusal):
        read(told, after.cursor, 1)
    cursor, found = None, []
    while True:
        some, page = read(told, cursor, 1)
        found += some
        assert page.whole
        if not page.more:
            break
        cursor = page.cursor
    assert [id for _type, id, _deleted in found] == ["three", "four", "five"]


def test_a_cursor_that_is_none_expires(told: Run) -> None:
    mark = told(lambda _tx: feed.mark())
    for wrong in (
        f"{mark}-",
        f"{mark}-1s2s3",
        f"{mark}-sé",
        f"{mark}-1sx",
        f"{mark}-1s{'9' * 19}",
        f"{mark}-1s-2",
        "s",
    ):
        with pytest.raises(Refusal) as refusal:
            read(told, wrong)
        assert refusal.value.code == "cursor_expired"
    assert read(told, f"{mark}-1s")[1].whole  # as a centre of before this version gave it


def test_past_sessions_are_told_to_nobody_new_and_the_office_keeps_them(run: Run) -> None:
    for id in ("past", "next"):
        run(lambda tx: catalogue.put_session(tx, id, body(0 if id == "past" else 900)))  # noqa: B023
        request = EnrolmentRequest(f"e-{id}", id, "class", "4e B", "4E", 26)
        run(lambda tx: enrolments.request(tx, UAI, "k", 1, request))  # noqa: B023
        prepared = QuestionPrepared(f"q-{id}", id, f"Et {id} ?", "vie", "4E", 7)
        run(lambda tx: questions.prepared(tx, UAI, "k", 2, prepared))  # noqa: B023
        run(lambda tx: questions.receive(tx, id, f"Reçue {id} ?", "vie", "email", f"r-{id}"))  # noqa: B023
    cursor = read(run, None)[1].cursor
    sweep(run, 760)  # its texts went before it, and are told as gone
    assert {id for _type, id in held(run)} == {"next", "e-next", "q-next", "r-next"} | {"r-past"}
    assert run(lambda _tx: {row.id for row in models.Session.select()}) == {"past", "next"}
    found, page = read(run, None)
    assert {id for _type, id, deleted in found if not deleted} == {"next", "e-next", "q-next", "r-next"}
    assert [one for one in read(run, cursor)[0] if one[1] != "r-past"] == []
    assert run(lambda _tx: models.Audit.select().where(models.Audit.what == "retention").count()) >= 2


def test_a_session_that_was_taken_away_leaves_with_all_that_was_said_of_it(run: Run) -> None:
    run(lambda tx: catalogue.put_session(tx, "S", body(900)))
    request = EnrolmentRequest("e", "S", "class", "4e B", "4E", 26)
    run(lambda tx: enrolments.request(tx, UAI, "k", 1, request))
    run(lambda tx: enrolments.cancel(tx, UAI, "k", 2, "e"))
    run(lambda tx: catalogue.remove_session(tx, "S"))
    notice(run, "after")
    sweep(run, 366)
    assert held(run) == {("notice", "after")}
