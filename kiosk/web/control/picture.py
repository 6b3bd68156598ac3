"""What the live page shows: one plain value, made from the domain's reads, for the templates alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from kiosk.domain import flags, moderation, questions, reflections, similarity
from kiosk.domain.themes import THEMES
from kiosk.domain.views import Counts, QuestionView, ReflectionPicture, ReflectionView, RoomView
from kiosk.web import context
from kiosk.web.control import timing, undoing
from kiosk.web.control.look import FIRST, Look
from kiosk.web.control.timing import Timer


@dataclass(frozen=True)
class Entry:
    """A line of the queue: a question, or the one to keep of a proposed group and its near ones."""

    question: QuestionView
    others: list[QuestionView] = field(default_factory=list)
    #: A near question that the speaker has had already.
    already: QuestionView | None = None

    @property
    def id(self) -> str:
        """The question to keep: the whole line's name in addresses."""
        return self.question.id

    @property
    def support(self) -> int:
        """Voices of the whole group."""
        return self.question.support + sum(other.support for other in self.others)

    @property
    def size(self) -> int:
        """How many questions the line stands for."""
        return 1 + len(self.others)


@dataclass(frozen=True)
class Live:
    """Everything the live page needs. ``entries`` is the list on show, already cut to ``look.shown``."""

    room: RoomView
    look: Look
    now: int
    timer: Timer
    counts: Counts
    phones: int
    left_to_ask: int
    current: QuestionView | None
    approved: list[QuestionView]
    entries: list[Entry]
    total: int
    filters: list[tuple[str, int]]
    themes: list[tuple[str, int]]
    selected: str
    undo: undoing.Undo | None
    candidates: list[tuple[QuestionView, bool]]
    reflection: ReflectionPicture | None
    to_review: list[ReflectionView]

    @property
    def hidden(self) -> int:
        """Entries beyond those shown."""
        return self.total - len(self.entries)

    def after(self, question_id: str) -> str:
        """The entry to select once this one is dealt with."""
        ids = [entry.id for entry in self.entries]
        if question_id not in ids:
            return self.selected
        at = ids.index(question_id)
        rest = ids[at + 1:] or ids[:at][-1:]
        return rest[0] if rest else ""


def live(look: Look) -> Live:
    """The live page of the request's room, in a given look."""
    room = context.room()
    kiosk = context.kiosk_of()
    now = kiosk.clock.now()
    session_id = room.session.id if room.session else None
    pending = questions.listed(room.id, session_id, "pending")
    approved = questions.listed(room.id, session_id, "approved")
    whole = _entries(room, look, pending, approved)
    only = look.only or ("dabord" if len(pending) > FIRST else "toutes")
    chosen = _filtered(whole, only, look.theme) if look.shelf == "relire" else whole
    shown = _cut(whole, chosen, look)
    if look.shelf == "relire" and shown:
        shown = _with_already(shown, questions.listed(room.id, session_id, "asked", "answered"))
    selected = _selected(shown, look.selected)
    if look.selected and selected != look.selected and look.about:
        look = look.but(doing="")  # its question went elsewhere: the form must not open on another
    reflection = to_review = None
    if room.phase in ("reflection", "closed") and session_id:
        reflection = reflections.picture(room.id, session_id, room.headcount)
        to_review = reflections.listed(room.id, session_id, "pending")
    return Live(
        room=room, look=replace(look, only=only), now=now, timer=timing.timer(room, now),
        counts=questions.counts(room.id, session_id), phones=kiosk.presence.phones(room.id),
        left_to_ask=timing.left_to_ask(room, now),
        current=questions.one(room.id, room.current_id) if room.current_id else None,
        approved=approved, entries=shown, total=max(len(chosen), len(shown)),
        filters=_filters(whole, len(pending)) if look.shelf == "relire" else [],
        themes=_themes(pending) if look.shelf == "relire" else [],
        selected=selected, undo=undoing.last(room),
        candidates=_candidates(selected, pending, approved) if look.doing == "regrouper" else [],
        reflection=reflection, to_review=to_review or [],
    )


