"""A kiosk of its own for each test: a real database in ``tmp_path``, a real writer, real threads."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient

from factories import Browser, Phone, Teacher, make_room, make_session
from kiosk.app import create_app, create_kiosk
from kiosk.domain.kiosk import Kiosk
from kiosk.ground import i18n
from kiosk.ground.config import Settings
from kiosk.ops.doctor import beside
from kiosk.storage import datafolder
from kiosk.storage.database import Database

Flask.test_client_class = Browser
# No example of a property has a time to keep (200 ms, else): a busy machine is no fault of the product.
hypothesis.settings.register_profile("kiosk", deadline=None)
hypothesis.settings.load_profile("kiosk")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for a browser is marked so by what is asked for: with its mark forgotten, it ran in every suite."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.server)


def pytest_collection_finish() -> None:
    """What was read to collect stays to the end: without this, each look for rubbish goes through all of it again. And
    looks are as rare as in the program (``Engine.tune``): a tenth of the processor time of tests of pages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 50, 1000)


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    """Each test begins in French, whatever language a command of the test before chose for its process."""
    with i18n.language(i18n.DEFAULT):
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a kiosk in a folder of its own."""
    return Settings(data_dir=tmp_path / "data", engine="threading", host="127.0.0.1")


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds nothing: what every step of the schema makes of a new file."""
    made = Database(tmp_path_factory.mktemp("blank") / "kiosk.sqlite3")
    made.open()
    made.close()
    return made.path


@pytest.fixture
def kiosk(settings: Settings, blank: Path) -> Iterator[Kiosk]:
    """A kiosk whose writer runs; empty: no room, no session. Its schema is a copy: making it takes as long as most
    tests (``tests/storage/test_migrations.py`` makes it each time)."""
    datafolder.prepare(settings.data_dir)
    shutil.copyfile(blank, settings.data_dir / blank.name)
    made = create_kiosk(settings)
    made.writer.start()
    yield made
    assert made.writer.stop()
    made.database.close()


@pytest.fixture
def write(kiosk: Kiosk) -> Callable[..., Any]:
    """``write(function, *args, **values)`` runs ``function(tx, *args, **values)`` durably."""
    return lambda function, *args, **values: kiosk.write(lambda tx: function(tx, *args, **values))


@pytest.fixture
def room(kiosk: Kiosk) -> str:
    """The id of a room with session « S1 » on, at the lobby, moderation on."""
    make_session(kiosk, "S1")
    return make_room(kiosk, "Salle 12", session_id="S1")


@pytest.fixture
def app(kiosk: Kiosk) -> Flask:
    """The web application around ``kiosk``."""
    made = create_app(kiosk.settings, kiosk=kiosk, examine=beside.examine)
    kiosk.ready = True
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody knows."""
    return app.test_client()


@pytest.fixture
def teacher(app: Flask, room: str) -> Teacher:
    """A browser that gave the right code; ``teacher.post`` adds the form's ``csrf``."""
    return Teacher(app).enter()


@pytest.fixture
def phone(app: Flask, room: str) -> Iterator[Callable[..., Phone]]:
    """``phone(device="…")`` opens a pupil's Socket.IO connection."""
    opened: list[Phone] = []

    def make(device: str | None = None, **auth: Any) -> Phone:
        opened.append(Phone(app, "/phone", {**auth, **({"device": device} if device else {})}))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
