"""Changes: applied whole or not at all; only news counts; what is ours stays ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.changefactory import gone, question, read, session, speaker
from kiosk.domain import rooms, sessions
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import changes, notices
from kiosk.exchange.changes import InvalidChanges
from kiosk.ground import config
from kiosk.ops import local
from kiosk.storage.models import Enrolment, Question, Session, Speaker


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    with local.opened(config.load({"data_dir": str(tmp_path)}, {})) as opened:
        yield opened


def write(kiosk: Kiosk, *items: dict[str, Any]) -> dict[str, int]:
    found = read(*items)
    return kiosk.write(lambda tx: changes.apply(tx, found))


def test_apply_writes_what_pages_show(kiosk: Kiosk) -> None:
    counted = write(kiosk, speaker(), session(), question(), {"type": "poll", "id": "x", "rev": 1})
    assert counted == {"speaker": 1, "session": 1, "question": 1}
    view = sessions.view("S-1")
    assert (view.title, view.starts_at, view.phases[0], view.speakers[0].name) == (
        "Cartographe",
        1_795_510_800_000,
        ("talk", 15),
        "Anaïs Hoarau",
    )
    row = Question.get_by_id("Q-1")
    assert (row.status, row.origin, row.text, row.rev) == ("approved", "prepared", "Pourquoi ?", 1)


def test_a_rev_not_above_is_ignored(kiosk: Kiosk) -> None:
    write(kiosk, session(rev=3))
    assert write(kiosk, session(rev=3, title="B"), session(rev=2, title="C")) == {}
    assert sessions.view("S-1").title == "Cartographe"
    assert write(kiosk, session(rev=4, title="D")) == {"session": 1}
    assert sessions.view("S-1").title == "D"


def test_deleted_leaves_a_tombstone(kiosk: Kiosk) -> None:
    write(kiosk, session(), speaker())
    write(kiosk, gone("session", "S-1", 2), gone("speaker", "P-1", 2), gone("session", "S-9", 5))
    assert sessions.all_sessions() == []
    assert write(kiosk, session(rev=2), session(id="S-9", rev=4)) == {}
    assert write(kiosk, session(rev=3)) == {"session": 1}
    assert [s.id for s in sessions.all_sessions()] == ["S-1"]


def test_a_session_taken_away_is_cancelled_for_those_who_were_to_come(kiosk: Kiosk) -> None:
    write(kiosk, session("S-1"), session("S-2"), session("S-3"))
    room = kiosk.write(lambda tx: rooms.add(tx, "Salle"))
    kiosk.write(lambda tx: rooms.choose_session(tx, room, "S-1", class_label="4e B"))
    for state, id in (("confirmed", "S-2"), ("refused", "S-3"), ("requested", "S-4")):
        row = {"id": f"E-{id}", "session_id": id, "label": "4e B", "state": state}
        kiosk.write(lambda tx: Enrolment.insert(row).execute())
    write(kiosk, *(gone("session", id, 2) for id in ("S-1", "S-2", "S-3", "S-4")))
    held = {row.id: (row.deleted, row.status) for row in Session.select()}
    assert (held["S-1"], held["S-2"]) == ((False, "cancelled"), (False, "cancelled"))
    assert held["S-3"][0] and held["S-4"][0]
    now = kiosk.clock.now()
    assert {view.id for view in notices.moved_or_cancelled(min(now, sessions.view("S-1").starts_at))} == {"S-1", "S-2"}
    assert rooms.view(room).session is not None  # a class may be in it
    write(kiosk, session("S-1", rev=3, status="planned"))
    assert sessions.view("S-1").status == "planned"


def test_whole_or_nothing(kiosk: Kiosk) -> None:
    found = read(session(), session(id="S-2"))
    found[1].body = {"title": 3}
    with pytest.raises(InvalidChanges):
        kiosk.write(lambda tx: changes.apply(tx, found))
    assert Session.select().count() == 0


def test_an_enrolment_made_here_keeps_its_class(kiosk: Kiosk) -> None:
    kiosk.write(lambda tx: Enrolment.insert(id="E-1", session_id="S-1", label="4e B", headcount=26).execute())
    write(
        kiosk,
        {
            "type": "enrolment",
            "id": "E-1",
            "rev": 1,
            "body": {"session_id": "S-1", "state": "confirmed"},
        },
    )
    row = Enrolment.get_by_id("E-1")
    assert (row.state, row.label, row.headcount, row.rev) == ("confirmed", "4e B", 26, 1)


def test_a_portrait_already_here_stays_here(kiosk: Kiosk) -> None:
    picture = {"sha256": "a" * 64, "bytes": 100, "type": "image/webp", "alt": "Anaïs"}
    write(kiosk, speaker(portrait=picture))
    kiosk.write(lambda tx: Speaker.update(portrait={**picture, "stored": True}).where(Speaker.id == "P-1").execute())
    write(kiosk, speaker(rev=2, portrait={**picture, "alt": "Portrait d’Anaïs"}))
    assert Speaker.get_by_id("P-1").portrait == {
        **picture,
        "alt": "Portrait d’Anaïs",
        "stored": True,
    }
    write(kiosk, speaker(rev=3, portrait={**picture, "sha256": "b" * 64}))
    assert "stored" not in Speaker.get_by_id("P-1").portrait


def state(id: str = "Q-1") -> tuple[str, str, str, int]:
    row = Question.get_by_id(id)
    return row.status, row.text, row.original_text, row.rev


def test_the_centre_may_correct_and_set_aside_a_waiting_question(kiosk: Kiosk) -> None:
    write(kiosk, question(state="new", origin="web"))
    assert state() == ("pending", "Pourquoi ?", "Pourquoi ?", 1)
    write(kiosk, question(rev=2, state="kept", origin="web", text="Pourquoi pas ?"))
    assert state() == ("approved", "Pourquoi pas ?", "Pourquoi pas ?", 2)
    write(kiosk, question(rev=3, state="set_aside", origin="web"))
    assert state()[0] == "set_aside"
    write(kiosk, gone("question", "Q-1", 4))
    assert state()[0] == "withdrawn"


def test_words_the_teacher_chose_stay(kiosk: Kiosk) -> None:
    write(kiosk, question())
    kiosk.write(lambda tx: Question.update(text="À nous").where(Question.id == "Q-1").execute())
    write(kiosk, question(rev=2, text="À eux"))
    assert state() == ("approved", "À nous", "À eux", 2)


@pytest.mark.parametrize("status", ["on_screen", "asked", "answered", "merged"])
def test_a_question_on_its_way_is_ours(kiosk: Kiosk, status: str) -> None:
    write(kiosk, question())
    kiosk.write(lambda tx: Question.update(status=status).where(Question.id == "Q-1").execute())
    write(kiosk, question(rev=2, state="set_aside", text="Autre"))
    write(kiosk, gone("question", "Q-1", 3))
    assert state() == (status, "Pourquoi ?", "Pourquoi ?", 3)


def test_the_echo_of_our_own_question_changes_nothing(kiosk: Kiosk) -> None:
    kiosk.write(
        lambda tx: Question.insert(
            id="Q-1",
            session_id="S-1",
            origin="prepared",
            status="approved",
            text="Ici",
            original_text="Ici",
            created_at=1,
        ).execute()
    )
    write(kiosk, question(state="set_aside"))
    assert state() == ("approved", "Ici", "Ici", 1)


def test_an_open_room_takes_new_questions_in_and_is_told(kiosk: Kiosk) -> None:
    write(kiosk, speaker(), session(), question())
    room_id = kiosk.write(lambda tx: rooms.add(tx, "Salle"))
    kiosk.write(lambda tx: rooms.choose_session(tx, room_id, "S-1"))
    told: list[Any] = []
    kiosk.bus.subscribe(told.extend)
    rev = rooms.view(room_id).rev
    write(kiosk, question(id="Q-2"))
    assert [(q.number, q.room_id) for q in Question.select().order_by(Question.number)] == [
        (1, room_id),
        (2, room_id),
    ]
    assert rooms.view(room_id).rev == rev + 1
    assert [(event.room_id, event.rev) for event in told] == [(room_id, rev + 1)]
    write(kiosk, session(id="S-2"))
    assert rooms.view(room_id).rev == rev + 1
