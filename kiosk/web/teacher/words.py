"""Small sentences of the panel's templates, and what every template of it knows."""

from __future__ import annotations

from typing import Any

from kiosk.domain import phases, rehearsal, rooms, scales, unreviewed
from kiosk.domain.acts import ACTS
from kiosk.domain.care import care
from kiosk.domain.care.helplines import Line
from kiosk.domain.questions import relay
from kiosk.domain.reading import flags, themeguess
from kiosk.domain.reading.flags import Flag
from kiosk.domain.statuses import SHELVES
from kiosk.domain.views import QuestionView, RoomView, SessionView
from kiosk.ground import instants
from kiosk.ground.i18n import _, _n, current
from kiosk.ground.typography import french
from kiosk.web.frame import context, pages
from kiosk.web.teacher import care_shown, timing
from kiosk.web.teacher.blueprint import bp, typed


@bp.context_processor
def words() -> dict[str, Any]:
    """The functions that the templates of this blueprint may call."""
    return {
        "job_title": job_title,
        "job_or_title": job_or_title,
        "until": until,
        "several_rooms": several_rooms,
        "segments": segments,
        "flag_title": flag_title,
        "proposed_theme": proposed_theme,
        "personal_kinds": flags.OF_THE_WRITER,
        "hints": hints,
        "phase_label": phase_label,
        "phones_line": phones_line,
        "start_line": start_line,
        "on_screen_since": on_screen_since,
        "relay_line": relay_line,
        "relay_text": relay_text,
        "typed": typed,
        "unread_count": unread_count,
        "worry_band": worry_band,
        "helplines": helplines,
        "paces": paces,
        "pace": pace,
        "acts": ACTS,
        "shelves": SHELVES,
        "scales": scales,
    }


def job_or_title(session: SessionView) -> str:
    """What names a session, with a capital as on the display: the job when one person speaks, else its title."""
    name = session.speakers[0].job if len(session.speakers) == 1 and session.speakers[0].job else session.title
    return name[:1].upper() + name[1:]


def job_title(room: RoomView) -> str:
    """The same, for the room's session."""
    return job_or_title(room.session) if room.session else ""


def until(room: RoomView) -> str:
    """« jusqu’à 14 h 45 » on the day, the date before it, « terminée » after."""
    session = room.session
    if session is None:
        return ""
    if room.stage.over:
        return _("séance terminée")
    now = context.kiosk_of().clock.now()
    zone = room.zone
    if instants.local(session.starts_at, zone).date() != instants.local(now, zone).date():
        return instants.when(session.starts_at, zone, current())
    end = session.starts_at + session.duration_min * 60_000
    return _("jusqu’à %(time)s", time=instants.time(end, zone, current()))


def several_rooms() -> bool:
    """Whether the kiosk serves more than one room."""
    return rooms.several()


def unread_count() -> int:
    """How many questions the class sees that nobody has read."""
    room = context.room()
    return unreviewed.count(room.id, room.session.id if room.session else None)


def helplines() -> list[Line]:
    """Whom a pupil in danger may call, from where the class is; the last one is for an immediate danger."""
    return care.lines(context.kiosk_of(), context.room().id)


def paces() -> list[tuple[str, str]]:
    """The paces of a rehearsal: (code, word)."""
    return [(code, _(word)) for code, (word, _seconds) in rehearsal.PACES.items()]


def pace() -> str:
    """The pace of this room's rehearsal; empty without one."""
    held = rehearsal.on(context.room().id)
    return str(held["pace"]) if held else ""


def worry_band() -> QuestionView | None:
    """The worrying message that the band tells of, when this browser is the teacher's and nobody opened it."""
    return care_shown.first_unopened()


def segments(text: str, found_flags: list[Flag]) -> list[tuple[str, bool]]:
    """A text cut in (part, whether a hint is about it), with French spacing."""
    spaced = french(text) if current() == "fr" else text
    parts: list[tuple[str, bool]] = []
    at = 0
    for flag in found_flags:
        for found in (french(flag.found), flag.found):
            start = spaced.find(found, at) if found else -1
            if start >= 0:
                parts += [(spaced[at:start], False), (found, True)]
                at = start + len(found)
                break
    return [part for part in [*parts, (spaced[at:], False)] if part[0]]


def hints(text: str) -> list[Flag]:
    """What somebody who reads a text over looks at first; of a session's speakers, their names are theirs."""
    session = context.room().session
    return flags.find(text, [speaker.name for speaker in session.speakers] if session else [])


def proposed_theme(question: QuestionView) -> str:
    """The theme to propose for a question that waits to be read and has none; empty otherwise."""
    return themeguess.theme(question.text) if question.state.to_review and not question.theme else ""


def flag_title(kind: str) -> str:
    """The question that a hint asks."""
    return _(flags.TITLES.get(kind, flags.TITLES["link"]))


def phase_label(code: str) -> str:
    """The msgid of a phase's name."""
    return phases.PHASES.get(code).label


def phones_line(live: Any) -> str:
    """« 17 téléphones connectés », or what to do without phones."""
    if not live.room.phones and live.room.stage.reflecting:
        return _("Sans téléphone : comptez les mains levées, saisissez les feuillets.")
    if not live.room.phones:
        return _("Sans téléphone : saisissez les questions de la classe.")
    return _n("%(n)s téléphone connecté", "%(n)s téléphones connectés", live.phones)


def start_line(room: RoomView, now: int) -> str:
    """« Début à 14 h 00. », as the display's foot says it."""
    said = timing.start(room, now)
    return f"{said[:1].upper()}{said[1:]}."


def on_screen_since(question: QuestionView, now: int) -> str:
    """« À l’écran depuis 2 min, posée à 14 h 19 »."""
    zone = pages.zone()
    parts = []
    if question.on_screen_at:
        minutes = max(0, now - question.on_screen_at) // 60_000
        parts.append(_("À l’écran depuis %(n)s min", n=minutes) if minutes else _("À l’écran depuis un instant"))
    if question.answered_at:
        parts.append(_("répondue à %(time)s", time=instants.time(question.answered_at, zone, current())))
    elif question.asked_at:
        parts.append(_("posée à %(time)s", time=instants.time(question.asked_at, zone, current())))
    return ", ".join(parts)


def relay_text(question: QuestionView) -> str:
    """The whole message to paste for one question."""
    school = context.kiosk_of().settings.school_name
    return relay.text(context.room(), school, [question])


def relay_line(question: QuestionView) -> str:
    """The question as it goes to the speaker, on one line."""
    return relay.line(context.room(), question)
