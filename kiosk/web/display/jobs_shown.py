"""What the large display says of the jobs: « le métier en bref » of each speaker, short facts in the strip."""

from __future__ import annotations

from typing import Any

from kiosk.domain import jobs
from kiosk.domain.views import SessionView, SpeakerView
from kiosk.web.display.scene import Scene

#: A fact of the dossier longer than this belongs to the speaker's mouth, not to a screen; nor is a longer title read.
FACT_LENGTH, TITLE_LENGTH = 80, 40
#: The most facts that a strip holds, under the code and the address; and where neither is there.
MOST_FACTS, MOST_ALONE = 3, 4


def of(scene: Scene) -> dict[str, Any]:
    """``sheets``: speaker's id → sheet; ``in_brief``: those that say what the job is; ``source``: whom they come
    from.
    """
    data_dir = scene.kiosk.settings.data_dir
    found = {one.id: jobs.of_speaker(data_dir, one) for one in scene.session.presented}
    sheets = {key: job for key, job in found.items() if job is not None}
    in_brief = {key: job for key, job in sheets.items() if job.briefs}
    return {"sheets": sheets, "in_brief": in_brief, "source": jobs.credit(job.origin for job in in_brief.values())}


def in_strip(scene: Scene, one: SpeakerView) -> tuple[list[tuple[str, str]], str]:
    """« Le métier en bref » of the only speaker: its facts, and whom they come from when the sheet gave one."""
    job = jobs.of_speaker(scene.kiosk.settings.data_dir, one)
    shown = facts(scene.session, job)
    return shown, job.credit if job and any(fact in job.facts for fact in shown) else ""


def facts(session: SessionView, job: jobs.JobView | None, most: int = MOST_FACTS) -> list[tuple[str, str]]:
    """At most ``most``: the dossier's and the sheet's take turns, the dossier's first, so that neither
    pushes the other out; what both say is said once, in the dossier's words.
    """
    told = [(d.get("title", ""), d.get("text") or "") for d in session.dossier if d.get("moment") == "before"]
    told = [(a, b) for a, b in told if a and b and len(a) <= TITLE_LENGTH and len(b) <= FACT_LENGTH]
    said = {_bare(part) for fact in told for part in fact}
    more = [fact for fact in (job.facts if job else []) if not said & {_bare(part) for part in fact}]
    turns = []
    for at in range(max(len(told), len(more))):
        turns += told[at : at + 1] + more[at : at + 1]
    return turns[:most]


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum() or c == "+")
