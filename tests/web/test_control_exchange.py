"""« Séances » and « Synchronisation » over HTTP: enrolling offline, outbox, pairing, stick, mail, diary, recovery."""

from __future__ import annotations

import gzip
import html
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from factories import Teacher, audit_lines, make_class, make_room, make_session, pending_word
from kiosk.app import create_app
from kiosk.contract import QuestionWithdraw, Verdict, sticks
from kiosk.domain import outbox, policy, rooms, stored
from kiosk.domain.questions import preparation
from kiosk.exchange import identity, syncstate, unread
from kiosk.ops import demo
from kiosk.storage.models import Enrolment, Notice, Operation, Session
from kiosk.storage.writer import Transaction

SCRIPT = {"X-Fragment": "1"}
FUTURE = 3 * 86_400_000


def text(answer: Any) -> str:
    """A page as people read it."""
    plain = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return re.sub(r"[\s\u00a0\u202f]+", " ", plain).replace("\u2060", "")


@pytest.fixture
def settings(settings):
    return replace(settings, centre_url="http://127.0.0.1:9")


@pytest.fixture
def paired(kiosk):
    """A kiosk with a token; nobody answers at the centre's address."""
    who, _copied = identity.load(kiosk.settings.data_dir, kiosk.clock.now())
    identity.save(kiosk.settings.data_dir, replace(who, token="jeton", uai="0951099D", url=kiosk.settings.centre_url))

    def pair(tx: Transaction) -> None:
        stored.put(tx, policy.PAIRED_UAI, "0951099D")
        syncstate.note(tx, paired=True, failure="ok", last_success=tx.now)

    kiosk.write(pair)
    return kiosk


def badge(teacher: Teacher) -> str:
    found = re.search(r'id="link">(.*?)</p>', teacher.client.get("/prof/salle").text, re.S)
    assert found is not None
    return re.sub(r"[\s\u00a0\u202f]+", " ", html.unescape(re.sub(r"<[^>]+>", "", found[1]))).strip()


def note(kiosk: Any, **values: Any) -> None:
    kiosk.write(lambda tx: syncstate.note(tx, **values))


def enrol(teacher: Teacher, **values: Any) -> Any:
    return teacher.post(
        "/prof/seances/inscrire?quoi=catalogue",
        **{"seance": "S2", "classe": "4e B", "effectif": "26", "pour": "class", "niveau": "", "courriel": "", **values},
    )


# -- the badge ---------------------------------------------------------------------------------------


def test_the_badge_says_how_it_is(paired, teacher):
    assert re.fullmatch(r"À jour, \d+ h \d\d : synchronisation", badge(teacher))
    make_session(paired, "S2", starts_in_ms=FUTURE)
    enrol(teacher)
    assert badge(teacher).startswith("1 envoi en attente")
    note(paired, failure="dns")
    assert badge(teacher).startswith("Hors connexion, 1 envoi")
    note(paired, failure="auth")
    assert badge(teacher).startswith("À jumeler, 1 envoi")
    note(paired, last_success=None)
    assert badge(teacher).startswith("Jamais connecté, 1 envoi")


def test_without_a_centre_everything_is_kept_here(kiosk, room):
    kiosk.settings = replace(kiosk.settings, centre_url="")
    teacher = Teacher(create_app(kiosk.settings, kiosk=kiosk)).enter()
    assert badge(teacher).startswith("Enregistré ici")
    make_session(kiosk, "S2", starts_in_ms=FUTURE)
    assert "Inscrire une classe" not in teacher.client.get("/prof/seances?quoi=catalogue").text
    assert "Aucun centre n’est réglé" in text(teacher.client.get("/prof/synchro"))
    refused = teacher.client.post("/prof/synchro/maintenant", data={"csrf": teacher.csrf()}, headers=SCRIPT)
    assert refused.get_json()["error"]["code"] == "centre_unset"


# -- enrolling -----------------------------------------------------------------------------------------


