"""Coming in while others guess, being let in from the machine, and what the teacher is told of it; a full list."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from factories import Teacher, make_question
from kiosk.app import create_app, create_kiosk
from kiosk.domain import rooms
from kiosk.domain.people import access, known
from kiosk.storage.models import AuditEntry, KnownDevice


@pytest.fixture
def settings(settings):
    """Behind a declared relay: each browser of these tests has an address of its own."""
    return replace(settings, relays=("127.0.0.1",))


class Away(Teacher):
    """A browser at an address."""

    def __init__(self, app, address):
        super().__init__(app)
        self.client.environ_base["HTTP_X_FORWARDED_FOR"] = address

    def page(self):
        return self.client.get("/prof/connexion").text

    def word(self):
        found = re.search(r'name="csrf" value="([0-9a-f]{32})"', self.page())
        assert found
        return found.group(1)

    def guess(self, pin):
        headers = {"X-Fragment": "1"}
        answer = self.client.post("/prof/connexion", data={"pin": pin, "csrf": self.word()}, headers=headers)
        return answer.get_json()["error"]["code"] if answer.is_json else answer.status_code


@pytest.fixture
def away(app, room):
    return lambda address: Away(app, address)


def wrong(kiosk):
    return f"{(int(kiosk.secrets.pin) + 1) % 1_000_000:06d}"


def test_a_flood_from_one_address_leaves_another_its_right_code(kiosk, away):
    said = [away("10.0.0.66").guess(wrong(kiosk)) for _fresh in range(60)]
    assert said.count("pin_locked") >= 25 and said[0] == "pin_wrong"
    assert away("10.0.0.66").guess(kiosk.secrets.pin) == "pin_locked"
    assert away("10.0.0.7").guess(kiosk.secrets.pin) == 303


def test_a_device_where_the_code_was_right_passes_even_behind_the_same_address(kiosk, away):
    tablet = away("10.0.0.66")
    assert tablet.guess(kiosk.secrets.pin) == 303
    tablet.client.post("/prof/deconnexion", data={"csrf": tablet.csrf()})
    assert tablet.client.get("/prof").status_code == 302
    for _fresh in range(60):
        away("10.0.0.66").guess(wrong(kiosk))
    assert away("10.0.0.66").guess(kiosk.secrets.pin) == "pin_locked"
    assert tablet.guess(kiosk.secrets.pin) == 303
    kiosk.database.use()
    assert KnownDevice.select().count() == 1  # the same device, by its new token


def test_known_devices_are_counted_and_forgotten(kiosk, away):
    tablet = away("10.0.0.7")
    tablet.guess(kiosk.secrets.pin)
    page = tablet.client.get("/prof/salle", follow_redirects=True).text
    assert "Oublier ces appareils" in page and "sur 1 appareil" in page
    data, headers = {"csrf": tablet.csrf()}, {"X-Fragment": "1"}
    answer = tablet.client.post("/prof/salle/appareils/oublier", data=data, headers=headers)
    assert answer.status_code == 204
    kiosk.database.use()
    assert known.number(kiosk.clock.now()) == 0
    assert "Oublier ces appareils" not in tablet.client.get("/prof/salle", follow_redirects=True).text
    assert [row.action for row in AuditEntry.select()][-1] == "known_forgotten"


def knocked(one):
    answer = one.client.post("/prof/connexion/demande", data={"csrf": one.word()})
    assert answer.status_code == 303
    page = one.page()
    assert 'http-equiv="refresh"' in page
    assert one.page().count("<form") == 0  # nothing typed that a refresh would take away
    assert 'name="pin"' in one.client.get("/prof/connexion?code=1").text
    word = re.search(r'role="status">(\w+ \d)', page)
    assert word
    return word.group(1)


def test_the_machine_lets_a_device_in_by_its_word(app, kiosk, away):
    tablet, machine = away("10.0.0.7"), Teacher(app)
    word = knocked(tablet)
    page = machine.client.get("/prof/connexion").text.replace("\u00a0", " ")
    assert word in page and "Laisser entrer" in page
    form = dict(re.findall(r'name="(csrf|id)" value="([0-9a-f]+)"', page[page.index("ouvrir") :]))
    assert machine.client.post("/prof/connexion/ouvrir", data=form).status_code == 303
    answer = tablet.client.get("/prof/connexion")
    assert answer.status_code == 303
    assert tablet.client.get("/prof", follow_redirects=True).status_code == 200
    assert away("10.0.0.7").client.get("/prof").status_code == 302  # that device alone
    kiosk.database.use()
    assert [row.action for row in AuditEntry.select()] == ["let_in"]


def test_nobody_else_opens(app, kiosk, away):
    tablet, pupil = away("10.0.0.7"), away("10.0.0.66")
    word = knocked(tablet)
    assert word not in pupil.page() and pupil.client.get("/prof/connexion/demandes").status_code == 403
    id = kiosk.knocks.waiting()[0].id
    refused = pupil.client.post("/prof/connexion/ouvrir", data={"id": id, "csrf": pupil.word()})
    assert refused.status_code == 403 and tablet.client.get("/prof").status_code == 302
    wrong_proof = {access.MACHINE_HEADER: access.machine_proof("autre")}
    assert pupil.client.get("/prof/connexion/demandes", headers=wrong_proof).status_code == 403


def test_a_teacher_who_is_in_lets_in_or_refuses(kiosk, away):
    mine, tablet, pupil = away("10.0.0.5"), away("10.0.0.7"), away("10.0.0.66")
    mine.guess(kiosk.secrets.pin)
    words = [knocked(tablet), knocked(pupil)]
    page = mine.client.get("/prof", follow_redirects=True).text
    assert "2 appareils demandent à entrer" in page and "Laisser entrer" not in page  # no button under a finger
    page = mine.client.get("/prof/salle", follow_redirects=True).text.replace("\u00a0", " ")
    assert all(word in page for word in words)
    first, second = kiosk.knocks.waiting()
    for id, more in ((first.id, {}), (second.id, {"non": "1"})):
        data = {"csrf": mine.csrf(), "id": id, **more}
        assert mine.client.post("/prof/connexion/ouvrir", data=data, headers={"X-Fragment": "1"}).status_code == 204
    assert [one.client.get("/prof/connexion").status_code for one in (tablet, pupil)] == [303, 200]


def test_the_teacher_is_told_of_guesses_never_of_whom_and_silences_them(kiosk, away):
    mine = away("10.0.0.5")
    mine.guess(kiosk.secrets.pin)
    for _fresh in range(9):
        away("10.0.0.66").guess(wrong(kiosk))
    page = mine.client.get("/prof", follow_redirects=True).text
    assert "essaie de deviner" in page and "9 codes faux" in page and "10.0.0.66" not in page

    def say(what):
        data = {"csrf": mine.csrf(), "faire": what, "retour": "live"}
        assert mine.client.post("/prof/essais", data=data, headers={"X-Fragment": "1"}).status_code == 204
        return mine.client.get("/prof", follow_redirects=True).text

    assert "essaie de deviner" not in say("taire")
    assert "L’entrée par code est fermée" in say("fermer")
    assert away("10.0.0.9").guess(kiosk.secrets.pin) == "pin_closed"
    say("ouvrir")
    assert away("10.0.0.9").guess(kiosk.secrets.pin) == 303


def test_a_new_code_forgets_who_came_by_the_old_one(kiosk, away):
    mine = away("10.0.0.5")
    mine.guess(kiosk.secrets.pin)
    mine.client.post("/prof/mise-en-route/code", data={"csrf": mine.csrf(), "choix": "nouveau"})
    kiosk.database.use()
    assert known.number(kiosk.clock.now()) == 0


def test_what_is_known_outlives_a_restart(settings, kiosk, away):
    tablet = away("10.0.0.7")
    tablet.guess(kiosk.secrets.pin)
    token = tablet._cookie("kiosk_teacher")
    assert kiosk.writer.stop()
    kiosk.database.close()
    again = create_kiosk(settings)
    again.writer.start()
    try:
        app = create_app(settings, kiosk=again)
        for _fresh in range(60):
            Away(app, "10.0.0.7").guess(wrong(again))
        mine = Away(app, "10.0.0.7")
        assert mine.guess(again.secrets.pin) == "pin_locked"
        mine.client.set_cookie("kiosk_teacher", token)
        again.write(lambda tx: access.revoke_token(tx, token))
        assert mine.guess(again.secrets.pin) == 303
    finally:
        assert again.writer.stop()
        again.database.close()
        kiosk.writer.start()


def test_the_teacher_reads_that_the_list_is_full_and_the_pupil_keeps_the_words(settings, kiosk, room, app, away):
    mine = away("10.0.0.5")
    mine.guess(kiosk.secrets.pin)
    assert "La liste est pleine" not in mine.client.get("/prof", follow_redirects=True).text
    kiosk.write(lambda tx: rooms.set_class(tx, room, "4e B", 0))
    for n in range(301):
        make_question(kiosk, room, f"q{n}", author=f"a{n}")
    kiosk.crowd._books.clear()  # they came by another way than a pupil's
    pupil = away("10.0.0.66")
    data = {"id": "q-eleve", "text": "Et la mer, vous l’aimez ?"}
    codes = [pupil.client.post("/questions", data={**data, "id": f"q-eleve-{n}"}).status_code for n in range(4)]
    assert codes == [303, 303, 303, 429]  # an address's first three
    refused = pupil.client.post("/questions", data=data)
    assert refused.status_code == 429 and "La liste est pleine pour l’instant" in refused.text
    assert "Et la mer, vous l’aimez ?" in refused.text
    page = mine.client.get("/prof", follow_redirects=True).text
    assert "La liste est pleine : 304 questions" in page.replace("\u202f", " ").replace("\u00a0", " ")
    assert "2 envois refusés" in page and "Donnez l’effectif" in page
