"""The display while the class prepares its questions: a poster, its clock, below it one thing (see ``screens``)."""

from __future__ import annotations

from typing import Any

from kiosk.domain import starting
from kiosk.domain.lesson import cases, lessons, steps
from kiosk.domain.lesson.lessons import LessonView
from kiosk.domain.reading import paths
from kiosk.domain.views import QuestionView
from kiosk.ground.i18n import _n
from kiosk.web.display import jobs_shown
from kiosk.web.display.scene import Scene, Screen, digits, whole

#: Its name among the screens.
NAME = "lesson"
#: Starters of each line while the class writes.
STARTERS = 2


def lesson(scene: Scene) -> Screen:
    """The step that the class is at."""
    room, session = scene.room, scene.session
    held = lessons.of(room.id, session.id)
    assert held is not None
    found = lessons.candidates(room.id, session.id)
    left = held.paused_ms if held.ends_at is None else held.ends_at - scene.now
    one = session.speakers[0] if len(session.speakers) == 1 else None
    values: dict[str, Any] = {
        "step": held.step,
        "title": one.job if one else session.title,
        "stops": steps.stops(held.step),
        "digits": digits(left or 0),
        "ticking": held.ends_at is not None,
        **_step(scene, held, found),
    }
    values["counts"] = _counts(scene, held, found, values)
    running = held.ends_at is not None and held.ends_at > scene.now
    together = " together" if values["together"] else ""
    return Screen(NAME, f"lesson {held.step.code}-step compact{together}", values, held.ends_at if running else None)


def _step(scene: Scene, held: LessonView, found: list[QuestionView]) -> dict[str, Any]:
    """What is below the poster, whatever the step: a template takes what it shows."""
    room, session = scene.room, scene.session
    jobs = jobs_shown.of(scene)
    one = session.speakers[0] if len(session.speakers) == 1 else None
    facts = jobs_shown.facts(session, jobs["sheets"].get(one.id), jobs_shown.MOST_ALONE) if one else []
    return {
        "speakers": session.presented,
        # nobody writes yet: the way in waits, and where nothing else is to say the paths take the whole width
        "together": held.step is steps.FIRST and not facts,
        "paths": {one.id: whole(paths.steps(one.path)) for one in session.presented},
        "lines": starting.offered(room, scene.kiosk.settings.data_dir, STARTERS, held.school),
        "opened": steps.OPENED,
        "cases": cases.of(found),
        "chosen": lessons.chosen_of(room.id, session.id, held.chosen),
        "places": lessons.PLACES,
        "facts": facts,
        "source": jobs["source"],
    }


def _counts(
    scene: Scene, held: LessonView, found: list[QuestionView], values: dict[str, Any]
) -> list[tuple[str, int, bool]]:
    """What the strip counts; nothing that a class without phones cannot have."""
    slips = sum(1 for one in found if one.origin == "paper")
    here = max(0, scene.counts.received - scene.counts.prepared - slips)
    chosen = len(values["chosen"])
    rows = {
        "write": [(_n("écrite ici", "écrites ici", here), here)] if scene.room.phones else [],
        "open": [(_n("rouverte", "rouvertes", cases.reopened(found)), cases.reopened(found))],
        "choose": [
            (_n("choisie", "choisies", chosen), chosen),
            (_n("reste", "restent", len(found) - chosen), max(0, len(found) - chosen)),
        ],
    }.get(held.step.code, [])
    if held.step is not steps.LAST and held.step is not steps.FIRST:
        rows = [(_n("billet saisi", "billets saisis", slips), slips), *rows]
    return [(label, n, False) for label, n in rows]