def test_an_invented_session_is_shown_but_nobody_enrols_in_it_nor_waits_to_be_told(paired, teacher):
    demo.load(paired)
    make_session(paired, "S2", starts_in_ms=FUTURE)
    page = teacher.client.get("/prof/seances?quoi=catalogue").text
    assert re.findall(r'id="enrol-([^"]+)"', page) == ["S1", "S2"] and "DEMO-S-2" in page
    assert "démonstration" in text(enrol(teacher, seance="DEMO-S-2"))
    teacher.post("/prof/seances/choisir", seance="DEMO-S-1", inscription="DEMO-E-1")
    assert teacher.post("/prof/preparer", texte="Une question préparée ?").status_code == 303
    assert badge(teacher).startswith("À jour")


def test_a_class_is_enrolled_offline_and_waits_with_its_word(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE, levels=["4E"])
    answer = enrol(teacher, courriel="prof.doc@college.example")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/prof/seances?quoi=catalogue")
    page = text(teacher.client.get("/prof/seances"))
    assert "En attente d’envoi 4e B, 26 élèves. Gardée ici." in page and "Annuler la demande" in page
    row = Enrolment.get()
    assert (row.level, row.headcount, row.state) == ("4E", 26, "requested")
    assert row.contact_email == "prof.doc@college.example"
    assert outbox.waiting() == 1 and "enrol" in {entry.action for entry in audit_lines()}
    teacher.post(f"/prof/seances/inscriptions/{row.id}/annuler")
    assert outbox.waiting() == 0 and Enrolment.get().state == "cancelled"


def test_one_pupil_is_enrolled_under_the_class_s_name(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    enrol(teacher, pour="individual", effectif="")
    assert (Enrolment.get().kind, Enrolment.get().headcount, Enrolment.get().label) == ("individual", 1, "4e B")
    assert "4e B, une personne." in text(teacher.client.get("/prof/seances"))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"classe": "Les bleus"}, "Choisissez le niveau"),
        ({"effectif": "0"}, "entre 0 et 500"),
        ({"effectif": "beaucoup"}, "entre 0 et 500"),
        ({"classe": ""}, "vide ou trop long"),
        ({"classe": "4e 06 12 34 56 78"}, "donnée personnelle"),
        ({"seance": "S9"}, "n’existe pas"),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(paired, teacher, values, sentence):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    answer = enrol(teacher, **values)
    assert answer.status_code in (404, 422) and sentence in text(answer)
    if values.get("classe"):
        assert f'value="{values["classe"]}"' in answer.text
    assert outbox.waiting() == 0 and Enrolment.select().count() == 0


