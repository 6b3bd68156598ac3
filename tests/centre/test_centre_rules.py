"""The centre's rules on a database of their own: order and repetition, codes and their time, imports."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from centre.centre_files import SESSION, UAI, Run, changes, load
from kiosk.centre import (
    accounts,
    answers,
    demo,
    enrolments,
    exchange,
    feed,
    models,
    openapi,
    pairing,
    passwords,
    retention,
    wire,
)
from kiosk.centre.house import Rate
from kiosk.centre.office import pages
from kiosk.centre.refusals import OfficeError, Refusal, Rejection
from kiosk.centre.store import Store, Tx
from kiosk.contract import OPERATIONS, EnrolmentRequest, PairRequest, QuestionOpen, schools
from kiosk.domain import demonstration
from kiosk.domain.people import identifiers
from kiosk.engine import Engine
from kiosk.ground import instants

KEY = b"k" * 32


# -- order and repetition -----------------------------------------------------------------------

Operation = dict[str, Any]


@st.composite
def outboxes(draw: st.DrawFn) -> list[Operation]:
    """What one kiosk may have to say, in its own order, about a few things."""
    made = []
    for seq in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(list(OPERATIONS)))
        thing = draw(st.sampled_from("abc"))
        body: dict[str, Any] = {f"{kind.split('.')[0]}_id": thing}
        if kind == "question.prepared":
            body.update(
                session_id=draw(st.sampled_from(["S", "none"])) if thing == "c" else "S",
                text=f"Texte {seq} ?",
                theme="vie",
                level="4E",
                support=draw(st.integers(0, 30)),
            )
        elif kind == "enrolment.request":
            body.update(session_id="S", kind="class", label=f"Classe {seq}", level="4E", headcount=seq)
        elif kind == "question.asked":
            body.update(session_id="S", text=f"Posée {seq}", theme="vie", origin="live", status="asked")
        elif kind == "attendance.report":
            moment = "2026-11-24T09:00:00Z"
            body = {"session_id": "S", "enrolment_id": thing, "headcount": seq, "started_at": moment}
            body.update(ended_at=moment, questions_received=seq, questions_asked=0)
        elif kind == "reflection.summary":
            body = {"session_id": "S", "answers": 5 + seq, "themes": {"vie": 5 + seq}}
        made.append({"id": f"op{seq}", "seq": seq * 3, "type": kind, "at": "2026-11-24T09:00:00Z", "body": body})
    return made


def deliver(store: Store, batches: list[list[Operation]]) -> None:
    """Send batches, in this order."""
    for batch in batches:
        message = {
            "contract": 1,
            "kiosk": "k",
            "uai": UAI,
            "cursor": None,
            "sent_at": "2026-11-24T09:00:00Z",
            "operations": batch,
        }
        request = exchange.read(json.dumps(message).encode())
        store.run(lambda tx: exchange.run(tx, "token", request))


def state(store: Store) -> tuple[Any, ...]:
    """What the centre believes, without revisions."""

    def unit(_tx: Tx) -> tuple[Any, ...]:
        questions = models.Question.select(
            models.Question.id, models.Question.text, models.Question.support, models.Question.state
        )
        people = models.Enrolment.select(models.Enrolment.id, models.Enrolment.label, models.Enrolment.state)
        sent = models.Feed.select(models.Feed.type, models.Feed.id, models.Feed.body).where(
            models.Feed.type == "enrolment"
        )
        reported = models.Attendance.select(models.Attendance.enrolment_id, models.Attendance.headcount)
        asked = models.Asked.select(models.Asked.id, models.Asked.text)
        thought = models.Reflection.select(models.Reflection.answers, models.Reflection.themes)
        # Any: peewee's types say that the rows of .tuples() are still models
        queries: tuple[Any, ...] = (questions, people, sent, reported, asked, thought)
        return tuple(sorted(map(tuple, query.tuples())) for query in queries)

    return store.run(unit)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outbox=outboxes(), seed=st.integers(0, 2**32))
def test_lost_doubled_and_shuffled_batches_end_in_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, outbox: list[Operation], seed: int
) -> None:
    chance = random.Random(seed)
    batches = [[one] for one in outbox] + [chance.sample(outbox, chance.randint(1, len(outbox))) for _again in range(3)]
    chance.shuffle(batches)
    ends = []
    for way in ([outbox], batches):
        folder = tmp_path_factory.mktemp("order")
        store = Store(folder, "", Engine())
        store.start()
        try:
            store.run(lambda tx: load(tx, changes({"type": "session", "id": "S", "rev": 1, "body": SESSION})))
            store.run(paired)
            deliver(store, way)
            ends.append(state(store))
        finally:
            assert store.stop()
    assert ends[0] == ends[1]


def paired(tx: Tx) -> None:
    """Kiosk « k » with the token « token »."""
    from kiosk.centre import secretfile

    models.Kiosk.create(id="k", uai=UAI, nonce="n", token=secretfile.digest("token"), paired_at=tx.now)


def test_a_unit_that_fails_leaves_nothing_and_its_neighbours_stay(store: Store) -> None:
    def fails(tx: Tx) -> None:
        models.Notice.create(id="n", level="info", text="x", expires_at=1, created_at=1)
        raise OfficeError("no")

    with pytest.raises(OfficeError):
        store.run(fails)
    store.run(lambda tx: models.Stored.create(key="a", value="b"))
    assert store.run(lambda tx: (models.Notice.select().count(), models.Stored.get_by_id("a").value)) == (0, "b")


# -- codes and time -----------------------------------------------------------------------------


def test_a_code_dies_after_48_hours_and_five_wrong_ones_are_forgotten_after_15_minutes(run: Run) -> None:
    hour = 3_600_000

    def at(now: int, code: str) -> str | None:
        return run(lambda _tx: pairing.pair(Tx(now), PairRequest(UAI, code, "k"), KEY))

    late, alive = (run(lambda _tx: pairing.issue(Tx(1000), UAI)) for _code in range(2))
    assert at(1000 + 48 * hour, late) is None
    assert at(1000 + 48 * hour - 1, alive)
    start = 100 * hour
    for number in range(5):
        assert at(start + number, "WRONG") is None
    with pytest.raises(Refusal) as refusal:
        at(start + 60_000, "WRONG")
    assert (refusal.value.code, refusal.value.retry_after) == ("rate_limited", 14 * 60)
    again = run(lambda _tx: pairing.issue(Tx(start), UAI))
    assert at(start + 15 * 60_000, again)


@pytest.mark.parametrize("ms", [-(10**17), -62_135_596_800_000, 0, 253_402_300_799_999, 10**17])
def test_any_instant_a_base_holds_can_be_shown(ms: int) -> None:
    assert pages.day(ms) and pages.hour(ms) and instants.stamp(ms)


def test_tokens_are_not_in_the_database(run: Run, tmp_path: Path) -> None:
    code = run(pairing.issue, UAI)
    token = run(lambda tx: pairing.pair(tx, PairRequest(UAI, code, "k"), KEY))
    password = passwords.make()
    assert run(accounts.first, passwords.digest(password)) and not run(accounts.first, "")
    assert run(lambda tx: pairing.who(tx, token).id) == "k"
    held = b"".join(path.read_bytes() for path in tmp_path.glob("centre.sqlite3*"))
    for secret in (token, code, code.replace("-", ""), password):
        assert secret.encode() not in held


@pytest.mark.parametrize("text", ["0951099D", " 0951099d ", "0951 099D", "7200021K", "9870026P", "9750001C"])
def test_real_schools(text: str) -> None:
    assert schools.read_uai(text) == "".join(text.split()).upper()


@pytest.mark.parametrize("text", ["", "0951099E", "095109D", "0951099O", "095109٩D", "0951099DD"])
def test_codes_that_no_school_has(text: str) -> None:
    assert schools.read_uai(text) is None


def test_the_rate_counts_by_the_minute() -> None:
    rate = Rate(2)
    assert [rate.wait("a", 60.0), rate.wait("a", 61.0), rate.wait("b", 61.0)] == [0, 0, 0]
    assert rate.wait("a", 70.0) == 50 and rate.wait("a", 120.0) == 0


# -- the rest -----------------------------------------------------------------------------------


def told_to_a_school(run: Run) -> list[dict[str, Any]]:
    page = run(lambda _tx: feed.page(feed.Reader("0951099D", feed.mark()), None, 500))
    return [json.loads(bytes(one)) for one in page.changes]


def test_the_demonstration_loads_twice_and_fills_every_page(run: Run) -> None:
    assert len(run(demo.load)) == 4
    before = told_to_a_school(run)
    run(demo.load)
    after = told_to_a_school(run)
    assert {one["type"] for one in before} == {"session", "speaker", "enrolment", "question", "notice"}
    assert [one["id"] for one in before if one["type"] != "notice"] == [
        one["id"] for one in after if one["type"] != "notice"
    ]
    states = run(lambda _tx: {row.state for row in models.Enrolment.select()})
    assert states == {"confirmed", "waitlisted", "requested"}
    beginnings = (identifiers.INVENTED, demonstration.SPEAKERS, demonstration.NOTICES)
    taken = [one["id"] for one in after if one["id"].startswith(beginnings)]
    assert taken == [], "a kiosk that takes its own demonstration away keeps this one"


def test_the_description_is_made_from_the_types() -> None:
    document = openapi.document("x", "/")
    schemas = document["components"]["schemas"]
    assert {"Request", "Answer", "Verdict", "Change", "Problem", "QuestionPrepared", "SessionBody"} <= set(schemas)
    assert schemas["Request"]["properties"]["operations"]["maxItems"] == 50
    assert wire.WORTH_GZIP < 700
    references = json.dumps(document).split('"$ref": "')[1:]
    assert references and all(one.split('"')[0].rpartition("/")[2] in schemas for one in references)


def test_a_full_waiting_list_refuses_and_keeps_nothing(run: Run) -> None:
    run(load, changes({"type": "session", "id": "S", "rev": 1, "body": {**SESSION, "places": 1}}))

    def request(tx: Tx, number: int) -> None:
        enrolments.request(tx, UAI, "k", number, EnrolmentRequest(f"e{number}", "S", "class", "4e B", "4E", 26))

    for number in range(1 + enrolments.MAX_WAITING):
        run(request, number)
    with pytest.raises(Rejection) as rejection:
        run(request, 999)
    assert rejection.value.code == "session_full"
    assert run(lambda _tx: len(enrolments.waiting("S"))) == enrolments.MAX_WAITING


def test_a_question_to_a_speaker_is_the_latest_said_and_its_words_go_when_nobody_answers(run: Run) -> None:
    run(load, changes({"type": "session", "id": "S", "rev": 1, "body": SESSION}))
    for seq, text in ((2, "Aviez-vous peur ?"), (1, "Vous aviez peur ?")):  # the first said comes last
        run(answers.opened, UAI, "K1", seq, QuestionOpen("Q", "S", text, "vie"))
    assert [one.question for one in run(answers.listed)] == ["Aviez-vous peur ?"]
    late = retention.KINDS["unanswered"].months * retention.MONTH + instants.MINUTE
    run(lambda tx: models.OpenQuestion.update(created_at=tx.now - late).execute())
    while run(retention.sweep):
        pass
    assert run(answers.listed) == []
    assert run(lambda _tx: [row.text for row in models.OpenQuestion.select()]) == [""]
