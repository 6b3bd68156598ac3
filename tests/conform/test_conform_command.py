"""`kiosk conform`, as it is typed."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conform.test_conform_rules import OTHER, UAI, served
from kiosk import cli
from kiosk.conform import running
from kiosk.conform.link import ask
from kiosk.conform.rules import SIDES
from kiosk.conform.trial import Trial
from kiosk.ground import i18n
from kiosk.ops.process import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command line; its exit code, its output and its errors, spaces made plain."""

    def _run(*words: str) -> tuple[int, str, str]:
        before = i18n.current()
        code = cli.main(["conform", *words])
        i18n.set_language(before)
        out, err = capsys.readouterr()
        return code, re.sub(r"[\u00a0\u202f]", " ", out), re.sub(r"[\u00a0\u202f]", " ", err)

    return _run


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "donnez l’adresse du centre"),
        (["ftp://centre.example"], "donnez l’adresse du centre"),
        (["http://prof:secret@centre.example"], "donnez l’adresse du centre"),
        (["http://centre.example:99999"], "donnez l’adresse du centre"),
        (["http://centre.example", "--uai", "0951099A", "--code", "x"], "« 0951099A » n’est pas un code UAI."),
        (["http://centre.example", "--other", "095", "x"], "« 095 » n’est pas un code UAI."),
        (["http://centre.example", "--code", "x"], "--code va avec --uai."),
        (["--centre", "--wrong", "3.99-rien"], "« 3.99-rien » n’est pas dans « kiosk conform --list »."),
    ],
)
def test_a_wrong_command_line_is_told_before_anybody_is_asked(run: Any, words: list[str], sentence: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "") and sentence in err and "secret" not in err


def test_the_exit_code_says_whether_a_rule_is_broken(run: Any) -> None:
    with served() as one:
        words = [one.url + "/", "--uai", UAI.lower(), "--code", one.centre.code(UAI), "--code", one.centre.code(UAI)]
        code, out, _err = run(*words, "--other", OTHER, one.centre.code(OTHER), "--session", "S-2")
        assert code == 0 and "0 manquée" in out
    with served("2-checksum") as one:
        code, out, _err = run(one.url, "--json")
        assert code == 1
        assert [each["rule"] for each in json.loads(out)["rules"] if each["state"] == "failed"] == ["2-checksum"]


def test_the_list_asks_nobody_and_names_all(run: Any) -> None:
    code, out, err = run("--list")
    assert (code, err) == (0, "") and len(out.splitlines()) > 110
    told = json.loads(run("--list", "--json")[1])
    assert [one["rule"] for one in told["rules"]] == [one.code for side in SIDES.values() for one in side]
    assert {"portal", "slow"} < set(told["wrong"])


def test_what_a_centre_says_reaches_the_terminal_without_its_escapes() -> None:
    with served() as one:
        one.centre.told.publish("session\x1b[2J\ud800", "S\x1b]0;x\x07", {"a": 1})
        one.centre.told.publish("notice", "N\x1b[2J", {"level": "\x1b[31m"})
        results = list(running.run(Trial(one.url, UAI, [one.centre.code(UAI)])))
    assert any(each.rule.code == "3.5-null" and each.state == "failed" for each in results)
    text = "\n".join(line for each in results for line in each.lines())
    assert all(sign.isprintable() or sign == "\n" for sign in text.replace("\u00a0", " ").replace("\u202f", " "))
    text.encode()


@pytest.mark.server
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_centre_to_try_a_kiosk_is_led_by_hand_and_reports_at_its_end(stop: int) -> None:
    port = free_port()
    words = [sys.executable, "-m", "kiosk", "conform", "--centre", "--port", str(port), "--json"]
    # As the background job of a script, which ignores Ctrl+C unless the program asks for it.
    words = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *words]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stderr
    try:
        said = [process.stderr.readline() for _line in range(5)]
        url = f"http://127.0.0.1:{port}"
        assert url in said[0] and re.search(r"0951099D, codes (\w{4}-\w{4}, ){2}\w{4}-\w{4}", said[1])
        assert ask("POST", f"{url}/conform/wrong", {}, b"portal").status == 200
        assert ask("GET", f"{url}/v1/about", {}).type == "text/html"
        assert ask("POST", f"{url}/conform/wrong", {}, b"nothing-known").status == 422
        assert ask("POST", f"{url}/conform/wrong", {}, b"").status == 200
        assert ask("GET", f"{url}/v1/about", {}).member("service") == "metiers-en-direct"
        assert ask("POST", f"{url}/conform/code", {}, OTHER.encode()).member("uai") == OTHER
        assert ask("GET", f"{url}/conform/report", {}).member("failed") == 1  # asked without « gzip »
        process.send_signal(stop)
        out, _err = process.communicate(timeout=30)
        assert process.returncode == 1
        assert [one["rule"] for one in json.loads(out)["rules"] if one["state"] == "failed"] == ["0-gzip"]
    finally:
        process.kill()
        process.wait(15)
        process.stdout.close()
        process.stderr.close()


def test_no_other_command_loads_the_kit() -> None:
    code = "import sys; from kiosk import cli, app; print([name for name in sys.modules if 'kiosk.conform' in name])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr
