"""Sections 1 to 4 of the contract, rule by rule, over real HTTP, on SQLite and on PostgreSQL."""

from __future__ import annotations

import gzip
import hashlib
import json
import uuid
from typing import Any

import pytest
import requests

from centre.centre_process import (
    OTHER_UAI,
    UAI,
    Centre,
    Kiosk,
    Office,
    enrolment,
    packed,
    question,
    session,
    speaker,
)

pytestmark = pytest.mark.server
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


def refused(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """Section 5: what a refusal looks like."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert (problem["code"], problem["status"]) == (code, status) and problem["title"]
    return problem


def test_about_says_this_is_the_centre(centre: Centre) -> None:
    answer = requests.get(f"{centre.url}/v1/about", allow_redirects=False)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    body = answer.json()
    assert (body["service"], body["contract"]) == ("metiers-en-direct", [1]) and body["time"].endswith("Z")


def test_a_code_serves_once_however_it_is_typed(centre: Centre, office: Office) -> None:
    code = office.code()
    first = Kiosk(centre, UAI, str(uuid.uuid4())).pair(f" {code.lower().replace('-', ' ')} ")
    assert first.status_code == 201 and list(first.json()) == ["token"]
    refused(Kiosk(centre, UAI, str(uuid.uuid4())).pair(code), 403, "pairing_code")


def test_a_code_is_of_one_school_and_a_cancelled_one_is_dead(centre: Centre, office: Office) -> None:
    code = office.code(OTHER_UAI)
    refused(Kiosk(centre, "9740001H", "k").pair(code), 403, "pairing_code")
    digest = hashlib.sha256(code.replace("-", "").encode()).hexdigest()
    office.post("/bureau/kiosques/code/annuler", code=digest)
    refused(Kiosk(centre, OTHER_UAI, "k").pair(code), 403, "pairing_code")


def test_five_wrong_codes_make_a_school_wait_even_with_the_right_one(centre: Centre, office: Office) -> None:
    stranger = Kiosk(centre, "9720002V", "k")
    right = office.code("9720002V")
    for _try in range(5):
        refused(stranger.pair("AAAA-AAAA"), 403, "pairing_code")
    answer = stranger.pair(right)
    refused(answer, 429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert office.pair("9730001N").token  # another school is not made to wait


def test_a_wrong_checksum_letter_is_named(centre: Centre) -> None:
    problem = refused(Kiosk(centre, "0951099E", "k").pair("AAAA-AAAA"), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/uai"


def test_an_exchange_needs_its_own_token(kiosk: Kiosk, office: Office) -> None:
    message = kiosk.message()
    refused(requests.post(f"{kiosk.centre.url}/v1/exchange", json=message), 401, "unauthorized")
    answer = kiosk.send(message, Authorization="Bearer nonsense")
    refused(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    refused(kiosk.send({**message, "uai": OTHER_UAI}), 403, "forbidden")
    refused(kiosk.send({**message, "kiosk": "another"}), 403, "forbidden")
    office.post("/bureau/kiosques/revoquer", id=kiosk.id)
    refused(kiosk.send(message), 401, "token_revoked")


def test_pairing_again_gives_a_token_that_replaces_the_other(kiosk: Kiosk, office: Office) -> None:
    again = office.pair(kiosk=kiosk.id)
    refused(kiosk.send(kiosk.message()), 401, "token_revoked")
    assert again.exchange()["contract"] == 1


def test_another_version_is_told_so(kiosk: Kiosk) -> None:
    refused(kiosk.send({"contract": 2, "hello": True}), 426, "version")


def test_rule_1_fifty_operations_and_64_kib_before_compression(kiosk: Kiosk) -> None:
    def many(count: int) -> list[dict[str, Any]]:
        return [kiosk.operation("hologram", n=number) for number in range(count)]

    assert len(kiosk.exchange(*many(50))["verdicts"]) == 50
    refused(kiosk.send(kiosk.message(*many(51))), 413, "too_large")
    heavy = kiosk.message(pad="x" * (64 * 1024))
    refused(kiosk.send(heavy), 413, "too_large")
    refused(kiosk.send(packed(heavy), **{"Content-Encoding": "gzip"}), 413, "too_large")
    bomb = gzip.compress(b" " * 50_000_000)
    refused(kiosk.send(bomb, **{"Content-Encoding": "gzip"}), 413, "too_large")
    just = kiosk.message(pad="")
    just["pad"] = "x" * (64 * 1024 - len(json.dumps(just)))
    assert kiosk.send(just).status_code == 200


def test_rule_2_an_id_counts_once_for_ever(kiosk: Kiosk, office: Office, sid: str) -> None:
    first = kiosk.operation("question.prepared", **question("q" + sid, sid, "Première ?"))
    wrong = kiosk.operation("question.prepared", **question("w" + sid, "no such session"))
    verdicts = kiosk.sync(first, wrong)
    assert [one["status"] for one in verdicts] == ["accepted", "rejected"] and verdicts[1]["code"] == "unknown_session"
    office.upload([session("no such session")])
    changed = {**first, "body": question("q" + sid, sid, "Une autre ?")}
    assert kiosk.sync(changed, wrong, first) == [verdicts[0], verdicts[1], verdicts[0]]
    page = office.get(f"/bureau/questions/{sid}").text
    assert "Première" in page and "Une autre" not in page


def test_rule_3_sequence_numbers_order_gaps_are_allowed(kiosk: Kiosk, office: Office, sid: str) -> None:
    def ask(seq: int, text: str) -> dict[str, Any]:
        return kiosk.operation("question.prepared", seq, **question("o" + sid, sid, text))

    kiosk.sync(ask(70, "Soixante-dix ?"), ask(40, "Quarante ?"))
    assert "Soixante-dix" in office.get(f"/bureau/questions/{sid}").text
    kiosk.sync(ask(55, "Cinquante-cinq ?"))  # it was late: what came after it stays
    page = office.get(f"/bureau/questions/{sid}").text
    assert "Soixante-dix" in page and "Cinquante-cinq" not in page


def test_rule_5_null_asks_for_everything_and_a_cursor_can_expire(kiosk: Kiosk, office: Office, sid: str) -> None:
    everything = kiosk.exchange(max_changes=500)
    assert sid in [one["id"] for one in everything["changes"] if one["type"] == "session"]
    assert kiosk.exchange(cursor=everything["cursor"])["changes"] == []
    mark = everything["cursor"].split("-")[0]
    for stale in ("", "x", "00000000-3", f"{mark}-", f"{mark}-99999999", f"{mark}-9999999999999999999999", f"{mark}-١"):
        operation = kiosk.operation("question.prepared", **question("late" + sid, sid, "Trop tard ?"))
        refused(kiosk.send(kiosk.message(operation, cursor=stale)), 410, "cursor_expired")
    assert "Trop tard" not in office.get(f"/bureau/questions/{sid}").text  # local work stays in the outbox


def test_rule_6_each_change_has_a_higher_revision(kiosk: Kiosk, office: Office, sid: str) -> None:
    kiosk.sync()
    before = kiosk.held["session", sid]["rev"]
    office.upload([session(sid, status="moved", starts_at="2035-03-02T09:00:00+01:00")])
    kiosk.sync()
    assert kiosk.held["session", sid]["rev"] > before
    assert kiosk.body("session", sid)["starts_at"] == "2035-03-02T08:00:00Z"
    office.upload([session(sid, status="moved", starts_at="2035-03-02T08:00:00Z")])
    assert kiosk.exchange(cursor=kiosk.cursor)["changes"] == []  # the same said twice is no change


def test_rule_7_more_means_ask_again(kiosk: Kiosk, office: Office) -> None:
    office.upload([speaker(f"P-{uuid.uuid4()}") for _one in range(7)])
    whole = kiosk.exchange(max_changes=500)["changes"]
    pages, cursor, more = [], None, True
    while more:
        answer = kiosk.exchange(cursor=cursor, max_changes=3)
        assert len(answer["changes"]) <= 3
        pages += answer["changes"]
        cursor, more = answer["cursor"], answer["more"]
    assert pages == whole and len({one["rev"] for one in pages}) == len(pages)


def test_rule_8_a_cloned_kiosk_is_refused_and_a_new_identity_keeps_its_outbox(
    kiosk: Kiosk, office: Office, sid: str
) -> None:
    mine = kiosk.operation("question.prepared", 5, **question("a" + sid, sid, "La mienne ?"))
    kiosk.sync(mine)
    clone = kiosk.operation("question.prepared", 5, **question("b" + sid, sid, "Celle du clone ?"))
    other = kiosk.operation("question.prepared", 6, **question("c" + sid, sid, "Innocente ?"))
    refused(kiosk.send(kiosk.message(other, clone)), 409, "kiosk_cloned")
    page = office.get(f"/bureau/questions/{sid}").text
    assert "clone" not in page and "Innocente" not in page
    fresh = office.pair()
    assert [one["status"] for one in fresh.sync(mine, other, clone | {"seq": 7})] == ["accepted"] * 3
    assert office.get(f"/bureau/questions/{sid}").text.count(">La mienne") == 1


@pytest.mark.parametrize("kind", ["question.prepared", "question.asked", "question.withdraw", "question.later"])
@pytest.mark.parametrize("field", ["name", "email", "ip", "device", "student"])
def test_rule_9_personal_fields_are_refused_whole(
    kiosk: Kiosk, office: Office, sid: str, kind: str, field: str
) -> None:
    good = kiosk.operation("question.prepared", **question("g" + sid, sid, "Bonne question ?"))
    bad = kiosk.operation(kind, **question("p" + sid, sid), extra=[{field: "Léa"}])
    problem = refused(kiosk.send(kiosk.message(good, bad)), 422, "invalid")
    assert problem["errors"][0]["pointer"] == f"/operations/1/body/extra/0/{field}"
    assert "Léa" not in json.dumps(problem) and "Bonne question" not in office.get(f"/bureau/questions/{sid}").text


def test_unknown_fields_and_types_are_ignored(kiosk: Kiosk) -> None:
    operation = kiosk.operation("enrolment.dream", anything={"deep": [1]}) | {"later": 1}
    answer = kiosk.exchange(operation, later=True)
    assert answer["verdicts"] == [{"id": operation["id"], "status": "accepted"}]


def test_bodies_travel_in_gzip_both_ways(kiosk: Kiosk) -> None:
    answer = kiosk.send(packed(kiosk.message()), **{"Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
    assert answer.status_code == 200 and answer.headers["Content-Encoding"] == "gzip" and answer.json()["cursor"]
    plain = kiosk.send(kiosk.message(), **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers and plain.json()["cursor"]
    refused(kiosk.send(packed(kiosk.message())[:-9], **{"Content-Encoding": "gzip"}), 422, "invalid")
    refused(kiosk.send(b"garbage", **{"Content-Encoding": "gzip"}), 422, "invalid")
    refused(kiosk.send(b"{}", **{"Content-Encoding": "br"}), 415, "media_type")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"sent_at": "yesterday"}, "/sent_at"),
        ({"max_changes": 0}, "/max_changes"),
        ({"operations": [{"id": "x"}]}, "/operations/0"),
        (
            {"operations": [{"id": "x", "seq": 2**60, "type": "t", "at": "2026-11-24T09:00:00Z", "body": {}}]},
            "/operations/0/seq",
        ),
        ({"cursor": 4}, "/cursor"),
    ],
)
def test_what_is_not_of_the_contract_is_pointed_at(kiosk: Kiosk, wrong: dict[str, Any], pointer: str) -> None:
    problem = refused(kiosk.send({**kiosk.message(), **wrong}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"contract": 1', b"[" * 20_000, b'"\\ud800"']
)
def test_a_body_that_is_no_message(kiosk: Kiosk, body: bytes) -> None:
    refused(kiosk.send(body), 422, "invalid")


def test_addresses_and_methods_that_do_not_exist(centre: Centre) -> None:
    refused(requests.get(f"{centre.url}/v1/nothing"), 404, "not_found")
    answer = requests.get(f"{centre.url}/v1/exchange")
    refused(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_section_4_portraits_never_change_and_come_by_ranges(office: Office, kiosk: Kiosk) -> None:
    id = f"P-{uuid.uuid4()}"
    office.upload([speaker(id)])
    form = {"id": id, "name": "Camille", "feminine": "cartographe", "alt": "Camille sourit"}
    office.post("/bureau/intervenants/enregistrer", {"portrait": ("p.png", PNG)}, 303, **form)
    kiosk.sync()
    portrait = kiosk.body("speaker", id)["portrait"]
    assert portrait == {
        "sha256": hashlib.sha256(PNG).hexdigest(),
        "bytes": len(PNG),
        "type": "image/png",
        "alt": "Camille sourit",
    }
    url = f"{office.centre.url}/v1/portraits/{portrait['sha256']}"
    whole = requests.get(url)
    assert whole.content == PNG and whole.headers["Content-Type"] == "image/png"
    assert "immutable" in whole.headers["Cache-Control"] and whole.headers["Accept-Ranges"] == "bytes"
    rest = requests.get(url, headers={"Range": "bytes=1000-", "If-Range": whole.headers["ETag"]})
    assert rest.status_code == 206 and PNG[:1000] + rest.content == PNG
    assert rest.headers["Content-Range"] == f"bytes 1000-{len(PNG) - 1}/{len(PNG)}"
    refused(requests.get(url, headers={"Range": "bytes=999999-"}), 416, "range")
    assert requests.get(url, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    refused(requests.get(url[:-1] + ("0" if url[-1] != "0" else "1")), 404, "not_found")


def test_a_kiosk_in_a_hurry_is_slowed_down(tmp_path: Any) -> None:
    centre = Centre(tmp_path, rate=3)
    try:
        kiosk = centre.office().pair()
        answers = [kiosk.send(kiosk.message()) for _time in range(7)]
        slowed = [one for one in answers if one.status_code == 429]
        assert slowed and all(0 < int(one.headers["Retry-After"]) <= 60 for one in slowed)
        refused(slowed[0], 429, "rate_limited")
    finally:
        centre.stop()


def test_a_class_enrols_and_only_its_school_sees_it(office: Office, kiosk: Kiosk, sid: str) -> None:
    assert kiosk.verdict("enrolment.request", **enrolment("e" + sid, sid)) == ("accepted", None)
    told = kiosk.body("enrolment", "e" + sid)
    assert (told["session_id"], told["state"], told["label"], told["headcount"]) == (sid, "confirmed", "4e B", 26)
    other = office.pair(OTHER_UAI)
    other.sync()
    assert ("session", sid) in other.held and ("enrolment", "e" + sid) not in other.held
    assert other.verdict("enrolment.cancel", enrolment_id="e" + sid) == ("rejected", "forbidden")
