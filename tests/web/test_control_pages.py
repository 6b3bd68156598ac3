"""The other pages of the teacher: the code, preparation, sessions, the room, invitations, prints."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from factories import Teacher, audit_lines, configure, make_class, make_question, make_session
from kiosk.domain import rooms, roomset, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.domain.questions import moderation, preparation, questions
from kiosk.storage.models import Speaker

SCRIPT = {"X-Fragment": "1"}


def text(answer: Any) -> str:
    """A page as people read it: tags out, entities and no-break spaces made plain."""
    plain = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return re.sub(r"[\s\u00a0\u202f]+", " ", plain).replace("\u2060", "")


def seen(kiosk: Kiosk, room: str) -> Any:
    kiosk.database.connect_reader()
    return rooms.view(room)


#: A page whose inside its script fetches again after an act and at each hint → its address.
KEPT = {
    "all_rooms": "/prof/salles", "answers": "/prof/reponses", "exchange": "/prof/synchro",
    "first": "/prof/mise-en-route?etape=telephone",
    "lesson": "/prof/lecon", "live": "/prof", "prepare": "/prof/preparer",
    "relaying": "/prof/transmettre", "room": "/prof/salle", "sessions": "/prof/seances",
}  # fmt: skip


def test_every_page_that_has_an_inside_is_kept_up_to_date(app: Flask, teacher: Teacher) -> None:
    """An act on a page that its script does not fetch again is done, and shows nothing: one would do it twice."""
    insides = {Path(name).stem.removesuffix("_inside") for name in app.jinja_env.list_templates(filter_func=_inside)}
    assert insides - {"bands"} == KEPT.keys()
    for name, address in KEPT.items():
        page = teacher.client.get(address).text
        assert f'data-page="{name}" data-kept' in page, name
        address = f"/prof/fragment/{name}?{address.partition('?')[2]}"
        inside = teacher.client.get(address, headers={"X-Fragment": "1"})
        assert inside.status_code == 200
        assert "<noscript" not in inside.text  # put in the page by a script, its inside would be the page's own
    assert "data-kept" not in teacher.client.get("/prof/seances/creer").text


def _inside(name: str) -> bool:
    return name.startswith("control/") and name.endswith("_inside.html")


# -- the code --------------------------------------------------------------------------------------


def test_without_the_code_every_page_leads_to_it_and_back(app: Flask, room: str) -> None:
    stranger = app.test_client()
    away = stranger.get("/prof/salle")
    assert (away.status_code, away.headers["Location"]) == (302, "/prof/connexion?suite=/prof/salle")
    page = stranger.get(away.headers["Location"])
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert csrf is not None and "Code à 6 chiffres" in text(page)
    pin = app.extensions["kiosk"].secrets.pin
    form = {"csrf": csrf.group(1), "pin": f"{pin[:3]} {pin[3:]}", "suite": "/prof/salle"}
    assert stranger.post("/prof/connexion", data=form).headers["Location"] == "/prof/salle"
    assert stranger.get("/prof/salle").status_code == 200
    assert stranger.get("/prof/connexion").status_code == 303


ELSEWHERE = ["https://exemple.fr", "//exemple.fr/prof", "/prof//exemple.fr", "/prof\\exemple.fr", "/ecran"]


@pytest.mark.parametrize("suite", ELSEWHERE)
def test_the_code_never_leads_elsewhere(app: Flask, room: str, suite: str) -> None:
    teacher = Teacher(app)
    teacher.client.get("/prof/connexion")
    answer = teacher.post("/prof/connexion", pin=teacher.kiosk.secrets.pin, suite=suite)
    assert answer.headers["Location"] == "/prof"


def test_wrong_codes_are_counted_then_must_wait(app: Flask, room: str) -> None:
    teacher = Teacher(app)
    teacher.client.get("/prof/connexion")
    first = teacher.post("/prof/connexion", pin="nope")
    assert first.status_code == 403
    assert "Ce code n’est pas le bon Encore 4 essais, puis une pause de 30 s." in text(first)
    for _n in range(4):
        last = teacher.post("/prof/connexion", pin="nope")
    assert "Attendez un instant" in text(last)
    locked = teacher.post("/prof/connexion", pin=teacher.kiosk.secrets.pin)
    assert locked.status_code == 429 and "Trop d’essais." in text(locked)


def test_going_out(teacher: Teacher) -> None:
    teacher.post("/prof/deconnexion")
    assert teacher.client.get("/prof").status_code == 302


def test_an_error_leads_back_to_where_one_came_from(teacher: Teacher) -> None:
    assert 'href="/prof"' in teacher.client.get("/prof/nulle-part").text
    assert 'href="/prof"' not in teacher.client.get("/nulle/part").text


def test_empty_lists_say_what_comes_next(teacher: Teacher) -> None:
    assert "Aucune séance passée" in teacher.client.get("/prof/seances?quoi=passees").text
    page = teacher.client.get("/prof/synchro").text
    assert "KIOSK_CENTRE_URL" not in page and 'href="/prof/mise-en-route?etape=centre&amp;salle=' in page


def test_the_panel_in_english(kiosk: Kiosk, teacher: Teacher) -> None:
    teacher.post("/prof/langue", langue="en")
    kiosk.database.connect_reader()
    assert [grant.language for grant in access.devices(kiosk.clock.now())] == ["en"]
    assert '<html lang="en">' in teacher.client.get("/prof").text


# -- preparation -----------------------------------------------------------------------------------


def prepared(kiosk: Kiosk, room: str) -> list[str]:
    kiosk.database.connect_reader()
    return [q.text for q in preparation.listed(room, "S1")]


def test_who_comes_is_told_where_one_prepares(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    assert "Ni parcours ni présentation n’ont été donnés." in text(teacher.client.get("/prof/preparer"))
    step = {"when": "2016", "what": "BTS"}
    kiosk.write(lambda tx: Speaker.update(bio="Je répare des machines.", path=[step]).execute())
    page = text(teacher.client.get("/prof/preparer"))
    assert "Je répare des machines." in page and "2016 BTS" in page and "Ni parcours" not in page


def test_prepared_questions(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    assert "Aucune question préparée" in text(teacher.client.get("/prof/preparer"))
    for words in ("Un ?", "Deux ?", "Trois ?"):
        assert teacher.post("/prof/preparer", texte=words).headers["Location"] == "/prof/preparer"
    ids = [q.id for q in preparation.listed(room, "S1")]
    teacher.post(f"/prof/preparer/{ids[2]}/place", sens="haut")
    assert prepared(kiosk, room) == ["Un ?", "Trois ?", "Deux ?"]
    teacher.post(f"/prof/preparer/{ids[1]}/place", avant=ids[0])
    teacher.post(f"/prof/preparer/{ids[0]}/place", avant="")
    assert prepared(kiosk, room) == ["Deux ?", "Trois ?", "Un ?"]
    teacher.post(f"/prof/preparer/{ids[0]}", texte="Un, deux ?", theme="vie")
    teacher.post(f"/prof/preparer/{ids[1]}/supprimer")
    assert prepared(kiosk, room) == ["Trois ?", "Un, deux ?"]
    page = text(teacher.client.get("/prof/preparer"))
    assert "2 questions préparées" in page and "La personne et la vie" in page
    assert teacher.post(f"/prof/preparer/{ids[0]}/place", avant="nope").status_code == 404
    refused = teacher.post(f"/prof/preparer/{ids[0]}?modifier={ids[0]}", texte="")
    assert refused.status_code == 422 and "Écrivez votre question" in text(refused)


# -- sessions and the room -------------------------------------------------------------------------


def test_choosing_the_session_and_the_class(kiosk: Kiosk, room: str, teacher: Teacher, write: Any) -> None:
    make_session(kiosk, "S2", levels=["4E", "5E"])
    enrolment = make_class(kiosk, "S2", "3e A", 24, state="confirmed")
    page = text(teacher.client.get("/prof/seances?quoi=catalogue"))
    assert "5e et 4e, 45 min" in page and "Inscrite 3e A, 24 élèves." in page and "Dans cette salle" in page
    answer = teacher.post("/prof/seances/choisir", seance="S2", inscription=enrolment)
    assert answer.headers["Location"] == "/prof"
    view = seen(kiosk, room)
    assert (view.session.id, view.class_label, view.headcount) == ("S2", "3e A", 24)
    teacher.post("/prof/seances/choisir", seance="S2", classe="2de 4", effectif="31")
    assert (seen(kiosk, room).class_label, seen(kiosk, room).headcount) == ("2de 4", 31)
    write(rooms.set_phase, room, "talk")
    busy = teacher.post("/prof/seances/choisir", seance="S1")
    assert busy.status_code == 303 and seen(kiosk, room).session.id == "S2"
    assert "L’arrêter et ouvrir" in text(teacher.client.get(busy.headers["Location"]))
    wrong = teacher.post("/prof/seances/choisir", seance="S2", effectif="beaucoup")
    assert wrong.status_code == 422


def test_overseas_hours_have_paris_beside(kiosk: Kiosk, room: str, teacher: Teacher, write: Any) -> None:
    configure(kiosk, school_zone="Indian/Reunion")
    assert "heure de Paris" in text(teacher.client.get("/prof/seances"))


def test_the_rooms_settings(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    for name, value in (("theme", "sombre"), ("phones", "0"), ("shortcuts", "0"), ("name", "B204")):
        assert teacher.post("/prof/salle/reglages", nom=name, valeur=value).status_code == 303
    teacher.post("/prof/salle/classe", classe="4e C", effectif="27")
    view = seen(kiosk, room)
    assert (view.theme, view.phones, view.shortcuts, view.name) == ("sombre", False, False, "B204")
    assert (view.class_label, view.headcount) == ("4e C", 27)
    assert "<kbd" not in teacher.client.get("/prof").text.partition('id="help"')[0]
    wrong = teacher.post("/prof/salle/classe", classe="4e C", effectif="501")
    assert wrong.status_code == 422 and "entre 0 et 500" in text(wrong)
    assert teacher.post("/prof/salle/reglages", nom="theme", valeur="rose").status_code == 422
    assert teacher.post("/prof/salle/adresse", ip="203.0.113.9").status_code == 422


def test_the_time_from_the_teachers_device(kiosk: Kiosk, room: str, teacher: Teacher, write: Any) -> None:
    write(rooms.set_phase, room, "talk")
    before = seen(kiosk, room).ends_at
    later = kiosk.clock.now() + 3_600_000
    teacher.post("/prof/salle/heure", maintenant=str(later))
    assert abs(kiosk.clock.now() - later) < 5_000 and kiosk.clock.source == "teacher"
    assert abs(seen(kiosk, room).ends_at - before - 3_600_000) < 5_000
    assert abs(stored.get("clock.offset_ms") - 3_600_000) < 5_000
    assert teacher.post("/prof/salle/heure", maintenant="-1").status_code == 422


def test_erasing_everything_asks_first(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    make_question(kiosk, room, "q1")
    refused = teacher.post("/prof/salle/effacer")
    assert refused.status_code == 422 and "Cochez la case" in text(refused)
    teacher.post("/prof/salle/effacer", compris="1")
    assert seen(kiosk, room).session is None
    assert questions.listed(room, "S1", "pending") == []


def test_several_rooms_each_with_its_code(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    answer = teacher.post("/prof/salles", nom="B205")
    code = answer.headers["Location"].partition("salle=")[2]
    page = text(teacher.client.get(f"/prof/salle?salle={code}"))
    assert "Salle : B205" in page and "2 salles sur ce kiosque" in page and "Piloter" in page
    assert f'href="/prof/preparer?salle={code}"' in teacher.client.get(f"/prof/salle?salle={code}").text
    assert "4e B" in teacher.client.get("/prof").text  # the first room, as before there was another
    kiosk.write(lambda tx: roomset.set_plain_address(tx, rooms.ASK))
    which = teacher.client.get("/prof")  # which room is not said: they are all there to choose from
    assert which.status_code == 404 and f'href="/prof?salle={code}"' in which.text and "B205" in which.text
    assert "Aucune salle" not in which.text and "Aucune salle" in teacher.client.get("/prof?salle=ZZ99").text
    assert teacher.post("/prof/salles?salle=" + code, nom=" ").status_code == 422


# -- invitations -----------------------------------------------------------------------------------


def test_an_invited_person_reads_over_and_nothing_else(app: Flask, kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    make_question(kiosk, room, "q1")
    make_question(kiosk, room, "shown", after=moderation.put_on_screen)
    shown_once = teacher.post("/prof/salle/invitations")
    link = re.search(r'class="secret" id="invite-link">http://[^/]+(/relecture/[\w-]+)<', shown_once.text)
    assert link is not None and "QR code de l’invitation" in shown_once.text
    guest = Teacher(app)
    assert "Commencer" in guest.client.get(link.group(1)).text
    joined = guest.post(link.group(1))
    assert joined.status_code == 303
    page = guest.client.get(joined.headers["Location"])
    assert "Valider" in text(page) and "À l’écran" not in text(page).partition("Questions à relire")[2]
    for hidden in ("Passer au bilan", "Prise de questions", "Saisir pour un élève", "Séances", "Répondue"):
        assert hidden not in text(page)
    assert guest.post("/prof/questions/q1/valider").status_code == 303
    assert audit_lines()[0].actor == "moderator"
    for path, data in (("/prof/etape", {"vers": "suivante"}), ("/prof/questions/shown/cote", {"raison": "ton"})):
        refused = guest.client.post(path, data={"csrf": guest.csrf(), **data}, headers=SCRIPT)
        assert refused.status_code == 403
        assert refused.json is not None and refused.json["error"]["code"] == "teacher_only"
    assert guest.client.get("/prof/fragment/room", headers=SCRIPT).status_code == 404
    teacher.post("/prof/salle/invitations/1/retirer")
    assert guest.client.get("/prof/fragment/live", headers=SCRIPT).status_code == 401
    late = Teacher(app)
    late.client.get(link.group(1))
    again = late.post(link.group(1))
    assert again.status_code == 403 and "Cette invitation n’est plus valable" in text(again)


def test_a_guest_cannot_undo_what_changes_the_screen(app: Flask, kiosk: Kiosk, room: str) -> None:
    make_question(kiosk, room, "q1", after=moderation.put_on_screen)
    guest = Teacher(app).invited(room)
    refused = guest.client.post("/prof/annuler", data={"csrf": guest.csrf()}, headers=SCRIPT)
    assert refused.json is not None and refused.json["error"]["code"] == "teacher_only"


def test_ending_other_rights(app: Flask, kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    other, guest = Teacher(app).enter(), Teacher(app).invited(room)
    assert text(teacher.client.get("/prof/salle")).count("Retirer son accès") == 2
    teacher.post("/prof/salle/appareils/2/retirer")
    assert other.client.get("/prof").status_code == 302
    teacher.post("/prof/salle/appareils/retirer")
    assert guest.client.get("/prof").status_code == 302
    assert teacher.client.get("/prof").status_code == 200


# -- prints ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["affiche", "coupons", "questions"])
def test_prints(kiosk: Kiosk, room: str, teacher: Teacher, client: FlaskClient, path: str) -> None:
    make_question(kiosk, room, "q1")
    assert client.get(f"/prof/imprimer/{path}").status_code == 302
    assert teacher.client.get(f"/prof/imprimer/{path}").status_code == 200


def test_a_long_list_takes_several_sheets(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    for number in range(25):
        teacher.post("/prof/preparer", texte=f"Question {number} " + "mot " * 30)
    page = teacher.client.get("/prof/imprimer/questions").text
    assert page.count('class="sheet liste"') > 2
    assert re.findall(r'data-number="(\d+)"', page) == [str(n) for n in range(1, 26)]
