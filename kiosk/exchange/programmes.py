"""A programme's table on a kiosk: what each session of it would become, then what was chosen, written.

Its sessions are this kiosk's own (:mod:`kiosk.domain.madehere`), whatever identifier the table gives: the centre's come
by the exchange, and are left as they are. The same table again changes what it corrects, and makes no twin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec

from kiosk import contract
from kiosk.contract import Change, Job, SessionBody, SpeakerBody
from kiosk.contract.programme.cells import plain
from kiosk.contract.programme.items import Item, Programme
from kiosk.contract.programme.rows import completed
from kiosk.domain import madehere
from kiosk.domain.people import identifiers
from kiosk.domain.reading import cleaning, textrules
from kiosk.exchange import changes
from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_, _, current
from kiosk.ground.values import dataclass
from kiosk.storage.models import Session, Speaker
from kiosk.storage.writer import Transaction

#: Sessions of a table that are taken at a time: more than a school lives in a year.
MOST = 200
#: What a session of a table is for this kiosk → its words. Only the first two can be taken.
STATES = {
    "new": N_("Nouvelle"),
    "changed": N_("Déjà là, elle change"),
    "same": N_("Déjà là, la même"),
    "centre": N_("Déjà là, reçue du centre : elle se met à jour seule"),
    "begun": N_("Déjà là, commencée : elle ne change plus"),
}
TAKEN = ("new", "changed")


@dataclass(frozen=True)
class Proposal:
    """A session of a table: ``place`` in what was read (from 0), who speaks (name, job), and what it would become.

    ``id`` is the session's here; ``differs``: sentences on what changes.
    """

    place: int
    item: Item
    id: str
    state: str
    body: SessionBody
    people: tuple[tuple[str, str], ...]
    differs: tuple[str, ...] = ()

    @property
    def takes(self) -> bool:
        """Whether it can be taken."""
        return self.state in TAKEN

    @property
    def words(self) -> str:
        """Its state in the page's language."""
        return _(STATES[self.state])

    @property
    def starts_at(self) -> int:
        """When, in UTC milliseconds."""
        return contract.to_ms(self.body.starts_at)


def propose(found: Programme, places: Container[int] | None = None) -> Iterator[Proposal]:
    """The first :data:`MOST` sessions of a table, in its order (those at these places). Reads only, one at a time."""
    people = {item.id: item for item in found.items if item.type == "speaker"}
    told = [(place, item) for place, item in enumerate(found.items) if item.type == "session"][:MOST]
    held = _Held()
    for place, item in told:
        if places is None or place in places:
            yield _proposal(place, item, people, held)


def take(tx: Transaction, found: Programme, places: Iterable[int]) -> int:
    """Write the sessions at these places, with who speaks and which class; how many.

    :raises KioskError: ``nothing_ticked``.
    """
    chosen = [one for one in propose(found, set(places)) if one.takes]
    if not chosen:
        raise KioskError("nothing_ticked")
    people = {item.id: item for item in found.items if item.type == "speaker"}
    for one in chosen:
        _write(tx, one.id, one.body, _cards(one.item, people, one.body.title, held(one.id)))
        label, count = madehere.class_of(one.id)
        label = one.item.class_label or label
        madehere.set_class(tx, one.id, textrules.visible(label), one.item.headcount or count)
    madehere.drop_idle_speakers()
    return len(chosen)


def write(tx: Transaction, id: str, body: SessionBody, people: Iterable[tuple[str, SpeakerBody | None]]) -> None:
    """Make or replace a session of this kiosk's own. ``people``: an identifier each, and a body unless it is known."""
    _write(tx, id, body, people)
    madehere.drop_idle_speakers()


def _write(tx: Transaction, id: str, body: SessionBody, people: Iterable[tuple[str, SpeakerBody | None]]) -> None:
    said = list(people)
    body = msgspec.structs.replace(body, speakers=[speaker_id for speaker_id, _body in said])
    made = [_change("speaker", one, card, Speaker) for one, card in said if card is not None]
    changes.apply(tx, [*made, _change("session", id, body, Session)], made_here=True)


def _change(kind: str, id: str, body: Any, model: Any) -> Change:
    row = model.get_or_none(model.id == id)
    return Change(type=kind, id=id, rev=1 if row is None else row.rev + 1, body=msgspec.to_builtins(body))


