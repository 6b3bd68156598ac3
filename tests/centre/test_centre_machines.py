"""The institution's own systems: their tokens, what they write (the office's rules) and read (the tables' rules)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi_checks

from centre.centre_process import Centre as Process
from centre.centre_process import enrolment, session, speaker
from centre.test_centre_access import add, browser
from kiosk.centre import accounts, feed, house, machines, openapi_machines, passwords, rights
from kiosk.centre.app import create_app, create_centre
from kiosk.centre.house import Centre
from kiosk.centre.machine_messages import MAX_BYTES, MOST
from kiosk.centre.models import ApiToken, Audit, Brought, Enrolment, OpenQuestion, Session, Speaker
from kiosk.centre.rights import Person
from kiosk.centre.settings import CentreSettings
from kiosk.engine import Engine
from kiosk.ground.instants import DAY

RENNES, REUNION = "0350001L", "9740001H"


#: Each test on a file, and on a server.
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)]


def database(request: pytest.FixtureRequest) -> str:
    """The address of an empty database of the kind asked for; a file has none."""
    return str(request.getfixturevalue("cluster").database()) if request.param == "postgresql" else ""


@pytest.fixture(scope="module", params=BOTH)
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    made = create_centre(CentreSettings(tmp_path_factory.mktemp("machines"), database=database(request)), Engine())
    made.store.start()
    made.store.run(lambda tx: accounts.first(tx, passwords.digest("un mot de passe")))
    add(made, "all", "all")
    add(made, "all14", "all", "14")
    yield made
    assert made.store.stop()


@pytest.fixture
def client(centre: Centre) -> FlaskClient:
    centre.machines = house.Rate(10**6)
    return create_app(centre).test_client()


def token(centre: Centre, right: str = "write", territory: str = "", days: str = "30") -> dict[str, str]:
    """The header of a new token."""
    rights.act_as(Person("all", "Nom all", "all", territory))
    try:
        _id, made = centre.store.run(lambda tx: machines.give(tx, f"Onisep {right}{territory}", right, days))
    finally:
        rights.act_as(None)
    return {"Authorization": f"Bearer {made}"}


def items(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A body, from changes of the contract."""
    return {"items": [{"id": one["id"], "body": one["body"]} for one in changes], **more}


def everything(centre: Centre) -> Any:
    return centre.store.run(
        lambda _tx: [list(one.select().dicts()) for one in (Session, Speaker, Audit)] + [feed.last()]
    )


def test_a_token_is_given_shown_once_listed_and_withdrawn_at_the_office(centre: Centre, client: FlaskClient) -> None:
    app: Flask = client.application
    office, csrf = browser(app, centre, "all14")
    form = {"csrf": csrf, "name": " Site  de l’Onisep ", "right": "read", "days": "90"}
    page = office.post("/bureau/machines/donner", data=form).get_data(as_text=True)
    row = centre.store.run(lambda _tx: ApiToken.get(ApiToken.name == "Site de l’Onisep"))
    assert page.count(machines.PREFIX) == 1 and row.digest not in page and (row.territory, row.writes) == ("14", False)
    shown = machines.PREFIX + page.partition(machines.PREFIX)[2].partition("<")[0]
    assert shown not in str(centre.store.run(lambda _tx: list(ApiToken.select().dicts())))
    assert client.get("/v1/office/enrolments", headers={"Authorization": f"Bearer {shown}"}).status_code == 200
    listed = office.get("/bureau/machines/").get_data(as_text=True)
    assert "Site de l’Onisep" in listed and machines.PREFIX not in listed and "donné par Nom all14" in listed
    for wrong in ({"name": ""}, {"name": "x" * 61}, {"right": "all"}, {"days": "9999"}):
        assert office.post("/bureau/machines/donner", data={**form, **wrong}).status_code == 422
    assert office.post("/bureau/machines/retirer", data={"csrf": csrf, "id": row.id, "version": "*"}).status_code == 303
    told = client.get("/v1/office/enrolments", headers={"Authorization": f"Bearer {shown}"})
    assert (told.status_code, told.get_json()["code"]) == (401, "token_over")
    said = centre.store.run(lambda _tx: [(one.what, one.name) for one in Audit.select().where(Audit.detail == row.id)])
    assert said == [("token_made", "Nom all14"), ("token_revoked", "Nom all14")]


