"""The kit judges the files that a kiosk writes for a stick: who breaks each rule of section 6 in turn is told so."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from conform.test_conform_rules import UAI, served
from kiosk.conform.link import ask
from kiosk.conform.rules import SIDES
from kiosk.conform.running import Report
from kiosk.conform.serving import Served
from kiosk.conform.trial import Identity, Trial, now
from kiosk.contract import MAX_BODY, sticks

RULES = [one.code for one in SIDES["kiosk"] if one.check is not None and one.place == "6"]
FORBIDDEN, INVALID = 403, 422


class Writer:
    """A kiosk that writes files as it is told."""

    def __init__(self, one: Served) -> None:
        self.one, self.trial, self.who = one, Trial(one.url, seconds=5), Identity(UAI)
        self.trial.about = self.trial.get("/v1/about")

    def pair(self) -> None:
        """Over HTTP."""
        self.who.token = self.one.centre.pair(UAI, self.one.centre.code(UAI), self.who.id)

    def message(self, **values: Any) -> dict[str, Any]:
        """A request with one operation."""
        one = self.who.operation("enrolment.cancel", enrolment_id=str(uuid.uuid4()))
        return self.trial.message(self.who, **{"operations": [one], **values})

    def head(self, **values: Any) -> dict[str, Any]:
        return {"kind": "request", "kiosk": self.who.id, "uai": UAI, "made_at": now(), **values}

    def bring(self, file: dict[str, Any] | bytes) -> int:
        """The status of what the centre says of a file."""
        data = file if isinstance(file, bytes) else sticks.packed(file)
        return ask("POST", f"{self.one.url}/conform/stick", {}, data).status

    def asks(self, code: str, salt: str, **values: Any) -> int:
        """Bring a file that asks for a token."""
        file = self.head(kind="pairing", salt=salt, label="", messages=[self.message()], **values)
        return self.bring({**file, "mac": sticks.whole_mac(file, sticks.stretched(code, salt))})


def sealed(kiosk: Writer, *messages: dict[str, Any], many: bool = True, **head: Any) -> dict[str, Any]:
    kiosk.pair()
    return sticks.sealed(kiosk.head(**head), list(messages) or [kiosk.message()], kiosk.who.token, many=many)


def twice_a_key(kiosk: Writer) -> int:
    text = json.dumps(sealed(kiosk))
    return kiosk.bring(gzip.compress((text[:-1] + f', "uai": "{UAI}"}}').encode()))


def an_answer(kiosk: Writer) -> int:
    return kiosk.bring(sealed(kiosk, kind="answer"))


def an_hour_of_here(kiosk: Writer) -> int:
    return kiosk.bring(sealed(kiosk, made_at="2026-11-24T10:00:00+01:00"))


def changed_afterwards(kiosk: Writer) -> int:
    return kiosk.bring({**sealed(kiosk), "made_at": "2026-11-24T09:00:00Z"})


def another_code(kiosk: Writer) -> int:
    kiosk.one.centre.long_code(UAI)
    return kiosk.asks(sticks.new_code(), "ab" * 16)


def another_kiosk(kiosk: Writer) -> int:
    return kiosk.bring(sealed(kiosk, {**kiosk.message(), "kiosk": "another"}))


def fifty_one(kiosk: Writer) -> int:
    one = [kiosk.who.operation("enrolment.cancel", enrolment_id=str(uuid.uuid4())) for _time in range(51)]
    return kiosk.bring(sealed(kiosk, kiosk.message(), kiosk.message(operations=one)))


def too_long(kiosk: Writer) -> int:
    one = kiosk.who.operation("enrolment.cancel", enrolment_id="x", more="y" * MAX_BODY)
    return kiosk.bring(sealed(kiosk, kiosk.message(operations=[one])))


def a_question(kiosk: Writer, **more: Any) -> int:
    body = {"question_id": "q", "session_id": "S-1", "text": "?", "theme": "autre", "level": "4E", "support": 0, **more}
    said = kiosk.message(operations=[kiosk.who.operation("question.prepared", **body)])
    return kiosk.bring(sealed(kiosk, kiosk.message(), said))


def another_first(kiosk: Writer) -> int:
    file = sealed(kiosk, kiosk.message(), kiosk.message())
    file["messages"] = file["messages"][::-1]
    return kiosk.bring({**file, "mac2": sticks.whole_mac(file, kiosk.who.token.encode())})


def no_second_mark(kiosk: Writer) -> int:
    file = sealed(kiosk)
    del file["mac2"]
    return kiosk.bring(file)


def another_salt(kiosk: Writer) -> int:
    code = kiosk.one.centre.long_code(UAI).replace("-", "")
    assert kiosk.asks(code, "ab" * 16) == 200
    return kiosk.asks(code, "cd" * 16)


Broken = Callable[[Writer], int]
WRONG: list[tuple[str, Broken]] = [
    ("6-file", twice_a_key),
    ("6-file", an_answer),
    ("6-file", an_hour_of_here),
    ("6-mac", changed_afterwards),
    ("6-mac", another_code),
    ("6-requests", another_kiosk),
    ("6-requests", fifty_one),
    ("6-requests", too_long),
    ("6-bodies", lambda kiosk: a_question(kiosk, theme="sport")),
    ("6-bodies", lambda kiosk: a_question(kiosk, meta=[{"email": "x"}])),
    ("6-many", another_first),
    ("6-many", no_second_mark),
    ("6-salt", another_salt),
]


def states(report: Report) -> dict[str, str]:
    return {one.rule.code: one.state for one in report.results if one.rule.code in RULES}


@pytest.mark.parametrize(
    ("code", "play"), WRONG, ids=[f"{code}-{number}" for number, (code, _play) in enumerate(WRONG)]
)
def test_a_file_that_breaks_a_rule_is_told_so(code: str, play: Broken) -> None:
    with served() as one:
        play(Writer(one))
        report = one.report()
        secrets = [*one.centre.codes, *one.centre.long, *(each.token for each in one.centre.kiosks.values())]
    told = next(each for each in report.results if each.rule.code == code)
    assert told.state == "failed" and told.expected != told.found and "Error" not in told.found, report.as_json()
    assert not [secret for secret in secrets if secret in report.as_json()]


def test_every_rule_of_a_file_is_broken_once_and_held_otherwise() -> None:
    assert [code for code, _play in WRONG] == sorted([code for code, _play in WRONG], key=RULES.index)
    assert {code for code, _play in WRONG} == set(RULES)
    with served() as one:
        kiosk, other = Writer(one), Writer(one)
        assert kiosk.bring(sealed(kiosk, kiosk.message(), kiosk.message())) == 200
        code = one.centre.long_code(UAI).replace("-", "")
        assert [other.asks(code, "ab" * 16) for _time in range(2)] == [200, 200]
        assert states(one.report()) == dict.fromkeys(RULES, "passed")


def test_without_files_or_of_a_stranger_nothing_is_judged() -> None:
    with served() as one:
        assert set(states(one.report()).values()) == {"not_tried"}
        kiosk = Writer(one)
        kiosk.who.token = "of another centre"
        file = sticks.sealed(kiosk.head(), [kiosk.message()], kiosk.who.token, many=False)
        assert kiosk.bring(file) == FORBIDDEN and kiosk.bring(b"no file") == INVALID
        found = states(one.report())
        assert (found["6-file"], found["6-mac"], found["6-many"]) == ("failed", "not_tried", "not_tried")


def told(one: Served, code: str) -> str:
    """What became of a rule until now."""
    return {each.rule.code: each.state for each in one.report().results}[code]


def test_files_are_no_requests_and_their_verdicts_count_in_had_seq() -> None:
    with served() as one:
        kiosk = Writer(one)
        kiosk.bring(sealed(kiosk))
        for had in (0, 1):  # before its answer came back, and after
            kiosk.trial.exchange(kiosk.who, had_seq=had)
        assert {told(one, code) for code in ("3.10-had-seq", "0-gzip", "3.16-agent")} == {"passed"}
        kiosk.trial.exchange(kiosk.who, had_seq=0)  # it had come back
        assert told(one, "3.10-had-seq") == "failed"


def begun(kiosk: Writer) -> tuple[str, dict[str, Any]]:
    """A kiosk that was answered one operation, by the network: its cursor, and that operation."""
    kiosk.pair()
    operation = kiosk.message()["operations"][0]
    return kiosk.trial.exchange(kiosk.who, operations=[operation]).member("cursor"), operation


def written(kiosk: Writer, *operations: dict[str, Any], **values: Any) -> int:
    """The kiosk, which is paired, writes a file of one message and brings it."""
    message = kiosk.message(operations=list(operations), **values)
    return kiosk.bring(sticks.sealed(kiosk.head(), [message], kiosk.who.token, many=True))


def anew_by_file(kiosk: Writer) -> dict[str, Any]:
    """As :func:`begun`, then a file whose answer tells another history; the operation it has to send again."""
    cursor, operation = begun(kiosk)
    kiosk.one.centre.begin_again()
    assert written(kiosk, kiosk.message()["operations"][0], cursor=cursor, had_seq=1) == 200
    return operation


def test_a_history_told_by_a_file_is_seen_when_its_answer_has_come_back() -> None:
    with served() as one:
        kiosk = Writer(one)
        operation = anew_by_file(kiosk)
        assert written(kiosk, had_seq=1) == 200  # written before it came back
        assert written(kiosk, operation, had_seq=0) == 200  # and after
        kiosk.trial.exchange(kiosk.who, operations=[operation], had_seq=0)
        kiosk.trial.exchange(kiosk.who, had_seq=1)
        found = {code: told(one, code) for code in ("3.3-final", "3.10-had-seq", "3.11-null", "3.10-again")}
        assert (found["3.3-final"], found["3.10-had-seq"]) == ("passed", "passed"), one.report().summary()
        assert (found["3.11-null"], found["3.10-again"]) == ("not_tried", "not_tried")  # nobody saw it read it


def still_had_seq(kiosk: Writer) -> None:
    """It sends all again, as in the new history, and says « had_seq » of the one before."""
    written(kiosk, anew_by_file(kiosk), had_seq=1)


def had_seq_of_nobody(kiosk: Writer) -> None:
    anew_by_file(kiosk)
    kiosk.trial.exchange(kiosk.who, had_seq=7)


def back_to_the_history_before(kiosk: Writer) -> None:
    """By the network it was in the new one; then it counts as before."""
    operation = anew_by_file(kiosk)
    kiosk.trial.exchange(kiosk.who, operations=[operation], had_seq=0)
    kiosk.trial.exchange(kiosk.who, had_seq=0)


def refused_again(kiosk: Writer) -> None:
    """What was refused is not sent in another history either."""
    kiosk.pair()
    one = kiosk.who.operation("question.prepared", question_id="q")
    cursor = kiosk.trial.exchange(kiosk.who, operations=[one]).member("cursor")
    kiosk.one.centre.begin_again()
    written(kiosk, cursor=cursor, had_seq=1)
    kiosk.trial.exchange(kiosk.who, operations=[one], had_seq=0)


def done_by_file_again(kiosk: Writer) -> None:
    """« had_seq » shows that the file's answer came back."""
    kiosk.pair()
    operation = kiosk.message()["operations"][0]
    written(kiosk, operation)
    written(kiosk, operation, had_seq=1)


def done_by_the_network_again(kiosk: Writer) -> None:
    written(kiosk, begun(kiosk)[1], had_seq=1)


def a_had_seq_to_come(kiosk: Writer) -> None:
    begun(kiosk)
    written(kiosk, had_seq=2)


@pytest.mark.parametrize(
    ("code", "play"),
    [
        ("3.3-final", still_had_seq),
        ("3.10-had-seq", had_seq_of_nobody),
        ("3.10-had-seq", back_to_the_history_before),
        ("3.3-final", refused_again),
        ("3.3-final", done_by_file_again),
        ("3.3-final", done_by_the_network_again),
        ("3.10-had-seq", a_had_seq_to_come),
    ],
)
def test_files_are_judged_by_what_their_kiosk_had_heard(code: str, play: Callable[[Writer], None]) -> None:
    with served() as one:
        play(Writer(one))
        found = {name: told(one, name) for name in ("3.3-final", "3.10-had-seq")}
        assert found.pop(code) == "failed" and set(found.values()) == {"passed"}, one.report().as_json()
