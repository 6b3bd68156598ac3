"""Centres for tests: real processes on SQLite and PostgreSQL, or the rules alone on a file of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from centre.centre_process import Centre, Kiosk, Office, session
from centre.postgresql_cluster import Cluster, postgresql
from kiosk.centre.store import Store
from kiosk.engine import Engine


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL for all the tests that want it."""
    with postgresql() as made:
        yield made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre in a process, on each database."""
    database = request.getfixturevalue("cluster").database() if request.param == "postgresql" else ""
    made = Centre(tmp_path_factory.mktemp("centre"), database)
    yield made
    made.stop()
    assert "Traceback" not in made.log.read_text("utf-8")


@pytest.fixture
def office(centre: Centre) -> Office:
    """Somebody logged in at the back office."""
    return centre.office()


@pytest.fixture
def kiosk(office: Office) -> Kiosk:
    """A paired kiosk."""
    return office.pair()


@pytest.fixture
def sid(office: Office) -> str:
    """A session of its own for each test, to come: classes may enrol."""
    made = f"S-{uuid.uuid4()}"
    office.upload([session(made)])
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database of its own, in this process."""
    made = Store(tmp_path, "", Engine())
    made.start()
    yield made
    assert made.stop()


@pytest.fixture
def run(store: Store) -> Callable[..., Any]:
    """`run(function, *args)` runs `function(tx, *args)` durably."""
    return lambda function, *args, **values: store.run(lambda tx: function(tx, *args, **values))
