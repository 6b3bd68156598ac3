"""What a centre, a file or a stick says is cleaned as pupils' text is, in every word of the contract."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from factories import make_session
from kiosk import contract
from kiosk.contract import CHANGES, Change
from kiosk.domain.reading import cleaning
from kiosk.exchange import changefiles, changes
from kiosk.storage.models import Enrolment, Notice, Question, Session, Speaker

ODD = "zq\u202eun\u200b\x00deux\x1b[2J\x07\r\nBcc: x@y.fr\u2028trois\x9f\ufeff\U000e0041"
RIGHT = "zqundeux[2J Bcc: x@y.fr trois"
BODIES: dict[str, dict[str, Any]] = {
    "session": {
        "title": ODD, "starts_at": "2026-12-01T10:00:00Z", "duration_min": 45, "format": "custom",
        "meeting_url": "https://visio.example/a\u202e\x00b", "levels": ["4E"], "status": "planned",
        "speakers": ["P\n1"],
        "dossier": [{"title": ODD, "moment": "before", "text": f"{ODD}\n\n{ODD}", "url": "https://a.example/\x1b"}],
        "phases": [{"name": ODD, "minutes": 5}], "theme_week": ODD,
    },
    "speaker": {
        "name": ODD, "job": {"feminine": ODD, "masculine": ODD, "shown": "feminine"}, "bio": f"{ODD}\r\n{ODD}",
        "path": [{"when": ODD, "what": ODD}], "employer": ODD, "place": ODD, "job_sheet": "MET.31\x00",
        "portrait": {"sha256": "0" * 64, "bytes": 10, "type": "image/png", "alt": ODD},
    },
    "enrolment": {"session_id": "S\u202e1", "state": "refused", "reason": ODD},
    "question": {"session_id": "S1", "text": ODD, "theme": "metier", "origin": "web", "state": "kept"},
    "notice": {"level": "info", "text": ODD, "expires_at": "2026-12-01T10:00:00Z"},
    "answer": {
        "question_id": "q1", "session_id": "S1", "question": ODD, "text": ODD, "answered_at": "2026-11-24T10:00:00Z",
    },
}  # fmt: skip
#: What may stay as it came: who is meant, not what is said.
IDENTIFIERS = {"session_id", "speakers", "question_id"}


def strings(value, name=""):
    """(field, text) of every string of a value."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from strings(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one, name)


def test_every_type_of_change_is_tried():
    assert set(BODIES) == set(CHANGES)


@pytest.mark.parametrize("kind", BODIES)
def test_no_word_of_a_message_keeps_what_cannot_be_seen(kind):
    body = contract.body_of(Change(kind, "x", 1, BODIES[kind]))
    assert body is not None
    found = list(strings(msgspec.to_builtins(cleaning.cleaned(body))))
    assert [name for name, text in found if name not in IDENTIFIERS and not text.replace("\n", "").isprintable()] == []
    several = {name for name, text in found if "\n" in text} - IDENTIFIERS
    assert several <= {"bio", "text"} and (kind not in ("session", "speaker") or several)
    assert all(text == RIGHT for name, text in found if name in ("title", "name", "feminine", "when", "what", "alt"))


def test_they_are_stored_so_whatever_the_way_in(kiosk, write):
    file = {"changes": [{"type": k, "id": f"{k}-1", "rev": 1, "body": b} for k, b in BODIES.items()]}
    write(changes.apply, changes.parse(json.dumps(file).encode()))
    kiosk.database.use()
    held = [row for table in (Session, Speaker, Enrolment, Question, Notice) for row in table.select().dicts()]
    texts = [(name, text) for row in held for name, text in strings(row) if name not in IDENTIFIERS]
    assert [one for one in texts if not one[1].replace("\n", "").isprintable()] == []
    assert RIGHT in dict(texts).values()


@pytest.mark.parametrize(
    ("kind", "field"), [("session", "title"), ("speaker", "name"), ("question", "text"), ("notice", "text")]
)
def test_words_that_cannot_be_seen_are_a_mistake_with_its_line(kind, field):
    body = {**BODIES[kind], field: "\u200b\u202e \n"}
    with pytest.raises(changefiles.InvalidChanges) as caught:
        changes.parse(json.dumps([{"type": kind, "id": "x", "rev": 1, "body": body}], indent=1).encode())
    (mistake,) = caught.value.mistakes
    assert mistake.field == f"[0].body.{field}" and mistake.line > 1 and "visible" in mistake.message
    found = changefiles.first_mistake({"type": kind, "id": "x", "rev": 1, "body": body})
    assert found is not None and found[0] == f"body.{field}"


def test_what_is_right_is_left_as_it_is(kiosk, write):
    make_session(kiosk, "S1")
    plain = {"name": "Aïssata N’Diaye", "job": {"feminine": "cheffe 👩‍🔧", "masculine": "chef", "shown": "feminine"},
             "bio": "Née à Brest.\n\nPuis ailleurs.", "path": []}  # fmt: skip
    body = contract.body_of(Change("speaker", "P", 1, plain))
    assert body is not None and cleaning.cleaned(body) == body
