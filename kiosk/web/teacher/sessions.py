"""« Séances »: the sessions this kiosk holds, and which one, with which class, is on in this room."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template, request
from werkzeug.wrappers import Response

from kiosk.contract import levels
from kiosk.contract.values import MAX_CLASS
from kiosk.domain import enrolments, madehere, rehearsal, rooms, sessions
from kiosk.domain.enrolments import EnrolmentView
from kiosk.domain.people import identifiers
from kiosk.domain.questions import questions
from kiosk.domain.views import SessionView
from kiosk.exchange import notices, syncstate
from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_, _
from kiosk.ground.values import dataclass
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context, pages
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal

#: State of an enrolment, or the word that waits to leave → (word, icon). The words are the design's.
STATES = {
    "request": (N_("En attente d’envoi"), "off"),
    "cancel": (N_("Annulation en attente d’envoi"), "off"),
    "requested": (N_("En attente de réponse"), "queue"),
    "confirmed": (N_("Inscrite"), "ok"),
    "waitlisted": (N_("Liste d’attente"), "queue"),
    "refused": (N_("Refusée"), "no"),
    "cancelled": (N_("Annulée"), "no"),
    "unconfirmed": (N_("À confirmer de nouveau"), "warn"),
}
#: A session is « past » this long after its end.
PAST_MS = 12 * 3_600_000


@dataclass(frozen=True)
class Offered:
    """A session of the catalogue with its classes, and whether it is the one of this room.

    ``places``: how many in all, if the centre says; ``full``: none is left; ``takes``: a class may still ask for one.
    """

    session: SessionView
    classes: list[EnrolmentView]
    here: bool
    levels: str
    paris: str
    unusual: bool
    places: int | None
    full: bool
    takes: bool

    @property
    def own(self) -> bool:
        """Whether a teacher made it on this kiosk."""
        return identifiers.made_here(self.session.id)

    @property
    def invented(self) -> bool:
        """Whether it is of the demonstration."""
        return identifiers.invented(self.session.id)

    @property
    def corrigible(self) -> bool:
        """Whether it may be corrected and deleted here."""
        return self.own and not madehere.begun(self.session.id)


@dataclass(frozen=True)
class Gathered:
    """Items of the outbox alike in kind, state and session: the newest, how many, since when (UTC ms)."""

    item: syncstate.Item
    number: int
    since: int


@bp.get("/prof/seances")
def sessions_page() -> str:
    """The page; ``quoi`` = ``classes`` (those of this school), ``catalogue`` (all to come) or ``passees``."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/sessions.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/sessions_inside.html")


def _render(template: str) -> str:
    room, kiosk = context.room(), context.kiosk_of()
    now = kiosk.clock.now()
    everything = _everything(now)
    coming = [o for o in everything if o.here or o.session.starts_at + o.session.duration_min * 60_000 > now - PAST_MS]
    level, week = request.args.get("niveau", ""), request.args.get("semaine", "")
    kinds = {
        "classes": [o for o in coming if o.classes or o.here or o.own],
        "catalogue": _filtered(coming, level, week),
        "passees": [o for o in reversed(everything) if o not in coming],
    }
    which = request.args.get("quoi", "")
    if which not in kinds:
        which = "classes" if kinds["classes"] else "catalogue"
    configured = bool(kiosk.settings.centre_url)
    return render_template(
        template,
        room=room,
        kinds=kinds,
        which=which,
        offered=kinds[which],
        states=STATES,
        everything=everything,
        chosen=next((o for o in everything if o.here), None),
        level=level,
        week=week,
        filters=_filters(coming),
        news=notices.moved_or_cancelled(now),
        all_levels=list(levels.LEVELS),
        configured=syncstate.joined(configured=configured),
        exchange=syncstate.status(now, configured=configured),
        now=now,
        switch=_switch(everything),
        taken=_number(request.args.get("pris", "")),
        waiting=_gathered(syncstate.items(now))[:5],
    )


@dataclass(frozen=True)
class Switch:
    """Another session asked for while one runs: which, with which class as the form gave it, and what runs now."""

    wanted: SessionView
    fields: dict[str, str]
    minutes: int
    phones: int
    received: int


