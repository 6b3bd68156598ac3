"""The address on screen: one table, each row a machine met in the field."""

from __future__ import annotations

from typing import TypedDict

import pytest

from kiosk.ground import addresses
from kiosk.ground.addresses import Candidate, best, kind_of_name, network_key, normal_host, rank


def card(ip, interface, *, route=False, up=True, gateway="", metric=0):
    """A candidate as the machine would report it, its kind guessed from its name."""
    gateway = gateway or ("192.168.1.1" if route else "")
    return Candidate(ip, interface, kind_of_name(interface), route, up, gateway, metric)


WIFI = card("192.168.1.20", "Wi-Fi", route=True)
ADMIN = card("10.20.30.40", "enp3s0", route=True, gateway="10.20.30.1", metric=100)
PUPILS = card("192.168.50.7", "wlan0")


class Given(TypedDict, total=False):
    """What :func:`rank` is told besides the candidates."""

    seen_hosts: set[str]
    sticky: str
    choice: str


#: What a machine is: (candidates, what else is known, the address shown).
CASES: dict[str, tuple[list[Candidate], Given, str | None]] = {
    # the six cases of the field notes
    "OpenVPN TAP contains 'en'": ([card("10.8.0.6", "OpenVPN TAP"), WIFI], {}, "192.168.1.20"),
    "VirtualBox named Ethernet 2": ([card("192.168.56.1", "Ethernet 2"), WIFI], {}, "192.168.1.20"),
    "admin VLAN until a phone arrives": ([ADMIN, PUPILS], {}, ADMIN.ip),
    "pupils' VLAN once a phone has used it": (
        [ADMIN, PUPILS],
        {"seen_hosts": {PUPILS.ip}},
        PUPILS.ip,
    ),
    "container bridge alone": ([card("172.18.0.1", "br-5f2c9a")], {}, None),
    "libvirt bridge alone": ([card("192.168.122.1", "virbr0")], {}, None),
    # those the notes ask for besides
    "no network": ([], {}, None),
    "only loopback and self-assigned": (
        [card("127.0.0.1", "lo"), card("169.254.3.4", "eth0")],
        {},
        None,
    ),
    "cable unplugged": ([card("192.168.1.20", "eth0", up=False)], {}, None),
    "IPv6 only": (
        [card("fe80::1", "wlan0"), card("2001:db8::20", "wlan0", route=True)],
        {},
        "2001:db8::20",
    ),
    "IPv4 before IPv6": ([card("2001:db8::20", "eth0", route=True), PUPILS], {}, PUPILS.ip),
    "IPv6 before a container bridge": (
        [card("2001:db8::20", "eth0", route=True), card("172.17.0.1", "docker0")],
        {},
        "2001:db8::20",
    ),
    "two NICs, lower metric first": (
        [
            card("192.168.1.31", "wlan0", route=True, metric=600),
            card("192.168.1.30", "eth0", route=True, metric=100),
        ],
        {},
        "192.168.1.30",
    ),
    "two NICs, the one on screen stays": (
        [
            card("192.168.1.31", "wlan0", route=True, metric=600),
            card("192.168.1.30", "eth0", route=True, metric=100),
        ],
        {"sticky": "192.168.1.31"},
        "192.168.1.31",
    ),
    "address removed": ([PUPILS], {"sticky": "192.168.1.20"}, PUPILS.ip),
    "address added does not move the screen": (
        [WIFI, card("192.168.1.9", "eth0", route=True)],
        {"sticky": WIFI.ip},
        WIFI.ip,
    ),
    "hotspot up, no route": (
        [card("10.42.0.1", "wlan0"), card("172.17.0.1", "docker0")],
        {},
        "10.42.0.1",
    ),
    "Windows hotspot": (
        [card("192.168.137.1", "Local Area Connection* 10"), card("172.20.0.1", "vEthernet (WSL)")],
        {},
        "192.168.137.1",
    ),
    "hotspot beside the school's cable, proven": (
        [ADMIN, card("10.42.0.1", "wlan0")],
        {"seen_hosts": {"10.42.0.1"}},
        "10.42.0.1",
    ),
    # and others met since
    "full-tunnel VPN takes the route": (
        [card("10.8.0.2", "tun0", route=True), PUPILS],
        {},
        PUPILS.ip,
    ),
    "VPN name in capitals": ([card("10.8.0.2", "TAP-Windows Adapter V9"), PUPILS], {}, PUPILS.ip),
    "public addresses of a university": (
        [card("193.50.1.2", "eth0", route=True)],
        {},
        "193.50.1.2",
    ),
    "the teacher's choice wins": (
        [ADMIN, PUPILS],
        {"choice": PUPILS.ip, "seen_hosts": {ADMIN.ip}},
        PUPILS.ip,
    ),
    "even for a bridge": (
        [WIFI, card("172.18.0.1", "br-5f2c9a")],
        {"choice": "172.18.0.1"},
        "172.18.0.1",
    ),
    "a choice that is gone is ignored": ([WIFI], {"choice": "10.9.9.9"}, WIFI.ip),
}


