"""A real kiosk that was away for longer than a real centre keeps what it took away: it reads everything again, and what
is no more leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.centre import catalogue, feed, models, notices, pairing, retention
from kiosk.centre import stick as office_stick
from kiosk.domain import enrolments
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import identity, place, stick
from kiosk.ground.instants import DAY
from kiosk.storage.models import Enrolment, Notice, Operation, Session, Unmentioned
from sync import agreement, simulation


@pytest.fixture
def world(tmp_path: Path) -> Iterator[simulation.World]:
    """A centre and one kiosk, over a link that loses nothing."""
    simulation.make_template(tmp_path / "template")
    seeds = (seed for seed in range(100))
    made = None
    while made is None or made.old or len(made.kiosks) != 1:
        if made is not None:
            made.close()
        seed = next(seeds)
        made = simulation.World(seed, tmp_path / f"world{seed}", tmp_path / "template")
    made.faithful = True
    yield made
    made.close()


def centre_does(world: simulation.World, unit: Callable[[Any], Any]) -> Any:
    return world.centre(simulation.URL).store.run(unit)


def taken_away_long_ago(world: simulation.World) -> Kiosk:
    """The kiosk knows two notices and three sessions; one of each is taken away; fourteen months pass."""
    kiosk = world.kiosks[0]
    kiosk.database.use()
    for id in ("stays", "goes"):
        centre_does(world, lambda tx: notices.publish(tx, "info", id, tx.now + 4000 * DAY, id=id))  # noqa: B023
    centre_does(world, lambda tx: catalogue.put_session(tx, "S-3", simulation.session_body(3)))
    kiosk.write(lambda tx: enrolments.request(tx, "S-1", label="4e B", level="4E", headcount=25))
    world.exchange(0)
    assert {row.id for row in Notice.select().where(~Notice.deleted)} == {"stays", "goes"}
    centre_does(world, lambda tx: notices.withdraw(tx, "goes"))
    centre_does(world, lambda tx: catalogue.remove_session(tx, "S-3"))
    centre_does(world, lambda tx: notices.publish(tx, "info", "new", tx.now + 4000 * DAY, id="new"))

    def sweep(tx: Any) -> None:
        tx.now += 425 * DAY
        for row in list(
            retention.KINDS["deleted"].due(tx.now - retention.present().months["deleted"] * retention.MONTH)
        ):
            retention.KINDS["deleted"].forget(row)

    centre_does(world, sweep)
    assert centre_does(world, lambda _tx: models.Feed.select().where(models.Feed.deleted).count()) == 0
    kiosk.write(lambda tx: enrolments.request(tx, "S-2", label="3e A", level="3E", headcount=28))  # said while away
    return kiosk


def check(world: simulation.World) -> None:
    """What was taken away is gone, what is there came, and what was said meanwhile counted."""
    assert {row.id for row in Notice.select().where(~Notice.deleted)} == {"stays", "new"}
    assert {row.id for row in Session.select().where(~Session.deleted)} == {"S-1", "S-2"}
    assert {row.id for row in Unmentioned.select()} == {"goes", "S-3"}
    assert {(row.session_id, row.state) for row in Enrolment.select()} == {("S-1", "confirmed"), ("S-2", "confirmed")}
    assert {row.state for row in Operation.select()} == {"accepted"}
    agreement.check(world)


def test_it_reads_everything_again_and_what_is_no_more_leaves_it(world: simulation.World) -> None:
    taken_away_long_ago(world)
    world.exchange(0)
    check(world)


def test_by_stick_it_takes_one_more_journey(world: simulation.World) -> None:
    """A file cannot be told to begin again: its verdicts come back, and the next one asks for everything."""
    kiosk = taken_away_long_ago(world)
    for more in (True, False):
        file = stick.request(kiosk)[1]
        ((_name, answer),) = office_stick.answers(world.centre(simulation.URL), [("clé", file)])
        outcome = stick.take_answer(kiosk, answer)
        assert (outcome.accepted, outcome.more) == (1 if more else 2, more)
    check(world)


def test_one_that_was_away_less_long_only_hears_the_news(world: simulation.World) -> None:
    kiosk = world.kiosks[0]
    kiosk.database.use()
    world.exchange(0)
    centre_does(world, lambda tx: notices.publish(tx, "info", "goes", tx.now + 4000 * DAY, id="goes"))
    world.exchange(0)
    centre_does(world, lambda tx: notices.withdraw(tx, "goes"))
    world.exchange(0)
    centre_does(world, lambda tx: notices.publish(tx, "info", "new", tx.now + 4000 * DAY, id="new"))
    before = place.cursor()
    centre_does(world, simulation.forget_deletions)
    token = identity.load(kiosk.settings.data_dir, 0)[0].token
    who = centre_does(world, lambda tx: pairing.who(tx, token))
    page = centre_does(world, lambda _tx: feed.page(feed.Reader(str(who.uai), feed.mark(), own=True), before, 50))
    assert len(page.changes) == 1 and not page.whole
    world.exchange(0)
    assert {row.id for row in Notice.select().where(~Notice.deleted)} == {"new"} and not Unmentioned.select().exists()
