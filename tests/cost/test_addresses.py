"""Every address with every parameter that its page reads: odd characters are a refusal or nothing, never a failure; and
heads of any length cost what they weigh.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from factories import Teacher, make_question

sys.path.insert(0, str(Path(__file__).resolve().parent))
import growth  # noqa: E402
import patterns  # noqa: E402

#: Half a character (as bytes, and as JSON), a line's end, what ends a C string, what turns a line round, a number no row has.
ODD = (
    "%ED%A0%80",
    "x%0D%0ASet-Cookie:%20a=b",
    "%00",
    "%E2%80%AE%FF",
    "9" * 400,
    "/prof%0d%0aX",
    "a" * 3_000,
    "%F0%9F%91%A9%E2%80%8D",
)
HEADERS = {
    "Host", "Origin", "Referer", "Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "X-CSRF", "X-Fragment", "Cookie", "Range",
    "If-None-Match", "If-Modified-Since", "Sec-Fetch-Site", "User-Agent", "X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "X-Real-IP",
}  # fmt: skip
#: After these the teacher is no more, or what everything happens in.
ENDING = re.compile(r"deconnexion|retirer-acces|revoquer|effacer|supprimer|appareils|langue|sauvegarde")


def parameters():
    """The names that any page reads of a form or an address, from the sources; by module, and all of them."""
    by_module = {}
    for module, tree in patterns.modules().items():
        if not module.startswith("kiosk.web"):
            continue
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                named = node.func.attr in ("get", "getlist") and ast.unparse(node.func.value).rpartition(".")[2] in (
                    "form", "args", "values", "sent", "files")  # fmt: skip
                if named and isinstance(node.args[0], ast.Constant):
                    found.add(node.args[0].value)
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                if ast.unparse(node.value).rpartition(".")[2] in ("form", "args", "values"):
                    found.add(node.slice.value)
        by_module[module] = {name for name in found if isinstance(name, str)}
    return by_module


def rules(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        view = app.view_functions[rule.endpoint]
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, view.__module__


def test_parameters_are_read_from_the_sources():
    names = set().union(*parameters().values())
    assert {"salle", "lang", "suite", "texte", "liste", "ids", "id", "on", "pin", "raison"} <= names


@pytest.mark.parametrize("who", ["pupil", "teacher"])
def test_odd_parameters_are_refused_or_ignored(app, kiosk, room, who):
    make_question(kiosk, room, "q1")
    browser = Teacher(app).enter() if who == "teacher" else Teacher(app)
    browser.client.get("/prof/connexion")
    by_module, common = parameters(), {"salle", "lang", "suite"}
    failed = []
    for method, address, module in rules(app):
        if who == "teacher" and ENDING.search(address):
            continue
        names = sorted(by_module.get(module, set()) | common)
        for odd in ODD:
            given = [f"{name}={odd}" for name in names]
            tried = [
                (re.sub(r"<[^>]+>", "1", address), query)
                for query in ("&".join(given), *given[: 99 if odd in ODD[:2] else 0])
            ]
            for where, query in [*tried, (re.sub(r"<[^>]+>", odd, address), "")]:
                answer = send(browser, method, where, query[:7_000])
                if answer.status_code >= 500 or any("\n" in value for _name, value in answer.headers):
                    failed.append((method, where[:60], query[:60], answer.status_code))
    assert failed == []


def send(browser, method, where, query):
    if method == "GET":
        return browser.client.get(f"{where}?{query}")
    kind = "application/x-www-form-urlencoded"
    return browser.client.open(where, method=method, data=f"csrf={browser.csrf()}&{query}", content_type=kind)


@pytest.mark.parametrize("name", ["id", "text", "theme", "speaker", "session"])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_half_a_character_in_json(room, client, name, accept):
    for value in ('"\\ud800"', '"a\\udfff' + "b" * 500 + '"', "[1]", "{}", "1e400", "null", "true"):
        sent = {"id": '"json-1"', "text": '"Pourquoi ?"', name: value}
        body = "{" + ",".join(f'"{key}": {held}' for key, held in sent.items()) + "}"
        answer = client.post("/questions", data=body, content_type="application/json", headers={"Accept": accept})
        assert answer.status_code < 500, (value, answer.text[:80])


@pytest.mark.parametrize("header", sorted(HEADERS))
def test_an_odd_head_is_refused_or_ignored(app, room, client, header):
    for value in (
        "\xed\xa0\x80",
        "\x00",
        "\x7f",
        "é" * 50,
        "a,b;q=x",
        "=;=;" * 200,
        "*/*;q=1e9",
        "bytes=0-,5-",
        "::[",
        "[" * 500,
        "",
    ):
        key = f"HTTP_{header.upper().replace('-', '_')}" if header != "Content-Type" else "CONTENT_TYPE"
        for method, address in (
            ("GET", "/"),
            ("POST", "/questions"),
            ("GET", "/prof"),
            ("POST", "/prof/connexion"),
            ("GET", "/ecran"),
        ):
            answer = client.open(address, method=method, environ_overrides={key: value})
            assert answer.status_code < 500, (address, value)


@pytest.mark.parametrize(
    "header",
    ["Cookie", "Accept", "Accept-Language", "If-None-Match", "X-Forwarded-For", "Forwarded", "Range", "Origin"],
)
@pytest.mark.parametrize(
    "unit", ["a=b; ", "a;q=0.1,", "text/html;q=1,", '"a",', "1.2.3.4, ", "for=1.2.3.4;", '\\"', "[", ";", "=", " ", "a"]
)
def test_a_long_head_costs_what_it_weighs(app, room, client, monkeypatch, header, unit):
    """Both servers read 8 KB of one line, and 64 KB in all."""
    monkeypatch.setattr(growth, "SMALL", 800)
    monkeypatch.setattr(growth, "BIG", 8_000)
    key = f"HTTP_{header.upper().replace('-', '_')}"

    def act(text):
        client.get("/", environ_overrides={key: text})

    assert growth.broken(act, lambda size: unit * (size // len(unit))) == ""
    assert growth.best(act, unit * (8_000 // len(unit))) < 0.05


@pytest.mark.parametrize("unit", ["a&", "a=b&", "%", "%41", "&", "=", "a[]=1&", "salle=1&", "+", "%F0%9F"])
def test_a_long_address_costs_what_it_weighs(app, room, client, monkeypatch, unit):
    monkeypatch.setattr(growth, "SMALL", 800)
    monkeypatch.setattr(growth, "BIG", 8_000)

    def act(text):
        client.get("/?" + text)

    assert growth.broken(act, lambda size: unit * (size // len(unit))) == ""
    form = lambda text: client.post("/questions", data=text, content_type="application/x-www-form-urlencoded")  # noqa: E731
    assert growth.broken(form, lambda size: unit * (size // len(unit))) == ""
    assert growth.best(form, quote("é") * 1_600) < 0.05
