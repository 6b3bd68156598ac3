"""Every address with every parameter that its page reads: odd characters are a refusal or nothing, never a failure; and
heads of any length cost what they weigh.
"""

from __future__ import annotations

import ast
import re
import shutil
from urllib.parse import quote

import pytest
from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from cost import growth, patterns
from factories import Teacher, make_question

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
TEMPLATES = patterns.ROOT / "templates"
HEADERS = {
    "Host", "Origin", "Referer", "Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "X-CSRF", "X-Fragment", "Cookie", "Range",
    "If-None-Match", "If-Modified-Since", "Sec-Fetch-Site", "User-Agent", "X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "X-Real-IP",
}  # fmt: skip
#: After these the teacher is no more, or what everything happens in.
ENDING = ("deconnexion", "effacer", "supprimer", "appareils", "langue", "sauvegarde")
#: What is read of a request, by its name.
READ = ("form", "args", "values", "sent", "files")
#: Bytes of one line of an address or of a form's field, below what both servers read.
LINE = 7_000


def words(node):
    """The texts of a tuple or a list of them."""
    held = node.elts if isinstance(node, (ast.Tuple, ast.List)) else []
    return {one.value for one in held if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def of_a_request(node):
    """What this expression asks a request for by name: the node of that name, if it does."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        where = ast.unparse(node.func.value).rpartition(".")[2]
        return node.args[0] if node.func.attr in ("get", "getlist") and where in READ else None
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).rpartition(".")[2] in READ:
        return node.slice
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
        return node.left if ast.unparse(node.comparators[0]).rpartition(".")[2] in READ else None
    return None


def handing_on(trees):
    """Functions that ask a request for what they are given: « typed », « _field »."""
    return {
        one.name
        for tree in trees.values()
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and one.args.args
        for node in ast.walk(one)
        if isinstance(asked := of_a_request(node), ast.Name) and asked.id == one.args.args[0].arg
    }


def parameters():
    """The names that any page reads of a form or an address, from the sources and the templates; by module."""
    trees = {module: tree for module, tree in patterns.modules().items() if module.startswith("kiosk.web")}
    through, by_module = handing_on(trees), {}
    for module, tree in trees.items():
        found = set()
        for node in ast.walk(tree):
            asked = of_a_request(node)
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).rpartition(".")[2] in through:
                asked = node.args[0]
            if isinstance(asked, ast.Constant) and isinstance(asked.value, str):
                found.add(asked.value)
            if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp, ast.For)):
                if any(isinstance(of_a_request(one), ast.Name) for one in ast.walk(node)):
                    found = found.union(*(words(one.iter) for one in getattr(node, "generators", [node])))
        by_module[module] = found
    templates = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    by_module["kiosk.web.teacher"] = set(re.findall(rf'\b(?:{"|".join(sorted(through))})\("(\w+)"', templates))
    return by_module


def of_package(by_module, module):
    """The names that the pages beside this one read, and what every page goes through."""
    here = (module.rpartition(".")[0], "kiosk.web.frame")
    return set().union(
        *(names for name, names in by_module.items() if f"{name}.".startswith(tuple(f"{p}." for p in here)))
    )


def rules(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        view = app.view_functions[rule.endpoint]
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, view.__module__


def test_parameters_are_read_from_the_sources():
    by_module = parameters()
    names = set().union(*by_module.values())
    assert {"salle", "lang", "suite", "texte", "liste", "ids", "id", "on", "pin", "raison"} <= names
    looped = {"recu", "acceptes", "refuses", "debut", "n", "metier", "etudes", "speaker"}
    assert looped | {"q", "ouvert", "filtre", "retirer", "csrf", "ssid", "motdepasse", "code"} <= names
    assert {"q", "ouvert", "retirer", "recu", "csrf", "salle"} <= of_package(by_module, "kiosk.web.teacher.live")


def test_what_ends_everything_is_there(app):
    addresses = [address for _method, address, _module in rules(app)]
    assert [word for word in ENDING if not any(word in address for address in addresses)] == []


def together(given):
    """As many of these parameters at once as one line takes, in order; none is cut."""
    lines = [""]
    for one in given:
        if len(lines[-1]) + len(one) > LINE:
            lines.append("")
        lines[-1] += f"&{one}" if lines[-1] else one
    return lines


class Asked(ImmutableMultiDict):
    """A form or an address's parameters that tell which names a page asks for; whoever goes through all asks for all."""

    names: set[str] = set()

    def __getitem__(self, key):
        self.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key):
        self.names.add(key)
        return super().__contains__(key)

    def getlist(self, key, *args, **values):
        self.names.add(key)
        return super().getlist(key, *args, **values)


class Telling(Request):
    """A request read through :class:`Asked`."""

    parameter_storage_class = Asked


def asked(browser, method, where, query=""):
    """The names that this page asked for, given these parameters; its answer."""
    Asked.names.clear()
    answer = send(browser, method, where, query)
    return set(Asked.names), answer


def test_a_request_tells_what_it_is_asked_for(app, room):
    app.request_class = Telling
    browser = Teacher(app).enter()
    assert {"filtre", "ouvert", "q"} <= asked(browser, "GET", "/prof")[0]
    assert {"csrf", "vers"} <= asked(browser, "POST", "/prof/etape")[0]


@pytest.fixture
def examined(app, kiosk, tmp_path):
    """The machine is examined once, with its archive: the process that does it reads nothing of a request."""
    archive = tmp_path / "diagnostic.zip"
    said = app.extensions["examine"](kiosk, "fr", str(archive))

    def answer(_kiosk, _language, bundle):
        if bundle:
            shutil.copyfile(archive, bundle)
        return said

    app.extensions["examine"] = answer


@pytest.mark.parametrize("who", ["pupil", "teacher"])
def test_odd_parameters_are_refused_or_ignored(app, examined, kiosk, room, who):
    """All at once; and one by one, for one refused hides the others. A page does the same until it asks for a name, so
    one that it does not ask for without it (or beside the others) changes nothing: those that are asked for are tried.
    """
    make_question(kiosk, room, "q1")
    app.request_class = Telling
    browser = Teacher(app).enter() if who == "teacher" else Teacher(app)
    browser.client.get("/prof/connexion")
    by_module, failed = parameters(), []

    def tell(method, where, query, answer):
        if answer.status_code >= 500 or any("\n" in value for _name, value in answer.headers):
            failed.append((method, where[:60], query[:60], answer.status_code))

    for method, address, module in rules(app):
        if who == "teacher" and any(word in address for word in ENDING):
            continue
        where, names = re.sub(r"<[^>]+>", "1", address), sorted(of_package(by_module, module))
        alone, answer = asked(browser, method, where)
        tell(method, where, "", answer)
        wanted = set(alone)
        for odd in ODD:
            for query in together(f"{name}={odd}" for name in (names if len(odd) < 100 else sorted(wanted))):
                more, answer = asked(browser, method, where, query)
                tell(method, where, query, answer)
                wanted |= more
            for query in [f"{name}={odd}" for name in sorted(alone) if odd in ODD[:2]]:
                more, answer = asked(browser, method, where, query)
                tell(method, where, query, answer)
                wanted |= more
            if "<" in address:
                full = re.sub(r"<[^>]+>", odd, address)
                tell(method, full, "", send(browser, method, full, ""))
    assert failed == []
    assert (browser.client.get("/prof").status_code == 200) is (who == "teacher")


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
