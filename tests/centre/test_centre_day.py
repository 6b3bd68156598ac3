"""A day of an officer, in a real browser that runs no script: from an empty centre to the year's statistics, with a
colleague on the same form and the guest who answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from centre.centre_process import OTHER_UAI, UAI, Centre, Kiosk, enrolment, question
from real_chromium import chromium

pytestmark = pytest.mark.browser
#: As a French spreadsheet saves it: Windows' encoding, « ; », hours and days as people write them.
TABLE = (
    "Titre;Date;Heure;Durée;Niveaux;Places;Intervenante;Métier\r\n"
    "Technicienne de maintenance éolienne;24/11/2034;14 h 30;45 min;4e, 3e;1;Camille Ferrand;technicienne éolienne\r\n"
    "Cartographe;01/12/2034;10h;55;2de;;Idriss Benali;cartographe\r\n"
).encode("cp1252")


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """An empty one."""
    made = Centre(tmp_path)
    yield made
    made.stop()
    assert "Traceback" not in made.log.read_text("utf-8")


def visitor(browser: Browser, centre: Centre) -> Page:
    """Somebody's own browser, which runs no script."""
    page = browser.new_context(java_script_enabled=False, locale="fr-FR", base_url=centre.url).new_page()
    page.set_default_timeout(20_000)
    return page


def said(page: Page) -> str:
    """The page's words, spaces as one types them."""
    return " ".join(page.inner_text("body").split())


def test_from_an_empty_centre_to_the_year_s_statistics(centre: Centre, tmp_path: Path) -> None:
    with chromium() as browser:
        officer = visitor(browser, centre)
        officer.goto("/bureau/")
        officer.fill("#password", centre.password)
        officer.click("text=Ouvrir")
        bring_the_programme(officer, tmp_path)
        colleague = invite(browser, centre, officer)
        kiosks = give_codes(centre, officer)
        decide(officer, kiosks)
        two_on_one_form(officer, colleague, kiosks)
        sort_questions(officer, kiosks)
        answer(browser, centre, officer, kiosks)
        report(officer, colleague, kiosks)


def bring_the_programme(officer: Page, folder: Path) -> None:
    """A file is looked at, then written."""
    (folder / "Séances 2034.csv").write_bytes(TABLE)
    officer.goto("/bureau/fichiers/")
    officer.set_input_files("#f-file", folder / "Séances 2034.csv")
    officer.click("text=Voir ce qui changerait")
    assert "Technicienne de maintenance éolienne" in said(officer) and "Camille Ferrand" in said(officer)
    officer.click("text=Enregistrer ce qui est coché")
    officer.click("nav >> text=Séances")
    assert "0 place prise sur 1" in said(officer) and "écembre 2034" in said(officer)


def invite(browser: Browser, centre: Centre, officer: Page) -> Page:
    """A colleague gets a link, chooses a password, sets a second factor up."""
    officer.click("nav >> text=Équipe")
    officer.fill("#f-email", "nadia.lebris@exemple.fr")
    officer.fill("#f-name", "Nadia Le Bris")
    officer.click("text=Créer le compte")
    link = re.search(r"/bureau/lien/[\w-]+", officer.content())
    assert link
    colleague = visitor(browser, centre)
    colleague.goto(link[0])
    colleague.fill("#password", "trois éoliennes en mer")
    colleague.click("text=Garder ce mot de passe")
    secret = "".join((colleague.text_content(".secret") or "").split())
    colleague.fill("[name=code]", pyotp.TOTP(secret).now())
    colleague.click("main form .btn.go")
    assert colleague.locator(".secret").count() == 10
    return colleague


def give_codes(centre: Centre, officer: Page) -> list[Kiosk]:
    """Lines pasted from a spreadsheet; each school pairs with its own code."""
    officer.click("nav >> text=Kiosques")
    officer.click("summary:has-text('Plusieurs'), summary:has-text('plusieurs')")
    officer.fill("[name=uais]", f"Collège A\t{UAI}\nLycée B\t{OTHER_UAI}\nMairie\t123")
    officer.click("text=Préparer les codes")
    assert "2 codes prêts" in said(officer) and "1 ligne à voir" in said(officer)
    kiosks = []
    for uai in (UAI, OTHER_UAI):
        made = Kiosk(centre, uai, f"kiosk-{uai}")
        row = officer.locator("tr", has_text=uai)
        paired = made.pair(row.locator("b.num").inner_text())
        assert paired.status_code == 201
        made.token = paired.json()["token"]
        made.sync()
        kiosks.append(made)
    return kiosks


def session_of(kiosk: Kiosk) -> str:
    """The session of the wind turbines, as kiosks know it."""
    (found,) = [
        id for (type, id), one in kiosk.held.items() if type == "session" and "éolienne" in one["body"]["title"]
    ]
    return found


