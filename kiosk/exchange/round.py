"""One round of exchange: probe if needed, then pages of operations, verdicts and changes (contract, sections 1 and 3).

A round may be cut anywhere: what left is noted before it leaves, what came is stored with its effects and the cursor in
one unit of work, and sending again is harmless. The line is given: HTTP here, the courier's process, or a test's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from kiosk import contract
from kiosk.domain import outbox, policy, retelling, rooms, stored, timers
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import classify, exchange, identity, pace, place, portraits, syncstate, unread
from kiosk.exchange.about import about_centre, own_address
from kiosk.exchange.messages import Call, Line, Reply
from kiosk.exchange.outcome import Outcome
from kiosk.ground import clock
from kiosk.storage.models import Operation
from kiosk.storage.writer import Transaction

#: While a class is with its speaker the uplink belongs to the video: small batches, one page a round, no portrait.
RESTRAINED_OPERATIONS = 10
RESTRAINED_CHANGES = 20
#: Pages in one round: beyond, the centre is going in circles.
MAX_PAGES = 400
#: Times that a round begins again from a null cursor: a centre may forget each cursor it gives.
EXPIRED = 3
#: A step of the clock below this is the network's own delay, in milliseconds.
CLOCK_TOLERANCE = 2_000


class _Stop(Exception):
    """The round ends here, with this class."""

    def __init__(self, failure: str, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(failure)
        self.failure, self.detail, self.retry_after = failure, detail, retry_after


def _broke_off(reply: Reply) -> bool:
    """Whether a page of the centre's began and did not come whole: cut, longer than can be read, or broken JSON."""
    if reply.status != 200 or not classify.is_json(reply.headers) or reply.failure == "ok":
        return False
    return reply.failure != "portal" or reply.code == classify.BROKEN  # else it is whole, and not the centre's


