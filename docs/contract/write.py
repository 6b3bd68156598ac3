"""Writes the files of this folder: a JSON Schema (2020-12) and an example of each message, and ``openapi.json``.

    python docs/contract/write.py

They are made from the types that validate (``kiosk/contract``); tests/conform/test_contract_files.py compares.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from kiosk import contract as c  # noqa: E402
from kiosk.centre import openapi  # noqa: E402
from kiosk.contract import sticks  # noqa: E402

FOLDER = Path(__file__).resolve().parent
DIALECT, NAME = "https://json-schema.org/draft/2020-12/schema", "urn:metiers-en-direct:contract:1:"
#: The letter goes with the digits: that, no pattern says.
UAI = "^[0-9]{7}[A-HJ-NPR-Z]$"
WHEN = datetime(2026, 11, 24, 9, 0, 0, tzinfo=timezone.utc)
END = datetime(2026, 11, 24, 9, 45, 0, tzinfo=timezone.utc)
KIOSK, OPERATION, ENROLMENT, QUESTION, TOKEN = (f"0193a1b2-c3d4-7{n}-8a9b-0c1d2e3f4a5b" for n in range(100, 600, 100))
SESSION, SPEAKER = "S-2026-118", "P-42"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

OPERATIONS: dict[str, Any] = {
    "enrolment.request": c.EnrolmentRequest(ENROLMENT, SESSION, "class", "4e B", "4E", 26, "cdi@college.example"),
    "enrolment.cancel": c.EnrolmentCancel(ENROLMENT),
    "question.prepared": c.QuestionPrepared(QUESTION, SESSION, "Qu’aimez-vous le plus ?", "metier", "4E", 3),
    "question.withdraw": c.QuestionWithdraw(QUESTION),
    "question.asked": c.QuestionAsked(
        QUESTION, SESSION, "Qu’aimez-vous le plus ?", "metier", "prepared", "answered", ENROLMENT
    ),
    "question.open": c.QuestionOpen(QUESTION, SESSION, "Combien d’années d’études ?", "parcours", SPEAKER),
    "attendance.report": c.AttendanceReport(SESSION, ENROLMENT, 26, WHEN, END, 30, 12),
    "reflection.summary": c.ReflectionSummary(
        SESSION, 21, {"metier": 9, "vie": 6}, ENROLMENT, KIOSK, {"very": 10, "rather": 6}, 9
    ),
}
CHANGES: dict[str, Any] = {
    "session": c.SessionBody(
        "Soudeuse sur un chantier naval", WHEN, 45, "college-45", "https://visio.example/1", ["4E", "3E"], "planned",
        [SPEAKER], [c.DossierItem("Une fiche à lire", "before", url="https://www.onisep.fr/")],
        [c.PhaseLength("talk", 20), c.PhaseLength("questions", 25)], "Semaine de l’industrie", 20, False,
    ),
    "speaker": c.SpeakerBody(
        "Aline Ferrand", c.Job("soudeuse", "soudeur", "feminine"), "Vingt ans de métier.",
        [c.PathStep("2004", "CAP de soudage")], "Chantiers de l’Ouest", "Saint-Nazaire", "MET.31",
        c.Portrait(DIGEST, 41200, "image/webp", "Aline Ferrand, masque relevé"),
    ),
    "enrolment": c.EnrolmentBody(
        SESSION, "confirmed", None, "4e B", "class", "4E", 26, "https://visio.example/1"
    ),
    "question": c.QuestionBody(SESSION, "Qu’aimez-vous le plus ?", "metier", "class", "kept", "4E", 3),
    "answer": c.AnswerBody(QUESTION, SESSION, "Combien d’années d’études ?", "Trois ans après la troisième.", END, SPEAKER),
    "notice": c.NoticeBody("info", "Le centre ferme du 20 au 27 décembre.", END),
}  # fmt: skip
PORTRAIT_TYPES = ("image/webp", "image/jpeg", "image/png")


def examples() -> dict[str, Any]:
    """File name → one message, made by its type."""
    operation = c.Operation(OPERATION, 41, "question.prepared", WHEN, plain(OPERATIONS["question.prepared"]))
    change = c.Change("session", SESSION, 3, plain(CHANGES["session"]))
    verdicts = [
        c.Verdict(OPERATION, "accepted"),
        c.Verdict(ENROLMENT, "rejected", "session_full", "La séance est complète."),
        c.Verdict(QUESTION, "retry", after=60),
    ]
    request = c.Request(1, KIOSK, "0951099D", None, WHEN, 50, [operation], 2, "k3J9x2Qa", 40)
    answer = c.Answer(
        1, WHEN, "7f3a-118", False, verdicts, [change, c.Change("question", QUESTION, 2, deleted=True)],
        sorted(c.OPERATIONS), 2, "7f3a", "k3J9x2Qa", True,
    )  # fmt: skip
    limits = c.Limits(c.MAX_OPERATIONS, c.MAX_BODY, c.MAX_ANSWER_BYTES)
    about = c.About(c.SERVICE, [1], "Centre de démonstration", WHEN, sorted(c.OPERATIONS), 2, "7f3a", limits)
    error = c.FieldError("/operations/0/body/meta/email", "Personal field: never in a question.")
    problem = c.Problem("invalid", 422, "The message is not of the contract", error.detail, errors=[error])
    stick = {"kind": "request", "kiosk": KIOSK, "uai": "0951099D", "made_at": "2026-11-24T09:00:00Z"}
    asked: dict[str, Any] = {
        "kind": "pairing",
        "label": "CDI, poste 3",
        "salt": "0f" * 16,
        **{k: stick[k] for k in stick if k != "kind"},
    }
    asked["messages"] = [plain(request)]
    key = sticks.stretched("0123456789ABCDEF", "0f" * 16)
    made: dict[str, Any] = {
        "About": about,
        "PairRequest": c.PairRequest("0951099D", "7KQ2-M9XA", KIOSK, "CDI, poste 3"),
        "PairAnswer": c.PairAnswer("un-jeton-que-seul-ce-kiosque-connait"),
        "Request": request,
        "Answer": answer,
        "Problem": {"type": "about:blank", **plain(problem)},
        "StickFile": sticks.sealed(stick, [plain(request)], TOKEN, many=True),
        "PairingFile": {**asked, "mac": sticks.whole_mac(asked, key)},
    }
    for kind, body in (OPERATIONS | CHANGES).items():
        made[type(body).__name__] = body
    return {name: plain(value) for name, value in made.items()}


def plain(value: Any) -> Any:
    """A message as JSON has it, its instants with Z."""
    return json.loads(msgspec.json.encode(value))


TYPES: tuple[Any, ...] = (
    c.About, c.PairRequest, c.PairAnswer, c.Request, c.Answer, c.Problem, c.StickFile, c.PairingFile,
    *c.OPERATIONS.values(), *c.CHANGES.values(),
)  # fmt: skip


def schemas() -> dict[str, Any]:
    """File name → the schema of a message, whole: nothing is fetched to read it."""
    made = {}
    for kind in TYPES:
        wanted = [kind]
        if kind in (c.Request, c.StickFile, c.PairingFile):
            wanted += [c.Request, *c.OPERATIONS.values()]
        if kind in (c.Answer, c.StickFile):
            wanted += [c.Answer, *c.CHANGES.values()]
        parts = openapi.schemas_of(wanted, "#/$defs/{name}")
        _complete(parts)
        head = {"$schema": DIALECT, "$id": NAME + kind.__name__, "$ref": f"#/$defs/{kind.__name__}"}
        made[kind.__name__] = {**head, "$defs": dict(sorted(parts.items()))}
    return made


def _complete(parts: dict[str, Any]) -> None:
    """What a type alone does not say: the bodies by type, the school's code, the contract's number, rule 9."""
    if "Operation" in parts:
        parts["Operation"]["properties"]["seq"]["maximum"] = 2**53 - 1
        parts["Operation"]["allOf"] = [
            _when(kind, body.__name__, kind.startswith("question.")) for kind, body in c.OPERATIONS.items()
        ]
        parts["NoPerson"] = _no_person()
    if "Change" in parts:
        parts["Change"]["allOf"] = [_when(kind, body.__name__, False, deleted=True) for kind, body in c.CHANGES.items()]
    for name in ("Request", "Answer"):
        if name in parts:
            parts[name]["properties"]["contract"] = {"const": c.CONTRACT}
    if "Request" in parts:
        parts["Request"]["properties"]["ask"]["minLength"] = 8
    if "Answer" in parts:
        parts["Answer"]["properties"]["cursor"]["maxLength"] = c.MAX_CURSOR
    if "About" in parts:
        parts["About"]["properties"]["service"] = {"const": c.SERVICE}
        parts["About"]["properties"]["contract"]["contains"] = {"const": c.CONTRACT}
    if "StickFile" in parts:
        parts["StickFile"]["allOf"] = [_carried("request", "Request"), _carried("answer", "Answer")]
    if "PairingFile" in parts:
        parts["PairingFile"]["properties"]["messages"]["items"] = {"$ref": "#/$defs/Request"}
    _say_utc(parts)
    for part in parts.values():
        if "uai" in part.get("properties", {}):
            part["properties"]["uai"] = {"type": "string", "pattern": UAI}


def _when(kind: str, body: str, no_person: bool, *, deleted: bool = False) -> dict[str, Any]:
    """A body is judged by its type; of a change that says « deleted » it is not looked at."""
    said = [{"$ref": f"#/$defs/{body}"}, *([{"$ref": "#/$defs/NoPerson"}] if no_person else [])]
    when: dict[str, Any] = {"properties": {"type": {"const": kind}}}
    then: dict[str, Any] = {"properties": {"body": said[0] if len(said) == 1 else {"allOf": said}}}
    if deleted:
        when["not"] = {"properties": {"deleted": {"const": True}}, "required": ["deleted"]}
        then["required"] = ["body"]
    return {"if": when, "then": then}


def _carried(kind: str, message: str) -> dict[str, Any]:
    """What a file of that kind holds."""
    one = {"$ref": f"#/$defs/{message}"}
    several = {"type": ["array", "null"], "items": one}
    then = {"properties": {"message": one, "messages": several}}
    return {"if": {"properties": {"kind": {"const": kind}}}, "then": then}


def _say_utc(part: Any) -> None:
    """Every instant ends with Z."""
    if isinstance(part, dict):
        if part.get("format") == "date-time":
            part["pattern"] = "Z$"
        for inside in part.values():
            _say_utc(inside)
    elif isinstance(part, list):
        for inside in part:
            _say_utc(inside)


def _no_person() -> dict[str, Any]:
    here = {"$ref": "#/$defs/NoPerson"}
    names = {"not": {"enum": sorted(c.PERSONAL_FIELDS)}}
    return {
        "description": "Section 3, rule 9: never a student's name, e-mail, device or address, at any depth.",
        "propertyNames": names,
        "additionalProperties": here,
        "items": here,
    }


def files() -> dict[Path, str]:
    """Every file of this folder that is made, and what it holds."""
    made = {FOLDER / "schemas" / f"{name}.json": value for name, value in schemas().items()}
    made |= {FOLDER / "examples" / f"{name}.json": value for name, value in examples().items()}
    made[FOLDER / "openapi.json"] = openapi.document("Métiers en direct, contract v1 (revision 2)", "/")
    return {path: json.dumps(value, ensure_ascii=False, indent=2) + "\n" for path, value in made.items()}


def stale() -> list[Path]:
    """Files in these folders that nothing makes any more."""
    held = [*(FOLDER / "schemas").glob("*"), *(FOLDER / "examples").glob("*")]
    return sorted(set(held) - set(files()))


if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in stale():
        path.unlink()
    print(f"{len(files())} files")
