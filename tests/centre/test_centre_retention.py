"""What the centre forgets: every text of a person is planted, time passes, and the whole database is read for it."""

from __future__ import annotations

from typing import Any

import pytest

from centre.centre_files import Run
from kiosk.centre import catalogue, enrolments, feed, models, retention
from kiosk.contract import Job, NoticeBody, PathStep, SessionBody, SpeakerBody, from_ms
from kiosk.ground.instants import DAY

#: Ten years before now: everything is due.
OLD = 3653 * DAY
BODY = (
    '{"title":"S","starts_at":"2020-01-01T13:00:00Z","duration_min":45,"format":"custom","meeting_url":"","levels":[],'
)
BODY += '"status":"done","speakers":["P"],"dossier":[]}'
#: What is planted: each is somebody's, or a pupil's.
WORDS = (
    "secret-"
    + "contact label reason question asked open proposed notice file undo try hint token name bio path".replace(
        " ", " secret-"
    )
)


@pytest.fixture
def year(run: Run) -> Run:
    """A session long over, and a row of each kind that holds a text, as kiosks and the office make them."""

    def fill(tx: Any) -> None:
        then = tx.now - OLD
        of = {"uai": "0350001L", "kiosk": "k", "session_id": "S"}
        models.Session.create(id="S", title="S", starts_at=then, duration_min=45, status="done", body=BODY)
        for n, (kind, label) in enumerate((("class", "4e B"), ("individual", "secret-label"))):
            models.Enrolment.create(
                id=f"e{n}", seq=n, kind=kind, label=label, contact="secret-contact", state="refused", created_at=then,
                reason="secret-reason", **of,
            )  # fmt: skip
            enrolments.announce(f"e{n}")
        models.Question.create(id="q", text="secret-question", created_at=then, origin="web", session_id="S")
        feed.publish("question", "q", {"session_id": "S", "text": "secret-question", "theme": "vie", "origin": "web",
                                       "state": "new"}, "0350001L")  # fmt: skip
        models.Asked.create(id="a", seq=9, text="secret-asked", theme="vie", origin="live", status="asked", **of)
        models.OpenQuestion.create(id="o", seq=8, text="secret-open", theme="vie", created_at=then, **of)
        models.Proposed.create(uai="0350001L", id="o", speaker_id="P", text="secret-proposed", at=then)
        models.Notice.create(id="n", level="info", text="secret-notice", expires_at=then, created_at=then)
        feed.publish("notice", "n", NoticeBody(level="info", text="secret-notice", expires_at=from_ms(then)))
        for id, written in (("w", None), ("u", then)):
            models.Brought.create(
                id=id, at=then, name="f", data=b"secret-file", written_at=written, before="secret-undo"
            )
        models.SpeakerLink.create(
            digest="secret-token", session_id="S", speaker_id="P", created_at=then, expires_at=then
        )
        models.AccountLink.create(token="secret-token", account_id="first", expires_at=then)
        models.ApiToken.create(
            id="t", name="secret-token", digest="d", writes=True, account_id="x", created_at=then, expires_at=then
        )
        models.Visit.create(token="secret-token", csrf="c", seen_at=then, account_id="x", proven=True)
        models.WrongTry.create(subject="secret-try", at=then)
        models.Code.create(digest="d", hint="secret-hint", uai="0350001L", created_at=then, expires_at=then)
        models.Audit.create(at=then, what="answer", subject="secret-contact")
        job = Job("technicienne", "technicien", "feminine")
        card = SpeakerBody("secret-name", job, "secret-bio", [PathStep("2016", "secret-path")], "secret-name")
        catalogue.put_speaker(tx, "P", card)
        catalogue.set_portrait(tx, "P", b"\x89PNG\r\n\x1a\nsecret-file", "secret-name")

    run(fill)
    return run


def held(run: Run) -> list[str]:
    """Every text of every table where a planted word is, and that word."""
    rows = run(lambda _tx: [(one.__name__, row) for one in models.TABLES for row in one.select().dicts()])
    return [
        f"{table} {word}" for table, row in rows for word in WORDS.split() if any(word in str(v) for v in row.values())
    ]


