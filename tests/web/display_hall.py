"""A kiosk with a room, a session, and the screen in front of the class: what the display tests hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from kiosk.app import create_app
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation, questions
from kiosk.ground.config import Settings
from kiosk.storage.models import Session, Speaker

MINUTE = 60_000
PATH = [{"when": "2012", "what": "Bac pro"}, {"when": "2016", "what": "BTS"}, {"when": "2022", "what": "Référente"}]


class Hall:
    """A kiosk with a room, a session, and the screen in front of the class."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        given = {"public_url": "http://192.168.1.20", **settings}
        self.app = create_app(Settings(data_dir=data_dir, engine="threading", host="127.0.0.1", **given))
        self.kiosk: Kiosk = self.app.extensions["kiosk"]
        self.kiosk.writer.start()
        self.room = self.kiosk.write(self._prepare)

    @staticmethod
    def _prepare(tx: Any) -> str:
        for key, name, job in (
            ("a", "Sophie Le Goff", "Technicienne de maintenance éolienne"),
            ("b", "Malik Benali", "Soigneur animalier"),
        ):
            Speaker.insert(
                id=key,
                name=name,
                job_feminine=job,
                job_masculine=job,
                job_shown="feminine",
                path=PATH,
                employer="Vents d'Iroise",
            ).execute()
        dossier = [
            {"title": "Pour y accéder", "moment": "before", "text": "Bac + 2"},
            {"title": "À lire", "moment": "before", "text": "x" * 200},
        ]
        for key, speakers in (("one", ["a"]), ("two", ["a", "b"])):
            Session.insert(
                id=key,
                title="Deux métiers",
                starts_at=tx.now + 30 * MINUTE,
                duration_min=45,
                format="college-45",
                speakers=speakers,
                dossier=dossier,
            ).execute()
        room = rooms.add(tx, "Salle")
        rooms.choose_session(tx, room, "one", class_label="4e B", headcount=26)
        return room

    def do(self, unit: Any) -> Any:
        return self.kiosk.write(unit)

    def phase(self, code: str) -> None:
        self.do(lambda tx: rooms.set_phase(tx, self.room, code))

    def fields(self, **values: Any) -> None:
        self.do(lambda tx: rooms.set_fields(tx, self.room, "timer", **values))

    def ask(self, key: str, text: str, *, show: bool = False, theme: str = "vie") -> None:
        self.do(
            lambda tx: questions.submit(tx, self.room, id=key, text=text, author=None, theme=theme, origin="spoken")
        )
        if show:
            self.do(lambda tx: moderation.put_on_screen(tx, self.room, key))

    def client(self, address: str = "127.0.0.1") -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return client

    def screen(self, query: str = "", address: str = "127.0.0.1") -> str:
        answer = self.client(address).get("/ecran/fragment" + query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def close(self) -> None:
        self.kiosk.writer.stop()
        self.kiosk.database.close()


def name(html: str) -> str:
    found = re.search(r'data-screen="(\w+)"', html)
    assert found
    return found.group(1)


def said_by(html: str) -> str:
    text = re.sub(r"<[^>]+>", " ", html)
    for space in ("\u00a0", "\u202f"):
        text = text.replace(space, " ")
    return " ".join(text.replace("\u2060", "").split())
