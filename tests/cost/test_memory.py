"""What is kept in memory of what people send: made in one place, bounded in bytes, emptied when words are erased."""

from __future__ import annotations

import ast

from cost import patterns

#: Memories that no text of a pupil reaches, and why.
APART = {
    "kiosk.ground.edition.current": "no argument",
    "kiosk.web.frame.build.build_id": "no argument",
    "kiosk.web.frame.build.manifest": "no argument",
    "kiosk.centre.office.pages.built": "the names of two files",
    "kiosk.domain.reading.cleaning._words": "a structure of the contract",
    "kiosk.domain.reading.distress.reader": "a file of ours",
    "kiosk.domain.reading.flags._library": "no argument",
    "kiosk.domain.reading.flags.lexicon": "a file of ours",
    "kiosk.domain.reading.hinting.reader": "a file of ours",
    "kiosk.domain.reading.paths.lexicon": "a file of ours",
    "kiosk.domain.reading.purpose._known": "no argument",
    "kiosk.contract.reading.spelling.spellings": "a file of ours",
    "kiosk.domain.reading.themeguess.groups": "a file of ours",
    "kiosk.domain.reading.themeguess.weights": "a file of ours",
    "kiosk.domain.reading.likeness.table": "a file of ours",
    "kiosk.domain.formats.registry": "a file of ours",
    "kiosk.ground.instants.zone": "a zone's name: 64",
    "kiosk.ground.qrcodes.matrix": "an address or a Wi-Fi of the kiosk's: 64 of 512 bytes",
    "kiosk.contract.reading.similarity._shared": "codes of our own lists",
    "kiosk.contract.reading.similarity._stemmer": "no argument",
    "kiosk.contract.reading.similarity.lexicon": "a file of ours",
    "kiosk.contract.reading.wording._flat_character": "one character: 2,048",
    "kiosk.ground.i18n._catalogue": "a language",
    "kiosk.storage.hot.these": "a table and a number of ids: 64",
    "kiosk.storage.postgresql._prepared": "our own statements, whose values are never in them: 512",
    "kiosk.storage.hot._select": "a table and its columns",
    "kiosk.storage.hot._shape": "a table",
    "kiosk.web.phone.phone_pages.style": "no argument",
    "kiosk.web.frame.qr._drawing": "as qrcodes.matrix",
}
MAKERS = {"lru_cache", "cache", "cached_property"}


def made():
    """Every function that remembers by the standard library."""
    found = set()
    for module, tree in patterns.modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue  # nothing else has a decorator
            for mark in node.decorator_list:
                name = mark.func if isinstance(mark, ast.Call) else mark
                if getattr(name, "id", getattr(name, "attr", "")) in MAKERS:
                    found.add(f"{module}.{node.name}")
    return found


def test_texts_are_remembered_in_one_place():
    assert made() == set(APART)
