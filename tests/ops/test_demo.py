"""The demonstration: realistic, whole, dated from now, and a file that any kiosk could import."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factories import configure, make_class, make_question, make_room, make_session, pending_word
from kiosk.domain import demonstration, enrolments, jobs, policy, rooms, sessions
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import identifiers
from kiosk.domain.questions import moderation, preparation, questions
from kiosk.domain.reading.flags import find
from kiosk.exchange import changes, syncstate
from kiosk.ground import config, instants
from kiosk.ground.errors import KioskError
from kiosk.ground.instants import MINUTE
from kiosk.ground.typography import plain
from kiosk.ops import demo, local
from kiosk.storage import jobsheets
from kiosk.storage.models import Enrolment, Notice, Operation, Question, Reflection, Session


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    with local.opened(config.load({"data_dir": str(tmp_path)}, {})) as opened:
        opened.write(lambda tx: rooms.add(tx, "Salle"))
        yield opened


def test_load_once_then_again_changes_nothing(kiosk: Kiosk) -> None:
    assert demo.load(kiosk) == {
        "speaker": 5,
        "session": 3,
        "enrolment": 3,
        "question": 44,
        "notice": 1,
    }
    assert demo.load(kiosk) == {}


def test_three_sessions(kiosk: Kiosk) -> None:
    before = kiosk.clock.now()
    demo.load(kiosk)
    college, lycee, overseas = sessions.all_sessions()
    assert 10 * MINUTE <= college.starts_at - before <= 11 * MINUTE + 5000
    assert college.starts_at % MINUTE == 0
    assert (college.format, college.levels, len(college.speakers)) == (
        "college-45",
        ["5E", "4E"],
        1,
    )
    assert (lycee.format, len(lycee.speakers)) == ("lycee-55", 3)
    assert plain(instants.time(lycee.starts_at)) == "14 h 00"
    assert overseas.phases == [("talk", 15), ("questions", 30), ("reflection", 5)]
    assert plain(instants.time(overseas.starts_at)) == "10 h 00"
    for session in (college, lycee, overseas):
        assert all(4 <= len(speaker.path) <= 5 and speaker.bio and speaker.place for speaker in session.speakers)
        assert {item["moment"] for item in session.dossier} == {"before", "after"}


def test_the_only_room_gets_the_first_session_and_its_class(kiosk: Kiosk) -> None:
    demo.load(kiosk)
    room = rooms.view(rooms.resolve(None))
    assert room.session is not None
    assert (room.session.id, room.class_label, room.headcount, room.phase) == (
        "DEMO-S-1",
        "4e B",
        26,
        "lobby",
    )
    prepared = preparation.listed(room.id, room.session.id)
    assert [q.number for q in prepared] == list(range(1, 16))
    assert sum(q.support > 0 for q in prepared) >= 6


def test_the_overseas_class_has_its_own_clock(kiosk: Kiosk) -> None:
    demo.load(kiosk)
    room_id = rooms.resolve(None)
    kiosk.write(lambda tx: rooms.choose_session(tx, room_id, "DEMO-S-3"))
    assert rooms.view(room_id).zone == "Indian/Reunion"


def test_each_session_has_a_dozen_questions_or_more(kiosk: Kiosk) -> None:
    demo.load(kiosk)
    for session in sessions.all_sessions():
        rows = list(Question.select().where(Question.session_id == session.id))
        assert len(rows) >= 12
        assert len({row.text for row in rows}) == len(rows)
        names = [speaker.name for speaker in session.speakers]
        assert [row.text for row in rows if find(row.text, names)] == []


def test_the_notice_says_it_is_invented(kiosk: Kiosk) -> None:
    demo.load(kiosk)
    assert "inventées" in Notice.get().text


def test_a_room_at_work_is_left_alone(kiosk: Kiosk) -> None:
    demo.load(kiosk)
    room_id = rooms.resolve(None)
    kiosk.write(lambda tx: rooms.choose_session(tx, room_id, "DEMO-S-2"))
    kiosk.write(lambda tx: rooms.set_phase(tx, room_id, "talk"))
    demo.load(kiosk)
    room = rooms.view(room_id)
    assert room.session is not None and (room.session.id, room.phase) == ("DEMO-S-2", "talk")


def test_the_file_is_of_the_contract() -> None:
    data = demo.FILE.read_bytes()
    assert len(changes.parse(data)) == len(json.loads(data)["changes"])


@pytest.mark.parametrize(
    ("now", "rule", "start"),
    [
        ("2026-11-24T08:50:00.000Z", {"minutes": 10}, "2026-11-24T09:00:00.000Z"),
        ("2026-11-24T08:50:00.001Z", {"minutes": 10}, "2026-11-24T09:01:00.000Z"),
        ("2026-11-24T08:50:00.000Z", {"days": 2, "paris": "14:00"}, "2026-11-26T13:00:00.000Z"),
        ("2026-11-24T23:30:00.000Z", {"days": 2, "paris": "14:00"}, "2026-11-27T13:00:00.000Z"),
        ("2026-11-27T08:00:00.000Z", {"days": 1, "paris": "14:00"}, "2026-11-30T13:00:00.000Z"),
        ("2026-06-01T08:00:00.000Z", {"days": 1, "paris": "14:00"}, "2026-06-02T12:00:00.000Z"),
    ],
)
def test_start_of(now: str, rule: dict, start: str) -> None:
    assert instants.rfc3339(demo.start_of(rule, instants.parse(now))) == start


def test_stored_settings_are_untouched(kiosk: Kiosk) -> None:
    demo.load(kiosk)
    assert policy.uai() == ""


def test_a_demonstration_of_the_past_is_dated_again(kiosk: Kiosk) -> None:
    data = json.loads(demo.FILE.read_text(encoding="utf-8"))
    demo.load(kiosk)
    kiosk.clock.correct(kiosk.clock.now() + 120 * MINUTE, "teacher")
    assert demo.load(kiosk) == {"session": 1}
    assert sessions.view("DEMO-S-1").starts_at == demo.start_of(data["starts"]["DEMO-S-1"], kiosk.clock.now())


def test_demonstration_after_an_import_of_its_file(kiosk: Kiosk) -> None:
    found = changes.parse(demo.FILE.read_bytes())
    kiosk.write(lambda tx: changes.apply(tx, found))
    demo.load(kiosk)
    assert rooms.view(rooms.resolve(None)).class_label == "4e B"


def test_the_demonstration_goes_with_all_that_was_written_on_it_and_stays_away(kiosk):
    demo.load(kiosk)
    make_session(kiosk, "S1")
    room_id = rooms.all_rooms()[0][0]
    make_question(kiosk, room_id, "q-live")
    assert demonstration.present() and demonstration.wanted()
    assert kiosk.write(demonstration.remove) == 3
    kiosk.database.connect_reader()
    assert not demonstration.present() and not demonstration.wanted()
    assert rooms.view(room_id).session is None
    assert [row.id for row in Session.select()] == ["S1"]
    assert (Question.select().count(), Enrolment.select().count()) == (0, 0)
    assert Operation.select().count() == 0


def test_every_identifier_of_the_demonstration_is_known_as_such():
    """What guards the outbox, and what takes the demonstration away, go by these beginnings."""
    data = json.loads(demo.FILE.read_text(encoding="utf-8"))
    begins = {
        "session": identifiers.INVENTED,
        "speaker": demonstration.SPEAKERS,
        "notice": demonstration.NOTICES,
        "question": "DEMO-Q-",
        "enrolment": "DEMO-E-",
    }
    assert [c["id"] for c in data["changes"] if not c["id"].startswith(begins[c["type"]])] == []
    assert [e["session_id"] for e in data["enrolments"] if not identifiers.invented(e["session_id"])] == []
    others = json.loads((demo.FILE.parents[2] / "centre" / "data" / "demo.json").read_text(encoding="utf-8"))
    assert [id for id in others["sessions"] if identifiers.invented(id)] == []


@pytest.mark.parametrize(
    ("session_id", "told"),
    [
        ("DEMO-S-1", []),
        (
            "S1",
            [
                "question.prepared",
                "question.withdraw",
                "question.asked",
                "attendance.report",
                "reflection.summary",
            ],
        ),
    ],
)
def test_nothing_of_the_demonstration_is_ever_told(kiosk, session_id, told):
    """A kiosk that pairs before the demonstration is taken away: a real session is told, the invented one is not."""
    demo.load(kiosk)
    make_session(kiosk, "S1")
    enrolment = make_class(kiosk, "S1", "4e B", 26, state="confirmed", rev=1) if session_id == "S1" else "DEMO-E-1"
    room = make_room(kiosk, "Salle 9", session_id=session_id, enrolment_id=enrolment)

    configure(kiosk, sync_share_asked=True, sync_share_reflection=True)

    def unit(tx):
        preparation.add_many(tx, room, ["Une question préparée ?", "Une autre, retirée ?"], origin="prepared")
        kept, taken = Question.select().where((Question.room_id == room) & (Question.origin == "prepared"))
        questions.set_support(tx, room, kept.id, "device", True)
        Operation.update(attempts=1).execute()  # the centre may know them: a withdrawal must be told
        preparation.delete(tx, room, taken.id)
        rooms.set_phase(tx, room, "questions")
        moderation.put_on_screen(tx, room, kept.id)
        moderation.mark_asked(tx, room, kept.id)
        for _number in range(6):
            Reflection.insert(
                room_id=room, session_id=session_id, job="soudeuse", status="shown", created_at=tx.now
            ).execute()
        rooms.set_phase(tx, room, "closed")

    kiosk.write(unit)
    assert list(dict.fromkeys(row.type for row in Operation.select().order_by(Operation.seq))) == told
    assert syncstate.status(kiosk.clock.now(), configured=True).waiting == (6 if told else 0)


def test_no_class_waits_for_a_place_in_an_invented_session(kiosk):
    demo.load(kiosk)
    with pytest.raises(KioskError) as caught:
        kiosk.write(lambda tx: enrolments.request(tx, "DEMO-S-2", label="3e A", level="3E", headcount=20))
    assert caught.value.code == "session_invented"
    kiosk.write(lambda tx: enrolments.cancel(tx, "DEMO-E-1"))
    assert pending_word("DEMO-E-1") is None
    assert next(e.state for e in enrolments.listed() if e.id == "DEMO-E-1") == "cancelled"
    assert Operation.select().count() == 0


def test_the_demonstration_shows_the_jobs_in_brief_as_examples_until_the_true_sheets_are_here(kiosk, tmp_path):
    demo.load(kiosk)
    data_dir = kiosk.settings.data_dir
    everybody = [speaker for session in sessions.all_sessions() for speaker in session.speakers]
    shown = [jobs.of_speaker(data_dir, speaker) for speaker in everybody]
    assert len(shown) == 5
    assert all(job and job.briefs and job.level and job.salary and job.work for job in shown)
    assert all(job and job.origin.example and "pas une fiche de l’Onisep" in plain(job.credit) for job in shown)
    assert all(job and job.name.lower().split()[0] == s.job.lower().split()[0] for job, s in zip(shown, everybody))
    assert jobsheets.about(data_dir) is None, "nothing that passes for Onisep's"
    true = jobsheets.Sheet("MET.31", "cartographe", hook="Les vrais mots.", updated="2026-09-12")
    jobsheets.write(data_dir, [true, jobsheets.Sheet("MET.26", "list alone")], {"date": "2026-11-24T08:00:00.000Z"})
    by_id = {speaker.id: job for speaker in everybody if (job := jobs.of_speaker(data_dir, speaker))}
    assert by_id["DEMO-SP-5"].hook == "Les vrais mots." and "données Onisep du 12/09/2026" in by_id["DEMO-SP-5"].credit
    assert by_id["DEMO-SP-4"].origin.example, "a name without words replaces nothing"
    both = jobs.credit([by_id["DEMO-SP-5"].origin, by_id["DEMO-SP-4"].origin])
    assert "12/09/2026" in both and "exemples" in both
    real = replace(everybody[0], id="CENTRE-1", job_sheet="MET.9000001")
    assert jobs.of_speaker(data_dir, real) is None, "an example is for nobody but the invented"


def test_the_examples_go_with_the_demonstration(tmp_path):
    settings = config.load({"data_dir": str(tmp_path)}, {})
    local.load_demo(settings)
    place = jobsheets.place(tmp_path, jobsheets.EXAMPLES)
    assert place.is_file() and place.stat().st_size < 100_000
    local.remove_demo(settings)
    assert not place.exists()
