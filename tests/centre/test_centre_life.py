"""What happens between a school and the centre, over real HTTP: places, questions, reports, notices."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from centre.centre_process import (
    OTHER_UAI,
    UAI,
    Kiosk,
    Office,
    enrolment,
    question,
    session,
)
from kiosk.centre import models, questions, reports
from kiosk.centre.refusals import Refusal
from kiosk.centre.store import Store, Tx
from kiosk.contract import AttendanceReport, QuestionAsked, QuestionPrepared, from_ms
from kiosk.engine import Engine

pytestmark = pytest.mark.server


def put(office: Office, **body: Any) -> str:
    """A session; its id."""
    made = f"S-{uuid.uuid4()}"
    office.upload([session(made, **body)])
    return made


def states(kiosk: Kiosk, *ids: str) -> list[str]:
    """Where enrolments are, as the kiosk sees it."""
    kiosk.sync()
    return [kiosk.body("enrolment", one)["state"] for one in ids]


def test_places_then_the_waiting_list_which_moves_up(kiosk: Kiosk, office: Office) -> None:
    sid = put(office, places=2)
    ids = [f"e{number}-{sid}" for number in range(4)]
    for one in ids:
        assert kiosk.verdict("enrolment.request", **enrolment(one, sid)) == ("accepted", None)
    assert states(kiosk, *ids) == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    assert "2" in kiosk.body("enrolment", ids[3])["reason"]
    assert kiosk.verdict("enrolment.cancel", enrolment_id=ids[0]) == ("accepted", None)
    assert states(kiosk, *ids) == ["cancelled", "confirmed", "confirmed", "waitlisted"]
    assert "1" in kiosk.body("enrolment", ids[3])["reason"]
    office.upload([session(sid, places=3)])
    assert states(kiosk, ids[3]) == ["confirmed"]
    assert "3 places prises sur 3" in office.get(f"/bureau/seances/{sid}").text.replace("\u00a0", " ")


def test_who_is_put_in_the_waiting_list_stays_there_until_the_office_says(kiosk: Kiosk, office: Office) -> None:
    sid = put(office, places=3)
    ids = [f"w{number}-{sid}" for number in range(5)]
    for one in ids:
        kiosk.sync(kiosk.operation("enrolment.request", **enrolment(one, sid)))
    decide = "/bureau/inscriptions/decider"
    office.post(decide, id=ids[1], state="waitlisted", session_id=sid)
    assert states(kiosk, *ids) == ["confirmed", "waitlisted", "confirmed", "confirmed", "waitlisted"]
    assert "2" in kiosk.body("enrolment", ids[1])["reason"]
    kiosk.sync(kiosk.operation("enrolment.cancel", enrolment_id=ids[0]))
    office.upload([session(sid, places=6)])
    assert states(kiosk, *ids) == ["cancelled", "waitlisted", "confirmed", "confirmed", "confirmed"]
    assert "Gardée en attente par le bureau" in office.get(f"/bureau/seances/{sid}").text
    office.post(decide, id=ids[1], state="confirmed", session_id=sid)
    assert states(kiosk, ids[1]) == ["confirmed"]
    office.post(decide, id=ids[2], state="waitlisted", session_id=sid)
    assert states(kiosk, ids[2]) == ["waitlisted"]  # even with places left


def test_a_session_decided_by_hand(kiosk: Kiosk, office: Office) -> None:
    form = {
        "title": "À la main",
        "date": "2035-03-01",
        "hour": "14:30",
        "format": "college-45",
        "manual": "1",
        "places": "1",
        "levels": "4E",
    }
    there = office.post("/bureau/seances/enregistrer", files=None, status=303, **form).headers["Location"]
    sid = there.rsplit("/", 1)[1]
    ids = [f"h{number}-{sid}" for number in range(3)]
    for one in ids:
        kiosk.sync(kiosk.operation("enrolment.request", **enrolment(one, sid)))
    assert states(kiosk, *ids) == ["requested"] * 3
    decide = "/bureau/inscriptions/decider"
    assert "Donnez la raison" in office.post(decide, id=ids[0], state="refused", session_id=sid, status=422).text
    office.post(decide, id=ids[0], state="refused", reason="Niveau trop éloigné", session_id=sid)
    office.post(decide, id=ids[1], state="confirmed", session_id=sid)
    office.post(decide, id=ids[2], state="waitlisted")
    assert states(kiosk, *ids) == ["refused", "confirmed", "waitlisted"]
    assert kiosk.body("enrolment", ids[0])["reason"] == "Niveau trop éloigné"
    kiosk.sync(kiosk.operation("enrolment.cancel", enrolment_id=ids[1]))
    assert states(kiosk, *ids) == ["refused", "cancelled", "waitlisted"]  # a person decides
    assert "annulée" in office.post(decide, id=ids[1], state="confirmed", status=422).text


def test_what_a_request_cannot_have(kiosk: Kiosk, office: Office) -> None:
    over = put(office, starts_at="2020-03-01T13:30:00Z")
    cancelled = put(office, status="cancelled")
    for sid, code in ((over, "session_over"), (cancelled, "session_cancelled"), ("none", "unknown_session")):
        assert kiosk.verdict("enrolment.request", **enrolment(f"x{sid}", sid)) == ("rejected", code)
    assert kiosk.verdict("enrolment.request", enrolment_id="1") == ("rejected", "invalid")
    body = enrolment("nul" + over, over, label="4e\0B")
    assert kiosk.verdict("enrolment.request", **body) == ("rejected", "invalid")
    assert kiosk.verdict("enrolment.request", **{**body, "label": "4e B", "headcount": 10**12}) == (
        "rejected",
        "invalid",
    )


def test_a_cancellation_may_come_before_its_request(kiosk: Kiosk, office: Office) -> None:
    sid = put(office, places=1)
    kiosk.sync(kiosk.operation("enrolment.cancel", 9, enrolment_id="c" + sid))
    kiosk.sync(kiosk.operation("enrolment.request", 8, **enrolment("c" + sid, sid)))
    assert states(kiosk, "c" + sid) == ["cancelled"]
    assert kiosk.verdict("enrolment.request", **enrolment("d" + sid, sid)) == ("accepted", None)
    assert states(kiosk, "d" + sid) == ["confirmed"]


def test_prepared_questions_reach_the_list_once_with_their_support(kiosk: Kiosk, office: Office) -> None:
    sid = put(office)
    kiosk.sync(
        kiosk.operation("question.prepared", **question("a" + sid, sid, "Avez-vous le vertige ?", support=1)),
        kiosk.operation("question.prepared", **question("b" + sid, sid, "Combien gagnez-vous ?", support=2)),
        kiosk.operation("question.prepared", **question("b" + sid, sid, "Combien gagnez-vous ?", support=14)),
        kiosk.operation("question.prepared", **question("c" + sid, sid, "Retirée ?", support=20)),
        kiosk.operation("question.withdraw", question_id="c" + sid),
    )
    page = office.get(f"/bureau/questions/{sid}").text
    assert page.index("gagnez-vous") < page.index("vertige") and "Retirée" not in page
    assert "14\u00a0voix" in page or "14 voix" in page
    office.post("/bureau/questions/deplacer", id="a" + sid, session_id=sid, theme="metier", rank="1")
    page = office.get(f"/bureau/questions/{sid}").text
    assert page.index("vertige") < page.index("gagnez-vous")
    office.post("/bureau/questions/marquer", id="a" + sid, session_id=sid, state="set_aside")
    assert "vertige" not in office.get(f"/bureau/questions/{sid}").text
    assert kiosk.verdict("question.prepared", **question("e" + sid, sid, "x" * 501)) == ("rejected", "invalid")
    assert kiosk.verdict("question.prepared", **question("f" + sid, sid, " \n ")) == ("rejected", "invalid")


def test_the_speakers_csv_holds_no_formula(kiosk: Kiosk, office: Office) -> None:
    sid = put(office)
    texts = ["=1+1", "+33", "-2", "@a", " =cmd|x", "%x", "Une vraie ; question ?"]
    kiosk.sync(
        *(kiosk.operation("question.prepared", **question(f"{n}{sid}", sid, text)) for n, text in enumerate(texts))
    )
    answer = office.get(f"/bureau/questions/csv/{sid}")
    assert answer.content.startswith(b"\xef\xbb\xbf") and "attachment" in answer.headers["Content-Disposition"]
    cells = [line.split(";")[1].strip('"') for line in answer.content.decode("utf-8-sig").splitlines()[1:]]
    assert len(cells) == 7 and not any(cell.lstrip().startswith(tuple("=+-@%")) for cell in cells)


def test_a_received_question_goes_to_the_schools_of_its_session(kiosk: Kiosk, office: Office) -> None:
    sid = put(office)
    other = office.pair(OTHER_UAI)
    kiosk.sync(kiosk.operation("enrolment.request", **enrolment("r" + sid, sid)))
    ask = "/bureau/questions/ajouter"
    office.post(ask, session_id=sid, theme="parcours", origin="email", text="Et   après le bac ?")
    kiosk.sync()
    other.sync()
    mine = [one for one in kiosk.held.values() if one["type"] == "question" and one["body"]["session_id"] == sid]
    assert [one["body"] for one in mine] == [
        {"session_id": sid, "text": "Et après le bac ?", "theme": "parcours", "origin": "email", "state": "new"}
    ]
    assert not [one for one in other.held if one[0] == "question" and one in kiosk.held]
    other.sync(other.operation("enrolment.request", **enrolment("s" + sid, sid)))  # later: it gets it too
    assert ("question", mine[0]["id"]) in other.held
    office.post("/bureau/questions/marquer", id=mine[0]["id"], session_id=sid, state="set_aside")
    kiosk.sync()
    assert kiosk.body("question", mine[0]["id"])["state"] == "set_aside"


def test_notices_reach_every_school_or_one_until_withdrawn(kiosk: Kiosk, office: Office) -> None:
    other = office.pair(OTHER_UAI)
    text = f"Pour vous seulement {uuid.uuid4()}"
    office.post("/bureau/annonces/publier", text=text, level="warning", until="2035-01-31", uai=UAI)
    kiosk.sync()
    other.sync()
    found = [one for one in kiosk.held.values() if one["type"] == "notice" and one["body"]["text"] == text]
    assert found[0]["body"]["level"] == "warning" and found[0]["body"]["expires_at"] == "2035-01-31T23:00:00Z"
    assert ("notice", found[0]["id"]) not in other.held
    office.post("/bureau/annonces/retirer", id=found[0]["id"])
    kiosk.sync()
    assert kiosk.held["notice", found[0]["id"]]["deleted"] is True
    office.post("/bureau/annonces/publier", text=text, until="2020-01-01", status=422)


def test_a_removed_session_is_told_as_deleted(kiosk: Kiosk, office: Office) -> None:
    sid = put(office)
    kiosk.sync()
    office.post("/bureau/seances/retirer", id=sid)
    kiosk.sync()
    assert kiosk.held["session", sid]["deleted"] is True and "body" not in kiosk.held["session", sid]
    busy = put(office)
    kiosk.sync(kiosk.operation("enrolment.request", **enrolment("b" + busy, busy)))
    assert "annulez la séance" in office.post("/bureau/seances/retirer", id=busy, status=422).text


def test_reports_are_taken_and_small_counts_refused(kiosk: Kiosk, office: Office) -> None:
    sid = put(office)
    report = {
        "session_id": sid,
        "enrolment_id": "a" + sid,
        "headcount": 25,
        "questions_received": 31,
        "questions_asked": 12,
        "started_at": "2026-11-24T13:30:00Z",
        "ended_at": "2026-11-24T14:15:00Z",
    }
    asked = {
        "question_id": "z" + sid,
        "session_id": sid,
        "text": "Posée ?",
        "theme": "vie",
        "origin": "live",
        "status": "asked",
    }
    assert kiosk.verdict("attendance.report", **report) == ("accepted", None)
    assert kiosk.verdict(
        "attendance.report",
        **report,
    ) == ("accepted", None)
    assert kiosk.verdict("attendance.report", **{**report, "ended_at": "2026-11-24T13:00:00Z"}) == (
        "rejected",
        "invalid",
    )
    assert kiosk.verdict("question.asked", **asked) == ("accepted", None)
    assert kiosk.verdict("question.asked", **{**asked, "status": "answered"}) == ("accepted", None)
    assert kiosk.verdict("reflection.summary", session_id=sid, answers=24, themes={"metier": 9}) == ("accepted", None)
    assert kiosk.verdict("reflection.summary", session_id=sid, answers=24, themes={"metier": 4}) == (
        "rejected",
        "invalid",
    )
    assert kiosk.verdict("reflection.summary", session_id=sid, answers=4, themes={}) == ("rejected", "invalid")


def test_a_question_of_the_centre_asked_in_two_schools_is_both_theirs(kiosk: Kiosk, office: Office) -> None:
    sid, other = put(office), office.pair(OTHER_UAI)
    asked = {
        "question_id": "centre" + sid,
        "session_id": sid,
        "text": "Et après ?",
        "theme": "vie",
        "origin": "prepared",
        "status": "asked",
    }
    for one in (kiosk, other):
        assert one.verdict("question.asked", **asked) == ("accepted", None)


def test_a_class_that_backs_or_drops_a_question_of_the_centre_changes_it_for_nobody(
    kiosk: Kiosk, office: Office
) -> None:
    sid = put(office)
    kiosk.sync(kiosk.operation("enrolment.request", **enrolment("k" + sid, sid)))
    office.post("/bureau/questions/ajouter", session_id=sid, theme="vie", origin="class", text="Du centre ?")
    kiosk.sync()
    (id,) = [key[1] for key, one in kiosk.held.items() if key[0] == "question" and one["body"]["session_id"] == sid]
    assert kiosk.verdict("question.prepared", **question(id, sid, "À nous ?", support=9)) == ("accepted", None)
    assert kiosk.verdict("question.withdraw", question_id=id) == ("accepted", None)
    page = office.get(f"/bureau/questions/{sid}").text
    assert "Du centre" in page and "À nous" not in page


@pytest.mark.parametrize("order", [("asked", "withdraw"), ("withdraw", "asked")])
def test_a_withdrawn_question_leaves_no_text_whatever_came_first(
    run: Callable[..., Any], order: tuple[str, ...]
) -> None:
    def unit(tx: Tx) -> None:
        models.Session.create(id="S", title="", starts_at=1, duration_min=45, status="done", body="{}")
        questions.prepared(tx, UAI, "k", 1, QuestionPrepared("q", "S", "Secret ?", "vie", "4E"))
        for seq, one in enumerate(order, 2):
            if one == "asked":
                reports.asked(tx, UAI, "k", seq, QuestionAsked("q", "S", "Secret ?", "vie", "prepared", "asked"))
            else:
                questions.withdraw(tx, UAI, "k", seq, "q")

    run(unit)
    assert run(lambda _tx: (models.Asked.get().text, models.Question.get().text)) == ("", "")


def test_a_unit_that_comes_after_the_end_is_refused_not_left_waiting(tmp_path: Path) -> None:
    store = Store(tmp_path, "", Engine())
    store.start()
    assert store.stop()
    told: list[str] = []

    def late() -> None:
        try:
            store.run(lambda tx: None)
        except Refusal as refusal:
            told.append(refusal.code)

    thread = threading.Thread(target=late, daemon=True)
    thread.start()
    thread.join(5)
    assert told == ["unavailable"]


def test_a_kiosk_that_took_a_new_identity_goes_on_reporting(store: Store, run: Callable[..., Any]) -> None:
    def report(tx: Tx, kiosk: str, seq: int, headcount: int) -> None:
        moment = from_ms(tx.now)
        reports.attendance(tx, UAI, kiosk, seq, AttendanceReport("S", "e", headcount, moment, moment, 3, 2))
        reports.asked(tx, UAI, kiosk, seq, QuestionAsked("q", "S", f"Texte {headcount}", "vie", "live", "asked"))

    def held(_tx: Tx) -> tuple[int, str]:
        return models.Attendance.get().headcount, models.Asked.get().text

    run(lambda _tx: models.Session.create(id="S", title="", starts_at=1, duration_min=45, status="done", body="{}"))
    run(report, "first", 500, 24)
    run(report, "new", 3, 25)  # its numbers start again: it is the later one all the same
    assert run(held) == (25, "Texte 25")
    run(report, "new", 2, 9)  # one that was late changes nothing
    assert run(held) == (25, "Texte 25")


def test_a_reflection_is_one_class_s_of_the_kiosk_that_held_the_session(kiosk: Kiosk, sid: str, office: Office) -> None:
    """Contract, r2: the key is the identity at the session, the session and the enrolment; the last by seq replaces."""
    told = {"session_id": sid, "themes": {}, "kiosk": f"then-{sid}"}
    ok = ("accepted", None)
    assert kiosk.verdict("reflection.summary", **told, answers=20) == ok
    assert (
        kiosk.verdict("reflection.summary", **told, answers=21, enrolment_id="a") == ok
    )  # in place of the one without
    assert kiosk.verdict("reflection.summary", **told, answers=24, enrolment_id="b", useful={"very": 10}, more=9) == ok
    assert kiosk.verdict("reflection.summary", **told, answers=23, enrolment_id="b") == ok
    page = office.get(f"/bureau/comptes-rendus/seance/{sid}").text.replace("\u00a0", " ")
    assert "2 bilans partagés" in page and "44 réponses" in page
    for wrong in ({"useful": {"very": 20}}, {"more": 19}, {"useful": {"very": 4}}):
        assert kiosk.verdict("reflection.summary", **told, answers=22, **wrong) == ("rejected", "invalid")


def test_a_question_goes_to_the_speaker_and_the_answer_comes_back(kiosk: Kiosk, sid: str, office: Office) -> None:
    open_ = {"question_id": f"q-{sid}", "session_id": sid, "text": "Et la nuit ?", "theme": "vie"}
    assert kiosk.verdict("question.open", **open_) == ("accepted", None)
    assert kiosk.verdict("question.open", **{**open_, "session_id": "S-none"}) == ("rejected", "unknown_session")
    page = office.get(f"/bureau/reponses/?seance={sid}").text
    assert "Et la nuit ?" in page and "Sans réponse" in page

    def reply(text: str, status: int = 303) -> None:
        form = {"uai": UAI, "id": f"q-{sid}", "question": "Et la nuit ?", "seance": sid, "text": text}
        office.post("/bureau/reponses/repondre", files=None, status=status, **form)

    reply(" ", 422)
    reply("é" * 2001, 422)
    reply("Deux à la fois.")
    assert "Réponse envoyée" in office.get(f"/bureau/reponses/?seance={sid}").text
    key = ("answer", f"q-{sid}")
    kiosk.sync()
    first = kiosk.held[key]
    assert first["body"]["text"] == "Deux à la fois."
    reply("Toujours deux.")
    kiosk.sync()
    assert kiosk.held[key]["rev"] > first["rev"] and kiosk.held[key]["body"]["text"] == "Toujours deux."
    other = office.pair(OTHER_UAI)
    other.sync()
    assert key not in other.held
