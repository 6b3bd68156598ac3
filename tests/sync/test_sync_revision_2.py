"""Revision 2 of the contract on the kiosk, rule by rule: real rounds over a real socket, a centre that plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kiosk import __version__, contract
from kiosk.domain import outbox, unmentioned
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import identifiers
from kiosk.exchange import place, syncstate
from kiosk.exchange.round import Round
from kiosk.exchange.wire import HttpLine
from kiosk.ground import instants
from kiosk.ground.clock import BUILD_MS
from kiosk.storage.models import Enrolment, Notice, Operation, Question, Session, Unmentioned
from sync.servers import ABOUT, Asked, Server, http, problem, said

DAY = 86_400_000
Serve = Callable[..., Server]
At = Callable[..., Kiosk]


class Plays:
    """A centre that answers with the next of ``pages`` (fields of an answer), then with nothing new."""

    def __init__(self, *pages: Any, about: dict[str, Any] | None = None) -> None:
        self.pages, self.about = list(pages), {**ABOUT, **(about or {})}
        self.requests: list[dict[str, Any]] = []
        self.agents: set[str] = set()

    def __call__(self, server: Server, connection: Any, asked: Asked) -> bytes | None:
        self.agents.add(asked.headers["user-agent"])
        if asked.path == "/v1/about":
            return said(self.about)
        request = asked.json()
        self.requests.append(request)
        page = self.pages.pop(0) if self.pages else {}
        if isinstance(page, bytes):
            return page
        verdicts = [{"id": one["id"], "status": page.get("status", "accepted")} for one in request["operations"]]
        answer = {"contract": 1, "time": ABOUT["time"], "cursor": "c", "verdicts": verdicts, "changes": []}
        answer |= {"revision": 2, "epoch": "a", "ask": request.get("ask")}
        if request["cursor"] is None:
            answer["snapshot"] = True
        answer |= {name: value for name, value in page.items() if name != "status"}
        return said({name: value for name, value in answer.items() if value is not None})


def round_of(kiosk: Kiosk) -> Any:
    line = HttpLine()
    try:
        return Round(kiosk, line, keep_time=False).run()
    finally:
        line.close()


def tell(kiosk: Kiosk, n: int = 1, kind: str = "question.prepared") -> list[str]:
    def unit(tx: Any) -> list[str]:
        made = []
        for number in range(n):
            id = identifiers.uuid7(tx.now)
            body = contract.QuestionPrepared(id, "S1", f"Question {number} ?", "metier", "4E")
            made.append(outbox.append(tx, kind, body, subject=id, session_id="S1"))
        return made

    return kiosk.write(unit)


def session(id: str, rev: int, title: str = "Séance") -> dict[str, Any]:
    body = {
        "title": title,
        "starts_at": "2035-03-01T13:30:00Z",
        "duration_min": 45,
        "format": "college-45",
        "meeting_url": "",
        "levels": ["4E"],
        "status": "planned",
        "speakers": [],
        "dossier": [],
    }
    return {"type": "session", "id": id, "rev": rev, "body": body}


def states() -> list[str]:
    return [str(row.state) for row in Operation.select().order_by(Operation.seq)]


def test_rule_10_had_seq_is_what_this_history_answered(serve: Serve, kiosk_at: At) -> None:
    plays = Plays({}, {}, {"status": "retry"})
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk, 3)
    round_of(kiosk)
    tell(kiosk)
    round_of(kiosk)
    tell(kiosk)
    round_of(kiosk)
    assert [one["had_seq"] for one in plays.requests] == [0, 3, 4] and place.had_seq() == 4
    assert all(one["revision"] == 2 and len(one["ask"]) >= 8 for one in plays.requests)


def test_rules_10_and_11_another_history_gets_all_again_in_order_then_is_read_from_the_start(
    serve: Serve, kiosk_at: At
) -> None:
    plays = Plays(
        {"changes": [session("S1", 9)]},
        {"status": "rejected"},
        {"epoch": "b"},
        {"epoch": "b", "changes": [session("S1", 2, "Autre")]},
    )
    kiosk = kiosk_at(serve(plays).url)
    first = tell(kiosk, 2)
    round_of(kiosk)
    tell(kiosk)  # rejected: never said again
    round_of(kiosk)
    last = tell(kiosk)
    assert round_of(kiosk).failure == "ok"
    assert [[one["id"] for one in request["operations"]] for request in plays.requests[2:]] == [last, [*first, *last]]
    assert (plays.requests[3]["cursor"], plays.requests[3]["had_seq"]) == (None, 0)
    assert Session.get_by_id("S1").title == "Autre"  # revisions of the first history count no more
    assert states() == ["accepted", "accepted", "rejected", "accepted"]


def test_rule_10_a_verdict_that_differs_is_told(serve: Serve, kiosk_at: At) -> None:
    plays = Plays({}, {"epoch": "b"}, {"epoch": "b", "status": "rejected"})
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk)
    round_of(kiosk)
    round_of(kiosk)
    (item,) = syncstate.items(kiosk.clock.now())
    assert item.state == "rejected" and item.why.startswith("Le centre, revenu d’une copie")


def test_rule_10_what_is_shared_no_longer_or_was_first_said_elsewhere_is_not_said_again(
    serve: Serve, kiosk_at: At
) -> None:
    plays = Plays({}, {"epoch": "b"}, {"epoch": "b"})
    kiosk = kiosk_at(serve(plays).url)
    ids = tell(kiosk, 3)
    round_of(kiosk)
    kiosk.write(lambda tx: Operation.update(type="question.asked").where(Operation.id == ids[0]).execute())
    kiosk.write(lambda tx: Operation.update(centre="http://essai").where(Operation.id == ids[1]).execute())
    round_of(kiosk)
    assert [one["id"] for one in plays.requests[-1]["operations"]] == [ids[2]]


def test_rule_10_words_are_kept_ninety_days_after_the_first_verdict(serve: Serve, kiosk_at: At) -> None:
    at = BUILD_MS + DAY
    days_later = [{"time": instants.rfc3339(at + days * DAY)} for days in (0, 89, 91)]
    kiosk = kiosk_at(serve(Plays(*days_later)).url)
    tell(kiosk)
    round_of(kiosk)
    assert Operation.get().answered_at == at
    for kept in (True, False):
        round_of(kiosk)
        assert bool(Operation.get().body) is kept


@pytest.mark.parametrize("times", [("0001-01-01T00:00:00Z", ABOUT["time"]), (ABOUT["time"], "2200-01-01T00:00:00Z")])
def test_rule_10_a_centre_whose_time_cannot_be_right_makes_nothing_old(
    serve: Serve, kiosk_at: At, times: tuple[str, str]
) -> None:
    kiosk = kiosk_at(serve(Plays(*({"time": time} for time in times))).url)
    tell(kiosk)
    for _time in times:
        assert round_of(kiosk).failure == "ok"
        assert Operation.get().state == "accepted" and Operation.get().body


@pytest.mark.parametrize("behind", [0, 5])
def test_rule_10_a_clock_years_off_makes_nothing_old(serve: Serve, kiosk_at: At, behind: int) -> None:
    """Accepted under a clock that is right (or five years behind, on a stick), which then is five years ahead (or put
    right); a round fails. The centre that comes back from a copy is told all of it again.
    """
    plays = Plays({}, problem(503, "unavailable"), {"epoch": "b"}, {"epoch": "b"})
    kiosk = kiosk_at(serve(plays).url)
    years = 365 * DAY
    kiosk.clock.correct(kiosk.clock.now() - behind * years, "system")
    ids = tell(kiosk, 3)
    assert round_of(kiosk).accepted == 3
    kiosk.clock.correct(kiosk.clock.now() + 5 * years, "system")
    assert round_of(kiosk).failure == "server"
    assert round_of(kiosk).failure == "ok" and place.epoch() == "b"
    assert [one["id"] for one in plays.requests[-1]["operations"]] == ids
    assert [row.state for row in Operation.select()] == ["accepted"] * 3


def test_rule_11_the_first_history_seen_is_taken_without_forgetting(serve: Serve, kiosk_at: At) -> None:
    plays = Plays({"epoch": None, "ask": None, "snapshot": None, "revision": None}, {"epoch": "a"})
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk)
    round_of(kiosk)
    assert (place.epoch(), place.cursor()) == ("", "c")
    round_of(kiosk)
    assert (place.epoch(), place.cursor(), len(plays.requests)) == ("a", "c", 2)


def test_rule_11_one_history_a_sync_and_three_a_day(serve: Serve, kiosk_at: At) -> None:
    plays = Plays({}, *({"epoch": name} for name in "bcdefgh"))
    kiosk = kiosk_at(serve(plays).url)
    round_of(kiosk)
    outcomes = [round_of(kiosk) for _n in range(4)]
    assert {(one.failure, one.detail) for one in outcomes} == {("server", syncstate.EPOCHS)}
    assert len(plays.requests) == 1 + 2 * 3 + 1
    assert "reprendront demain" in syncstate.fix("server", syncstate.EPOCHS)


def test_rule_12_what_a_whole_reading_does_not_name_is_hidden_then_erased(serve: Serve, kiosk_at: At) -> None:
    question = {"session_id": "S1", "text": "Reçue ?", "theme": "vie", "origin": "email", "state": "kept"}
    all_ = [
        session("S1", 1),
        session("S2", 2),
        {"type": "question", "id": "Q", "rev": 3, "body": question},
        {"type": "enrolment", "id": "E", "rev": 4, "body": {"session_id": "S1", "state": "confirmed"}},
        {"type": "notice", "id": "N", "rev": 5, "body": {"level": "info", "text": "x", "expires_at": ABOUT["time"]}},
    ]
    plays = Plays(
        {"changes": all_},
        problem(410, "cursor_expired"),
        {"more": True, "cursor": "d"},
        {"snapshot": True, "changes": [session("S1", 1)]},
    )
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk)
    round_of(kiosk)
    kiosk.write(
        lambda tx: Session.insert(
            id="ICI-1", rev=1, title="Ici", starts_at=1, duration_min=1, format="custom"
        ).execute()
    )
    assert round_of(kiosk).failure == "ok"
    assert {row.id for row in Session.select().where(~Session.deleted)} == {"S1", "ICI-1"}
    assert Question.get_by_id("Q").status == "withdrawn" and Notice.get_by_id("N").deleted
    assert (Enrolment.get_by_id("E").unconfirmed, Enrolment.get_by_id("E").state) == (True, "confirmed")
    assert {row.id for row in Unmentioned.select()} == {"S2", "Q", "N"}
    kiosk.write(lambda tx: Unmentioned.update(hidden_at=tx.now - 31 * DAY).execute())
    assert unmentioned.due(kiosk.clock.now())
    kiosk.write(unmentioned.tidy)
    assert not Question.select().exists() and not Session.select().where(Session.id == "S2").exists()


@pytest.mark.parametrize("second", [{"snapshot": None}, {"snapshot": True, "ask": None}])
def test_rule_12_a_reading_that_is_not_whole_takes_nothing_away(second: Any, serve: Serve, kiosk_at: At) -> None:
    plays = Plays(
        {"changes": [session("S1", 1)]}, problem(410, "cursor_expired"), {"more": True, "cursor": "d"}, second
    )
    kiosk = kiosk_at(serve(plays).url)
    round_of(kiosk)
    round_of(kiosk)
    assert not Session.get_by_id("S1").deleted and not Unmentioned.select().exists()


def test_rule_13_what_is_ignored_goes_again_once_it_is_listed(serve: Serve, kiosk_at: At) -> None:
    plays = Plays({"status": "ignored"}, {}, about={"operations": []})
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk)
    round_of(kiosk)
    assert states() == ["ignored"]
    round_of(kiosk)
    assert plays.requests[-1]["operations"] == []
    plays.about["operations"] = ["question.prepared"]
    round_of(kiosk)
    assert states() == ["accepted"]


def test_rule_14_an_answer_to_another_place_brings_its_verdicts_only(serve: Serve, kiosk_at: At) -> None:
    plays = Plays(
        {},
        {"ask": "another-place", "changes": [session("S9", 1)], "cursor": "z"},
        {"ask": "another-place", "epoch": "old"},
    )
    kiosk = kiosk_at(serve(plays).url)
    round_of(kiosk)
    tell(kiosk)
    round_of(kiosk)
    assert (states(), place.cursor(), Session.select().count()) == (["accepted"], "c", 0)
    tell(kiosk)
    round_of(kiosk)  # another history's too: nothing is sure
    assert (states()[-1], place.epoch()) == ("waiting", "a")
    asks = [one["ask"] for one in plays.requests]
    assert len(set(asks)) == 2 and asks[1] == asks[2]  # renewed with the cursor, and only then


def test_rule_14_a_late_page_that_announces_another_is_not_followed(serve: Serve, kiosk_at: At) -> None:
    """It is of another place: from this one, the same would come for ever."""
    plays = Plays(*[{"ask": "of-another-place", "cursor": f"x{n}", "more": True} for n in range(9)])
    kiosk = kiosk_at(serve(plays).url)
    assert round_of(kiosk).failure == "ok" and len(plays.requests) == 1
    assert place.cursor() is None


def test_rule_15_a_page_that_breaks_off_is_asked_for_again_by_half(serve: Serve, kiosk_at: At) -> None:
    broken = http(200, b'{"contract": 1, "time": "20', "application/json")
    plays = Plays(broken, broken, {})
    assert round_of(kiosk_at(serve(plays).url)).failure == "ok"
    assert [one["max_changes"] for one in plays.requests] == [100, 50, 25]
    always = Plays(*[broken] * 20)
    assert round_of(kiosk_at(serve(always).url)).failure == "server"
    assert [one["max_changes"] for one in always.requests] == [100, 50, 25, 12, 6, 3, 1]
    page = Plays(http(200, b"<html>", "text/html"))
    assert round_of(kiosk_at(serve(page).url)).failure == "portal" and len(page.requests) == 1


def test_rule_15_the_lower_of_the_limits_is_obeyed(serve: Serve, kiosk_at: At) -> None:
    plays = Plays(about={"limits": {"operations": 2, "bytes": 10**9, "answer_bytes": 1}})
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk, 5)
    assert round_of(kiosk).accepted == 5
    assert [len(one["operations"]) for one in plays.requests] == [2, 2, 1]


def test_rule_15_a_cursor_longer_than_can_be_carried_is_not_taken(serve: Serve, kiosk_at: At) -> None:
    kiosk = kiosk_at(serve(Plays({"cursor": "c" * 513})).url)
    assert round_of(kiosk).failure == "server" and place.cursor() is None


def test_rule_16_every_request_says_which_kiosk_it_is(serve: Serve, kiosk_at: At) -> None:
    plays = Plays()
    round_of(kiosk_at(serve(plays).url))
    assert plays.agents == {f"kiosque/{__version__}"}


def test_the_schools_own_questions_come_back_but_none_that_was_told_or_withdrawn_here(
    serve: Serve, kiosk_at: At
) -> None:
    body = {"session_id": "S1", "text": "La nôtre ?", "theme": "vie", "origin": "class", "state": "kept", "level": "4E"}
    plays = Plays()
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk, 2)
    subjects = [row.subject for row in Operation.select().order_by(Operation.seq)]
    withdrawal = contract.QuestionWithdraw(question_id=subjects[1])
    round_of(kiosk)
    kiosk.write(lambda tx: outbox.append(tx, "question.withdraw", withdrawal, subject=subjects[1]))
    round_of(kiosk)
    changes = [{"type": "question", "id": id, "rev": 7, "body": body} for id in (*subjects, "Q-other")]
    plays.pages = [{"changes": changes, "cursor": "d"}]
    round_of(kiosk)
    assert [row.id for row in Question.select()] == ["Q-other"]  # erased here since, the others do not come back
    assert [(row.type, row.subject, row.state) for row in Operation.select().order_by(Operation.seq)][3:] == [
        ("question.withdraw", subjects[1], "accepted")
    ]


def test_another_centre_is_read_from_nothing_known(serve: Serve, kiosk_at: At) -> None:
    """A trial's high revisions hide nothing of the real one, and what it alone named goes."""
    plays = Plays({"changes": [session("S1", 28_771_802), session("S-trial", 28_771_803)]})
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk)
    round_of(kiosk)
    kiosk.write(place.leave)
    kiosk.write(place.paired)
    plays.pages = [{"epoch": "real", "changes": [session("S1", 5, "La vraie")]}]
    round_of(kiosk)
    assert Session.get_by_id("S1").title == "La vraie" and Session.get_by_id("S-trial").deleted
    assert plays.requests[-1]["operations"] == [] and plays.requests[-1]["cursor"] is None
