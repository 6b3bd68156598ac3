"""An exchange that brings nothing to a kiosk that misses nothing, the most frequent of all: one statement, which reads
and takes no turn.

It says exactly what :func:`kiosk.centre.exchange.run` would; whatever is not plainly at rest (operations, a first
cursor, a refusal, a visit to note) is left to it. One statement sees one state of the database, in which revisions are
in order (:mod:`kiosk.centre.store`): its last one is a true cursor.
"""

from __future__ import annotations

from typing import Any

from kiosk.centre import exchange, feed, pairing, secretfile
from kiosk.centre.models import database
from kiosk.centre.store import Tx
from kiosk.contract import Request, schools
from kiosk.ground import migrations

#: The kiosk of a token, what :class:`kiosk.centre.feed.State` holds, and whether its school has news after a revision.
STATEMENT = f"""
SELECT k.id, k.uai, k.epoch, k.seq, k.seen_at, k.revoked_at, {feed.STATE},
    EXISTS (SELECT 1 FROM feed WHERE uai IN ('', k.uai) AND rev > ?)
FROM kiosk k WHERE k.token = ?
"""


def answer(tx: Tx, token: str, request: Request) -> dict[str, Any] | None:
    """The answer; None when there is more to do than to say that nothing is new."""
    since = feed.revision_of(request.cursor)
    if since is None or request.operations:
        return None
    row = migrations.run(database, STATEMENT, since, secretfile.digest(token)).fetchone()
    if row is None:
        return None
    id, uai, epoch, seq, seen_at, revoked_at, *state, news = row
    now = feed.State.of(*state)
    history = exchange.history(now.mark, epoch)
    same = id == request.kiosk and uai == schools.read_uai(request.uai) and revoked_at is None
    held = feed.of_history(request.cursor, history) and now.holds(since) and exchange.had(request) <= seq
    if news or not same or not held or pairing.unseen(tx, seen_at):
        return None
    found = feed.Page([], f"{history}-{now.last}", False, False)
    return exchange.envelope(tx, request, history, found, [])
