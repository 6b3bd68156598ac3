"""What each screen of the large display shows: one function a screen, plain values for its template.

The phase chooses the screen; a display may look at a neighbour for itself (``LOOKS``), which
changes nothing for anybody else. Everything is read, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kiosk.domain import shown, speaking, starting
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.lesson import lessons
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import questions, replies
from kiosk.domain.reading import paths
from kiosk.domain.statuses import READY
from kiosk.domain.views import RoomView
from kiosk.ground import instants
from kiosk.ground.i18n import _, _n, current
from kiosk.ground.values import dataclass
from kiosk.web.display import jobs_shown, screens_after, screens_lesson, sizes
from kiosk.web.display.scene import MOST, Scene, Screen, digits, whole
from kiosk.web.frame import turn_lines
from kiosk.web.frame.qr import Qr, class_wifi
from kiosk.web.frame.turn_lines import TurnLine

#: Screens that a display may look at for itself, in their order: those of a session under way.
LOOKS = tuple(dict.fromkeys(phase.screen for phase in PHASES if phase.intake))
#: The screen of a room whose display the teacher masked.
HIDDEN = "hidden"
#: The screen of a speaker's written answer, that the teacher shows in place of the phase's.
REPLY = "reply"
#: A path of fewer steps than this leaves its room to the job and to the person's own words.
POOR = 3
#: Up to this long before the start the countdown shows digits; before that, the hour.
DIGITS_MS = 3_600_000
#: Before the start by this much, nothing stands under the digits but the job.
BRIEF_MS = 300_000


def of_phase(room: RoomView, now: int, trusted: bool) -> str:
    """The screen of the room's phase.

    A masked one is masked whatever the phase; a lesson that is conducted comes next, then a written answer that the
    teacher shows; else see :func:`shown.phase`.
    """
    if room.hidden and room.session:
        return HIDDEN
    if lessons.on(room):
        return screens_lesson.NAME
    return REPLY if replies.one(room.answer_id) else shown.phase(room, now, trusted).screen


def draw(kiosk: Kiosk, room: RoomView, *, look: str = "", speaking: int = 0) -> Screen:
    """The screen of a room now. ``look``: another screen of :data:`LOOKS`, else the phase's own."""
    now = kiosk.clock.now()
    name = of_phase(room, now, kiosk.clock.trusted)
    if look in LOOKS and room.session is not None and not room.hidden:
        name = look
    session_id = room.session.id if room.session else None
    scene = Scene(kiosk, room, now, speaking, questions.counts(room.id, session_id))
    return SCREENS[name](scene)


# -- 1 join ------------------------------------------------------------------------------------------


def _join(scene: Scene) -> Screen:
    room, session = scene.room, scene.room.session
    speakers = session.speakers if session else []
    if session is None:
        title = _("Bienvenue")
    elif len(speakers) == 1:
        title = speakers[0].headed
    else:
        title = session.title or ", ".join(s.job for s in speakers)
    presented = session.presented if session else []
    values: dict[str, Any] = {"title": title, "size": sizes.size(title), "speakers": presented, "when": _when(scene)}
    crowd = scene.kiosk.presence.phones(room.id)
    if room.phones:
        values["counts"] = [(_n("téléphone connecté", "téléphones connectés", crowd), crowd, True)]
    else:
        n = scene.counts.prepared
        values["counts"] = [(_n("question préparée", "questions préparées", n), n, True)]
    wifi = _wifi(scene) if room.phones else None
    if wifi is not None and scene.kiosk.addresses.current() is not None:
        values["wifi"] = wifi
        return Screen("join", "wifi", values)
    classes = "join"
    if len(speakers) > 1:
        classes += " three compact"
    elif sizes.level(title) >= 3:
        classes += " compact"
    return Screen("join", classes, values)


