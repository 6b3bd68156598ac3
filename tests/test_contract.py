"""The contract's messages: each limit of the page holds, the unknown is ignored, examples of the page
are read.
"""

import json
from typing import Any

import msgspec
import pytest

from kiosk import contract
from kiosk.contract.levels import LEVELS
from kiosk.contract.themes import THEMES
from kiosk.domain.formats import registry

ANSWER = """{"contract": 1, "time": "2026-11-24T09:00:00.000Z", "cursor": "opaque", "more": false,
 "verdicts": [{"id": "u1", "status": "accepted"},
              {"id": "u2", "status": "rejected", "code": "session_full", "detail": "…"},
              {"id": "u3", "status": "retry", "after": 60}],
 "changes": [{"type": "notice", "id": "N", "rev": 3,
              "body": {"level": "info", "text": "Bonjour", "expires_at": "2026-12-01T00:00:00Z"}},
             {"type": "question", "id": "Q", "rev": 2, "deleted": true},
             {"type": "hologram", "id": "H", "rev": 1, "body": {"x": 1}}],
 "later": true}"""

REQUEST = """{"contract": 1, "kiosk": "0193", "uai": "0951099D", "cursor": null,
 "sent_at": "2026-11-24T09:00:00Z", "max_changes": 50,
 "operations": [{"id": "u", "seq": 41, "type": "question.prepared",
                 "at": "2026-11-24T09:00:00Z", "body": {}}]}"""


def test_the_answer_of_the_page() -> None:
    answer = msgspec.json.decode(ANSWER, type=contract.Answer)
    assert [(v.status, v.code, v.after) for v in answer.verdicts] == [
        ("accepted", None, None),
        ("rejected", "session_full", None),
        ("retry", None, 60),
    ]
    bodies = [contract.body_of(change) for change in answer.changes]
    assert isinstance(bodies[0], contract.NoticeBody)
    assert bodies[1:] == [None, None]
    assert contract.to_ms(answer.time) == 1_795_510_800_000


def test_the_request_of_the_page() -> None:
    request = msgspec.json.decode(REQUEST, type=contract.Request)
    assert (request.cursor, request.operations[0].seq) == (None, 41)
    assert msgspec.json.decode(msgspec.json.encode(request), type=contract.Request) == request


def test_at_most_fifty_operations() -> None:
    request = json.loads(REQUEST)
    request["operations"] *= 51
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(request, contract.Request)


GOOD: dict[str, dict[str, Any]] = {
    "enrolment.request": {
        "enrolment_id": "e",
        "session_id": "s",
        "kind": "class",
        "label": "4e B",
        "level": "4E",
        "headcount": 26,
    },
    "enrolment.cancel": {"enrolment_id": "e"},
    "question.prepared": {
        "question_id": "q",
        "session_id": "s",
        "text": "?",
        "theme": "vie",
        "level": "4E",
        "support": 3,
    },
    "question.withdraw": {"question_id": "q"},
    "question.asked": {
        "question_id": "q",
        "session_id": "s",
        "text": "?",
        "theme": "vie",
        "origin": "live",
        "status": "asked",
    },
    "question.open": {"question_id": "q", "session_id": "s", "text": "?", "theme": "vie", "speaker_id": "p"},
    "attendance.report": {
        "session_id": "s",
        "enrolment_id": "e",
        "headcount": 26,
        "started_at": "2026-11-24T09:00:00Z",
        "ended_at": "2026-11-24T09:45:00Z",
        "questions_received": 30,
        "questions_asked": 12,
    },
    "reflection.summary": {
        "session_id": "s",
        "answers": 21,
        "themes": {"vie": 5},
        "enrolment_id": "e",
        "kiosk": "k",
        "useful": {"very": 10, "rather": 6},
        "more": 9,
    },
}


