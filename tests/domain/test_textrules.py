"""Cleaning a question: what goes, what stays, and only two refusals."""

import random
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.domain.reading import textrules
from kiosk.domain.reading.textrules import clean
from kiosk.ground.errors import KioskError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Vous   travaillez\r\n\tseule ?\u00a0", "Vous travaillez seule ?"),
        ("e\u0301tudes", "études"),
        ("a\u202eb\u2066c\u200bd\ufeffe\u00adf", "abcdef"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("ligne\u2028deux\u0085trois", "ligne deux trois"),
        ("la planète 🌍 ?", "la planète 🌍 ?"),
        (
            "👩\u200d🔧 et 👨\u200d👩\u200d👧 et ❤\ufe0f",
            "👩\u200d🔧 et 👨\u200d👩\u200d👧 et ❤\ufe0f",
        ),
        ("a\u200db", "ab"),
        ("<script>alert('coucou')</script>", "<script>alert('coucou')</script>"),
        ("=1+1", "=1+1"),
        ("z" + "\u0330" * 30, "z\u0330\u0330"),
        ("\ud800a", "a"),
        ("a" * 240, "a" * 240),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text, 240) == expected


@pytest.mark.parametrize("text", ["", " \n\t ", "\u200b\u2060", "\u3164", "\u2800", "\u202e", "\x00"])
def test_nothing_visible_is_empty(text: str) -> None:
    with pytest.raises(KioskError) as caught:
        clean(text, 240)
    assert (caught.value.code, caught.value.field) == ("question_empty", "text")


def test_too_long_counts_code_points_after_cleaning() -> None:
    assert clean("🌍" * 240, 240) == "🌍" * 240
    assert clean("a" + " " * 500 + "b", 240) == "a b"
    with pytest.raises(KioskError) as caught:
        clean("a" * 241, 240)
    assert (caught.value.code, caught.value.values["max"]) == ("question_too_long", 240)


def test_not_a_text_is_invalid() -> None:
    with pytest.raises(KioskError) as caught:
        clean(None, 240)  # type: ignore[arg-type]
    assert caught.value.code == "invalid"


@settings(max_examples=400, deadline=None)
@given(st.text(st.characters(), max_size=300))
@example("👩\u200d\u200d🔧")
@example("a\u0301\u0301\u0301\u0301")
def test_clean_any_text(text: str) -> None:
    try:
        once = clean(text, 240)
    except KioskError as error:
        assert error.code in ("question_empty", "question_too_long")
        return
    assert clean(once, 240) == once
    assert unicodedata.is_normalized("NFC", once)
    assert 1 <= len(once) <= 240
    once.encode("utf-8")


def test_a_plain_text_is_cleaned_as_any_other() -> None:
    """What French is written with takes a shorter way: an invisible sign more sends the same words by the long one."""
    chance = random.Random(5)
    letters = [chr(code) for code in (*range(0x300), *range(0x2000, 0x2070), *range(0x20A0, 0x20C0)) if code != 0xAD]
    for _ in range(3000):
        text = "".join(chance.choices(letters + list("aé  "), k=chance.randint(0, 12)))
        assert textrules.visible(text) == textrules.visible(text + "\u200b"), ascii(text)