def _proposal(place: int, item: Item, people: dict[str, Item], held: _Held) -> Proposal:
    body: SessionBody = cleaning.cleaned(item.body)
    shown = tuple(_shown(ref, people, body.title) for ref in body.speakers)
    id, state, row = _target(item, body, held)
    one = Proposal(place, item, id, state, body, shown)
    if row is None or state != "same":
        return one
    before = body_of(row)
    after = completed(body, before, item.given | item.erased)
    if after.duration_min == before.duration_min:
        after = msgspec.structs.replace(after, phases=before.phases)
    differs = (*_differences(before, after), *_others(row, item, shown, people))
    if not differs:
        return replace(one, body=after)
    return replace(one, body=after, differs=differs, state="begun" if madehere.begun(id) else "changed")


def _target(item: Item, body: SessionBody, held: _Held) -> tuple[str, str, Session | None]:
    """(identifier here, ``new`` | ``same`` | ``centre``, the row held) of a session of a table.

    Without an identifier, the one made here of that title on that day (of Paris) is the same: its hour was corrected.
    """
    seed = item.id if item.named else f"{plain(body.title)}\n{body.starts_at.isoformat()}"
    id = identifiers.MADE_HERE + hashlib.sha256(seed.encode()).hexdigest()[:12]
    title, starts_at = plain(body.title), contract.to_ms(body.starts_at)
    if id in held.ids:
        return id, "same", Session.get_by_id(id)
    theirs = item.id if item.id in held.ids else held.theirs.get((title, starts_at))
    if theirs is not None:
        return theirs, "centre", Session.get_by_id(theirs)
    alike = held.own.get((title, instants.local(starts_at).date()), [])
    if not item.named and len(alike) == 1:
        return alike[0], "same", Session.get_by_id(alike[0])
    return id, "new", None


class _Held:
    """The sessions of this kiosk, found by what a table says of them: identifiers. Of thousands, rows would hold the
    loop (230 ms for 2,000).
    """

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.theirs: dict[tuple[str, int], str] = {}
        self.own: dict[tuple[str, date], list[str]] = {}
        rows: Any = Session.select(Session.id, Session.title, Session.starts_at).where(~Session.deleted).tuples()
        for id, title, starts_at in rows:
            self.ids.add(id)
            if identifiers.made_here(id):
                self.own.setdefault((plain(title), instants.local(starts_at).date()), []).append(id)
            elif not identifiers.rehearsed(id):
                self.theirs[plain(title), starts_at] = id


def _shown(ref: str, people: dict[str, Item], title: str) -> tuple[str, str]:
    """Who speaks: (name, job)."""
    _id, body = _speaker(ref, people, title)
    if body is not None:
        return body.name, body.job.masculine if body.job.shown == "masculine" else body.job.feminine
    row = Speaker.get_by_id(_id)
    return row.name, row.job_masculine if row.job_shown == "masculine" else row.job_feminine


def _speaker(ref: str, people: dict[str, Item], title: str) -> tuple[str, SpeakerBody | None]:
    """Who is meant: somebody whom the table describes, somebody held here (by identifier or by name), or a name alone,
    whose job is then the session's title.
    """
    item = people.get(ref)
    if item is not None:
        return f"{madehere.SPEAKERS}{hashlib.sha256(item.id.encode()).hexdigest()[:12]}", item.body
    same = list(Speaker.select().where(((Speaker.id == ref) | (Speaker.name == ref)) & ~Speaker.deleted).limit(2))
    if len(same) == 1:
        return same[0].id, None
    body = SpeakerBody(name=ref, job=Job(title, title, "feminine"), bio="", path=[])
    return f"{madehere.SPEAKERS}{hashlib.sha256(plain(ref).encode()).hexdigest()[:12]}", body


def _cards(
    item: Item, people: dict[str, Item], title: str, before: SessionBody | None
) -> list[tuple[str, SpeakerBody | None]]:
    """Who speaks. Somebody whom the session held has already keeps what the table does not say of them, and their
    identifier.
    """
    rows = [Speaker.get_or_none(Speaker.id == one) for one in before.speakers] if before else []
    known = {plain(row.name): row for row in rows if row is not None and identifiers.made_here(row.id)}
    found = []
    for ref in item.body.speakers:
        id, card = _speaker(ref, people, title)
        row = known.get(plain(card.name)) if card is not None else None
        if row is not None and card is not None:
            described = people.get(ref)
            id, card = row.id, _kept(card, row, described.given if described else frozenset())
        found.append((id, card))
    if not item.body.speakers and before:
        return [(one, None) for one in before.speakers]
    return found


