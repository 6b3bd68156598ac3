"""The English catalogue: every French sentence of the program is there, whole, with its placeholders, and no other."""

from __future__ import annotations

import ast
import inspect
import re
from functools import lru_cache
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "kiosk" / "locale" / "en").glob("*.po"))
KEYWORDS = {"_": None, "N_": None, "_n": (1, 2), "gettext": None, "ngettext": (1, 2)}
TRIMMED = {"**.html": {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def words_in(text: str) -> bool:
    return re.search(r"[^\W\d_]", PLACEHOLDER.sub("", text)) is not None


@lru_cache(maxsize=None)
def extracted() -> dict[str, str]:
    """msgid → where it is said first. Sentences made of placeholders alone need no translation."""
    found: dict[str, str] = {}
    for folder, methods in (("kiosk", [("**.py", "python")]), ("templates", [("**.html", "jinja2")])):
        for name, line, message, _comments, _context in extract_from_dir(
            ROOT / folder, method_map=methods, options_map=TRIMMED, keywords=KEYWORDS
        ):
            text = message if isinstance(message, str) else message[0]
            if words_in(text):
                found.setdefault(text, f"{folder}/{name}:{line}")
    return found


@lru_cache(maxsize=None)
def catalogue() -> dict[str, polib.POEntry]:
    return {entry.msgid: entry for file in FILES for entry in polib.pofile(str(file))}


def constants() -> set[str]:
    """Every string of the sources: what a command's help or a registry says without a marker."""
    found: set[str] = set()
    for path in (ROOT / "kiosk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
                for paragraph in inspect.cleandoc(node.value).split("\n\n"):
                    found.add(" ".join(paragraph.split()))
    for path in (ROOT / "config").glob("*.toml"):
        found |= set(re.findall(r'"([^"]+)"', path.read_text(encoding="utf-8")))
    return found


#: Words of the trade that have a French one in what people read; a setting's own name (``centre.proxy``) is no word.
TRADE = re.compile(r"(?<![\w.(])(?:proxy|reverse proxy|uai_checksum|token)(?!\w)", re.I)


def test_no_word_of_the_trade_stands_where_french_has_one():
    assert TRADE.findall("Donnez le proxy (centre.proxy).") == ["proxy"]
    assert {text: where for text, where in extracted().items() if TRADE.search(text)} == {}


def test_there_is_something_to_translate():
    assert len(extracted()) > 400 and len(FILES) >= 5


def test_every_sentence_has_its_english():
    missing = {text: where for text, where in extracted().items() if text not in catalogue()}
    assert missing == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_entries_are_whole(file):
    entries = polib.pofile(str(file))
    assert [e.msgid for e in entries if e.fuzzy or e.obsolete] == []
    assert [e.msgid for e in entries if not (e.msgstr or (e.msgstr_plural and all(e.msgstr_plural.values())))] == []
    assert len({e.msgid for e in entries}) == len(entries)


def test_placeholders_are_the_same():
    wrong = []
    for entry in catalogue().values():
        said = [entry.msgstr] if not entry.msgid_plural else list(entry.msgstr_plural.values())
        for text in said:
            names = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural))
            if not set(PLACEHOLDER.findall(text)) <= names or (
                not entry.msgid_plural and set(PLACEHOLDER.findall(text)) != names
            ):
                wrong.append(entry.msgid)
            if text.replace("%%", "").count("%") != len(PLACEHOLDER.findall(text)) and PLACEHOLDER.search(text):
                wrong.append(entry.msgid)
    assert wrong == []


def test_plurals_have_both_forms():
    singular = [e.msgid for e in catalogue().values() if e.msgid_plural and set(e.msgstr_plural) != {0, 1}]
    assert singular == []


def test_nothing_is_translated_that_nobody_says():
    said = constants()
    spoken = extracted().keys() | said
    assert [msgid for msgid in catalogue() if msgid not in spoken and words_in(msgid)] == []


def test_sources_hold_plain_spaces_and_true_apostrophes():
    """No-break spaces are the typography's work, once; an apostrophe is typographic."""
    wrong = [text for text in extracted() if "\u00a0" in text or "\u202f" in text or re.search(r"\w'\w", text)]
    assert wrong == []


def test_one_sentence_is_translated_one_way():
    ways: dict[str, set[str]] = {}
    for file in FILES:
        for entry in polib.pofile(str(file)):
            ways.setdefault(entry.msgid, set()).add(entry.msgstr or str(sorted(entry.msgstr_plural.items())))
    assert {msgid: sorted(said) for msgid, said in ways.items() if len(said) > 1} == {}
