"""« Créer une séance »: a session of this kiosk's own, made, corrected and deleted in the browser.

The form is one row of a programme's table: the same readers check it (:mod:`kiosk.contract.programme`), field by field.
"""

from __future__ import annotations

from dataclasses import field
from itertools import zip_longest
from typing import Any

import msgspec
from flask import g, make_response, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from kiosk.contract import PathStep, SessionBody, SpeakerBody, to_ms
from kiosk.contract.programme import dates, rows
from kiosk.contract.programme.cells import TURNS, plain
from kiosk.contract.programme.items import Item, Mistake
from kiosk.contract.programme.rows import completed
from kiosk.contract.programme.words import FORMATS
from kiosk.domain import madehere, rehearsal, reports, rooms, sessions
from kiosk.domain.people import identifiers
from kiosk.domain.reading import paths, textrules
from kiosk.domain.views import SpeakerView
from kiosk.exchange import programmes
from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_, _
from kiosk.ground.instants import DAY
from kiosk.ground.values import dataclass
from kiosk.storage.writer import Transaction
from kiosk.web.frame import bodies, context, guards, pages
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal

#: How many may speak in one session, the steps of a path that the empty form shows, and the most that it takes.
PEOPLE, STEPS, MOST_STEPS = 3, 5, 40
#: A day that is told from today, without accents → how many days from it.
NEAR = {"aujourd'hui": 0, "today": 0, "demain": 1, "tomorrow": 1, "apres-demain": 2, "apres demain": 2}
#: Field of the form → the field of a programme's row that it is.
FIELDS = {
    "titre": "title", "date": "date", "heure": "hour", "duree": "duration", "format": "format", "lien": "url",
    "classe": "class_label", "effectif": "headcount",
}  # fmt: skip
#: The same, of each person: ``nom-1``, ``nom-2``…
PERSON = {
    "nom": "name", "metier": "job", "forme": "shown", "employeur": "employer", "lieu": "place",
    "presentation": "bio", "parcours": "path",
}  # fmt: skip
#: What the form says of a session; the rest stays as a table gave it.
_SAID = frozenset({"duration", "format", "url", "speakers"})
#: Kind of a step → its word.
KINDS = {"": N_("Étape"), "pause": N_("Pause"), "bifurcation": N_("Bifurcation")}
#: Kind of a step → what the class's pages call it.
_OF_PATH = {"pause": paths.PAUSE, "bifurcation": paths.FORK}


@dataclass
class Form:
    """The form as it is shown: values by name, steps of each path as (when, what, kind), a sentence by wrong field."""

    values: dict[str, str] = field(default_factory=dict)
    paths: list[list[tuple[str, str, str]]] = field(default_factory=lambda: [[], [], []])
    wrong: dict[str, str] = field(default_factory=dict)
    #: Person (from 1) → how many steps the page shows at least.
    rows: dict[int, int] = field(default_factory=dict)

    def steps(self, number: int) -> list[tuple[str, str, str]]:
        """The steps of a person (from 1), and some to fill."""
        held = self.paths[number - 1]
        least = min(max(len(held) + 2, self.rows.get(number, STEPS)), MOST_STEPS)
        empty = max(STEPS, least) - len(held)
        return [*held, *[("", "", "")] * empty]

    def told(self, number: int) -> bool:
        """Whether something is said of a person (from 1)."""
        said = any(value for name, value in self.values.items() if name.endswith(f"-{number}") and name[:5] != "forme")
        return bool(said or self.paths[number - 1])


@dataclass(frozen=True)
class Person:
    """A person of the form as the class will see them, whatever is still to be typed."""

    number: int
    name: str
    where: str
    job: str
    path: list[paths.Step]
    bio: str


@dataclass(frozen=True)
class Seen:
    """A session that is not saved yet, as the display will say it."""

    body: SessionBody
    people: list[SpeakerBody]
    class_label: str

    @property
    def starts_at(self) -> int:
        """UTC milliseconds."""
        return to_ms(self.body.starts_at)


@bp.get("/prof/seances/creer")
def session_new() -> str:
    """The empty form; the next school day at the usual hour is the teacher's to say."""
    return _page("", Form({"format": "college-45"}))


@bp.post("/prof/seances/creer")
@bodies.holds(bodies.LIST)
def session_create() -> Response:
    """Make a session (``puis``: ``preparer``, ``direct`` or nothing). Nothing is saved with ``voir``: the page shows
    it; ``etapes``: the page has more steps to fill; ``apercu``: only what the class will see is answered, for a script.

    :raises KioskError: ``form_faulty``.
    """
    return _save(f"{identifiers.MADE_HERE}{identifiers.uuid7(context.kiosk_of().clock.now())}", "")


@bp.get("/prof/seances/<id:session_id>/corriger")
def session_edit(session_id: str) -> str:
    """The form of a session made here. :raises KioskError: those of :func:`madehere.check`."""
    madehere.check(session_id)
    return _page(session_id, _held(session_id))


