"""Every function of the product that is given a text: taken from the sources, so that a new one is tried too.

A public function whose first argument is called ``text`` (or one of :data:`TEXTS`) is called with hostile texts. One
that needs more than its text finds it in :data:`MORE`; one that is no rule on a text is in :data:`APART`, with a reason.
"""

from __future__ import annotations

import ast
import base64
import csv
import gzip
import importlib
import io
import json
from collections.abc import Callable
from typing import Any

from cost.patterns import modules

#: What the house calls a text that comes from elsewhere.
TEXTS = frozenset(
    "text data body payload label host title problem digits raw der proxy address public_url value url ssid configured location "
    "html line content sentence".split()
)
#: Texts under the name of what they should be.
ALSO = frozenset(
    "kiosk.exchange.pairing.normalised kiosk.domain.people.devices.known kiosk.domain.people.devices.issued kiosk.domain.people.devices.older_than "
    "kiosk.domain.people.access.same_pin kiosk.domain.people.access.digest kiosk.ground.instants.zone kiosk.contract.schools.zone_of "
    "kiosk.domain.rooms.checked_name kiosk.ground.addresses.kind_of_name kiosk.ops.jobs.tables.plain".split()
)
#: What a function needs beside its text.
MORE: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "kiosk.domain.reading.textrules.clean": ((10**9,), {}),
    "kiosk.domain.reading.distress.seen": ((10**9,), {}),
    "kiosk.domain.reading.identity.find": ((), {}),  # see called()
    "kiosk.contract.programme.cells.code_of": (({"oui": "yes"}, ""), {}),
    "kiosk.contract.programme.cells.format_of": ((55,), {}),
    "kiosk.contract.programme.cells.number": ((0, 500), {}),
    "kiosk.contract.programme.tables.cut": ((";",), {}),
    "kiosk.domain.people.access.same_pin": (("123456",), {}),
    "kiosk.ground.addresses.host_text": ((80,), {}),
    "kiosk.conform.saying.opened": (("", ""), {}),
    "kiosk.ground.qrcodes.wifi_payload": (("secret", "WPA", False), {}),
    "kiosk.domain.choices.school": (("Collège",), {}),
    "kiosk.domain.choices.wifi": (("secret12",), {}),
    "kiosk.engine.http.unmask": ((b"\1\2\3\4",), {}),
    "kiosk.ops.jobs.cleaning.after_heading": (("salaire",), {}),
    "kiosk.exchange.wire.unpacked": (("gzip", 1 << 20), {}),
    "kiosk.exchange.unpacking.unpacked": ((1 << 20,), {}),
    "kiosk.web.frame.qr.wifi_qr": (("secret", "WPA", False), {}),
    "kiosk.web.teacher.words.segments": (([],), {}),
    "kiosk.domain.people.devices.issued": (("key",), {}),
    "kiosk.domain.people.devices.older_than": (("key", 0, 5), {}),
    "kiosk.ground.config_file.where": (("Expected '=' after a key (at line 1, column 2)",), {}),
}
#: No rule on a text of somebody else's: our own words, a row by its id, a page that wants a request, a file.
APART = {
    "a row by what names it": (
        "kiosk.domain.people.access.check", "kiosk.domain.rooms.resolve", "kiosk.domain.rooms.code_of", "kiosk.domain.rooms.view",
        "kiosk.domain.roomset.name_of_removed", "kiosk.centre.api.portrait",
    ),
    "a setting, and a server that is asked": ("kiosk.storage.serverstate.redis_keeps", "kiosk.storage.duty.refuse_pooled"),
    "our own word": (
        "kiosk.ground.i18n.language", "kiosk.engine.activate", "kiosk.domain.phases.after",
        "kiosk.domain.phases.before", "kiosk.domain.firststart.after", "kiosk.web.frame.assets.asset", "kiosk.ops.process.answers", "kiosk.versions.place",
        "kiosk.versions.switch", "kiosk.web.frame.pages.style_hash", "kiosk.ops.doctor.report.check", "kiosk.ground.config_values.parse",
    ),
    "a page: it is asked for over HTTP (test_addresses.py)": (
        "kiosk.web.phone.phone_pages.page", "kiosk.web.teacher.live.fragment", "kiosk.web.teacher.login.join",
        "kiosk.web.teacher.login.join_page", "kiosk.web.teacher.sessions.headcount_field", "kiosk.web.phone.pupils.enter",
        "kiosk.web.teacher.blueprint.typed", "kiosk.centre.office.files.model", "kiosk.centre.office.tables.answer",
        "kiosk.centre.openapi.document", "kiosk.web.phone.receipts.opens",
    ),
    "valid JSON, never nested deep: read() comes first (« located » below)": ("kiosk.exchange.located.lines",),
    "never nested deep: who calls it looked first (« sync: what is said » and « changes: a notice » below)": (
        "kiosk.exchange.exchange.heard",
    ),
    "flags.find is tried": (
        "kiosk.domain.reading.flags.hits", "kiosk.web.phone.phone_pages.personal", "kiosk.web.teacher.words.hints",
    ),
    "slow on purpose, whatever the text (scrypt)": ("kiosk.centre.passwords.right", "kiosk.centre.passwords.digest",),
}  # fmt: skip

