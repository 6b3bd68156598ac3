"""Which address of this machine a phone in the room can open. Pure: facts in, ranking out.

The rules are those of the project's field notes ("Address ranking"): an address that a real phone
has used beats every theory, then the route counts, never a name alone. Each rule below carries its
weight, so a ranking can be explained to a teacher (:data:`REASONS`). Two rules are added, both from
the cases those notes report: an address whose score is negative is offered to the teacher but never
shown by itself (a lone container bridge is not a way in), and IPv6 is shown only when no IPv4
address can be (nobody types a bracketed address from the back of a room).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from kiosk.ground.i18n import N_
from kiosk.ground.values import dataclass

WIFI, ETHERNET, OTHER = "wifi", "ethernet", "other"

#: Rule → weight. "Seen" is worth more than any sum a wrong address usually reaches.
SEEN, ROUTE, PRIVATE, PHYSICAL, VIRTUAL, HOST_ONLY = 6, 4, 2, 1, -5, -3

#: Rule code → sentence for the teacher's list of addresses.
REASONS: dict[str, str] = {
    "chosen": N_("choisie par vous sur ce réseau"),
    "public_url": N_("adresse fixée dans la configuration"),
    "seen": N_("un téléphone est déjà arrivé par cette carte réseau"),
    "default_route": N_("réseau principal de ce poste"),
    "private": N_("adresse de réseau local"),
    "physical": N_("carte Wi-Fi ou Ethernet"),
    "virtual": N_("réseau virtuel ou VPN : les téléphones n’y ont sans doute pas accès"),
    "host_only": N_("réseau interne à ce poste : les téléphones n’y ont pas accès"),
}

#: Beginnings of interface names that are never the classroom's network, compared case-folded.
#: First the field notes' list, then what the same tools are called on other systems.
_VIRTUAL_NAMES = """
docker br- veth virbr vmnet vEthernet VirtualBox WSL tun tap ppp wg tailscale zt OpenVPN
utun ipsec vboxnet VMware lxcbr lxdbr podman cni flannel cali Hyper-V WireGuard ZeroTier
Mullvad ProtonVPN NordLynx Fortinet Cisco awdl llw ifb dummy
"""
_VIRTUAL_PREFIXES = tuple(_VIRTUAL_NAMES.casefold().split())

#: VirtualBox gives its host-only network this range, under a name like "Ethernet 2" on Windows.
_HOST_ONLY_NETWORKS = (ipaddress.ip_network("192.168.56.0/24"),)

_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)

_WIFI_NAME = re.compile(r"(wlan|wl[psxo]\d|wi-fi|wifi|ath\d|ra\d|connexion réseau sans fil|wireless)")
_ETHERNET_NAME = re.compile(
    r"(eth\d|en\d|en[opsx][0-9a-f]|ethernet|end\d|usb\d|br\d"
    r"|local area connection|connexion au réseau local)"
)


@dataclass(frozen=True)
class Candidate:
    """One address of one interface, with the facts that the ranking needs.

    ``kind`` is :data:`WIFI`, :data:`ETHERNET` or :data:`OTHER`; ``gateway`` is the interface's
    default gateway (``""`` when it has none); ``metric`` orders several default routes, low first.
    """

    ip: str
    interface: str
    kind: str = OTHER
    default_route: bool = False
    up: bool = True
    gateway: str = ""
    metric: int = 0

    @property
    def is_ipv6(self) -> bool:
        """Whether an address on the web needs brackets around it."""
        return ":" in self.ip


@dataclass(frozen=True)
class Ranked:
    """A candidate, its score and the codes of the rules that made it (see :data:`REASONS`)."""

    candidate: Candidate
    score: int
    reasons: tuple[str, ...]

    @property
    def showable(self) -> bool:
        """Whether the display may show it without being told to."""
        return self.score >= 0 or "chosen" in self.reasons


def kind_of_name(interface: str) -> str:
    """Guess Wi-Fi or Ethernet from an interface's name, matched from its start and case-folded.

    For systems that do not say; "OpenVPN TAP" contains "en" and is still :data:`OTHER`.
    """
    name = interface.casefold()
    if is_virtual_name(name):
        return OTHER
    if _WIFI_NAME.match(name):
        return WIFI
    return ETHERNET if _ETHERNET_NAME.match(name) else OTHER


def is_virtual_name(interface: str) -> bool:
    """Whether a name begins like those of virtual networks, containers and VPNs."""
    return interface.casefold().startswith(_VIRTUAL_PREFIXES)


def usable(candidate: Candidate) -> bool:
    """Whether a phone could in principle open this address: up, not loopback, not link-local."""
    try:
        ip = ipaddress.ip_address(candidate.ip)
    except ValueError:
        return False
    return candidate.up and not (ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified)


def rank(
    candidates: Iterable[Candidate],
    seen_hosts: Collection[str] = (),
    sticky: str | None = None,
    choice: str | None = None,
) -> list[Ranked]:
    """Order the usable candidates, the one to show first.

    :param seen_hosts: addresses found as ``Host`` in a request from another machine in this run.
    :param sticky: the address on screen now; it wins ties, so the picture does not flap.
    :param choice: the address the teacher chose on this network; it wins while it exists.
    """
    ranked = [_score(c, seen_hosts, choice) for c in candidates if usable(c)]

    def key(item: Ranked) -> tuple[object, ...]:
        found = item.candidate
        return (
            found.ip != choice,
            not item.showable,
            found.is_ipv6,
            -item.score,
            found.ip != sticky,
            found.metric,
            found.interface,
            ipaddress.ip_address(found.ip).packed,
        )

    return sorted(ranked, key=key)


def best(ranked: list[Ranked]) -> Candidate | None:
    """The address to show, or None when there is no network that a phone could use."""
    return ranked[0].candidate if ranked and ranked[0].showable else None


def _score(candidate: Candidate, seen_hosts: Collection[str], choice: str | None) -> Ranked:
    ip = ipaddress.ip_address(candidate.ip)
    rules = (
        ("chosen", 0, candidate.ip == choice),
        ("seen", SEEN, candidate.ip in seen_hosts),
        ("default_route", ROUTE, candidate.default_route),
        ("private", PRIVATE, _within(ip, _PRIVATE_NETWORKS)),
        ("physical", PHYSICAL, candidate.kind in (WIFI, ETHERNET)),
        ("virtual", VIRTUAL, is_virtual_name(candidate.interface)),
        ("host_only", HOST_ONLY, _within(ip, _HOST_ONLY_NETWORKS)),
    )
    held = [(code, weight) for code, weight, holds in rules if holds]
    return Ranked(candidate, sum(weight for _code, weight in held), tuple(code for code, _w in held))


def _within(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
    networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network],
) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)


def network_key(candidates: Iterable[Candidate]) -> str:
    """Name the network this machine is on, to remember a choice: its main real gateway, or ``""``.

    A VPN that comes and goes does not change the key.
    """
    routed = [c for c in candidates if usable(c) and c.gateway]
    routed.sort(key=lambda c: (is_virtual_name(c.interface), c.is_ipv6, c.metric, c.gateway))
    return routed[0].gateway if routed else ""


def normal_host(host: str) -> str:
    """The bare address of a ``Host`` header: no port, no brackets, canonical; ``""`` for a name.

    An IPv4 address carried in IPv6 (a dual-stack socket) comes back as IPv4.
    """
    text = host.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(ip, "ipv4_mapped", None)
    return str(mapped or ip)


def host_text(ip: str, port: int) -> str:
    """What people type: the address, bracketed when IPv6, and the port unless it is 80."""
    host = f"[{ip}]" if ":" in ip else ip
    return host if port == 80 else f"{host}:{port}"


def own_url(port: int) -> str:
    """Where who sits at this machine finds the kiosk, whatever its networks are (no trailing slash)."""
    return f"http://{host_text('127.0.0.1', port)}"


def display_url(base: str, token: str = "", code: str = "") -> str:
    """Where the large display opens: with its token where the machine has no rights of its own, and its room."""
    query = urlencode({name: value for name, value in (("jeton", token), ("salle", code)) if value})
    return f"{base}/ecran?{query}" if query else f"{base}/ecran"


@dataclass(frozen=True)
class Address:
    """A way in: ``url`` for QR codes and links (no trailing slash), ``text`` for people to type."""

    url: str
    text: str
    ip: str
    port: int

    @property
    def long(self) -> bool:
        """Over 13 characters or with a port: the display breaks it before the colon."""
        return len(self.text) > 13 or ":" in self.text.rpartition("]")[2]

    def at(self, path: str) -> str:
        """The URL of a page: ``address.at("/prof")``."""
        return f"{self.url}/{path.lstrip('/')}"

    def of_room(self, code: str) -> Address:
        """The same way in, straight to a room: short, since it is typed too (the page then carries ``?salle=``)."""
        return replace(self, url=f"{self.url}/{code}", text=f"{self.text}/{code}")


def public_address(public_url: str) -> Address:
    """The way in that the configuration imposes; its scheme and host come back in lower case."""
    parts = urlsplit(public_url.strip())
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    standard = 443 if scheme == "https" else 80
    port = parts.port or standard
    text = f"[{host}]" if ":" in host else host
    if port != standard:
        text = f"{text}:{port}"
    text += parts.path.rstrip("/")
    return Address(f"{scheme}://{text}", text, host, port)
