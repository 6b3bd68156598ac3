"""The files of `docs/contract/` are today's, and say what the types say: no more, no less."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from kiosk import contract
from kiosk.contract import PairingFile, StickFile, schools, sticks

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "contract"
sys.path.insert(0, str(FOLDER))
import write  # noqa: E402

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

TYPES = {kind.__name__: kind for kind in write.TYPES}


def schema(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # six seconds of a processor, whatever tests are collected

    found = json.loads((FOLDER / "schemas" / f"{name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def refused() -> pytest.RaisesExc[Exception]:
    from jsonschema.exceptions import ValidationError

    return pytest.raises(ValidationError)


def example(name: str) -> Any:
    return json.loads((FOLDER / "examples" / f"{name}.json").read_text("utf-8"))


def test_the_files_are_those_of_the_types() -> None:
    """`python docs/contract/write.py` writes them."""
    assert write.stale() == []
    assert [path.name for path, text in write.files().items() if path.read_text("utf-8") != text] == []


def test_every_message_has_a_schema_and_an_example() -> None:
    for folder in ("schemas", "examples"):
        assert {path.stem for path in (FOLDER / folder).iterdir()} == set(TYPES)
    bodies = {kind.__name__ for kind in (*contract.OPERATIONS.values(), *contract.CHANGES.values())}
    assert bodies < set(TYPES)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_an_example_is_read_by_its_schema_and_by_its_type(name: str) -> None:
    schema(name).validate(example(name))
    read = msgspec.convert(example(name), TYPES[name])
    again = json.loads(msgspec.json.encode(read))
    assert again | ({"type": "about:blank"} if name == "Problem" else {}) == example(name)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_each_member_that_a_message_needs_is_needed_by_its_schema(name: str) -> None:
    needed = {field.name for field in msgspec.structs.fields(TYPES[name]) if field.required}
    for member in needed:
        less = {key: value for key, value in example(name).items() if key != member}
        with refused():
            schema(name).validate(less)
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(less, TYPES[name])


def changed(name: str, *path: Any, to: Any) -> Any:
    value = inside = copy.deepcopy(example(name))
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = to
    return value


BODY = ("operations", 0, "body")


@pytest.mark.parametrize(
    "wrong",
    [
        ("Request", "operations", [example("Request")["operations"][0]] * 51),
        ("Request", "contract", 2),
        ("Request", "uai", "0951099I"),
        ("Request", "ask", "short"),
        ("Request", "sent_at", "2026-11-24T10:00:00+01:00"),
        ("Request", *BODY, "text", "x" * 501),
        ("Request", *BODY, "theme", "sport"),
        ("Request", *BODY, "email", "x"),
        ("Request", *BODY, "meta", [{"student": 1}]),
        ("Request", "operations", 0, "seq", 2**53),
        ("Answer", "cursor", "x" * 513),
        ("Answer", "verdicts", 0, "status", "perhaps"),
        ("Answer", "changes", 0, "body", "status", "someday"),
        ("Answer", "changes", 0, "body", None),
        ("About", "service", "another"),
        ("About", "contract", [2]),
        ("ReflectionSummary", "themes", {"vie": 4}),
        ("SpeakerBody", "portrait", "bytes", 60 * 1024 + 1),
        ("StickFile", "message", "uai", "095"),
        ("PairingFile", "salt", "0f"),
    ],
    ids=lambda wrong: "-".join(map(str, wrong[:-1])),
)
def test_what_the_contract_refuses_its_schemas_refuse(wrong: tuple[Any, ...]) -> None:
    name, *path, value = wrong
    with refused():
        schema(name).validate(changed(name, *path, to=value))


def test_what_is_unknown_is_let_through() -> None:
    schema("Request").validate({**example("Request"), "later": {"x": 1}})
    schema("Request").validate(changed("Request", "operations", 0, "type", to="hologram.shown"))
    schema("Answer").validate(changed("Answer", "changes", 0, "type", to="hologram"))


def test_the_examples_of_files_bear_true_marks() -> None:
    def opened(name: str) -> sticks.File:
        return sticks.opened((FOLDER / "examples" / f"{name}.json").read_bytes())

    file, asked = opened("StickFile"), opened("PairingFile")
    assert isinstance(file.said, StickFile) and sticks.genuine(file, write.TOKEN)
    assert isinstance(asked.said, PairingFile)
    assert sticks.paired_by(asked, sticks.stretched("0123456789ABCDEF", asked.said.salt))


def test_the_examples_school_exists_as_its_letter_says() -> None:
    assert schools.read_uai(example("Request")["uai"]) == "0951099D"


def test_the_description_is_whole() -> None:
    described = json.loads((FOLDER / "openapi.json").read_text("utf-8"))
    assert set(described["paths"]) == {"/v1/about", "/v1/pair", "/v1/exchange", "/v1/portraits/{sha256}"}
    assert set(TYPES) <= set(described["components"]["schemas"])
