"""Revision 2 of the contract, rule by rule, against a real centre on each database; and a centre brought back from a
copy, with real kiosks that said 1, 60 and 500 things to it since.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from centre.centre_process import OTHER_UAI, UAI, Centre, Kiosk, Office, enrolment, question, session
from centre.postgresql_cluster import Cluster
from kiosk import contract
from kiosk.app import create_kiosk
from kiosk.domain import enrolments, outbox
from kiosk.domain.people import identifiers
from kiosk.exchange import pairing, place
from kiosk.exchange.round import Round
from kiosk.exchange.wire import HttpLine
from kiosk.ground.config import Settings
from kiosk.storage.models import Enrolment, Operation

TWO = {"revision": 2, "ask": "k3J9x2Qa", "had_seq": 0}


def test_section_1_about_says_the_revision_its_types_and_its_limits(centre: Centre, kiosk: Kiosk) -> None:
    about = kiosk.about()
    assert about["revision"] == 2 and "question.open" in about["operations"]
    assert about["limits"] == {"operations": 50, "bytes": 65_536, "answer_bytes": 262_144}
    assert about["epoch"] == kiosk.exchange(**TWO)["epoch"]


def test_section_2_the_same_code_again_gets_a_new_token_in_place_of_the_first(centre: Centre, office: Office) -> None:
    code = office.code()
    one, other = Kiosk(centre, UAI, "k-lost-201"), Kiosk(centre, UAI, "k-another")
    first, second = one.pair(code).json()["token"], one.pair(code).json()["token"]
    assert other.pair(code).status_code == 403
    one.token = first
    assert one.send(one.message()).json()["code"] == "token_revoked"
    one.token = second
    assert one.send(one.message()).status_code == 200


def test_section_2_a_kiosk_of_another_school_is_a_clone_and_burns_no_code(centre: Centre, office: Office) -> None:
    one = office.pair(UAI)
    code = office.code(OTHER_UAI)
    answer = Kiosk(centre, OTHER_UAI, one.id).pair(code)
    assert (answer.status_code, answer.json()["code"]) == (409, "kiosk_cloned")
    assert Kiosk(centre, OTHER_UAI, "k-fresh").pair(code).status_code == 201


def test_rule_2_an_id_counts_whichever_identity_sends_it_before_the_number_is_looked_at(
    office: Office, sid: str
) -> None:
    one, other = office.pair(), office.pair()
    operation = one.operation("question.prepared", seq=1, **question("q" + sid, sid))
    other.sync(other.operation("attendance.dream", seq=1))
    assert one.sync(operation)[0]["status"] == other.sync(operation)[0]["status"] == "accepted"


def test_rule_3_what_is_taken_back_before_it_came_is_accepted_and_remembered(
    kiosk: Kiosk, office: Office, sid: str
) -> None:
    assert kiosk.verdict("enrolment.cancel", enrolment_id="e" + sid) == ("accepted", None)
    assert kiosk.verdict("question.withdraw", question_id="q" + sid) == ("accepted", None)
    assert kiosk.verdict("enrolment.request", **enrolment("e" + sid, sid)) == ("accepted", None)
    assert kiosk.verdict("question.prepared", **question("q" + sid, sid, "Retirée ?")) == ("accepted", None)
    assert kiosk.body("enrolment", "e" + sid)["state"] == "cancelled"
    assert "Retirée ?" not in office.get(f"/bureau/questions/{sid}").text


def test_rule_6_the_link_is_for_the_schools_whose_class_is_confirmed(kiosk: Kiosk, office: Office, sid: str) -> None:
    kiosk.sync()
    before = kiosk.held["session", sid]
    assert before["body"]["meeting_url"] == ""
    kiosk.sync(kiosk.operation("enrolment.request", **enrolment("e" + sid, sid)))
    told = kiosk.body("enrolment", "e" + sid)
    assert kiosk.held["session", sid]["rev"] > before["rev"]
    assert kiosk.body("session", sid)["meeting_url"] == told["meeting_url"] == "https://visio.example/1"
    assert (told["label"], told["kind"], told["level"], told["headcount"]) == ("4e B", "class", "4E", 26)
    other = office.pair(OTHER_UAI)
    other.sync()
    assert other.body("session", sid)["meeting_url"] == ""
    kiosk.sync(kiosk.operation("enrolment.cancel", enrolment_id="e" + sid))
    assert kiosk.body("session", sid)["meeting_url"] == ""


def test_rule_6_a_session_without_a_place_left_says_so(kiosk: Kiosk, office: Office, sid: str) -> None:
    office.upload([session(sid, places=1)])
    kiosk.sync(kiosk.operation("enrolment.request", **enrolment("e" + sid, sid)))
    assert kiosk.body("session", sid)["full"] is True
    kiosk.sync(kiosk.operation("enrolment.cancel", enrolment_id="e" + sid))
    assert "full" not in kiosk.body("session", sid)


def test_own_prepared_questions_come_back_to_the_school_alone(kiosk: Kiosk, office: Office, sid: str) -> None:
    said = kiosk.operation("question.prepared", **question("q" + sid, sid, "La nôtre ?"))
    first = kiosk.exchange(said, **TWO)
    assert ("question", "q" + sid) not in {(one["type"], one["id"]) for one in first["changes"]}  # it just said it
    for who, seen in ((office.pair(), True), (office.pair(OTHER_UAI), False)):
        found = {one["id"]: one for one in who.everything(**TWO) if one["type"] == "question"}
        assert ("q" + sid in found) is seen
        if seen:
            body = found["q" + sid]["body"]
            assert (body["text"], body["origin"], body["level"]) == ("La nôtre ?", "class", "4E")
    assert "q" + sid not in {one["id"] for one in office.pair().everything()}  # revision 1 knows nothing of them
    kiosk.exchange(kiosk.operation("question.withdraw", question_id="q" + sid), **TWO)
    assert {one.get("deleted") for one in office.pair().everything(**TWO) if one["id"] == "q" + sid} == {True}


def test_rule_9_the_pointer_gives_the_whole_path(kiosk: Kiosk, sid: str) -> None:
    bad = kiosk.operation("question.prepared", **question("p" + sid, sid), meta={"a": [{"email": "x"}]})
    assert kiosk.send(kiosk.message(bad)).json()["errors"][0]["pointer"] == "/operations/0/body/meta/a/0/email"


def test_rule_10_a_kiosk_that_was_answered_more_begins_another_history(kiosk: Kiosk, sid: str) -> None:
    known = kiosk.exchange(**TWO)
    operation = kiosk.operation("question.prepared", seq=41, **question("q" + sid, sid))
    answer = kiosk.exchange(operation, cursor=known["cursor"], **{**TWO, "had_seq": 40})
    assert answer["epoch"] != known["epoch"] and answer["changes"] == []
    assert [one["status"] for one in answer["verdicts"]] == ["accepted"]
    late = kiosk.send(kiosk.message(cursor=known["cursor"], **{**TWO, "had_seq": 40}))
    assert late.json()["code"] == "cursor_expired"  # of the history before: no third one begins
    whole = kiosk.exchange(**TWO)
    assert whole["epoch"] == answer["epoch"] and whole["snapshot"] is True


def test_rule_12_a_reading_from_the_start_is_whole_to_its_end(kiosk: Kiosk, office: Office, sid: str) -> None:
    office.upload([session(f"{sid}-{n}") for n in range(3)])
    pages = [kiosk.exchange(**TWO, max_changes=1)]
    office.upload([session(f"{sid}-0", title="Changée pendant la lecture")])
    while pages[-1]["more"]:
        pages.append(kiosk.exchange(cursor=pages[-1]["cursor"], **TWO, max_changes=1))
    assert all(page["snapshot"] is True for page in pages)
    assert pages[-1]["changes"][0]["body"]["title"] == "Changée pendant la lecture"
    idle = kiosk.exchange(cursor=pages[-1]["cursor"], **TWO)
    assert "snapshot" not in idle and "operations" not in idle and idle["ask"] == TWO["ask"]


def test_rule_13_an_unknown_type_is_ignored_and_not_final(kiosk: Kiosk) -> None:
    operation = kiosk.operation("enrolment.dream", anything=1)
    assert kiosk.exchange(operation, **TWO)["verdicts"] == [{"id": operation["id"], "status": "ignored"}]
    assert kiosk.exchange(operation)["verdicts"] == [{"id": operation["id"], "status": "accepted"}]  # to revision 1
    known = {**operation, "type": "question.withdraw", "body": {"question_id": "q-" + operation["id"]}}
    assert kiosk.exchange(known, **TWO)["verdicts"][0]["status"] == "accepted"


def test_rule_15_pages_are_cut_by_bytes(kiosk: Kiosk, office: Office, sid: str) -> None:
    dossier = [{"title": f"D{n}", "moment": "before", "text": "mot " * 1200} for n in range(20)]
    office.upload([session(f"{sid}-{n}", dossier=dossier) for n in range(6)])
    cursor, sizes = None, []
    while True:
        answer = kiosk.send(kiosk.message(cursor=cursor, **{**TWO, "max_changes": 500}))
        sizes.append(len(answer.content))
        cursor = answer.json()["cursor"]
        if not answer.json()["more"]:
            break
    assert len(sizes) >= 3 and max(sizes) <= 256 * 1024


def test_without_revision_nothing_of_it_is_said(kiosk: Kiosk) -> None:
    assert set(kiosk.exchange()) == {"contract", "time", "cursor", "more", "verdicts", "changes", "operations"}


# -- a centre brought back from a copy --------------------------------------------------------------


class Copied:
    """A centre's database, kept and put back."""

    def __init__(self, centre: Centre, cluster: Cluster, marked: bool) -> None:
        self.centre, self.cluster, self.marked = centre, cluster, marked

    def keep(self) -> None:
        self.centre.stop()
        if self.centre.database:
            self._sql("CREATE DATABASE {0}_copy TEMPLATE {0}")
        else:
            shutil.copy(self.centre.data_dir / "centre.sqlite3", self.centre.data_dir / "copy")
        self.centre.start()

    def put_back(self) -> None:
        self.centre.stop()
        if self.centre.database:
            self._sql("DROP DATABASE {0}", "CREATE DATABASE {0} TEMPLATE {0}_copy")
        else:
            for path in self.centre.data_dir.glob("centre.sqlite3*"):
                path.unlink()
            shutil.copy(self.centre.data_dir / "copy", self.centre.data_dir / "centre.sqlite3")
        if not self.marked:
            (self.centre.data_dir / "centre.history").unlink()
        self.centre.start()

    def _sql(self, *statements: str) -> None:
        name = self.centre.database.rpartition("/")[2]
        base = psycopg2.connect(host="127.0.0.1", port=self.cluster.port, user="kiosque", dbname="postgres")
        base.autocommit = True
        with base.cursor() as cursor:
            for one in statements:
                cursor.execute(one.format(name))
        base.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path, cluster: Cluster) -> Iterator[Centre]:
    made = Centre(tmp_path / "centre", cluster.database() if request.param == "postgresql" else "")
    yield made
    made.kill()


