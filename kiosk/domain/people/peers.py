"""Who is speaking: the one place that says it, from a request's environment, for pages, sockets and the door alike.

Three questions. Which *address* to count somebody by; whether a *relay* stands between; and whether it is *the machine
itself*, which may open the display and take the first start without a code. A header only ever takes rights away: it
gives nothing but an address, and that from a relay declared in the settings. Addresses live in memory: they are never
stored, written in the journal, shown or shared.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal, Union

from kiosk.ground.addresses import own_url
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass

Ip = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

#: What relays of every kind add to a request, as WSGI names it: one of these, and it was not sent by who made it.
#: RFC 7239, RFC 9110 section 7.6.3, then what nginx, Apache, Caddy, Traefik, HAProxy, Envoy, IIS and the large networks
#: write in their manuals.
MARKS = frozenset(
    "HTTP_" + name.upper().replace("-", "_")
    for name in """
    Forwarded Via X-Real-IP X-Client-IP X-Cluster-Client-IP X-Remote-IP X-Remote-Addr X-Scheme X-Url-Scheme
    X-Script-Name Client-IP True-Client-IP Front-End-Https Proxy-Connection Max-Forwards X-Bluecoat-Via
    WL-Proxy-Client-IP
    """.split()
)
MARK_FAMILIES = (
    "HTTP_X_FORWARDED",
    "HTTP_X_ORIGINAL_",
    "HTTP_X_PROXY",
    "HTTP_X_ENVOY_",
    "HTTP_X_ARR_",
    "HTTP_X_AZURE_",
    "HTTP_CF_",
    "HTTP_CDN_",
    "HTTP_FASTLY_",
    "HTTP_X_AMZN_",
    "HTTP_X_APPENGINE_",
    "HTTP_X_CLOUD_TRACE",
    "HTTP_X_VERCEL_",
)
#: Hops of a header that are looked at, from the right: nobody stands behind more relays.
HOPS = 20
#: Where a request keeps what was said of it.
KEY = "kiosk.peer"
#: An address of a header, bare, bracketed, quoted, with a port or not (RFC 7239 section 6; some write a port).
_HOP = re.compile(r'"?(?:\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|([0-9.]+)(?::\d{1,5})?|([0-9A-Fa-f:.]+))"?\Z', re.ASCII)
#: A ``Host`` (RFC 9110 section 7.2) that holds an address or the name of this machine.
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)|localhost\.?)(?::(\d{1,5})?)?\Z", re.ASCII | re.IGNORECASE)
#: A declared relay that named its client; one that named nobody; marks of a relay that is not declared, from this
#: machine; and from another (anybody may forge those); ``public_url`` reached by another machine without a relay.
Met = Literal["declared", "silent", "undeclared", "elsewhere", "direct"]
LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Peer:
    """Who sent a request.

    ``address`` is a key to count by, empty when unknown: an IPv4 address, or the /64 of an IPv6 one (a device takes as
    many addresses as it likes inside). ``relayed``: something stands between. ``here``: nothing does, and it was sent
    from this machine. ``local``: it has the rights of the machine itself, which ``here`` alone does not give.
    """

    address: str
    relayed: bool = False
    here: bool = False
    local: bool = False

    @property
    def misdirected(self) -> bool:
        """Sent from this machine to a name that anybody can give it: the page may be a stranger's (DNS rebinding)."""
        return self.here and not self.local


