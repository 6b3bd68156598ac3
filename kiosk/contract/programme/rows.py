"""Rows of a table → sessions and speakers. Columns are known by their headers, in any order; a table
with a title and a date holds sessions, one with a name and a job holds speakers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from kiosk.contract import Job, SessionBody, SpeakerBody
from kiosk.contract.programme import cells
from kiosk.contract.programme.items import FileRefused, Item, Mistake
from kiosk.contract.programme.tables import Table
from kiosk.contract.programme.words import MINUTES
from kiosk.contract.storable import storable
from kiosk.ground.i18n import N_, _

#: Field → the headers it is known by (without accents, case or signs).
SESSION = {
    "id": ("identifiant", "id", "code", "reference"),
    "title": ("titre", "intitule", "seance", "title"),
    "date": ("date", "jour"),
    "hour": ("heure", "horaire", "heuredebut", "heureparis", "debut"),
    "duration": ("duree", "dureemin", "dureeminutes", "minutes"),
    "format": ("format",),
    "levels": ("niveaux", "niveau", "public", "classes"),
    "theme_week": ("semainethematique", "semaine", "themedelasemaine"),
    "url": ("lien", "liendelavisioconference", "lienvisio", "visioconference", "visio", "url", "lienteams"),
    "places": ("places", "nombredeplaces", "capacite"),
    "status": ("statut", "etat"),
    "speakers": ("intervenants", "intervenantes", "intervenant", "intervenante", "intervenantesetintervenants",
                 "professionnels", "professionnelles"),
}  # fmt: skip
SPEAKER = {
    "id": ("identifiant", "id", "code", "reference"),
    "name": ("nom", "prenomnom", "nometprenom", "prenometnom", "nomcomplet"),
    "feminine": ("metierfeminin", "metieraufeminin", "feminin"),
    "masculine": ("metiermasculin", "metieraumasculin", "masculin"),
    "job": ("metier", "profession"),
    "shown": ("formeaffichee", "forme", "genre"),
    "employer": ("employeur", "entreprise", "organisme"),
    "place": ("lieu", "ville"),
    "bio": ("presentation", "bio", "biographie"),
    "path": ("parcours",),
    "job_sheet": ("fichemetier", "fichemetieronisep", "fiche"),
}
#: Field → the header shown in a mistake.
SHOWN = {
    "id": N_("Identifiant"), "title": N_("Titre"), "date": N_("Date"), "hour": N_("Heure"), "duration": N_("Durée"),
    "format": N_("Format"), "levels": N_("Niveaux"), "theme_week": N_("Semaine thématique"),
    "url": N_("Lien de la visioconférence"), "places": N_("Places"), "status": N_("Statut"),
    "speakers": N_("Intervenantes et intervenants"), "name": N_("Nom"), "feminine": N_("Métier (féminin)"),
    "masculine": N_("Métier (masculin)"), "job": N_("Métier"), "shown": N_("Forme affichée"),
    "employer": N_("Employeur"), "place": N_("Lieu"), "bio": N_("Présentation"), "path": N_("Parcours"),
    "job_sheet": N_("Fiche métier"),
}  # fmt: skip


def read(tables: list[Table]) -> list[Item]:
    """Every session and speaker of a file. :raises FileRefused: mistakes, or nothing that is known."""
    items: list[Item] = []
    mistakes: list[Mistake] = []
    kinds = [(table, *_kind(table)) for table in tables if table.rows]
    found = [(table, kind, columns) for table, kind, columns in kinds if kind]
    if not found:
        wanted = _("Titre, Date, Heure… pour des séances ; Nom, Métier… pour des personnes")
        raise FileRefused(
            [Mistake(1, "", _("Aucune colonne connue. La première ligne donne les noms : %(names)s.", names=wanted))]
        )
    names: dict[str, str] = {}
    for table, kind, columns in sorted(found, key=lambda one: one[1] != "speaker"):
        for line, row in table.rows[1:]:
            given = {field: row[at] if at < len(row) else "" for field, at in columns.items()}
            wrong: list[Mistake] = []
            reader = _Row(given, lambda field, words: wrong.append(Mistake(line, _(SHOWN[field]), words, table.name)))
            made = _speaker(reader, names) if kind == "speaker" else _session(reader, names)
            if made and not storable(msgspec.to_builtins(made[1])):
                reader.refuse("title" if kind == "session" else "name", _("Un caractère ne peut pas être gardé."))
            mistakes += wrong
            if made and not wrong:
                items.append(Item(kind, made[0], made[1], line, table.name))
    if mistakes:
        raise FileRefused(mistakes)
    return items


class _Row:
    """One row: cells by field, and where its mistakes go."""

    def __init__(self, given: dict[str, str], refuse: Callable[[str, str], None]) -> None:
        self._given, self.refuse = given, refuse

    def text(self, field: str) -> str:
        return self._given.get(field, "").strip()

    def need(self, field: str) -> str:
        found = self.text(field)
        if not found:
            self.refuse(field, _("Cette case est vide."))
        return found

    def take(self, field: str, reader: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return reader()
        except ValueError as error:
            self.refuse(field, str(error))
            return otherwise


def _kind(table: Table) -> tuple[str, dict[str, int]]:
    headers = [cells.plain(cell) for cell in table.rows[0][1]]

    def columns(fields: dict[str, tuple[str, ...]]) -> dict[str, int]:
        return {
            field: headers.index(name) for field, known in fields.items() for name in known[::-1] if name in headers
        }

    session, speaker = columns(SESSION), columns(SPEAKER)
    if "title" in session and "date" in session:
        return "session", session
    if "name" in speaker and {"job", "feminine", "masculine"} & set(speaker):
        return "speaker", speaker
    return "", {}


def _session(row: _Row, names: dict[str, str]) -> tuple[str, SessionBody] | None:
    title = row.need("title")
    starts_at = row.take("date", lambda: cells.start(row.text("date"), row.text("hour")), None)
    minutes = row.take("duration", lambda: cells.number(row.text("duration"), 1, 24 * 60), 1)
    form = row.take("format", lambda: cells.format_of(row.text("format"), minutes), "custom")
    minutes = minutes or MINUTES.get(form)
    if minutes is None:
        row.refuse("duration", _("Cette case est vide."))
    url = row.text("url")
    if url and (not url.startswith("https://") or " " in url):
        row.refuse("url", _("Un lien commence par https:// et ne contient pas d’espace."))
    levels = row.take("levels", lambda: cells.levels(row.text("levels")), [])
    places = row.take("places", lambda: cells.number(row.text("places"), 0, 100_000), None)
    status = row.take("status", lambda: cells.status(row.text("status")), "planned")
    if not title or starts_at is None or minutes is None:
        return None
    speakers = [names.get(cells.plain(one), one) for one in cells.words(row.text("speakers"))]
    body = SessionBody(
        title=title,
        starts_at=starts_at,
        duration_min=minutes,
        format=form,
        meeting_url=url,
        levels=levels,
        status=status,
        speakers=speakers,
        dossier=[],
        theme_week=row.text("theme_week") or None,
        places=places,
    )
    made = hashlib.sha256(f"{title}\n{starts_at.isoformat()}".encode()).hexdigest()[:6]
    return row.text("id") or f"S-{starts_at:%Y%m%d}-{made}", body


def _speaker(row: _Row, names: dict[str, str]) -> tuple[str, SpeakerBody] | None:
    name = row.need("name")
    both = row.text("job")
    first, slash, second = both.partition("/")
    feminine = row.text("feminine") or first.strip()
    masculine = row.text("masculine") or second.strip() or feminine
    feminine = feminine or masculine
    if not feminine:
        row.refuse("job", _("Cette case est vide."))
    shown = row.take("shown", lambda: _shown(row.text("shown")), "feminine")
    if not name or not feminine:
        return None
    id = row.text("id") or "P-" + hashlib.sha256(f"{name}\n{feminine}".encode()).hexdigest()[:8]
    names[cells.plain(name)] = id
    body = SpeakerBody(
        name=name,
        job=Job(feminine, masculine, shown),
        bio=row.text("bio"),
        path=cells.path(row.text("path")),
        employer=row.text("employer") or None,
        place=row.text("place") or None,
        job_sheet=row.text("job_sheet") or None,
    )
    return id, body


def _shown(text: str) -> Any:
    known = {"": "feminine", "f": "feminine", "feminin": "feminine", "feminine": "feminine", "m": "masculine",
             "masculin": "masculine", "masculine": "masculine"}  # fmt: skip
    found = known.get(cells.plain(text))
    if found is None:
        raise ValueError(_("« %(value)s » : écrivez « féminin » ou « masculin ».", value=text[:20]))
    return found