@pytest.mark.server
@pytest.mark.parametrize(("said", "published", "marked"), [(1, False, True), (60, True, False), (500, False, False)])
def test_rules_10_and_11_a_centre_back_from_a_copy_gets_all_again(
    said: int, published: bool, marked: bool, fresh: Centre, cluster: Cluster, tmp_path: Path
) -> None:
    office = fresh.office()
    office.upload([session("S1")])
    unused = office.code()
    kiosk = create_kiosk(Settings(data_dir=tmp_path / "kiosk", engine="threading", centre_url=fresh.url))
    kiosk.writer.start()
    try:
        pairing.pair(kiosk, HttpLine(), office.code(), UAI)

        def sync() -> Any:
            line = HttpLine()
            try:
                return Round(kiosk, line, keep_time=False).run()
            finally:
                line.close()

        sync()
        copy = Copied(fresh, cluster, marked)
        copy.keep()

        def speak(tx: Any) -> None:
            enrolments.request(tx, "S1", label="4e B", level="4E", headcount=26)
            for n in range(said - 1):
                id = identifiers.uuid7(tx.now)
                body = contract.QuestionPrepared(id, "S1", f"Question {n} ?", "metier", "4E")
                outbox.append(tx, "question.prepared", body, subject=id, session_id="S1")

        kiosk.write(speak)
        done = sync()
        assert (done.failure, done.accepted, done.waiting) == ("ok", said, 0)
        assert Enrolment.get().state == "confirmed" and place.had_seq() == Operation.select().count()
        lost = fresh.office().pair()
        copy.put_back()
        if published:
            fresh.office().upload([session("S1", title="Après la copie")])
        back = sync()
        assert (back.failure, back.waiting) == ("ok", 0)
        assert {row.state for row in Operation.select()} == {"accepted"} and Enrolment.get().state == "confirmed"
        office = fresh.office()
        found = [one for one in office.pair().everything(**TWO) if one["type"] in ("question", "enrolment")]
        assert len(found) == said and not any(one.get("deleted") for one in found)
        assert lost.send(lost.message()).status_code == 401
        assert Kiosk(fresh, UAI, "late").pair(unused).status_code == (403 if marked else 201)
    finally:
        assert kiosk.writer.stop()
        kiosk.database.close()


