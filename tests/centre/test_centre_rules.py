"""The centre's rules on a database of their own: order and repetition, codes and their time, imports."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.centre import demo, exchange, feed, imports, models, openapi, pairing, passwords, schools, wire
from kiosk.centre.house import Rate
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.store import Store, Tx
from kiosk.contract import PairRequest
from kiosk.engine import Engine

Run = Callable[..., Any]
KEY = b"k" * 32
UAI = "0951099D"
SESSION = {
    "title": "Éolien", "starts_at": "2035-03-01T13:30:00Z", "duration_min": 45, "format": "college-45",
    "meeting_url": "", "levels": ["4E"], "status": "planned", "speakers": [], "dossier": [],
}


def changes(*items: dict[str, Any]) -> bytes:
    """A file of changes."""
    return json.dumps({"changes": list(items)}, ensure_ascii=False, indent=1).encode()


def load(tx: Tx, data: bytes, name: str = "") -> dict[str, int]:
    """Read and write a file."""
    return imports.load(tx, imports.read(name, data), name)


def mistakes(run: Run, data: bytes, name: str = "") -> list[tuple[int, str]]:
    """(line, field) of what a file is refused for; nothing of it is kept."""
    before = run(lambda _tx: (models.Session.select().count(), models.Speaker.select().count()))
    with pytest.raises(imports.FileRefused) as refusal:
        run(load, data, name)
    assert run(lambda _tx: (models.Session.select().count(), models.Speaker.select().count())) == before
    assert all(one.message for one in refusal.value.mistakes)
    return [(one.line, one.field) for one in refusal.value.mistakes]


# -- order and repetition -----------------------------------------------------------------------

Operation = dict[str, Any]


@st.composite
def outboxes(draw: st.DrawFn) -> list[Operation]:
    """What one kiosk may have to say, in its own order, about a few things."""
    made = []
    for seq in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(["question.prepared", "question.withdraw", "enrolment.request", "enrolment.cancel"]))
        thing = draw(st.sampled_from("abc"))
        body: dict[str, Any] = {f"{kind.split('.')[0]}_id": thing}
        if kind == "question.prepared":
            body.update(session_id=draw(st.sampled_from(["S", "none"])) if thing == "c" else "S", text=f"Texte {seq} ?",
                        theme="vie", level="4E", support=draw(st.integers(0, 30)))
        elif kind == "enrolment.request":
            body.update(session_id="S", kind="class", label=f"Classe {seq}", level="4E", headcount=seq)
        made.append({"id": f"op{seq}", "seq": seq * 3, "type": kind, "at": "2026-11-24T09:00:00Z", "body": body})
    return made


def deliver(store: Store, batches: list[list[Operation]]) -> None:
    """Send batches, in this order."""
    for batch in batches:
        message = {
            "contract": 1, "kiosk": "k", "uai": UAI, "cursor": None, "sent_at": "2026-11-24T09:00:00Z",
            "operations": batch,
        }
        request = exchange.read(json.dumps(message).encode())
        store.run(lambda tx: exchange.run(tx, "token", request))


def state(store: Store) -> tuple[Any, ...]:
    """What the centre believes, without revisions."""

    def unit(_tx: Tx) -> tuple[Any, ...]:
        questions = models.Question.select(
            models.Question.id, models.Question.text, models.Question.support, models.Question.state
        )
        people = models.Enrolment.select(models.Enrolment.id, models.Enrolment.label, models.Enrolment.state)
        sent = models.Feed.select(models.Feed.type, models.Feed.id, models.Feed.body).where(models.Feed.type == "enrolment")
        return tuple(sorted(map(tuple, query.tuples())) for query in (questions, people, sent))

    return store.run(unit)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outbox=outboxes(), seed=st.integers(0, 2**32))
def test_lost_doubled_and_shuffled_batches_end_in_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, outbox: list[Operation], seed: int
) -> None:
    chance = random.Random(seed)
    batches = [[one] for one in outbox] + [chance.sample(outbox, chance.randint(1, len(outbox))) for _again in range(3)]
    chance.shuffle(batches)
    ends = []
    for way in ([outbox], batches):
        folder = tmp_path_factory.mktemp("order")
        store = Store(folder, "", Engine())
        store.start()
        try:
            store.run(lambda tx: load(tx, changes({"type": "session", "id": "S", "rev": 1, "body": SESSION})))
            store.run(paired)
            deliver(store, way)
            ends.append(state(store))
        finally:
            assert store.stop()
    assert ends[0] == ends[1]


def paired(tx: Tx) -> None:
    """Kiosk « k » with the token « token »."""
    from kiosk.centre import secretfile

    models.Kiosk.create(id="k", uai=UAI, nonce="n", token=secretfile.digest("token"), paired_at=tx.now)


def test_a_unit_that_fails_leaves_nothing_and_its_neighbours_stay(store: Store) -> None:
    def fails(tx: Tx) -> None:
        models.Notice.create(id="n", level="info", text="x", expires_at=1, created_at=1)
        raise OfficeError("no")

    with pytest.raises(OfficeError):
        store.run(fails)
    store.run(lambda tx: models.Stored.create(key="a", value="b"))
    assert store.run(lambda tx: (models.Notice.select().count(), models.Stored.get_by_id("a").value)) == (0, "b")


# -- codes and time -----------------------------------------------------------------------------


def test_a_code_dies_after_48_hours_and_five_wrong_ones_are_forgotten_after_15_minutes(run: Run) -> None:
    hour = 3_600_000

    def at(now: int, code: str) -> str | None:
        return run(lambda _tx: pairing.pair(Tx(now), PairRequest(UAI, code, "k"), KEY))  # type: ignore[no-any-return]

    late, alive = (run(lambda _tx: pairing.issue(Tx(1000), UAI)) for _code in range(2))
    assert at(1000 + 48 * hour, late) is None
    assert at(1000 + 48 * hour - 1, alive)
    start = 100 * hour
    for number in range(5):
        assert at(start + number, "WRONG") is None
    with pytest.raises(Refusal) as refusal:
        at(start + 60_000, "WRONG")
    assert (refusal.value.code, refusal.value.retry_after) == ("rate_limited", 14 * 60)
    again = run(lambda _tx: pairing.issue(Tx(start), UAI))
    assert at(start + 15 * 60_000, again)


def test_tokens_are_not_in_the_database(run: Run, tmp_path: Path) -> None:
    code = run(pairing.issue, UAI)
    token = run(lambda tx: pairing.pair(tx, PairRequest(UAI, code, "k"), KEY))
    password = run(passwords.first)
    assert run(passwords.first) is None and run(lambda tx: pairing.who(tx, token).id) == "k"
    held = b"".join(path.read_bytes() for path in tmp_path.glob("centre.sqlite3*"))
    for secret in (token, code, code.replace("-", ""), password):
        assert secret.encode() not in held


def test_ten_wrong_passwords_shut_the_door(run: Run) -> None:
    for _try in range(10):
        run(passwords.door)
        assert run(passwords.enter, False) is None
    with pytest.raises(OfficeError, match="15 min"):
        run(passwords.door)


@pytest.mark.parametrize("text", ["0951099D", " 0951099d ", "0951 099D", "7200021K", "9870026P", "9750001C"])
def test_real_schools(text: str) -> None:
    assert schools.normalise_uai(text) == "".join(text.split()).upper()


@pytest.mark.parametrize("text", ["", "0951099E", "095109D", "0951099O", "095109٩D", "0951099DD"])
def test_codes_that_no_school_has(text: str) -> None:
    assert schools.normalise_uai(text) is None


def test_the_rate_counts_by_the_minute() -> None:
    rate = Rate(2)
    assert [rate.wait("a", 60.0), rate.wait("a", 61.0), rate.wait("b", 61.0)] == [0, 0, 0]
    assert rate.wait("a", 70.0) == 50 and rate.wait("a", 120.0) == 0


# -- files --------------------------------------------------------------------------------------

CSV = """Identifiant;Titre;Date;Heure;Durée;Niveaux;Places;Lien de la visioconférence;Intervenants
S-1;Éolien, en mer;24/11/2035;14 h 30;45;4e, 3e;6;https://visio.example/1;Camille Ferrand
;Cartographe;2035-11-25;9h;55 min;2de / 1re;;;P-9, P-8
"""
PEOPLE = """Nom;Métier;Parcours;Forme;Identifiant
Camille Ferrand;technicienne / technicien;2016 : bac pro | 2018 : BTS;féminin;P-7
Aya;cartographe;;m;P-8
Zoé;géomètre;;;P-9
"""


def test_a_csv_of_the_office_in_any_usual_form(run: Run) -> None:
    run(load, PEOPLE.encode("cp1252"))
    assert run(load, CSV.encode("cp1252")) == {"session": 2}
    for variant in (CSV.encode("utf-8-sig"), CSV.replace(";", "\t").encode(), CSV.replace("\n", "\r\n").encode()):
        assert run(load, variant) == {"session": 2}
    assert run(lambda _tx: models.Session.select().count()) == 2  # again is not twice
    page = run(lambda _tx: feed.page(UAI, None, 50))
    bodies = {one["id"]: json.loads(bytes(one["body"])) for one in page.changes}
    first = bodies["S-1"]
    assert (first["starts_at"], first["format"], first["levels"], first["places"]) == (
        "2035-11-24T13:30:00Z", "college-45", ["4E", "3E"], 6,
    )
    assert first["speakers"] == ["P-7"]  # known by name
    second = next(body for id, body in bodies.items() if body.get("title") == "Cartographe")
    assert (second["format"], second["levels"], second["speakers"]) == ("lycee-55", ["2GT", "1GT"], ["P-9", "P-8"])
    assert bodies["P-7"]["path"] == [{"when": "2016", "what": "bac pro"}, {"when": "2018", "what": "BTS"}]
    assert bodies["P-8"]["job"] == {"feminine": "cartographe", "masculine": "cartographe", "shown": "masculine"}


def test_a_workbook_with_both_sheets(run: Run) -> None:
    import datetime

    book = openpyxl.Workbook()
    book.active.title = "Séances"
    for row in ([], ["Titre", "Date", "Heure", "Durée", "Places", "Intervenantes et intervenants"],
                ["Éolien", datetime.date(2035, 11, 24), datetime.time(14, 30), 45, 6.0, "Aya"]):
        book.active.append(row)
    people = book.create_sheet("Personnes")
    for row in (["Nom", "Métier (féminin)", "Métier (masculin)"], ["Aya", "technicienne", "technicien"]):
        people.append(row)
    book.create_sheet("Brouillon").append(["rien", "d’utile"])
    file = io.BytesIO()
    book.save(file)
    assert run(load, file.getvalue(), "tableau.xlsx") == {"speaker": 1, "session": 1}
    row = run(lambda _tx: models.Session.get())
    assert json.loads(row.body)["starts_at"] == "2035-11-24T13:30:00Z" and row.places == 6
    people.append(["", "x", "y"])
    book["Séances"].append(["Sans date", None, None, 45])
    book.save(file := io.BytesIO())
    assert sorted(mistakes(run, file.getvalue())) == [(3, "Nom"), (4, "Date")]


def ods(rows: list[list[str]]) -> bytes:
    """A small .ods as office suites write them."""
    cells = "".join(
        "<table:table-row>" + "".join(
            f'<table:table-cell office:value-type="date" office:date-value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
            if cell.startswith("2035") else
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        ) + "</table:table-row>" for row in rows
    )  # fmt: skip
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{names}:office:1.0" '
        f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Feuille1">{cells}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return file.getvalue()


def test_an_open_document_sheet(run: Run) -> None:
    data = ods([["Titre", "Date", "Heure", "Durée"], ["Éolien", "2035-11-24", "14h30", "45"]])
    assert run(load, data, "tableau.ods") == {"session": 1}
    assert json.loads(run(lambda _tx: models.Session.get()).body)["starts_at"] == "2035-11-24T13:30:00Z"


def test_a_table_with_mistakes_is_not_taken_and_each_is_placed(run: Run) -> None:
    bad = "Titre;Date;Heure;Durée;Lien;Places;Niveaux;Statut\nBonne;24/11/2035;9h;45;;;;\n;31/02/2035;25h;0;http://x;-1;CM2;oui\n"
    assert mistakes(run, bad.encode()) == [
        (3, "Titre"), (3, "Date"), (3, "Durée"), (3, "Lien de la visioconférence"), (3, "Niveaux"), (3, "Places"), (3, "Statut"),
    ]
    assert mistakes(run, b"Titre;Date;Heure;Dur\xe9e;Intervenant\nX;24/11/2035;9h;45;Personne\n") == [(2, "speakers")]


@pytest.mark.parametrize(
    "data",
    [b"", b"  ", b"rien;de;connu\n1;2;3", b"\xd0\xcf\x11\xe0....", b"PK\x03\x04 broken", b"\x00\x01\x02", b"{", b'{"changes": 3}',
     b"[" * 50_000, b'"x', b"x" * (2 * 1024 * 1024 + 1), b"[]x", b"\xff\xfe[\x00]\x00"],
)  # fmt: skip
def test_files_that_hold_nothing_for_us(run: Run, data: bytes) -> None:
    assert mistakes(run, data)


def test_a_workbook_that_swells_is_refused(run: Run) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 40_000_000)
    assert mistakes(run, file.getvalue()) == [(0, "")]


def test_a_file_of_changes_is_whole_or_nothing_with_line_and_field(run: Run) -> None:
    good = {"type": "session", "id": "A", "rev": 1, "body": SESSION}
    assert run(load, changes(good, {"type": "hologram", "id": "x", "rev": 1})) == {"session": 1}
    bad = changes(good, {"type": "session", "id": "B", "rev": 1, "body": {**SESSION, "duration_min": "45"}}, {"type": "speaker"})
    second = bad.decode().split("\n").index('  },') + 2
    found = mistakes(run, bad)
    assert found[0] == (second, "duration_min") and len(found) == 2
    unknown = changes({"type": "session", "id": "C", "rev": 1, "body": {**SESSION, "speakers": ["nobody"]}})
    assert mistakes(run, unknown) == [(3, "speakers")]
    assert mistakes(run, changes({**good, "id": "n\0l"}))
    assert run(load, changes({"type": "session", "id": "A", "rev": 2, "deleted": True})) == {"session": 1}
    assert run(lambda _tx: models.Session.select().count()) == 0


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_surprises_the_reader(data: bytes) -> None:
    try:
        imports.read("x", data)
    except imports.FileRefused as refusal:
        assert refusal.mistakes


# -- the rest -----------------------------------------------------------------------------------


def test_the_demonstration_loads_twice_and_fills_every_page(run: Run) -> None:
    assert len(run(demo.load)) == 4
    before = run(lambda _tx: feed.page("0951099D", None, 500).changes)
    run(demo.load)
    after = run(lambda _tx: feed.page("0951099D", None, 500).changes)
    assert {one["type"] for one in before} == {"session", "speaker", "enrolment", "question", "notice"}
    assert [one["id"] for one in before if one["type"] != "notice"] == [one["id"] for one in after if one["type"] != "notice"]
    states = run(lambda _tx: {row.state for row in models.Enrolment.select()})
    assert states == {"confirmed", "waitlisted", "requested"}


def test_the_description_is_made_from_the_types() -> None:
    document = openapi.document("x", "/")
    schemas = document["components"]["schemas"]
    assert {"Request", "Answer", "Verdict", "Change", "Problem", "QuestionPrepared", "SessionBody"} <= set(schemas)
    assert schemas["Request"]["properties"]["operations"]["maxItems"] == 50
    assert wire.WORTH_GZIP < 700
    references = json.dumps(document).split('"$ref": "')[1:]
    assert references and all(one.split('"')[0].rpartition("/")[2] in schemas for one in references)
