"""The watch: what it shows as the machine's networks, the phones and the teacher change."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from kiosk.ground.addresses import ETHERNET, WIFI, Address, Candidate
from kiosk.ground.network import PERIOD, AddressWatch

CABLE = Candidate("10.20.30.40", "enp3s0", ETHERNET, True, gateway="10.20.30.1", metric=100)
RADIO = Candidate("192.168.50.7", "wlan0", WIFI)
LOOP = Candidate("127.0.0.1", "lo")
SIX = Candidate("2001:db8::20", "enp3s0", ETHERNET, True, gateway="fe80::1")


@dataclass
class Settings:
    host: str = "0.0.0.0"
    port: int = 8080
    public_url: str = ""


class Machine:
    """Interfaces that change under the watch, and what it announced and saved."""

    def __init__(self, *candidates, choices=None, **settings):
        self.candidates = [LOOP, *candidates]
        self.announced: list[str | None] = []
        self.saved: list[tuple[str, str | None]] = []
        self.error: Exception | None = None
        self.watch = AddressWatch(
            Settings(**settings),
            on_change=lambda address: self.announced.append(address.url if address else None),
            choices=choices,
            save_choice=lambda network, value: self.saved.append((network, value)),
            read=self.read,
        )

    def read(self):
        if self.error:
            raise self.error
        return list(self.candidates)

    @property
    def shown(self) -> Address:
        """The address on screen: there must be one."""
        address = self.watch.current()
        assert address is not None
        return address

    def now(self, *candidates):
        self.candidates = [LOOP, *candidates]
        self.watch.refresh()
        shown = self.watch.current()
        return shown and shown.url


def test_network_comes_changes_and_goes():
    machine = Machine()
    assert machine.watch.current() is None
    assert machine.now(CABLE) == "http://10.20.30.40:8080"
    assert machine.now(CABLE) == "http://10.20.30.40:8080"
    moved = Candidate("10.20.30.99", "enp3s0", ETHERNET, True, gateway="10.20.30.1")
    assert machine.now(moved) == "http://10.20.30.99:8080"
    assert machine.now() is None
    assert machine.announced == [
        "http://10.20.30.40:8080",
        "http://10.20.30.99:8080",
        None,
    ], "announced only when the URL changes"


def test_address_for_people():
    address = Machine(RADIO).shown
    assert (address.url, address.text, address.ip, address.port, address.long) == (
        "http://192.168.50.7:8080",
        "192.168.50.7:8080",
        "192.168.50.7",
        8080,
        True,
    )
    assert address.at("/prof") == "http://192.168.50.7:8080/prof"
    short = Machine(RADIO, port=80).shown
    assert (short.url, short.text, short.long) == ("http://192.168.50.7", "192.168.50.7", False)
    assert Machine(Candidate("192.168.100.7", "wlan0", WIFI), port=80).shown.long is False
    assert Machine(Candidate("192.168.100.70", "wlan0", WIFI), port=80).shown.long is True


def test_ipv6_is_shown_only_if_the_socket_answers_it():
    assert Machine(SIX).watch.current() is None
    assert Machine(SIX, host="::").shown.url == "http://[2001:db8::20]:8080"
    assert Machine(SIX, CABLE, host="::").shown.ip == CABLE.ip
    assert Machine(CABLE, RADIO, host=RADIO.ip).shown.ip == RADIO.ip
    assert Machine(CABLE, host="127.0.0.1").watch.current() is None
    assert Machine(CABLE, host="localhost").watch.current() is None


def test_a_phone_proves_the_pupils_network():
    machine = Machine(CABLE, RADIO)
    assert machine.shown.ip == CABLE.ip
    assert not machine.watch.proven
    machine.watch.seen("192.168.50.7:8080", "192.168.50.23")
    assert machine.shown.ip == RADIO.ip
    assert machine.watch.proven
    assert machine.announced[-1] == "http://192.168.50.7:8080"
    shown = next(offer for offer in machine.watch.all() if offer.shown)
    assert (shown.interface, shown.proven, "seen" in shown.reasons) == ("wlan0", True, True)


def test_the_proof_follows_a_card_that_gets_a_new_lease():
    machine = Machine(CABLE, RADIO)
    machine.watch.seen("192.168.50.7:8080", "192.168.50.23")
    renewed = Candidate("192.168.50.99", "wlan0", WIFI)
    assert machine.now(CABLE, renewed) == "http://192.168.50.99:8080"
    assert not machine.watch.proven, "nobody has come in by the new one yet"
    second = Candidate("192.168.60.1", "wlan0", WIFI)
    assert machine.now(CABLE, RADIO, second) == "http://192.168.50.7:8080"
    elsewhere = Candidate("172.16.4.4", "enp3s0", ETHERNET, True, gateway="172.16.4.1")
    assert machine.now(elsewhere, renewed) == "http://172.16.4.4:8080", "not on another network"


@pytest.mark.parametrize(
    "host, remote, local",
    [
        ("192.168.50.7:8080", "127.0.0.1", None),
        ("192.168.50.7:8080", "::1", None),
        ("192.168.50.7:8080", "192.168.50.7", None),  # the machine's own browser
        ("192.168.50.7:8080", "::ffff:10.20.30.40", None),
        ("203.0.113.9:8080", "192.168.50.23", None),  # not one of its addresses
        ("kiosque.local:8080", "192.168.50.23", None),
        ("192.168.50.7:8080", "10.20.30.50", "10.20.30.40"),  # a made-up Host
        ("", "192.168.50.23", None),
        ("[", "192.168.50.23", None),
    ],
)
def test_what_proves_nothing(host, remote, local):
    machine = Machine(CABLE, RADIO)
    machine.watch.seen(host, remote, local)
    assert machine.shown.ip == CABLE.ip
    assert not any(offer.proven for offer in machine.watch.all())


def test_the_first_request_may_come_before_the_first_reading():
    machine = Machine(CABLE, RADIO)
    machine.watch.seen("192.168.50.7:8080", "::ffff:192.168.50.23", "::ffff:192.168.50.7")
    assert machine.shown.ip == RADIO.ip


def test_the_teachers_choice_is_kept_for_this_network():
    machine = Machine(CABLE, RADIO)
    machine.watch.choose(RADIO.ip)
    assert machine.shown.ip == RADIO.ip
    assert [o.address.ip for o in machine.watch.all() if o.chosen] == [RADIO.ip]
    machine.watch.seen("10.20.30.40:8080", "10.20.30.50")
    assert machine.shown.ip == RADIO.ip, "a choice wins over proof"

    ((network, value),) = machine.saved
    assert network == "10.20.30.1"
    later = Machine(CABLE, RADIO, choices={network: value})
    assert later.shown.ip == RADIO.ip, "after a restart"
    assert later.now(CABLE, Candidate("192.168.50.88", "wlan0", WIFI)) == "http://192.168.50.88:8080", (
        "and after a new lease on the same card"
    )
    elsewhere = Candidate("172.16.4.4", "enp3s0", ETHERNET, True, gateway="172.16.4.1")
    assert later.now(elsewhere, RADIO) == "http://172.16.4.4:8080", "but not on another network"

    machine.watch.choose(None)
    assert machine.shown.ip == CABLE.ip
    assert machine.saved[-1] == (network, None)


def test_only_an_address_of_this_machine_can_be_chosen():
    machine = Machine(CABLE)
    for wrong in ("203.0.113.9", "127.0.0.1", "kiosque.local"):
        with pytest.raises(ValueError):
            machine.watch.choose(wrong)
    assert machine.saved == []


@pytest.mark.parametrize(
    "given, url, text, long",
    [
        (
            "http://questions.example.org",
            "http://questions.example.org",
            "questions.example.org",
            True,
        ),
        (
            "HTTPS://Kiosque.Example.org:443/B204/",
            "https://kiosque.example.org/B204",
            "kiosque.example.org/B204",
            True,
        ),
        ("http://10.1.1.1:81", "http://10.1.1.1:81", "10.1.1.1:81", True),
        ("http://[2001:DB8::1]/", "http://[2001:db8::1]", "[2001:db8::1]", False),
    ],
)
def test_public_url_always_wins(given, url, text, long):
    machine = Machine(CABLE, RADIO, public_url=given)
    machine.watch.seen("192.168.50.7:8080", "192.168.50.23")
    machine.watch.choose(RADIO.ip)
    address = machine.shown
    assert (address.url, address.text, address.long) == (url, text, long)
    assert machine.now() == url, "even with no network"
    assert machine.announced == []
    assert machine.watch.fixed


def test_own_addresses():
    assert Machine(CABLE).watch.own == {"127.0.0.1", "10.20.30.40"}


def test_a_silent_system_leaves_the_last_address_on_screen():
    machine = Machine(CABLE)
    assert machine.shown.ip == CABLE.ip
    machine.error = PermissionError("no")
    machine.watch.refresh()
    assert machine.shown.ip == CABLE.ip


def test_after_a_cut_the_same_address_comes_back():
    first = Candidate("192.168.1.31", "wlan0", WIFI, True, gateway="192.168.1.1", metric=600)
    second = Candidate("192.168.1.30", "eth0", ETHERNET, True, gateway="192.168.1.1", metric=100)
    machine = Machine(first)
    assert machine.shown.ip == first.ip
    assert machine.now(first, second) == "http://192.168.1.31:8080"
    assert machine.now() is None
    assert machine.now(second, first) == "http://192.168.1.31:8080"


def test_the_port_really_bound():
    machine = Machine(CABLE)
    machine.watch.current()
    machine.watch.listening(8081)
    assert machine.announced[-1] == "http://10.20.30.40:8081"


def test_loop_survives_a_listener_that_fails():
    class Stop(Exception):
        pass

    machine, turns = Machine(CABLE), []

    def sleep(seconds):
        turns.append(seconds)
        machine.candidates = [LOOP, RADIO] if len(turns) == 1 else [LOOP, CABLE]
        if len(turns) == 3:
            raise Stop

    def fails(_address: Address | None) -> None:
        raise ZeroDivisionError

    machine.watch.on_change = fails
    with pytest.raises(Stop):
        machine.watch.run_forever(sleep)
    assert turns == [PERIOD] * 3
    assert machine.shown.ip == CABLE.ip
