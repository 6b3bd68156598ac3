"""Nothing leaves the machine: what browsers ask, what the policy allows, the cookies, and what pages complain of."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from journey.classroom import COOKIES, PC, PHONE, Classroom, opened, press, sees

#: What is asked here does not depend on the engine.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.parametrize("room", ["eventlet"], indirect=True),
]

PUPILS = ("/", "/mes-questions", "/soutenir", "/bilan", "/donnees", "/accessibilite", "/?lang=en")
DISPLAY = tuple(f"/ecran{look}" for look in ("", "?vue=bandeau", "?theme=sombre", "?regard=speaker", "?lang=en"))
TEACHER = tuple(
    f"/prof{page}"
    for page in (
        "",
        "/seances",
        "/preparer",
        "/salle",
        "/liste?origine=paper",
        "/imprimer/affiche",
        "/imprimer/coupons",
        "/imprimer/questions",
    )
)
#: A policy in which each part names this machine or nothing.
ALLOWED = {"'none'", "'self'", "data:"}


def test_no_page_asks_another_machine_or_complains(room: Classroom) -> None:
    """Every page, in every phase, with the browser's own record of the policy's refusals."""
    teacher = room.teacher()
    phone, display = room.device(viewport=PHONE), room.device(viewport=PC)
    for step in ("", "Lancer le compte à rebours", "Commencer la présentation", "Ouvrir les questions"):
        if step:
            press(teacher, step)
        for device, pages in ((phone, PUPILS), (display, DISPLAY)):
            for path in pages:
                opened(device, room.kiosk.url + path).close()
    for path in TEACHER:
        page = opened(teacher.context, room.kiosk.url + path)
        page.wait_for_load_state()
        page.close()
    sees(teacher, "En direct")
    room.nothing_left()
    kept = {cookie["name"]: cookie for context in room.contexts for cookie in context.cookies()}
    assert set(kept) == COOKIES
    assert all(cookie["httpOnly"] and cookie["sameSite"] in ("Lax", "Strict") for cookie in kept.values()), kept


def test_the_policy_names_no_other_machine(room: Classroom) -> None:
    sockets = {room.kiosk.url.replace("http", scheme) for scheme in ("ws", "wss")}
    for path in ("/", "/ecran", "/prof/connexion", "/nowhere", "/healthz"):
        parts = policy_of(room.kiosk.url + path)
        assert parts["default-src"] == ["'none'"]
        assert parts["script-src"] == ["'self'"]
        strange = {word for values in parts.values() for word in values} - ALLOWED - sockets
        assert not [word for word in strange if not word.startswith("'sha256-")], path


def policy_of(url: str) -> dict[str, list[str]]:
    """The policy that a page comes with: directive → sources."""
    try:
        answer = urllib.request.urlopen(url)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {name: values for name, *values in parts}
