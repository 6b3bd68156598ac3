"""What a session completes starters with: the job's name, a tool, a step of the path; and the school of its class.

Only where one person speaks: with several, a starter that names one job would be for one of them alone.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from kiosk.domain import jobs, reports, starters
from kiosk.domain.starters import Begun, Line
from kiosk.domain.views import RoomView, SessionView, SpeakerView
from kiosk.ground import i18n
from kiosk.storage import hot
from kiosk.storage.models import Enrolment

#: A longer job or step would make a starter that nobody reads to its end.
JOB_LONGEST, STEP_LONGEST = 48, 40
#: Tools that a pupil would ask about, as the words of a sheet, of a path or of the person may name them; no word that
#: is more often something else (« au niveau », « plan de carrière »).
TOOLS = (
    "le harnais", "la tablette", "l’ordinateur", "le drone", "le logiciel", "le microscope", "le stéthoscope",
    "le scalpel", "le bistouri", "le casque", "la perceuse", "la scie", "le tournevis", "le robot", "la caméra",
    "l’appareil photo", "le télescope", "le tracteur", "la tronçonneuse", "la grue", "la pelle", "la truelle",
    "le marteau", "le rabot", "le fer à souder", "le chalumeau", "le multimètre", "l’oscilloscope",
    "l’échographe", "la seringue", "le pinceau", "la table de mixage", "le carnet", "l’imprimante 3D",
    "le scanner", "le capteur", "la sonde", "la boussole", "le GPS", "le couteau", "la machine à coudre",
    "l’aiguille", "la nacelle", "le chariot", "le camion", "le gilet", "la combinaison", "le masque",
    "la corde", "le mousqueton", "la longe", "l’outillage", "la maquette", "le tableau de bord", "la loupe",
    "la pince",
)  # fmt: skip
#: A tool's name without its article → the tool; longer names first, so that « appareil photo » is not cut.
_OF_NAME = {re.sub(r"^(?:le |la |l’)", "", tool).casefold(): tool for tool in TOOLS}
_NAMED = re.compile(r"\b(" + "|".join(sorted(_OF_NAME, key=len, reverse=True)) + r")[sx]?\b")
#: Before these letters « de » keeps its e: an h that is aspirated (« de hockeyeuse »), as few jobs have.
_ASPIRATED = ("harp", "haut", "hack", "hand", "hock", "hall", "hard", "herse", "homard", "houbl", "hip-hop")


def school(room: RoomView) -> str:
    """The school of the room's class: by its name, its enrolment, else the session's levels; collège by default."""
    enrolment = hot.fetch(Enrolment, id=room.enrolment_id) if room.enrolment_id else None
    told = [reports.level_of_label(room.class_label), enrolment.level if enrolment is not None else ""]
    return starters.school_of_levels([*told, *(room.session.levels if room.session else [])])


def facts(session: SessionView | None, data_dir: Path) -> dict[str, str]:
    """What is known of who speaks, for :func:`starters.begun`: ``of_job``, ``tool``, ``step``, ``feminine``."""
    speakers = session.speakers if session else []
    found: dict[str, str] = {}
    if speakers and len({one.feminine for one in speakers}) == 1:
        found["feminine"] = "1" if speakers[0].feminine else "0"
    if len(speakers) != 1:
        return found
    one = speakers[0]
    if 0 < len(one.job) <= JOB_LONGEST:
        found["of_job"] = of(one.job)
    told = {"tool": _tool(session, one, data_dir), "step": _step(one)}
    return found | {name: words for name, words in told.items() if words}


def lines(room: RoomView, data_dir: Path, wanted: str = "") -> list[Line]:
    """All the starters of a room's session, for its class's school or the one ``wanted``."""
    return starters.lines(wanted if wanted in starters.SCHOOLS else school(room), facts(room.session, data_dir))


def offered(room: RoomView, data_dir: Path, most: int, wanted: str = "") -> list[Line]:
    """The first ``most`` of each line that a pupil may choose, as :func:`lines`."""
    chosen = wanted if wanted in starters.SCHOOLS else school(room)
    return starters.offered(chosen, facts(room.session, data_dir), most)


def of(job: str) -> str:
    """« de technicienne », « d’infirmier », « de VRP »: a job's name after « métier »; in English, the name alone."""
    if i18n.current() != i18n.DEFAULT:
        return job
    name = job if job[1:2].isupper() else job[:1].lower() + job[1:]
    first = unicodedata.normalize("NFD", name[:1].casefold().replace("œ", "o"))[:1]
    mute = first in "aeiou" or first == "h" and not name.casefold().startswith(_ASPIRATED)
    return f"d’{name}" if mute and not name[:2].isupper() else f"de {name}"


def _tool(session: SessionView | None, speaker: SpeakerView, data_dir: Path) -> str:
    """The first tool that the sheet, the dossier, the path or the person's own words name."""
    sheet = jobs.of_speaker(data_dir, speaker)
    told = [sheet.hook, sheet.work, sheet.conditions] if sheet else []
    told += [str(one.get("text") or "") for one in (session.dossier if session else [])]
    told += [speaker.bio, *(str(step.get("what", "")) for step in speaker.path)]
    words = re.sub(r"<[^<>]*>", " ", " ".join(told)).casefold()
    found = _NAMED.search(words)
    return _OF_NAME[found[1]] if found else ""


def _step(speaker: SpeakerView) -> str:
    """A step in the middle of the path: what is before and after it makes the question."""
    inner = [str(step.get("what", "")).partition(",")[0].strip() for step in speaker.path[1:-1]]
    fitting = [what for what in inner if 0 < len(what) <= STEP_LONGEST]
    return fitting[len(fitting) // 2] if fitting else ""


def found(room: RoomView, data_dir: Path, code: str) -> Begun | None:
    """A beginning of a room's session by its code; None for another code, or where the session lacks its facts."""
    held = lines(room, data_dir) if code and room.session else []
    return next((one for line in held for one in line.starters if one.code == code), None)
