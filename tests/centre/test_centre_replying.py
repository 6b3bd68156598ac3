"""The private page of a speaker: one link, one session, and nothing leaves before the office has read it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from centre.centre_process import Centre, Kiosk, Office, session, speaker
from kiosk.centre import answers, models, replying, retention
from kiosk.centre.refusals import OfficeError
from kiosk.ground.instants import DAY

BODY = (
    '{"title":"S","starts_at":"2026-11-24T13:00:00Z","duration_min":45,"format":"custom","meeting_url":"","levels":[],'
    '"status":"planned","speakers":["P"],"dossier":[]}'
)


@pytest.mark.server
def test_a_speaker_answers_by_a_link_and_the_office_sends(centre: Centre, office: Office, kiosk: Kiosk) -> None:
    office.upload([speaker("P-r", name="Aya"), session("S-r", title="Éolien", speakers=["P-r"])])
    ask: dict[str, Any] = {"session_id": "S-r", "theme": "vie", "question_id": "open-1", "text": "<b>Et le vertige ?"}
    kiosk.sync(kiosk.operation("question.open", **ask))
    page = office.post("/bureau/reponses/lien", status=200, seance="S-r", speaker="P-r").text
    found = re.search(r"https?://[^<\s]+/repondre/[\w-]+", page)
    assert found
    path = "/repondre/" + found[0].rpartition("/")[2]
    seen = requests.get(centre.url + path)
    assert seen.status_code == 200 and "&lt;b&gt;Et le vertige" in seen.text and "csrf" not in seen.text
    assert "script" not in seen.text and seen.headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in seen.headers["Content-Security-Policy"]
    form: dict[str, Any] = {"uai": kiosk.uai, "id": "open-1", "text": "  Un peu,\r\n au début. "}
    answer = requests.post(centre.url + path, data=form)
    assert answer.status_code == 200 and "Merci" in answer.text and "Un peu" in answer.text
    kiosk.sync()
    assert not [key for key in kiosk.held if key[0] == "answer"]  # nobody read it yet
    page = office.get("/bureau/reponses/?seance=S-r").text
    assert "Réponse à relire" in page and "Un peu,\nau début." in page
    office.post("/bureau/reponses/repondre", question="Et le vertige ?", seance="S-r", **form)
    kiosk.sync()
    assert kiosk.body("answer", "open-1")["text"] == "Un peu,\nau début."
    assert requests.post(centre.url + path, data=form).status_code == 422  # it is answered
    assert "vertige" not in requests.get(centre.url + path).text
    office.post("/bureau/reponses/lien", seance="S-r", speaker="P-r", close="1")
    for gone in (path, "/repondre/nothing", "/repondre/%00"):
        assert requests.get(centre.url + gone).status_code == 404
        assert requests.post(centre.url + gone, data=form).status_code in (400, 404)
    office.post("/bureau/reponses/lien", status=422, seance="S-r", speaker="nobody")


def test_a_link_opens_its_session_only_for_thirty_days(store: Any, run: Any) -> None:
    body = {"starts_at": 1, "duration_min": 45, "status": "planned", "body": BODY}
    job = '{"name":"Aya","job":{"feminine":"a","masculine":"a","shown":"feminine"},"bio":"","path":[]}'
    run(lambda _tx: models.Speaker.create(id="P", name="Aya", body=job))
    for id in ("S", "T"):
        run(lambda _tx: models.Session.create(id=id, title=id, **body))  # noqa: B023
    for id, where, who in (("a", "S", ""), ("b", "S", "P"), ("c", "S", "Other"), ("d", "T", "P")):
        values = {"uai": "U", "kiosk": "k", "seq": 1, "session_id": where, "speaker_id": who, "theme": "vie"}
        run(lambda tx: models.OpenQuestion.create(id=id, text=id, created_at=tx.now, **values))  # noqa: B023
    first = run(replying.give, "S", "P")
    token = run(replying.give, "S", "P")
    assert run(replying.opened, first) is None  # a new one closes it
    elsewhere = BODY.replace('["P"]', "[]")
    run(lambda _tx: models.Session.update(body=elsewhere).where(models.Session.id == "S").execute())
    assert run(replying.opened, token) is None and not run(replying.propose, token, "U", "a", "Oui.")
    with pytest.raises(OfficeError):  # who does not speak there any more is given no other
        run(replying.give, "S", "P")
    run(lambda _tx: models.Session.update(body=BODY).execute())
    assert [row.id for row, _said in run(replying.opened, token).questions] == ["a", "b"]
    for id, text in (("c", "x"), ("d", "x"), ("a", "  "), ("a", "x" * 2001)):
        with pytest.raises(OfficeError):
            run(replying.propose, token, "U", id, text)
    assert run(replying.propose, token, "U", "a", "Oui.") and run(replying.propose, token, "U", "a", "Non.")
    assert [one.proposed for one in run(answers.listed, "S") if one.id == "a"] == ["Non."]
    run(answers.give, "U", "a", "Et ?", "Peut-être.")
    assert run(lambda _tx: models.Proposed.select().count()) == 0
    run(replying.propose, token, "U", "b", "Tard.")
    old = retention.KINDS["unanswered"].months * retention.MONTH + 1
    run(lambda tx: models.OpenQuestion.update(created_at=tx.now - old).execute())
    while run(retention.sweep):
        pass
    assert run(answers.listed, "S")[0].id == "a" and run(lambda _tx: models.Proposed.select().count()) == 0
    run(lambda tx: models.SpeakerLink.update(created_at=tx.now - 31 * DAY, expires_at=tx.now - DAY).execute())
    assert run(replying.opened, token) is None and not run(replying.propose, token, "U", "b", "Oui.")
