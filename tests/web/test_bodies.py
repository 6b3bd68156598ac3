"""What may be sent to each address: said beside its view, read no further, whatever the envelope."""

from __future__ import annotations

import io

import pytest

from factories import Teacher, make_question
from kiosk.domain.questions import questions
from kiosk.domain.reading import flags, textrules
from kiosk.ground import remembered
from kiosk.web.frame import bodies
from kiosk.web.teacher import bringing

#: What is more than a form, on purpose. Adding one is a decision: it is written here too.
MORE = {
    "control.merge": bodies.LIST, "control.keep_apart": bodies.LIST, "control.mark_asked": bodies.LIST,
    "control.type_many": bodies.LIST, "control.stick_in": bodies.FILE,
    "control.make_prepared": bodies.LIST,
    "control.bring_file": bringing.BODY, "control.bring_in": bodies.LIST, "control.session_create": bodies.LIST,
    "control.session_correct": bodies.LIST,
    "control.rooms_file": bringing.BODY, "control.rooms_make": bodies.LIST,
}  # fmt: skip


def bounds(app):
    """(endpoint, method) → bytes, for every rule of the map."""
    return {
        (rule.endpoint, method): bodies.most(app, rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods
    }


def test_every_address_has_its_bound(app, kiosk):
    held = bounds(app)
    assert len(held) > 100
    reading = {bound for (_endpoint, method), bound in held.items() if method in ("GET", "HEAD", "OPTIONS")}
    assert reading == {0}
    more = {endpoint: bound for (endpoint, _method), bound in held.items() if bound > bodies.form(kiosk)}
    assert more == MORE
    assert {endpoint for endpoint in MORE if not endpoint.startswith("control.")} == set()
    assert bodies.form(kiosk) < 11_000


def chunks(browser, address, kind, data, **headers):
    """A body that does not say its length."""
    return browser.post(
        address, input_stream=io.BytesIO(data), content_type=kind, headers=headers,
        environ_overrides={"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""},
    )  # fmt: skip


def parts(size):
    head = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    return head + b"a" * size + b"\r\n--b--\r\n"


SHAPES = {
    "form": ("application/x-www-form-urlencoded", lambda size: b"id=x&text=" + b"a" * size),
    "json": ("application/json", lambda size: b'{"id": "x", "text": "' + b"a" * size + b'"}'),
    "multipart": ("multipart/form-data; boundary=b", parts),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("way", ["length", "chunked"])
@pytest.mark.parametrize("address", ["/questions", "/bilan", "/oublier", "/questions/q/retirer", "/prof/connexion"])
def test_a_body_beyond_the_bound_is_refused_in_words(app, kiosk, room, client, shape, way, address):
    kind, made = SHAPES[shape]
    for size, lang in ((bodies.form(kiosk) + 1, "fr"), (300_000, "en")):
        data, there = made(size), f"{address}?lang={lang}"
        sent = {"data": data, "content_type": kind}
        answer = chunks(client, there, kind, data) if way == "chunked" else client.post(there, **sent)
        assert answer.status_code == 413, (answer.status_code, size)
        assert ("go back" if lang == "en" else "revenez en arrière") in answer.text


def test_a_script_reads_the_code(room, client):
    answer = client.post("/questions", data="text=" + "a" * 20_000, headers={"Accept": "application/json"},
                         content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_question_in_chunks_is_a_question(app, kiosk, room, client, shape):
    kind, made = SHAPES[shape]
    answer = chunks(client, "/questions", kind, made(30), Accept="application/json")
    if shape == "multipart":
        assert answer.json["error"]["code"] == "invalid"  # no id in it: it was read
    else:
        assert answer.json["question"]["id"] == "x"


def test_a_list_is_read_for_who_holds_the_right_and_for_nobody_else(app, kiosk, room, teacher):
    listed = "Pourquoi ce métier ?\n" * 180 + "é" * 6_000
    page = teacher.client.post("/prof/liste", data={"csrf": teacher.csrf(), "liste": listed, "faire": "voir"})
    page = teacher.client.get(page.headers["Location"])
    assert page.status_code == 200 and "Pourquoi ce métier" in page.text
    stranger = Teacher(app)
    stranger.client.get("/prof/connexion")
    sent = {"csrf": stranger.csrf(), "liste": listed}
    answer = stranger.client.post("/prof/liste", data=sent, headers={"X-Fragment": "1"})
    assert answer.json is not None and answer.json["error"]["code"] == "login_required"
    too_much = {"csrf": teacher.csrf(), "liste": "a" * bodies.LIST}
    answer = teacher.client.post("/prof/liste", data=too_much, headers={"X-Fragment": "1"})
    assert answer.json["error"]["code"] == "too_large"


def test_what_a_reading_page_is_sent_is_not_read(room, client):
    answer = client.get("/", data=parts(900_000), content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 200


# -- text within its limit


def test_a_refused_text_comes_back_whole_and_is_looked_at_within_its_limit(kiosk, room, client, monkeypatch):
    looked: list[str] = []

    def find(text: str, *_more: object) -> list[flags.Flag]:
        looked.append(text)
        return []

    monkeypatch.setattr(flags, "find", find)
    text = ("Mon numéro est le 06 39 98 12 34 ? " * 200)[:6_000]
    answer = client.post("/questions", data={"id": "long-1", "text": text})
    assert answer.status_code == 422 and text in answer.text.replace("&#39;", "'")
    assert looked and max(map(len, looked)) <= kiosk.settings.question_max_length


def test_a_text_is_not_cleaned_far_beyond_its_limit():
    towers = "e" + "\u0301\u0316" * 400
    assert len(textrules.clean(towers, 240)) == 3  # é, and two marks below
    for text in ("a" * 961, "\u0301" * 961, " " * 961 + "a"):
        with pytest.raises(textrules.KioskError) as caught:
            textrules.clean(text, 240)
        assert caught.value.code == "question_too_long"


def test_a_refusal_is_not_remembered(kiosk, room, client):
    remembered.forget()
    client.post("/questions", data={"id": "mot-1", "text": "Je m'appelle Zébulon Trucmuche " * 20})
    held = [key for one in remembered.everything() for key in one._answers if "trucmuche" in str(key).lower()]
    assert held == []


def test_what_is_remembered_is_bounded_in_bytes_and_forgotten(kiosk, room, write):
    """What they remember is small beside a lesson; each forgets its oldest before it holds more."""
    assert sum(one.most for one in remembered.everything()) < 36 << 20
    remembered.forget()
    memory, told = remembered.texts(kilobytes=64)(str.upper), 0
    while len(memory) == told:
        memory(f"Question {told} : " + "ah, bon ? oui 🙂. " * 54)
        told += 1
        assert 0 < memory.held <= memory.most and told < 100
    before = memory.held
    memory("a" * (remembered.LONGEST + 1))
    assert memory.held == before
    flags.find("Comment devient-on soudeuse ?")
    remembered.forget()
    assert all((len(one), one.held) == (0, 0) for one in (memory, flags._hits))
    remembered._all.remove(memory)


def test_a_question_is_never_longer_than_what_is_looked_at(kiosk):
    field = type(kiosk.settings).__dataclass_fields__["question_max_length"]
    assert field.metadata["high"] == remembered.LONGEST
    assert questions.MAX_LENGTH <= remembered.LONGEST


def test_a_kept_question_is_remembered(kiosk, room, client):
    remembered.forget()
    make_question(kiosk, room, "q1", text="Comment devient-on soudeuse ?")
    flags.find("Comment devient-on soudeuse ?")
    assert len(flags._hits) == 1