def test_nothing_that_a_person_said_outlives_its_time(year: Run) -> None:
    before = held(year)
    assert {line.split()[1] for line in before} == set(WORDS.split())
    assert "Feed secret-label" in before and "Feed secret-notice" in before and "Brought secret-undo" in before

    def in_three_years(tx: Any) -> bool:
        tx.now += 1100 * DAY
        return retention.sweep(tx)

    while year(in_three_years):
        pass
    assert held(year) == []
    assert year(lambda _tx: [(row.id, row.label) for row in models.Enrolment.select()]) == [("e0", "4e B"), ("e1", "")]
    assert [one.waiting for one in year(retention.states)] == [0] * len(retention.KINDS)


def test_nothing_goes_before_its_time(year: Run) -> None:
    def young(tx: Any) -> None:
        for model in models.TABLES:
            for name in ("created_at", "at", "seen_at", "expires_at", "written_at", "starts_at"):
                if name in model._meta.fields:
                    field = getattr(model, name)
                    model.update({name: tx.now + (DAY if name == "expires_at" else 0)}).where(field > 0).execute()

    year(young)
    before = held(year)
    assert not year(retention.sweep) and held(year) == before


def test_what_a_kind_forgets_by_hours_is_in_no_form(year: Run) -> None:
    fixed = {code for code, kind in retention.KINDS.items() if kind.life}
    settings = year(lambda _tx: retention.present())
    assert fixed and not fixed & settings.months.keys() and fixed | settings.months.keys() == set(retention.KINDS)
    given = {code: str(kind.least) for code, kind in retention.KINDS.items() if not kind.life}
    year(lambda tx: retention.keep(tx, {**given, **dict.fromkeys(fixed, "99")}))
    assert year(lambda _tx: retention.present()).months == {code: int(months) for code, months in given.items()}


def test_a_card_goes_when_no_session_nor_change_speaks_of_it_and_its_job_stays(run: Run) -> None:
    def fill(tx: Any) -> None:
        for n, id in enumerate(("over", "next", "alone")):
            job = Job("technicienne", "technicien", "feminine")
            catalogue.put_speaker(tx, id, SpeakerBody(f"Camille {id}", job, "Elle répare.", [PathStep("2016", "bac")]))
            catalogue.set_portrait(tx, id, b"\x89PNG\r\n\x1a\n" + id.encode(), "Camille")
            if id != "alone":
                body = SessionBody(id, from_ms(tx.now + n * 700 * DAY), 45, "custom", "", [], "planned", [id], [])
                catalogue.put_session(tx, id, body)

    def sweep(days: int) -> None:
        def unit(tx: Any) -> bool:
            tx.now += days * DAY
            return retention.sweep(tx)

        while run(unit):
            pass

    def cards() -> dict[str, str]:
        return run(lambda _tx: {row.id: row.name for row in models.Speaker.select()})

    run(fill)
    before = cards()
    sweep(725)
    assert cards() == before
    sweep(735)
    assert cards() == {"over": "Personne invitée", "alone": "Personne invitée", "next": "Camille next"}
    assert run(lambda _tx: [row.id for row in catalogue.people()]) == ["next"]
    assert run(lambda _tx: models.Portrait.select().count()) == 1
    told = models.Feed.select(models.Feed.id).where((models.Feed.type == "speaker") & ~models.Feed.deleted)
    assert run(lambda _tx: {row.id for row in told}) == {"next"}
    assert run(lambda _tx: catalogue.speaker_body(models.Speaker.get_by_id("over")).job.feminine) == "technicienne"
    assert run(lambda _tx: [row.changes for row in models.Audit.select().where(models.Audit.what == "retention")])
    sweep(735)
    assert len(cards()) == 3  # done once
    card = SpeakerBody("Camille back", Job("a", "a", "feminine"), "", [])
    run(lambda tx: catalogue.put_speaker(tx, "over", card))
    assert run(lambda _tx: {row.id for row in catalogue.people()}) == {"next", "over"}
