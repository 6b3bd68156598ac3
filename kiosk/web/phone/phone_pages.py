"""What the pupils' pages show: the header, the five steps of a question, the one inline style, compression.

A first visit counts in bytes: the style travels inside the page (its hash goes into the policy), and
the page is compressed here, since nothing stands in front of a kiosk.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import lru_cache

from flask import Response, render_template, request
from markupsafe import Markup

from kiosk.domain.care import care
from kiosk.domain.questions import answers, questions
from kiosk.domain.questions.reasons import REASONS, Reason
from kiosk.domain.reading import flags
from kiosk.domain.views import QuestionView, RoomView
from kiosk.ground import i18n, instants
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_, _, _n
from kiosk.ground.values import dataclass
from kiosk.web.frame import assets, context, pages

#: Kinds of flags that are worth a word to the pupil; what is said names the thing, never the fault.
PERSONAL = {
    "phone": N_("un numéro de téléphone ?"),
    "email": N_("une adresse électronique ?"),
    "handle": N_("un compte ?"),
    "link": N_("un lien ?"),
    "name": N_("un nom ?"),
    "birth": N_("une date de naissance ?"),
    "address": N_("une adresse ?"),
    "school": N_("l’âge et le nom de l’établissement ?"),
}
#: Below this, compressing costs more than it saves.
LEAST_COMPRESSED = 600
#: The most signs of a title at the top of a phone: two lines or three.
TITLE = 80


@dataclass(frozen=True)
class Header:
    """The two lines at the top: the job (or the session's title), then names and class."""

    title: str
    people: str


@dataclass(frozen=True)
class Followed:
    """One of the pupil's questions as its author follows it. ``step`` is -1 once it left the track; ``text`` is what
    the class reads, ``was`` what the pupil had written where that is something else, ``became`` the word for why;
    ``said`` the line of answer that the class noted.
    """

    question: QuestionView
    text: str
    became: str
    was: str
    step: int
    state: str
    line: str
    said: str
    support: int
    near: bool
    withdrawable: bool


@lru_cache(maxsize=1)
def style() -> tuple[Markup, str]:
    """The inline style of every phone page, and its hash for the policy. Empty before set-up."""
    try:
        text = (assets.BUILD / "phone.css").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        text = ""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"sha256-{digest}"  # noqa: S704 (our own built file)


def page(name: str, room: RoomView | None, **values: object) -> str:
    """A phone page; ``room`` is None when the kiosk cannot tell which one is meant."""
    text, digest = style()
    pages.style_hash(digest)
    session = room.session if room else None
    own: list[QuestionView] = []
    if room is not None and session is not None and context.known_device():
        own = mine(room)
    return render_template(
        f"phone/{name}.html",
        name=name,
        room=room,
        session=session,
        header=header(room),
        own=own,
        style=text,
        key=key(room),
        here=request.endpoint if request.method == "GET" else "pupils.home",
        max_length=context.kiosk_of().settings.question_max_length,
        **values,
    )


def mine(room: RoomView) -> list[QuestionView]:
    """This browser's questions in the room's session, as far as the next one to hold it may read them."""
    session_id = room.session.id if room.session else None
    return questions.mine(room.id, session_id, context.author(session_id), shared=context.shares_device(room))


def key(room: RoomView | None) -> str:
    """What, when it changes, makes a phone ask for its page again."""
    if room is None:
        return ""
    shown = f"|{room.answer_id}" if room.answer_id else ""
    return f"{room.session.id if room.session else ''}|{room.phase}|{room.intake}|{room.reviewed:d}{shown}"


def header(room: RoomView | None) -> Header:
    """Who the class meets."""
    if room is None or room.session is None:
        return Header(_("Métiers en direct"), room.class_label if room else "")
    speakers = room.session.speakers
    if room.stage.reflecting:  # the name of the job is what is asked
        names = listing([s.name if len(speakers) == 1 else s.first_name for s in speakers])
        with_whom = _("avec %(names)s", names=names) if names else ""
        return Header(_("Votre bilan"), ", ".join(part for part in (room.class_label, with_whom) if part))
    if len(speakers) == 1:
        title, people = speakers[0].headed, speakers[0].name
    else:
        title, people = room.session.title, listing([s.first_name for s in speakers])
    return Header(_short(title), ", ".join(part for part in (people, room.class_label) if part))


def _short(title: str) -> str:
    """A title that leaves the page its place: cut after a word, and said to be."""
    if len(title) <= TITLE:
        return title
    return title[:TITLE].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "…"


def listing(names: list[str]) -> str:
    """« Malik, Inès et Aïssata »."""
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s et %(last)s", first=", ".join(names[:-1]), last=names[-1])


def followed(room: RoomView, question: QuestionView) -> Followed:
    """How far a question has gone, in words for its author; a regrouped one follows the one it joined."""
    shown, became = question, _("Reformulée :") if question.reworded else ""
    if question.state.joined and question.merged_into:
        try:
            shown, became = questions.one(room.id, question.merged_into), _("Regroupée :")
        except KioskError:
            pass
    said = answers.noted(shown)
    line = care.kept(context.kiosk_of(), room.id)["first"] if shown.guarded else "" if said else _line(room, shown)
    return Followed(
        question=question,
        text=shown.text,
        became=became,
        was=question.original_text if became and question.original_text != shown.text else "",
        step=shown.state.track,
        state=_(shown.state.pupil),
        line=line,
        said=said,
        support=shown.support,
        near=shown.state.reasoned and _reason(shown).near,
        withdrawable=question.state.withdrawable and context.known_device() is not None,
    )


def _line(room: RoomView, question: QuestionView) -> str:
    state = question.state
    line = _(state.line) if state.line else ""
    if state.to_review:
        ahead = questions.ahead_of(question, room.id, room.session.id if room.session else None)
        if not ahead:
            return line
        before = _n("%(n)s question passe avant elle.", "%(n)s questions passent avant elle.", ahead)
        return f"{line} {before}"
    if state.shown:
        return _aloud(room, question)
    if state.answered:
        return _("À %(time)s.", time=_hour(room, question.answered_at)) + " " + line if question.answered_at else line
    if state.given:
        return _asked(room, question)
    if state.reasoned:
        reason = _reason(question)
        if room.intake == "frozen" and reason.while_open:
            return _(reason.sentence)  # the list is closed: no vote and no other question any more
        return f"{_(reason.sentence)} {_(reason.todo)}"
    return line


def _aloud(room: RoomView, question: QuestionView) -> str:
    """What the author of a question on screen may do: ask it, unless its words made somebody wonder, or the device goes
    from hand to hand.
    """
    names = [speaker.name for speaker in room.session.speakers] if room.session else []
    context.kiosk_of().boards.learn()
    doubtful = question.worry or any(flags.find(text, names) for text in {question.text, question.original_text})
    if doubtful or context.shares_device(room):
        return ""
    return _("Vous pouvez la poser vous-même, face à la caméra ; sinon votre professeur la lit.")


def _reason(question: QuestionView) -> Reason:
    return REASONS.get(question.reason or "hors_sujet")


def _asked(room: RoomView, question: QuestionView) -> str:
    time = _hour(room, question.asked_at or question.on_screen_at or question.created_at)
    speakers = room.session.speakers if room.session else []
    meant = [s for s in speakers if s.id == question.speaker_id] or (speakers if len(speakers) == 1 else [])
    if meant:
        return _("Transmise à %(name)s à %(time)s.", name=meant[0].name, time=time)
    return _("Posée à %(time)s.", time=time)


def _hour(room: RoomView, ms: int) -> str:
    return instants.time(ms, room.zone, i18n.current())


def personal(text: str) -> list[tuple[str, str]]:
    """(what was found, what it looks like) for the author of a text, most worth removing first."""
    if not text:
        return []  # every phone's first page: no list is loaded for it
    context.kiosk_of().boards.learn()
    return [(flag.found, _(PERSONAL[flag.kind])) for flag in flags.find(text) if flag.kind in PERSONAL]


def clock_face(ms: int) -> str:
    """Time left as « 04:32 »; hours go into the minutes."""
    seconds = max(0, ms) // 1000
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def compress(response: Response) -> Response:
    """Gzip a page for a phone that takes it."""
    small = response.direct_passthrough or (response.content_length or 0) < LEAST_COMPRESSED
    if small or "Content-Encoding" in response.headers or response.mimetype != "text/html":
        return response
    response.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings["gzip"]:
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
