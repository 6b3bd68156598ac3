"""What a file would change, told before anything is written: line by line, field by field, and who would feel it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from peewee import fn

from kiosk.centre import catalogue, identifiers, words
from kiosk.centre.models import LIVING, Enrolment, Session, Speaker
from kiosk.centre.refusals import OfficeError
from kiosk.contract import SessionBody, SpeakerBody, to_ms
from kiosk.contract.programme import cells
from kiosk.contract.programme.items import Item
from kiosk.contract.programme.rows import MAY_GO, completed, completed_person
from kiosk.ground import instants
from kiosk.ground.i18n import N_, _, current

#: Identifiers that one statement holds.
_PART = 500
_LABELS = {
    "title": N_("Titre"), "starts_at": N_("Date et heure"), "duration_min": N_("Durée"), "format": N_("Format"),
    "meeting_url": N_("Lien de la visioconférence"), "levels": N_("Niveaux"), "status": N_("Statut"),
    "speakers": N_("Intervenantes et intervenants"), "dossier": N_("Dossier"), "phases": N_("Phases"),
    "theme_week": N_("Semaine thématique"), "places": N_("Places"), "name": N_("Nom"), "job": N_("Métier"),
    "bio": N_("Présentation"), "path": N_("Parcours"), "employer": N_("Employeur"), "place": N_("Lieu"),
    "job_sheet": N_("Fiche métier"), "portrait": N_("Portrait"),
}  # fmt: skip
#: What names a line: not said again of a new one.
_TITLES = frozenset({"title", "name"})


@dataclass(frozen=True)
class Difference:
    """One field: its name, what is held, what would be, in words; empty: nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """What one thing of a file becomes. ``kind``: new, changed, same, removed or wrong (``wrong`` says why).

    ``differences`` of a new one are all that is said of it. ``enrolled``: its classes that take part or
    wait; ``confirmed`` of them have a place.
    """

    item: Item
    id: str
    kind: str
    title: str
    body: Any = None
    differences: tuple[Difference, ...] = ()
    wrong: str = ""
    field: str = ""
    moved: bool = False
    cancelled: bool = False
    revived: bool = False
    enrolled: int = 0
    confirmed: int = 0
    #: Of a wrong one: :class:`kiosk.centre.refusals.OfficeError`'s.
    code: str = ""
    #: Who speaks, by the names that nobody here has.
    unknown: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in a form."""
        return f"{self.item.type} {self.id}"

    @property
    def short(self) -> bool:
        """Whether its places would be fewer than the classes that hold one."""
        places = self.body.places if isinstance(self.body, SessionBody) else None
        return places is not None and places < self.confirmed


@dataclass(frozen=True)
class Plan:
    """All the lines of a file, in its order. ``mark`` changes when what would be written does."""

    lines: list[Line] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Line]:
        """The lines of these kinds."""
        return [line for line in self.lines if line.kind in kinds]

    @property
    def mark(self) -> str:
        """A digest of what was shown."""
        said = [(one.key, one.kind, [(d.before, d.after) for d in one.differences]) for one in self.lines]
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]


class _Held:
    """What the centre holds of the things that a file names: two questions for 500 lines."""

    def __init__(self, items: list[Item]) -> None:
        sessions = [item for item in items if item.type == "session"]
        self.sessions: dict[str, Any] = {}
        self.titled: dict[str, list[Any]] = {}
        for part in _parts(sorted({item.id for item in sessions})):
            self.sessions.update((row.id, row) for row in Session.select().where(Session.id.in_(part)))
        for part in _parts(sorted({item.body.title for item in sessions if item.body and not item.named})):
            for row in Session.select().where(Session.title.in_(part)):
                self.titled.setdefault(row.title, []).append(row)
        rows: Any = Speaker.select(Speaker.id, Speaker.name, Speaker.words).tuples()
        self.names: dict[str, str] = {}
        self.named: dict[str, list[str]] = {}
        for id, name, words_of in rows:
            self.names[id] = name
            if words_of != catalogue.FORGOTTEN:  # no longer somebody of that name
                self.named.setdefault(cells.plain(name), []).append(id)
        wanted = [self.person(item) for item in items if item.type == "speaker"]
        self.people: dict[str, SpeakerBody] = {}
        for part in _parts(sorted(set(wanted))):
            for person in Speaker.select().where(Speaker.id.in_(part)):
                self.people[person.id] = catalogue.speaker_body(person)

    def person(self, item: Item) -> str:
        """The identifier of a person of a file: without one written there, that of the only person of that name."""
        if item.id in self.names or item.named or item.body is None:
            return item.id
        same = self.named.get(cells.plain(item.body.name), [])
        return same[0] if len(same) == 1 else item.id

    def session(self, item: Item) -> Any:
        """The session that a line is about. Without an identifier: the one of that title, on that day of Paris, whose
        hour is corrected.
        """
        if item.id in self.sessions or item.named:
            return self.sessions.get(item.id)
        day = instants.local(to_ms(item.body.starts_at)).date()
        same = [row for row in self.titled.get(item.body.title, ()) if instants.local(row.starts_at).date() == day]
        return same[0] if len(same) == 1 else None


def made(items: list[Item], *, erase: bool = False) -> Plan:
    """What items would change. ``erase``: an empty cell takes away what is held; else only « effacer » does."""
    held = _Held(items)
    lines: list[Line] = []
    become: dict[str, str] = {}  # a person's identifier in the file → here
    for item in sorted(items, key=lambda one: (one.type != "speaker", one.type != "session")):
        if item.type == "speaker":
            become[item.id] = held.person(item)
            if item.body is not None and not item.deleted:
                held.names.setdefault(become[item.id], item.body.name)
        lines.append(_line(item, held, become, erase))
    return Plan(_with_classes(lines))


def _line(item: Item, held: _Held, become: dict[str, str], erase: bool) -> Line:
    said = item.given | item.erased | (item.empty & MAY_GO if erase else frozenset())
    if item.deleted:
        known = item.id in held.sessions or item.id in held.names or item.type not in ("session", "speaker")
        row = held.sessions.get(item.id)
        title = row.title if row is not None else held.names.get(item.id, item.id)
        return Line(item, item.id, "removed" if known else "same", title, cancelled=item.type == "session")
    if isinstance(item.body, SpeakerBody):
        id = held.person(item)
        before = held.people.get(id)
        body = item.body
        if before is not None:
            body = completed_person(body, before, said) if item.given else _with_portrait(body, before)
        return _compared(Line(item, id, "", body.name, body), before, held.names)
    if isinstance(item.body, SessionBody):
        return _session(item, held, become, said)
    return Line(item, item.id, "new", item.body.text, item.body)


def _with_portrait(body: SpeakerBody, before: SpeakerBody) -> SpeakerBody:
    return body if body.portrait is not None else msgspec.structs.replace(body, portrait=before.portrait)


def _session(item: Item, held: _Held, become: dict[str, str], said: frozenset[str]) -> Line:
    row = held.session(item)
    body = msgspec.structs.replace(item.body, speakers=[_one(one, held, become) for one in item.body.speakers])
    before = None if row is None else catalogue.session_body(row)
    if before is not None and item.given:
        body = completed(body, before, said)
        if body.duration_min == before.duration_min:
            body = msgspec.structs.replace(body, phases=before.phases)
    line = _compared(Line(item, item.id if row is None else row.id, "", body.title, body), before, held.names)
    if before is None or line.wrong:
        return line
    return replace(
        line,
        moved=body.starts_at != before.starts_at,
        cancelled=body.status == "cancelled" != before.status,
        revived=before.status == "cancelled" != body.status,
    )


def _one(speaker: str, held: _Held, become: dict[str, str]) -> str:
    """A person written by identifier or by name → identifier, when one person has it."""
    if speaker in become:
        return become[speaker]
    if speaker in held.names:
        return speaker
    same = held.named.get(cells.plain(speaker), [])
    return same[0] if len(same) == 1 else speaker


def _compared(line: Line, before: Any, names: dict[str, str]) -> Line:
    try:
        identifiers.check_id(line.id)
        if isinstance(line.body, SessionBody):
            catalogue.check_session(line.body, lambda id: id in names)
        else:
            catalogue.check(line.body)
    except OfficeError as error:
        said = line.body.speakers if isinstance(line.body, SessionBody) else []
        unknown = tuple(one for one in said if one not in names)
        return replace(line, kind="wrong", wrong=error.message, field=error.field, code=error.code, unknown=unknown)
    differences = tuple(_differences(before, line.body, names))
    kind = "new" if before is None else "changed" if differences else "same"
    return replace(line, kind=kind, differences=differences)


def _differences(before: Any, after: Any, names: dict[str, str]) -> Iterable[Difference]:
    for name in after.__struct_fields__:
        old, new = getattr(before, name, None), getattr(after, name)
        if old == new or before is None and name in _TITLES:
            continue
        said = Difference(_(_LABELS[name]), said_of(name, old, names), said_of(name, new, names))
        if before is not None or said.after:
            yield said


def said_of(name: str, value: Any, names: dict[str, str] | None = None) -> str:
    """A field's value in words, in the page's language; empty when there is none."""
    if value is None or value in ("", []):
        return ""
    lists = {
        "levels": lambda: ", ".join(_(words.LEVELS[one]) for one in value),
        "speakers": lambda: ", ".join((names or {}).get(one, one) for one in value),
        "dossier": lambda: " | ".join(one.title for one in value),
        "phases": lambda: ", ".join(f"{one.name} {one.minutes}" for one in value),
        "path": lambda: " | ".join(cells.path_text(value).split("\n")),
    }
    plain = {
        "starts_at": lambda: instants.when_year(to_ms(value), lang=current()),
        "duration_min": lambda: _("%(n)s min", n=value),
        "format": lambda: _(words.FORMATS[value]),
        "status": lambda: _(words.STATUSES[value]),
        "job": lambda: f"{value.feminine} / {value.masculine}, {'F' if value.shown == 'feminine' else 'M'}",
        "portrait": lambda: value.alt,
    }
    return {**lists, **plain}.get(name, lambda: str(value))()


def _with_classes(lines: list[Line]) -> list[Line]:
    """The lines of sessions, with how many classes take part, wait, or have a place."""
    ids = sorted({line.id for line in lines if line.item.type == "session" and line.kind in ("changed", "removed")})
    counts: dict[tuple[str, bool], int] = {}
    for part in _parts(ids):
        rows: Any = (
            Enrolment.select(Enrolment.session_id, Enrolment.state, fn.COUNT(Enrolment.id))
            .where(Enrolment.session_id.in_(part) & Enrolment.state.in_(LIVING))
            .group_by(Enrolment.session_id, Enrolment.state)
            .tuples()
        )
        for id, state, number in rows:
            counts[id, state == "confirmed"] = counts.get((id, state == "confirmed"), 0) + number
    return [_felt(line, counts) for line in lines]


def _felt(line: Line, counts: dict[tuple[str, bool], int]) -> Line:
    if line.item.type != "session":
        return line
    confirmed = counts.get((line.id, True), 0)
    return replace(line, confirmed=confirmed, enrolled=confirmed + counts.get((line.id, False), 0))


def _parts(values: list[str]) -> Iterable[list[str]]:
    return (values[at : at + _PART] for at in range(0, len(values), _PART))