def _kept(card: SpeakerBody, row: Speaker, given: frozenset[str]) -> SpeakerBody:
    """A card with what is held where the table says nothing; a job that differs by a capital is the same."""
    job = Job(row.job_feminine, row.job_masculine, "masculine" if row.job_shown == "masculine" else "feminine")
    same = not given & {"job", "feminine", "masculine"} or plain(card.job.feminine) == plain(row.job_feminine)
    kept: dict[str, Any] = {"job": job} if same else {}
    kept |= {name: getattr(row, name) or None for name in ("employer", "place", "job_sheet") if name not in given}
    kept |= {} if "bio" in given else {"bio": row.bio}
    kept |= {} if "path" in given else {"path": msgspec.convert(row.path or [], list[contract.PathStep])}
    return msgspec.structs.replace(card, **kept)


def held(session_id: str) -> SessionBody | None:
    """A session of this kiosk's own as it is; None when there is none."""
    row = Session.get_or_none((Session.id == session_id) & ~Session.deleted)
    return None if row is None else body_of(row)


def body_of(row: Session) -> SessionBody:
    """A session held here, as the contract says it."""
    plain_fields = {
        "title": row.title,
        "starts_at": contract.from_ms(row.starts_at),
        "duration_min": row.duration_min,
        "format": row.format,
        "meeting_url": row.meeting_url,
        "levels": list(row.levels or []),
        "status": row.status,
        "speakers": list(row.speakers or []),
        "dossier": list(row.dossier or []),
        "phases": row.phases,
        "theme_week": row.theme_week or None,
        "places": row.places,
    }
    return msgspec.convert(plain_fields, SessionBody)


def _differences(before: SessionBody, after: SessionBody) -> Iterable[str]:
    """What a table changes, in sentences."""
    if before.title != after.title:
        yield _("le titre : « %(new)s » au lieu de « %(old)s »", new=after.title, old=before.title)
    if before.starts_at != after.starts_at:
        new, old = (instants.when(contract.to_ms(body.starts_at), lang=current()) for body in (after, before))
        yield _("le début : %(new)s au lieu de %(old)s", new=new, old=old)
    if before.duration_min != after.duration_min:
        yield _("la durée : %(new)s min au lieu de %(old)s", new=after.duration_min, old=before.duration_min)
    if before.meeting_url != after.meeting_url:
        yield _("le lien de la visioconférence")
    if before.levels != after.levels:
        yield _("les niveaux")
    if before.status != after.status:
        yield _("le statut")
    if (before.theme_week, before.format, before.places) != (after.theme_week, after.format, after.places):
        yield _("le format, la semaine ou les places")


def _others(row: Session, item: Item, shown: tuple[tuple[str, str], ...], people: dict[str, Item]) -> Iterable[str]:
    """What changes beside the session itself: who speaks, what is said of them, the class."""
    cards = _cards(item, people, item.body.title, body_of(row))
    before = [Speaker.get_or_none(Speaker.id == one) for one, _card in cards]
    if shown and [one for one, _card in cards] != list(row.speakers or []):
        yield _("les personnes")
    elif any(card is not None and person is not None and _says(card) != _said(person)
             for (_id, card), person in zip(cards, before)):  # fmt: skip
        yield _("ce qui est dit des personnes")
    label, count = madehere.class_of(row.id)
    if (item.class_label or label, item.headcount or count) != (label, count):
        yield _("la classe")


def _says(card: SpeakerBody) -> list[Any]:
    body = cleaning.cleaned(card)
    job = (body.job.feminine, body.job.masculine, body.job.shown)
    return [body.name, *job, body.employer or "", body.place or "", body.bio, msgspec.to_builtins(body.path)]


def _said(row: Speaker) -> list[Any]:
    job = (row.job_feminine, row.job_masculine, row.job_shown)
    return [row.name, *job, row.employer, row.place, row.bio, list(row.path or [])]
