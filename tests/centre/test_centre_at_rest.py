"""An exchange at rest costs one statement, and says to the letter what the whole exchange would; on each database."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from centre.centre_files import UAI, statements
from kiosk.centre import at_rest, exchange, feed, models, pairing, secretfile
from kiosk.centre.app import create_app, create_centre
from kiosk.centre.house import Centre
from kiosk.centre.refusals import Refusal
from kiosk.centre.settings import CentreSettings
from kiosk.centre.store import Tx
from kiosk.contract import Request
from kiosk.engine import Engine

OTHER, TOKEN, REPLACED = "0750652B", "jeton", "ancien"
#: Revisions of the feed: everyone's, another school's, this one's own question, another school's again, the last.
EVERYONE, OWN, LAST = 10, 30, 50
TWO = {"revision": 2, "ask": "k3J9x2Qa"}


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Centre]:
    """A centre in this process, with a kiosk that was just seen."""
    database = request.getfixturevalue("cluster").database() if request.param == "postgresql" else ""
    made = create_centre(CentreSettings(tmp_path, database=database), Engine())
    made.store.start()
    made.store.run(_begin)
    yield made
    assert made.store.stop()


def _begin(tx: Tx) -> None:
    feed.mark()
    models.Kiosk.create(
        id="k", uai=UAI, nonce="n", token=secretfile.digest(TOKEN), paired_at=tx.now, seen_at=tx.now, seq=5
    )
    models.OldToken.create(token=secretfile.digest(REPLACED))
    kept = {"deleted": True, "body": ""}
    for rev, uai, type in ((EVERYONE, "", "notice"), (20, OTHER, "enrolment"), (OWN, UAI, feed.OWN)):
        models.Feed.create(type=type, id=f"r{rev}", uai=uai, rev=rev, **kept)
    for rev in (40, LAST):
        models.Feed.create(type="enrolment", id=f"r{rev}", uai=OTHER, rev=rev, **kept)


def _message(cursor: str | None, **values: Any) -> bytes:
    plain = {"contract": 1, "kiosk": "k", "uai": UAI, "cursor": cursor, "sent_at": "2026-11-24T09:00:00Z"}
    return msgspec.json.encode({**plain, **values})


def _whole(tx: Tx, token: str, request: Request) -> Any:
    """What the whole exchange says, and nothing kept of it."""
    with models.database.savepoint() as point:
        try:
            return exchange.run(tx, token, request)
        except Refusal as refusal:
            return refusal.code
        finally:
            point.rollback()


#: What the kiosk's row, and the history, may be.
STATES: tuple[dict[str, Any], ...] = (
    {}, {"epoch": "ab12"}, {"seen_at": 0}, {"revoked_at": 1}, {"uai": OTHER}, {"seq": 0}, {"dropped": 35},
    {"dropped": 45}, {"no mark": True},
)  # fmt: skip
CURSORS = (
    None, "", "{mark}", "{mark}-x", "{mark}-", "-50", "another-50", "{mark}-50s", "{mark}-50s50", "{mark}-0",
    "{mark}-9", "{mark}-10", "{mark}-30", "{mark}-40", "{mark}-50", "{mark}-51", "{mark}-9999999999999999999",
    "{mark}.ab12-50", "{mark}.ab12-40",
)  # fmt: skip
ASKED: tuple[dict[str, Any], ...] = (
    {}, TWO, {**TWO, "had_seq": 5}, {**TWO, "had_seq": 6}, {**TWO, "kiosk": "another"}, {**TWO, "uai": OTHER},
    {"revision": 3, "max_changes": 1}, {**TWO, "token": "unknown"}, {**TWO, "token": REPLACED},
)  # fmt: skip


def _become(state: dict[str, Any]) -> None:
    row = {name: value for name, value in state.items() if hasattr(models.Kiosk, name)}
    if row:
        models.Kiosk.update(**row).execute()
    if "dropped" in state:
        models.Stored.create(key="dropped", value=str(state["dropped"]))
    if "no mark" in state:
        models.Stored.delete().execute()


def _every_answer(tx: Tx) -> list[tuple[Any, Any, bool]]:
    """(What a glance says, what the whole exchange says, whether there is more to do than to say it) for everything."""
    found = []
    mark = feed.mark()
    for state in STATES:
        with models.database.savepoint() as point:
            _become(state)
            for cursor, values in itertools.product(CURSORS, ASKED):
                values = dict(values)
                token = values.pop("token", TOKEN)
                asked = exchange.read(_message(cursor and cursor.format(mark=mark), **values))
                busy = state.get("seen_at") == 0 or cursor is None or "50s" in cursor
                found.append((at_rest.answer(tx, token, asked), _whole(tx, token, asked), busy))
            point.rollback()
    return found


def test_a_glance_says_what_the_whole_exchange_would_and_nothing_of_what_is_not_at_rest(house: Centre) -> None:
    found = house.store.run(_every_answer)
    for glance, whole, busy in found:
        if glance is not None:
            assert glance == whole and glance["changes"] == glance["verdicts"] == [] and not busy
        elif not busy and isinstance(whole, dict):  # news, the kiosk's own (none to revision 1), or another history
            assert whole["changes"] or whole["more"] or "revision" not in whole
    assert 30 < sum(glance is not None for glance, _whole, _busy in found) < len(found) // 4


def test_an_exchange_at_rest_sends_one_statement_and_opens_no_transaction(house: Centre) -> None:
    client = create_app(house).test_client()
    cursor = house.store.run(lambda _tx: f"{feed.mark()}-{LAST}")
    headers = {"Authorization": f"Bearer {TOKEN}"}

    def exchanged(**values: Any) -> tuple[Any, list[str]]:
        with statements() as told:
            data = _message(cursor, **{**TWO, **values})
            answer = client.post("/v1/exchange", data=data, headers=headers, content_type="application/json")
        assert answer.status_code == 200
        # Once a second, the mark kept outside the database is compared too.
        return answer.json, [sql for sql, _rows in told if sql != "SELECT MAX(rev) FROM feed"]

    for _time in range(3):
        said, told = exchanged()
        assert said["cursor"] == cursor and said["ask"] == TWO["ask"] and len(told) == 1 and "EXISTS" in told[0]
    house.store.run(lambda _tx: feed.publish_to("enrolment", "e", {"state": "queued"}, [OTHER]))
    said, told = exchanged()  # another school's news is none, and moves the cursor
    assert said["cursor"] != cursor and len(told) == 1
    house.store.run(lambda _tx: feed.own("q", UAI))
    said, told = exchanged()
    assert len(said["changes"]) == 1 and len(told) > 1 and told[1].startswith("BEGIN")
    house.store.run(lambda tx: models.Kiosk.update(seen_at=tx.now - pairing.SEEN_EVERY - 1).execute())
    cursor = said["cursor"]
    assert any(sql.startswith("UPDATE") for sql in exchanged()[1])  # the visit is noted
    assert len(exchanged()[1]) == 1


def test_a_glance_that_fails_leaves_all_to_the_unit_and_to_the_others_of_its_group(
    house: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(_tx: Tx) -> int:
        raise ValueError("a pupil's words")

    assert house.store.run(lambda _tx: 1, fault) == 1
    assert "a glance failed" in caplog.text and "pupil" not in caplog.text
    assert house.store.run(lambda _tx: 2, lambda _tx: models.database.execute_sql("SELECT nothing FROM kiosk")) == 2
    assert house.store.run(lambda _tx: 3, lambda _tx: 4) == 4


def test_a_server_that_dropped_the_connection_is_connected_again_by_the_unit(house: Centre) -> None:
    if house.settings.database:
        end = "SELECT pg_terminate_backend(pg_backend_pid())"
        house.store.run(lambda _tx: None, lambda _tx: models.database.execute_sql(end))
    else:
        house.store.run(lambda _tx: None, lambda _tx: models.database.close() and None)
    asked = exchange.read(_message(house.store.run(lambda _tx: f"{feed.mark()}-{LAST}"), **TWO))
    unit = lambda tx: exchange.run(tx, TOKEN, asked)  # noqa: E731
    answers = [house.store.run(unit, lambda tx: at_rest.answer(tx, TOKEN, asked)) for _time in range(2)]
    assert [one["cursor"] for one in answers] == [asked.cursor] * 2