#: A message of the exchange each way, with a text in it.
ANSWER = {"contract": 1, "time": "2026-11-24T09:00:00Z", "cursor": "c", "more": False, "verdicts": [], "changes": []}
REQUEST = {"contract": 1, "kiosk": "0193", "uai": "0951099D", "cursor": None, "sent_at": "2026-11-24T09:00:00Z"}
TABLE = "Titre;Date;Heure;Durée\nÉolien;24/11/2035;9h;45\n"
#: What a rule takes, where it is no ordinary word: by this it is known to have been reached.
TAKEN = {
    "kiosk.centre.exchange.read": json.dumps(REQUEST),
    "kiosk.conform.saying.message": "{}",
    "kiosk.centre.imports.read": TABLE,
    "kiosk.centre.imports.messages.read": '{"changes": []}',
    "kiosk.contract.programme.read": TABLE,
    "kiosk.contract.programme.cells.levels": "3e",
    "kiosk.contract.programme.cells.code_of": "oui",
    "kiosk.contract.programme.cells.status": "Prévue",
    "kiosk.contract.programme.cells.format_of": "Lycée, 55 min",
    "kiosk.contract.programme.cells.number": "12",
    "kiosk.contract.programme.dates.day": "24/11/2026",
    "kiosk.contract.programme.dates.hours": "14 h 30",
    "kiosk.contract.programme.dates.minutes": "45 min",
    "kiosk.contract.schools.normalise_uai": "0951099D",
    "kiosk.contract.schools.checksum": "0951099",
    "kiosk.domain.enrolments.refuse_name": "4e B",
    "kiosk.domain.people.peers.network": "10.0.0.0/8",
    "kiosk.exchange.changefiles.parse": '{"changes": []}',
    "kiosk.exchange.located.read": "[1]",
    "kiosk.ground.instants.parse": "2026-11-24T09:00:00Z",
    "kiosk.ground.instants.zone": "Europe/Paris",
    "kiosk.storage.secretfile.chosen_pin": "483920",
    "kiosk.web.frame.qr.address_qr": "http://10.0.0.1/",
    "located: no JSON": "[1]",
    "sync: what is said": json.dumps(ANSWER),
    "jobs: bytes": "identifiant;libellé métier\nMET.1;x",
    "centre: a CSV": TABLE,
    "base64": "Qm9uam91cg==",
}


def _notice(text: str) -> bytes:
    body = {"level": "info", "text": text, "expires_at": "2035-12-01T00:00:00Z"}
    return json.dumps({"changes": [{"type": "notice", "id": "N", "rev": 1, "body": body}]}).encode()


def _stick(text: str) -> bytes:
    made = {"kind": "request", "kiosk": "0193", "uai": "0951099D", "made_at": "2026-11-24T09:00:00Z", "mac": "0" * 64}
    return gzip.compress(json.dumps({**made, "message": {"a": text}}).encode(), 1)


def _file(read: Callable[[Any], Any]) -> Callable[[str], Any]:
    return lambda text: list(read(io.BytesIO(text.encode("utf-8", "replace"))))


