"""What this very machine says of its interfaces and routes."""

from __future__ import annotations

import socket
import sys
import time

from kiosk.ground import interfaces
from kiosk.ground.addresses import Candidate
from kiosk.ground.network import AddressWatch


class Settings:
    host, port, public_url = "0.0.0.0", 8080, ""


def test_reading_this_machine_is_cheap_and_looks_nothing_up(monkeypatch):
    def forbidden(*_args, **_kwargs):
        raise AssertionError("a name was looked up")

    for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr", "getfqdn"):
        monkeypatch.setattr(socket, name, forbidden)
    watch = AddressWatch(Settings())
    watch.refresh()
    best = min(_timed(watch.refresh) for _ in range(20))
    assert best < 0.005
    assert "127.0.0.1" in watch.own


def _timed(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def test_routes_of_linux(tmp_path):
    gateway = int.from_bytes(bytes([192, 168, 1, 1]), sys.byteorder)
    (tmp_path / "route").write_text(
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        f"wlan0\t00000000\t{gateway:08X}\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
        "wlan0\t0001A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0\n"
        "ppp0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0\n"
        "dead0\t00000000\t00000000\t0203\t0\t0\t1\t00000000\t0\t0\t0\n"
    )
    zero, router = "0" * 32, "fe80" + "0" * 27 + "1"
    (tmp_path / "ipv6_route").write_text(
        f"{zero} 00 {zero} 00 {router} 00000400 00000001 00000000 00000003     wlan0\n"
        f"{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n"
    )
    assert list(interfaces._proc_routes(tmp_path)) == [
        interfaces.Route("wlan0", "192.168.1.1", 600, False),
        interfaces.Route("ppp0", "", 50, False),
        interfaces.Route("wlan0", "fe80::1", 1024, True),
    ]
    assert list(interfaces._proc_routes(tmp_path / "absent")) == []


def test_the_fallback_agrees_with_the_routes_of_this_machine():
    known = interfaces.read()
    bare = [Candidate(c.ip, c.interface, c.kind, up=c.up) for c in known]
    probed = {c.ip for c in interfaces._with_probed_route(bare) if c.default_route}
    assert probed <= {c.ip for c in known if c.default_route}
    assert bool(probed) == any(c.default_route for c in known)


def test_privacy_addresses_give_way_to_lasting_ones():
    lasting, daily = Candidate("2001:db8::1", "wlan0"), Candidate("2001:db8::abcd", "wlan0")
    flags = {lasting.ip: 0x80, daily.ip: 0x01}
    assert interfaces._without_temporary([daily, lasting], flags) == [lasting]
    assert interfaces._without_temporary([daily], flags) == [daily]
