"""What people must type or recognise letter for letter (a Wi-Fi's name, a code, an address, a command) is never spaced
as French is: in no sentence of the catalogue, and on no page.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

import polib
import pytest

from factories import Teacher, configure
from kiosk.domain.kiosk import Kiosk
from kiosk.ground import i18n, marked, typography
from kiosk.ground.i18n import EXACT, LOCALE_DIR, _

ROOT = Path(__file__).resolve().parents[2]
#: All that French spacing would change.
NASTY = "Wi-Fi n°12 : l'ete ? «4e B» 25 000 km"
SENTENCES = sorted({one.msgid for file in (LOCALE_DIR / "en").glob("*.po") for one in polib.pofile(str(file))})
HOLDS = [text for text in SENTENCES if EXACT & set(re.findall(r"%\((\w+)\)s", text))]
#: What a file of ours hands to a sentence and is typed or recognised, whatever the place of the sentence names it.
TYPED = re.compile(r"\b(\w+)=[\w.]*(?:ssid|passphrase|wifi_password|address\.(?:text|url))\b")


def test_french_would_change_it() -> None:
    assert typography.french(NASTY) != NASTY
    assert len(HOLDS) > 60


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_sentence_holds_it_as_it_is(app: object, lang: str) -> None:
    for sentence in HOLDS:
        names = set(re.findall(r"%\((\w+)\)", sentence))
        values = {name: f"{NASTY} {name}" if name in EXACT else 3 for name in names}
        with i18n.language(lang):
            said = _(sentence, **values)
        assert [name for name in names & EXACT if f"{NASTY} {name}" not in said] == [], sentence
        assert not re.search("[\ue000-\uf8ff]", said)


def test_the_sentence_around_it_is_spaced(app: object) -> None:
    assert _("Le téléphone est-il sur « %(ssid)s » ?", ssid="n°12") == (
        "Le téléphone est-il sur «\u00a0n°12\u00a0»\u202f?"
    )


def test_it_is_handed_over_by_a_name_that_says_so() -> None:
    """In a sentence, whatever is read from such a setting is one of ``EXACT``."""
    files = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("kiosk/**/*.py")]
    names: set[str] = set()
    for text in (file.read_text(encoding="utf-8") for file in files):
        for found in TYPED.finditer(text):
            if f"%({found[1]})s" in text[max(0, found.start() - 300) : found.start()]:
                names.add(found[1])
    assert "ssid" in names and names <= EXACT


def test_no_page_changes_a_network_s_name(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    configure(kiosk, wifi_ssid=NASTY[:32], wifi_password="l'été n°12 !", wifi_security="WPA")
    seen: dict[str, bool] = {}
    for path in ("/ecran", "/prof/mise-en-route?etape=telephone", "/prof/mise-en-route?etape=wifi",
                 "/prof/mise-en-route?etape=bilan", "/prof/salle", "/prof/imprimer/affiche"):  # fmt: skip
        answer = teacher.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        page = html.unescape(re.sub(r"<[^>]*>", "", answer.text) + answer.text)
        assert not re.search("n°[\u00a0\u202f]12", page), path
        seen[path] = NASTY[:32] in page
    del seen["/prof/mise-en-route?etape=telephone"]  # it shows it with an address alone
    assert all(seen.values()), seen


@pytest.mark.parametrize(
    "typed, shown",
    [
        ("Classe  B204", '<span class="exact">Classe  B204</span>'),
        (" Classe", '<span class="exact"> Classe</span>'),
        ("mot de passe ", '<span class="exact">mot de passe </span>'),
        ("Classe B204", "Classe B204"),
    ],
)
def test_each_of_its_spaces_is_shown(typed: str, shown: str) -> None:
    assert marked.exact(typed) == shown
    said = marked.sentence("Le téléphone est-il sur « %(ssid)s » ?", ssid=typed)
    assert shown in said


def test_every_page_shows_two_spaces_of_a_network_s_name(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    configure(
        kiosk, wifi_ssid="Classe  B204", wifi_password="deux  mots", wifi_security="WPA", public_url="http://10.0.0.7"
    )
    for path, words in (
        ("/ecran", ["Classe  B204"]),
        ("/prof/salle", ["Classe  B204"]),
        ("/prof/mise-en-route?etape=bilan", ["Classe  B204"]),
        ("/prof/imprimer/affiche", ["Classe  B204", "deux  mots"]),
    ):
        page = teacher.client.get(path, follow_redirects=True).text
        bare = re.sub(r'<span class="exact">[^<]*</span>|="[^"]*"', "", page)
        for said in words:
            assert f'<span class="exact">{said}</span>' in page and said not in bare, (path, said)
