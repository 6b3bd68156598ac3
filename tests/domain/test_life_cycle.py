"""The life of questions under random acts: whatever the teacher and the class do, some things always hold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from factories import make_room, make_session
from kiosk.app import create_kiosk
from kiosk.domain import rooms
from kiosk.domain.questions import decisions, moderation, questions
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Question, Support

DEVICES = [f"eleve-{n}" for n in range(4)]
PHASES = ("lobby", "talk", "questions", "reflection", "closed")
STATUSES = {"pending", "approved", "on_screen", "asked", "answered", "set_aside", "withdrawn", "merged"}
some_device = st.sampled_from(DEVICES)


class LifeCycle(RuleBasedStateMachine):
    """A room, four pupils, a teacher."""

    ids = Bundle("ids")

    @initialize()
    def start(self):
        self.folder = Path(tempfile.mkdtemp())
        self.kiosk = create_kiosk(Settings(data_dir=self.folder, engine="threading"))
        self.kiosk.writer.start()
        make_session(self.kiosk, "S1")
        self.room = make_room(self.kiosk, "Salle", session_id="S1")
        self.rev, self.asked = rooms.view(self.room).rev, 0

    def teardown(self):
        if hasattr(self, "kiosk"):
            assert self.kiosk.writer.stop()
            self.kiosk.database.close()
            shutil.rmtree(self.folder)

    def do(self, function, *args, **values):
        """Run a unit of work; a refusal must change nothing."""
        before = self.picture()
        try:
            self.kiosk.write(lambda tx: function(tx, self.room, *args, **values))
        except KioskError:
            assert self.picture() == before
            return False
        return True

    def picture(self):
        held: Any = Question.select().dicts()  # rows as dicts: peewee's stubs still say Question
        return (
            {row["id"]: row for row in held},
            sorted((s.question_id, s.device) for s in Support.select()),
            rooms.view(self.room),
        )

    @rule(target=ids, device=some_device)
    def ask(self, device):
        self.asked += 1
        id = f"q{self.asked}"
        self.do(questions.submit, id=id, text=f"Question {id} ?", author=device)
        return id

    @rule(id=ids, device=some_device, on=st.booleans())
    def support(self, id, device, on):
        self.do(questions.set_support, id, device, on)

    @rule(id=ids, device=some_device)
    def withdraw(self, id, device):
        self.do(questions.withdraw, id, device)

    @rule(phase=st.sampled_from(PHASES))
    def go_to(self, phase):
        self.do(rooms.set_phase, phase)

    @rule()
    def open_again(self):
        self.do(rooms.choose_session, "S1")

    @rule(id=ids, act=st.sampled_from(("approve", "put_on_screen", "mark_asked", "mark_answered")))
    def act(self, id, act):
        self.undone(getattr(moderation, act), id)

    @rule(id=ids)
    def answered_and_next(self, id):
        self.undone(moderation.mark_answered, id, show_next=True)

    @rule(id=ids)
    def set_aside(self, id):
        self.undone(moderation.set_aside, id, "ton")

    @rule(id=ids, word=st.sampled_from("ABC"))
    def reword(self, id, word):
        self.undone(moderation.reword, id, f"Reformulée {word} ?")

    @rule()
    def take_off(self):
        self.undone(moderation.take_off_screen)

    @rule(keep=ids, others=st.lists(ids, min_size=1, max_size=3))
    def merge(self, keep, others):
        self.undone(moderation.merge, keep, others)

    @rule(id=ids, before=st.one_of(st.none(), ids))
    def reorder(self, id, before):
        self.undone(moderation.reorder, id, before)

    @rule()
    def undo(self):
        self.do(decisions.undo)

    def undone(self, function, *args, **values):
        """Do an act, undo it, see that all is as it was, and do it again."""
        before = self.picture()
        decided = decisions.last(self.room, "S1")
        if not self.do(function, *args, **values):
            return
        after = decisions.last(self.room, "S1")
        if (decided.id if decided else None) == (after.id if after else None):
            return  # nothing to do, nothing to undo
        assert self.do(decisions.undo)
        rows, supports, room = self.picture()
        assert (rows, supports) == before[:2]
        assert room.current_id == before[2].current_id
        assert self.do(function, *args, **values)

    @invariant()
    def one_question_on_screen_at_most(self):
        if not hasattr(self, "room"):
            return
        room = rooms.view(self.room)
        shown = [row.id for row in Question.select().where(Question.status == "on_screen")]
        current = Question.get_or_none(Question.id == room.current_id)
        assert shown in ([], [room.current_id])
        assert current is None or current.status in ("on_screen", "asked")
        if room.phase == "closed" and room.current_id is not None:
            assert current is not None and (current.status == "asked" or shown == [current.id])

    @invariant()
    def support_counts_distinct_devices(self):
        if not hasattr(self, "room"):
            return
        for head in Question.select().where(Question.merged_into.is_null()):
            children = list(Question.select().where(Question.merged_into == head.id))
            group = [head.id, *(child.id for child in children)]
            backing: set[str | None] = {s.device for s in Support.select().where(Support.question_id << group)}
            backing |= {child.author for child in children} - {head.author}
            if head.status != "withdrawn":
                assert head.support == len(backing), head.id

    @invariant()
    def nothing_is_lost(self):
        if not hasattr(self, "room"):
            return
        rows = {row.id: row for row in Question.select()}
        assert {row.status for row in rows.values()} <= STATUSES
        assert sorted(row.number for row in rows.values()) == list(range(1, len(rows) + 1))
        for row in rows.values():
            assert (row.status == "merged") == (row.merged_into is not None)
            assert row.original_text == f"Question {row.id} ?"
            if row.merged_into:
                assert rows[row.merged_into].status not in ("merged", "withdrawn")

    @invariant()
    def revisions_only_grow(self):
        if not hasattr(self, "room"):
            return
        rev = rooms.view(self.room).rev
        assert rev >= self.rev
        self.rev = rev


LifeCycle.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestLifeCycle = LifeCycle.TestCase
