"""A speaker's private page: a link, for one session and a while, where the open questions wait for an answer. What is
written there goes nowhere before the office has read it (:mod:`kiosk.centre.answers`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from kiosk.centre import audit, catalogue, secretfile, territories
from kiosk.centre.models import OpenQuestion, Proposed, Session, Speaker, SpeakerLink
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract.storable import storable
from kiosk.contract.values import MAX_ANSWER
from kiosk.ground.clock import lasts
from kiosk.ground.i18n import _
from kiosk.ground.instants import DAY

#: Days that a link opens the page, and questions that it shows at once.
LIFE_DAYS, SHOWN = 30, 50


@dataclass(frozen=True)
class Open:
    """What a link opens: the session, who answers, and the questions with what was written of each."""

    title: str
    name: str
    expires_at: int
    questions: list[tuple[OpenQuestion, str]]


def give(tx: Tx, session_id: str, speaker_id: str) -> str:
    """Make the link of a speaker for a session: the end of its address, told this once. One given before by the same
    territory is closed. It opens the questions of the schools of who gives it: a territory's, or all.

    :raises OfficeError: no such session, or nobody of that name speaks in it.
    """
    about = _about(session_id, speaker_id)
    if not about or not _speaks(session_id, speaker_id):
        raise OfficeError(_("Cette personne n’est pas de cette séance."))
    SpeakerLink.delete().where(_of(session_id, speaker_id)).execute()
    token = secrets.token_urlsafe(24)
    SpeakerLink.create(
        digest=secretfile.digest(token), session_id=session_id, speaker_id=speaker_id, created_at=tx.now,
        expires_at=tx.now + LIFE_DAYS * DAY, territory=territories.own(),
    )  # fmt: skip
    audit.note(tx, "speaker_link", named(session_id, speaker_id), about)
    return token


def close(tx: Tx, session_id: str, speaker_id: str) -> None:
    """Make the link that one's territory gave to a speaker for a session useless."""
    if SpeakerLink.delete().where(_of(session_id, speaker_id)).execute():
        audit.note(tx, "speaker_link_closed", named(session_id, speaker_id), _about(session_id, speaker_id))


@dataclass(frozen=True)
class Given:
    """The link of a speaker for a session, as a form sees it: its digest and its end, or nothing."""

    digest: str = ""
    expires_at: int = 0


def given(session_id: str, speaker_id: str) -> Given:
    """The link that one's territory gave."""
    row = SpeakerLink.get_or_none(_of(session_id, speaker_id))
    return Given(row.digest, row.expires_at) if row is not None else Given()


def named(session_id: str, speaker_id: str) -> str:
    """What the journal knows it by."""
    return f"{session_id} {speaker_id}"


def _of(session_id: str, speaker_id: str) -> object:
    of = SpeakerLink
    return (of.session_id == session_id) & (of.speaker_id == speaker_id) & (of.territory == territories.own())


def _about(session_id: str, speaker_id: str) -> str:
    """« Séance, personne » for a reader; empty when one of them is not there."""
    session, speaker = Session.get_or_none(Session.id == session_id), Speaker.get_or_none(Speaker.id == speaker_id)
    return f"{session.title}, {speaker.name}" if session is not None and speaker is not None else ""


def _speaks(session_id: str, speaker_id: str) -> bool:
    """Whether somebody still speaks in a session: a link given before outlives nobody's part in it."""
    session = Session.get_or_none(Session.id == session_id)
    return session is not None and speaker_id in catalogue.session_body(session).speakers


def opened(tx: Tx, token: str) -> Open | None:
    """What a link opens; None for one that is not known, closed, or whose time is over."""
    link = _link(tx, token)
    if link is None:
        return None
    session = Session.get_or_none(Session.id == link.session_id)
    speaker = Speaker.get_or_none(Speaker.id == link.speaker_id)
    if session is None or speaker is None or not _speaks(link.session_id, link.speaker_id):
        return None
    SpeakerLink.update(seen_at=tx.now).where(SpeakerLink.digest == link.digest).execute()
    rows = list(OpenQuestion.select().where(_waiting(link)).order_by(OpenQuestion.created_at).limit(SHOWN))
    written = Proposed.select().where(Proposed.id.in_([row.id for row in rows]))
    said = {(row.uai, row.id): row.text for row in written}
    return Open(session.title, speaker.name, link.expires_at, [(row, said.get((row.uai, row.id), "")) for row in rows])


def propose(tx: Tx, token: str, uai: str, id: str, text: str) -> bool:
    """Keep what a speaker wrote, until the office reads it; False when the link opens nothing.

    :raises OfficeError: the question is no longer open, or the text is empty or too long.
    """
    link = _link(tx, token)
    if link is None or not _speaks(link.session_id, link.speaker_id):
        return False
    asked = _waiting(link) & (OpenQuestion.uai == uai) & (OpenQuestion.id == id)
    if not OpenQuestion.select().where(asked).exists():
        raise OfficeError(_("Cette question n’est plus là."), id)
    text = "\n".join(" ".join(line.split()) for line in text.replace("\r", "").strip().split("\n"))
    if not text:
        raise OfficeError(_("Écrivez la réponse."), id)
    if len(text) > MAX_ANSWER:
        raise OfficeError(_("Ce texte dépasse %(max)s caractères.", max=MAX_ANSWER), id)
    if not storable(text):
        raise OfficeError(_("Un caractère ne peut pas être gardé."), id)
    values = {"speaker_id": link.speaker_id, "text": text, "at": tx.now}
    keys = [Proposed.uai, Proposed.id]
    Proposed.insert(uai=uai, id=id, **values).on_conflict(conflict_target=keys, update=values).execute()
    return True


def _link(tx: Tx, token: str) -> SpeakerLink | None:
    link: SpeakerLink | None = SpeakerLink.get_or_none(SpeakerLink.digest == secretfile.digest(token))
    return link if link is not None and lasts(link.created_at, tx.now, LIFE_DAYS * DAY) else None


def _waiting(link: SpeakerLink) -> object:
    """Questions of the session that nobody answered, for this speaker or for whoever speaks, of the schools of the
    territory that gave the link.
    """
    of = OpenQuestion
    mine = of.speaker_id.in_(("", link.speaker_id)) & territories.inside(str(link.territory), of.uai)
    return (of.session_id == link.session_id) & mine & of.answered_at.is_null() & (of.text != "")
