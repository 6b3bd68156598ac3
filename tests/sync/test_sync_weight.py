"""What an exchange weighs, as the socket counts, with everything that revision 2 adds: a real centre over real TCP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from centre.centre_process import UAI, Centre, session, speaker
from factories import make_room
from kiosk.domain import enrolments
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.exchange import identity, pairing
from kiosk.exchange.messages import Call, Reply
from kiosk.exchange.round import Outcome, Round
from kiosk.exchange.wire import HttpLine
from sync.certs import Authority
from sync.servers import ABOUT, Asked, Server, said

#: Bytes both ways, HTTP included: a rest; a whole exchange of up to fifty operations, in one round trip.
IDLE, FULL = 780, 6 * 1024
QUESTIONS = (
    "Combien d’heures travaillez-vous par semaine ?",
    "Qu’est-ce qui vous a fait choisir ce métier ?",
    "Quelles études faut-il faire après la troisième ?",
    "Est-ce difficile d’être une femme dans ce métier ?",
    "Avez-vous déjà eu envie de changer de travail ?",
    "Quel est le moment que vous préférez dans une journée ?",
    "Est-ce que vous gagnez bien votre vie ?",
)


class Counting(HttpLine):
    """The real line, and what it was asked."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.calls: list[str] = []

    def carry(self, call: Call, keep: Any = None) -> Reply:
        self.calls.append(f"{call.method} {call.url.rpartition('/')[2]}")
        return super().carry(call, keep)


def round_of(kiosk: Kiosk, **settings: Any) -> tuple[Outcome, list[str]]:
    line = Counting(**settings)
    try:
        return Round(kiosk, line, keep_time=False).run(), line.calls
    finally:
        line.close()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path / "centre")
    yield made
    made.stop()


@pytest.mark.server
def test_a_full_exchange_is_one_light_round_trip_and_a_rest_is_lighter(
    centre: Centre, kiosk_at: Callable[..., Kiosk]
) -> None:
    path = [{"when": "2012", "what": "BTS géomètre"}, {"when": "2016", "what": "Licence professionnelle"}]
    bio = "Elle mesure, dessine et met à jour les plans d’une ville, sur le terrain et à l’ordinateur. " * 3
    office = centre.office()
    office.upload([session("S1")])
    kiosk = kiosk_at(centre.url, token="")
    line = HttpLine()
    pairing.pair(kiosk, line, office.code(UAI), UAI)
    line.close()
    round_of(kiosk)  # the session comes, and the proof that this is the centre
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    told = [f"{QUESTIONS[n % len(QUESTIONS)]} ({n})" for n in range(49)]
    kiosk.write(lambda tx: preparation.add_many(tx, room, told, origin="prepared"))
    kiosk.write(lambda tx: enrolments.request(tx, "S1", label="4e B", level="4E", headcount=26))
    people = [speaker(f"P{n}", bio=f"{n}. {bio}", path=path, employer="Ville de Sarcelles") for n in range(3)]
    office.upload([*people, session("S1", speakers=["P0", "P1", "P2"])])
    full, calls = round_of(kiosk)
    assert (full.failure, full.accepted, full.waiting, full.changes) == ("ok", 50, 0, 5)
    assert [one for one in calls if "exchange" in one] == ["POST exchange"]
    weight = full.bytes_sent + full.bytes_received
    assert 2_000 < weight <= FULL, weight
    rest, calls = round_of(kiosk)
    assert (rest.failure, rest.changes, calls) == ("ok", 0, ["POST exchange"])
    assert 400 < rest.bytes_sent + rest.bytes_received <= IDLE, (rest.bytes_sent, rest.bytes_received)
    print("full:", full.bytes_sent, full.bytes_received, "rest:", rest.bytes_sent, rest.bytes_received)


def test_a_second_connection_in_tls_goes_on_from_the_first(serve: Callable[..., Server], school: Authority) -> None:
    """Its certificate is not carried again (contract, rule 16), and every byte is counted all the same."""

    def play(server: Server, connection: Any, asked: Asked) -> bytes | None:
        connection.sendall(said(ABOUT, Connection="close"))
        connection.close()
        return None

    server = serve(play, pem=school.issue("resumed"))
    line = HttpLine(ca_bundle=str(school.pem))
    replies = [line.carry(Call("GET", f"{server.url}/v1/about")) for _time in range(3)]
    line.close()
    assert [one.failure for one in replies] == ["ok"] * 3 and server.resumed == [False, True, True]
    assert replies[1].received < replies[0].received - 500 and replies[1].received == replies[2].received
    print("TLS connections:", [(one.sent, one.received) for one in replies])


def test_an_idle_exchange_in_tls_weighs_what_its_socket_says(
    serve: Callable[..., Server], school: Authority, kiosk_at: Callable[..., Kiosk]
) -> None:
    def play(server: Server, connection: Any, asked: Asked) -> bytes:
        if asked.method == "GET":
            return said(ABOUT)
        answer = {"contract": 1, "time": ABOUT["time"], "cursor": "c", "more": False, "verdicts": [], "changes": []}
        return said({**answer, "revision": 2, "epoch": "7f3a", "ask": asked.json()["ask"]})

    server = serve(play, pem=school.issue("idle"))
    kiosk = kiosk_at(server.url)
    who = identity.load(kiosk.settings.data_dir, 0)[0]
    identity.save(kiosk.settings.data_dir, replace(who, url=server.url))
    for _time in range(2):
        outcome, calls = round_of(kiosk, ca_bundle=str(school.pem))
    weight = outcome.bytes_sent + outcome.bytes_received
    assert (outcome.failure, calls) == ("ok", ["POST exchange"])
    assert server.heard < weight <= 4_096, weight  # a handshake and a certificate for each round
    assert server.asked[-1].json()["revision"] == 2
    print("idle in TLS:", outcome.bytes_sent, outcome.bytes_received)


def test_what_an_idle_exchange_in_tls_would_weigh_had_its_session_gone_on(
    serve: Callable[..., Server], school: Authority, kiosk_at: Callable[..., Kiosk]
) -> None:
    """One line for two rounds, each on a connection of its own: a figure of the page, which no courier has today."""

    def play(server: Server, connection: Any, asked: Asked) -> bytes | None:
        answer = {"contract": 1, "time": ABOUT["time"], "cursor": "c", "more": False, "verdicts": [], "changes": []}
        second = {"revision": 2, "epoch": "7f3a", "ask": asked.json()["ask"]} if asked.method == "POST" else {}
        connection.sendall(said({**answer, **second} if second else ABOUT, Connection="close"))
        connection.close()
        return None

    server = serve(play, pem=school.issue("went-on"))
    kiosk = kiosk_at(server.url)
    who = identity.load(kiosk.settings.data_dir, 0)[0]
    identity.save(kiosk.settings.data_dir, replace(who, url=server.url))
    line = Counting(ca_bundle=str(school.pem))
    for _time in range(3):
        outcome = Round(kiosk, line, keep_time=False).run()
    line.close()
    weight = outcome.bytes_sent + outcome.bytes_received
    assert (outcome.failure, line.calls[-1], server.resumed[-1]) == ("ok", "POST exchange", True)
    assert 1_000 < weight < 2_048, weight
    print("idle in TLS, resumed:", outcome.bytes_sent, outcome.bytes_received)
