"""How often a text of somebody in danger is recognised, and how often an ordinary one is taken for it.

``distress-fr.tsv`` and ``ordinary-fr.tsv`` were written before the constructions, and split by a hash: a third to work
with, two thirds only to be counted. ``distress-more-fr.tsv`` came later, and was all worked with.
"""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import pytest

from cost import growth, shapes
from kiosk.domain.reading import distress
from kiosk.domain.reading.constructions import Reader

DATA = Path(__file__).resolve().parents[1] / "data"
#: What is promised of the sentences kept apart, in percent.
LEAST_RECOGNISED, MOST_FALSE = 90.0, 3.0
UNITS = ("je me ", "mon pere me ", "je veux me ", "je. ", "on m'a ", "a. ", "mourir ")


def load(name: str) -> list[tuple[str, str]]:
    """(kind, sentence) of each line."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def kept_apart(name: str) -> list[str]:
    """The two thirds that nobody worked with."""
    return [text for _kind, text in load(name) if hashlib.sha256(text.encode()).digest()[0] % 3 != 0]


def share(texts: list[str]) -> float:
    """How many of these are taken for distress, in percent."""
    return 100 * sum(distress.seen(text, len(text)) for text in texts) / len(texts)


def test_enough_was_written() -> None:
    danger, ordinary = load("distress-fr.tsv"), load("ordinary-fr.tsv")
    assert len(danger) >= 150
    assert len(ordinary) >= 400
    assert len(set(danger + ordinary)) == len(danger + ordinary)
    assert {kind for kind, _text in danger} == {"suicide", "harm", "home", "sexual", "bullying"}
    assert len(kept_apart("distress-fr.tsv")) > 0.6 * len(danger)
    assert len(kept_apart("ordinary-fr.tsv")) > 0.6 * len(ordinary)


def test_what_is_promised(capsys: pytest.CaptureFixture[str]) -> None:
    recognised, false = share(kept_apart("distress-fr.tsv")), share(kept_apart("ordinary-fr.tsv"))
    with capsys.disabled():
        print(f"\ndistress, kept apart: {recognised:.1f} % recognised, {false:.1f} % false alarms", end="")
    assert recognised >= LEAST_RECOGNISED
    assert false <= MOST_FALSE


def test_what_was_worked_with_is_held() -> None:
    more = load("distress-more-fr.tsv")
    assert [text for kind, text in more if distress.seen(text) is not (kind == "d")] == []


@pytest.mark.parametrize("name", ["similar-fr.tsv", "similar-held-fr.tsv"])
def test_no_question_of_the_other_sets_is_taken_for_it(name: str) -> None:
    assert [cell for line in load(name) for cell in line if distress.seen(cell)] == []


@pytest.mark.parametrize(
    "text",
    [
        "J’AI ENVIE DE MOURIR",
        "j'ai   envie\tde   mourir",
        "j'ai envie de mouriiiiiiir",
        "j'ai envie de m0urir",
        unicodedata.normalize("NFD", "mon père me frappe, je me suis scarifiée"),
        "𝐣𝐞 𝐯𝐞𝐮𝐱 𝐦𝐨𝐮𝐫𝐢𝐫",
        "Bonjour, vous gagnez combien ? je veux mourir",
        "😭😭je veux mourir😭",
    ],
)
def test_however_it_is_typed(text: str) -> None:
    assert distress.seen(text)


@pytest.mark.parametrize("value", [None, 3, b"je veux mourir", ["je veux mourir"], {}, "", "   ", "🌍", "\ud800"])
def test_anything_else_is_none(value: object) -> None:
    assert distress.seen(value) is False


def test_a_refused_text_is_looked_at_within_its_limit() -> None:
    assert distress.seen("je veux mourir " + "a" * 100_000)
    assert not distress.seen("a" * distress.LOOKED_AT + " je veux mourir")


def test_new_words_are_judged_and_a_verdict_stands_with_its_words() -> None:
    bad = "je veux mourir"
    assert distress.judged(bad) == "unopened"
    assert distress.judged("Bonjour") == ""
    assert [distress.judged(bad, worry, bad) for worry in ("unopened", "opened", "told", "cleared")] == [
        "unopened", "opened", "told", "cleared",
    ]  # fmt: skip
    assert [distress.judged("Bonjour", worry, bad) for worry in ("unopened", "opened", "told", "cleared")] == [
        "unopened", "opened", "told", "",
    ]  # fmt: skip
    assert distress.judged("on me frappe", "cleared", bad) == "unopened"


def test_the_time_follows_the_length() -> None:
    """Without the limit that every caller gives: whole texts, made of the rules' own words too."""
    reader: Reader = distress.reader()
    words = sorted({atom.rstrip("*") for atoms in reader.named() for atom in atoms})
    made = [
        *shapes.GENERAL,
        *((unit, growth.repeated(unit)) for unit in UNITS),
        *((f"words from {start}", growth.repeated(" ".join(words[start::37]) + " ")) for start in range(12)),
        *((f"sentences from {start}", growth.repeated(". ".join(words[start::37]) + ". ")) for start in range(12)),
    ]
    assert {name: wrong for name, made_by in made if (wrong := growth.broken(reader.found, made_by))} == {}


@pytest.mark.parametrize("written", ["je (veux", "je veux)", "je ..x veux", "INCONNU", "je ] veux"])
def test_a_construction_that_cannot_be_read_says_so(written: str) -> None:
    empty = {"spelling": {}, "words": {"I": "je"}, "phrases": {}, "harmless": {"phrases": []}}
    with pytest.raises((ValueError, KeyError)):
        Reader({**empty, "danger": {"one": {"constructions": [written]}}})
