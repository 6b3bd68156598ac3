"""How many messages a worker exchanges with PostgreSQL: each is half a millisecond of everybody's turn to write."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import peewee
import pytest

from factories import make_question, make_room, make_session
from kiosk.domain import intake, rooms
from kiosk.domain.intake import Ask, Back, Sender
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation, questions
from kiosk.ground.config import Settings
from kiosk.ops import local
from kiosk.storage.models import Question, Support
from kiosk.storage.postgresql import Postgresql
from scale.farm import postgresql, soon

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A room on PostgreSQL that takes questions."""
    folder = tmp_path_factory.mktemp("messages")
    with postgresql() as cluster:
        settings = Settings(data_dir=folder, engine="threading", database=cluster.database())
        with local.opened(settings) as made:
            make_session(made, "M1")
            room_id = make_room(made, "Messages", session_id="M1")
            made.write(lambda tx: rooms.set_phase(tx, room_id, "questions"))
            yield made


class Counted:
    """Messages sent from now on, by who sent them: the writer, or a reader."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sent: Counter[str] = Counter()
        for owner, name, who in ((peewee.Database, "execute_sql", "writer"), (Postgresql, "_borrowed", "reader")):
            patch.setattr(owner, name, self._noting(getattr(owner, name), who))

    def _noting(self, plain: Callable[..., Any], who: str) -> Callable[..., Any]:
        def noted(*given: Any) -> Any:
            self.sent[who] += 1
            return plain(*given)

        return noted


def test_a_question_and_a_vote_take_four_messages(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    (room_id, _name, _code) = rooms.all_rooms()[0]
    number = make_question(kiosk, room_id, "deja-la", after=moderation.approve)
    assert number
    sender = Sender("appareil-qui-ecrit", "10.0.0.1")
    intake.ask(kiosk, room_id, sender, Ask("avant", "La première, pour que tout soit prêt ?"))
    for on in (True, False):
        intake.support(kiosk, room_id, sender, Back(1, on))
    counted = Counted(monkeypatch)
    receipt = intake.ask(kiosk, room_id, sender, Ask("comptee", "Combien de messages ?"))
    assert counted.sent == {"reader": 1, "writer": 4}, "the turn, what is there, the question, the commit"
    counted.sent.clear()
    view = intake.support(kiosk, room_id, sender, Back(1, True))
    assert counted.sent == {"reader": 1, "writer": 4} and (view.number, view.support) == (1, 1)
    assert intake.support(kiosk, room_id, sender, Back(1, False)).support == 0
    assert [row.number for row in Question.select().order_by(Question.number)] == [1, 2, receipt.number]


def test_units_of_one_group_keep_to_themselves(kiosk: Kiosk) -> None:
    """One that is refused, one that breaks, one that asks nothing: none of them costs its neighbours anything."""
    (room_id, _name, _code) = rooms.all_rooms()[0]
    held, refused = threading.Event(), []

    def ask(id: str, text: str) -> None:
        try:
            kiosk.write(lambda tx: questions.submit(tx, room_id, id=id, text=text, author="a"))
        except Exception as error:
            refused.append(type(error).__name__)

    def broken() -> None:
        def unit(tx: Any) -> None:
            Support.insert(question_id="x", device="y").execute()
            Support.insert(question_id="x", device="y").execute()

        try:
            kiosk.write(unit)
        except Exception as error:
            refused.append(type(error).__name__)

    def hold() -> None:
        kiosk.write(lambda tx: held.wait(10))

    first = threading.Thread(target=hold)
    first.start()
    soon(lambda: kiosk.writer._queue.empty(), 10)
    works = [lambda: ask("g1", "Un ?"), lambda: ask("pas d’id", "Deux ?"), broken, lambda: ask("g2", "Trois ?")]
    others = [threading.Thread(target=work) for work in works]
    for one in others:
        one.start()
    soon(lambda: kiosk.writer._queue.qsize() == len(others), 10)
    held.set()
    for one in (first, *others):
        one.join(20)
    assert sorted(refused) == ["IntegrityError", "KioskError"]
    assert {row.id for row in Question.select()} >= {"g1", "g2"} and not Support.select().exists()
