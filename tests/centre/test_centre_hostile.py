"""Odd and hostile inputs against a real centre, on SQLite and PostgreSQL: refused as the contract says, never a 500;
kiosks that race; a centre brought back from an older copy.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from centre.centre_process import Centre, Kiosk, Office, enrolment, session

pytestmark = pytest.mark.server
NUL = "\0"


def problem(answer: requests.Response, status: int, code: str) -> None:
    """Section 5, field by field."""
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"], answer.headers["Content-Type"]) == (
        status,
        status,
        code,
        "application/problem+json",
    )
    assert body["type"] == "about:blank" and body["title"] and body["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"\xef\xbb\xbf{}", b'{"contract":1,"kiosk":"\xff"}', '{"contract":1}'.encode("utf-16"),
     b'{"contract":1,"operations":[{"id":"\\ud800"}]}', b"[" * 60_000],
    ids=["empty", "list", "null", "bom", "latin", "utf-16", "half", "deep"],
)  # fmt: skip
def test_what_is_no_message_is_told_so(kiosk: Kiosk, body: bytes) -> None:
    problem(kiosk.send(body), 422, "invalid")
    problem(
        requests.post(f"{kiosk.centre.url}/v1/pair", data=body, headers={"Content-Type": "application/json"}),
        422,
        "invalid",
    )


@pytest.mark.parametrize(
    "change",
    [{"contract": "1"}, {"contract": 1.0}, {"contract": True}, {"kiosk": 5}, {"uai": None}, {"cursor": 5},
     {"max_changes": 0}, {"max_changes": "5"}, {"operations": {}}, {"sent_at": "2026-11-24T09:00:00"}],
)  # fmt: skip
def test_a_field_of_the_wrong_type_refuses_the_whole(kiosk: Kiosk, change: dict[str, Any]) -> None:
    problem(kiosk.send({**kiosk.message(), **change}), 422, "invalid")


@pytest.mark.parametrize("cursor", ["", "x-5", "-", NUL, "9" * 40, "é-١"])
def test_a_cursor_of_nobody_has_expired(kiosk: Kiosk, cursor: str) -> None:
    problem(kiosk.send(kiosk.message(cursor=cursor)), 410, "cursor_expired")


def test_a_cursor_of_the_future_has_expired_and_nothing_was_applied(kiosk: Kiosk, office: Office) -> None:
    sid = f"S-{uuid.uuid4()}"
    office.upload([session(sid)])
    kiosk.sync()
    assert kiosk.cursor
    mark, _dash, last = kiosk.cursor.partition("-")
    operation = kiosk.operation("enrolment.request", **enrolment("f" + sid, sid))
    problem(kiosk.send(kiosk.message(operation, cursor=f"{mark}-{int(last) + 1}")), 410, "cursor_expired")
    assert "Personne n’est inscrit" in office.get(f"/bureau/seances/{sid}").text
    assert kiosk.sync(operation)[0]["status"] == "accepted"


def test_a_body_sent_in_chunks_is_read_and_bounded(kiosk: Kiosk) -> None:
    def send(*parts: bytes) -> requests.Response:
        headers = {"Authorization": f"Bearer {kiosk.token}", "Content-Type": "application/json"}
        return requests.post(f"{kiosk.centre.url}/v1/exchange", data=iter(parts), headers=headers, timeout=10)

    text = json.dumps(kiosk.message()).encode()
    assert send(text[:20], text[20:]).status_code == 200
    problem(send(*[b" " * 10_000] * 7), 413, "too_large")


def test_the_school_may_be_typed_in_small_letters(kiosk: Kiosk) -> None:
    assert kiosk.send({**kiosk.message(), "uai": kiosk.uai.lower()}).status_code == 200


def test_one_id_twice_in_a_batch_has_one_verdict_and_one_seq_two_ids_is_a_clone(kiosk: Kiosk) -> None:
    one = kiosk.operation("hologram")
    assert [verdict["id"] for verdict in kiosk.exchange(one, one)["verdicts"]] == [one["id"]] * 2
    problem(kiosk.send(kiosk.message({**one, "id": "n"})), 409, "kiosk_cloned")


@pytest.mark.parametrize("path", ["a" * 63 + "%00", "A" * 64, "é" * 64, "..%2f..%2fetc%2fpasswd"])
def test_a_portrait_that_is_no_digest_is_not_there(centre: Centre, path: str) -> None:
    assert requests.get(f"{centre.url}/v1/portraits/{path}").status_code == 404


def test_no_nul_reaches_the_database_by_the_office(office: Office) -> None:
    for path in ("seances/%00", "seances/modifier/%00", "questions/%00", "intervenants/%00", "seances/?page=%00",
                 "comptes-rendus/seance/%00"):  # fmt: skip
        assert office.get(f"/bureau/{path}").status_code == 400, path
    for path, form in (
        ("kiosques/revoquer", {"id": NUL}),
        ("kiosques/code/annuler", {"code": NUL}),
        ("questions/marquer", {"id": NUL, "state": "kept"}),
        ("inscriptions/decider", {"id": NUL, "state": "confirmed"}),
        ("seances/enregistrer", {"title": f"a{NUL}", "date": "2035-03-01", "hour": "10:00", "format": "college-45"}),
    ):
        assert "pas possible" in office.post(f"/bureau/{path}", None, 400, **form).text


@pytest.mark.parametrize(
    "body",
    [{"starts_at": "9999-12-31T23:59:59Z"}, {"starts_at": "9999-12-31T23:59:59-12:00"},
     {"starts_at": "0001-01-01T00:00:00+12:00"}, {"title": "x" * 301}, {"theme_week": "x" * 301}, {"title": "a\ud800"},
     {"title": f"a{NUL}"}, {"places": 10**30}, {"dossier": [{"title": "a", "moment": "before", "text": "x" * 5001}]}],
)  # fmt: skip
def test_an_impossible_session_is_refused_and_the_pages_stay(office: Office, body: dict[str, Any]) -> None:
    office.upload([session(f"S-{uuid.uuid4()}", **body)], 422)
    for path in ("seances/", "seances/?quoi=passees", "comptes-rendus/"):
        assert office.get(f"/bureau/{path}").status_code == 200


@pytest.mark.parametrize("until", ["9999-12-31", "2100-01-01", "0001-01-01"])
def test_a_notice_ends_in_our_times(office: Office, until: str) -> None:
    office.post("/bureau/annonces/publier", text="Fin", until=until, status=422)


def test_kiosks_that_race_share_the_places_and_the_waiting_list_moves_up_once_each(
    centre: Centre, office: Office, tmp_path: Path
) -> None:
    """On PostgreSQL two workers serve them."""
    sid = f"S-{uuid.uuid4()}"
    office.upload([session(sid, places=3)])
    workers = [centre, Centre(tmp_path, centre.database)] if centre.database else [centre]
    kiosks = [office.pair() for _kiosk in range(10)]
    try:
        for number, one in enumerate(kiosks):
            one.centre = workers[number % len(workers)]
            one.sync()

        def at_once(type: str, some: list[Kiosk], **body: Any) -> None:
            with ThreadPoolExecutor(len(some)) as pool:
                ask = [
                    pool.submit(
                        one.exchange,
                        one.operation(type, enrolment_id=one.id, **body),
                    )
                    for one in some
                ]
                assert {done.result()["verdicts"][0]["status"] for done in ask} == {"accepted"}

        request = enrolment("", sid)
        del request["enrolment_id"]
        at_once("enrolment.request", kiosks, **request)
        kiosks[0].sync()
        held = {one: kiosks[0].body("enrolment", one.id) for one in kiosks}
        taken = [one for one in kiosks if held[one]["state"] == "confirmed"]
        waiting = sorted((held[one]["reason"], one.id) for one in kiosks if held[one]["state"] == "waitlisted")
        assert len(taken) == 3 and len({reason for reason, _id in waiting}) == 7
        at_once("enrolment.cancel", taken)
        kiosks[0].sync()
        now = {one.id: kiosks[0].body("enrolment", one.id) for one in kiosks}
        assert {id for id, body in now.items() if body["state"] == "confirmed"} == {id for _reason, id in waiting[:3]}
        ranks = sorted(body["reason"] for body in now.values() if body["state"] == "waitlisted")
        assert ranks == [reason for reason, _id in waiting[:4]]
    finally:
        for second in workers[1:]:
            second.stop()


def test_a_centre_back_from_an_older_copy_goes_on_above_what_kiosks_hold(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "a")
    try:
        kiosk = centre.office().pair()
        centre.office().upload([session("S", title="Avant")])
        kiosk.sync()
        centre.stop()
        shutil.copytree(tmp_path / "a", tmp_path / "copy")
        centre.start()
        for number in range(3):
            centre.office().upload([session("S", title=f"Perdu {number}")])
            kiosk.sync()
        centre.kill()
        shutil.rmtree(tmp_path / "a")
        shutil.copytree(tmp_path / "copy", tmp_path / "a")
        centre.start()
        problem(kiosk.send(kiosk.message(cursor=kiosk.cursor)), 410, "cursor_expired")
        time.sleep(5)  # three changes within a second are ahead of the clock, which revisions follow
        centre.office().upload([session("S", title="Après")])
        kiosk.sync()  # it asserts that no revision goes back
        assert kiosk.body("session", "S")["title"] == "Après"
    finally:
        centre.stop()