@pytest.mark.server
def test_rule_11_a_token_that_was_revoked_since_the_copy_stays_revoked(fresh: Centre, cluster: Cluster) -> None:
    office = fresh.office()
    office.upload([session("S1")])
    kiosk = office.pair()
    copy = Copied(fresh, cluster, True)
    copy.keep()
    office = fresh.office()
    office.post("/bureau/kiosques/revoquer", id=kiosk.id)
    assert kiosk.send(kiosk.message()).json()["code"] == "token_revoked"
    copy.put_back()
    assert kiosk.send(kiosk.message()).json()["code"] == "token_revoked"


@pytest.mark.server
def test_rule_11_a_copy_that_lost_only_what_no_kiosk_sees_begins_another_history(
    fresh: Centre, cluster: Cluster
) -> None:
    """A report gives no revision. Its kiosk was paired since the copy: paired again, its « had_seq » tells nothing."""
    fresh.office().upload([session("S1")])
    copy = Copied(fresh, cluster, True)
    copy.keep()
    kiosk = fresh.office().pair()
    body: Any = {"question_id": "q", "session_id": "S1", "text": "Et vous ?", "theme": "vie"}
    asked = kiosk.operation("question.asked", **body, origin="live", status="asked")
    before = kiosk.exchange(asked, **TWO)
    assert before["verdicts"][0]["status"] == "accepted"
    copy.put_back()
    back = fresh.office().pair(kiosk=kiosk.id)
    assert back.about()["epoch"] == back.exchange(cursor=None, **TWO)["epoch"] != before["epoch"]
    copy.put_back()  # and once more, from the same copy
    assert back.about()["epoch"] not in ("", before["epoch"])
