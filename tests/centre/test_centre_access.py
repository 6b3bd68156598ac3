"""Who may read and do what at the office: each role and territory on every address, read from the URL map; two officers
on one form; the way in. A new address that nobody ruled on is closed, and told here.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from kiosk.centre import (
    accounts,
    audit,
    factors,
    imports,
    passwords,
    replying,
    retention,
    rights,
    territories,
    versions,
    visits,
)
from kiosk.centre.app import create_app, create_centre
from kiosk.centre.house import Centre
from kiosk.centre.models import (
    TABLES,
    Account,
    AccountLink,
    ApiToken,
    Attendance,
    Audit,
    Brought,
    Code,
    Enrolment,
    Kiosk,
    Notice,
    OpenQuestion,
    Question,
    Reflection,
    School,
    SpeakerLink,
    Visit,
    WrongTry,
)
from kiosk.centre.refusals import OfficeError
from kiosk.centre.rights import ROLES, ROUTES, Person
from kiosk.centre.serving import load_demo
from kiosk.centre.settings import CentreSettings
from kiosk.engine import Engine

PASSWORD = "un mot de passe assez long"
RENNES, REUNION = "0350001L", "9740001H"
#: What each role may do besides nothing: a role that gains a right is a decision, written here too.
RIGHTS = {
    "read": {"any", "figures", "read"},
    "work": {"any", "figures", "read", "work"},
    "figures": {"any", "figures"},
    "all": {"any", "figures", "read", "work", "codes", "team"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, Flask]]:
    """A centre in this process, with the demonstration."""
    centre = create_centre(CentreSettings(tmp_path_factory.mktemp("access")), Engine())
    centre.store.start()
    load_demo(centre)
    digest = passwords.digest(PASSWORD)
    centre.store.run(lambda tx: accounts.first(tx, digest))
    for role in ROLES:
        for territory in ("", "14", "28"):
            add(centre, f"{role}{territory}", role, territory)
    yield centre, create_app(centre)
    assert centre.store.stop()


@pytest.fixture
def centre(made: tuple[Centre, Flask]) -> Centre:
    return made[0]


@pytest.fixture
def app(made: tuple[Centre, Flask]) -> Flask:
    return made[1]


def add(centre: Centre, id: str, role: str, territory: str = "", factor: str = "abcd") -> None:
    """An account that has its password and its second factor."""
    centre.store.run(
        lambda tx: Account.create(
            id=id, email=f"{id}@exemple.fr", name=f"Nom {id}", role=role, territory=territory, factor=factor,
            password=passwords.digest(PASSWORD), created_at=tx.now, seen_at=tx.now,
        )
    )  # fmt: skip


def browser(app: Flask, centre: Centre, id: str) -> tuple[FlaskClient, str]:
    """A browser in which somebody is logged in, and its form token."""
    cookie = centre.store.run(lambda tx: visits.open_visit(tx, accounts.found(id), proven=True))
    client = app.test_client()
    client.set_cookie("centre", cookie, path="/bureau")
    found = centre.store.run(lambda tx: visits.guest(tx, cookie))
    assert found is not None
    return client, found.csrf


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """(method, endpoint, address) of the whole office."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/bureau"):
            address = re.sub(r"<[^>]*>", "DEMO-C-1", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule))
            found += [(method, rule.endpoint, address) for method in sorted((rule.methods or set()) & {"GET", "POST"})]
    return found


def everything(centre: Centre) -> dict[str, Any]:
    """All rows but those that a visit and the journal write."""
    quiet = {Audit, Visit, WrongTry, Account}
    return centre.store.run(lambda _tx: {str(one): list(one.select().dicts()) for one in TABLES if one not in quiet})


def test_every_address_of_the_office_has_its_right(app: Flask) -> None:
    assert {endpoint for _m, endpoint, _a in addresses(app)} == set(ROUTES)
    known = {right for rights_ in RIGHTS.values() for right in rights_} | {"open"}
    assert {route.right for route in ROUTES.values()} <= known
    assert {code: set(role.may) for code, role in ROLES.items()} == RIGHTS


def test_what_is_the_whole_country_s_is_national_only(app: Flask, centre: Centre) -> None:
    national = {endpoint for endpoint, route in ROUTES.items() if route.national}
    assert national == {"privacy.keep", "privacy.now"}
    client, csrf = browser(app, centre, "all14")
    before = everything(centre)
    for path in ("enregistrer", "maintenant"):
        form = {"csrf": csrf, "version": "*", **STALE["privacy.keep"]}
        answer = client.post(f"/bureau/donnees/{path}", data=form)
        assert answer.status_code == 403 and "compte national" in answer.get_data(as_text=True)
    page = client.get("/bureau/donnees/").get_data(as_text=True)
    assert 'action="/bureau/donnees' not in page and everything(centre) == before


def test_every_form_says_what_it_rewrites(app: Flask) -> None:
    """« new » only adds; the rest asks for the version it was made from. One's own account is one's own."""
    own = ("door.", "me.")
    for method, endpoint, _address in addresses(app):
        form = ROUTES[endpoint].form
        if method == "POST" and not endpoint.startswith(own):
            assert form == "new" or form in versions.SUBJECTS, endpoint
        else:
            assert form is None, endpoint


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_may_and_nothing_else(app: Flask, centre: Centre, role: str) -> None:
    client, csrf = browser(app, centre, role)
    before, refused = everything(centre), 0
    for method, endpoint, address in addresses(app):
        right = ROUTES[endpoint].right
        if right == "open" or endpoint == "door.leave":
            continue
        allowed = right in RIGHTS[role]
        if method == "GET":
            status = client.get(address).status_code
            assert (status != 403) is allowed and status < 500, (endpoint, status)
        elif not allowed:
            assert client.post(address, data={"csrf": csrf, "version": "*"}).status_code == 403, endpoint
            refused += 1
    assert refused > 0 or role == "all"
    assert everything(centre) == before


def test_a_visitor_without_an_account_opens_nothing(app: Flask, centre: Centre) -> None:
    before = everything(centre)
    for method, endpoint, address in addresses(app):
        if ROUTES[endpoint].right != "open":
            answer = app.test_client().open(address, method=method, data={"version": "*"} if method == "POST" else None)
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/bureau/connexion"), endpoint
    assert everything(centre) == before