def called() -> dict[str, Callable[[str], Any]]:
    """What takes a text in another way: readers of files, of headers, of what was already found in a text."""
    from kiosk.centre.imports import read as sheet
    from kiosk.conform import saying
    from kiosk.contract import programme, sticks
    from kiosk.contract.reading import wording
    from kiosk.domain import calendars
    from kiosk.domain.reading import flags, identity, rudeness
    from kiosk.domain.views import Flag
    from kiosk.exchange import changefiles, classify, exchange, letters, located
    from kiosk.ground.nesting import too_deep
    from kiosk.ops import console, exports
    from kiosk.ops import sheet as sheets_of_settings
    from kiosk.ops.jobs import reading
    from kiosk.web.teacher import words

    held = flags.lexicon()
    quoted = json.dumps
    return {
        "located": lambda t: located.lines(located.read(json.dumps({"a": [t, {t[:50]: t}]}).encode())[1]),
        "located: no JSON": lambda t: located.lines(located.read(t.encode("utf-8", "replace"))[1]),
        "rudeness.find": lambda t: list(rudeness.find(wording.flat(t), held.rude)),
        "identity.find": lambda t: list(identity.find(t, wording.flat(t))),
        "wording.sentences": lambda t: list(wording.sentences(t)),
        "hints in the panel's words": lambda t: words.segments(t, [Flag("name", "a", ""), Flag("name", "Léa", "")] * 50),
        "calendars: a field": calendars._text, "calendars: a line": calendars._folded, "letters: lines": letters._crlf,
        "console: a line": lambda t: console._writable(t, "ascii"), "sheet: a column": sheets_of_settings._column,
        "exports: a cell": exports.cell, "exports: a row": lambda t: exports.to_csv([{**dict.fromkeys(exports.FIELDS), "text": t}]),
        "exports: for a terminal": lambda t: exports.to_json([{"texte": t}], terminal=True),
        "sync: where a redirect leads": classify._where, "sync: when to try again": lambda t: classify.retry_after({"retry-after": t}),
        "sync: an answer": lambda t: classify.of_answer(200, {"content-type": "application/json"}, t.encode("utf-8", "replace"), "json"),
        "jobs: bytes": _file(lambda source: reading.sheets(source, "x")),
        "jobs: an XML's text": _file_around(reading, "<metiers><metier><identifiant>MET.1</identifiant><nom_metier>x</nom_metier>"
                                            "<nature_travail>", "</nature_travail></metier></metiers>", escaped=True),
        "jobs: an XML's comment": _file_around(reading, "<metiers><!--", "--><metier><identifiant>MET.1</identifiant>"
                                               "<nom_metier>x</nom_metier></metier></metiers>", escaped=False),
        "jobs: JSON": lambda t: list(reading.sheets(io.BytesIO(f'[{{"identifiant": "MET.1", "libellé métier": {quoted(t)}}}]'.encode("utf-8", "replace")), "x")),
        "jobs: a column": lambda t: list(reading.sheets(io.BytesIO(f"identifiant;libellé métier;{t[:200]}\nMET.1;x;{t}".encode("utf-8", "replace")), "x")),
        "centre: a CSV": lambda t: sheet(t.encode("utf-8", "replace")),
        "centre: messages": lambda t: sheet(_notice(t)), "changes: a notice": lambda t: changefiles.parse(_notice(t)),
        "conform: a body": lambda t: saying.opened(gzip.compress(t.encode("utf-8", "replace"), 1), "gzip", ""),
        "a stick": lambda t: sticks.genuine(sticks.opened(_stick(t)), "x"),
        "sync: what is said": lambda t: too_deep(t) or exchange.heard(t.encode("utf-8", "replace")),
        "sync: a change": lambda t: exchange.heard(json.dumps({**ANSWER, "changes": [{"type": t, "id": "N"}]}).encode()),
        "programme: a header": lambda t: programme.read((";".join(("Titre;Date;Heure;Durée", _cell(t))) + "\nÉolien;24/11/2035;9h;45;x").encode()),
        "programme: a cell": lambda t: programme.read(f"Date;Heure;Durée;Titre;Précisions\n24/11/2035;9h;45;{_cell(t)};{_cell(t)}".encode()),
        "csv": lambda t: list(csv.reader(io.StringIO(t))), "base64": lambda t: base64.b64decode(t.encode("utf-8", "replace")),
    }  # fmt: skip


def _cell(text: str) -> str:
    return '"' + text.encode("utf-8", "replace").decode().replace('"', '""') + '"'


def _file_around(reading: Any, before: str, after: str, *, escaped: bool) -> Callable[[str], Any]:
    from html import escape

    def read(text: str) -> Any:
        inner = escape(text) if escaped else text.replace("--", "==")
        return list(reading.sheets(io.BytesIO((before + inner + after).encode("utf-8", "replace")), "x"))

    return read


def everything() -> dict[str, Callable[[str], Any]]:
    """name → what is done with a text."""
    apart = {name for names in APART.values() for name in names}
    found: dict[str, Callable[[str], Any]] = {}
    for module, tree in modules().items():
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or not node.args.args:
                continue
            name, first = f"{module}.{node.name}", node.args.args[0]
            kind = ast.unparse(first.annotation) if first.annotation else ""
            wanted = first.arg in TEXTS or name in ALSO
            if not wanted or kind not in ("str", "bytes", "object", "str | bytes", "str | None") or name in apart:
                continue
            found[name] = _act(name, kind, _needs(node))
    for name, act in called().items():
        found[name] = act
    for name in ("kiosk.domain.reading.identity.find", "kiosk.contract.sticks.opened"):
        del found[name]  # called() gives them what they want: the text and the same when flat, a file that is packed
    return found


def _needs(node: ast.FunctionDef) -> int:
    given = node.args
    named = sum(1 for default in given.kw_defaults if default is None)
    return max(0, len(given.args) - 1 - len(given.defaults)) + named


def _act(name: str, kind: str, needs: int) -> Callable[[str], Any]:
    more, named = MORE.get(name, ((), {}))
    assert needs == 0 or name in MORE, (
        f"{name} needs more than its text: say in tests/cost/rules.py what, or why it is apart"
    )
    module, _dot, word = name.rpartition(".")
    function = getattr(importlib.import_module(module), word)
    function = getattr(function, "_work", function)  # not what is remembered
    if kind == "bytes":
        return lambda text: _end(function(text.encode("utf-8", "replace"), *more, **named))
    return lambda text: _end(function(text, *more, **named))


def _end(answer: Any) -> Any:
    return list(answer) if hasattr(answer, "__next__") else answer
