"""What the tests of the exchange share: certificates, servers closed at the end, a kiosk that has something to say."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.app import create_kiosk
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import identity
from kiosk.ground.config import Settings
from kiosk.storage import datafolder
from sync.certs import Authority
from sync.servers import Play, Server

UAI = "0951099D"
#: A Tuesday of December 2026 at 11 in Paris: nobody sleeps.
OPEN_HOURS = 1_796_119_200_000


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the kiosk is told to trust."""
    return Authority(tmp_path_factory.mktemp("pki") / "school", "Académie de Versailles")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority of a filter nobody told the kiosk about."""
    return Authority(tmp_path_factory.mktemp("pki") / "stranger", "Filtre Inconnu SA")


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """``serve(play, pem=…)`` starts a server; ``serve(server)`` only sees to its end."""
    started: list[Server] = []

    def start(play: Play | Server, **values: Any) -> Server:
        started.append(play if isinstance(play, Server) else Server(play, **values))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def kiosk_at(tmp_path: Path, blank: Path) -> Iterator[Callable[..., Kiosk]]:
    """``kiosk_at(url)`` makes a kiosk paired with the centre at that address (``token=""``: not paired)."""
    made: list[Kiosk] = []

    def make(url: str, token: str = "jeton", **values: Any) -> Kiosk:
        folder = tmp_path / f"kiosk{len(made)}"
        settings = Settings(data_dir=folder, engine="threading", centre_url=url, **values)
        datafolder.prepare(folder)
        shutil.copyfile(blank, folder / blank.name)
        kiosk = create_kiosk(settings)
        kiosk.writer.start()
        made.append(kiosk)
        who, _copied = identity.load(folder, kiosk.clock.now())
        if token:
            identity.save(folder, replace(who, token=token, uai=UAI, url=url))
        return kiosk

    yield make
    for kiosk in made:
        assert kiosk.writer.stop()
        kiosk.database.close()
