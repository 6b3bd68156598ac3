"""Themes, levels, reasons, formats: the lists of the contract, complete and in order."""

import json
from pathlib import Path

import pytest

from kiosk.contract.levels import LEVELS, summary
from kiosk.contract.themes import THEMES, Theme, offered
from kiosk.domain import formats
from kiosk.domain.questions.reasons import REASONS
from kiosk.ground.errors import KioskError
from kiosk.ground.registry import Registry


def test_themes_are_those_of_the_contract() -> None:
    assert THEMES.codes() == [
        "metier", "parcours", "vie", "salaire", "egalite", "difficultes", "numerique", "environnement", "autre",
    ]  # fmt: skip
    assert [(theme.code, theme.icon) for theme in offered()] == [
        ("metier", "work"),
        ("parcours", "path"),
        ("vie", "life"),
        ("salaire", "figures"),
    ]


def test_levels_are_those_of_the_contract() -> None:
    assert LEVELS.codes() == "6E 5E 4E 3E 3SEGPA 3PM 2GT 1GT TGT 2PRO 1PRO TPRO CAP1 CAP2".split()


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([], ""),
        (["4E"], "4e"),
        (["4E", "5E"], "5e et 4e"),
        (["TGT", "2GT", "1GT"], "2de, 1re et Tle"),
        (["4E", "9X"], "4e et 9X"),
    ],
)
def test_levels_in_words(codes: list[str], words: str) -> None:
    assert summary(codes) == words


def test_reasons() -> None:
    assert REASONS.codes() == [
        "deja_posee",
        "hors_sujet",
        "trop_personnelle",
        "ton",
        "pas_le_temps",
    ]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: THEMES.get("x"), "unknown_theme"),
        (lambda: LEVELS.get("x"), "unknown_level"),
        (lambda: REASONS.get("x"), "unknown_reason"),
        (lambda: formats.registry().get("x"), "unknown_format"),
        (lambda: THEMES.get(json.loads('["x"]')), "unknown_theme"),  # whatever a message holds
    ],
)
def test_unknown_codes(call, code: str) -> None:
    with pytest.raises(KioskError) as caught:
        call()
    assert caught.value.code == code


def test_registry_reads_like_a_list_and_a_dict() -> None:
    one, two = Theme("a", "A", "A", "work"), Theme("b", "B", "B", "work")
    registry = Registry("theme", [one, two])
    assert list(registry) == [one, two]
    assert registry.items() == [("a", one), ("b", two)]
    assert ("a" in registry, "c" in registry, 3 in registry, len(registry)) == (
        True,
        False,
        False,
        2,
    )
    with pytest.raises(ValueError, match="registered twice"):
        Registry("theme", [one, one])


@pytest.mark.parametrize(
    ("format", "duration", "given", "expected"),
    [
        ("college-45", 45, None, [15, 25, 5]),
        ("lycee-55", 55, None, [20, 30, 5]),
        ("custom", 45, None, [15, 25, 5]),
        ("custom", 60, None, [20, 33, 7]),
        ("college-45", 30, None, [10, 17, 3]),
        ("custom", 3, None, [1, 1, 1]),
        ("custom", 0, None, [1, 1, 1]),
        ("custom", 480, None, [160, 267, 53]),
        ("from-the-future", 45, None, [15, 25, 5]),
        (
            "custom",
            60,
            [{"name": "talk", "minutes": 20}, {"name": "questions", "minutes": 40}],
            [20, 40],
        ),
        ("custom", 45, [{"name": "visite", "minutes": 20}], [15, 25, 5]),
        ("custom", 45, [("talk", 10), ("questions", 35)], [10, 35]),
    ],
)
def test_phases_for(format: str, duration: int, given, expected: list[int]) -> None:
    phases = formats.phases_for(format, duration, given)
    assert [minutes for _name, minutes in phases] == expected


@pytest.mark.parametrize("total", range(3, 200))
def test_share_is_exact(total: int) -> None:
    assert (
        sum(minutes for _name, minutes in formats.share([("talk", 15), ("questions", 25), ("reflection", 5)], total))
        == total
    )


@pytest.mark.parametrize(
    "toml",
    [
        '[x]\nlabel = "X"\n',
        '[x]\nlabel = "X"\nphases = [["lunch", 5]]\n',
        '[x]\nlabel = "X"\nphases = [["talk", 0]]\n',
    ],
)
def test_formats_file_refused_with_the_format(tmp_path: Path, toml: str) -> None:
    file = tmp_path / "formats.toml"
    file.write_text(toml, encoding="utf-8")
    with pytest.raises(ValueError, match=r"\[x\]"):
        formats.registry(file)
