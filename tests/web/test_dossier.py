"""A session’s dossier: what comes before is in « Préparer », what comes after with the end of « En direct »."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain import dossier, rooms, sessions, stored
from kiosk.exchange import syncstate
from kiosk.storage.models import Session

BEFORE, AFTER = "À lire ou à faire avant la séance", "Après la séance"
ITEMS = [
    {"title": "Trois axes", "moment": "before", "text": "Deux questions par axe <b>et</b> par groupe."},
    {"title": "Une vidéo", "moment": "before", "url": "https://video.example.org/eolienne?x=1&y=2"},
    {"title": "Un vieux site", "moment": "before", "url": "http://vieux.example.org/page"},
    {"title": "Piège", "moment": "before", "url": "javascript:alert(1)"},
    {"title": "Déguisé", "moment": "before", "url": "https://onisep.fr@ailleurs.example.net/a"},
    {"title": "Cassé", "moment": "before", "url": "https://[bad/"},
    {"title": "", "moment": "before"},
    {"title": "Ma fiche métier", "moment": "after", "text": "Le nom du métier.", "url": "https://fiche.example.org/"},
]


@pytest.fixture
def held(kiosk, room):
    kiosk.write(lambda tx: Session.update(dossier=ITEMS).execute())
    return room


def test_what_comes_before_is_in_prepare_with_the_host_it_leads_to(held, teacher):
    page = teacher.client.get("/prof/preparer").text
    assert BEFORE in page and AFTER not in page and "Ma fiche métier" not in page
    assert "&lt;b&gt;et&lt;/b&gt;" in page
    assert 'href="https://video.example.org/eolienne?x=1&amp;y=2" target="_blank" rel="noopener noreferrer"' in page
    assert "Ouvrir sur video.example.org" in page and "nouvel onglet" in page
    assert 'href="http://vieux' not in page and "Lien vers vieux.example.org, non protégé" in page
    assert "javascript:" not in page and "Piège" in page and "Cassé" in page
    assert "Ouvrir sur ailleurs.example.net" in page, "where it leads, not what it pretends"


def test_what_comes_after_is_told_when_the_session_closes(kiosk, held, teacher):
    for phase, told in (("talk", False), ("questions", False), ("reflection", True), ("closed", True)):
        kiosk.write(lambda tx, phase=phase: rooms.set_phase(tx, held, phase))
        page = teacher.client.get("/prof").text
        assert ("Ma fiche métier" in page and "Ouvrir sur fiche.example.org" in page) is told, phase
        assert "Trois axes" not in page


def test_without_a_dossier_nothing_is_said(kiosk, room, teacher):
    kiosk.write(lambda tx: Session.update(dossier=[]).execute())
    assert BEFORE not in teacher.client.get("/prof/preparer").text
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "closed"))
    assert AFTER not in teacher.client.get("/prof").text
    assert dossier.listed(None, "before") == []


def test_order_and_moments(held):
    view = sessions.view("S1")
    assert [one.title for one in dossier.listed(view, "before")] == [
        "Trois axes", "Une vidéo", "Un vieux site", "Piège", "Déguisé", "Cassé"
    ]  # fmt: skip
    assert [one.title for one in dossier.listed(view, "after")] == ["Ma fiche métier"]


def test_a_kiosk_without_a_network_says_that_the_links_wait(kiosk, held, teacher):
    assert "demandent Internet" in teacher.client.get("/prof/preparer").text
    kiosk.settings = replace(kiosk.settings, centre_url="https://centre.example.org")
    cut = {"paired": True, "failure": "dns", "last_success": 1, "at": 1}
    kiosk.write(lambda tx: stored.put(tx, syncstate.KEY, cut))
    page = teacher.client.get("/prof/preparer").text
    assert "Le kiosque est hors connexion : ces liens" in page.replace("\u00a0", " ")
    assert "demandent Internet" not in page
