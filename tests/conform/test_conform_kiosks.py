"""The conformance kit's other side: our own kiosk meets every mood of the small centre and holds to every rule; a kiosk
that breaks each rule in turn is told so.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conform.test_conform_rules import UAI, served
from kiosk import contract
from kiosk.app import create_kiosk
from kiosk.conform import serving
from kiosk.conform.link import ask
from kiosk.conform.rules import SIDES
from kiosk.conform.serving import Served
from kiosk.conform.trial import LEFT_OUT, Identity, Trial
from kiosk.domain import enrolments, outbox
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import identifiers
from kiosk.exchange import pairing, stick
from kiosk.exchange.round import Round
from kiosk.exchange.wire import HttpLine
from kiosk.ground.config import Settings

RULES = [one.code for one in SIDES["kiosk"] if one.check is not None]
#: Those of files have wrong ones of their own (:mod:`conform.test_conform_sticks`).
ASKED = [code for code in RULES if not code.startswith("6-")]
#: Moods that our kiosk meets one after the other, each with something to send; « slow » takes its four minutes.
MET = (
    "busy", "limited", "portal", "redirect", "huge", "deep", "version", "lost", "cut", "retry", "rejected",
    "invalid", "expired", "ask", "unlisted", "epoch",
)  # fmt: skip


def sync(kiosk: Kiosk) -> Any:
    line = HttpLine()
    try:
        return Round(kiosk, line, keep_time=False).run()
    finally:
        line.close()


def ask_something(kiosk: Kiosk, number: int = 2) -> None:
    def speak(tx: Any) -> None:
        for _time in range(number):
            id = identifiers.uuid7(tx.now)
            body = contract.QuestionPrepared(id, "S-1", f"Question {id} ?", "metier", "4E")
            outbox.append(tx, "question.prepared", body, subject=id, session_id="S-1")

    kiosk.write(speak)


def carried(one: Served, file: bytes) -> bytes:
    """A file is brought to the centre, and its answer back."""
    heard = ask("POST", f"{one.url}/conform/stick", {}, file)
    assert heard.status == 200, heard
    return heard.body


def by_stick(kiosk: Kiosk, one: Served) -> None:
    """Files of several requests; then a long code, whose file is written twice before its answer comes."""
    ask_something(kiosk, 60)
    stick.take_answer(kiosk, carried(one, stick.request(kiosk)[1]))
    stick.ask(kiosk, one.centre.long_code(UAI), UAI)
    answers = [carried(one, stick.request(kiosk)[1]) for _time in range(2)]
    assert stick.take_answer(kiosk, answers[1]).failure == "ok"


def test_our_kiosk_holds_to_every_rule_whatever_the_centre_does(tmp_path: Path) -> None:
    with served() as one:
        kiosk = create_kiosk(Settings(data_dir=tmp_path / "kiosk", engine="threading", centre_url=one.url))
        kiosk.writer.start()
        try:
            pairing.pair(kiosk, HttpLine(), one.centre.code(UAI), UAI)
            assert sync(kiosk).failure == "ok"
            kiosk.write(lambda tx: enrolments.request(tx, "S-1", label="4e B", level="4E", headcount=26))
            for mood in MET:
                ask_something(kiosk)
                one.go_wrong(mood)
                sync(kiosk)
                one.go_wrong("")
                sync(kiosk)
            one.go_wrong("cloned")
            ask_something(kiosk)
            sync(kiosk)
            one.go_wrong("")
            pairing.pair(kiosk, HttpLine(), one.centre.code(UAI), UAI)
            assert sync(kiosk).failure == "ok"
            by_stick(kiosk, one)
            assert sync(kiosk).failure == "ok"
        finally:
            assert kiosk.writer.stop()
            kiosk.database.close()
        report = one.report()
    assert [line for each in report.results if each.state == "failed" for line in each.lines()] == []
    assert {each.rule.code for each in report.results if each.state == "passed"} == set(RULES)


# -- a kiosk that breaks each rule in turn ----------------------------------------------------------


class Wrong:
    """A kiosk that does as it is told, over HTTP."""

    def __init__(self, one: Served) -> None:
        self.one, self.trial = one, Trial(one.url, seconds=5)
        self.who = Identity(UAI)

    def begin(self) -> None:
        """As a kiosk should."""
        self.trial.about = self.trial.get("/v1/about")
        code = self.one.centre.code(UAI)
        heard = self.trial.post("/v1/pair", {"uai": UAI, "code": code, "kiosk": self.who.id, "label": ""})
        self.who.token = heard.member("token")

    def send(self, *operations: dict[str, Any], mood: str = "", **values: Any) -> Any:
        """One exchange, in a mood of the centre; its answer's cursor."""
        self.one.go_wrong(mood)
        heard = self.trial.exchange(self.who, operations=list(operations), **values)
        self.one.go_wrong("")
        return heard.member("cursor")

    def cancel(self, **values: Any) -> dict[str, Any]:
        return self.who.operation("enrolment.cancel", **values, enrolment_id=str(uuid.uuid4()))


