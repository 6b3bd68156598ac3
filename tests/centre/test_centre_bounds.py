"""What is written at the office is what a kiosk can take: the size of a thing, and the bounds of each of its fields."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from centre.centre_files import Run
from kiosk.centre import catalogue, enrolments, feed, imports, models, notices, questions
from kiosk.centre.identifiers import check_id
from kiosk.centre.refusals import OfficeError
from kiosk.contract import (
    MAX_ANSWER_BYTES,
    DossierItem,
    EnrolmentRequest,
    Job,
    PathStep,
    SessionBody,
    SpeakerBody,
    from_ms,
)
from kiosk.contract.programme.items import FileRefused

START = from_ms(1_795_525_200_000)


def of_session(**values: Any) -> SessionBody:
    """A session of the contract."""
    plain: dict[str, Any] = {
        "title": "T",
        "starts_at": START,
        "duration_min": 45,
        "format": "custom",
        "meeting_url": "",
    }
    lists: dict[str, Any] = {"levels": [], "status": "planned", "speakers": [], "dossier": []}
    return SessionBody(**{**plain, **lists, **values})


def of_person(**values: Any) -> SpeakerBody:
    """A card of the contract."""
    return SpeakerBody(**{"name": "Aya", "job": Job("a", "a", "feminine"), "bio": "", "path": [], **values})


def refused(run: Run, unit: Any) -> OfficeError:
    """What a unit of work is refused for."""
    with pytest.raises(OfficeError) as found:
        run(unit)
    return found.value


def test_a_thing_that_no_page_holds_is_refused_with_its_weight_and_its_field(run: Run) -> None:
    heavy = of_session(dossier=[DossierItem("x" * 300, "before", "y" * 4600, None) for _n in range(60)])
    error = refused(run, lambda tx: catalogue.put_session(tx, "S", heavy))
    assert (error.code, error.field) == ("too_large", "dossier") and "Ko" in error.message
    error = refused(run, lambda tx: catalogue.put_speaker(tx, "P", of_person(path=[PathStep("", "z" * 5000)] * 60)))
    assert (error.code, error.field) == ("too_large", "path")
    assert run(lambda _tx: models.Session.select().count() + models.Speaker.select().count() + feed.last()) == 0


def test_what_just_fits_is_one_page_of_a_kiosk(run: Run) -> None:
    items = [DossierItem("x" * 300, "before", "é" * 4600, None) for _n in range(26)]
    body = of_session(dossier=items)
    assert 0 < catalogue.MAX_BYTES - len(msgspec.json.encode(body)) < 10_000
    run(lambda tx: catalogue.put_session(tx, "S" * 200, body))
    page = run(lambda _tx: feed.page(feed.Reader("0350001L", feed.mark()), None, 50))
    assert len(page.changes) == 1 and sum(map(len, page.changes)) < MAX_ANSWER_BYTES


def test_an_import_refuses_it_too_and_names_its_line(run: Run) -> None:
    body = msgspec.json.encode(of_person(path=[PathStep("", "z" * 5000)] * 60)).decode()
    items = imports.read(f'{{"changes":[\n{{"type":"speaker","id":"P","body":{body}}}]}}'.encode()).items
    with pytest.raises(FileRefused) as found:
        run(lambda tx: imports.load(tx, items))
    assert [(one.line, one.field) for one in found.value.mistakes] == [(2, "path")]


@pytest.mark.parametrize("id", ["", "x" * 201, "a\nb", "a\0b", "\ud800"])
def test_an_identifier_that_no_message_holds_is_refused_everywhere(run: Run, id: str) -> None:
    with pytest.raises(OfficeError) as found:
        check_id(id)
    assert found.value.code == "identifier"
    for unit in (
        lambda tx: catalogue.put_session(tx, id, of_session()),
        lambda tx: catalogue.put_speaker(tx, id, of_person()),
        lambda tx: notices.publish(tx, "info", "Mot", tx.now + 10**9, id=id) if id else check_id(id),
        lambda tx: questions.receive(tx, "S", "Et ?", "vie", "web", id) if id else check_id(id),
    ):
        refused(run, unit)


def test_nothing_is_cut_in_silence(run: Run) -> None:
    def decide(tx: Any) -> None:
        enrolments.decide(tx, "e", "refused", "x" * (enrolments.MAX_REASON + 1))

    assert refused(run, decide).field == "reason"
    error = refused(run, lambda tx: notices.publish(tx, "info", "x" * (notices.MAX_TEXT + 1), tx.now + 10**9))
    assert error.field == "text"


def test_a_session_that_holds_a_class_s_words_is_not_removed(run: Run) -> None:
    run(lambda tx: catalogue.put_session(tx, "S", of_session()))
    common = {"uai": "0350001L", "kiosk": "k", "seq": 1, "session_id": "S"}
    for make, model in (
        (lambda tx: models.Question.create(id="q", text="Et ?", created_at=tx.now, **common), models.Question),
        (lambda tx: models.OpenQuestion.create(id="o", text="Et ?", theme="vie", created_at=tx.now, **common),
         models.OpenQuestion),
        (lambda _tx: models.Asked.create(id="a", text="", theme="vie", origin="live", status="asked", **common),
         models.Asked),
    ):  # fmt: skip
        run(make)
        assert "annulez-la" in refused(run, lambda tx: catalogue.remove_session(tx, "S")).message
        run(lambda _tx: model.delete().execute())  # noqa: B023
    alone = {"kind": "individual", "label": "Zoé", "contact": "z@exemple.fr", "state": "cancelled", "created_at": 1}
    run(lambda _tx: models.Enrolment.create(id="e", **alone, **common))
    run(lambda _tx: enrolments.announce("e"))
    run(lambda tx: catalogue.remove_session(tx, "S"))
    texts = run(lambda _tx: [str(row) for one in models.TABLES for row in one.select().dicts()])
    assert not [text for text in texts if "Zoé" in text or "z@exemple" in text]


def test_what_a_kiosk_says_again_of_a_session_that_is_gone_names_nobody_anew(run: Run) -> None:
    """Nothing would ever forget it: retention goes by the day of the session."""
    later = of_session(starts_at=from_ms(4_000_000_000_000))
    run(lambda tx: catalogue.put_session(tx, "S", later))
    run(lambda tx: catalogue.put_session(tx, "T", later))
    alone = EnrolmentRequest("e", "S", "individual", "Zoé", "4E", 1, "z@exemple.fr")
    run(lambda tx: enrolments.request(tx, "0350001L", "k", 1, alone))
    run(lambda tx: enrolments.cancel(tx, "0350001L", "k", 2, "e"))
    run(lambda tx: enrolments.cancel(tx, "0350001L", "k", 3, "never"))
    run(lambda tx: catalogue.remove_session(tx, "S"))
    for seq, again in enumerate((alone, msgspec.structs.replace(alone, session_id="T"))):
        run(lambda tx: enrolments.request(tx, "0350001L", "k", 4 + seq, again))  # noqa: B023
    for seq, id in enumerate(("S", "none", "T")):
        before = msgspec.structs.replace(alone, enrolment_id="never", session_id=id)
        run(lambda tx: enrolments.request(tx, "0350001L", "k", 6 + seq, before))  # noqa: B023
    texts = run(lambda _tx: [str(row) for one in models.TABLES for row in one.select().dicts()])
    assert not [text for text in texts if "Zoé" in text or "z@exemple" in text]
    states = run(lambda _tx: {row.id: (row.state, row.session_id) for row in models.Enrolment.select()})
    assert states == {"e": ("cancelled", "S"), "never": ("cancelled", "T")}
