"""A pupil's verbs have two doors, the form and the socket, and one rule: each refusal is the same by either."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from factories import Phone, configure, make_question, make_session
from kiosk.domain import newcomers, rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access, devices
from kiosk.domain.people.limits import Limits, Origin
from kiosk.domain.questions import moderation
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Question
from kiosk.storage.writer import Transaction

DEVICE = "appareil-d-un-eleve"
OTHER = "appareil-d-une-autre"
#: Where the two test clients speak from.
ADDRESSES = ("127.0.0.1", "")
LONG = "x" * 201
ASK = {"id": "q1", "text": "Pourquoi ce métier ?"}
REALTIME = (Path(__file__).parents[1] / "docs" / "realtime.md").read_text(encoding="utf-8")

Arrange = Callable[[Kiosk, str], Any]


def nothing(kiosk: Kiosk, room: str) -> None:
    """The room as it is: at the lobby, a session on."""


def fields(**values: Any) -> Arrange:
    """The room with other columns."""
    return lambda kiosk, room: kiosk.write(lambda tx: rooms.set_fields(tx, room, "room", **values))


def phase(code: str) -> Arrange:
    return lambda kiosk, room: kiosk.write(lambda tx: rooms.set_phase(tx, room, code))


def intake(code: str) -> Arrange:
    return lambda kiosk, room: kiosk.write(lambda tx: rooms.set_intake(tx, room, code))


def approved(kiosk: Kiosk, room: str) -> None:
    """Question 1 is another pupil's, and may be supported."""
    make_question(kiosk, room, "public", after=moderation.approve)


def both(*steps: Arrange) -> Arrange:
    return lambda kiosk, room: [step(kiosk, room) for step in steps]


def until_refused(act: Callable[[int], object]) -> None:
    """Do it until it is refused: the counter is full."""
    with pytest.raises(KioskError):
        for number in range(50_000):
            act(number)


def counted(act: Callable[[Kiosk, str, int], object]) -> Arrange:
    """A counter is full, and no time passes for it."""

    def arrange(kiosk: Kiosk, room: str) -> None:
        kiosk.limits = Limits(monotonic=lambda: 100.0)
        until_refused(lambda number: act(kiosk, room, number))

    return arrange


def from_everywhere(kiosk: Kiosk, room: str, number: int) -> None:
    kiosk.limits.question(room, f"d{number}", Origin(f"a{number}"))


def all_of_an_address(kiosk: Kiosk, room: str, number: int) -> None:
    refusals = []
    for address in ADDRESSES:
        try:
            kiosk.limits.message(room, f"d{number}", Origin(address))
        except KioskError as error:
            refusals.append(error)
    if len(refusals) == len(ADDRESSES):
        raise refusals[0]


def crowd_is_full(kiosk: Kiosk, room: str) -> None:
    kiosk.crowd._per_pupil = kiosk.crowd._least = 0
    for address in ADDRESSES:
        until_refused(lambda number: kiosk.crowd.asking(room, f"d{number}", address).__enter__())


def backs(kiosk: Kiosk, room: str, *, old: bool) -> None:
    """A support by each of many devices: of so many, or so new, that no class explains it."""
    for address in ADDRESSES:
        until_refused(
            lambda number: kiosk.crowd.backing(
                room, f"d{number}", address, 1 if old else f"q{number}", True, old=old
            ).__enter__()
        )


def disk_is_full(kiosk: Kiosk, room: str) -> None:
    """The file may grow no more, and has no free page."""
    kiosk.write(lambda tx: tx.database.execute_sql("PRAGMA max_page_count=1").fetchall())
    until_refused(lambda number: make_question(kiosk, room, f"fill-{number}"))


