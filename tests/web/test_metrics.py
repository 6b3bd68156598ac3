"""``/metrics`` and ``/healthz``: who may read, the text format, nothing personal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from factories import make_question, make_room, make_session
from kiosk.domain.questions import questions

SAMPLE = re.compile(r'^([a-z_]+)(?:\{([a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$')
AWAY = {"REMOTE_ADDR": "192.0.2.9"}


def read(text: str) -> dict[tuple[str, str], float]:
    """(name, labels) → value, refusing what Prometheus would refuse."""
    assert text.endswith("\n")
    found: dict[tuple[str, str], float] = {}
    told: dict[str, set[str]] = {}
    current = ""
    for line in text.splitlines():
        if line.startswith("# "):
            _sign, what, current, *_rest = line.split(" ")
            assert what not in told.setdefault(current, set())
            told[current].add(what)
            continue
        sample = SAMPLE.match(line)
        assert sample is not None, line
        name, labels, value = sample.groups()
        assert name == current and told[name] == {"HELP", "TYPE"}
        assert (name, labels or "") not in found
        found[name, labels or ""] = float(value)
    return found


def test_the_machine_itself_reads_figures_and_no_words(client, kiosk):
    make_session(kiosk, "S1")
    room = make_room(kiosk, "Salle Marqueur", session_id="S1")
    kiosk.write(lambda tx: questions.submit(tx, room, id="q" * 20, text="Texte marqueur", author="devicemarqueur"))
    answer = client.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    found = read(answer.text)
    assert found["kiosk_questions", 'status="pending"'] == 1
    assert found["kiosk_ready", ""] == 1 and found["kiosk_outbox", 'state="waiting"'] == 0
    assert "arqueur" not in answer.text


def test_a_message_that_worries_is_in_no_figure(client, kiosk):
    """A small class, two readings: the number alone would say that somebody wrote one."""
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1")
    make_question(kiosk, room, "w1", "J’ai envie de mourir")
    assert "kiosk_questions" not in client.get("/metrics").text
    make_question(kiosk, room, "q1")
    assert read(client.get("/metrics").text)["kiosk_questions", 'status="pending"'] == 1


def test_another_machine_needs_the_token(client, kiosk):
    assert client.get("/metrics", environ_base=AWAY).status_code == 403
    kiosk.settings = replace(kiosk.settings, metrics_token="jeton-de-mesure")
    for given, status in (("", 403), ("Bearer faux", 403), ("Bearer jeton-de-mesure", 200), ("Bearer é", 403)):
        headers = {"Authorization": given}
        assert client.get("/metrics", environ_base=AWAY, headers=headers).status_code == status


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_live_always_and_ready_when_questions_can_be_taken(client, kiosk, ready, status):
    kiosk.ready = ready
    assert client.get("/healthz/live").status_code == 200
    assert client.get("/healthz/ready").status_code == status
    assert client.get("/healthz").status_code == status
    assert client.get("/metrics").status_code == 200
