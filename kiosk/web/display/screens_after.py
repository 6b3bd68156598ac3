"""The display once the questions are over: the class's own words, then thanks (see ``screens``)."""

from __future__ import annotations

import textwrap

from kiosk.domain import reflected, sessions
from kiosk.domain.questions import open_questions, replies
from kiosk.domain.views import ClassReflection, SpeakerView
from kiosk.ground import instants
from kiosk.ground.i18n import _, _n, current
from kiosk.ground.typography import NBSP
from kiosk.web.display.scene import MOST, Scene, Screen

#: A name up to this long stays on one line.
SHORT_NAME = 18
#: Characters of a written answer, and the class of its size up to there.
REPLY_SIZES = ((160, "told-1"), (400, "told-2"), (900, "told-3"))
#: Characters of a question above the longest answers: phones and paper have it whole.
ASKED = 160


def reflection(scene: Scene) -> Screen:
    """What the class keeps: reviewed answers together, or the three prompts while there are none."""
    room = scene.room
    together = reflected.of_class(room.id, scene.session.id, room.headcount)
    some = together.some
    going = max(0, together.headcount - together.answers)
    counts = [(_n("réponse", "réponses", together.answers), together.answers, False)]
    if some and going:
        counts.append((_("en cours"), going, False))
    elif not some and together.headcount:
        counts.append((_n("élève", "élèves", together.headcount), together.headcount, False))
    most = max((n for _text, n in together.studies), default=1)
    values = {
        "answers": together,
        "several": len(scene.session.presented) > 1,
        "counts": counts,
        "jobs": [(text, n, "") for text, n in together.jobs[:6]] or _jobs_of(together),
        "studies": [(text, n, round(100 * n / most)) for text, n in together.studies[:MOST]],
        "surprises": [text for text, _n in together.surprises[:MOST]],
    }
    return Screen("reflection", "recap compact" if some else "count prompts", values)


def _jobs_of(together: ClassReflection) -> list[tuple[str, int, str]]:
    """With several speakers: the first wordings of each one's job, each one's first before anybody's second."""
    found = [(at, text, n, one.first_name) for one in together.people for at, (text, n) in enumerate(one.jobs[:2])]
    return [(text, n, name) for _at, text, n, name in sorted(found, key=lambda line: line[0])]


def reply(scene: Scene) -> Screen:
    """A question that there was no time for, and what its speaker wrote back; longer words are smaller."""
    shown = replies.one(scene.room.answer_id)
    assert shown is not None  # else another screen is drawn
    size = next((name for most, name in REPLY_SIZES if len(shown.text) <= most), "told-4")
    asked = textwrap.shorten(shown.question, ASKED, placeholder="…") if size == "told-4" else shown.question
    return Screen("reply", "wall reply compact", {"reply": shown, "asked": asked, "size": size})


def end(scene: Scene) -> Screen:
    """Thanks, the session in figures, what comes next."""
    room, session = scene.room, scene.room.session
    speakers = session.presented if session else []
    answers = reflected.of_class(room.id, session.id, room.headcount).answers if session else 0
    asked = scene.counts.asked
    facts = [
        (_n("question posée", "questions posées", asked), asked),
        (_n("bilan", "bilans", answers), answers),
        (_n("élève", "élèves", room.headcount), room.headcount),
    ]
    fate = _fate(scene, room.purge_at) if session and room.purge_at else []
    values = {
        "speakers": speakers,
        "thanked": _thanked(speakers),
        "job": _job(speakers),
        "facts": [] if fate else [(label, n) for label, n in facts if n],
        "fate": fate,
        "following": _following(scene),
        "remaining": scene.counts.pending + scene.counts.approved,
    }
    return Screen("end", "end after" if fate else "end", values)


def _fate(scene: Scene, purge_at: int) -> list[tuple[str, str, str]]:
    """(how far, a number or a day, what) of what becomes of the questions: asked, sent in writing, erased."""
    asked, sent = scene.counts.asked, len(open_questions.sent(scene.room.id, scene.session.id))
    day = instants.date_short(purge_at, scene.room.zone, current()).partition(" ")[2]
    stops = [
        ("done", str(asked), _n("question posée", "questions posées", asked)) if asked else None,
        ("now", str(sent), _n("part par écrit, sans nom", "partent par écrit, sans nom", sent)) if sent else None,
        ("", day, _("tout s’efface d’ici")),
    ]
    return [stop for stop in stops if stop is not None]


def _following(scene: Scene) -> str:
    """The next session of this kiosk, in words."""
    here = scene.room.session.id if scene.room.session else None
    first = sessions.following(scene.now, but=here) if scene.kiosk.clock.trusted else None
    if first is None:
        return ""
    what = first.speakers[0].job if len(first.speakers) == 1 else first.title
    if what[1:2].islower():
        what = what[0].lower() + what[1:]
    return _(
        "Prochaine séance : %(what)s, %(when)s",
        what=what,
        when=instants.when(first.starts_at, scene.room.zone, current()),
    )


def _job(speakers: list[SpeakerView]) -> str:
    """What the class leaves with: the job of who came alone, as inside a sentence (« VRP » stays)."""
    job = speakers[0].job if len(speakers) == 1 else ""
    return job if job[1:2].isupper() else job[:1].lower() + job[1:]


def _thanked(speakers: list[SpeakerView]) -> str:
    """« à Malik Benali, Inès Moreau et Aïssata Diallo »."""
    if not speakers:
        return ""
    if len(speakers) == 1:
        return _("à %(name)s", name=speakers[0].name)
    names = [s.name.replace(" ", NBSP) if len(s.name) <= SHORT_NAME else s.name for s in speakers]
    return _("à %(first)s et %(last)s", first=", ".join(names[:-1]), last=names[-1])