#: Verb, code and field of the refusal, what comes before, what is sent.
REFUSALS: list[tuple[str, str, str | None, Arrange, dict[str, Any]]] = [
    ("ask", "invalid", "id", nothing, {**ASK, "id": "q 1"}),
    ("ask", "invalid", "id", nothing, {**ASK, "id": LONG}),
    ("ask", "invalid", "theme", nothing, {**ASK, "theme": LONG}),
    ("ask", "invalid", "speaker", nothing, {**ASK, "speaker": LONG}),
    ("ask", "invalid", "session", nothing, {**ASK, "session": LONG}),
    ("ask", "question_empty", "text", nothing, {**ASK, "text": " \u200b "}),
    ("ask", "question_too_long", "text", nothing, {**ASK, "text": "x" * 241}),
    ("ask", "unknown_theme", "theme", nothing, {**ASK, "theme": "sport"}),
    ("ask", "unknown_speaker", "speaker", nothing, {**ASK, "speaker": "personne"}),
    ("ask", "id_taken", "id", lambda kiosk, room: make_question(kiosk, room, "q1", "Autre ?"), ASK),
    ("ask", "session_not_open", None, fields(session_id=None), ASK),
    ("ask", "session_over", None, phase("reflection"), ASK),
    ("ask", "session_over", None, nothing, {**ASK, "session": "une-autre"}),
    ("ask", "intake_paused", None, intake("paused"), ASK),
    ("ask", "intake_frozen", None, intake("frozen"), ASK),
    (
        "ask",
        "newcomers_paused",
        None,
        both(phase("questions"), lambda k, r: k.write(lambda tx: newcomers.shut(tx, r))),
        ASK,
    ),
    ("ask", "too_fast", None, counted(lambda kiosk, room, n: kiosk.limits.question(room, DEVICE)), ASK),
    ("ask", "room_too_fast", None, counted(from_everywhere), ASK),
    (
        "ask",
        "too_many",
        None,
        both(
            lambda kiosk, room: configure(kiosk, limits_device_max=1),
            lambda kiosk, room: make_question(kiosk, room, "first", author=devices.author_of(DEVICE, "S1")),
        ),
        ASK,
    ),
    ("ask", "list_full", None, crowd_is_full, ASK),
    ("ask", "storage_full", None, disk_is_full, ASK),
    ("support", "unknown_question", None, nothing, {"number": 9}),
    ("support", "session_over", None, both(approved, phase("reflection")), {"number": 1}),
    ("support", "intake_frozen", None, both(approved, intake("frozen")), {"number": 1}),
    (
        "support",
        "newcomers_paused",
        None,
        both(approved, phase("questions"), lambda k, r: k.write(lambda tx: newcomers.shut(tx, r))),
        {"number": 1},
    ),
    ("support", "support_full", None, both(approved, lambda kiosk, room: backs(kiosk, room, old=True)), {"number": 1}),
    ("support", "newcomer", None, both(approved, lambda kiosk, room: backs(kiosk, room, old=False)), {"number": 1}),
    ("support", "too_fast", None, counted(lambda kiosk, room, n: kiosk.limits.message(room, DEVICE)), {"number": 1}),
    ("support", "room_too_fast", None, counted(all_of_an_address), {"number": 1}),
    ("withdraw", "invalid", "id", nothing, {"id": LONG}),
    ("withdraw", "unknown_question", None, nothing, {"id": "aucune"}),
    ("withdraw", "unknown_question", None, approved, {"id": "public"}),
    (
        "withdraw",
        "wrong_status",
        None,
        lambda kiosk, room: make_question(
            kiosk, room, "q1", author=devices.author_of(DEVICE, "S1"), after=moderation.put_on_screen
        ),
        {"id": "q1"},
    ),
    ("withdraw", "too_fast", None, counted(lambda kiosk, room, n: kiosk.limits.message(room, DEVICE)), {"id": "q1"}),
    ("withdraw", "room_too_fast", None, counted(all_of_an_address), {"id": "q1"}),
]
ADDRESS_OF: dict[str, Callable[[dict[str, Any]], str]] = {
    "ask": lambda sent: "/questions",
    "support": lambda sent: f"/questions/{sent['number']}/soutenir",
    "withdraw": lambda sent: f"/questions/{sent['id']}/retirer",
}


def by_form(app: Any, verb: str, sent: dict[str, Any], prepare: Callable[[], object]) -> Any:
    browser = app.test_client()
    browser.set_cookie(devices.DEVICE_COOKIE, DEVICE)
    prepare()
    return browser.post(ADDRESS_OF[verb](sent), data=sent, headers={"Accept": "application/json"}).json


def by_socket(app: Any, verb: str, sent: dict[str, Any], prepare: Callable[[], object]) -> Any:
    phone = Phone(app, "/phone", {"device": DEVICE})
    prepare()
    try:
        return phone.call(verb, sent)
    finally:
        phone.close()