@bp.post("/prof/seances/<id:session_id>/corriger")
@bodies.holds(bodies.LIST)
def session_correct(session_id: str) -> Response:
    """Correct it. :raises KioskError: ``form_faulty``, those of :func:`madehere.check`."""
    madehere.check(session_id, _only())
    return _save(session_id, session_id)


@bp.post("/prof/seances/<id:session_id>/supprimer")
def session_delete(session_id: str) -> Response:
    """Delete it with its prepared questions (``compris`` = 1).

    :raises KioskError: ``confirm_missing``, those of :func:`madehere.remove`.
    """
    page_of_refusal(lambda: _page(session_id, _held(session_id)))
    only = _only()
    madehere.check(session_id, only)
    if request.form.get("compris") != "1":
        raise KioskError("confirm_missing", field="compris")
    do("session_deleted", lambda tx: madehere.remove(tx, session_id, only), session_id)
    return answer(pages.url("control.sessions_page"))


def _only() -> str | None:
    """The one room that this browser's code opens; None with the school's."""
    return None if guards.may("school") else context.room_id()


def _save(session_id: str, known: str) -> Response:
    form = _typed(request.form)
    if request.form.get("puis") == "apercu":
        return make_response(
            render_template("control/own_seen.html", room=context.room(), alone=True, **_preview(form))
        )
    if request.form.get("puis") == "etapes":
        form.rows = {n: len(request.form.getlist(f"etape-{n}")) + STEPS for n in range(1, PEOPLE + 1)}
        return make_response(_page(known, form))
    page_of_refusal(lambda: _page(known, form))
    body, people, label, count = _read(form, session_id)
    if form.wrong:
        raise KioskError("form_faulty")
    then, only = request.form.get("puis", ""), _only()
    if then == "voir":
        return make_response(_page(known, form, Seen(body, [one for _id, one in people if one], label)))

    def unit(tx: Transaction) -> bool:
        if known:
            madehere.check(known, only)
        programmes.write(tx, session_id, body, people)
        madehere.set_class(tx, session_id, label, count)
        if then:
            rehearsal.end(tx, context_room)
        room = rooms.view(context_room)
        free = not room.stage.running or (room.session is not None and room.session.id == session_id)
        if then and free:
            rooms.choose_session(tx, context_room, session_id)
        return free

    context_room = context.room_id()
    free = do("session_corrected" if known else "session_created", unit, session_id)
    if then and free:
        return answer(pages.url("control.prepare" if then == "preparer" else "control.live"))
    if then == "direct":  # another one runs: the page asks whether to stop it
        return answer(pages.url("control.sessions_page", changer=session_id))
    return answer(pages.url("control.sessions_page", quoi="classes") + f"#s-{session_id}")


def _typed(sent: MultiDict[str, str]) -> Form:
    names = [*FIELDS, *(f"{name}-{n}" for n in range(1, PEOPLE + 1) for name in PERSON)]
    form = Form({name: sent.get(name, "").replace("\r\n", "\n") for name in names})
    form.values["date"] = _day(form.values["date"])
    for n in range(1, PEOPLE + 1):
        sent_steps = [sent.getlist(f"{part}-{n}") for part in ("quand", "etape", "genre")]
        form.paths[n - 1] = [
            (when.strip(), what.strip(), kind if kind in KINDS else "")
            for when, what, kind in zip_longest(*sent_steps, fillvalue="")
            if when.strip() or what.strip()
        ]
    return form


def _day(said: str) -> str:
    """« aujourd’hui » or « demain », as a date of here; anything else as it is."""
    days = NEAR.get(dates.smooth(said))
    if days is None:
        return said
    return instants.local(context.kiosk_of().clock.now() + days * DAY, pages.zone()).strftime("%d/%m/%Y")


def _read(form: Form, session_id: str) -> tuple[Any, list[tuple[str, SpeakerBody | None]], str, int]:
    """What the form says; what is wrong with it is put beside its fields."""
    people: list[SpeakerBody] = []
    for n in range(1, PEOPLE + 1):
        if n == 1 or form.told(n):
            given = {theirs: form.values[f"{ours}-{n}"] for ours, theirs in PERSON.items() if ours != "parcours"}
            items, mistakes = rows.one("speaker", given, {})
            _told(form, mistakes, PERSON, f"-{n}")
            people += [_with_path(form, items[0].body, n)] if items else []
    given = {theirs: form.values[ours] for ours, theirs in FIELDS.items()}
    untitled = not given["title"].strip()
    if untitled and people:
        jobs = ", ".join(one.job.feminine for one in people)
        given["title"] = jobs[:1].upper() + jobs[1:]
    items, mistakes = rows.one("session", given, {}, zone=pages.zone())
    _told(form, [one for one in mistakes if one.field != "title" or not untitled], FIELDS, "")
    if not items:
        return None, [], "", 0
    item: Item = items[-1]
    body: SessionBody = item.body
    code = reports.level_of_label(item.class_label)
    body = msgspec.structs.replace(body, levels=[code] if code else [])
    before = programmes.held(session_id)
    if before is not None:
        body = completed(body, before, _SAID | ({"levels"} if code else frozenset()))
        if body.duration_min != before.duration_min:
            body = msgspec.structs.replace(body, phases=None)
    return (
        body,
        _cards(session_id, people, before.speakers if before else []),
        textrules.visible(item.class_label),
        item.headcount or 0,
    )