def decide(officer: Page, kiosks: list[Kiosk]) -> None:
    """One class has the place, the other waits until the officer confirms it too."""
    sid = session_of(kiosks[0])
    for kiosk in kiosks:
        kiosk.sync(kiosk.operation("enrolment.request", **enrolment(f"e-{kiosk.uai}", sid)))
    assert kiosks[1].body("enrolment", f"e-{OTHER_UAI}")["state"] == "waitlisted"
    officer.click("nav >> text=Inscriptions")
    officer.check("input[name=id]")
    officer.click("text=Confirmer celles qui sont cochées")
    assert "1 de plus que les places" in said(officer)
    officer.click("text=Enregistrer ces décisions")
    kiosks[1].sync()
    assert kiosks[1].body("enrolment", f"e-{OTHER_UAI}")["state"] == "confirmed"


def two_on_one_form(officer: Page, colleague: Page, kiosks: list[Kiosk]) -> None:
    """The second to save is told, and keeps what was typed."""
    path = f"/bureau/seances/modifier/{session_of(kiosks[0])}"
    for page in (officer, colleague):
        page.goto(path)
    officer.fill("[name=places]", "4")
    officer.click("button.go:has-text('Enregistrer')")
    colleague.fill("[name=hour]", "15:00")
    colleague.click("button.go:has-text('Enregistrer')")
    assert "a changé cela" in said(colleague) and "Rien n’est écrasé" in said(colleague)
    assert colleague.input_value("[name=hour]") == "15:00"
    colleague.fill("[name=places]", "4")
    colleague.click("button.go:has-text('Enregistrer')")
    assert "2 places prises sur 4" in said(colleague) and "15 h 00" in said(colleague)


def sort_questions(officer: Page, kiosks: list[Kiosk]) -> None:
    """Near questions are one; the officer keeps it, and the guest's list holds it alone."""
    sid = session_of(kiosks[0])
    texts = ("Avez-vous eu peur en haut d’une éolienne ?", "Est-ce que vous avez eu peur en haut d’une éolienne ?")
    for kiosk, text in zip(kiosks, texts):
        kiosk.sync(
            kiosk.operation("question.prepared", **question(f"q-{kiosk.uai}", sid, text, theme="vie", support=7))
        )
    kiosks[0].sync(kiosks[0].operation("question.prepared", **question("q-alone", sid, "Et l’orage ?", theme="vie")))
    officer.goto(f"/bureau/questions/{sid}?theme=vie")
    assert "3 questions en 2 groupes" in said(officer) and "2 établissements" in said(officer)
    officer.check("input[name=id] >> nth=0")
    officer.click("text=Retenir celles qui sont cochées")
    officer.click("text=La liste à imprimer")
    assert "peur" in said(officer) and "orage" not in said(officer) and "14 voix" in said(officer)


def answer(browser: Browser, centre: Centre, officer: Page, kiosks: list[Kiosk]) -> None:
    """The guest answers on a page of their own; the officer reads it, and the class gets it."""
    kiosk, sid = kiosks[0], session_of(kiosks[0])
    text = "Et votre famille, elle a dit quoi ?"
    kiosk.sync(kiosk.operation("question.open", session_id=sid, theme="vie", question_id="open", text=text))
    officer.goto(f"/bureau/reponses/?seance={sid}")
    officer.click("text=Donner un lien")
    link = re.search(r"/repondre/[\w-]+", officer.content())
    assert link
    guest = visitor(browser, centre)
    guest.goto(link[0])
    guest.fill("textarea", "Elle a été fière, puis elle a eu le vertige.")
    guest.click("text=Garder ma réponse")
    assert "Merci" in said(guest)
    officer.goto(f"/bureau/reponses/?seance={sid}")
    assert "le vertige" in officer.input_value("textarea[name=text]")
    officer.click("form[action*=repondre] button.go")
    kiosk.sync()
    assert kiosk.body("answer", "open")["text"].endswith("le vertige.")


def report(officer: Page, colleague: Page, kiosks: list[Kiosk]) -> None:
    """Classes tell their numbers; one under five is in none of the year's."""
    sid = session_of(kiosks[0])
    for kiosk, pupils, posed in zip(kiosks, (24, 28), (12, 3)):
        told = kiosk.operation(
            "attendance.report", session_id=sid, enrolment_id=f"e-{kiosk.uai}",
            headcount=pupils, questions_received=30, questions_asked=posed,
            started_at="2034-11-24T13:30:00Z", ended_at="2034-11-24T14:20:00Z",
        )  # fmt: skip
        kiosk.sync(told)
    for page in (officer, colleague):
        page.goto("/bureau/statistiques/?du=2034-09-01&au=2035-08-31")
        figures = dict(zip(page.locator("dt").all_inner_texts(), page.locator("dd").all_inner_texts()))
        assert {name: figures[name] for name in ("Séances suivies", "Classes", "Élèves", "Questions posées")} == {
            "Séances suivies": "1", "Classes": "2", "Élèves": "52", "Questions posées": "12",
        }  # fmt: skip
        assert "2034-2035" in said(page)
    officer.goto("/bureau/equipe/journal")
    assert "Nadia Le Bris" in said(officer) and "vertige" not in said(officer) and "peur" not in said(officer)