def _when(scene: Scene) -> str:
    room, session = scene.room, scene.room.session
    if session is None:
        return _("Aucune séance n’est encore choisie")
    said = instants.local_and_paris(session.starts_at, room.zone, current())
    return f"{room.class_label}, {said}" if room.class_label else said


@dataclass(frozen=True)
class Wifi:
    """The class's network: its name, its password in clear (empty when it has none), and the code that joins it."""

    ssid: str
    password: str
    qr: Qr


def _wifi(scene: Scene) -> Wifi | None:
    s = scene.kiosk.settings
    qr = class_wifi(s)
    if qr is None:
        return None
    return Wifi(s.wifi_ssid, "" if s.wifi_security == "nopass" else s.wifi_password, qr)


# -- 2 countdown -------------------------------------------------------------------------------------


def _countdown(scene: Scene) -> Screen:
    room = scene.room
    if room.stage.timed:
        return _countdown_in_phase(scene)
    one = scene.session.speakers[0] if len(scene.session.speakers) == 1 else None
    title = one.headed if one else scene.session.title
    values: dict[str, Any] = {"title": title, "size": sizes.size(title), "kind": "hour", **jobs_shown.of(scene)}
    values["counts"] = [
        *_phones_count(scene),
        (_n("préparée", "préparées", scene.counts.prepared), scene.counts.prepared, False),
    ]
    target, left = scene.target, scene.target - scene.now
    if scene.kiosk.clock.trusted and left <= BRIEF_MS and scene.room.stage.to_start:
        values["in_brief"] = {}
    refresh = None
    if room.stage.to_start and room.paused_ms is not None:
        values |= {
            "theme_line": _("Le compte à rebours est en pause"),
            "kind": "paused",
            "digits": digits(room.paused_ms),
        }
    elif scene.kiosk.clock.trusted and 0 < left <= DIGITS_MS:
        values |= {"theme_line": _("La séance commence dans"), "kind": "running", "digits": digits(left)}
        refresh = target
    else:
        values |= {"theme_line": _start_sentence(scene, left), "digits": scene.time(target)}
        refresh = target - DIGITS_MS if left > DIGITS_MS else None
    classes = "count compact" if sizes.level(title) > 2 else "count"
    return Screen("countdown", classes, values, refresh)


def _start_sentence(scene: Scene, left: int) -> str:
    if left <= 0 and scene.kiosk.clock.trusted:
        return _("La séance va commencer")
    zone = scene.room.zone
    same_day = instants.local(scene.target, zone).date() == instants.local(scene.now, zone).date()
    if same_day or not scene.kiosk.clock.trusted:
        return _("La séance commence à")
    return _("La séance commence %(day)s à", day=instants.date_long(scene.target, zone, current()))


def _countdown_in_phase(scene: Scene) -> Screen:
    room = scene.room
    total = dict(scene.session.phases).get(room.phase, 5) * 60_000
    left = room.paused_ms if room.paused_ms is not None else (room.ends_at or scene.now) - scene.now
    if room.ends_at is not None:
        total = max(total, room.ends_at - room.phase_started_at)
    values = {
        "title": _("Votre bilan en une minute") if room.stage.reflecting else _("Écrivez votre question"),
        "kind": "running" if room.paused_ms is None else "paused",
        "digits": digits(left),
        "bar": round(max(0, min(1, left / total)) * 100, 1),
        "angles": not room.stage.reflecting,
        "counts": [*_phones_count(scene), (_n("reçue", "reçues", scene.counts.received), scene.counts.received, False)],
    }
    return Screen("countdown", "count compact", values, room.ends_at, total)


def _phones_count(scene: Scene) -> list[tuple[str, int, bool]]:
    """Nothing for a class that has none."""
    n = scene.kiosk.presence.phones(scene.room.id)
    return [(_n("téléphone", "téléphones", n), n, False)] if scene.room.phones else []


# -- 3 speaker ---------------------------------------------------------------------------------------