def _cards(session_id: str, people: list[SpeakerBody], before: list[str]) -> list[tuple[str, SpeakerBody | None]]:
    """Who speaks, each under the identifier that one made here has already."""
    own = f"{madehere.SPEAKERS}{session_id.removeprefix(identifiers.MADE_HERE)}"
    ids = [one if one.startswith(madehere.SPEAKERS) else "" for one in before] + [""] * PEOPLE
    return [(ids[n] or f"{own}-{n + 1}", one) for n, one in enumerate(people)]


def _with_path(form: Form, body: SpeakerBody, n: int) -> SpeakerBody:
    steps = [
        # the class's own language, in which paths are read again
        PathStep(when=when, what=f"{KINDS[kind]} : {what}" if kind else what)
        for when, what, kind in form.paths[n - 1]
        if what
    ]
    if any(when and not what for when, what, _kind in form.paths[n - 1]):
        form.wrong[f"parcours-{n}"] = _("Une année est sans étape : écrivez l’étape, ou effacez l’année.")
    body = msgspec.structs.replace(body, path=steps)
    if len(form.paths[n - 1]) > MOST_STEPS:
        form.wrong[f"parcours-{n}"] = _("Un parcours tient en %(n)s étapes.", n=MOST_STEPS)
    for name, message in rows.unfit(body):
        if name == "path":
            form.wrong[f"parcours-{n}"] = message
    return body


def _told(form: Form, mistakes: list[Mistake], names: dict[str, str], after: str) -> None:
    ours = {theirs: name for name, theirs in names.items()}
    for one in mistakes:
        form.wrong.setdefault(f"{ours.get(one.field, next(iter(names)))}{after}", one.message)


def _held(session_id: str) -> Form:
    """The form of a session as it is."""
    if g.get("refusal") is not None and request.form.get("date"):
        return _typed(request.form)
    session = sessions.view(session_id)
    label, count = madehere.class_of(session_id)
    start = instants.local(session.starts_at, pages.zone())
    form = Form({
        "titre": session.title, "date": start.strftime("%d/%m/%Y"), "heure": f"{start.hour} h {start.minute:02d}",
        "duree": str(session.duration_min), "format": session.format if session.format in FORMATS else "custom",
        "lien": session.meeting_url, "classe": label, "effectif": str(count) if count else "",
    })  # fmt: skip
    for n, speaker in enumerate(session.speakers[:PEOPLE], 1):
        form.values |= {
            f"nom-{n}": speaker.name, f"metier-{n}": speaker.job, f"employeur-{n}": speaker.employer,
            f"lieu-{n}": speaker.place, f"presentation-{n}": speaker.bio,
            f"forme-{n}": "f" if speaker.feminine else "m",
        }  # fmt: skip
        form.paths[n - 1] = _steps(speaker)
    return form


def _steps(speaker: SpeakerView) -> list[tuple[str, str, str]]:
    found = []
    for step in speaker.path:
        first, colon, rest = step["what"].partition(":")
        kind = plain(first) if colon and plain(first) in TURNS else ""
        found.append((step["when"], rest.strip() if kind else step["what"], kind))
    return found


def _page(session_id: str, form: Form, seen: Seen | None = None) -> str:
    return render_template(
        "control/own_session.html",
        room=context.room(),
        session_id=session_id,
        form=form,
        formats=FORMATS,
        kinds=KINDS,
        zone="" if pages.zone() == instants.PARIS else pages.zone(),
        seen=seen,
        **_preview(form),
    )


def _preview(form: Form) -> dict[str, object]:
    """What the class will see of what is typed so far: ``told``, each person of whom something is; ``starts_at``, UTC
    milliseconds, None while the day or the hour cannot be read; ``past``, whether that is over (said, not refused).
    """
    given = {**{t: form.values.get(o, "") for o, t in FIELDS.items()}, "title": "x"}
    items, _mistakes = rows.one("session", given, {}, zone=pages.zone())
    starts_at = to_ms(items[-1].body.starts_at) if items else None
    return {
        "people": range(1, PEOPLE + 1),
        "told": {n: _person(form, n) for n in range(1, PEOPLE + 1) if form.told(n)},
        "starts_at": starts_at,
        "past": starts_at is not None and starts_at < context.kiosk_of().clock.now() - DAY,
        "label": form.values.get("classe", "").strip(),
    }


def _person(form: Form, n: int) -> Person:
    said = {ours: form.values.get(f"{ours}-{n}", "").strip() for ours in PERSON}
    path = [
        {"when": when, "what": what, **({"kind": _OF_PATH[kind]} if kind else {})}
        for when, what, kind in form.paths[n - 1][:MOST_STEPS]
        if what
    ]
    where = ", ".join(one for one in (said["employeur"], said["lieu"]) if one)
    return Person(n, said["nom"], where, said["metier"], paths.steps(path), said["presentation"])
