"""Rows of a table → sessions and speakers. A table with a date, and a title or a job, holds sessions; one with a name
and a job holds people. A session's row may say who speaks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from kiosk.contract import Job, SessionBody, SpeakerBody
from kiosk.contract.programme import cells, dates
from kiosk.contract.programme.columns import Sheet, shown, understood
from kiosk.contract.programme.items import FileRefused, Item, Left, Mistake, Programme
from kiosk.contract.programme.tables import Table
from kiosk.contract.programme.words import MINUTES
from kiosk.contract.storable import storable
from kiosk.contract.values import MAX_CLASS, MAX_PUPILS
from kiosk.ground.i18n import _
from kiosk.ground.instants import PARIS

#: The most characters of a title or a name, and of a text.
MAX_LINE, MAX_TEXT = 300, 5000
#: The fields of a body that hold a text, not a line.
LONG = ("bio", "dossier", "path", "meeting_url")
#: What a cell says to take away what is held, and the columns that may go.
ERASE = "effacer"
MAY_GO = frozenset("levels theme_week url places speakers employer place bio path job_sheet".split())
#: Columns whose line ends count.
_SEVERAL = frozenset({"path", "bio", "levels", "speakers"})
#: The longest name of a class, and the most pupils.
#: Field of a body → the column at fault, where they differ.
_COLUMN = {"starts_at": "date", "duration_min": "duration", "meeting_url": "url"}


def read(tables: list[Table]) -> Programme:
    """Every session and speaker of a file, and all that is wrong or not read in it.

    :raises FileRefused: no sheet holds anything known.
    """
    sheets, columns, left = understood([table for table in tables if table.rows])
    if not sheets:
        wanted = _("Titre, Date, Heure… pour des séances ; Nom, Métier… pour des personnes")
        raise FileRefused(
            [Mistake(1, "", _("Aucune colonne connue. Une ligne donne les noms : %(names)s.", names=wanted))]
        )
    found = Programme([], [], columns, left)
    names: dict[str, str] = {}
    seen: dict[str, Item] = {}
    for sheet in sorted(sheets, key=lambda one: one.kind != "speaker"):
        for line, row in sheet.rows:
            if _adds_up(row, sheet.at.get("date")):
                found.left.append(Left(sheet.name, line, _("Un total, pas une ligne à lire.")))
                continue
            given = {field: row[at] if at < len(row) else "" for field, at in sheet.at.items()}
            items, wrong = one(sheet.kind, given, names, line, sheet.name)
            found.mistakes.extend(replace(mistake, field=shown(mistake.field)) for mistake in wrong)
            if not wrong:
                for item in items:
                    _add(found, seen, item, sheet)
    return found


#: How a row begins that stands under a table: « Total : 3 séances », « Sous-total ».
_TOTAL = re.compile(r"\W{0,3}(?:sous[ -]?)?tot(?:al|aux)\b", re.IGNORECASE)


def _adds_up(row: list[str], date: int | None) -> bool:
    """Whether a row is a sum, alone or with a number; what has a date is a session called so."""
    filled = [cell for cell in row if cell.strip()]
    dated = date is not None and date < len(row) and row[date].strip() not in ("", *filled[:1])
    return 0 < len(filled) <= 2 and not dated and _TOTAL.match(filled[0]) is not None


def _add(found: Programme, seen: dict[str, Item], item: Item, sheet: Sheet) -> None:
    """Keep what a line says, unless another line said it: the same words are not counted twice."""
    before = seen.get(item.id)
    if before is None:
        seen[item.id] = item
        found.items.append(item)
    elif item.type == "session":
        if before.body == item.body:
            found.left.append(Left(sheet.name, item.line, _("La même séance que la ligne %(n)s.", n=before.line)))
        else:
            message = _("La ligne %(n)s donne déjà cette séance, autrement.", n=before.line)
            found.mistakes.append(Mistake(item.line, shown("id" if item.named else "title"), message, sheet.name))
    elif before.body != item.body:
        message = _("La ligne %(n)s dit déjà autre chose de cette personne.", n=before.line)
        found.mistakes.append(Mistake(item.line, shown("name"), message, sheet.name))
    elif sheet.kind == "speaker":
        found.left.append(Left(sheet.name, item.line, _("La même personne que la ligne %(n)s.", n=before.line)))


def one(
    kind: str, given: dict[str, str], names: dict[str, str], line: int = 0, sheet: str = "", zone: str = PARIS
) -> tuple[list[Item], list[Mistake]]:
    """What one row (or one form) says: a session, with who speaks if it says so, or a person; and each field's mistake.

    ``given``: field of ``columns`` → text. ``names``: a person's plain name → identifier; grows. ``zone``: of
    its hours (IANA).
    """
    wrong: list[Mistake] = []
    erased = frozenset(field for field in MAY_GO & given.keys() if cells.plain(given[field][:20]) == ERASE)
    row = _Row(
        {**given, **dict.fromkeys(erased, "")},
        lambda field, words: wrong.append(Mistake(line, field, words, sheet)),
        zone,
    )
    items = list(_person(row, names) if kind == "speaker" else _session(row, names))
    filled = frozenset(field for field in given if row.text(field))
    for item in items:
        for field, message in unfit(item.body):
            row.refuse(_COLUMN.get(field, field), message)
    said = {"given": filled, "empty": frozenset(given) - filled, "erased": erased}
    return [replace(item, line=line, sheet=sheet, **said) for item in items], wrong  # type: ignore[arg-type]


def unfit(body: SessionBody | SpeakerBody) -> Iterator[tuple[str, str]]:
    """(field of the body, sentence) of each text that no page holds or no database keeps."""
    for name, value in msgspec.to_builtins(body).items():
        if not storable(value):
            yield name, _("Un caractère ne peut pas être gardé.")
        limit = MAX_TEXT if name in LONG else MAX_LINE
        if any(len(text) > limit for text in _texts(value)):
            yield name, _("Ce texte dépasse %(max)s caractères.", max=limit)


#: Field of a session's body → the columns that say it.
_SAID_BY = {
    "duration_min": {"duration", "format", "end", "hour", "date"},
    "format": {"format", "duration"},
    "meeting_url": {"url"},
    "levels": {"levels"},
    "status": {"status"},
    "speakers": {"speakers", "name", "first_name"},
    "dossier": set(),
    "phases": set(),
    "theme_week": {"theme_week"},
    "places": {"places"},
}


def completed(body: SessionBody, held: SessionBody, given: frozenset[str]) -> SessionBody:
    """What a table says of a session that is already there: a column that is not there, or an empty cell,
    keeps what is held.
    """
    kept = {name: getattr(held, name) for name, columns in _SAID_BY.items() if not columns & given}
    return msgspec.structs.replace(body, **kept)


def completed_person(body: SpeakerBody, held: SpeakerBody, given: frozenset[str]) -> SpeakerBody:
    """What a table says of a person who is already there, as :func:`completed`. One form of a job that is held keeps
    the other form.
    """
    names = ("bio", "path", "employer", "place", "job_sheet")
    kept = {name: getattr(held, name) for name in names if name not in given}
    job = body.job
    one_form = job.feminine == job.masculine
    if one_form and job.feminine in (held.job.feminine, held.job.masculine):
        job = held.job
    if "shown" in given or job is not held.job:
        job = msgspec.structs.replace(job, shown=body.job.shown if "shown" in given else held.job.shown)
    return msgspec.structs.replace(body, job=job, portrait=held.portrait, **kept)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one_of in value.values() if isinstance(value, dict) else value:
            yield from _texts(one_of)


class _Row:
    """One row: cells by field, and where its mistakes go."""

    def __init__(self, given: dict[str, str], refuse: Callable[[str, str], None], zone: str) -> None:
        self._given, self.refuse, self.zone = given, refuse, zone

    def text(self, field: str) -> str:
        """What the field says; on one line, but for what has several."""
        said = self._given.get(field, "").strip()
        return said if field in _SEVERAL else " ".join(said.split())

    def need(self, field: str) -> str:
        found = self.text(field)
        if not found:
            self.refuse(field, _("Cette case est vide."))
        return found

    def take(self, field: str, reader: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return reader()
        except dates.HourWrong as error:
            self.refuse("hour" if field == "date" else field, str(error))
        except ValueError as error:
            self.refuse(field, str(error))
        return otherwise


def _session(row: _Row, names: dict[str, str]) -> Iterable[Item]:
    people, ids = _speakers(row, names)
    title = row.text("title") or next((shown_job(item.body) for item in people), "") or row.need("title")
    starts_at, lasting = row.take("date", lambda: _start(row), (None, None)) if row.need("date") else (None, None)
    minutes = row.take("duration", lambda: dates.minutes(row.text("duration")), 1)
    form = row.take("format", lambda: cells.format_of(row.text("format"), minutes or lasting), "custom")
    minutes = minutes or lasting or MINUTES.get(form) or cells.length(row.text("format"))
    if minutes is None:
        row.refuse("duration", _("Cette case est vide."))
    url = cells.link(row.text("url"))
    if url and (not url.startswith("https://") or len(url.split()) > 1):
        row.refuse("url", _("Un lien commence par https:// et ne contient pas d’espace."))
    levels = row.take("levels", lambda: cells.levels(row.text("levels")), [])
    places = row.take("places", lambda: cells.number(row.text("places"), 0, 100_000), None)
    status = row.take("status", lambda: cells.status(row.text("status")), "planned")
    headcount = row.take("headcount", lambda: cells.number(row.text("headcount"), 0, MAX_PUPILS), None)
    label = " ".join(row.text("class_label").split())
    if len(label) > MAX_CLASS:
        row.refuse("class_label", _("Ce texte dépasse %(max)s caractères.", max=MAX_CLASS))
    if not title or starts_at is None or minutes is None:
        return []
    body = SessionBody(
        title=title,
        starts_at=starts_at,
        duration_min=minutes,
        format=form,
        meeting_url=url,
        levels=levels,
        status=status,
        speakers=ids,
        dossier=[],
        theme_week=row.text("theme_week") or None,
        places=places,
    )
    made = hashlib.sha256(f"{title}\n{starts_at.isoformat()}".encode()).hexdigest()[:6]
    id = row.text("id") or f"S-{starts_at:%Y%m%d}-{made}"
    named = bool(row.text("id"))
    return [*people, Item("session", id, body, 0, named=named, class_label=label, headcount=headcount)]


def _start(row: _Row) -> tuple[Any, int | None]:
    """The instant, and the minutes until the hour of the end when there is one."""
    starts_at, lasting = dates.start(row.text("date"), row.text("hour"), row.zone)
    if row.text("end"):
        first = row.text("hour") or dates.apart(row.text("date"))[1]
        lasting = dates.hours(f"{first} - {row.text('end')}")[1]
    return starts_at, lasting


def _speakers(row: _Row, names: dict[str, str]) -> tuple[list[Item], list[str]]:
    """Who speaks, by a session's row: people it describes (a name and a job), and the identifiers or names of all."""
    said = cells.words(row.text("speakers"))
    own = _name(row)
    if own:
        said = [own, *[one_of for one_of in said if cells.plain(one_of) != cells.plain(own)]]
    described: list[Item] = []
    if len(said) == 1 and (row.text("job") or row.text("feminine") or row.text("masculine")):
        before = names.get(cells.plain(said[0]))
        described = list(_person(row, names, said[0]))
        if described and before not in (None, described[0].id):  # a sheet of people says it better
            names[cells.plain(said[0])], described = str(before), []
    return described, [names.get(cells.plain(one_of), one_of) for one_of in said]