def test_who_comes_without_a_right_token_reads_and_writes_nothing(centre: Centre, client: FlaskClient) -> None:
    late = token(centre)
    centre.store.run(lambda tx: ApiToken.update(expires_at=tx.now - DAY).where(ApiToken.expires_at > 0).execute())
    reads = token(centre, "read")
    before = everything(centre)
    for method, path in (("GET", "enrolments"), ("GET", "open-questions"), ("POST", "sessions"), ("POST", "speakers")):
        for headers, status, code in (
            ({}, 401, "unauthorized"), ({"Authorization": "Bearer x"}, 401, "unauthorized"), (late, 401, "token_over"),
            (reads, 403 if method == "POST" else 200, "read_only"),
        ):  # fmt: skip
            answer = client.open(f"/v1/office/{path}", method=method, headers=headers, json=items(session("S-no")))
            assert answer.status_code == status, (path, headers)
            assert status == 200 or answer.get_json()["code"] == code
    assert everything(centre)[:2] == before[:2]


def test_sessions_and_people_are_written_as_the_office_would_all_or_none(centre: Centre, client: FlaskClient) -> None:
    head = token(centre)
    portrait = {"sha256": "0" * 64, "bytes": 9, "type": "image/png", "alt": "x"}
    person = items(speaker("P-1", name="Aya Ndiaye", portrait=portrait))
    assert client.post("/v1/office/speakers", headers=head, json=person).get_json()["written"] == 1
    both = items(session("S-1", title="Éolien", speakers=["P-1"]), session("S-2", title="Mer"))
    before = everything(centre)
    seen = client.post("/v1/office/sessions", headers=head, json={**both, "preview": True}).get_json()
    assert seen["written"] == 0 and [one["outcome"] for one in seen["items"]] == ["new", "new"]
    assert everything(centre) == before  # not even in the journal
    assert client.post("/v1/office/sessions", headers=head, json=both).get_json()["written"] == 2
    assert client.post("/v1/office/sessions", headers=head, json=both).get_json()["written"] == 0  # the same again
    moved = items(session("S-1", title="Éolien", speakers=["P-1"], starts_at="2035-03-02T13:30:00Z"))
    (told,) = client.post("/v1/office/sessions", headers=head, json={**moved, "preview": True}).get_json()["items"]
    assert (told["outcome"], told["moved"], [one["field"] for one in told["differences"]]) == (
        "changed", True, ["Date et heure"],
    )  # fmt: skip
    held = centre.store.run(lambda _tx: (Session.get_by_id("S-1"), Speaker.get_by_id("P-1")))
    assert "0000" not in held[1].body and held[0].title == "Éolien"
    last = centre.store.run(lambda _tx: Audit.select().where(Audit.what == "import").order_by(Audit.id.desc()).first())
    assert (last.name, last.account_id[:8]) == ("Onisep write", "machine ")
    assert centre.store.run(lambda _tx: Brought.select().count()) == 0


def test_what_the_office_would_refuse_is_named_and_nothing_is_written(centre: Centre, client: FlaskClient) -> None:
    head = token(centre)
    good = session("S-good")
    heavy = [{"title": "x" * 300, "moment": "before", "text": "y" * 4600}] * 60
    before = everything(centre)
    for body, code, pointer in (
        (items(good, session("S-x", speakers=["nobody"])), "refused", "/items/1/body/speakers"),
        (items(good, session("S-x", title="x" * 301)), "refused", "/items/1/body/title"),
        (items(good, session("S-x", starts_at="1999-01-01T10:00:00Z")), "refused", "/items/1/body/starts_at"),
        (items(good, session("S-x", dossier=heavy)), "item_too_large", "/items/1/body/dossier"),
        (items(good, session("S-x", title="a\0b")), "refused", "/items/1/body/title"),
        (items(good, session("S\nx")), "refused", "/items/1/id"),
        (items(good, session("S-x", status="gone")), "invalid", "/items/1/body/status"),
        (items(good, good), "invalid", "/items"),
        ({"items": []}, "invalid", "/items"),
        ({**items(good), "dry_run": True}, "invalid", ""),
        (items(*(session(f"S-{n}") for n in range(MOST + 1))), "invalid", "/items"),
    ):
        for preview in ({}, {"preview": True}):
            answer = client.post("/v1/office/sessions", headers=head, json={**body, **preview})
            assert (answer.status_code, answer.get_json()["code"]) == (422, code), answer.get_json()
            assert answer.get_json()["errors"][0]["pointer"] == pointer
    big = client.post("/v1/office/sessions", headers=head, data=b" " * (MAX_BYTES + 1), content_type="application/json")
    assert (big.status_code, big.get_json()["code"]) == (413, "too_large")
    assert client.post("/v1/office/sessions", headers=head, data=b"{}").status_code == 415
    assert everything(centre)[:2] == before[:2]


