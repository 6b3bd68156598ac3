"""Plain functions that make what tests need, through the domain's own verbs or, for what the centre owns, its rows."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from kiosk.domain import enrolments, rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.domain.people.devices import TEACHER_COOKIE
from kiosk.domain.questions import questions
from kiosk.ground.errors import KioskError
from kiosk.storage.models import AuditEntry, Enrolment, Session, Speaker
from kiosk.web.frame import context
from whole_pages import LookingClient


def make_session(kiosk: Kiosk, id: str = "S1", *, speakers: int = 1, starts_in_ms: int = 600_000, **fields: Any) -> str:
    """A session with ``speakers`` speakers named ``<id>-P1``…"""
    people = [f"{id}-P{number}" for number in range(1, speakers + 1)]

    def unit(tx: Any) -> None:
        for person in people:
            Speaker.insert(
                id=person, name=f"Sophie {person}", job_feminine="cheffe", job_masculine="chef", job_shown="feminine"
            ).execute()
        Session.insert(
            {
                "id": id,
                "title": "Cheffe d’équipe",
                "starts_at": tx.now + starts_in_ms,
                "duration_min": 45,
                "format": "college-45",
                "speakers": people,
                **fields,
            }
        ).execute()

    kiosk.write(unit)
    return id


def configure(kiosk: Kiosk, **settings: Any) -> None:
    """Give a running kiosk other settings, as its first-start pages do."""
    kiosk.settings = replace(kiosk.settings, **settings)


def make_room(kiosk: Kiosk, name: str = "Salle", *, session_id: str | None = None, **choice: Any) -> str:
    """A room, with a session on when one is given."""

    def unit(tx: Any) -> str:
        room_id = rooms.add(tx, name)
        if session_id:
            rooms.choose_session(tx, room_id, session_id, **{"class_label": "4e B", "headcount": 26, **choice})
        return room_id

    return kiosk.write(unit)


def make_class(kiosk: Kiosk, session_id: str, label: str, headcount: int = 0, **fields: Any) -> str:
    """An enrolment of this school in a session."""
    id = f"E-{session_id}-{label}"
    kiosk.write(
        lambda tx: Enrolment.insert(
            {"id": id, "session_id": session_id, "label": label, "headcount": headcount, **fields}
        ).execute()
    )
    return id


def make_question(
    kiosk: Kiosk,
    room_id: str,
    id: str,
    text: str = "",
    *,
    author: str | None = "eleve-1",
    origin: str = "live",
    after: Callable[..., Any] | None = None,
    **values: Any,
) -> str:
    """A question; ``after`` (``moderation.approve``…) is done to it at once."""

    def unit(tx: Any) -> None:
        questions.submit(tx, room_id, id=id, text=text or f"Question {id} ?", author=author, origin=origin, **values)
        if after is not None:
            after(tx, room_id, id)

    kiosk.write(unit)
    return id


class Browser(LookingClient):
    """A client that goes where a page binds it, as every browser does: the same page, its room's code in the address.

    Every other redirect is the test's to look at; ``FlaskClient(app)`` follows none.
    """

    def open(self, *args: Any, **values: Any) -> Any:
        answer = super().open(*args, **values)
        there, asked = urlsplit(answer.headers.get("Location", "")), answer.request
        bound = answer.status_code == 303 and asked.method in ("GET", "HEAD") and there.path == asked.path
        if bound and "salle=" in there.query and "salle" not in asked.args:
            headers = {k: v for k, v in asked.headers.items() if k not in ("Cookie", "Host")}
            return super().open(
                f"{there.path}?{there.query}", method=asked.method, headers=headers, base_url=asked.host_url,
                environ_overrides=values.get("environ_base"),
            )  # fmt: skip
        return answer


class Teacher:
    """A browser of the teacher (or, with ``invited``, of a moderator)."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.kiosk: Kiosk = app.extensions["kiosk"]
        self.client = app.test_client()
        self.token = ""

    def enter(self) -> Teacher:
        """Give the right code on the page for it."""
        self.client.get("/prof/connexion")
        answer = self.client.post("/prof/connexion", data={"pin": self.kiosk.secrets.pin, "csrf": self.csrf()})
        assert answer.status_code == 303, answer.text
        self.token = self._cookie(TEACHER_COOKIE)
        return self

    def of_room(self, room_id: str) -> Teacher:
        """Come by a room's own code instead: that room alone."""
        self.token = self.kiosk.write(lambda tx: access.grant_teacher(tx, room_id))
        self.client.set_cookie(TEACHER_COOKIE, self.token)
        return self

    def invited(self, room_id: str, role: str = "moderator") -> Teacher:
        """Come by a link of a room instead, to read over or (``secretary``) to note the answers."""
        self.token = self.kiosk.write(lambda tx: access.accept(tx, access.invite(tx, room_id, role=role)[1])[0])
        self.client.set_cookie(TEACHER_COOKIE, self.token)
        return self

    def csrf(self) -> str:
        """The word of this browser's forms."""
        held = self.client._cookies
        assert held is not None  # None: a client that keeps no cookies
        sent = "; ".join(f"{cookie.key}={cookie.value}" for cookie in held.values())
        with self.app.test_request_context(headers={"Cookie": sent}):
            return context.csrf_token()

    def post(self, path: str, **data: Any) -> Any:
        return self.client.post(path, data={"csrf": self.csrf(), **data})

    def _cookie(self, name: str) -> str:
        found = self.client.get_cookie(name)
        assert found is not None
        return str(found.value)


