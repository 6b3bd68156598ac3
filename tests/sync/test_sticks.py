"""Sticks (contract, section 6): a school that never has a network, several files at once, hostile files, revision 1."""

from __future__ import annotations

import gzip
import io
import json
import re
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from factories import make_room, make_session
from kiosk import cli
from kiosk.centre import answers as speaker_answers
from kiosk.centre import feed, longcodes
from kiosk.centre import stick as office_stick
from kiosk.centre.app import create_app
from kiosk.centre.house import Centre
from kiosk.centre.models import Code, Enrolment
from kiosk.centre.models import Kiosk as Paired
from kiosk.centre.models import Operation as Done
from kiosk.centre.models import Question
from kiosk.centre.pairing import pair as pair_over_http
from kiosk.centre.serving import open_centre
from kiosk.centre.settings import CentreSettings
from kiosk.centre.store import Tx
from kiosk.contract import PairRequest, QuestionOpen, sticks
from kiosk.domain import enrolments, outbox
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.exchange import identity, place, stick
from kiosk.exchange.worker import Worker
from kiosk.ground import i18n
from kiosk.ground.errors import KioskError
from kiosk.ops import sync_command
from kiosk.storage.models import Answer
from kiosk.storage.models import Enrolment as Enrolled
from kiosk.storage.models import Notice, Operation, Session
from sync import simulation
from sync.test_sync_revision_2 import tell

UAI = "0951099D"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    opened = open_centre(CentreSettings(data_dir=tmp_path / "centre"))
    opened.store.run(lambda tx: simulation.catalogue.put_session(tx, "S1", simulation.session_body(1)))
    yield opened
    opened.store.stop()


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a socket fails the test."""

    def refused(*_args: Any, **_values: Any) -> Any:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)


def row(centre: Centre, model: Any) -> Any:
    """The only row of one of the centre's tables."""
    return centre.store.run(lambda _tx: model.get())


def code_for(centre: Centre, uai: str = UAI) -> str:
    return str(centre.store.run(lambda tx: longcodes.issue(tx, centre.key, uai)))


def journey(centre: Centre, *files: bytes) -> list[bytes]:
    return [data for _name, data in office_stick.answers(centre, [(f"{n}.gz", data) for n, data in enumerate(files)])]


def asks(kiosk: Kiosk, centre: Centre) -> Worker:
    """A kiosk whose long code was typed."""
    worker = Worker(kiosk, lambda: pytest.fail("a line was made"))
    worker.pair(code_for(centre), UAI, "CDI")
    return worker


def opened(data: bytes) -> dict[str, Any]:
    return dict(json.loads(gzip.decompress(data)))


class Office:
    """Somebody at the office's pages, without a network."""

    def __init__(self, centre: Centre) -> None:
        from kiosk.centre.serving import first_password

        password = first_password(centre)
        self.client = create_app(centre).test_client()
        assert self.client.post("/bureau/connexion", data={"password": password}).status_code == 303
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get("/bureau/moi/").text)
        assert found
        self.csrf = found[1]

    def post(self, path: str, **form: Any) -> Any:
        return self.client.post(path, data={"csrf": self.csrf, **form})

    def long_code(self, uai: str = UAI) -> str:
        page = self.post("/bureau/kiosques/code", uai=uai, long="1").text
        found = re.search(r'class="code">([0-9A-Z-]+)<', page)
        assert found and "60 jours" in page
        return found[1]

    def answers(self, *files: tuple[str, bytes]) -> Any:
        return self.post("/bureau/fichiers/cle", file=[(io.BytesIO(data), name) for name, data in files])