def test_a_territory_s_token_stays_in_its_territory(centre: Centre, client: FlaskClient) -> None:
    client.post("/v1/office/sessions", headers=token(centre), json=items(session("S-national")))
    head = token(centre, territory="14")
    for preview in (True, False):
        answer = client.post(
            "/v1/office/sessions", headers=head, json=items(session("S-national", title="Prise"), preview=preview)
        )
        assert (answer.status_code, answer.get_json()["code"]) == (422, "refused")
    assert client.post("/v1/office/sessions", headers=head, json=items(session("S-rennes"))).status_code == 200
    assert centre.store.run(lambda _tx: Session.get_by_id("S-rennes").territory) == "14"


@pytest.fixture
def said(centre: Centre) -> Iterator[None]:
    """Classes, a pupil alone and open questions of two territories."""

    def unit(tx: Any) -> None:
        for n in range(5):
            for uai in (RENNES, REUNION):
                common = {"uai": uai, "kiosk": "k", "seq": n, "session_id": f"T-{n % 2}", "created_at": tx.now}
                Enrolment.create(id=f"e{n}{uai}", label=f"4e {n}", level="4E", headcount=24, contact="prof@exemple.fr",
                                 state="confirmed", **common)  # fmt: skip
                OpenQuestion.create(id=f"o{n}", text=f"Et {n} ?", theme="vie", **common)
        alone = {
            "kind": "individual",
            "label": "Zoé Martin",
            "level": "CAP2",
            "headcount": 1,
            "contact": "zoe@exemple.fr",
        }
        Enrolment.create(id="alone", uai=RENNES, kiosk="k", seq=9, session_id="T-0", state="requested",
                         created_at=tx.now, **alone)  # fmt: skip
        OpenQuestion.create(uai=RENNES, id="done", kiosk="k", seq=9, session_id="T-0", text="", theme="vie",
                            created_at=tx.now, answered_at=tx.now)  # fmt: skip

    centre.store.run(unit)
    yield
    centre.store.run(lambda _tx: [one.delete().execute() for one in (Enrolment, OpenQuestion)])


