"""What must be true at the end of a run of the simulation (:mod:`sync.simulation`), on both sides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kiosk.centre import models as centre_models
from kiosk.exchange import identity
from kiosk.storage.models import Enrolment, Notice, Operation, Question, Session, Unmentioned

if TYPE_CHECKING:
    from sync.simulation import World


def check(world: World) -> None:
    """Both sides agree. :raises AssertionError: with what differs."""
    everywhere: set[str] = set()
    for url in world.centres:
        done = world.centre(url).store.run(lambda tx: list(centre_models.Operation.select()))
        assert len({(row.kiosk, row.seq) for row in done}) == len(done), f"a number served twice at {url}"
        everywhere |= {row.id for row in done}
    seen: set[str] = set()
    for number, kiosk in enumerate(world.kiosks):
        kiosk.database.use()
        seen |= _same(world, world.urls[number], identity.load(kiosk.settings.data_dir, 0)[0].uai, everywhere)
    assert seen >= everywhere, "a centre counted what no kiosk said"
    assert world.restored or seen == everywhere
    world.told += len(seen)
    wire = b"".join(world.wire)
    for secret in ("example.fr", "06 12", "Enzo", "jeton-d-un-telephone"):
        assert secret.encode() not in wire, f"personal on the wire: {secret}"


def _same(world: World, url: str, uai: str, everywhere: set[str]) -> set[str]:
    """The kiosk in use and its centre agree; the operations that a centre has."""
    store = world.centre(url).store
    done = store.run(lambda tx: list(centre_models.Operation.select().where(centre_models.Operation.uai == uai)))
    verdicts = {row.id: json.loads(row.verdict)["status"] for row in done}
    rows = list(Operation.select())
    assert not [row.seq for row in rows if row.state == "waiting"], "something still waits"
    seen: set[str] = set()
    for row in rows:
        told = verdicts.get(row.id)
        if row.centre not in ("", url):
            assert row.attempts, (row.type, row.state, row.centre)
        elif row.state == "rejected" and world.restored and told is None:
            continue  # it is not said again to a centre that went back
        elif row.state in ("accepted", "rejected"):
            assert told == row.state or (world.blind and told is None), (row.id, row.type, row.state, told)
        elif row.attempts and not world.restored and told is None:
            assert row.state in ("dropped", "replaced") or world.moved, row.state
        elif not row.attempts:
            assert told is None, (row.type, row.state, "left without being sent")
        if row.id in everywhere or (row.state in ("accepted", "rejected") and not world.restored):
            seen.add(row.id)
    asked_for = {row.id: row for row in store.run(lambda tx: list(centre_models.Question.select()))}
    enrolled = {row.id: row for row in store.run(lambda tx: list(centre_models.Enrolment.select()))}
    _same_questions(asked_for, rows, url, world.blind)
    _same_enrolments(enrolled, world.blind)
    _same_notices(store.run(lambda tx: list(centre_models.Notice.select())), world.unmarked)
    _same_catalogue(store.run(lambda tx: list(centre_models.Feed.select())), uai, world.unmarked)
    return seen


def _same_questions(asked_for: dict[str, Any], rows: list[Operation], url: str, blind: bool) -> None:
    """The centre holds the words that it was told last: newer ones that another took are its own until the user's yes
    (contract, rule 10). What was withdrawn is withdrawn everywhere.
    """
    for question in Question.select().where(Question.origin == "prepared"):
        about = [r for r in rows if r.subject == question.id and r.type in ("question.prepared", "question.withdraw")]
        mine = [row for row in about if row.centre in ("", url)]
        there = asked_for.get(question.id)
        if question.status == "withdrawn":
            assert blind or there is None or there.state == "withdrawn", question.id
        elif mine and mine[-1].state == "accepted":
            words = question.text if mine[-1] is about[-1] else mine[-1].body.get("text", there and there.text)
            assert blind or there is not None and there.text == words, (words, there and there.text)


def _same_enrolments(enrolled: dict[str, Any], blind: bool) -> None:
    for mine in Enrolment.select():
        there = enrolled.get(mine.id)
        if there is None:
            assert blind or mine.unconfirmed or mine.state in ("cancelled", "refused"), (mine.id, mine.state)
        elif mine.rev:
            assert blind or there.state == mine.state, (mine.id, mine.state, there.state)


def _same_notices(out: list[Any], unmarked: bool) -> None:
    there = {row.id: row.text for row in out if not row.withdrawn}
    here = {row.id: row.text for row in Notice.select().where(~Notice.deleted)}
    assert unmarked or here == there, "what was taken away is still shown, or what was said is not"


def _same_catalogue(feed: list[Any], uai: str, unmarked: bool) -> None:
    """``unmarked``: a copy that nobody can know as one, holding all that this kiosk said, may show an older title."""
    for row in feed:
        if row.type == "session" and not row.uai:
            assert unmarked or Session.get_by_id(row.id).title == json.loads(row.body)["title"]
        if row.type == "question" and row.uai == uai:
            held = list(Question.select().where(Question.id == row.id))
            assert len(held) == 1 and (unmarked or held[0].original_text == json.loads(row.body)["text"])
    sent = {row.id for row in feed if row.type == "question" and row.uai == uai and not row.deleted}
    here = {row.id for row in Question.select().where((Question.origin == "centre") & (Question.status != "withdrawn"))}
    leaving = {row.id for row in Unmentioned.select().where(Unmentioned.type == "question")}  # a room shows its session
    assert unmarked or here <= sent | leaving, "a centre that went back, or another, does not know it"