def test_a_page_shows_no_way_to_what_its_reader_may_not_do(app: Flask, centre: Centre) -> None:
    """Links and forms of every page lead to what the role may open."""
    adapter = app.url_map.bind("localhost")
    for role in ROLES:
        client, _csrf = browser(app, centre, role)
        for method, endpoint, address in addresses(app):
            if method != "GET" or ROUTES[endpoint].right not in RIGHTS[role]:
                continue
            page = client.get(address, follow_redirects=True).get_data(as_text=True)
            for kind, path in re.findall(r'(href|action)="(/bureau[^"?#]*)', page):
                leads = adapter.match(path, method="POST" if kind == "action" else "GET") if kind == "href" else None
                if leads is None:
                    leads = _target(adapter, path)
                right = ROUTES[leads[0]].right
                assert right == "open" or right in RIGHTS[role], (role, address, path)


def _target(adapter: Any, path: str) -> Any:
    """What a form's action is: its POST, or its GET for a search."""
    methods = adapter.allowed_methods(path)
    return adapter.match(path, method="POST" if "POST" in methods else "GET")


def as_person(role: str, territory: str, unit: Callable[[Any], Any], centre: Centre) -> Any:
    rights.act_as(Person("x", "X", role, territory))
    try:
        return centre.store.run(unit)
    finally:
        rights.act_as(None)


@pytest.fixture
def rows(centre: Centre) -> Iterator[dict[str, dict[str, str]]]:
    """One thing of each kind for two schools, and what names it in a form."""
    sid = "DEMO-C-1"

    def unit(tx: Any) -> None:
        for uai, pupils in ((RENNES, 111), (REUNION, 7007)):
            common = {"uai": uai, "created_at": tx.now}
            said = {"label": f"4e de {uai}", "contact": f"prof@{uai}.fr", "state": "requested"}
            Enrolment.create(id=f"e{uai}", kiosk="k", seq=1, session_id=sid, **said, **common)
            School.create(uai=uai, name=f"Lycée {uai}", town="Ville", academie=f"Académie {uai}", words=f"lycee {uai}")
            Code.create(digest=f"c{uai}", hint="XX", expires_at=tx.now + 10**6, **common)
            reported = {"uai": uai, "kiosk": "k", "seq": 3, "session_id": sid}
            numbers = {"headcount": pupils, "asked": pupils, "received": pupils, "started_at": 1, "ended_at": 2}
            Attendance.create(enrolment_id=f"e{uai}", **numbers, **reported)
            Reflection.create(answers=pupils, themes="{}", useful="{}", **reported)
            territory = "14" if uai == RENNES else "28"
            Brought.create(id=f"b{uai}", at=tx.now, name=f"Fichier {uai}", data=b"", written_at=tx.now, before="[]",
                           territory=territory)  # fmt: skip
            ApiToken.create(id=f"t{uai}", name=f"Système {uai}", digest=uai, writes=True, territory=territory,
                            account_id="", created_at=tx.now, expires_at=tx.now + 10**9)  # fmt: skip
            Question.create(id=f"q{uai}", session_id=sid, text="Avez-vous un secret de famille ?", **common)
            Kiosk.create(id=f"k{uai}", uai=uai, nonce="n", token=uai, paired_at=tx.now)
            Notice.create(id=f"n{uai}", level="info", text=f"Mot à {uai}", expires_at=tx.now + 10**9, **common)
            OpenQuestion.create(
                id=f"o{uai}", kiosk="k", seq=2, session_id=sid, text=f"Ouverte de {uai} ?", theme="vie", **common
            )

    def clean(_tx: Any) -> None:
        for model in (Enrolment, Question, Kiosk, Notice, OpenQuestion, School, Code, Attendance, Reflection):
            model.delete().where(model.uai.in_((RENNES, REUNION))).execute()
        Brought.delete().execute()
        SpeakerLink.delete().execute()
        ApiToken.delete().execute()

    centre.store.run(unit)
    yield {}
    centre.store.run(clean)


