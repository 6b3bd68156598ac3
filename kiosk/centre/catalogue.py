"""Sessions, speakers and portraits: what the centre owns, and says to every school."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timezone
from typing import Any

import msgspec

from kiosk.centre import enrolments, feed, search, territories
from kiosk.centre.identifiers import check_id
from kiosk.centre.models import (
    Asked,
    Attendance,
    OpenQuestion,
    Portrait,
    Question,
    Reflection,
    Session,
    Speaker,
    SpeakerLink,
)
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import MAX_ANSWER_BYTES
from kiosk.contract import Portrait as PortraitBody
from kiosk.contract import SessionBody, SpeakerBody, to_ms
from kiosk.contract.programme.rows import unfit
from kiosk.ground import instants
from kiosk.ground.i18n import _

#: In place of the words that a card was searched by, once it is forgotten: no search finds it.
FORGOTTEN = "-"
#: Contract, section 4.
MAX_PORTRAIT = 60 * 1024
#: Bytes of a session or a card on the wire: with what an answer says besides, a kiosk takes it in one page (contract,
#: section 3, rule 15).
MAX_BYTES = MAX_ANSWER_BYTES - 8 * 1024


def put_session(tx: Tx, id: str, body: SessionBody, manual: bool | None = None) -> None:
    """Create or replace a session; places that open are given to those who wait.

    :raises OfficeError: it names a speaker the centre does not know, or holds what it does not keep.
    """
    check_id(id)
    check_session(body, lambda one: Speaker.select().where(Speaker.id == one).exists())
    body = msgspec.structs.replace(body, starts_at=body.starts_at.astimezone(timezone.utc))
    held = Session.get_or_none(Session.id == id)
    if held is not None:
        territories.check_made_by(held.territory)
    values: dict[str, Any] = {
        "title": body.title,
        "starts_at": to_ms(body.starts_at),
        "duration_min": body.duration_min,
        "status": body.status,
        "places": body.places,
        "manual": manual if manual is not None else bool(held and held.manual),
        "body": msgspec.json.encode(body).decode(),
        "words": search.words(body.title, body.theme_week or ""),
    }
    if held is None:
        Session.create(id=id, territory=territories.own(), **values)
    else:
        Session.update(**values).where(Session.id == id).execute()
    enrolments.settle(tx, id)
    if held is not None and session_body(held).meeting_url != body.meeting_url:
        enrolments.tell_link(id)


def check_session(body: SessionBody, known: Callable[[str], bool]) -> None:
    """Whether a session may be kept; ``known`` tells who speaks. :raises OfficeError: why not, with its field."""
    check(body)
    if body.starts_at.year not in instants.YEARS:
        raise OfficeError(_("La date est entre 2000 et 2099."), "date")
    unknown = [one for one in body.speakers if not known(one)]
    if unknown:
        raise OfficeError(_("Personne inconnue : %(id)s. Ajoutez d’abord sa fiche.", id=unknown[0]), "speakers")


def remove_session(tx: Tx, id: str) -> None:
    """Forget a session nobody is enrolled in and that holds nothing of a class; else it is cancelled instead, and what
    it holds is forgotten in its time (:mod:`kiosk.centre.retention`).

    :raises OfficeError: classes are enrolled, it has questions or reports, or another territory made it.
    """
    _check_maker(Session, id)
    if enrolments.any_in(id):
        raise OfficeError(_("Des classes sont inscrites : annulez la séance, elles le sauront."))
    if holds_words(id):
        raise OfficeError(
            _("Cette séance a des questions ou un compte rendu : annulez-la, ils s’effaceront à leur terme.")
        )
    enrolments.forget_people(id)
    SpeakerLink.delete().where(SpeakerLink.session_id == id).execute()
    Session.delete().where(Session.id == id).execute()
    feed.remove("session", id)


def holds_words(id: str) -> bool:
    """Whether a session holds questions, or what classes said of it."""
    of: tuple[Any, ...] = (Asked, Attendance, Reflection, OpenQuestion)
    texts = (Question.session_id == id) & (Question.text != "")
    return Question.select().where(texts).exists() or any(
        model.select().where(model.session_id == id).exists() for model in of
    )


def _check_maker(model: Any, id: str) -> None:
    held = model.get_or_none(model.id == id)
    if held is not None:
        territories.check_made_by(held.territory)


def session_body(row: Session) -> SessionBody:
    """A session as the contract says it."""
    return msgspec.json.decode(row.body, type=SessionBody)


def put_speaker(tx: Tx, id: str, body: SpeakerBody) -> None:
    """Create or replace a speaker. A body without portrait keeps the one held.

    :raises OfficeError: it holds what the centre does not keep.
    """
    check_id(id)
    check(body)
    held = Speaker.get_or_none(Speaker.id == id)
    if held is not None:
        territories.check_made_by(held.territory)
    if held is not None and body.portrait is None:
        body = msgspec.structs.replace(body, portrait=speaker_body(held).portrait)
    _write_speaker(id, body, held is None)


def speaker_body(row: Speaker) -> SpeakerBody:
    """A speaker as the contract says it."""
    return msgspec.json.decode(row.body, type=SpeakerBody)


def remove_speaker(tx: Tx, id: str) -> None:
    """Forget a speaker no session names. :raises OfficeError: one does, or another territory made the card."""
    _check_maker(Speaker, id)
    for row in Session.select():
        if id in session_body(row).speakers:
            raise OfficeError(_("Cette personne intervient dans « %(title)s ».", title=row.title))
    SpeakerLink.delete().where(SpeakerLink.speaker_id == id).execute()
    Speaker.delete().where(Speaker.id == id).execute()
    _forget_unused()
    feed.remove("speaker", id)


class _Named(msgspec.Struct):
    """Who speaks in a session: the rest of its body is not read."""

    speakers: list[str]


def speakers_since(instant: int) -> set[str]:
    """Who speaks in the sessions from an instant on (UTC ms)."""
    bodies: Any = Session.select(Session.body).where(Session.starts_at >= instant).tuples()
    return {id for (body,) in bodies for id in msgspec.json.decode(body, type=_Named).speakers}


def forget_speaker(id: str) -> None:
    """Keep nothing of a person but the job, for the totals, and tell kiosks that the card is gone."""
    row = Speaker.get_by_id(id)
    nobody = SpeakerBody(_("Personne invitée"), speaker_body(row).job, "", [])
    text = msgspec.json.encode(nobody).decode()
    Speaker.update(name=nobody.name, body=text, words=FORGOTTEN).where(Speaker.id == id).execute()
    SpeakerLink.delete().where(SpeakerLink.speaker_id == id).execute()
    _forget_unused()
    feed.remove("speaker", id)


def people() -> Any:
    """Speakers, without those who were forgotten."""
    return Speaker.select().where(Speaker.words != FORGOTTEN)


def set_portrait(tx: Tx, speaker_id: str, data: bytes, alt: str) -> None:
    """Give a speaker a portrait. :raises OfficeError: too big, or not one of the three types."""
    row = Speaker.get_or_none(Speaker.id == speaker_id)
    if row is None:
        raise OfficeError(_("Cette fiche n’existe plus."))
    if len(data) > MAX_PORTRAIT:
        raise OfficeError(
            _(
                "Cette image pèse %(n)s Ko ; 60 Ko au plus. Réduisez-la, par exemple à 400 pixels de côté.",
                n=-(-len(data) // 1024),
            ),
            "portrait",
        )
    kind = picture_type(data)
    if kind is None:
        raise OfficeError(_("Ce fichier n’est pas une image WebP, JPEG ou PNG."), "portrait")
    sha256 = hashlib.sha256(data).hexdigest()
    if not Portrait.select().where(Portrait.sha256 == sha256).exists():
        Portrait.create(sha256=sha256, type=kind, data=data)
    body = speaker_body(row)
    words = alt.strip() or body.name
    portrait = PortraitBody(sha256=sha256, bytes=len(data), type=kind, alt=words)  # type: ignore[arg-type]
    body = msgspec.structs.replace(body, portrait=portrait)
    check(body)
    _write_speaker(speaker_id, body, False)
    _forget_unused()


def drop_portrait(tx: Tx, speaker_id: str) -> None:
    """Take a speaker's portrait away, everywhere at the next exchange."""
    row = Speaker.get_or_none(Speaker.id == speaker_id)
    if row is not None:
        _write_speaker(speaker_id, msgspec.structs.replace(speaker_body(row), portrait=None), False)
        _forget_unused()