class Round:
    """One round for one kiosk. ``keep_time``: the answer's ``time`` may correct the kiosk's clock."""

    def __init__(
        self,
        kiosk: Kiosk,
        line: Line,
        *,
        keep_time: bool = True,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.kiosk = kiosk
        self.line = line
        self.base = kiosk.settings.centre_url.rstrip("/")
        self._keep_time = keep_time
        self._told = progress or (lambda step, done, total: None)
        self._sent = self._accepted = self._rejected = self._changes = 0
        self._unread: list[unread.Unread] = []
        self._bytes_sent = self._bytes_received = 0
        self._counted = (0, 0)
        self._tried: set[int] = set()
        self._batch: Sequence[Operation] = ()
        self._limit = contract.MAX_OPERATIONS
        self._changes_wanted = exchange.MAX_CHANGES
        self._expired = 0
        self._renewed = False
        self._identity = identity.Identity("")

    def run(self) -> Outcome:
        """Do it. Never raises for what the network or the centre does."""
        failure, detail, retry_after = "ok", "", None
        try:
            self._meet()
            self._pages()
        except _Stop as stop:
            failure, detail, retry_after = stop.failure, stop.detail, stop.retry_after
        self._finish(failure, detail)
        if failure == "ok":  # it is told before what may last begins
            portraits.fetch(self)
            if self.uncounted:
                self.kiosk.write(self._count_bytes)
        now, aside = self.kiosk.clock.now(), self._aside()
        return Outcome(
            failure,
            detail,
            self._sent,
            self._accepted,
            self._rejected,
            outbox.waiting(),
            self._changes,
            self._bytes_sent,
            self._bytes_received,
            retry_after,
            unread=tuple(self._unread),
            left=bool(outbox.due(now, but=aside, limit=1)),
            unanswered=any(row.seq in self._tried for row in outbox.due(now)),
            elsewhere=retelling.elsewhere(),
        )

    def close(self) -> None:
        """Let the connection go."""
        self.line.close()

    def carry(self, call: Call) -> Reply:
        """Send one call and count its bytes: a round is itself a line."""
        reply = self.line.carry(call)
        self._bytes_sent += reply.sent
        self._bytes_received += reply.received
        return reply

    def progress(self, step: str, done: int, total: int) -> None:
        """Tell whoever asked for the round how far a step is."""
        self._told(step, done, total)

    @property
    def uncounted(self) -> int:
        """Bytes of this round that are not in the day's figures yet."""
        return self._bytes_sent + self._bytes_received - sum(self._counted)

    @property
    def pressed(self) -> bool:
        """Whether something that this round did not send is due: what can wait gives way."""
        return bool(outbox.due(self.kiosk.clock.now(), but=self._aside(), limit=1))

    @property
    def bearer(self) -> dict[str, str]:
        """The header that says who asks."""
        return {"Authorization": f"Bearer {self._identity.token}"}

    # -- meeting the centre ------------------------------------------------------------------------

    def _meet(self) -> None:
        self._identity, copied = identity.load(self.kiosk.settings.data_dir, self.kiosk.clock.now())
        if copied:
            self.kiosk.write(exchange.forget_centre)
        if not self._identity.paired_with(self.base):
            raise _Stop("auth", "not_paired")
        if stored.get(policy.MET_AS) != self._identity.kiosk:
            self.kiosk.write(lambda tx: stored.keep(tx, policy.MET_AS, self._identity.kiosk))
        if stored.get(outbox.CENTRE) != self.base or not place.ask():
            self.kiosk.write(self._begin)
        proof = {"url": self.base, "from": own_address()}
        known = stored.get("sync.proof") == proof
        # TLS proves the centre at each connection; in the clear it is asked again before anything is told. What waits
        # for the centre to list its type asks too (contract, rule 13).
        if (
            known
            and not outbox.unlisted()
            and (urlsplit(self.base).scheme == "https" or not outbox.due(self.kiosk.clock.now(), limit=1))
        ):
            return
        self.progress("probe", 0, 0)
        reply, about = about_centre(self, self.base)
        if about is None:
            raise _Stop(reply.failure, reply.detail, reply.retry_after)
        if about.time is not None:
            self._set_clock(about.time, reply.seconds)
        listed = exchange.types(about.operations) or []

        def learn(tx: Transaction) -> None:
            exchange.understood(tx, listed)
            place.limited(tx, about.limits)
            if not known:
                stored.put(tx, "sync.proof", proof)

        self.kiosk.write(learn)

    def _begin(self, tx: Transaction) -> None:
        before = str(stored.get(outbox.CENTRE, ""))
        elsewhere = before not in ("", self.base)  # the pairing with another centre was cut before all of it was kept
        if elsewhere:
            retelling.left(tx, before)
            place.leave(tx)
            place.paired(tx)
        stored.keep(tx, outbox.CENTRE, self.base)
        if elsewhere:
            retelling.returned(tx)
        place.begin(tx)

    # -- pages -------------------------------------------------------------------------------------

    def _pages(self) -> None:
        total = outbox.waiting()
        again = True
        for _page in range(MAX_PAGES):
            restrained = rooms.with_speaker()
            self._batch = self._due(restrained)
            if not again and not self._batch:
                return
            again = self._page(restrained)
            self.progress("exchange", len(self._tried), max(total, len(self._tried)))
            if restrained:
                return

    def _due(self, restrained: bool) -> list[Operation]:
        limit = min(self._limit, RESTRAINED_OPERATIONS) if restrained else self._limit
        return outbox.due(self.kiosk.clock.now(), but=self._aside(), limit=limit)

    def _aside(self) -> set[int]:
        """Operations that this round has sent, or leaves for another day."""
        return self._tried | pace.put_by(self.kiosk, self.uncounted)

    def _page(self, restrained: bool) -> bool:
        """Send a batch and take a page; whether the centre has more."""
        if unread.by_another_version() and place.cursor() is not None:
            self.kiosk.write(lambda tx: place.move(tx, None))
        cursor = place.cursor()
        call = self._call(cursor, min(self._changes_wanted, RESTRAINED_CHANGES if restrained else self._changes_wanted))
        seqs = [row.seq for row in self._batch]
        if seqs:
            self.kiosk.write(lambda tx: outbox.sending(tx, seqs))
        reply = self.carry(call)
        if _broke_off(reply):
            return self._smaller(reply)
        if reply.failure == "portal" and reply.code:  # a problem this contract does not name, but no stranger's page
            raise _Stop("server", reply.detail or reply.code)
        if reply.failure != "ok":
            raise _Stop(reply.failure, reply.detail, reply.retry_after)
        if reply.code:
            return self._problem(reply)
        heard = self._heard(reply)
        answer = heard.answer
        self._sent += len([seq for seq in seqs if seq not in self._tried])
        self._tried.update(seqs)
        anew = place.another(answer) and not place.late(answer)
        if anew and (self._renewed or place.too_often(self.kiosk.clock.now())):
            raise _Stop("server", syncstate.EPOCHS)
        # Verdicts with their effects, changes and cursor: one unit of work.
        counted, changed = self.kiosk.write(lambda tx: exchange.apply(tx, heard, cursor))
        self._unread += heard.unread
        self._count(counted, changed)
        self._set_clock(contract.to_ms(answer.time), reply.seconds)
        if anew:  # what was answered in the history before goes again, in order
            self._renewed = True
            self._tried -= set(outbox.waiting_seqs())
            return True
        return answer.more and place.cursor() != cursor  # from the same place the same page would come again

    def _call(self, cursor: str | None, max_changes: int) -> Call:
        now = self.kiosk.clock.now()
        self._batch, message = exchange.fitted(self._identity, self._batch, cursor, now, max_changes)
        body = msgspec.json.encode(message)
        headers = {**self.bearer, "Content-Type": "application/json"}
        packed = exchange.packed(body)
        if len(packed) + len("Content-Encoding: gzip\r\n") < len(body):
            headers["Content-Encoding"] = "gzip"
            body = packed
        # At 1 kB/s, the slowest link this is made for, the body itself takes as long again.
        return Call("POST", f"{self.base}/v1/exchange", headers, body, read=30.0 + 2 * len(body) / 1000)

    def _smaller(self, reply: Reply) -> bool:
        """A page broke off: ask again for half of it (contract, rule 15); always « again » when it returns."""
        if self._changes_wanted == 1:
            raise _Stop("server" if reply.failure == "portal" else reply.failure, reply.detail)
        self._changes_wanted = max(1, self._changes_wanted // 2)
        return True

    def _heard(self, reply: Reply) -> exchange.Heard:
        try:
            heard = exchange.heard(reply.body, lambda: self.kiosk.engine.sleep(0))
        except exchange.NotAnAnswer as error:
            raise _Stop(error.failure, error.detail) from None
        if heard.answer.contract != contract.CONTRACT:
            raise _Stop("version")
        return heard

    def _count(self, counted: dict[str, int], changed: dict[str, int]) -> None:
        self._accepted += counted["accepted"]
        self._rejected += counted["rejected"]
        self._changes += sum(changed.values())

    # -- problems the exchange can answer ----------------------------------------------------------

    def _problem(self, reply: Reply) -> bool:
        """What a problem of the contract asks for; always « again » when it returns."""
        if reply.code == "cursor_expired" and place.cursor() is not None and self._expired < EXPIRED:
            self._expired += 1
            self.kiosk.write(lambda tx: place.move(tx, None))
            return True
        if reply.code == "kiosk_cloned":
            self._identity = identity.renew(self.kiosk.settings.data_dir, self.kiosk.clock.now())
            self.kiosk.write(exchange.forget_centre)
            raise _Stop("auth", "kiosk_cloned")
        if reply.code in ("too_large", "invalid") and self._batch:
            self._divide(reply)
            return True
        raise _Stop("server", reply.detail or reply.code)

    def _divide(self, reply: Reply) -> None:
        """Send less at once; what the centre points at, or what is refused alone, is rejected so that the rest can
        go. What it points at elsewhere, or says of a request without operations too, is no operation's fault.
        """
        places, elsewhere = exchange.pointed(reply) if reply.code == "invalid" else ([], False)
        wrong = [self._batch[i] for i in places if i < len(self._batch)]
        if not wrong and elsewhere:
            raise _Stop("server", reply.detail or reply.code)
        if not wrong and len(self._batch) > 1:
            self._limit = max(1, len(self._batch) // 2)
            return
        bad = wrong or list(self._batch)
        if not wrong:
            self._batch = ()
            alone = self.carry(self._call(place.cursor(), 1))
            if alone.failure != "ok" or alone.code in ("too_large", "invalid"):
                raise _Stop(*(("server", reply.detail or reply.code) if alone.failure == "ok" else (alone.failure,)))
        verdicts = [contract.Verdict(row.id, "rejected", reply.code, reply.detail) for row in bad]
        self._sent += len(bad)
        self._tried.update(row.seq for row in bad)
        self._count(self.kiosk.write(lambda tx: exchange.settle(tx, verdicts)), {})

    # -- time and the end --------------------------------------------------------------------------

    def _set_clock(self, centre_ms: int, seconds: float) -> None:
        """Take the centre's time when ours is further from it than the way can explain; running timers move along."""
        if not self._keep_time or not clock.plausible(centre_ms):
            return
        kiosk = self.kiosk
        if kiosk.clock.source == "ntp":
            return  # the network's time is better than one far machine's
        step = centre_ms + int(seconds * 500) - kiosk.clock.now()
        if abs(step) <= CLOCK_TOLERANCE + int(seconds * 1000):
            if kiosk.clock.source == "system":
                kiosk.clock.source = "centre"
            return
        timers.set_clock(kiosk, kiosk.clock.now() + step, "centre")

    def _finish(self, failure: str, detail: str) -> None:
        seqs = [row.seq for row in self._batch]

        def unit(tx: Transaction) -> None:
            values: dict[str, Any] = {"failure": failure, "detail": detail, "at": tx.now}
            if failure == "ok":
                values |= {"last_success": tx.now, "paired": True, "cloned": False}
            else:
                stored.put(tx, "sync.proof", None)
                outbox.failed(tx, seqs, failure)
            syncstate.note(tx, **values)
            self._count_bytes(tx)
            outbox.prune(tx)

        self.kiosk.write(unit)

    def _count_bytes(self, tx: Transaction) -> None:
        sent, received = self._counted
        self._counted = (self._bytes_sent, self._bytes_received)
        if self._counted != (sent, received):
            syncstate.count_bytes(tx, self._bytes_sent - sent, self._bytes_received - received)
