"""Exports: the fields the issue lists, and nothing a spreadsheet or a terminal would obey."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import questions
from kiosk.ground import config
from kiosk.ground.errors import KioskError
from kiosk.ops import demo, exports, local

NASTY = "=1+1"


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    with local.opened(config.load({"data_dir": str(tmp_path)}, {})) as opened:
        opened.write(lambda tx: rooms.add(tx, "Salle"))
        demo.load(opened)
        room_id = rooms.resolve(None)
        opened.write(lambda tx: questions.submit(tx, room_id, id="phone-1", text=NASTY, author="secret", theme="vie"))
        yield opened


def test_a_question_as_the_phone_gave_it(kiosk: Kiosk) -> None:
    row = next(row for row in exports.questions() if row["id"] == "phone-1")
    created = row.pop("created_at")
    assert row == {
        "id": "phone-1",
        "number": 16,
        "text": NASTY,
        "original_text": NASTY,
        "theme": "vie",
        "origin": "live",
        "status": "pending",
        "reason": None,
        "support": 0,
        "session_id": "DEMO-S-1",
        "room": rooms.all_rooms()[0][2],
        "merged_into": None,
    }
    assert created.endswith("Z")


def test_by_room_and_by_session(kiosk: Kiosk) -> None:
    code = rooms.all_rooms()[0][2]
    assert {row["session_id"] for row in exports.questions(room=code)} == {"DEMO-S-1"}
    assert len(exports.questions(session="DEMO-S-2")) == 15
    assert exports.questions(room=code, session="DEMO-S-2") == []
    assert len(exports.questions()) == 45


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"room": "ZZZ9"}, "unknown_room"), ({"session": "nope"}, "unknown_session")],
)
def test_unknown(kiosk: Kiosk, asked: dict, code: str) -> None:
    with pytest.raises(KioskError) as caught:
        exports.questions(**asked)
    assert caught.value.code == code


def test_json_is_a_list_of_objects(kiosk: Kiosk) -> None:
    rows = exports.questions()
    assert json.loads(exports.to_json(rows)) == rows
    assert json.loads(exports.to_json(rows, terminal=True)) == rows
    assert json.loads(exports.to_json([])) == []


def test_csv_opens_in_a_french_spreadsheet(kiosk: Kiosk) -> None:
    text = exports.to_csv(exports.questions())
    assert text.startswith("\ufeffid;number;text;")
    rows = list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))
    assert len(rows) == 45
    assert next(row["text"] for row in rows if row["id"] == "phone-1") == "'=1+1"
    assert "secret" not in text


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("\u2003\u200b=1+1", "'\u2003=1+1"),
        ("\u200b \u202f=1+1", "' \u202f=1+1"),
        ("+33", "'+33"),
        ("-2", "'-2"),
        ("@noah", "'@noah"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ('Une question ; ou "deux" ?', 'Une question ; ou "deux" ?'),
        ("a\x1b[31mb\x9b2Jc\u202ed", "a[31mb2Jcd"),
        (None, ""),
        (-3, -3),
    ],
)
def test_cell(value: object, safe: object) -> None:
    assert exports.cell(value) == safe


def test_json_for_a_terminal_has_no_control_character() -> None:
    text = exports.to_json([{"text": "a\x1b\x9b\u202e\U000e0041é"}], terminal=True)
    assert text == '[\n {"text": "a\\u001b\\u009b\\u202e\\udb40\\udc41é"}\n]\n'
    assert json.loads(text) == [{"text": "a\x1b\x9b\u202e\U000e0041é"}]