#: What chooses on the pages that list: nothing that names a school.
CHOICES = (
    "", "?q=lycee", "?q=4e", "?territoire=outre-mer", "?etat=requested", "?etat=actif", "?quoi=toutes", "?page=2",
    "?seance=DEMO-C-1", "?voir=ecartees", "?theme=autre", "?jours=365", "?lang=en",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_no_page_nor_table_of_an_academie_holds_another_s_schools(
    app: Flask, centre: Centre, rows: Any, role: str
) -> None:
    """Every address that is read, whatever is chosen on it: lists, searches, tables, statistics, the journal."""
    client, _csrf = browser(app, centre, f"{role}14")
    national, _token = browser(app, centre, role)
    told = {"own": 0, "other": 0}
    for method, endpoint, address in addresses(app):
        if method != "GET" or ROUTES[endpoint].right not in RIGHTS[role] or endpoint == "me.factor":
            continue
        for choice in CHOICES:
            page = client.get(address + choice, follow_redirects=True).get_data(as_text=True)
            for secret in (REUNION, "7007", "7\u202f007", "7\u202f118", "7,118", "7118"):
                assert secret not in page, (address, choice, secret)
            told["own"] += RENNES in page or "111" in page
        told["other"] += REUNION in national.get(address).get_data(as_text=True)
    assert told["own"] > 5 and (told["other"] > 5 or role == "figures")


def test_statistics_of_an_academie_are_of_its_schools(app: Flask, centre: Centre, rows: Any) -> None:
    for account, pupils in (("figures14", 111), ("figures", 7118)):
        client, _csrf = browser(app, centre, account)
        table = client.get("/bureau/statistiques/statistiques.csv").get_data(as_text=True)
        whole = next(line.split(";") for line in table.splitlines() if line.startswith("Ensemble"))
        assert int(whole[5]) - pupils in range(1000), account  # the demonstration's classes besides
        assert ("La Réunion" in table, f"Académie {REUNION}" in table) == (False, account == "figures")


def test_acts_on_many_stop_at_the_territory(app: Flask, centre: Centre, rows: Any) -> None:
    client, csrf = browser(app, centre, "all14")
    both = {"id": [f"e{RENNES}", f"e{REUNION}"], "state": "confirmed"}
    shown = client.post("/bureau/inscriptions/ensemble", data={"csrf": csrf, **both}).get_data(as_text=True)
    assert "1\u00a0choisie" in shown or "1 choisie" in shown
    before = everything(centre)
    for path, form in (
        ("/bureau/inscriptions/ensemble/decider", both),
        ("/bureau/questions/marquer", {"id": f"q{RENNES} q{REUNION}", "state": "kept", "session_id": "DEMO-C-1"}),
        ("/bureau/questions/deplacer", {"id": f"q{RENNES}", "rank": "1", "session_id": "DEMO-C-1", "theme": "autre"}),
        ("/bureau/kiosques/codes", {"uais": REUNION}), ("/bureau/fichiers/defaire", {"id": f"b{REUNION}"}),
        ("/bureau/fichiers/abandonner", {"id": f"b{REUNION}"}), ("/bureau/fichiers/enregistrer", {"id": f"b{REUNION}"}),
        ("/bureau/kiosques/lettres", {"codes": f"{REUNION} {REUNION}"}),
        ("/bureau/kiosques/codes.csv", {"codes": f"{REUNION} {REUNION}"}),
    ):  # fmt: skip
        answer = client.post(path, data={"csrf": csrf, "version": "*", **form})
        assert answer.status_code in (200, 303, 404, 422) and everything(centre) == before, path
    page = client.post("/bureau/kiosques/codes", data={"csrf": csrf, "uais": f"{REUNION}\n{RENNES}"})
    assert "pas de votre territoire" in page.get_data(as_text=True)
    given = centre.store.run(lambda _tx: {row.uai for row in Code.select().where(~Code.digest.startswith("c"))})
    assert REUNION not in given
    lines = f"identifiant;nom;ville\n{RENNES};Ici;Ville\n{REUNION};Ailleurs;Ville\n".encode()
    data = {"csrf": csrf, "file": (io.BytesIO(lines), "annuaire.csv")}
    page = client.post("/bureau/etablissements/annuaire", data=data)
    assert "autre territoire" in page.get_data(as_text=True)
    names = centre.store.run(lambda _tx: {row.uai: row.name for row in School.select()})
    assert (names[RENNES], names[REUNION]) == ("Ici", f"Lycée {REUNION}")


#: Every address that changes something, with a form about what is another territory's (the account is one of Rennes):
#: nothing may change. A new address is told here: which thing of others it could be made to touch is a decision.
FOREIGN: dict[str, dict[str, str]] = {
    "sessions.save": {"id": "DEMO-C-1", "title": "A", "date": "2035-01-01", "hour": "14:30", "format": "lycee-55"},
    "sessions.remove": {"id": "DEMO-C-1"},
    "speakers.save": {"id": "DEMO-P-1", "name": "Autre", "feminine": "cartographe", "drop": "1"},
    "speakers.remove": {"id": "DEMO-P-1"},
    "enrolments.decide": {"id": f"e{REUNION}", "state": "confirmed"},
    "enrolments.weigh": {"id": f"e{REUNION}", "state": "confirmed"},
    "enrolments.decide_many": {"id": f"e{REUNION}", "state": "confirmed"},
    "questions.mark": {"id": f"q{REUNION}", "state": "kept", "session_id": "DEMO-C-1"},
    "questions.move": {"id": f"q{RENNES}", "rank": "1", "session_id": "DEMO-C-1", "theme": "autre"},
    "questions.detach": {"id": f"q{REUNION}", "apart": "1", "session_id": "DEMO-C-1"},
    "questions.add": {"session_id": "nobody's", "theme": "vie", "origin": "web", "text": "Et ?"},
    "answers.give": {"uai": REUNION, "id": f"o{REUNION}", "question": "Et ?", "text": "Oui."},
    "answers.link": {"seance": "DEMO-C-1", "speaker": "DEMO-P-1", "close": "1"},
    "notices.publish": {"uai": REUNION, "text": "Bonjour", "until": "2035-01-01"},
    "notices.withdraw": {"id": f"n{REUNION}"},
    "schools.bring": {},
    "schools.save": {"uai": REUNION, "name": "Nom", "town": "Ville"},
    "files.take": {},
    "files.save": {"id": f"b{REUNION}"},
    "files.drop": {"id": f"b{REUNION}"},
    "files.describe": {"id": f"b{REUNION}", "person": "Maya Perrin", "job": "ingénieure du son"},
    "files.undo": {"id": f"b{REUNION}"},
    "files.exchange": {},
    "kiosks.code": {"uai": REUNION},
    "kiosks.codes": {"uais": REUNION},
    "kiosks.letters": {"codes": f"{REUNION} {REUNION}"},
    "kiosks.codes_table": {"codes": f"{REUNION} {REUNION}"},
    "kiosks.cancel_code": {"code": f"c{REUNION}"},
    "kiosks.revoke": {"id": f"k{REUNION}"},
    **{
        f"team.{act}": {"id": "work28", "email": "a@exemple.fr", "role": "read", "territory": "14", "suspended": "1"}
        for act in ("invite", "save", "link", "suspend", "remove")
    },
    "machines.give": {"name": "A", "right": "admin", "days": "30"},
    "machines.revoke": {"id": f"t{REUNION}"},
    "privacy.keep": {}, "privacy.now": {},
}  # fmt: skip
FOREIGN["team.invite"]["territory"] = ""


def test_every_address_that_changes_something_is_tried_on_others_things(app: Flask) -> None:
    posts = {endpoint for method, endpoint, _a in addresses(app) if method == "POST"}
    assert set(FOREIGN) == {one for one in posts if not one.startswith(("door.", "me."))}


@pytest.mark.parametrize("role", ROLES)
def test_no_typed_name_reaches_what_is_another_territory_s(app: Flask, centre: Centre, rows: Any, role: str) -> None:
    """The national link of a speaker, accounts, codes, files…: whoever the account of an académie is."""
    as_person("work", "", lambda tx: replying.give(tx, "DEMO-C-1", "DEMO-P-1"), centre)
    client, csrf = browser(app, centre, f"{role}14")
    both = (Account, AccountLink)
    people = lambda: centre.store.run(lambda _tx: [list(one.select().dicts()) for one in both])  # noqa: E731
    before, held = everything(centre), people()
    for method, endpoint, address in addresses(app):
        if method != "POST" or endpoint not in FOREIGN:
            continue
        for version in ("*", ""):
            answer = client.post(address, data={"csrf": csrf, "version": version, **FOREIGN[endpoint]})
            page = answer.get_data(as_text=True)
            assert answer.status_code in (200, 303, 403, 404, 409, 422), (endpoint, answer.status_code)
            assert everything(centre) == before and people() == held, endpoint
            assert "Nom work28" not in page and "work28@exemple.fr" not in page, endpoint


def test_an_academie_manages_its_own_accounts_and_gives_no_more_than_it_has(app: Flask, centre: Centre) -> None:
    client, csrf = browser(app, centre, "all14")
    listed = client.get("/bureau/equipe/").get_data(as_text=True)
    assert "Nom work14" in listed and "Nom work28" not in listed and "Nom read<" not in listed
    assert '<option value="">' not in listed and '<option value="28"' not in listed
    for other in ("work28", "read", "first"):
        assert client.get(f"/bureau/equipe/{other}").status_code == 404, other

    def post(act: str, **form: str) -> int:
        return client.post(f"/bureau/equipe/{act}", data={"csrf": csrf, "version": "*", **form}).status_code

    held = lambda id: centre.store.run(lambda _tx: Account.select().where(Account.id == id).dicts().get())  # noqa: E731
    before = {id: held(id) for id in ("work28", "read", "first", "all14", "work14")}
    for territory in ("", "28"):
        assert post("inviter", email="new@exemple.fr", role="read", territory=territory) == 422
        assert post("enregistrer", id="work14", email="work14@exemple.fr", role="work", territory=territory) == 422
        assert post("enregistrer", id="all14", email="all14@exemple.fr", role="all", territory=territory) == 422
    assert {id: held(id) for id in before} == before
    assert post("inviter", email="new@exemple.fr", role="all", territory="14") == 200
    made = centre.store.run(lambda _tx: Account.get(Account.email == "new@exemple.fr").id)
    assert post("lien", id=made, factor="1") == 200 and post("suspendre", id=made, suspended="1") == 303
    assert post("retirer", id=made) == 303


def test_a_link_given_before_does_not_open_what_the_account_becomes(app: Flask, centre: Centre) -> None:
    add(centre, "rising", "work", "14")
    token = as_person("all", "14", lambda tx: accounts.give_link(tx, "rising", True), centre)
    as_person("all", "", lambda tx: accounts.change(tx, "rising", "rising@exemple.fr", "", "all", ""), centre)
    assert app.test_client().post(f"/bureau/lien/{token}", data={"password": PASSWORD}).status_code == 410
    centre.store.run(lambda tx: accounts.remove(tx, "rising"))


def test_the_journal_is_of_the_territory_where_it_was_done(app: Flask, centre: Centre) -> None:
    add(centre, "moving", "work", "28")
    person = Person("moving", "Nom moving", "work", "28")
    rights.act_as(person)
    centre.store.run(lambda tx: audit.note(tx, "school", REUNION, f"{REUNION} Lycée du Sud"))
    rights.act_as(None)
    as_person("all", "", lambda tx: accounts.change(tx, "moving", "moving@exemple.fr", "", "work", "14"), centre)
    for account, seen in (("all14", False), ("all28", True), ("all", True)):
        client, _csrf = browser(app, centre, account)
        assert ("Lycée du Sud" in client.get("/bureau/equipe/journal").get_data(as_text=True)) is seen, account
    centre.store.run(lambda tx: accounts.remove(tx, "moving"))


def test_a_pupil_alone_is_told_by_no_page_nor_table(app: Flask, centre: Centre) -> None:
    """Neither the name, nor the level, nor the address given for that one pupil, nor a search or a filter by them."""
    plain = {"uai": RENNES, "kiosk": "k", "seq": 1, "session_id": "DEMO-C-1", "state": "requested"}
    alone = {
        "kind": "individual",
        "label": "Zoé Martin",
        "level": "3SEGPA",
        "headcount": 1,
        "contact": "zoe@exemple.fr",
    }
    client, csrf = browser(app, centre, "all")
    paths = ("/bureau/inscriptions/", "/bureau/inscriptions/inscriptions.csv", "/bureau/seances/DEMO-C-1")

    def shown(path: str) -> str:
        """But for whom to write to, which is told of all together, and the filter, which names every level."""
        page = client.get(path).get_data(as_text=True)
        return re.sub(r"<textarea.*?</textarea>|<select.*?</select>", "", page, flags=re.S)

    before = [shown(path).count("SEGPA") for path in paths]
    centre.store.run(lambda tx: Enrolment.create(id="alone", created_at=tx.now, **plain, **alone))
    for path, levels in zip(paths, before):
        page = shown(path)
        assert "Élève seul ou seule" in page and page.count("SEGPA") == levels, path
        assert not re.search("Zoé|zoe@", page), path
    for choice in ("q=Martin", "niveau=3SEGPA"):
        assert RENNES not in client.get(f"/bureau/inscriptions/inscriptions.csv?{choice}").get_data(as_text=True)
    client.post(
        "/bureau/inscriptions/decider", data={"csrf": csrf, "version": "*", "id": "alone", "state": "confirmed"}
    )
    assert not centre.store.run(lambda _tx: Audit.select().where(Audit.subject.contains("Zoé")).exists())
    centre.store.run(lambda _tx: Enrolment.delete_by_id("alone"))


def test_a_speaker_s_link_opens_what_its_territory_may_read(centre: Centre, rows: Any) -> None:
    def opened(territory: str) -> set[str]:
        token = as_person("work", territory, lambda tx: replying.give(tx, "DEMO-C-1", "DEMO-P-1"), centre)
        found = centre.store.run(lambda tx: replying.opened(tx, token))
        assert found is not None
        return {str(row.uai) for row, _said in found.questions} & {RENNES, REUNION}

    assert (opened(""), opened("14")) == ({RENNES, REUNION}, {RENNES})
    assert centre.store.run(lambda _tx: SpeakerLink.select().count()) == 2  # neither closes the other's
    for territory, left in (("14", 1), ("", 0)):
        as_person("work", territory, lambda tx: replying.close(tx, "DEMO-C-1", "DEMO-P-1"), centre)
        assert centre.store.run(lambda _tx: SpeakerLink.select().count()) == left


def test_a_file_takes_nothing_away_from_another_territory(centre: Centre) -> None:
    for kind, id in (("session", "DEMO-C-1"), ("speaker", "DEMO-P-1"), ("notice", "DEMO-CN-1")):
        data = f'{{"changes":[{{"type":"{kind}","id":"{id}","deleted":true}}]}}'.encode()
        before = everything(centre)
        with pytest.raises(imports.FileRefused):
            as_person("work", "14", lambda tx: imports.load(tx, imports.read(data).items), centre)  # noqa: B023
        assert everything(centre) == before, kind
    held = centre.store.run(lambda _tx: Question.get(Question.origin == "email"))
    body = f'{{"session_id":"{held.session_id}","text":"Autre ?","theme":"vie","origin":"email","state":"new"}}'
    data = f'{{"changes":[{{"type":"question","id":"{held.id}","body":{body}}}]}}'.encode()
    with pytest.raises(imports.FileRefused):
        as_person("work", "14", lambda tx: imports.load(tx, imports.read(data).items), centre)


def test_the_journal_says_each_act_from_what_to_what_and_no_pupil_s_words(
    app: Flask, centre: Centre, rows: Any
) -> None:
    client, csrf = browser(app, centre, "all")
    id, session = f"q{RENNES}", {"session_id": "DEMO-C-1", "theme": "autre"}
    lines = f"identifiant;nom;ville\n{RENNES};Ici;Ville\n"
    acts: list[tuple[str, dict[str, Any], str, list[list[str]]]] = [
        ("/bureau/inscriptions/ensemble/decider", {"id": f"e{RENNES}", "state": "confirmed"}, "enrolment",
         [["Réponse", "À décider", "Inscrite"]]),
        ("/bureau/questions/marquer", {"id": id, "state": "kept", **session}, "question_sorted",
         [["Questions", "À trier (1)", "Retenue (1)"]]),
        ("/bureau/questions/detacher", {"id": id, "apart": "1", **session}, "question_apart",
         [["Question", "Groupée", "Détachée"]]),
        ("/bureau/questions/deplacer", {"id": id, "rank": "99", **session}, "question_moved", []),
        ("/bureau/etablissements/enregistrer", {"uai": RENNES, "name": "Lycée neuf", "town": "Brest"}, "school",
         [["Nom", f"Lycée {RENNES}", "Lycée neuf"], ["Ville", "Ville", "Brest"],
          ["Académie", f"Académie {RENNES}", ""]]),
        ("/bureau/etablissements/annuaire", {"file": (io.BytesIO(lines.encode()), "a.csv")}, "directory",
         [["Établissements", "", "1"]]),
        ("/bureau/kiosques/codes", {"uais": RENNES}, "code", []),
        ("/bureau/reponses/lien", {"seance": "DEMO-C-1", "speaker": "DEMO-P-1"}, "speaker_link", []),
        ("/bureau/reponses/lien", {"seance": "DEMO-C-1", "speaker": "DEMO-P-1", "close": "1"}, "speaker_link_closed",
         []),
        ("/bureau/fichiers/defaire", {"id": f"b{RENNES}"}, "import_undone", []),
    ]  # fmt: skip
    for path, form, what, changes in acts:
        answer = client.post(path, data={"csrf": csrf, "version": "*", **form})
        assert answer.status_code in (200, 303), (path, answer.get_data(as_text=True)[-1500:])
        last = centre.store.run(lambda _tx: Audit.select().order_by(Audit.at.desc(), Audit.id.desc()).first())
        assert (last.what, last.name) == (what, "Nom all"), path
        if changes:
            assert json.loads(last.changes) == changes, path
    texts = centre.store.run(lambda _tx: [f"{row.subject} {row.detail} {row.changes}" for row in Audit.select()])
    assert not [text for text in texts if "secret de" in text or "Ouverte de" in text]


def test_the_journal_of_a_file_says_what_changed(centre: Centre) -> None:
    def unit(tx: Any) -> str:
        person = '{"name":"Aya","job":{"feminine":"pilote","masculine":"pilote","shown":"feminine"},"bio":"","path":[]}'
        question = '{"session_id":"DEMO-C-1","text":"Un secret ?","theme":"vie","origin":"web","state":"new"}'
        for body in (person, person.replace("pilote", "marin")):
            changes = (
                f'{{"type":"speaker","id":"P-file","body":{body}}},{{"type":"question","id":"f","body":{question}}}'
            )
            imports.load(tx, imports.read(f'{{"changes":[{changes}]}}'.encode()).items, "a.json")
        return str(Audit.select().where(Audit.what == "import").order_by(Audit.id.desc()).first().changes)

    told = centre.store.run(unit)
    assert json.loads(told) == [["Nouvelles", "", "1"], ["Changées", "", "1"],
                                ["Aya, Métier", "pilote / pilote, F", "marin / marin, F"]]  # fmt: skip
    centre.store.run(lambda _tx: Question.delete_by_id("f"))


def test_the_big_file_of_schools_is_read_for_who_may_bring_it_only(app: Flask, centre: Centre) -> None:
    for account, status in (("read", 413), ("work", 422)):
        client, csrf = browser(app, centre, account)
        parts = (f'name="csrf"\r\n\r\n{csrf}', f'name="file"; filename="a.csv"\r\n\r\n{"a;b" * 10**6}')
        body = "".join(f"--edge\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--edge--\r\n"
        kind = "multipart/form-data; boundary=edge"
        answer = client.post("/bureau/etablissements/annuaire", data=body, content_type=kind)
        assert answer.status_code == status, account


def test_an_academie_reads_and_changes_its_own_schools_only(app: Flask, centre: Centre, rows: Any) -> None:
    client, csrf = browser(app, centre, "all14")
    pages = ("/bureau/seances/DEMO-C-1", "/bureau/inscriptions/", "/bureau/questions/DEMO-C-1?theme=autre",
             "/bureau/reponses/",
             "/bureau/kiosques/", "/bureau/annonces/", "/bureau/questions/csv/DEMO-C-1")  # fmt: skip
    seen = 0
    for path in pages:
        page = client.get(path).get_data(as_text=True)
        assert REUNION not in page, path
        seen += RENNES in page
    assert seen == len(pages) - 1 or seen == len(pages)
    forms = {
        "/bureau/inscriptions/decider": {"id": "e{}", "state": "confirmed"},
        "/bureau/questions/marquer": {"id": "q{}", "state": "set_aside", "session_id": "DEMO-C-1"},
        "/bureau/reponses/repondre": {"uai": "{}", "id": "o{}", "question": "Et ?", "text": "Oui."},
        "/bureau/kiosques/revoquer": {"id": "k{}"},
        "/bureau/kiosques/code": {"uai": "{}"},
        "/bureau/inscriptions/ensemble/decider": {"id": "e{}", "state": "waitlisted"},
        "/bureau/questions/detacher": {"id": "q{}", "apart": "1", "session_id": "DEMO-C-1"},
        "/bureau/etablissements/enregistrer": {"uai": "{}", "name": "Nom", "town": "Ville"},
        "/bureau/annonces/retirer": {"id": "n{}"},
        "/bureau/annonces/publier": {"uai": "{}", "text": "Bonjour", "until": "2035-01-01"},
    }
    for path, form in forms.items():
        for uai, allowed in ((REUNION, False), (RENNES, True)):
            filled = {name: value.format(uai) for name, value in form.items()}
            before = everything(centre)
            status = client.post(path, data={"csrf": csrf, "version": "*", **filled}).status_code
            assert (status in (200, 303)) is allowed, (path, uai, status)
            assert (everything(centre) == before) is not allowed, (path, uai)
    national = {"csrf": csrf, "version": "*", "id": "DEMO-C-1", "title": "Autre", "date": "2035-01-01", "hour": "14:30",
                "format": "lycee-55"}  # fmt: skip
    before = everything(centre)
    for path in ("/bureau/seances/enregistrer", "/bureau/seances/retirer"):
        assert client.post(path, data=national).status_code == 422
    assert (
        client.post(
            "/bureau/annonces/publier", data={"csrf": csrf, "text": "À tous", "until": "2035-01-01"}
        ).status_code
        == 422
    )
    assert everything(centre) == before
    own = client.post("/bureau/seances/enregistrer", data={**national, "id": ""})
    assert own.status_code == 303
    mine = own.location.rpartition("/")[2]
    assert client.post("/bureau/seances/enregistrer", data={**national, "id": mine}).status_code == 303
    other, token = browser(app, centre, "all")
    assert other.post("/bureau/seances/retirer", data={"csrf": token, "version": "*", "id": mine}).status_code == 303


def test_each_school_is_of_one_academie() -> None:
    figures = [one for _name, many in territories.ACADEMIES.values() for one in many]
    assert len(figures) == len(set(figures))
    metropole = {f"{n:03d}" for n in range(1, 96)}
    overseas = {"971", "972", "973", "974", "975", "976", "977", "978", "983", "984", "987"}
    assert set(figures) == metropole | {"620", "720"} | overseas
    assert territories.name("14") == "Académie de Rennes" and territories.name("20") == "Académie d’Amiens"


#: Route → a form that changes a thing; how the thing is changed by somebody else meanwhile.
STALE = {
    "sessions.save": {"id": "DEMO-C-1", "title": "Autre", "date": "2035-01-01", "hour": "14:30", "format": "lycee-55"},
    "sessions.remove": {"id": "DEMO-C-1"},
    "speakers.save": {"id": "DEMO-P-1", "name": "Autre", "feminine": "cartographe"},
    "speakers.remove": {"id": "DEMO-P-1"},
    "enrolments.decide": {"id": "e" + RENNES, "state": "confirmed"},
    "enrolments.decide_many": {"id": "e" + RENNES, "state": "waitlisted"},
    "questions.mark": {"id": "q" + RENNES, "state": "kept", "session_id": "DEMO-C-1", "theme": "autre"},
    "questions.move": {"id": "q" + RENNES, "rank": "1", "session_id": "DEMO-C-1", "theme": "autre"},
    "questions.detach": {"id": "q" + RENNES, "apart": "1", "session_id": "DEMO-C-1", "theme": "autre"},
    "answers.link": {"seance": "DEMO-C-1", "speaker": "DEMO-P-1"},
    "schools.save": {"uai": RENNES, "name": "Lycée", "town": "Rennes"},
    "answers.give": {"uai": RENNES, "id": "o" + RENNES, "question": "Et ?", "text": "Oui."},
    "notices.withdraw": {"id": "n" + RENNES},
    "kiosks.cancel_code": {"code": "c"},
    "kiosks.revoke": {"id": "k" + RENNES},
    "team.save": {"id": "read", "email": "read@exemple.fr", "role": "read"},
    "team.link": {"id": "read"},
    "team.suspend": {"id": "read", "suspended": "1"},
    "team.remove": {"id": "read"},
    "machines.revoke": {"id": "t" + RENNES},
    "privacy.keep": {code: str(kind.months) for code, kind in retention.KINDS.items()},
}


def test_every_form_that_changes_something_is_tried_here() -> None:
    assert set(STALE) == {name for name, route in ROUTES.items() if route.form not in (None, "new")}


@pytest.mark.parametrize("endpoint", STALE)
def test_a_form_made_before_somebody_else_s_change_overwrites_nothing(
    app: Flask, centre: Centre, rows: Any, endpoint: str
) -> None:
    centre.store.run(
        lambda tx: Code.insert(digest="c", hint="XX", uai=RENNES, created_at=tx.now, expires_at=tx.now + 10**6)
        .on_conflict_ignore().execute()
    )  # fmt: skip
    client, csrf = browser(app, centre, "all")
    with app.test_request_context():
        from flask import url_for

        address = url_for(endpoint)
    form = {"csrf": csrf, **STALE[endpoint]}
    before, people = (
        everything(centre),
        centre.store.run(lambda _tx: list(Account.select(Account.id, Account.email).tuples())),
    )
    for version in ({}, {"version": ""}, {"version": "0123456789abcdef"}):
        answer = client.post(address, data={**form, **version})
        assert answer.status_code == 409, (endpoint, version)
        assert "Rien n’est écrasé" in answer.get_data(as_text=True).replace("\u00a0", " ")
    assert everything(centre) == before
    assert centre.store.run(lambda _tx: list(Account.select(Account.id, Account.email).tuples())) == people
    kind = ROUTES[endpoint].form or ""
    present = centre.store.run(lambda _tx: versions.of(kind, versions.SUBJECTS[kind].find(MultiDict(STALE[endpoint]))))
    if endpoint not in ("sessions.remove", "speakers.remove", "team.remove", "sessions.save", "speakers.save"):
        assert client.post(address, data={**form, "version": present}).status_code in (200, 303), endpoint
        if endpoint == "team.suspend":
            centre.store.run(lambda tx: accounts.suspend(tx, "read", False))


def test_every_form_of_every_page_carries_its_version(app: Flask, centre: Centre, rows: Any) -> None:
    client, _csrf = browser(app, centre, "all")
    adapter, seen = app.url_map.bind("localhost"), set()
    paths = [address for method, _e, address in addresses(app) if method == "GET"]
    more = ("/bureau/reponses/?seance=DEMO-C-1", "/bureau/questions/DEMO-C-1?theme=autre")
    for path in [*paths, *more, "/bureau/intervenants/DEMO-P-1", "/bureau/equipe/read"]:
        page = client.get(path, follow_redirects=True).get_data(as_text=True)
        for action, inside in re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', page, re.S):
            endpoint = adapter.match(action, method="POST")[0]
            if ROUTES[endpoint].form not in (None, "new"):
                seen.add(endpoint)
                empty = re.search(r'name="(id|uai)"[^>]* value=""', inside)
                assert empty or re.search(r'name="version" value="[0-9a-f]{16}"', inside), (path, endpoint)
    # a decision on several is on a page that a form shows: test_centre_office
    assert set(STALE) - seen <= {"sessions.remove", "speakers.remove", "enrolments.decide_many"}


def test_the_second_officer_is_told_what_changed_and_keeps_what_was_typed(app: Flask, centre: Centre) -> None:
    nadia, token = browser(app, centre, "work")
    herve, other = browser(app, centre, "all")
    form = {"title": "Éolienne", "date": "2035-03-01", "hour": "14:30", "format": "lycee-55", "places": "10"}
    sid = nadia.post("/bureau/seances/enregistrer", data={"csrf": token, **form}).location.rpartition("/")[2]
    page = nadia.get(f"/bureau/seances/modifier/{sid}").get_data(as_text=True)
    version = re.search(r'name="version" value="(\w+)"', page)[1]  # type: ignore[index]
    changed = herve.post(
        "/bureau/seances/enregistrer", data={"csrf": other, **form, "id": sid, "version": version, "hour": "15:00"}
    )
    assert changed.status_code == 303
    mine = {"csrf": token, **form, "id": sid, "version": version, "places": "12", "title": "Éolienne en mer"}
    told = nadia.post("/bureau/seances/enregistrer", data=mine)
    page = re.sub("[\u00a0\u202f]", " ", told.get_data(as_text=True))
    assert told.status_code == 409 and "Nom all a changé cela" in page
    assert 'value="Éolienne en mer"' in page and 'value="12"' in page
    assert re.search(r"Heure de Paris : 15:00 \(\s*vous : 14:30\)", " ".join(re.sub("<[^>]+>", "", page).split()))
    again = re.search(r'name="version" value="(\w+)"', page)[1]  # type: ignore[index]
    assert nadia.post("/bureau/seances/enregistrer", data={**mine, "version": again}).status_code == 303
    story = herve.get("/bureau/equipe/journal?quoi=sessions").get_data(as_text=True).replace("\u00a0", " ")
    assert re.search(r"Heure de Paris\s*:\s*<s>14:30</s>\s*<b>15:00</b>", story)
    assert "Nom all" in story and "Nom work" in story


def test_what_one_removed_the_other_may_save_anew(app: Flask, centre: Centre) -> None:
    client, token = browser(app, centre, "all")
    form = {"csrf": token, "title": "Perdue", "date": "2035-03-01", "hour": "14:30", "format": "lycee-55"}
    told = client.post("/bureau/seances/enregistrer", data={**form, "id": "S-gone", "version": "0123456789abcdef"})
    page = told.get_data(as_text=True)
    assert told.status_code == 409 and "a retiré cela" in page and 'name="id" value=""' in page and "Perdue" in page


# -- the way in


def token_in(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def knock(app: Flask, email: str, password: str, address: str = "192.0.2.1", client: FlaskClient | None = None) -> Any:
    return (client or app.test_client()).post(
        "/bureau/connexion", data={"email": email, "password": password}, environ_base={"REMOTE_ADDR": address}
    )


@pytest.fixture
def quiet(centre: Centre) -> Iterator[None]:
    """No try counted yet."""
    centre.store.run(lambda _tx: WrongTry.delete().execute())
    yield
    centre.store.run(lambda _tx: WrongTry.delete().execute())


def test_the_only_password_there_was_still_opens_without_an_address(app: Flask, quiet: None) -> None:
    assert knock(app, "", PASSWORD).location == "/bureau"
    assert knock(app, "", PASSWORD + "x").status_code == 403


def test_a_second_factor_is_asked_and_serves_once(app: Flask, centre: Centre, quiet: None) -> None:
    add(centre, "twice", "work", factor="1234")
    client = app.test_client()
    assert knock(app, "Twice@Exemple.fr ", PASSWORD, client=client).status_code == 303
    page = client.get("/bureau/seances/")
    assert page.location == "/bureau/connexion/code?suite=/bureau/seances/"
    csrf = token_in(client.get(page.location).get_data(as_text=True))
    totp = pyotp.TOTP(factors.secret(centre.key, "twice", "1234"))
    wrong = client.post(
        "/bureau/connexion/code", data={"csrf": csrf, "code": "000000" if totp.now() != "000000" else "1"}
    )
    assert wrong.status_code == 403 and client.get("/bureau/seances/").status_code == 303
    code = totp.now()
    right = client.post("/bureau/connexion/code", data={"csrf": csrf, "code": code, "suite": "/bureau/annonces/"})
    assert right.location == "/bureau/annonces/" and client.get("/bureau/seances/").status_code == 200
    row = centre.store.run(lambda _tx: accounts.found("twice"))
    assert centre.store.run(lambda tx: factors.accept(centre.key, row, code, tx.now)) == ""


def test_a_recovery_code_serves_once(centre: Centre) -> None:
    add(centre, "spare", "read")
    codes = centre.store.run(lambda _tx: factors.give_codes("spare"))
    accept = lambda given: centre.store.run(  # noqa: E731
        lambda tx: factors.accept(centre.key, accounts.found("spare"), given, tx.now)
    )
    assert len(set(codes)) == 10 and accept(codes[0].lower()) == "recovery" and accept(codes[0]) == ""
    assert accept(codes[1]) == "recovery" and accept("") == "" and accept("AAAA-AAAA-AAAA") == ""
    again = centre.store.run(lambda _tx: factors.give_codes("spare"))
    assert accept(codes[2]) == "" and accept(again[2]) == "recovery"


def test_codes_of_the_second_factor_are_counted(app: Flask, centre: Centre, quiet: None) -> None:
    add(centre, "guess", "read")
    client = app.test_client()
    knock(app, "guess@exemple.fr", PASSWORD, client=client)
    csrf = token_in(client.get("/bureau/connexion/code").get_data(as_text=True))
    seen = [client.post("/bureau/connexion/code", data={"csrf": csrf, "code": "x"}).status_code for _try in range(6)]
    assert seen == [403] * 5 + [429] and client.get("/bureau/connexion/code").location.startswith("/bureau/connexion")


def test_wrong_passwords_elsewhere_keep_nobody_out(app: Flask, centre: Centre, quiet: None) -> None:
    add(centre, "honest", "read", factor="")
    mine = app.test_client()
    assert knock(app, "honest@exemple.fr", PASSWORD, "192.0.2.9", mine).status_code == 303
    for number in range(visits.OF_ACCOUNT // visits.OF_ADDRESS):
        for _try in range(visits.OF_ADDRESS):
            assert knock(app, "honest@exemple.fr", "x" * 12, f"198.51.100.{number}").status_code == 403
    assert knock(app, "honest@exemple.fr", PASSWORD, "198.51.100.1").status_code == 429  # this address tried too often
    assert knock(app, "honest@exemple.fr", PASSWORD, "203.0.113.7").status_code == 429  # a browser nobody knows
    assert knock(app, "honest@exemple.fr", PASSWORD, "203.0.113.7", mine).status_code == 303  # this one is known
    assert knock(app, "twice@exemple.fr", "y" * 12, "203.0.113.8").status_code == 403  # another account goes on
    token = centre.store.run(lambda tx: accounts.give_link(tx, "honest", False))
    fresh = app.test_client()
    assert fresh.post(f"/bureau/lien/{token}", data={"password": "un tout autre secret"}).status_code == 303
    assert knock(app, "honest@exemple.fr", "un tout autre secret", "203.0.113.7", fresh).status_code == 303


def test_a_known_browser_is_counted_too(app: Flask, centre: Centre, quiet: None) -> None:
    add(centre, "known", "read", factor="")
    client = app.test_client()
    knock(app, "known@exemple.fr", PASSWORD, client=client)
    statuses = [knock(app, "known@exemple.fr", "x" * 12, client=client).status_code for _try in range(11)]
    assert statuses == [403] * 10 + [429]


def test_tries_at_once_are_all_counted(app: Flask, centre: Centre, quiet: None) -> None:
    import threading

    seen: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: seen.append(knock(app, "figures@exemple.fr", "x" * 12, "192.0.2.77").status_code)
        )
        for _one in range(visits.OF_ADDRESS + 10)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen.count(403) <= visits.OF_ADDRESS and seen.count(429) >= 10


def test_a_link_serves_once_and_leads_to_the_second_factor(app: Flask, centre: Centre, quiet: None) -> None:
    client, csrf = browser(app, centre, "all")
    page = client.post(
        "/bureau/equipe/inviter",
        data={"csrf": csrf, "email": "Nouvelle@Exemple.fr", "name": "Nadia Le Bris", "role": "work", "territory": "14"},
    ).get_data(as_text=True)
    path = re.search(r"http://localhost(/bureau/lien/[\w-]+)", page)[1]  # type: ignore[index]
    other = app.test_client()
    assert "Nadia Le Bris" in other.get(path).get_data(as_text=True)
    for short in ("court", "Nadia Le Bris", "nouvelle@exemple.fr", "aaaaaaaaaaaaa", "x" * 201):
        assert other.post(path, data={"password": short}).status_code == 422
    assert other.post(path, data={"password": "un secret de Rennes"}).status_code == 303
    assert other.get(path).status_code == 410 and other.post(path, data={"password": PASSWORD}).status_code == 410
    assert other.get("/bureau/seances/").location == "/bureau/moi/second-facteur"
    page = other.get("/bureau/moi/second-facteur").get_data(as_text=True)
    token = token_in(page)
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")  # type: ignore[index]
    assert other.post("/bureau/moi/second-facteur", data={"csrf": token, "code": "12"}).status_code == 422
    codes = other.post("/bureau/moi/second-facteur", data={"csrf": token, "code": pyotp.TOTP(secret).now()})
    assert codes.status_code == 200 and codes.get_data(as_text=True).count('class="secret"') == 10
    assert other.get("/bureau/seances/").status_code == 200
    assert "Académie de Rennes" in other.get("/bureau/seances/").get_data(as_text=True)


def test_nobody_takes_the_last_whole_account_away(centre: Centre) -> None:
    def unit(tx: Any) -> None:
        Account.delete().where(~Account.id.in_(("all", "all14"))).execute()
        for act in (
            lambda: accounts.remove(tx, "all"), lambda: accounts.suspend(tx, "all", True),
            lambda: accounts.change(tx, "all", "all@exemple.fr", "", "work", ""),
            lambda: accounts.change(tx, "all", "all@exemple.fr", "", "all", "14"),
        ):  # fmt: skip
            with pytest.raises(OfficeError, match="dernier compte"):
                act()
        assert not accounts.closed(accounts.found("all"), tx.now + 3 * accounts.DORMANT)
        assert accounts.closed(accounts.found("all14"), tx.now + 3 * accounts.DORMANT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        centre.store.run(unit)
