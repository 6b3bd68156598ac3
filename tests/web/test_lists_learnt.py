"""The lists by which texts are judged take 0.2 s to load, a second or two on a small machine: no phone's first page
loads them, and whatever reads a text has them loaded beside the loop.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import pytest

from kiosk.domain.reading import distress, flags, hinting
from kiosk.ground import remembered

LOADS = (flags.lexicon, hinting.reader, distress.reader)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[int]]:
    """Nothing is loaded yet; the threads in which something then is."""
    seen: set[int] = set()
    for thread in threading.enumerate():  # of a test before
        if thread.name == "kiosk-words":
            thread.join(10)

    def noting(build):
        def noted(*given, **named):
            seen.add(threading.get_ident())
            return build(*given, **named)

        return noted

    for module, name in ((flags, "Lexicon"), (hinting, "Reader"), (distress, "Reader")):
        monkeypatch.setattr(module, name, noting(getattr(module, name)))
    for load in LOADS:
        load.cache_clear()
    remembered.forget()
    yield seen
    for load in LOADS:
        load.cache_clear()


@pytest.mark.parametrize("address", ["/", "/mes-questions", "/ecran", "/prof/connexion", "/healthz"])
def test_a_first_page_loads_no_list(client, room, threads, address):
    assert client.get(address).status_code == 200
    assert threads == set()


def test_a_first_question_has_them_loaded_beside_the_loop(kiosk, room, phone, threads):
    one = phone(device="d" * 22)
    threads.discard(threading.get_ident())
    assert one.call("ask", {"id": str(uuid.uuid4()), "text": "Vous avez peur " + uuid.uuid4().hex})["ok"]
    assert len(threads) == 1 and threading.get_ident() not in threads


@pytest.mark.parametrize("address", ["/prof", "/prof/preparer", "/prof/seances"])
def test_a_teachers_first_page_has_them_loaded_beside_the_loop(kiosk, teacher, threads, address):
    kiosk.boards._learners = []
    assert teacher.client.get(address).status_code == 200
    assert len(threads) == 1 and threading.get_ident() not in threads