@pytest.mark.parametrize("name", CASES)
def test_address_shown(name):
    candidates, given, expected = CASES[name]
    for order in (candidates, candidates[::-1]):
        found = best(rank(order, **given))
        assert (found.ip if found else None) == expected


def test_score_is_the_sum_of_the_rules_it_names():
    bridge = card("192.168.56.1", "VirtualBox Host-Only Network")
    ranked = {item.candidate: item for item in rank([WIFI, bridge], seen_hosts={WIFI.ip})}
    assert ranked[WIFI].score == 6 + 4 + 2 + 1
    assert ranked[WIFI].reasons == ("seen", "default_route", "private", "physical")
    assert ranked[bridge].score == 2 - 5 - 3
    assert not ranked[bridge].showable
    assert set(ranked[bridge].reasons) <= set(addresses.REASONS)


@pytest.mark.parametrize(
    "name, kind",
    [
        ("Wi-Fi", "wifi"),
        ("wlan0", "wifi"),
        ("wlp2s0", "wifi"),
        ("WLAN 2", "wifi"),
        ("eth0", "ethernet"),
        ("enp3s0", "ethernet"),
        ("en0", "ethernet"),
        ("Ethernet 2", "ethernet"),
        ("enx0050b6", "ethernet"),
        ("br0", "ethernet"),
        ("Connexion au réseau local", "ethernet"),
        ("OpenVPN TAP", "other"),
        ("vEthernet (WSL)", "other"),
        ("veth12ab", "other"),
        ("Environ", "other"),
    ],
)
def test_kind_from_the_start_of_a_name(name, kind):
    assert kind_of_name(name) == kind


def test_network_is_named_by_its_gateway_whatever_the_vpn():
    vpn = card("10.8.0.2", "tun0", route=True, gateway="10.8.0.1")
    assert network_key([ADMIN, PUPILS]) == network_key([vpn, PUPILS, ADMIN]) == "10.20.30.1"
    assert network_key([PUPILS]) == ""


@pytest.mark.parametrize(
    "header, host",
    [
        ("192.168.1.20:8080", "192.168.1.20"),
        ("192.168.1.20", "192.168.1.20"),
        ("[2001:DB8::20]:8080", "2001:db8::20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("fe80::1%eth0", "fe80::1"),
        ("kiosque.local:8080", ""),
        ("", ""),
        ("[", ""),
    ],
)
def test_host_header(header, host):
    assert normal_host(header) == host


@pytest.mark.parametrize(
    "ip, port, text",
    [
        ("192.168.1.20", 80, "192.168.1.20"),
        ("192.168.1.20", 8080, "192.168.1.20:8080"),
        ("2001:db8::20", 80, "[2001:db8::20]"),
        ("2001:db8::20", 8080, "[2001:db8::20]:8080"),
    ],
)
def test_text_to_type(ip, port, text):
    assert addresses.host_text(ip, port) == text
