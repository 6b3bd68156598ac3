"""Reads this machine's interfaces and routes. No name is looked up and no packet is sent.

Linux tells its routes in ``/proc/net``; elsewhere a UDP socket is *connected* (which chooses a
route and sends nothing) to see which local address carries the default route.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil

from kiosk.ground.addresses import ETHERNET, OTHER, WIFI, Candidate, is_virtual_name, kind_of_name
from kiosk.ground.values import dataclass

_ROUTE_UP, _ROUTE_GATEWAY, _ROUTE_REJECT = 0x1, 0x2, 0x200
_TEMPORARY, _DEPRECATED, _TENTATIVE, _FAILED = 0x01, 0x20, 0x40, 0x08

# Documentation addresses (RFC 5737, RFC 3849): routed by default, used by nobody.
_FAR_AWAY = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


@dataclass(frozen=True)
class Route:
    """A default route: its interface, its gateway (``""``: point to point), its metric."""

    interface: str
    gateway: str
    metric: int
    is_ipv6: bool


def read(proc: Path = Path("/proc/net"), sys_net: Path = Path("/sys/class/net")) -> list[Candidate]:
    """Every address of every interface with its facts, loopback included (ranking drops it).

    :raises OSError: the system would not say.
    """
    linux = sys.platform.startswith("linux")
    routes = list(_proc_routes(proc)) if linux else None
    flags = _ipv6_flags(proc) if linux else {}
    try:
        states, addresses = psutil.net_if_stats(), psutil.net_if_addrs()
    except psutil.Error as error:
        raise OSError(str(error)) from error
    found: list[Candidate] = []
    for interface, entries in addresses.items():
        state = states.get(interface)
        up = state is None or state.isup
        kind = _linux_kind(sys_net / interface) if linux else kind_of_name(interface)
        for entry in entries:
            if entry.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            ip = entry.address.partition("%")[0].lower()
            if flags.get(ip, 0) & (_DEPRECATED | _TENTATIVE | _FAILED):
                continue
            found.append(Candidate(ip, interface, kind, up=up))
    found = _without_temporary(found, flags)
    return _with_routes(found, routes) if routes is not None else _with_probed_route(found)


def _with_routes(candidates: list[Candidate], routes: list[Route]) -> list[Candidate]:
    table: dict[tuple[str, bool], Route] = {}
    for one in sorted(routes, key=lambda r: r.metric, reverse=True):
        table[one.interface, one.is_ipv6] = one
    routed = []
    for candidate in candidates:
        route = table.get((candidate.interface, candidate.is_ipv6))
        if route is not None:
            candidate = replace(candidate, default_route=True, gateway=route.gateway, metric=route.metric)
        routed.append(candidate)
    return routed


def _with_probed_route(candidates: list[Candidate]) -> list[Candidate]:
    """Where routes cannot be read: the local network stands for the gateway it is reached by."""
    chosen = set()
    for family, target in _FAR_AWAY:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                chosen.add(probe.getsockname()[0].partition("%")[0].lower())
        except OSError:
            continue  # no route of this family
    return [replace(c, default_route=True, gateway=_network_of(c.ip)) if c.ip in chosen else c for c in candidates]


def _network_of(ip: str) -> str:
    prefix = 64 if ":" in ip else 24
    return str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False))


def _proc_routes(proc: Path) -> Iterator[Route]:
    for line in _lines(proc / "route")[1:]:
        fields = line.split()
        if len(fields) < 8:
            continue
        name, destination, gateway, flags, _refs, _use, metric, mask = fields[:8]
        bits = int(flags, 16)
        if destination == mask == "00000000" and bits & _ROUTE_UP and not bits & _ROUTE_REJECT:
            raw = int(gateway, 16).to_bytes(4, sys.byteorder)
            yield Route(
                name,
                str(ipaddress.IPv4Address(raw)) if bits & _ROUTE_GATEWAY else "",
                int(metric),
                False,
            )
    for line in _lines(proc / "ipv6_route"):
        fields = line.split()
        if len(fields) < 10:
            continue
        bits = int(fields[8], 16)
        anywhere = fields[0] == "0" * 32 and fields[1] == "00"
        if anywhere and fields[9] != "lo" and bits & _ROUTE_UP and not bits & _ROUTE_REJECT:
            gateway = str(ipaddress.IPv6Address(int(fields[4], 16))) if bits & _ROUTE_GATEWAY else ""
            yield Route(fields[9], gateway, int(fields[5], 16), True)


def _ipv6_flags(proc: Path) -> dict[str, int]:
    flags = {}
    for line in _lines(proc / "if_inet6"):
        fields = line.split()
        if len(fields) >= 6:
            flags[str(ipaddress.IPv6Address(int(fields[0], 16)))] = int(fields[4], 16)
    return flags


def _without_temporary(candidates: list[Candidate], flags: dict[str, int]) -> list[Candidate]:
    """Drop privacy addresses, which change daily, where the same interface has a lasting one."""

    def temporary(candidate: Candidate) -> bool:
        return bool(flags.get(candidate.ip, 0) & _TEMPORARY) and candidate.is_ipv6

    lasting = {
        c.interface
        for c in candidates
        if c.is_ipv6 and not temporary(c) and not ipaddress.ip_address(c.ip).is_link_local
    }
    return [c for c in candidates if not (temporary(c) and c.interface in lasting)]


def _linux_kind(folder: Path) -> str:
    """What the kernel says of a card; bridges made by hand (``br0``) count as Ethernet."""
    if is_virtual_name(folder.name):
        return OTHER
    if (folder / "wireless").is_dir() or (folder / "phy80211").exists():
        return WIFI
    return ETHERNET if (folder / "device").exists() else kind_of_name(folder.name)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []  # a kernel without IPv6, a container without /proc: no such route
