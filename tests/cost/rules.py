"""Every function of the product that is given a text: taken from the sources, so that a new one is tried too.

A public function whose first argument is called ``text`` (or one of :data:`TEXTS`) is called with hostile texts. One
that needs more than its text finds it in :data:`MORE`; one that is no rule on a text is in :data:`APART`, with a reason.
"""

from __future__ import annotations

import ast
import base64
import csv
import importlib
import io
import json
from collections.abc import Callable
from typing import Any

from patterns import modules

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
    "kiosk.domain.people.access.same_pin": (("123456",), {}),
    "kiosk.ground.addresses.host_text": ((80,), {}),
    "kiosk.ground.qrcodes.wifi_payload": (("secret", "WPA", False), {}),
    "kiosk.domain.choices.school": (("Collège",), {}),
    "kiosk.domain.choices.wifi": (("secret12",), {}),
    "kiosk.engine.http.unmask": ((b"\1\2\3\4",), {}),
    "kiosk.ops.jobs.cleaning.after_heading": (("salaire",), {}),
    "kiosk.exchange.wire.unpacked": (("gzip", 1 << 20), {}),
    "kiosk.web.frame.qr.wifi_qr": (("secret", "WPA", False), {}),
    "kiosk.web.teacher.words.segments": (([],), {}),
    "kiosk.domain.people.devices.issued": (("key",), {}),
    "kiosk.domain.people.devices.older_than": (("key", 0, 5), {}),
}
#: No rule on a text of somebody else's: our own words, a row by its id, a page that wants a request, a file.
APART = {
    "a row by what names it": (
        "kiosk.domain.people.access.check", "kiosk.domain.rooms.resolve", "kiosk.domain.rooms.code_of", "kiosk.domain.rooms.view",
        "kiosk.domain.roomset.name_of_removed", "kiosk.centre.api.portrait",
    ),
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
    "flags.find is tried": (
        "kiosk.domain.reading.flags.hits", "kiosk.web.phone.phone_pages.personal", "kiosk.web.teacher.words.hints",
    ),
    "slow on purpose, whatever the text (scrypt)": ("kiosk.centre.passwords.right",),
}  # fmt: skip


def _file(read: Callable[[Any], Any]) -> Callable[[str], Any]:
    return lambda text: list(read(io.BytesIO(text.encode("utf-8", "replace"))))


def called() -> dict[str, Callable[[str], Any]]:
    """What takes a text in another way: readers of files, of headers, of what was already found in a text."""
    from kiosk.centre.imports import read as sheet
    from kiosk.domain import calendars
    from kiosk.domain.reading import flags, identity, rudeness, wording
    from kiosk.domain.views import Flag
    from kiosk.exchange import classify, letters, located
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
        "exports: a cell": exports.cell, "exports: a row": lambda t: exports.to_csv([{"texte": t}]),
        "exports: for a terminal": lambda t: exports.to_json([{"texte": t}], terminal=True),
        "sync: where a redirect leads": classify._where, "sync: when to try again": lambda t: classify.retry_after({"retry-after": t}),
        "sync: an answer": lambda t: classify.of_answer(200, {"content-type": "application/json"}, t.encode("utf-8", "replace"), "json"),
        "jobs: bytes": _file(lambda source: reading.sheets(source, "x")),
        "jobs: an XML's text": _file_around(reading, "<metiers><metier><identifiant>MET.1</identifiant><nom_metier>x</nom_metier>"
                                            "<nature_travail>", "</nature_travail></metier></metiers>", escaped=True),
        "jobs: an XML's comment": _file_around(reading, "<metiers><!--", "--></metiers>", escaped=False),
        "jobs: JSON": lambda t: list(reading.sheets(io.BytesIO(f'[{{"libellé métier": {quoted(t)}}}]'.encode("utf-8", "replace")), "x")),
        "jobs: a column": lambda t: list(reading.sheets(io.BytesIO(f"{t[:200]};b\n{t}".encode("utf-8", "replace")), "x")),
        "centre: a CSV": lambda t: sheet(t.encode("utf-8", "replace")),
        "centre: messages": lambda t: sheet(f'{{"changes": [{quoted(t)}]}}'.encode("utf-8", "replace")),
        "csv": lambda t: list(csv.reader(io.StringIO(t))), "base64": lambda t: base64.b64decode(t.encode("utf-8", "replace")),
    }  # fmt: skip


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
    del found["kiosk.domain.reading.identity.find"]  # called() gives it the text, and the same when flat
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
