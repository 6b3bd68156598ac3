"""A setting is read where it is set: none is copied into the database, where it would outlive its line of a file."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from factories import configure, make_room, make_session
from kiosk.app import create_kiosk
from kiosk.domain import choices, policy, rooms, stored
from kiosk.domain.questions import preparation, relay
from kiosk.exchange import letters, syncstate
from kiosk.ground import config
from kiosk.ground.config import Settings
from kiosk.ops import serving
from kiosk.storage.models import Setting
from kiosk.storage.writer import Transaction

SCHOOL = {
    "school_uai": "9880001K",
    "school_zone": "Pacific/Noumea",
    "school_name": "Lycée Corot",
    "sync_share_asked": True,
    "sync_share_reflection": True,
    "centre_url": "https://centre.example",
}


@contextmanager
def started(folder: Path, **settings: Any) -> Any:
    """A kiosk started as the server starts it, then stopped."""
    kiosk = create_kiosk(Settings(data_dir=folder, engine="threading", host="127.0.0.1", **settings))
    serving.start(kiosk)
    try:
        yield kiosk
    finally:
        kiosk.writer.stop()
        kiosk.database.close()


def test_no_setting_is_copied_into_the_database(tmp_path: Path) -> None:
    with started(tmp_path, **SCHOOL) as kiosk:
        choices.keep(kiosk, {"school.name": "Collège Péguy", "wifi.ssid": "Classe"})
        assert [row.key for row in Setting.select() if row.key in config.SETTINGS] == []
        assert policy.current() == kiosk.settings.policy and policy.current().school == "Collège Péguy"


def test_a_setting_taken_out_is_out(tmp_path: Path) -> None:
    with started(tmp_path, **SCHOOL):
        assert rooms.view(rooms.resolve(None)).zone == "Pacific/Noumea"
        assert policy.current().share_asked and policy.uai() == "9880001K"
    with started(tmp_path):
        assert rooms.view(rooms.resolve(None)).zone == "Europe/Paris"
        assert (policy.current(), policy.uai()) == (policy.Policy(), "")


def test_two_kiosks_of_one_process_have_each_their_own(tmp_path: Path) -> None:
    with started(tmp_path / "a", school_name="A") as one, started(tmp_path / "b", school_name="B") as two:
        for kiosk, name in ((one, "A"), (two, "B"), (one, "A")):
            kiosk.database.use()
            assert policy.current().school == name
            assert kiosk.write(lambda tx: policy.current().school) == name


@pytest.mark.parametrize("paired", [True, False])
def test_what_an_earlier_version_copied_is_forgotten(tmp_path: Path, paired: bool) -> None:
    """But for the UAI of a pairing: nobody but the pairing gave it."""
    with started(tmp_path) as kiosk:

        def copied(tx: Transaction) -> None:
            stored.put(tx, "school.uai", "9740001X")
            stored.put(tx, "school.zone", "Pacific/Noumea")
            stored.put(tx, "school.name", "Ancien")
            stored.put(tx, "sync.share_asked", True)
            stored.put(tx, "sync.share_reflection", True)

        kiosk.write(copied)
        kiosk.write(lambda tx: syncstate.note(tx, paired=paired))
        kiosk.write(lambda tx: tx.database.execute_sql("DELETE FROM schema_migration WHERE name = '0007b_settings'"))
    with started(tmp_path) as kiosk:
        assert [row.key for row in Setting.select() if row.key in config.SETTINGS] == []
        assert policy.uai() == ("9740001X" if paired else "")
        assert syncstate.status(kiosk.clock.now(), configured=True).uai == policy.uai()


def test_a_centre_set_while_the_kiosk_runs_begins_the_exchange_once(kiosk: Any) -> None:
    begun = threading.Semaphore(0)
    serving.begin_exchange(kiosk, lambda: begun.release())
    choices.keep(kiosk, {"school.name": "Lycée Corot"})
    assert not begun.acquire(blocking=False)
    for centre in ("https://centre.example", "https://autre.example"):
        choices.keep(kiosk, {"centre.url": centre})
    assert begun.acquire(timeout=5) and not begun.acquire(timeout=0.2)


def test_a_letter_says_the_school_as_it_is_set(kiosk: Any, write: Any) -> None:
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1")
    write(preparation.add, room, "Une question ?")
    configure(kiosk, school_name="Lycée Corot")
    assert "Lycée Corot" in letters.Letter("S1").body
    configure(kiosk, school_name="")
    assert "Corot" not in letters.Letter("S1").body
    assert relay.head(rooms.view(room), policy.current().school) == "4e B"