class Phone:
    """A Socket.IO connection of one namespace, through Flask-SocketIO's test client."""

    def __init__(
        self, app: Flask, namespace: str, auth: Any = None, *, browser: Any = None, query: str = "", headers: Any = None
    ) -> None:
        self.namespace = namespace
        self.socketio = app.extensions["socketio"]
        self.client = self.socketio.test_client(
            app, namespace=namespace, auth=auth, flask_test_client=browser, query_string=query, headers=headers
        )
        self.seen: list[dict[str, Any]] = []

    @property
    def inside(self) -> bool:
        return bool(self.client.is_connected(self.namespace))

    def call(self, event: str, *args: Any) -> Any:
        """Emit and return the acknowledgement."""
        return self.client.emit(event, *args, namespace=self.namespace, callback=True)

    def heard(self, name: str | None = None) -> list[Any]:
        """Messages received so far (of one name: their data alone), oldest first."""
        if self.inside:
            self.seen += self.client.get_received(self.namespace)
        return [m["args"][0] for m in self.seen if m["name"] == name] if name else list(self.seen)

    def wait(self, name: str, *, more_than: int = 0, seconds: float = 3.0) -> Any:
        """Wait for a message of that name beyond the first ``more_than``; its data."""
        end = time.monotonic() + seconds
        while len(self.heard(name)) <= more_than:
            assert time.monotonic() < end, f"no {name}: {self.seen}"
            time.sleep(0.01)
        return self.heard(name)[-1]

    def close(self) -> None:
        if self.inside:
            self.client.disconnect(self.namespace)


def open_document(rows: str) -> bytes:
    """A small .ods of these ``table:table-row``, as office suites write them."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{names}:office:1.0" '
        f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Feuille1">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return file.getvalue()


def refused(code: str, function: Callable[..., Any], *args: Any, **values: Any) -> KioskError:
    """Call what must be refused with that code; the refusal."""
    with pytest.raises(KioskError) as caught:
        function(*args, **values)
    assert caught.value.code == code
    return caught.value


def settle(kiosk: Kiosk) -> None:
    """Come back once the events of every earlier commit were published."""
    kiosk.write(lambda tx: None)


def audit_lines(limit: int = 100, room_id: str | None = None) -> list[AuditEntry]:
    """The latest lines of the audit log, newest first."""
    query = AuditEntry.select().order_by(AuditEntry.id.desc()).limit(limit)
    return list(query.where(AuditEntry.room_id == room_id) if room_id else query)


def pending_word(enrolment_id: str) -> str | None:
    """``request`` or ``cancel`` while that word waits for the centre, else None."""
    return next(one.pending for one in enrolments.listed() if one.id == enrolment_id)