def _switch(everything: list[Offered]) -> Switch | None:
    """What the page asks before a session that runs is stopped (``changer``); None when there is nothing to ask."""
    room, kiosk, args = context.room(), context.kiosk_of(), request.args
    found = next((o.session for o in everything if o.session.id == args.get("changer", "")), None)
    if found is None or room.session is None or room.session.id == found.id or not room.stage.running:
        return None
    fields = {name: args[name][:200] for name in ("inscription", "classe", "effectif") if args.get(name)}
    since = max(0, kiosk.clock.now() - room.phase_started_at) // 60_000
    received = questions.counts(room.id, room.session.id).received
    return Switch(found, {"seance": found.id, **fields}, since, kiosk.presence.phones(room.id), received)


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0


def _gathered(items: list[syncstate.Item]) -> list[Gathered]:
    """What waits or went wrong, twelve questions of one session on one line."""
    found: dict[tuple[str, str, str], Gathered] = {}
    for item in items:
        if item.state in ("waiting", "retry", "rejected", "held"):
            key = (item.kind, item.state, item.session)
            held = found.get(key, Gathered(item, 0, item.at))
            found[key] = Gathered(held.item, held.number + 1, min(held.since, item.at))
    return list(found.values())


def _everything(now: int) -> list[Offered]:
    """Every session, with what this school asked of it."""
    by_session: dict[str, list[EnrolmentView]] = {}
    for one in enrolments.listed():
        # What another kiosk of the school asked for comes back from the centre without its name.
        named = one if one.label else replace(one, label=_("classe inscrite sur un autre poste"))
        by_session.setdefault(one.session_id, []).append(named)
    known, unsaid = sessions.known(), sessions.Known()
    return [_offered(s, by_session.get(s.id, []), known.get(s.id, unsaid), now) for s in sessions.all_sessions()]


def _filtered(offered: list[Offered], level: str, week: str) -> list[Offered]:
    return [
        o for o in offered if (not level or level in o.session.levels) and (not week or o.session.theme_week == week)
    ]


def _filters(coming: list[Offered]) -> dict[str, list[str]]:
    """The levels and theme weeks worth choosing from: those that differ in the sessions to come."""
    present = {code for o in coming for code in o.session.levels}
    return {
        "levels": [code for code in levels.LEVELS.codes() if code in present],
        "weeks": list(dict.fromkeys(o.session.theme_week for o in coming if o.session.theme_week)),
    }


def _offered(session: SessionView, classes: list[EnrolmentView], centre: sessions.Known, now: int) -> Offered:
    room = context.room()
    known = syncstate.joined(configured=bool(context.kiosk_of().settings.centre_url))
    return Offered(
        session,
        classes,
        room.session is not None and room.session.id == session.id,
        levels.summary(session.levels),
        instants.paris_beside(session.starts_at, room.zone, pages.i18n.current()),
        instants.unusual_hour(session.starts_at, room.zone),
        centre.places,
        centre.full,
        known
        and not identifiers.kept_here(session.id)
        and session.status in ("planned", "moved")
        and session.starts_at > now,
    )


def headcount_field(name: str = "effectif") -> int | None:
    """The head count typed in a form; None when left empty. :raises KioskError: ``headcount_invalid``."""
    given = request.form.get(name, "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 6):
        raise KioskError("headcount_invalid", field="headcount")
    return int(given)


@bp.post("/prof/seances/choisir")
def choose_session() -> Response:
    """Put a session on in this room (``seance``).

    With an enrolled class (``inscription``), or one by hand (``classe``, ``effectif``). While another session runs, the
    page asks first whether to stop it (``arreter`` = 1).
    """
    page_of_refusal(page)
    room_id, form = context.room_id(), request.form
    session_id, label = form.get("seance", ""), form.get("classe", "").strip()
    if len(label) > MAX_CLASS:
        raise KioskError("name_invalid", field="class_label")
    count = headcount_field()
    enrolment = form.get("inscription") or None
    stop = form.get("arreter") == "1"
    here = context.room()
    if (
        not stop
        and here.feigned != "rehearsal"
        and here.stage.running
        and here.session is not None
        and here.session.id != session_id
    ):
        asked = {"changer": session_id, "inscription": enrolment, "classe": label or None, "effectif": count}
        return answer(pages.url("control.sessions_page", **asked))

    def unit(tx: Transaction) -> None:
        rehearsal.end(tx, room_id)
        rooms.choose_session(
            tx, room_id, session_id, enrolment_id=enrolment, class_label=label or None, headcount=count, stop=stop
        )

    do("choose_session", unit, session_id)
    context.kiosk_of().presence.start_waiting(room_id)
    return answer(pages.url("control.room" if form.get("puis") == "salle" else "control.live"))
