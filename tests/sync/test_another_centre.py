"""A change of centre (contract, rules 10 and 11): what the last one took is told to this one only on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from kiosk import cli, contract
from kiosk.domain import outbox, retelling
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import identity, pairing, place, syncstate
from kiosk.ground import i18n
from kiosk.storage.models import Operation
from sync.servers import Server
from sync.test_sync_revision_2 import Plays, round_of, tell

Serve = Callable[..., Server]
At = Callable[..., Kiosk]
ENROLMENT = contract.EnrolmentRequest("E1", "S1", "class", "4e B", "4E", 26)


def go_to(kiosk: Kiosk, url: str, uai: str = "0951099D") -> None:
    """The address was changed, and a code of the centre there was good."""
    kiosk.settings = replace(kiosk.settings, centre_url=url)
    who, _copied = identity.load(kiosk.settings.data_dir, 0)
    pairing.adopt(kiosk, who, replace(who, token="autre", uai=uai, url=url))


def told(plays: Plays) -> list[list[int]]:
    return [[one["seq"] for one in request["operations"]] for request in plays.requests]


def states() -> list[str]:
    return [str(row.state) for row in Operation.select().order_by(Operation.seq)]


def test_another_centre_is_told_on_request_only_and_in_order(serve: Serve, kiosk_at: At) -> None:
    first, second = Plays({}, {"status": "rejected"}), Plays(*[{"epoch": "b"}] * 5)
    kiosk = kiosk_at(serve(first).url)
    tell(kiosk, 2)
    round_of(kiosk)
    tell(kiosk)
    round_of(kiosk)
    go_to(kiosk, serve(second).url)
    tell(kiosk)
    outcome = round_of(kiosk)
    assert outcome.elsewhere == retelling.elsewhere() == 2  # what was rejected is not offered
    assert told(second) == [[4]], "sent to another centre without a word"
    assert [one.state for one in syncstate.items(kiosk.clock.now())] == [
        "rejected",
        "accepted",
        "elsewhere",
        "elsewhere",
    ]
    assert kiosk.write(retelling.tell_here) == 2 and kiosk.write(retelling.tell_here) == 0
    assert round_of(kiosk).elsewhere == 0
    assert told(second)[1:] == [[1, 2]] and states() == ["accepted", "accepted", "rejected", "accepted"]
    second.pages = [{"epoch": "c"}, {"epoch": "c"}, {"epoch": "c"}]  # this one goes back: it was told, it is again
    round_of(kiosk)
    assert [1, 2, 4] in told(second)[2:]


def test_what_a_centre_that_went_back_had_not_got_again_does_not_leave_for_another(serve: Serve, kiosk_at: At) -> None:
    first, second = Plays({}, {"epoch": "b"}, {"epoch": "b", "status": "retry"}), Plays({"epoch": "z"})
    kiosk = kiosk_at(serve(first).url)
    tell(kiosk, 2)
    round_of(kiosk)
    round_of(kiosk)
    assert states() == ["waiting", "waiting"]  # to be told once more, there
    go_to(kiosk, serve(second).url)
    assert states() == ["accepted", "accepted"]
    round_of(kiosk)
    assert told(second) == [[]] and retelling.elsewhere() == 2


def test_a_centre_that_is_found_again_gets_what_it_took_once_more(serve: Serve, kiosk_at: At) -> None:
    """It may have gone back meanwhile, and its history was forgotten with it."""
    first, second = Plays({}, {"epoch": "other"}), Plays({})
    kiosk = kiosk_at(serve(first).url)
    there = kiosk.settings.centre_url
    tell(kiosk)
    round_of(kiosk)
    go_to(kiosk, serve(second).url)
    tell(kiosk)
    round_of(kiosk)
    go_to(kiosk, there)
    round_of(kiosk)
    assert told(first) == [[1], [1]] and states() == ["accepted", "accepted"] and retelling.elsewhere() == 1


def test_what_was_taken_back_elsewhere_is_taken_back_from_the_centre_that_holds_it(serve: Serve, kiosk_at: At) -> None:
    """Each by an operation of its own, once: what the other one was told stays its own."""
    first, second = Plays({}, {"epoch": "other"}), Plays({})
    kiosk = kiosk_at(serve(first).url)
    there, elsewhere = kiosk.settings.centre_url, serve(second).url
    tell(kiosk, 2)
    kiosk.write(lambda tx: outbox.append(tx, "enrolment.request", ENROLMENT, subject="E1", session_id="S1"))
    round_of(kiosk)
    go_to(kiosk, elsewhere)
    question = Operation.get_by_id(1).subject
    withdrawn, cancelled = contract.QuestionWithdraw(question), contract.EnrolmentCancel("E1")
    kiosk.write(lambda tx: outbox.append(tx, "question.withdraw", withdrawn, subject=question, session_id="S1"))
    kiosk.write(lambda tx: outbox.append(tx, "enrolment.cancel", cancelled, subject="E1", session_id="S1"))
    round_of(kiosk)
    for centre in (there, elsewhere, there):
        go_to(kiosk, centre)
        round_of(kiosk)
    assert told(second) == [[4, 5], [4, 5]]
    assert told(first)[1:] == [[1, 2, 3, 6, 7]] * 2
    again = [one["body"] for one in first.requests[-1]["operations"][-2:]]
    assert again == [{"question_id": question}, {"enrolment_id": "E1"}] and retelling.elsewhere() == 2


def test_what_newer_words_told_here_have_overtaken_is_not_offered(serve: Serve, kiosk_at: At) -> None:
    """Neither counted nor told: the number that a person reads is that of what their yes would tell."""
    first, second = Plays({}), Plays({"epoch": "z"})
    kiosk = kiosk_at(serve(first).url)
    tell(kiosk, 2)
    round_of(kiosk)
    go_to(kiosk, serve(second).url)
    round_of(kiosk)
    assert retelling.elsewhere() == 2
    question = Operation.get_by_id(1).subject
    withdrawn = contract.QuestionWithdraw(question)
    kiosk.write(lambda tx: outbox.append(tx, "question.withdraw", withdrawn, subject=question, session_id="S1"))
    assert retelling.elsewhere() == 2  # not told yet
    round_of(kiosk)
    assert retelling.elsewhere() == 1 and kiosk.write(retelling.tell_here) == 1 and retelling.elsewhere() == 0


def test_another_school_is_another_history_too(serve: Serve, kiosk_at: At) -> None:
    plays = Plays({}, {"epoch": "a"}, {"epoch": "b"}, {"epoch": "b"})
    kiosk = kiosk_at(serve(plays).url)
    tell(kiosk)
    round_of(kiosk)
    go_to(kiosk, kiosk.settings.centre_url, "0750652B")
    round_of(kiosk)
    round_of(kiosk)  # the centre begins another history: only what this school said goes again
    assert told(plays)[1:] == [[], [], []] and retelling.elsewhere() == 1


def test_a_pairing_that_was_cut_half_way_is_finished_by_the_next_round(serve: Serve, kiosk_at: At) -> None:
    first, second = Plays({}), Plays({"epoch": "z"})
    kiosk = kiosk_at(serve(first).url)
    tell(kiosk)
    round_of(kiosk)
    kiosk.settings = replace(kiosk.settings, centre_url=serve(second).url)
    who, _copied = identity.load(kiosk.settings.data_dir, 0)
    identity.save(kiosk.settings.data_dir, replace(who, token="autre", url=kiosk.settings.centre_url))  # and no more
    round_of(kiosk)
    assert (second.requests[0]["cursor"], second.requests[0]["had_seq"]) == (None, 0)
    assert told(second) == [[]] and place.epoch() == "z" and retelling.elsewhere() == 1


def test_the_command_line_says_it_and_does_it(serve: Serve, kiosk_at: At, monkeypatch, capsys) -> None:
    second = Plays(*[{"epoch": "b"}] * 9)
    kiosk = kiosk_at(serve(Plays({})).url)
    tell(kiosk)
    round_of(kiosk)
    go_to(kiosk, serve(second).url)
    assert outbox.counts() == {"accepted": 1}
    monkeypatch.setenv("KIOSK_DATA_DIR", str(kiosk.settings.data_dir))
    monkeypatch.setenv("KIOSK_CENTRE_URL", kiosk.settings.centre_url)
    language = i18n.current()
    try:
        assert cli.main(["sync"]) == 0
        assert "kiosk sync --elsewhere" in capsys.readouterr().out and told(second) == [[]]
        assert cli.main(["sync", "--elsewhere"]) == 0
    finally:
        i18n.set_language(language)
        kiosk.database.use()
    assert told(second)[1:] == [[1]] and "--elsewhere" not in capsys.readouterr().out


def test_what_later_words_have_overtaken_is_not_told_after_them(serve: Serve, kiosk_at: At) -> None:
    """The user's yes comes once the second centre knows newer: older words, or what was taken back, stay untold."""
    first, second = Plays({}), Plays(*[{"epoch": "b"}] * 4)
    kiosk = kiosk_at(serve(first).url)
    tell(kiosk, 3)
    kiosk.write(lambda tx: outbox.append(tx, "enrolment.request", ENROLMENT, subject="E1", session_id="S1"))
    round_of(kiosk)
    go_to(kiosk, serve(second).url)
    reworded, gone = Operation.get_by_id(1), Operation.get_by_id(2).subject
    newer = msgspec.convert({**reworded.body, "text": "Et la nuit ?"}, contract.QuestionPrepared)
    withdrawn, cancelled = contract.QuestionWithdraw(gone), contract.EnrolmentCancel("E1")
    kiosk.write(lambda tx: outbox.append(tx, "question.prepared", newer, subject=reworded.subject, session_id="S1"))
    kiosk.write(lambda tx: outbox.append(tx, "question.withdraw", withdrawn, subject=gone, session_id="S1"))
    kiosk.write(lambda tx: outbox.append(tx, "enrolment.cancel", cancelled, subject="E1", session_id="S1"))
    round_of(kiosk)
    assert told(second) == [[5, 6, 7]]
    assert kiosk.write(retelling.tell_here) == 1
    round_of(kiosk)
    assert told(second)[1:] == [[3]] and retelling.elsewhere() == 0
    assert states() == ["replaced", "replaced", "accepted", "replaced", "accepted", "accepted", "accepted"]
