"""Which column holds what, by its header: in any order, under any title, in the words that offices use."""

from __future__ import annotations

import re

from kiosk.contract.programme.cells import plain
from kiosk.contract.programme.items import Column, Left
from kiosk.contract.programme.tables import Table
from kiosk.ground.i18n import N_, _
from kiosk.ground.values import dataclass

#: Rows in which the headers are looked for: above them stands what a sheet is about.
HEADERS_WITHIN = 15
#: Words that a header may have or not.
_SMALL = frozenset("de du des d la le les l en a au aux et ou par pour un une s e".split())

#: Field → (the header shown to people, the headers it is known by, :func:`known`).
FIELDS: dict[str, tuple[str, str]] = {
    "id": (N_("Identifiant"), "identifiant id code reference ref numero n"),
    "title": (
        N_("Titre"),
        "titre intitule seance title titreseance intituleseance nomseance sujet themeseance titrerencontre "
        "rencontre",
    ),
    "date": (N_("Date"), "date jour quand dateheure datehoraire dateseance daterencontre journee"),
    "hour": (
        N_("Heure"),
        "heure horaire horaires heuredebut heureparis debut heureseance horaireparis creneau creneauhoraire",
    ),
    "end": (N_("Heure de fin"), "fin heurefin jusqua"),
    "duration": (N_("Durée"), "duree dureemin dureeminutes minutes dureeseance dureemn min"),
    "format": (N_("Format"), "format"),
    "levels": (
        N_("Niveaux"),
        "niveaux niveau public classes niveauclasse niveauxclasse publics publicvise niveauxconcernes "
        "niveauconcerne niveauxscolaires",
    ),
    "class_label": (N_("Classe"), "classe classeinscrite groupe nomclasse division"),
    "headcount": (N_("Effectif"), "effectif effectifs eleves nbeleves nombreeleves"),
    "theme_week": (N_("Semaine thématique"), "semainethematique semaine themesemaine"),
    "url": (
        N_("Lien de la visioconférence"),
        "lien lienvisioconference lienvisio visioconference visio url lienteams lienreunion lienconnexion "
        "teams",
    ),
    "places": (
        N_("Places"),
        "places nombreplaces nbplaces capacite placesdisponibles nbplacesmax nombreplacesmax placesmax "
        "nbmaxplaces nbreplaces jauge nombremaximumplaces nbclasses nombreclasses",
    ),
    "status": (N_("Statut"), "statut etat"),
    "speakers": (
        N_("Intervenantes et intervenants"),
        "intervenants intervenantes intervenant intervenante intervenantesintervenants "
        "intervenantsintervenantes professionnels professionnelles professionnel professionnelle "
        "professionnellesprofessionnels invite invitee invites nomintervenant nomprofessionnel personne "
        "personnes",
    ),
    "name": (N_("Nom"), "nom prenomnom nomprenom nomcomplet nomfamille"),
    "first_name": (N_("Prénom"), "prenom prenoms"),
    "feminine": (N_("Métier (féminin)"), "metierfeminin feminin"),
    "masculine": (N_("Métier (masculin)"), "metiermasculin masculin"),
    "job": (N_("Métier"), "metier profession fonction metierexerce metierpresente poste metiers"),
    "shown": (N_("Forme affichée"), "formeaffichee forme genre"),
    "employer": (N_("Employeur"), "employeur entreprise organisme structure societe etablissementemployeur"),
    "place": (N_("Lieu"), "lieu ville lieutravail commune"),
    "bio": (N_("Présentation"), "presentation bio biographie presentationintervenant"),
    "path": (N_("Parcours"), "parcours parcoursetudes"),
    "job_sheet": (N_("Fiche métier"), "fichemetier fichemetieronisep fiche"),
}  # fmt: skip
_KNOWN = {word: field for field, (_shown, words) in FIELDS.items() for word in words.split()}
#: What names a session, and what says a person's job.
_NAMES = frozenset({"title", "job", "feminine", "masculine"})
_JOBS = frozenset({"job", "feminine", "masculine"})


@dataclass(frozen=True)
class Sheet:
    """A sheet that is understood: ``kind`` is session or speaker, ``at`` says in which place of a row a field is."""

    name: str
    kind: str
    at: dict[str, int]
    rows: list[tuple[int, list[str]]]


def shown(field: str) -> str:
    """The header of a field, in the page's language."""
    return _(FIELDS[field][0]) if field in FIELDS else field


def known(header: str) -> str:
    """The field that a header names, or an empty string: « Nb de places », « Titre de la séance »."""
    for text in (header, re.sub(r"\([^()]*\)", " ", header[:200])):
        parts = [plain(part) for part in re.findall(r"[^\W_]+", text[:200].casefold())]
        for found in ("".join(part for part in parts if part not in _SMALL), "".join(parts)):
            if found in _KNOWN:
                return _KNOWN[found]
    return ""


def understood(tables: list[Table]) -> tuple[list[Sheet], list[Column], list[Left]]:
    """The sheets that hold sessions or people, every column with what it becomes, and the lines that are not read."""
    sheets: list[Sheet] = []
    columns: list[Column] = []
    left: list[Left] = []
    for table in tables:
        head = _head(table)
        if head is None:
            left.append(Left(table.name, 0, _("Aucune colonne connue : cette feuille n’est pas lue.")))
            continue
        place, kind, at = head
        line, cells = table.rows[place]
        for above, row in table.rows[:place]:
            left.append(
                Left(table.name, above, _("Au-dessus des titres : « %(text)s ».", text=" ".join(row).strip()[:60]))
            )
        body = []
        for number, row in table.rows[place + 1 :]:
            if row[: len(cells)] == cells:
                left.append(Left(table.name, number, _("Les titres y sont répétés.")))
            else:
                body.append((number, row))
        columns += _columns(table.name, cells, at, body)
        sheets.append(Sheet(table.name, kind, at, body))
    return sheets, columns, left


def _head(table: Table) -> tuple[int, str, dict[str, int]] | None:
    for place, (_line, cells) in enumerate(table.rows[:HEADERS_WITHIN]):
        at: dict[str, int] = {}
        for index, cell in enumerate(cells):
            field = known(cell)
            if field:
                at.setdefault(field, index)
        if "date" in at and _NAMES & at.keys():
            return place, "session", at
        if ("name" in at or "speakers" in at) and _JOBS & at.keys():
            return place, "speaker", {("name" if f == "speakers" and "name" not in at else f): i for f, i in at.items()}
    return None


def _columns(sheet: str, headers: list[str], at: dict[str, int], rows: list[tuple[int, list[str]]]) -> list[Column]:
    """Every column that has a header or holds something."""
    by_place = {index: field for field, index in at.items()}
    wide = max([len(headers), *(len(row) for _line, row in rows)])
    found = []
    for index in range(wide):
        header = headers[index].strip() if index < len(headers) else ""
        if header:
            found.append(Column(sheet, " ".join(header.split())[:80], by_place.get(index, "")))
        elif any(index < len(row) and row[index].strip() for _line, row in rows):
            found.append(Column(sheet, _("colonne %(letter)s, sans titre", letter=letter(index)), ""))
    return found


def letter(index: int) -> str:
    """The name that a spreadsheet gives to a column: 0 → A, 26 → AA."""
    said = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        said = chr(65 + rest) + said
    return said
