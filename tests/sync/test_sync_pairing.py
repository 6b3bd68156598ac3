"""Pairing as it is typed, and as it fails: what was held stays until another code is good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import identity, pairing
from kiosk.exchange.wire import HttpLine
from kiosk.ground.errors import KioskError
from sync.conftest import UAI
from sync.servers import ABOUT, Asked, Server, problem, said

OTHER = "0750652B"


def paired(kiosk: Kiosk, code: str = "7KQ2-M9XA", uai: str = UAI) -> str:
    """What came of it: a word of the token, or the refusal's code and detail."""
    line = HttpLine()
    try:
        pairing.pair(kiosk, line, code, uai)
    except KioskError as refused:
        return f"{refused.code} {refused.values.get('failure', '')} {refused.values.get('sentence', '')}".strip()
    finally:
        line.close()
    return identity.load(kiosk.settings.data_dir, 0)[0].token


def giving(answer: Any) -> Callable[[Server, Any, Asked], bytes]:
    return lambda server, connection, asked: said(ABOUT) if asked.method == "GET" else answer


TYPED = ["7KQ2-M9XA", "7kq2-m9xa", " 7kq2 m9xa ", "7KQ2–M9XA", "7KQ2M9XA", "7KQ2\u00a0-\u00a0M9XA"]


@pytest.mark.parametrize("typed", TYPED)
def test_a_code_leaves_as_the_centre_gave_it(
    typed: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    server = serve(giving(said({"token": "t"}, 201)))
    assert paired(kiosk_at(server.url, token=""), typed, " 0951099d ") == "t"
    told = server.asked[-1].json()
    assert (told["code"], told["uai"]) == ("7KQ2-M9XA", UAI)


def test_a_code_of_another_shape_leaves_as_it_was_typed() -> None:
    assert pairing.normalised(" abc-12/É ") == "abc-12/É"


def test_a_refused_code_for_another_school_costs_nothing(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at(serve(giving(problem(403, "pairing_code"))).url)
    held = identity.load(kiosk.settings.data_dir, 0)[0]
    assert paired(kiosk, uai=OTHER) == "pairing_code"
    assert identity.load(kiosk.settings.data_dir, 0)[0] == held and held.token
    kiosk = kiosk_at(serve(giving(said({"token": "t"}, 201))).url)
    held = identity.load(kiosk.settings.data_dir, 0)[0]
    assert paired(kiosk, uai=OTHER) == "t"
    new = identity.load(kiosk.settings.data_dir, 0)[0]
    assert new.uai == OTHER and new.kiosk != held.kiosk  # an identity belongs to one school


def test_a_name_that_another_school_s_kiosk_has_is_left_to_it(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    """A disk image made before any pairing, on machines that nothing tells apart."""
    names: list[str] = []

    def play(server: Server, connection: Any, asked: Asked) -> bytes:
        if asked.method == "GET":
            return said(ABOUT)
        names.append(asked.json()["kiosk"])
        return problem(409, "kiosk_cloned") if len(names) == 1 else said({"token": "t"}, 201)

    kiosk = kiosk_at(serve(play).url, token="")
    before = identity.load(kiosk.settings.data_dir, 0)[0].kiosk
    assert paired(kiosk) == "t"
    assert names[0] == before != names[1] == identity.load(kiosk.settings.data_dir, 0)[0].kiosk


def test_what_the_centre_says_is_told(serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]) -> None:
    def said_of(answer: bytes) -> str:
        return paired(kiosk_at(serve(giving(answer)).url, token=""))

    assert said_of(problem(422, "invalid", detail="x", errors=[{"pointer": "#/uai", "detail": "x"}])) == "uai_checksum"
    named = said_of(problem(422, "invalid", detail="nom trop long", errors=[{"pointer": "/label", "detail": "x"}]))
    assert named.startswith("centre_failed server") and "nom trop long" in named
    for token in ("t€k", "a b", "a\r\nX: y", "é"):
        assert said_of(said({"token": token}, 201)).startswith("centre_failed server")