@pytest.mark.parametrize("kind", list(contract.OPERATIONS))
def test_operations(kind: str) -> None:
    body = msgspec.convert(GOOD[kind], contract.OPERATIONS[kind])
    assert msgspec.to_builtins(body, builtin_types=()) == GOOD[kind]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("question.prepared", {"text": ""}),
        ("question.prepared", {"text": "x" * 501}),
        ("question.prepared", {"theme": "sport"}),
        ("question.prepared", {"level": "CM2"}),
        ("question.prepared", {"support": -1}),
        ("question.asked", {"origin": "spoken"}),
        ("question.asked", {"status": "approved"}),
        ("enrolment.request", {"kind": "school"}),
        ("attendance.report", {"started_at": "2026-11-24T09:00:00"}),
        ("reflection.summary", {"themes": {"vie": 4}}),
        ("reflection.summary", {"themes": {"sport": 9}}),
        ("reflection.summary", {"useful": {"very": 4}}),
        ("reflection.summary", {"useful": {"great": 9}}),
        ("reflection.summary", {"more": 4}),
        ("question.open", {"text": "x" * 501}),
        ("question.open", {"theme": ""}),
    ],
)
def test_operations_refused(kind: str, change: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**GOOD[kind], **change}, contract.OPERATIONS[kind])


def test_what_a_revision_one_peer_does_not_say_is_left_out() -> None:
    body = msgspec.convert({"session_id": "s", "answers": 21, "themes": {}}, contract.ReflectionSummary)
    assert msgspec.to_builtins(body) == {"session_id": "s", "answers": 21, "themes": {}}


def test_a_written_answer_holds_two_thousand_characters() -> None:
    body = {
        "question_id": "q",
        "session_id": "s",
        "question": "?",
        "text": "é" * 2000,
        "answered_at": "2026-11-24T09:00:00Z",
    }
    msgspec.convert(body, contract.AnswerBody)
    for wrong in ({"text": "é" * 2001}, {"text": ""}, {"question": "x" * 501}, {"answered_at": "2026-11-24"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({**body, **wrong}, contract.AnswerBody)


def test_five_hundred_characters_pass() -> None:
    msgspec.convert({**GOOD["question.prepared"], "text": "é" * 500}, contract.QuestionPrepared)


@pytest.mark.parametrize(
    "portrait",
    [
        {"sha256": "A" * 64},
        {"sha256": "a" * 63},
        {"bytes": 60 * 1024 + 1},
        {"type": "image/svg+xml"},
    ],
)
def test_portraits_refused(portrait: dict[str, Any]) -> None:
    good = {"sha256": "a" * 64, "bytes": 60 * 1024, "type": "image/webp", "alt": ""}
    msgspec.convert(good, contract.Portrait)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**good, **portrait}, contract.Portrait)


def test_codes_are_those_of_the_registries() -> None:
    args = {name: list(getattr(contract, name).__args__) for name in ("Theme", "Level", "Format")}
    assert sorted(args["Theme"]) == sorted(THEMES.codes())
    assert args["Level"] == LEVELS.codes()
    assert args["Format"] == registry().codes()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"text": "name"}, []),
        ({"text": "x", "email": "a@b"}, ["email"]),
        ({"x": [{"student": 1, "ip": 2}], "device": None}, ["device", "x/0/ip", "x/0/student"]),
    ],
)
def test_personal_fields(body: dict[str, Any], found: list[str]) -> None:
    assert contract.personal_fields(body) == found


def test_instants_go_and_come_back() -> None:
    assert contract.to_ms(contract.from_ms(1_795_510_800_123)) == 1_795_510_800_123
    assert msgspec.json.encode(contract.from_ms(1_795_510_800_000)) == b'"2026-11-24T09:00:00Z"'


def test_every_error_of_the_page_has_its_status() -> None:
    assert contract.PROBLEMS == {
        "unauthorized": 401,
        "token_revoked": 401,
        "forbidden": 403,
        "pairing_code": 403,
        "kiosk_cloned": 409,
        "cursor_expired": 410,
        "too_large": 413,
        "invalid": 422,
        "rate_limited": 429,
        "unavailable": 503,
        "version": 426,
    }