def _cut(whole: list[Entry], chosen: list[Entry], look: Look) -> list[Entry]:
    """The entries on show; the selected one stays while new ones push it out."""
    shown = chosen[: look.shown]
    if look.selected and _selected(shown, look.selected) != look.selected:
        shown = [*shown, *(entry for entry in whole if entry.id == look.selected)]
    return shown


def _selected(shown: list[Entry], wanted: str) -> str:
    """The selected entry: the one wanted, the group it joined, or the first."""
    for entry in shown:
        if entry.id == wanted or wanted in [other.id for other in entry.others]:
            return entry.id
    return shown[0].id if shown else ""


def _entries(
    room: RoomView, look: Look, pending: list[QuestionView], approved: list[QuestionView]
) -> list[Entry]:
    session_id = room.session.id if room.session else None
    if look.shelf == "validees":
        return [Entry(question) for question in approved]
    if look.shelf == "posees":
        asked = questions.listed(room.id, session_id, "asked", "answered")
        return [Entry(q) for q in sorted(asked, key=lambda q: -(q.asked_at or 0))]
    if look.shelf == "cote":
        return [Entry(question) for question in questions.listed(room.id, session_id, "set_aside")]
    names = [speaker.name for speaker in room.session.speakers] if room.session else []
    read = {q.id: replace(q, flags=flags.find(q.text, names)) for q in pending}
    known = {**{q.id: q for q in approved}, **read}
    apart = set(moderation.kept_apart(room.id, session_id))
    if look.about:
        apart.add(look.selected)  # its form is open: it stays a question of its own meanwhile
    groups = similarity.groups((q.id, q.text) for q in (*approved, *pending) if q.id not in apart)
    grouped: dict[str, Entry] = {}
    for keep, *others in groups:
        waiting = [i for i in (keep, *others) if i in read]
        if waiting:
            entry = Entry(known[keep], [known[i] for i in others if i in read])
            if entry.others:
                grouped.update(dict.fromkeys(waiting, entry))
    found = [grouped.get(question.id) or Entry(read[question.id]) for question in pending]
    return list({entry.id: entry for entry in found}.values())


def _with_already(entries: list[Entry], asked: list[QuestionView]) -> list[Entry]:
    texts = [(q.id, q.text) for q in asked]
    by_id = {q.id: q for q in asked}
    near = {entry.id: similarity.near(entry.question.text, texts) for entry in entries} if texts else {}
    return [replace(e, already=by_id[near[e.id][0]]) if near.get(e.id) else e for e in entries]


def _filtered(entries: list[Entry], only: str, theme: str) -> list[Entry]:
    if theme:
        entries = [entry for entry in entries if entry.question.theme == theme]
    if only == "groupes":
        return [entry for entry in entries if entry.others]
    if only == "signalees":
        return [entry for entry in entries if _flagged(entry)]
    if only == "dabord":
        return sorted(entries, key=lambda e: (-e.size, -e.support, e.question.number))[:FIRST]
    return entries


def _flagged(entry: Entry) -> bool:
    return any(question.flags for question in (entry.question, *entry.others))


def _filters(entries: list[Entry], pending: int) -> list[tuple[str, int]]:
    return [
        ("dabord", min(FIRST, len(entries))),
        ("groupes", sum(1 for entry in entries if entry.others)),
        ("signalees", sum(1 for entry in entries if _flagged(entry))),
        ("toutes", pending),
    ]


def _themes(pending: list[QuestionView]) -> list[tuple[str, int]]:
    held = Counter(question.theme for question in pending if question.theme)
    return [(code, held[code]) for code in THEMES.codes() if held[code]]


def _candidates(
    selected: str, pending: list[QuestionView], approved: list[QuestionView]
) -> list[tuple[QuestionView, bool]]:
    """The questions that may join the selected one, the near ones (True) first."""
    everything = {q.id: q for q in [*pending, *approved]}
    if selected not in everything:
        return []
    others = [q for q in everything.values() if q.id != selected]
    near = similarity.near(everything[selected].text, [(q.id, q.text) for q in others])
    return [(everything[i], True) for i in near] + [(q, False) for q in others if q.id not in near]