def pages(client: FlaskClient, path: str, head: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    """All the items, two a page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = client.get(f"/v1/office/{path}?limit=2{query}{after}", headers=head)
        assert answer.status_code == 200 and len(answer.get_json()["items"]) <= 2
        found += answer.get_json()["items"]
        if answer.get_json()["next"] is None:
            return found
        after = f"&after={answer.get_json()['next']}"


def test_enrolments_and_open_questions_are_read_page_by_page(centre: Centre, client: FlaskClient, said: None) -> None:
    for territory, schools in (("", {RENNES, REUNION}), ("14", {RENNES})):
        head = token(centre, "read", territory)
        classes, asked = pages(client, "enrolments", head), pages(client, "open-questions", head)
        assert len({one["id"] for one in classes}) == len(classes) == 5 * len(schools) + 1
        assert [(one["uai"], one["id"]) for one in asked] == [
            (uai, f"o{n}") for uai in sorted(schools) for n in range(5)
        ]
        assert {one["uai"] for one in classes} == schools
        (alone,) = [one for one in classes if one["kind"] == "individual"]
        assert {key: alone[key] for key in ("label", "level", "headcount", "contact_email")} == dict.fromkeys(
            ("label", "level", "headcount", "contact_email")
        )
        assert "Zoé" not in json.dumps(classes, ensure_ascii=False) and "zoe@" not in json.dumps(classes)
    head = token(centre, "read")
    assert {one["session_id"] for one in pages(client, "enrolments", head, "&session=T-1")} == {"T-1"}
    assert [one["id"] for one in pages(client, "enrolments", head, "&state=requested")] == ["alone"]
    for wrong in (
        "limit=0",
        "limit=201",
        "limit=x",
        "after=zz",
        "after=WzFd",
        "state=gone",
        "session=a%00b",
        "etat=requested",
        "limit=2&limit=3",
    ):
        answer = client.get(f"/v1/office/enrolments?{wrong}", headers=head)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid"), wrong


class OneMinute(house.Rate):
    """The requests of one minute, however long the test takes."""

    def wait(self, key: str, now: float | None = None) -> int:
        return super().wait(key, 1.0)


def test_so_many_requests_a_minute_guesses_too(centre: Centre, client: FlaskClient) -> None:
    centre.machines = OneMinute(5)
    head, other = token(centre, "read"), token(centre, "read")
    seen = [client.get("/v1/office/enrolments", headers=head).status_code for _try in range(7)]
    assert seen == [200] * 5 + [429] * 2
    assert client.get("/v1/office/enrolments", headers=other).status_code == 200
    guesses = [
        client.get("/v1/office/enrolments", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(7)
    ]
    assert guesses == [401] * 5 + [429] * 2


@pytest.fixture(params=["sqlite", "postgresql"])
def process(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Process]:
    """A centre that is served."""
    made = Process(tmp_path / "centre", database(request))
    yield made
    made.stop()


@pytest.mark.server
def test_the_page_s_examples_run(process: Process) -> None:
    page = (Path(__file__).parents[2] / "docs" / "machines.md").read_text("utf-8")
    office = process.office()
    shown = office.post("/bureau/machines/donner", status=200, name="Onisep", right="write", days="30").text
    token = machines.PREFIX + shown.partition(machines.PREFIX)[2].partition("<")[0]
    environ = {**os.environ, "CENTRE": process.url, "JETON": token}
    shell = textwrap.dedent(page[page.index("    curl") : page.index("Un refus est")])
    shell = shell.replace("https://centre.exemple.fr", process.url)
    answer = json.loads(subprocess.run(["sh", "-c", shell], env=environ, capture_output=True, check=True).stdout)
    assert [one["outcome"] for one in answer["items"]] == ["new"] and answer["written"] == 0
    kiosk = office.pair()
    office.upload([session("S-doc")])
    kiosk.sync(kiosk.operation("enrolment.request", **enrolment("e-doc", "S-doc")))
    script = page.partition("```python\n")[2].partition("```")[0]
    told = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, check=True, text=True)
    assert told.stdout == f"S-doc {kiosk.uai} 26\n"
    for code in machine_codes():
        assert f"`{code}`" in page, code


def machine_codes() -> set[str]:
    """The refusals of these addresses, as they are described."""
    described = openapi_machines.document("x", "/")["paths"].values()
    words = [one["description"] for path in described for way in path.values() for one in way["responses"].values()]
    return {code for text in words for code in re.findall("`([a-z_]+)`:", text)} - {"unavailable", "bad_request"}


@pytest.mark.server
def test_schemathesis_finds_nothing(process: Process) -> None:
    office = process.office()
    page = office.post("/bureau/machines/donner", status=200, name="Onisep", right="write", days="30").text
    shown = machines.PREFIX + page.partition(machines.PREFIX)[2].partition("<")[0]
    schema = schemathesis.openapi.from_url(f"{process.url}/v1/office/openapi.json")
    schema.config.generation.update(modes=list(schemathesis.GenerationMode))
    seen: set[str] = set()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()

        @hypothesis.settings(
            max_examples=25, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        @hypothesis.given(
            case=operation.as_strategy()
            # By its value: mypy reads for 3.10, which has no StrEnum.
            | operation.as_strategy(generation_mode=schemathesis.GenerationMode("negative"))
        )
        def try_it(case: schemathesis.Case) -> None:
            case.call_and_validate(
                base_url=process.url, headers={"Authorization": f"Bearer {shown}"}, timeout=10,
                # what a schema cannot tell: who speaks is known, a page's next
                excluded_checks=[openapi_checks.positive_data_acceptance],
            )  # fmt: skip

        try_it()
        seen.add(operation.path.rpartition("/")[2])
    assert seen == {"sessions", "speakers", "enrolments", "open-questions"}
    assert process.process.poll() is None and "Traceback" not in process.log.read_text("utf-8")