def test_every_answer_of_the_centre_has_its_word_and_what_to_do(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    make_class(paired, "S2", "4e A", 24, state="confirmed", rev=1)
    make_class(paired, "S2", "4e B", 24, state="waitlisted", rev=1, reason="3e place.")
    make_class(paired, "S2", "4e C", 24, state="refused", rev=1, reason="Séance complète : 12 classes inscrites.")
    page = text(teacher.client.get("/prof/seances"))
    for words in (
        "Inscrite 4e A",
        "Rendre la place",
        "Liste d’attente 4e B",
        "3e place.",
        "Quitter la liste",
        "Refusée 4e C",
        "12 classes inscrites",
        "Voir une séance proche",
    ):
        assert words in page
    teacher.post("/prof/seances/inscriptions/E-S2-4e B/annuler")
    assert pending_word("E-S2-4e B") == "cancel"
    assert "Annulation en attente d’envoi 4e B" in text(teacher.client.get("/prof/seances"))


def test_a_class_has_the_link_of_its_own_place_and_nobody_else_s(paired, teacher, room):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    link, other = "https://visio.example/4eA", "https://visio.example/4eB"
    make_class(paired, "S2", "4e A", 24, state="confirmed", rev=1, meeting_url=link)
    make_class(paired, "S2", "4e B", 24, state="waitlisted", rev=1, meeting_url=other)
    make_class(paired, "S2", "4e C", 24, state="confirmed", rev=1, meeting_url="javascript:alert(1)")
    page = teacher.client.get("/prof/seances").text
    assert page.count(f'href="{link}"') == 1 and other not in page and "javascript:alert" not in page
    diary = teacher.client.get("/prof/seances/S2/calendrier.ics").text.replace("\r\n ", "")
    assert f"URL:{link}" in diary and other not in diary
    paired.write(lambda tx: rooms.choose_session(tx, room, "S2", enrolment_id="E-S2-4e A"))
    for place in ("/prof/seances", "/prof/pret"):
        assert link in teacher.client.get(place).text
    paired.write(lambda tx: rooms.choose_session(tx, room, "S2", enrolment_id="E-S2-4e B"))
    assert "visio.example" not in teacher.client.get("/prof/pret").text


def test_a_full_session_says_so_and_what_a_request_would_do(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE, no_place_left=True)
    make_session(paired, "S3", starts_in_ms=FUTURE)
    assert text(teacher.client.get("/prof/seances?quoi=catalogue")).count("Complète : une demande irait") == 1


def test_an_enrolment_the_centre_knows_no_more_is_to_be_confirmed_again(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    make_class(paired, "S2", "4e A", 24, state="confirmed", rev=-1, unconfirmed=True, level="4E")
    make_class(paired, "S2", "", 0, state="confirmed", rev=-1, unconfirmed=True)
    page = teacher.client.get("/prof/seances")
    assert text(page).count("À confirmer de nouveau") == 2 and page.text.count("/redemander") == 1
    assert teacher.post("/prof/seances/inscriptions/E-S2-4e A/redemander").status_code == 303
    asked = Operation.get(Operation.type == "enrolment.request")
    assert asked.state == "waiting" and asked.body["enrolment_id"] == "E-S2-4e A" and asked.body["headcount"] == 24
    assert (Enrolment.get_by_id("E-S2-4e A").state, pending_word("E-S2-4e A")) == ("requested", "request")
    refused = teacher.post("/prof/seances/inscriptions/E-S2-/redemander")
    assert refused.status_code >= 400 and Operation.select().count() == 1


def test_what_another_centre_took_is_sent_to_this_one_by_a_button(paired, teacher):
    def sent_before(tx: Transaction) -> None:
        outbox.append(tx, "question.withdraw", QuestionWithdraw("q"), subject="q")
        tell(tx)

    paired.write(sent_before)
    page = text(teacher.client.get("/prof/synchro"))
    assert "1 envoi a été reçu par un autre centre" in page and "arrivée confirmée par un autre centre" in page
    assert teacher.post("/prof/synchro/ailleurs").status_code == 303
    assert Operation.get().state == "waiting" and "autre centre" not in text(teacher.client.get("/prof/synchro"))


def tell(tx: Any) -> None:
    """Another centre took what waits, before the present one."""
    stored.put(tx, outbox.CENTRE, "https://autre.example")
    outbox.sending(tx, outbox.waiting_seqs())
    verdicts = [Verdict(row.id, "accepted") for row in Operation.select()]
    outbox.settle(tx, verdicts, tx.now)
    stored.put(tx, outbox.CENTRE, "http://127.0.0.1:9")


def test_the_catalogue_is_filtered_by_level_and_week(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE, levels=["4E"], theme_week="Semaine du son", speakers=2)
    make_session(paired, "S3", starts_in_ms=FUTURE, levels=["3E"], theme_week="Semaine du bois", speakers=2)

    def shown(query: str) -> set[str]:
        page = teacher.client.get(f"/prof/seances?quoi=catalogue&{query}").text
        return set(re.findall(r'id="s-(S\d)"', page))

    assert shown("") == {"S1", "S2", "S3"}
    assert shown("niveau=4E") == {"S2"} and shown("semaine=Semaine+du+bois") == {"S3"}
    assert shown("niveau=4E&semaine=Semaine+du+bois") == set()


def test_moved_and_cancelled_sessions_are_announced_until_read(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE, status="cancelled", rev=4)
    make_class(paired, "S2", "4e A", 24, state="confirmed", rev=1)
    assert "Séance annulée par le centre" in text(teacher.client.get("/prof/seances"))
    teacher.post("/prof/seances/S2/vu")
    assert "annulée par le centre" not in text(teacher.client.get("/prof/seances"))


def test_the_live_page_says_that_the_room_s_session_is_off(paired, teacher, room):
    assert "annulée par le centre" not in text(teacher.client.get("/prof"))
    paired.write(lambda tx: Session.update(status="cancelled", rev=4).where(Session.id == "S1").execute())
    page = teacher.client.get("/prof")
    assert "Séance annulée par le centre" in text(page) and "/prof/seances/S1/vu?quoi=direct" in page.text
    assert teacher.post("/prof/seances/S1/vu?quoi=direct").headers["Location"] == "/prof"
    assert "annulée par le centre" not in text(teacher.client.get("/prof"))


def test_twelve_questions_that_wait_are_one_line(paired, teacher, room, write):
    for number in range(12):
        write(preparation.add, room, f"Une question, la {number} ?")
    page = text(teacher.client.get("/prof/seances"))
    assert page.count("Question préparée : en attente d’envoi") == 1 and "en attente d’envoi × 12" in page


# -- calendar, mail --------------------------------------------------------------------------------------


def test_calendar_files_hold_our_sessions(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    make_session(paired, "S3", starts_in_ms=FUTURE)
    make_class(paired, "S2", "4e A", state="confirmed")
    answer = teacher.client.get("/prof/seances/calendrier.ics")
    assert answer.mimetype == "text/calendar" and "attachment" in answer.headers["Content-Disposition"]
    assert set(re.findall(r"UID:(\S+)@", answer.text)) == {"S1", "S2"}
    assert re.findall(r"UID:(\S+)@", teacher.client.get("/prof/seances/S3/calendrier.ics").text) == ["S3"]
    assert teacher.client.get("/prof/seances/S9/calendrier.ics").status_code == 404


def test_what_left_of_a_question_taken_out_since_says_nothing_of_it(paired, teacher, room, write):
    held = write(preparation.add, room, "Quel est votre salaire ?", theme="salaire")
    write(lambda tx: Operation.update(state="accepted").execute())
    assert "Quel est votre salaire" in text(teacher.client.get("/prof/synchro"))
    write(preparation.delete, room, held.id)
    assert {one.kind for one in syncstate.items(paired.clock.now())} == {"question.prepared", "question.withdraw"}
    assert "Quel est votre salaire" not in text(teacher.client.get("/prof/synchro"))


def test_the_prepared_questions_leave_by_mail(paired, teacher, room, write):
    nothing = teacher.client.get("/prof/courriel/S1")
    assert nothing.status_code == 409 and 'class="btn go" href="/prof/preparer?salle=' in nothing.text
    assert teacher.client.get("/prof/courriel/S1/message.eml").status_code == 409
    write(preparation.add, room, "Quel est votre <b>salaire</b> ?", theme="salaire")
    page = teacher.client.get("/prof/courriel/S1")
    assert "mailto:?subject=Questions" in page.text and "<b>salaire" not in page.text
    draft = teacher.client.get("/prof/courriel/S1/message.eml")
    assert draft.mimetype == "message/rfc822" and "X-Unsent: 1" in draft.text


# -- the exchange ------------------------------------------------------------------------------------------


def test_now_asks_the_server_s_exchange(paired, app, teacher):
    worker = app.extensions["exchange"]
    worker._wait = 500.0
    assert "Synchroniser maintenant" in text(teacher.client.get("/prof/synchro")) and not worker.busy
    assert teacher.post("/prof/synchro/maintenant").headers["Location"] == "/prof/synchro"
    assert worker.busy and "Échange en cours" in text(teacher.client.get("/prof/synchro"))


def test_the_page_names_cause_cure_and_what_waits(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    enrol(teacher)
    note(paired, failure="tls_intercept", detail="Filtre Inconnu SA")
    page = text(teacher.client.get("/prof/synchro"))
    for words in (
        "Hors connexion, 1 envoi attend",
        "filtre que le kiosque ne connaît pas",
        "Filtre Inconnu SA",
        "Dernier échange réussi",
        "Message pour le référent",
        "Demande d’inscription : en attente d’envoi",
    ):
        assert words in page


def test_a_wrong_uai_never_leaves_and_an_unreachable_centre_is_named(paired, teacher):
    wrong = teacher.post("/prof/synchro/jumeler", uai="0951099A", code="7KQ2-M9XA")
    assert wrong.status_code == 422 and "ne correspond pas à ses chiffres" in text(wrong)
    assert 'value="7KQ2-M9XA"' in wrong.text
    away = teacher.post("/prof/synchro/jumeler", uai="0951099D", code="7KQ2-M9XA")
    assert away.status_code == 502 and "n’est pas joignable" in text(away)


@pytest.fixture
def rejected(paired, teacher) -> int:
    make_session(paired, "S2", starts_in_ms=FUTURE)
    enrol(teacher)
    paired.write(lambda tx: Operation.update(state="rejected", code="session_full", attempts=1).execute())
    return int(Operation.get().seq)


def test_a_rejected_enrolment_is_corrected_and_sent_again(paired, teacher, rejected):
    assert badge(teacher).startswith("1 envoi à revoir")
    assert "La séance est complète." in text(teacher.client.get("/prof/synchro"))
    wrong = teacher.post(f"/prof/synchro/envois/{rejected}/corriger", classe="", niveau="4E", effectif="20")
    assert wrong.status_code == 422
    teacher.post(f"/prof/synchro/envois/{rejected}/corriger", classe="4e  C", niveau="4E", effectif="20")
    again = Operation.get(Operation.state == "waiting")
    assert (again.body["label"], again.body["headcount"]) == ("4e C", 20)
    assert Enrolment.get().label == "4e C"
    gone = teacher.post(f"/prof/synchro/envois/{rejected}/corriger", classe="4e C", niveau="4E", effectif="20")
    assert gone.status_code == 404


def test_a_rejected_item_can_be_let_go(paired, teacher, rejected):
    teacher.post(f"/prof/synchro/envois/{rejected}/abandonner")
    assert Operation.get().state == "dropped" and badge(teacher).startswith("À jour")


def test_the_centre_s_notices_are_shown_as_text(paired, teacher):
    paired.write(
        lambda tx: Notice.insert(
            id="n", level="warning", text="<i>Panne</i> mardi", expires_at=tx.now + 9_000
        ).execute()
    )
    page = teacher.client.get("/prof/synchro").text
    assert "&lt;i&gt;Panne&lt;/i&gt;" in page and "Important" in page


def packed_answer(who, *pages):
    """An answer of the centre's, in the form of revision 2."""
    head = {"kind": "answer", "kiosk": who.kiosk, "uai": who.uai, "made_at": "2026-11-24T09:00:00Z"}
    return sticks.packed(sticks.sealed(head, list(pages), who.token, many=True))


def test_the_stick_goes_out_and_comes_back(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    enrol(teacher)
    out = teacher.post("/prof/synchro/demande")
    assert out.headers["Content-Disposition"].endswith('.kiosk.json.gz"')
    asked = json.loads(gzip.decompress(out.data))["message"]
    verdict = {"id": asked["operations"][0]["id"], "status": "accepted"}
    now = "2026-11-24T09:00:00.000Z"
    answer = {"contract": 1, "time": now, "cursor": "c", "more": False, "verdicts": [verdict], "changes": []}
    who, _copied = identity.load(paired.settings.data_dir, 0)
    file = packed_answer(who, answer)
    back = teacher.post("/prof/synchro/reponse", fichier=(io.BytesIO(file), "reponse.kiosk.json.gz"))
    assert back.status_code == 303 and outbox.waiting() == 0
    assert "1 envoi accepté" in text(teacher.client.get(back.headers["Location"]))
    broken = teacher.post("/prof/synchro/reponse", fichier=(io.BytesIO(b"rien"), "r.gz"))
    assert broken.status_code == 422 and "abîmé" in text(broken)
    assert "Choisissez d’abord le fichier" in text(teacher.post("/prof/synchro/reponse"))


def test_over_fifty_items_come_in_one_file_and_one_more_journey_is_said(paired, teacher, room, write):
    write(preparation.add_many, room, [f"Question numéro {n} ?" for n in range(60)], origin="prepared")
    out = teacher.post("/prof/synchro/demande")
    who, _copied = identity.load(paired.settings.data_dir, 0)
    asked = json.loads(gzip.decompress(out.data))["messages"]
    assert [len(one["operations"]) for one in asked] == [50, 10]
    pages = [
        {
            "contract": 1,
            "time": "2026-11-24T09:00:00Z",
            "cursor": f"c{number}",
            "more": True,
            "verdicts": [{"id": item["id"], "status": "accepted"} for item in one["operations"]],
            "changes": [],
        }
        for number, one in enumerate(asked)
    ]
    read = teacher.post("/prof/synchro/reponse", fichier=(io.BytesIO(packed_answer(who, *pages)), "r.gz"))
    page = text(teacher.client.get(read.headers["Location"]))
    assert "60 envois acceptés" in page and "un voyage de plus" in page and outbox.waiting() == 0


# -- recovery ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words"), [("restored", "une copie a été remise en place"), ("empty", "reparti à vide")]
)
def test_a_repaired_database_is_told_on_every_page_until_read(kiosk, teacher, room, kind, words):
    kiosk.write(lambda tx: stored.put(tx, "recovery", {"at": tx.now, "kind": kind}))
    for page in ("/prof", "/prof/preparer", "/prof/seances", "/prof/salle", "/prof/synchro"):
        assert words in text(teacher.client.get(page)), page
        assert words in text(teacher.client.get("/prof/fragment/exchange"))
    invited = Teacher(teacher.app).invited(room)
    assert words not in text(invited.client.get("/prof"))
    assert invited.client.post("/prof/reprise", data={"csrf": invited.csrf()}).status_code == 403
    answer = teacher.post("/prof/reprise", retour="room")
    assert answer.headers["Location"] == "/prof/salle" and stored.get("recovery") is None
    assert words not in text(teacher.client.get("/prof"))
    assert "recovery_read" in {entry.action for entry in audit_lines()}


def test_every_page_speaks_english_too(paired, teacher):
    make_session(paired, "S2", starts_in_ms=FUTURE, status="moved", rev=2, levels=["4E"])
    enrol(teacher)
    for path, words in (("/prof/seances", "Waiting to be sent"), ("/prof/synchro", "Synchronise now")):
        page = text(teacher.client.get(f"{path}?lang=en"))
        assert words in page and "envoi" not in page


def test_two_rooms_keep_their_code(paired, teacher, room):
    make_session(paired, "S2", starts_in_ms=FUTURE)
    make_room(paired, "Autre")
    page = teacher.client.get(f"/prof/synchro?salle={room}").text
    assert f'name="salle" value="{room}"' in page
    assert enrol(teacher, salle=room).headers["Location"] == f"/prof/seances?quoi=catalogue&salle={room}"


def test_what_the_centre_sent_wrong_is_shown_until_it_is_right(paired, teacher):
    wrong = unread.Unread("session", "S-2026-118", "body.duration_min", "ce nombre doit être au moins 1")
    paired.write(lambda tx: unread.keep(tx, [wrong], [], whole=False))
    page = text(teacher.client.get("/prof/synchro"))
    assert "Reçu, mais illisible" in page and "Séance S-2026-118, champ body.duration_min" in page
    assert "Relié au centre" in page and "À jour" not in page
    assert "donnez cette liste au centre" in page and badge(teacher).startswith("1 nouveauté illisible")
    paired.write(lambda tx: unread.keep(tx, [], [], whole=True))
    assert "illisible" not in text(teacher.client.get("/prof/synchro")) + badge(teacher)


def test_a_class_enrolled_elsewhere_has_a_name_to_read(kiosk, teacher):
    make_session(kiosk, "S2", starts_in_ms=FUTURE)
    kiosk.write(lambda tx: Enrolment.insert(id="E9", session_id="S2", label="", state="waitlisted", rev=1).execute())
    assert "classe inscrite sur un autre poste" in text(teacher.client.get("/prof/seances"))