def _name(row: _Row) -> str:
    """« Prénom Nom », from one column or from two."""
    return " ".join(f"{row.text('first_name')} {row.text('name')}".split())


def shown_job(body: SpeakerBody) -> str:
    """The job in the form that its person chose, with a capital."""
    job = body.job.masculine if body.job.shown == "masculine" else body.job.feminine
    return job[:1].upper() + job[1:]


def _person(row: _Row, names: dict[str, str], within: str = "") -> Iterable[Item]:
    """A person. ``within`` a session's row: the name is known already."""
    name = within or _name(row) or row.need("name")
    both = row.text("job")
    first, _slash, second = both.partition("/")
    feminine = row.text("feminine") or first.strip()
    masculine = row.text("masculine") or second.strip() or feminine
    feminine = feminine or masculine
    if not feminine:
        row.refuse("job", _("Cette case est vide."))
    form = row.take("shown", lambda: _shown(row.text("shown")), "feminine")
    if not name or not feminine:
        return []
    written = "" if within else row.text("id")  # within a session's row, the identifier is the session's
    id = written or "P-" + hashlib.sha256(f"{name}\n{feminine}".encode()).hexdigest()[:8]
    names[cells.plain(name)] = id
    body = SpeakerBody(
        name=name,
        job=Job(feminine, masculine, form),
        bio=row.text("bio"),
        path=cells.path(row.text("path")),
        employer=row.text("employer") or None,
        place=row.text("place") or None,
        job_sheet=row.text("job_sheet") or None,
    )
    return [Item("speaker", id, body, 0, named=bool(written))]


def _shown(text: str) -> Any:
    known = {"": "feminine", "f": "feminine", "feminin": "feminine", "feminine": "feminine", "m": "masculine",
             "masculin": "masculine", "masculine": "masculine"}  # fmt: skip
    found = known.get(cells.plain(text))
    if found is None:
        raise ValueError(_("« %(value)s » : écrivez « féminin » ou « masculin ».", value=text[:20]))
    return found
