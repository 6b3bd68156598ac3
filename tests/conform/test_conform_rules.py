"""The conformance kit against the small centre: one that keeps the contract, one of revision 1, one that breaks each
rule in turn, and answers that no centre gives.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.conform import running
from kiosk.conform.centre import furnished
from kiosk.conform.link import ask
from kiosk.conform.rules import SIDES
from kiosk.conform.serving import Served
from kiosk.conform.trial import Trial
from kiosk.ground import i18n
from kiosk.ground.typography import plain

UAI, OTHER = "0951099D", "0750652B"
RULES = [one.code for one in SIDES["centre"] if one.check is not None]
#: Where files are carried to and from.
FOLDERS = tempfile.TemporaryDirectory()
#: What nobody can see from outside.
UNSEEN = {one.code for one in SIDES["centre"] if one.check is None}


@contextmanager
def served(breaks: str = "", revision: int = 2) -> Iterator[Served]:
    centre = furnished(revision)
    if breaks == "3.15-page":  # more than one answer may hold
        centre.told.most = 500
        job = {"feminine": "a", "masculine": "b", "shown": "feminine"}
        for number in range(90):
            centre.told.publish("speaker", f"B{number}", {"name": "x", "job": job, "bio": "é" * 2000, "path": []})
    with Served(centre) as made:
        made.go_wrong(breaks)
        yield made


def trial(one: Served) -> Trial:
    """Everything that may be given is given; who carries files brings back their answers at once."""
    code = one.centre.code
    made = Trial(one.url, UAI, [code(UAI), code(UAI)], (OTHER, code(OTHER)), "S-2", seconds=2)
    made.stick, made.long = tempfile.mkdtemp(dir=FOLDERS.name), one.centre.long_code(UAI)
    made.say = lambda file: carry(one, Path(file))
    return made


def carry(one: Served, file: Path) -> None:
    heard = ask("POST", f"{one.url}/conform/stick", {}, file.read_bytes())
    assert heard.status == 200, heard
    file.with_name(f"answer-{file.name}").write_bytes(heard.body)


def states(results: list[running.Result]) -> dict[str, str]:
    return {one.rule.code: one.state for one in results}


def test_a_centre_that_keeps_the_contract_holds_to_every_rule() -> None:
    with served() as one:
        results = list(running.run(trial(one)))
    found = states(results)
    assert {code for code, state in found.items() if state != "passed"} == UNSEEN
    assert [one.rule.code for one in results] == list(dict.fromkeys(one.rule.code for one in results))
    assert running.Report(one.url, results).held


def test_a_centre_of_revision_1_is_asked_nothing_of_revision_2() -> None:
    with served(revision=1) as one:
        results = list(running.run(trial(one)))
    assert {one.rule.code for one in results if one.state == "failed"} == set()
    later = {one.rule.revision for one in results if one.state == "passed"}
    assert later == {1} and sum(one.state == "passed" for one in results) > 40


@pytest.mark.parametrize("code", RULES)
def test_a_broken_rule_has_a_check_that_fails_for_it(code: str) -> None:
    with served(code) as one:
        results = []
        for told in running.run(trial(one)):
            results.append(told)
            if told.rule.code == code:
                break
    report = running.Report(one.url, results)
    assert told.state == "failed" and not report.held
    assert told.expected and told.found and told.expected != told.found
    for secret in [*one.centre.codes, *one.centre.long, *(each.token for each in one.centre.kiosks.values())]:
        assert secret not in report.as_json()


def test_without_a_code_nothing_is_written() -> None:
    with served() as one:
        results = list(running.run(Trial(one.url)))
        assert {seen.path for seen in one.seen if seen.method == "POST"} == {"/v1/pair", "/v1/exchange"}
        assert {seen.status for seen in one.seen if seen.method == "POST"} == {401, 422}
        assert (one.centre.kiosks, one.centre.tries, one.centre.verdicts) == ({}, {}, {})
    passed = {one.rule.code for one in results if one.state == "passed"}
    assert passed == {one.code for one in SIDES["centre"] if one.check is not None and not one.writes}


def test_what_is_not_the_centre_is_sent_nothing() -> None:
    for code in ("1-service", "1-type", "1-contract", "1-status", "1-json"):
        with served(code) as one:
            results = list(running.run(trial(one)))
            assert [seen.method for seen in one.seen if seen.method != "GET"] == []
        assert all(each.state == "not_tried" for each in results if not each.rule.code.startswith(("0", "1")))


@pytest.mark.parametrize("mood", ["huge", "deep", "slow", "cut", "lost", "busy", "limited", "portal", "redirect"])
def test_hostile_answers_neither_hang_nor_crash_the_kit(mood: str) -> None:
    with served() as one:
        asked = Trial(one.url, UAI, [one.centre.code(UAI)], seconds=0.5, patience=1)
        one.go_wrong(mood)
        start = time.monotonic()
        results = list(running.run(asked))
    assert time.monotonic() - start < 20
    assert len(results) == len(SIDES["centre"]) and any(each.state == "failed" for each in results)
    assert max(len(each.sent) + len(each.came) for each in results) < 1500


def test_an_address_where_nobody_is() -> None:
    with served() as one:
        gone = one.url
    results = list(running.run(Trial(gone)))
    assert results[0].state == "failed" and results[0].found == "unreachable"
    assert {each.state for each in results[1:]} == {"not_tried"}


def test_an_endless_answer_is_read_no_further_than_it_may_be() -> None:
    with served() as one:
        one.go_wrong("huge")
        heard = ask("POST", f"{one.url}/v1/exchange", {}, b"{}", seconds=5)
    assert (heard.trouble, heard.body) == ("large", b"")


def test_the_report_is_told_in_both_languages_and_to_machines() -> None:
    with served("2-pair") as one:
        results = list(running.run(trial(one)))
    broken = next(each for each in results if each.rule.code == "2-pair")
    assert broken.lines()[0].split()[:2] == ["2-pair", "manquée"] and "attendu : 201" in plain(
        "\n".join(broken.lines())
    )
    with i18n.language("en"):
        assert "expected: 201" in "\n".join(broken.lines())
    value = json.loads(running.Report(one.url, results).as_json())
    assert value["failed"] == 1 and {"rule", "section", "revision", "state", "sentence"} <= value["rules"][0].keys()


def test_every_rule_has_its_place_and_its_sentence() -> None:
    for side, rules in SIDES.items():
        assert len({one.code for one in rules}) == len(rules) > 20, side
        assert [one.code for one in rules if not one.sentence or (one.check is None) == (not one.why)] == []
    sections = {one.place.partition(".")[0] for one in SIDES["centre"]}
    assert sections == {"introduction", "1", "2", "3", "4", "5", "6"}
    numbers = {int(one.place.partition(".")[2]) for side in SIDES.values() for one in side if "." in one.place}
    assert numbers == set(range(1, 17))
