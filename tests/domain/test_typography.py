"""French spaces: what is glued, what is left alone, and that doing it twice changes nothing."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.ground import typography
from kiosk.ground.typography import NBSP, NNBSP, WORD_JOINER, french, nowrap_hyphens, plain, signs


def shown(text: str) -> str:
    """Make the invisible visible: ‿ narrow no-break space, ~ no-break space, ^ word joiner."""
    return text.replace(NNBSP, "‿").replace(NBSP, "~").replace(WORD_JOINER, "^")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Quoi ?", "Quoi‿?"),
        ("quoi?", "quoi‿?"),
        ("Vraiment ?!", "Vraiment‿?!"),
        ("C’est « bien » : oui ; non !", "C’est «~bien~»~: oui‿; non‿!"),
        ("«bien»", "«~bien~»"),
        ("« Ça va ? »", "«~Ça va‿?~»"),
        ("Objet: x", "Objet~: x"),
        ("à 14 h 30, 45 min, 2 h", "à 14~h~30, 45~min, 2~h"),
        ("la 4e B et la 1re 3, Tle STMG", "la 4e~B et la 1re~3, Tle~STMG"),
        ("5 % et n° 5 et n°5", "5~% et n°~5 et n°~5"),
        ("1 950 € brut", "1‿950~€ brut"),
        ("1 000 000 km, 90 m de haut", "1‿000‿000~km, 90~m de haut"),
        ("mardi 24 novembre, 1er décembre", "mardi 24~novembre, 1er~décembre"),
        ("Bac + 2", "Bac~+~2"),
        ("M. Dupont et Mme Roux", "M.~Dupont et Mme~Roux"),
        ("l'éolienne d'Inès", "l’éolienne d’Inès"),
        (
            "http://192.168.1.20:8080/soutenir?tri=voix ?",
            "http://192.168.1.20:8080/soutenir?tri=voix‿?",
        ),
    ],
)
def test_french_glues(text: str, expected: str) -> None:
    assert shown(french(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12:30",
        "a::b",
        "merci ;) :) :-)",
        "exemple.fr/page?q=1",
        "https://exemple.fr/a?b=c;d!e:f",
        "prof@exemple.fr",
        "`a ? b : c ;`",
        "<script>alert('coucou')</script>",
        "06 39 98 12 34",
        "en 2026 118 élèves",
        "192.168.1.20:8080",
        "=1+1",
        "a&nbsp;b &amp; c",
    ],
)
def test_french_leaves_alone(text: str) -> None:
    assert french(text) == text


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1 24h:;!?«»'\u00a0\u202f%€n°.)(-@/<>`\ue000Mme\n")))
def test_french_twice_is_once(text: str) -> None:
    once = french(text)
    assert french(once) == once


@given(st.text())
def test_french_changes_spaces_and_apostrophes_only(text: str) -> None:
    bare = str.maketrans({" ": None, NBSP: None, NNBSP: None, "'": "’"})
    assert french(text).translate(bare) == text.translate(bare)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("voulez-vous", "voulez^-^vous"),
        ("Est-ce que", "Est^-^ce que"),
        ("y a-t-il", "y a^-^t^-^il"),
        ("peut-être", "peut^-^être"),
        ("c’est-à-dire", "c’est^-^à-dire"),
        ("un week-end", "un week-end"),
        ("Jean-Marie", "Jean-Marie"),
        ("-vous", "-vous"),
    ],
)
def test_nowrap_hyphens(text: str, expected: str) -> None:
    assert shown(nowrap_hyphens(text)) == expected


@given(st.text(alphabet=st.sampled_from("ait-l vousec\u2060")))
def test_nowrap_hyphens_twice_is_once(text: str) -> None:
    once = nowrap_hyphens(text)
    assert nowrap_hyphens(once) == once


def test_signs_stay_on_their_line_and_nothing_else_moves() -> None:
    assert signs("« Quoi ? » Oui : 14 h !") == f"« Quoi{NBSP}?{NBSP}» Oui{NBSP}: 14 h{NBSP}!"
    assert signs(signs("Quoi ?")) == signs("Quoi ?")


def test_plain_undoes_the_spaces() -> None:
    assert plain(nowrap_hyphens(french("Voulez-vous 5 % ?"))) == "Voulez-vous 5 % ?"


@pytest.mark.parametrize("piece", ["a", "a-", "a.", "a+", "www", "9-a."])
def test_one_endless_word_is_not_read_again_from_each_of_its_letters(piece):
    """The letters that the openings of addresses and e-mails go through, from every place of the word."""
    word = (piece * 8000)[:8000]
    for opening in (typography._SCHEME, typography._MAILBOX, typography._HOST):
        pattern = re.compile(opening)
        read = sum(match.end() - at for at in range(len(word)) if (match := pattern.match(word, at)))
        assert read <= 64 * len(word), opening
        assert opening in typography._PROTECTED.pattern, "what is counted is what is used"


def test_an_address_stays_as_it_is_at_the_end_of_a_long_word():
    for address in ("http://exemple.fr/a?b=c;d!", "exemple.fr/page?q=1;r", "prof@exemple.fr"):
        text = "a." * 200 + address
        assert french(text) == text
