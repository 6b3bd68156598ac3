"""What the panel remembers from one refresh to the next changes nothing of what it shows: after any act, for whoever
reads, in both languages, a page made anew is the same. And what is being made lets everybody pass.
"""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from factories import Teacher, make_room
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation, questions
from kiosk.ground import remembered
from kiosk.web.frame import slices


@pytest.fixture
def asked(kiosk: Kiosk, room: str, write: Any, monkeypatch: Any) -> list[str]:
    """Thirty questions that wait; then time stands still."""
    write(rooms.set_phase, room, "questions")
    words = ("le bruit", "la hauteur", "vos collègues", "le froid")
    for number in range(30):
        text = f"Aimez-vous {words[number % 4]} au bout de {number + 2} ans ?"
        write(questions.submit, room, id=f"q{number}", text=text, author=f"a{number}")
    at = kiosk.clock.now()
    monkeypatch.setattr(kiosk.clock, "now", lambda: at)
    return [f"q{number}" for number in range(30)]


def inside(teacher: Teacher, more: str) -> str:
    """The fragment, once every question was compared with the others."""
    end = time.monotonic() + 60
    while True:
        answer = teacher.client.get(f"/prof/fragment/live?{more}", headers={"X-Fragment": "1"})
        assert answer.status_code == 200 and time.monotonic() < end
        if 'role="status"' not in answer.text:  # « le kiosque les compare encore »
            return answer.text
        time.sleep(0.05)


@pytest.mark.parametrize("several", [False, True], ids=["one room", "two rooms"])
def test_a_page_from_memory_is_the_page_made_anew(
    kiosk: Kiosk, room: str, teacher: Teacher, app: Any, write: Any, asked: list[str], several: bool
) -> None:
    code = ""
    if several:
        make_room(kiosk, "Salle 13")
        code = f"salle={rooms.view(room).code}&"
    readers = (teacher, Teacher(app).invited(room))
    rng = random.Random(8)
    looks = ("", "filtre=toutes&n=32", "liste=validees", "liste=cote", "q=q7&faire=reformuler", "q=q9&faire=regrouper")
    acts = (moderation.approve, moderation.keep_apart, questions.withdraw, moderation.set_aside)
    for id in rng.sample(asked, 16):
        act, number = rng.choice(acts), id[1:]
        more: tuple[Any, ...] = {
            moderation.keep_apart: ([id],),
            questions.withdraw: (id, f"a{number}"),
            moderation.set_aside: (id, "ton"),
        }.get(act, (id,))
        write(act, room, *more)
        address = f"{code}{rng.choice(('', 'lang=en&'))}{rng.choice(looks)}"
        for reader in readers:
            kept = inside(reader, address)
            remembered.forget()
            assert kept == inside(reader, address)


def test_an_address_is_remembered_with_all_that_it_depends_on(
    kiosk: Kiosk, room: str, teacher: Teacher, asked: list[str]
) -> None:
    """The sub-path of a relay, the language, the room, the look: each has its own."""
    make_room(kiosk, "Salle 13")
    code = rooms.view(room).code
    plain = inside(teacher, f"salle={code}")
    assert f'href="/prof/preparer?salle={code}"' in plain
    english = inside(teacher, f"salle={code}&lang=en")
    assert f'href="/prof/preparer?salle={code}&amp;lang=en"' in english
    below = teacher.client.get(f"/prof/fragment/live?salle={code}", environ_overrides={"SCRIPT_NAME": "/kiosque"}).text
    assert f'href="/kiosque/prof/preparer?salle={code}"' in below
    assert inside(teacher, f"salle={code}") == plain


def test_what_was_compared_while_a_page_was_made_is_not_said_to_be_in_it(
    kiosk: Kiosk, room: str, teacher: Teacher, asked: list[str], monkeypatch: Any
) -> None:
    board = kiosk.boards.of(rooms.view(room))
    with board.lock:
        board.busy = True  # somebody else looks at them, between two slices of the page
        board._todo.update(dict.fromkeys(board.lines))
    monkeypatch.setattr(slices, "breathe", lambda: board.work(time.perf_counter() + 60))
    answer = teacher.client.get("/prof/fragment/live", headers={"X-Fragment": "1"})
    assert board.complete and 'role="status"' in answer.text


@pytest.mark.parametrize("busy", [0, 3, 100])
def test_between_two_slices_others_pass_until_nobody_wants_to(app: Any, monkeypatch: Any, busy: int) -> None:
    """At most so many turns: a class that never rests does not stop the page."""
    now = [0.0]
    turns = []

    def sleep(_seconds: float) -> None:
        turns.append(1)
        now[0] += 0.002 if len(turns) <= busy else 0.00005

    monkeypatch.setattr(slices.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(app.extensions["kiosk"].engine, "sleep", sleep)
    with app.app_context():
        slices.breathe()
    assert len(turns) == min(busy + 1, slices.TURNS)
