"""What people wrote in French is marked as French in the English office (RGAA 8.7): a browser says nothing of the
language of a page's title, and names are of no language.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator

import pytest

from centre.centre_process import Centre, session
from centre.test_centre_office import PAGES
from web.test_english_pages import FRENCH, french_in

pytestmark = pytest.mark.server
#: Names of territories, people, a level, a file that the ministry publishes.
NAMES = re.compile(
    r"Académie (?:de |d’)|Besançon|Créteil|Orléans|La Réunion|Nouvelle-Calédonie|Polynésie française|"
    r"Saint-Pierre-et-Miquelon|Wallis-et-Futuna|Solène Kervadec|Maëlle Anglade-de Montalembert|prépa-métiers|"
    r"“Annuaire de l’éducation”.*"
)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre with the demonstration, where some things were done."""
    made = Centre(tmp_path_factory.mktemp("language"), command=(sys.executable, "-m", "kiosk", "centre", "--demo"))
    office = made.office()
    office.upload([session("S-fr", title="Réparer là-haut")])
    office.post(
        "/bureau/questions/ajouter", session_id="S-fr", theme="vie", origin="web", text="Où dormez-vous là-haut ?"
    )
    office.post("/bureau/annonces/publier", text="La séance de mardi est avancée à 9 h.", until="2035-01-01")
    yield made
    made.stop()


@pytest.mark.parametrize("path", [*PAGES, "/bureau/seances/S-fr", "/bureau/questions/S-fr"])
def test_every_page_marks_it(centre: Centre, path: str) -> None:
    page = centre.office().get(path + ("&" if "?" in path else "?") + "lang=en").text
    assert [one for one in french_in(page) if FRENCH.search(NAMES.sub("", one))] == []


def test_a_preview_marks_it(centre: Centre) -> None:
    """What a table would change, before and after, beside the words of the office."""
    office = centre.office()
    office.get("/bureau/seances/?lang=en")  # the language of this visit
    changes = {"changes": [session("S-fr", title="Réparer les éoliennes, là-haut")]}
    form, file = {"csrf": office.csrf()}, ("c.json", json.dumps(changes).encode())
    shown = office.http.post(f"{centre.url}/bureau/fichiers/importer", data=form, files={"file": file}).text
    assert '<html lang="en">' in shown and "Réparer les éoliennes" in shown
    assert [one for one in french_in(shown) if FRENCH.search(NAMES.sub("", one))] == []