def not_first(kiosk: Wrong) -> None:
    kiosk.trial.post("/v1/pair", {"uai": UAI, "code": "x", "kiosk": "k"})


def to_a_portal(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.one.go_wrong("portal")
    kiosk.trial.get("/v1/about")
    kiosk.trial.exchange(kiosk.who)


def no_gzip(kiosk: Wrong) -> None:
    kiosk.trial.get("/v1/about", {"Accept-Encoding": "identity"})


def wrong_letter(kiosk: Wrong) -> None:
    kiosk.trial.get("/v1/about")
    kiosk.trial.post("/v1/pair", {"uai": "0951099A", "code": "x", "kiosk": "k", "label": ""})


def sends(*operations: Callable[[Wrong], dict[str, Any]], **values: Any) -> Callable[[Wrong], None]:
    def play(kiosk: Wrong) -> None:
        kiosk.begin()
        kiosk.send(*(make(kiosk) for make in operations), **values)

    return play


def twice(first: dict[str, Any], then: dict[str, Any]) -> Callable[[Wrong], None]:
    """The same operation but for what is given, in two exchanges."""

    def play(kiosk: Wrong) -> None:
        kiosk.begin()
        one = kiosk.cancel()
        kiosk.send({**one, **first}, mood="retry")
        kiosk.send({**one, **then}, had_seq=0)

    return play


def after(mood: str, **values: Any) -> Callable[[Wrong], None]:
    """Something is sent in a mood, then an exchange that holds nothing of it."""

    def play(kiosk: Wrong) -> None:
        kiosk.begin()
        cursor = kiosk.send(ask="the-first-ask")
        kiosk.send(kiosk.cancel(), kiosk.cancel(), mood=mood, cursor=cursor, max_changes=40)
        kiosk.send(**{"cursor": cursor, "max_changes": 40, **values})

    return play


def a_done_one_again(kiosk: Wrong) -> None:
    kiosk.begin()
    one = kiosk.cancel()
    kiosk.send(one)
    kiosk.send(one, had_seq=one["seq"])


def had_seq_of_before_its_pairing(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.send(kiosk.cancel())
    kiosk.begin()
    kiosk.send(had_seq=1)


def had_seq_anew(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.send(kiosk.cancel())
    kiosk.send(had_seq=1)
    kiosk.begin()
    kiosk.send(had_seq=0)


def not_the_next_page(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.send(max_changes=2)
    kiosk.send(max_changes=2)


def the_one_pointed_at_again(kiosk: Wrong) -> None:
    kiosk.begin()
    one = kiosk.cancel()
    kiosk.send(one, mood="invalid")
    kiosk.send(one)


def had_seq_of_nothing(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.send(kiosk.cancel(), kiosk.cancel())
    kiosk.send(had_seq=1)


def nothing_again(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.send(kiosk.cancel())
    kiosk.send(mood="epoch", cursor=None, had_seq=1)
    kiosk.send(had_seq=0)


def the_old_cursor(kiosk: Wrong) -> None:
    kiosk.begin()
    cursor = kiosk.send()
    kiosk.send(mood="epoch")
    kiosk.send(cursor=cursor)


def unlisted(kiosk: Wrong) -> None:
    kiosk.one.centre.understood.remove("question.open")
    kiosk.begin()
    kiosk.send(kiosk.who.operation("question.open", question_id="q", session_id="S-1", text="?", theme="autre"))


def the_same_ask(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.send(cursor=kiosk.send(ask="always-the-same"), ask="always-the-same")


def the_cursor_of_another_ask(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.send(cursor=kiosk.send(mood="ask", max_changes=2), max_changes=2)


def no_version(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.trial.exchange(kiosk.who, {"User-Agent": "curl/8"})


def as_before(kiosk: Wrong) -> None:
    kiosk.begin()
    kiosk.send(mood="cloned")
    kiosk.send()


def a_question(**more: Any) -> Callable[[Wrong], dict[str, Any]]:
    body = {"question_id": "q", "session_id": "S-1", "text": "?", "theme": "autre", "level": "4E", "support": 0, **more}
    return lambda kiosk: kiosk.who.operation("question.prepared", **body)


WRONG: dict[str, Callable[[Wrong], None]] = {
    "1-first": not_first,
    "1-nothing": to_a_portal,
    "0-gzip": no_gzip,
    "2-pair": wrong_letter,
    "3-request": sends(sent_at="hier"),
    "3-bodies": sends(a_question(theme="sport")),
    "3.1-limits": sends(*[Wrong.cancel] * 51),
    "3.2-same": twice({}, {"body": {"enrolment_id": "another"}}),
    "3.3-seq": twice({}, {"id": str(uuid.uuid4())}),
    "3.3-final": a_done_one_again,
    "3.3-retry": after("retry"),
    "3.4-again": after("lost"),
    "3.5-null": after("expired"),
    "3.7-more": not_the_next_page,
    "3.8-identity": as_before,
    "3.9-personal": sends(a_question(meta=[{"email": "x"}])),
    "3.9-aside": the_one_pointed_at_again,
    "3.10-had-seq": had_seq_of_nothing,
    "3.10-again": nothing_again,
    "3.11-null": the_old_cursor,
    "3.13-listed": unlisted,
    "3.14-ask": the_same_ask,
    "3.14-other": the_cursor_of_another_ask,
    "3.15-halves": after("cut"),
    "3.16-agent": no_version,
}


@pytest.mark.parametrize("code", ASKED)
def test_a_kiosk_that_breaks_a_rule_is_told_so(code: str) -> None:
    with served() as one:
        WRONG[code](Wrong(one))
        report = one.report()
    told = next(each for each in report.results if each.rule.code == code)
    assert told.state == "failed" and told.expected != told.found, report.summary()


def test_had_seq_counts_anew_after_a_pairing_of_the_same_identity() -> None:
    for play, state in ((had_seq_of_before_its_pairing, "failed"), (had_seq_anew, "passed")):
        with served() as one:
            play(Wrong(one))
            assert {each.rule.code: each.state for each in one.report().results}["3.10-had-seq"] == state


def test_a_kiosk_whose_first_requests_are_noted_no_more_is_believed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MOST_SEEN", 2)
    with served() as one:
        kiosk = Wrong(one)
        kiosk.begin()
        for had in range(5):
            kiosk.send(kiosk.cancel(), had_seq=had)
        states = [{each.rule.code: each.state for each in one.report().results}["3.10-had-seq"]]
        kiosk.send(had_seq=9)
        states.append({each.rule.code: each.state for each in one.report().results}["3.10-had-seq"])
        assert states == ["passed", "failed"]


def test_a_kiosk_of_revision_1_is_not_judged_by_the_second() -> None:
    with served() as one:
        kiosk = Wrong(one)
        kiosk.begin()
        kiosk.send(kiosk.cancel(), revision=LEFT_OUT, ask=LEFT_OUT, had_seq=LEFT_OUT)
        report = one.report()
    assert report.held
    assert {each.rule.revision for each in report.results if each.state == "passed"} == {1}