def picture_type(data: bytes) -> str | None:
    """The type an image's own bytes tell, or None."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def check(body: SessionBody | SpeakerBody) -> None:
    """:raises OfficeError: a text is too long for a page, no database could keep it, or the whole is `too_large` for a
    kiosk.
    """
    for name, message in unfit(body):
        raise OfficeError(message, name)
    size = len(msgspec.json.encode(body))
    if size > MAX_BYTES:
        raise OfficeError(
            _("Cette fiche pèse %(n)s Ko : un kiosque en prend %(max)s au plus. Raccourcissez le dossier, ou le "
              "parcours.", n=-(-size // 1024), max=MAX_BYTES // 1024),
            _largest(body), "too_large",
        )  # fmt: skip


def _largest(body: SessionBody | SpeakerBody) -> str:
    """The field that weighs most."""
    return max(body.__struct_fields__, key=lambda name: len(msgspec.json.encode(getattr(body, name))))


def _write_speaker(id: str, body: SpeakerBody, new: bool) -> None:
    values = {
        "name": body.name,
        "body": msgspec.json.encode(body).decode(),
        "words": search.words(body.name, body.job.feminine, body.job.masculine, body.employer or "", body.place or ""),
    }
    if new:
        Speaker.create(id=id, territory=territories.own(), **values)
    else:
        Speaker.update(**values).where(Speaker.id == id).execute()
    feed.publish("speaker", id, body)


def _forget_unused() -> None:
    """A portrait nobody has any more leaves the database: it is personal data."""
    used = {body.portrait.sha256 for body in map(speaker_body, Speaker.select()) if body.portrait}
    for row in Portrait.select(Portrait.sha256):
        if row.sha256 not in used:
            Portrait.delete().where(Portrait.sha256 == row.sha256).execute()
