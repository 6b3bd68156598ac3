"""The address on screen, always true: re-read, re-ranked and announced when it changes.

:mod:`kiosk.ground.addresses` holds the rules; this module feeds them with what the machine says
(:mod:`kiosk.ground.interfaces`), with the requests of real phones and with the teacher's choice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from kiosk.ground import interfaces
from kiosk.ground.addresses import (
    Address,
    Candidate,
    Ranked,
    best,
    host_text,
    network_key,
    normal_host,
    public_address,
    rank,
    usable,
)
from kiosk.ground.values import dataclass

log = logging.getLogger(__name__)

#: Seconds between two readings of the interfaces.
PERIOD = 5.0


class AddressSettings(Protocol):
    """What the watch needs of the settings."""

    @property
    def host(self) -> str:
        """The address listened on; ``0.0.0.0`` for every card."""
        ...

    @property
    def port(self) -> int:
        """The port listened on."""
        ...

    @property
    def public_url(self) -> str:
        """What to show instead of an address found; empty to find one."""
        ...


@dataclass(frozen=True)
class Offer:
    """One line of the teacher's list: an address and why it is placed there.

    ``reasons`` are codes of :data:`kiosk.ground.addresses.REASONS`; ``proven``: a phone
    got in by it.
    """

    address: Address
    interface: str
    kind: str
    score: int
    reasons: tuple[str, ...]
    shown: bool
    chosen: bool
    proven: bool


@dataclass(frozen=True)
class _State:
    candidates: tuple[Candidate, ...] = ()
    own: frozenset[str] = frozenset()
    ranked: tuple[Ranked, ...] = ()
    shown: Address | None = None
    network: str = ""


class AddressWatch:
    """Knows the address to show. Starts nothing: spawn :meth:`run_forever`.

    :param on_change: called with the new :class:`Address` (or None) when the shown URL changes.
    :param choices: the teacher's past choices, network → value, as given to ``save_choice``.
    :param save_choice: called with ``(network, value or None)``; both are opaque texts to keep.
    :param read: gives the machine's candidates; :func:`kiosk.ground.interfaces.read` by default.

    Each state replaces the one before in a single assignment, so readers need no lock.
    """

    def __init__(
        self,
        settings: AddressSettings,
        on_change: Callable[[Address | None], None] | None = None,
        choices: Mapping[str, str] | None = None,
        save_choice: Callable[[str, str | None], None] | None = None,
        read: Callable[[], list[Candidate]] = interfaces.read,
    ) -> None:
        self.on_change = on_change
        self._read = read
        self._choices = dict(choices or {})
        self._save_choice = save_choice
        self._host = normal_host(settings.host) or settings.host
        self._port = settings.port
        self._public = public_address(settings.public_url) if settings.public_url else None
        self._seen: set[str] = set()
        self._seen_cards: set[tuple[str, bool]] = set()
        self._last_host = ""
        self._sticky: str | None = None  # the last address shown, to come back to it after a cut
        self._failed = False
        self._read_once = False
        self._state = _State(shown=self._public)

    # -- what the pages ask -------------------------------------------------------------------

    def current(self) -> Address | None:
        """The address to show now; None while no network could carry a phone."""
        self._first_reading()
        return self._state.shown

    @property
    def fixed(self) -> bool:
        """Whether ``public_url`` decides, whatever the interfaces are."""
        return self._public is not None

    @property
    def proven(self) -> bool:
        """Whether a phone has come in by the address on screen."""
        shown = self.current()
        return shown is not None and shown.ip in self._seen

    def all(self) -> list[Offer]:
        """Every address a teacher may switch to, the best first (IPv4 before IPv6)."""
        self._first_reading()
        state = self._state
        return [self._offer(item, state.shown) for item in state.ranked]

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._port

    @property
    def own(self) -> frozenset[str]:
        """Every address of this machine, loopback included: :mod:`kiosk.domain.people.peers` asks at each request."""
        self._first_reading()
        return self._state.own

    # -- what changes it ----------------------------------------------------------------------

    def listening(self, port: int) -> None:
        """Tell which port was really bound, when it is not the one of the settings."""
        self._port = port
        self._publish(self._state.candidates)

    def seen(self, host: str, remote_addr: str | None, local_addr: str | None = None) -> None:
        """Note that a request reached the address in its ``Host`` header: a phone beats theory.

        Call it for pupils' pages only: a teacher on the school's other network proves nothing
        for the class. Costs a few microseconds; only this machine's own addresses are kept.

        :param local_addr: the server's end of the connection, when known (``SERVER_NAME`` of
            eventlet): a made-up ``Host`` is then ignored.
        """
        if host == self._last_host:
            return
        reached = normal_host(host)
        sender = normal_host(remote_addr or "")
        if not reached or reached in self._seen or sender in self.own or sender == "::1":
            return
        local = normal_host(local_addr or "")
        if reached not in self._state.own or (local and local != reached):
            return
        self._seen.add(reached)
        self._last_host = host
        cards = [_card(c) for c in self._state.candidates if c.ip == reached]
        self._seen_cards.update(cards)
        self._publish(self._state.candidates)

    def choose(self, ip: str | None) -> None:
        """Show this address on this network from now on, or go back to the ranking with None.

        The choice names the interface too, so it survives a new address on the same card.

        :raises ValueError: ``ip`` is not one of :meth:`all`.
        """
        self.refresh()
        state = self._state
        value = None
        if ip is not None:
            wanted = normal_host(f"[{ip}]" if ":" in ip else ip)
            found = next((r.candidate for r in state.ranked if r.candidate.ip == wanted), None)
            if found is None:
                raise ValueError(f"not an address of this machine: {ip}")
            value = f"{found.interface}|{found.ip}"
        self._choices[state.network] = value or ""
        if self._save_choice is not None:
            self._save_choice(state.network, value)
        self._publish(state.candidates)

    def refresh(self) -> None:
        """Read the interfaces again (under a millisecond) and announce a change of the URL.

        What the system refuses to say leaves the last address on screen.
        """
        self._read_once = True
        try:
            candidates = tuple(self._read())
        except OSError as error:
            if not self._failed:
                log.warning("network interfaces could not be read: %s", type(error).__name__)
            self._failed = True
            return
        self._failed = False
        self._publish(candidates)

    def run_forever(self, sleep: Callable[[float], object]) -> None:
        """Refresh every :data:`PERIOD` seconds; spawn it on the engine, with the engine's sleep."""
        while True:
            try:
                self.refresh()
            except Exception:  # a listener's bug must not freeze the address for the day
                log.exception("the shown address could not be refreshed")
            sleep(PERIOD)

    # -- inside -------------------------------------------------------------------------------

    def _first_reading(self) -> None:
        if not self._read_once:
            self.refresh()

    def _publish(self, candidates: tuple[Candidate, ...]) -> None:
        before = self._state
        network = network_key(candidates)
        reachable = [c for c in candidates if self._served(c)]
        choice = self._chosen_ip(network, reachable)
        if network != before.network:
            self._seen_cards.clear()
        ranked = rank(reachable, self._proofs(reachable), self._sticky, choice)
        found = best(ranked)
        shown = self._public or (self._address(found.ip) if found else None)
        own = frozenset(c.ip for c in candidates)
        self._state = _State(candidates, own, tuple(ranked), shown, network)
        self._sticky = found.ip if found else self._sticky
        if shown != before.shown and self.on_change is not None:
            self.on_change(shown)

    def _proofs(self, candidates: list[Candidate]) -> set[str]:
        """The addresses seen, and the new one of a card whose seen address is gone (a new lease)."""
        direct = {_card(c) for c in candidates if c.ip in self._seen}
        moved = self._seen_cards - direct
        return self._seen | {c.ip for c in candidates if _card(c) in moved}

    def _served(self, candidate: Candidate) -> bool:
        """Whether the server's socket answers on this address."""
        if self._host in ("", "::"):
            return True
        if self._host == "0.0.0.0":
            return not candidate.is_ipv6
        return candidate.ip == self._host

    def _chosen_ip(self, network: str, candidates: list[Candidate]) -> str | None:
        interface, _bar, ip = self._choices.get(network, "").rpartition("|")
        there = [c for c in candidates if usable(c)]
        if any(c.ip == ip for c in there):
            return ip
        same_card = [c.ip for c in there if c.interface == interface and c.is_ipv6 == (":" in ip)]
        return same_card[0] if interface and same_card else None

    def _address(self, ip: str) -> Address:
        text = host_text(ip, self._port)
        return Address(f"http://{text}", text, ip, self._port)

    def _offer(self, item: Ranked, shown: Address | None) -> Offer:
        found = item.candidate
        return Offer(
            self._address(found.ip),
            found.interface,
            found.kind,
            item.score,
            item.reasons,
            shown is not None and not self.fixed and shown.ip == found.ip,
            "chosen" in item.reasons,
            found.ip in self._seen,
        )


def _card(candidate: Candidate) -> tuple[str, bool]:
    return candidate.interface, candidate.is_ipv6
