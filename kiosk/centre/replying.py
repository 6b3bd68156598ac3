"""A speaker's private page: a link, for one session and a while, where the open questions wait for an answer. What is
written there goes nowhere before the office has read it (:mod:`kiosk.centre.answers`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from kiosk.centre import audit, secretfile
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
    """Make the link of a speaker for a session: the end of its address, told this once. One given before is closed.

    :raises OfficeError: no such session, or nobody of that name speaks in it.
    """
    known = Session.select().where(Session.id == session_id).exists()
    if not known or not Speaker.select().where(Speaker.id == speaker_id).exists():
        raise OfficeError(_("Cette personne n’est pas de cette séance."))
    close(tx, session_id, speaker_id)
    SpeakerLink.delete().where(SpeakerLink.expires_at < tx.now).execute()
    token = secrets.token_urlsafe(24)
    SpeakerLink.create(
        digest=secretfile.digest(token), session_id=session_id, speaker_id=speaker_id, created_at=tx.now,
        expires_at=tx.now + LIFE_DAYS * DAY,
    )  # fmt: skip
    audit.note(tx, "speaker_link", f"{session_id} {speaker_id}")
    return token


def close(tx: Tx, session_id: str, speaker_id: str) -> None:
    """Make the link of a speaker for a session useless."""
    same = (SpeakerLink.session_id == session_id) & (SpeakerLink.speaker_id == speaker_id)
    SpeakerLink.delete().where(same).execute()


def links(session_id: str) -> list[SpeakerLink]:
    """The links that were given for a session."""
    return list(SpeakerLink.select().where(SpeakerLink.session_id == session_id))


def opened(tx: Tx, token: str) -> Open | None:
    """What a link opens; None for one that is not known, closed, or whose time is over."""
    link = _link(tx, token)
    if link is None:
        return None
    session = Session.get_or_none(Session.id == link.session_id)
    speaker = Speaker.get_or_none(Speaker.id == link.speaker_id)
    if session is None or speaker is None:
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
    if link is None:
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
    """Questions of the session that nobody answered, for this speaker or for whoever speaks."""
    of = OpenQuestion
    mine = of.speaker_id.in_(("", link.speaker_id))
    return (of.session_id == link.session_id) & mine & of.answered_at.is_null() & (of.text != "")