def _speaker(scene: Scene) -> Screen:
    speakers = scene.session.presented
    ways = {one.id: whole(paths.steps(one.path)) for one in speakers}
    asks = {} if any(one.bio or len(one.path) >= POOR for one in speakers) else _asks(scene)
    if len(speakers) > 1:
        values: dict[str, Any] = {"speakers": speakers, "turns": _turns(scene), "paths": ways, **asks}
        return Screen("speaker", "trio two" if len(speakers) == 2 else "trio full", values)
    if not speakers:
        values = {"speakers": [], "size": sizes.size(scene.session.title), "facts": [], "counts": [], **asks}
        return Screen("speaker", "bio compact poor", values)
    one = speakers[0]
    facts, source = jobs_shown.in_strip(scene, one)
    poor = len(one.path) < POOR
    values = {
        "speakers": speakers,
        "paths": ways,
        "size": sizes.size(one.job),
        "facts": facts,
        "source": source,
        "counts": [],
        "bio": one.bio if poor else "",
        **asks,
    }
    return Screen("speaker", "bio compact" + (" poor" if poor else ""), values)


def _asks(scene: Scene) -> dict[str, Any]:
    """Where little is known of who speaks but the job, the stage helps to ask: how a question may begin, by line of
    approach, and the first one that the class has ready.
    """
    ready = questions.listed(scene.room.id, scene.session.id, *READY, most=1)
    lines = starting.offered(scene.room, scene.kiosk.settings.data_dir, 1)
    return {"lines": lines, "awaited": ready[0] if ready else None}


def _turns(scene: Scene) -> dict[str, TurnLine]:
    """Speaker's id → what stands above their column. A display that looks at another speaker says no time."""
    speakers = scene.session.presented
    if scene.speaking in range(1, len(speakers) + 1):
        looked_at = speakers[scene.speaking - 1]
        return {one.id: TurnLine(one, speaking.NOW if one == looked_at else "") for one in speakers}
    said = {line.speaker.id: line for line in turn_lines.of(scene.room, scene.now)}
    return {one.id: said.get(one.id, TurnLine(one)) for one in speakers}


# -- 4 wall ------------------------------------------------------------------------------------------


def _wall(scene: Scene) -> Screen:
    room, counts = scene.room, scene.counts
    shown = questions.one(room.id, room.current_id) if room.current_id else None
    waiting = questions.listed(room.id, scene.session.id, *READY, most=MOST)
    on_screen = 1 if shown is not None and shown.state.shown else 0
    left = max(0, counts.pending + counts.approved - on_screen)
    names = {s.id: s.first_name for s in scene.session.speakers} if len(scene.session.speakers) > 1 else {}
    values: dict[str, Any] = {
        "question": shown,
        "next": waiting,
        "waiting": counts.ready,
        "names": names,
        "size": sizes.size(shown.text) if shown else "len-1",
        "counts": [
            (_n("reçue", "reçues", counts.received), counts.received, False),
            (_("en attente"), left, False),
            (_n("posée", "posées", counts.asked), counts.asked, False),
        ],
    }
    if shown is None and not waiting:
        values["lines"] = starting.offered(room, scene.kiosk.settings.data_dir, 1)
        return Screen("wall", "wall empty compact", values)
    classes = "wall"
    if shown is None:
        classes += " idle compact"
    elif sizes.level(shown.text) >= 3:
        classes += " compact"
    return Screen("wall", classes + ("" if waiting else " alone"), values)


def _hidden(scene: Scene) -> Screen:
    return Screen(HIDDEN, "hidden-screen", {})


SCREENS: dict[str, Callable[[Scene], Screen]] = {
    HIDDEN: _hidden,
    REPLY: screens_after.reply,
    "join": _join,
    "countdown": _countdown,
    "speaker": _speaker,
    "wall": _wall,
    "reflection": screens_after.reflection,
    "end": screens_after.end,
    screens_lesson.NAME: screens_lesson.lesson,
}