@pytest.mark.parametrize("door", [by_form, by_socket])
@pytest.mark.parametrize(("verb", "code", "field", "arrange", "sent"), REFUSALS)
def test_a_refusal_is_the_same_by_either_door(
    app: Any,
    kiosk: Kiosk,
    room: str,
    door: Any,
    verb: str,
    code: str,
    field: str | None,
    arrange: Arrange,
    sent: dict[str, Any],
) -> None:
    answer = door(app, verb, sent, lambda: arrange(kiosk, room))
    assert (answer["ok"], answer["error"]["code"], answer["error"].get("field")) == (False, code, field)


@pytest.mark.parametrize("verb", ["ask", "support"])
def test_every_refusal_that_is_documented_is_in_the_table(verb: str) -> None:
    said = re.search(rf"Errors of `{verb}`: (.*?)\.(?:\s|$)", REALTIME, re.DOTALL)
    assert said is not None
    named = set(re.findall(r"`(\w+)`", said[1]))
    # A disk that fails, a process that leaves: the writer's to tell, whatever the unit was.
    assert named - {"storage_failed", "starting"} == {code for of, code, *_rest in REFUSALS if of == verb}


@pytest.mark.parametrize("door", [by_form, by_socket])
def test_what_is_written_is_of_the_session_that_is_on_by_then(app: Any, kiosk: Kiosk, room: str, door: Any) -> None:
    """The session gives way while the question waits its turn: its author is made in the unit of work."""
    make_session(kiosk, "S2")
    busy, go = threading.Event(), threading.Event()

    def change(tx: Transaction) -> None:
        busy.set()
        assert go.wait(5)
        rooms.set_fields(tx, room, "session", session_id="S2")

    changing = threading.Thread(target=lambda: kiosk.write(change))

    def prepare() -> None:
        changing.start()
        assert busy.wait(5)
        threading.Timer(0.3, go.set).start()  # by then the question was read

    answer = door(app, "ask", ASK, prepare)
    changing.join()
    kiosk.database.connect_reader()
    held = Question.get_by_id("q1")
    assert answer["ok"] and (held.session_id, held.author) == ("S2", devices.author_of(DEVICE, "S2"))


#: What a screen elsewhere shows, of the token and of the room; whether other machines may show the display at all.
TOKENS: dict[str, Callable[[Kiosk, str], str]] = {
    "none": lambda kiosk, room: "",
    "the room's": lambda kiosk, room: access.display_token(kiosk.secrets, room),
    "another room's": lambda kiosk, room: access.display_token(kiosk.secrets, "r-another"),
    "every room's": lambda kiosk, room: kiosk.secrets.display_token,
    "a stranger's": lambda kiosk, room: "é" + kiosk.secrets.display_token,
}
OPENS: dict[tuple[str, str], str | None] = {
    ("every room's", "unknown"): "unknown_room",
    **{(token, code): None for token in ("the room's", "every room's") for code in ("", "its own")},
}


@pytest.mark.parametrize("remote", [True, False])
@pytest.mark.parametrize("code", ["", "its own", "unknown"])
@pytest.mark.parametrize("token", TOKENS)
def test_a_display_is_let_in_the_same_by_its_page_and_by_its_socket(
    app: Any, kiosk: Kiosk, room: str, token: str, code: str, remote: bool
) -> None:
    configure(kiosk, display_remote=remote)
    asked = {"jeton": TOKENS[token](kiosk, room)}
    if code:
        asked["salle"] = "ZZZ9" if code == "unknown" else rooms.view(room).code
    away = {"X-Forwarded-For": "192.168.1.50", "Accept": "application/json"}
    page = app.test_client().get("/ecran/fragment", query_string=asked, headers=away)
    refusal = OPENS.get((token, code), "display_token") if remote else "display_token"
    assert (page.json["error"]["code"] if page.is_json else None) == refusal
    by_address = Phone(app, "/display", {}, query=urlencode(asked), headers=away)
    auth = {"token": asked["jeton"], "room": asked.get("salle")}
    by_auth = Phone(app, "/display", auth, headers=away)
    assert (by_address.inside, by_auth.inside) == (refusal is None, refusal is None)
    by_address.close()
    by_auth.close()