def test_a_school_that_never_has_a_connection_does_everything_by_stick(
    centre: Centre, kiosk_at: Callable[..., Kiosk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_socket: None
) -> None:
    office, kiosk = Office(centre), kiosk_at("", token="")
    key = tmp_path / "key"
    key.mkdir()
    monkeypatch.setenv("KIOSK_DATA_DIR", str(kiosk.settings.data_dir))

    def command(*words: str) -> None:
        before = i18n.current()
        assert cli.main(list(words)) == 0
        i18n.set_language(before)
        kiosk.database.use()

    def carried() -> bytes:
        """The kiosk's newest file goes to the office, and its answer comes back on the same stick."""
        (file,) = key.glob(f"{UAI}*")
        back = office.answers((file.name, file.read_bytes()))
        assert back.status_code == 200, back.text
        file.unlink()
        (key / "reponse.kiosk.json.gz").write_bytes(back.data)
        return bytes(back.data)

    command("pair", office.long_code(), "--uai", UAI, "--label", "CDI", "--stick", str(key))
    carried()
    command("import", "exchange", str(key / "reponse.kiosk.json.gz"))
    assert identity.load(kiosk.settings.data_dir, 0)[0].pending is None
    assert Session.get_by_id("S1").rev > 0  # the programme came with the pairing
    kiosk.write(lambda tx: enrolments.request(tx, "S1", kind="class", label="4e B", level="4E", headcount=26))
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    kiosk.write(lambda tx: preparation.add_many(tx, room, ["Et la nuit ?"], origin="prepared"))
    kiosk.write(
        lambda tx: outbox.append(tx, "question.open", QuestionOpen("o1", "S1", "Et demain ?", "metier"), subject="o1")
    )
    command("export", "exchange", str(key))
    carried()
    command("import", "exchange", str(key / "reponse.kiosk.json.gz"))
    assert (outbox.waiting(), Enrolled.get().state) == (0, "confirmed")
    assert (row(centre, Enrolment).label, row(centre, Question).text) == ("4e B", "Et la nuit ?")
    centre.store.run(lambda tx: speaker_answers.give(tx, UAI, "o1", "Et demain ?", "Du vent, j’espère."))
    command("export", "exchange", str(key))
    carried()
    command("import", "exchange", str(key / "reponse.kiosk.json.gz"))
    assert Answer.get().text == "Du vent, j’espère."


def test_the_key_of_a_code_is_nowhere_once_its_token_has_spoken(centre: Centre, kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("", token="")
    worker = asks(kiosk, centre)
    assert row(centre, Code).sealed
    (first,) = journey(centre, worker.stick_file()[1])
    held = identity.load(kiosk.settings.data_dir, 0)[0]
    assert held.pending and not held.token
    # The answer was lost: the same file, or a newer one with the same salt, gets the same token.
    make_session(kiosk, "S1")
    kiosk.write(lambda tx: enrolments.request(tx, "S1", kind="class", label="4e B", level="4E", headcount=26))
    (again,) = journey(centre, worker.stick_file()[1])
    token = sticks.token_of(bytes.fromhex(held.pending.key), UAI, held.kiosk)
    assert all(sticks.genuine(sticks.opened(one), token) for one in (first, again))
    assert token not in json.dumps([opened(first), opened(again)])  # nobody carries it
    assert worker.take_stick(again).paired and worker.take_stick(again).changes == 0
    assert identity.load(kiosk.settings.data_dir, 0)[0].token == token
    code = row(centre, Code)
    assert (code.sealed, code.used_at is not None, row(centre, Paired).pairing_key != "") == ("", True, True)
    centre.store.run(lambda tx: Paired.update(seen_at=tx.now - 600_000).execute())
    journey(centre, worker.stick_file()[1])
    assert row(centre, Paired).pairing_key == ""


def test_a_long_code_never_pairs_over_a_network_and_its_bounds_hold(centre: Centre) -> None:
    code = code_for(centre)
    asked = PairRequest(uai=UAI, code=code, kiosk="k1")
    assert centre.store.run(lambda tx: pair_over_http(tx, asked, centre.key)) is None
    for _time in range(9):
        code_for(centre)
    with pytest.raises(office_stick.OfficeError, match="10 codes longs"):
        code_for(centre)
    assert centre.store.run(lambda tx: longcodes.revoke(tx, UAI)) == 10
    assert centre.store.run(lambda _tx: Code.select().where(Code.sealed != "").count()) == 0
    assert sticks.long_code(f" {code.lower().replace('-', '–')} ") == code.replace("-", "")
    assert sticks.long_code("oOiIlL" + "0" * 10) == "001111" + "0" * 10
    assert sticks.long_code("7KQ2-M9XA") is None


@pytest.mark.parametrize("used", ["wrong", "cancelled", "another school's", "used"])
def test_a_pairing_file_that_no_living_code_wrote_is_said_and_locks_nothing(
    centre: Centre, kiosk_at: Callable[..., Kiosk], used: str
) -> None:
    kiosk = kiosk_at("", token="")
    worker = asks(kiosk, centre)
    if used == "wrong":
        worker.pair("0000-1111-2222-3333", UAI)
    elif used == "cancelled":
        centre.store.run(lambda tx: longcodes.revoke(tx, UAI))
    elif used == "another school's":
        worker.pair(code_for(centre, "0750652B"), UAI)
    else:
        centre.store.run(lambda tx: Code.update(used_at=tx.now).execute())
    with pytest.raises(office_stick.Refused) as refused:
        journey(centre, worker.stick_file()[1])
    assert "Aucun code long valable" in refused.value.wrong[0][1] and not centre.store.run(
        lambda _tx: Paired.select().exists()
    )
    asks(kiosk, centre)
    assert worker.take_stick(journey(centre, worker.stick_file()[1])[0]).paired


def test_the_same_code_keeps_its_salt_and_another_has_its_own(centre: Centre, kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("", token="")
    worker, code = asks(kiosk, centre), code_for(centre)

    def salt() -> str:
        held = identity.load(kiosk.settings.data_dir, 0)[0].pending
        assert held is not None
        return held.salt

    first = salt()
    worker.pair(code, UAI)
    second = salt()
    worker.pair(code, UAI)
    assert second == salt() != first
    with pytest.raises(KioskError, match="seize signes"):
        stick.ask(kiosk, "7KQ2-M9XA", UAI)
    stick.give_up(kiosk)
    with pytest.raises(KioskError, match="jumelé"):
        worker.stick_file()


def paired(kiosk: Kiosk, centre: Centre) -> Worker:
    worker = asks(kiosk, centre)
    worker.take_stick(journey(centre, worker.stick_file()[1])[0])
    return worker


def publish(centre: Centre, notice: dict[str, Any], times: int) -> None:
    """That many notices of these words, in one unit of work."""

    def unit(_tx: Tx) -> None:
        for number in range(times):
            feed.publish("notice", f"N{number}", notice)

    centre.store.run(unit)


def test_any_number_of_operations_in_one_file_and_any_number_of_pages_back(
    centre: Centre, kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at("", token="")
    worker = paired(kiosk, centre)
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    kiosk.write(lambda tx: preparation.add_many(tx, room, [f"Question {i} ?" for i in range(120)], origin="prepared"))
    notice = {"level": "info", "text": "Un mot.", "expires_at": "2035-12-01T00:00:00Z"}
    publish(centre, notice, 1100)
    asked = worker.stick_file()[1]
    assert [len(one["operations"]) for one in opened(asked)["messages"]] == [50, 50, 20]
    (back,) = journey(centre, asked)
    answer = opened(back)
    assert answer["message"] == answer["messages"][0]
    assert max(len(page["changes"]) for page in answer["messages"]) <= 500 and not answer["messages"][-1]["more"]
    outcome = worker.take_stick(back)
    assert (outcome.accepted, outcome.waiting, outcome.more) == (120, 0, False)
    assert outcome.changes >= 1100
    assert worker.take_stick(back).changes == 0


def test_what_no_file_may_hold_takes_one_more_journey_and_it_is_said(
    centre: Centre, kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at("", token="")
    worker = paired(kiosk, centre)
    notice = {"level": "info", "text": "Un mot. " * 600, "expires_at": "2035-12-01T00:00:00Z"}
    publish(centre, notice, 1500)
    seen = []
    for _journey in range(2):
        (back,) = journey(centre, worker.stick_file()[1])
        outcome = worker.take_stick(back)
        seen.append(outcome.more)
        assert ("voyage de plus" in "\n".join(sync_command.report(outcome))) is outcome.more
    assert seen == [True, False] and Notice.select().count() == 1500


def test_several_files_of_a_kiosk_get_one_answer_to_the_newest(centre: Centre, kiosk_at: Callable[..., Kiosk]) -> None:
    one, other = kiosk_at("", token=""), kiosk_at("", token="")
    other.database.use()
    second = paired(other, centre)
    one.database.use()
    worker = paired(one, centre)
    room = make_room(one, session_id="S1", class_label="4e B")
    files = []
    for words in ("Et la nuit ?", "Et le jour ?"):
        one.write(lambda tx: preparation.add_many(tx, room, [words], origin="prepared"))
        files.append(worker.stick_file()[1])
    other.database.use()
    third = second.stick_file()[1]
    one.database.use()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.kiosk.json.gz", files[1])
        archive.writestr("b.kiosk.json.gz", third)
    back = Office(centre).answers(("old.gz", files[0]), ("clé.zip", packed.getvalue()))
    with zipfile.ZipFile(io.BytesIO(back.data)) as archive:
        made = [archive.read(name) for name in archive.namelist()]
    assert len({opened(data)["kiosk"] for data in made}) == len(made) == 2
    taken = [data for data in made if opened(data)["kiosk"] == opened(files[0])["kiosk"]]
    assert worker.take_stick(taken[0]).waiting == 0
    assert centre.store.run(lambda _tx: Question.select().count()) == 2


def test_a_file_of_revision_1_gets_an_answer_of_revision_1(centre: Centre, kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("", token="")
    worker = paired(kiosk, centre)
    file = opened(worker.stick_file()[1])
    del file["messages"], file["mac2"]
    (back,) = journey(centre, json.dumps(file).encode())
    assert set(opened(back)) == {"kind", "kiosk", "uai", "made_at", "message", "mac"}
    assert worker.take_stick(back).failure == "ok"


def test_what_was_altered_or_is_not_a_file_is_refused_on_both_sides(
    centre: Centre, kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at("", token="")
    worker = paired(kiosk, centre)
    good = worker.stick_file()[1]
    text = gzip.decompress(good).decode()
    value = json.loads(text)
    bomb = gzip.compress(b'{"kind": "request", "x": "' + b" " * (17 << 20) + b'"}')
    wrong = {
        "garbage": b"rien",
        "empty": b"",
        "cut": good[:-9],
        "deep": gzip.compress(b"[" * 100_000),
        "many": gzip.compress(b"[" + b"0," * 2_100_000 + b"0]"),
        "bomb": bomb,
        "twice": text.replace('"kind":', '"kind": "answer", "kind":', 1).encode(),
        "utf-16": text.encode("utf-16"),
        "half": text.replace('"uai"', '"x": "\\ud800", "uai"', 1).encode(),
        "fraction": json.dumps({**value, "x": 1.5}).encode(),
        "unknown field": json.dumps({**value, "x": 1}).encode(),
        "unsigned": json.dumps({**value, "mac2": "0" * 64}).encode(),
        "other first": json.dumps({**value, "messages": [{}]}).encode(),
        "no mark": json.dumps({name: held for name, held in value.items() if name != "mac2"}).encode(),
    }
    for name, data in wrong.items():
        with pytest.raises(office_stick.Refused) as refused:
            journey(centre, data)
        assert refused.value.wrong[0][1], name
        with pytest.raises(KioskError) as told:
            worker.take_stick(data)
        assert told.value.code in ("stick_large" if name in ("many", "bomb") else "stick_invalid", "stick_foreign"), (
            name
        )
    with pytest.raises(office_stick.Refused, match="Choisissez"):
        office_stick.answers(centre, [])
    (back,) = journey(centre, good)
    for bend in ({"uai": "0750652B"}, {"kiosk": "other"}, {"made_at": "2020-01-01T00:00:00Z"}):
        with pytest.raises(KioskError) as told:
            worker.take_stick(json.dumps({**opened(back), **bend}).encode())
        assert told.value.code == "stick_foreign"


def test_a_message_of_another_kiosk_inside_a_signed_file_is_refused(
    centre: Centre, kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at("", token="")
    worker = paired(kiosk, centre)
    value = opened(worker.stick_file()[1])
    token = identity.load(kiosk.settings.data_dir, 0)[0].token
    head = {name: value[name] for name in ("kind", "kiosk", "uai", "made_at")}
    forged = sticks.sealed(head, [value["message"], {**value["message"], "kiosk": "other"}], token, many=True)
    with pytest.raises(office_stick.Refused) as refused:
        journey(centre, sticks.packed(forged))
    assert "autre kiosque" in refused.value.wrong[0][1]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(300):
            made.writestr(f"{number}.gz", b" " * 400_000)
    with pytest.raises(office_stick.Refused) as refused:
        journey(centre, archive.getvalue())
    assert "trop à la fois" in refused.value.wrong[-1][1] and len(refused.value.wrong) < 60
    centre.store.run(lambda tx: Paired.update(revoked_at=tx.now).execute())
    with pytest.raises(office_stick.Refused) as refused:
        journey(centre, worker.stick_file()[1])
    assert "révoqué" in refused.value.wrong[0][1]


def test_one_new_history_a_stick_and_three_a_day(centre: Centre, kiosk_at: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_at("", token="")
    worker = paired(kiosk, centre)
    worker.take_stick(journey(centre, worker.stick_file()[1])[0])
    who = identity.load(kiosk.settings.data_dir, 0)[0]
    head = {"kind": "answer", "kiosk": who.kiosk, "uai": who.uai, "made_at": "2026-11-24T09:00:00Z"}
    page = {"contract": 1, "time": "2036-11-24T09:00:00Z", "cursor": "c", "verdicts": [], "changes": [], "revision": 2}

    def read(*epochs: str) -> str:
        pages = [{**page, "epoch": one} for one in epochs]
        try:
            worker.take_stick(sticks.packed(sticks.sealed(head, pages, who.token, many=True)))
        except KioskError as refused:
            return str(refused.values["failure"])
        return place.epoch()

    assert read("e1", "e2") == "server" and place.epoch() == "e1"
    assert (read("e3"), read("e4"), read("e5")) == ("e3", "e4", "server")
    assert place.epoch() == "e4"


def test_a_centre_that_went_back_begins_one_history_for_a_whole_file(
    centre: Centre, kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at("", token="")
    worker = paired(kiosk, centre)
    tell(kiosk, 120)
    worker.take_stick(journey(centre, worker.stick_file()[1])[0])
    tell(kiosk, 120)
    asked = worker.stick_file()[1]
    assert len(opened(asked)["messages"]) == 3
    centre.store.run(lambda tx: (Paired.update(seq=10).execute(), Done.delete().where(Done.seq > 10).execute()))
    known = place.epoch()
    assert worker.take_stick(journey(centre, asked)[0]).more
    began = place.epoch()
    assert began != known
    for _journey in range(2):
        worker.take_stick(journey(centre, worker.stick_file()[1])[0])
    assert place.epoch() == began and outbox.waiting() == 0
    done = centre.store.run(lambda tx: {row.id for row in Done.select()})
    assert done >= {row.id for row in Operation.select()}


def test_a_cursor_that_is_known_no_more_starts_again_without_a_journey(
    centre: Centre, kiosk_at: Callable[..., Kiosk]
) -> None:
    kiosk = kiosk_at("", token="")
    worker = paired(kiosk, centre)
    value = opened(worker.stick_file()[1])
    token = identity.load(kiosk.settings.data_dir, 0)[0].token
    message = {**value["message"], "cursor": "elsewhere-12"}
    head = {name: value[name] for name in ("kind", "kiosk", "uai", "made_at")}
    (back,) = journey(centre, sticks.packed(sticks.sealed(head, [message], token, many=True)))
    assert opened(back)["message"]["changes"]


# -- RFC 8785 --------------------------------------------------------------------------------------


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    """Its section 3.2.3 (the order of keys) and 3.2.2 (what is escaped), with integers."""
    keys = {"\u20ac": "Euro", "\r": "CR", "\ufb33": "Hebrew", "1": "One", "\U0001f600": "Emoji", "\x80": "C1", "ö": "o"}
    found = sticks.canonical(keys).decode()
    order = ["CR", "One", "C1", "o", "Euro", "Emoji", "Hebrew"]
    assert re.findall(r':"(\w+)"', found) == order
    given = json.loads(
        '{"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}'
    )
    wanted = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert sticks.canonical(given).decode() == wanted
    assert sticks.canonical({"b": -1, "a": [{}, [], 2**53 - 1]}) == b'{"a":[{},[],9007199254740991],"b":-1}'
    assert sticks.canonical("e\u0301") != sticks.canonical("\u00e9")  # no normalisation
    for wrong in (1.5, 2**53, "\ud800", {"\udc00": 1}):
        with pytest.raises(sticks.Damaged):
            sticks.canonical(wrong)