class Peers:
    """Reads requests for one kiosk.

    :param own: the addresses of this machine, read again at each request.
    :param relays: those whose headers are believed (:func:`network`).
    :param trust_local: whether anybody at all has the rights of the machine itself.
    """

    def __init__(
        self, own: Callable[[], Collection[str]] = tuple, relays: Iterable[str] = (), trust_local: bool = True
    ) -> None:
        self._own, self._trust_local = own, trust_local
        self._relays = tuple(network(text) for text in relays)
        #: What was met since the start, for the diagnosis, no address with it: :data:`Met`.
        self.met: set[Met] = set()

    def of(self, environ: dict[str, Any]) -> Peer:
        """Who sent the request of this WSGI environment; worked out once a request."""
        held: Peer | None = environ.get(KEY)
        if held is None:
            held = environ[KEY] = self._read(environ)
        return held

    def declared(self, environ: Mapping[str, Any]) -> bool:
        """Whether the request comes straight from a declared relay, whose headers are believed."""
        ip = plain(environ.get("REMOTE_ADDR"))
        return ip is not None and self._trusted(ip)

    def own(self, environ: Mapping[str, Any]) -> bool:
        """Whether the connection comes from this machine, whoever speaks by it."""
        text = str(plain(environ.get("REMOTE_ADDR")))
        return text in LOOPBACK or text in self._own()

    def _read(self, environ: Mapping[str, Any]) -> Peer:
        ip = plain(environ.get("REMOTE_ADDR"))
        marked = any(name in MARKS or name.startswith(MARK_FAMILIES) for name in environ)
        if ip is None:
            return Peer("", relayed=marked)
        if self._trusted(ip) and marked:
            client = self._client(environ)
            self.met.add("silent" if client is None else "declared")
            return Peer(key(client or ip), relayed=True)
        here = self.own(environ)
        if marked:
            self.met.add("undeclared" if here else "elsewhere")
            return Peer(key(ip), relayed=True)
        here = here and self._trust_local
        return Peer(key(ip), here=here, local=here and self.own_host(environ.get("HTTP_HOST")))

    def own_host(self, host: object) -> bool:
        """Whether a ``Host`` header holds a loopback address, ``localhost`` or an address of this machine.

        No name passes: who owns a name says where it leads, and a page of theirs would then be « the machine itself ».
        """
        found = _HOST.match(host) if isinstance(host, str) else None
        if found is None or int(found[3] or 0) > 65535:
            return False
        given = found[1] or found[2]
        ip = plain(given)
        if given and (ip is None or (found[1] and ":" not in given)):
            return False
        return ip is None or ip.is_loopback or str(ip) in self._own()

    def _trusted(self, ip: Ip) -> bool:
        return any(ip.version == one.version and ip in one for one in self._relays)

    def _client(self, environ: Mapping[str, Any]) -> Ip | None:
        """Whom a declared relay speaks for; None when it does not say, or says two things.

        Each header is read from the right, past the declared relays: what stands further left was sent by the client.
        A relay leaves those it does not know as the client wrote them, so headers that disagree prove nothing.
        """
        told: set[Ip] = set()
        inside: Ip | None = None  # a client among the declared addresses: the furthest one, when no other is named
        for hops in _ways(environ):
            client, furthest = self._furthest(hops)
            if client is not None:
                told.add(client)
            inside = inside or furthest
        if told:
            return told.pop() if len(told) == 1 else None
        return inside

    def _furthest(self, hops: list[str]) -> tuple[Ip | None, Ip | None]:
        """The first from the right that is no declared relay; and the leftmost, when all are."""
        client: Ip | None = None
        for hop in reversed(hops[-HOPS:]):
            found = _HOP.match(hop.strip())
            client = plain(found[1] or found[2] or found[3]) if found else None
            if client is None:
                return None, None
            if not self._trusted(client):
                return client, None
        return None, client


def own_address(environ: Mapping[str, Any]) -> str:
    """Where who sits at this machine finds the kiosk that was asked."""
    return own_url(int(environ.get("SERVER_PORT") or 80))


def refuse_misdirected(peer: Peer, environ: Mapping[str, Any]) -> None:
    """On what is reserved to the machine: tell who sits at it that a name is not enough.

    :raises KioskError: ``own_host``.
    """
    if peer.misdirected:
        raise KioskError("own_host", address=own_address(environ))


def network(text: str) -> Network:
    """An address or a range of them (``10.0.0.0/8``). :raises ValueError: neither."""
    found = ipaddress.ip_network(text.strip(), strict=False)
    if isinstance(found, ipaddress.IPv6Network) and found.prefixlen >= 96:
        mapped = found.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.ip_network((mapped, found.prefixlen - 96))
    return found


def plain(text: object) -> Ip | None:
    """An address without its zone; an IPv4 one carried in IPv6 (a socket for both) as IPv4; None for anything else."""
    try:
        ip = ipaddress.ip_address(str(text or "").partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip


def key(ip: Ip) -> str:
    """What to count an address by."""
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return f"{ipaddress.IPv6Address(int(ip) >> 64 << 64)}/64"


def _ways(environ: Mapping[str, Any]) -> Iterable[list[str]]:
    """The hops of each header that names clients, oldest first."""
    for name in ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"):
        if environ.get(name):
            yield str(environ[name]).split(",")
    if environ.get("HTTP_FORWARDED"):
        yield [_named(element) for element in str(environ["HTTP_FORWARDED"]).split(",")]


def _named(element: str) -> str:
    """The ``for`` of one element of ``Forwarded``; empty when it has none."""
    for pair in element.split(";"):
        name, _equals, value = pair.strip().partition("=")
        if name.strip().lower() == "for":
            return value.strip()
    return ""
