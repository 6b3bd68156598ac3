"""Words from the centre to the schools."""

from __future__ import annotations

import uuid

from kiosk.centre import feed, territories
from kiosk.centre.identifiers import check_id
from kiosk.centre.models import Notice
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import NoticeBody, from_ms
from kiosk.contract.storable import storable
from kiosk.ground import instants
from kiosk.ground.i18n import _

#: Characters of a notice.
MAX_TEXT = 500
#: The columns that the office decides.
DECIDED = ("text", "withdrawn")


def publish(tx: Tx, level: str, text: str, expires_at: int, uai: str = "", id: str | None = None) -> str:
    """Say something to every school, or to one, until `expires_at` (UTC ms). Returns the notice's id.

    :raises OfficeError: no text, or an end that is past, or too far.
    """
    territories.check_notice(uai)
    text = " ".join(text.split())
    if not text:
        raise OfficeError(_("Écrivez l’annonce."), "text")
    if len(text) > MAX_TEXT or not storable(text):
        raise OfficeError(_("Ce texte dépasse %(max)s caractères.", max=MAX_TEXT), "text")
    if expires_at <= tx.now:
        raise OfficeError(_("La date de fin est passée."), "expires_at")
    if from_ms(expires_at).year not in instants.YEARS:
        raise OfficeError(_("La date est entre 2000 et 2099."), "until")
    id = id or str(uuid.uuid4())
    check_id(id)
    values = {"uai": uai, "level": level, "text": text, "expires_at": expires_at, "withdrawn": False}
    held = Notice.get_or_none(Notice.id == id)
    if held is None:
        Notice.create(id=id, created_at=tx.now, **values)
    else:
        territories.check_notice(held.uai)
        if held.uai != uai:
            feed.remove("notice", id, held.uai)
        Notice.update(**values).where(Notice.id == id).execute()
    body = NoticeBody(level=level, text=text, expires_at=from_ms(expires_at))  # type: ignore[arg-type]
    feed.publish("notice", id, body, uai)
    return id


def withdraw(tx: Tx, id: str) -> None:
    """Take a notice back. :raises OfficeError: it is another territory's."""
    held = Notice.get_or_none(Notice.id == id)
    if held is not None:
        territories.check_notice(held.uai)
        Notice.update(withdrawn=True).where(Notice.id == id).execute()
        feed.remove("notice", id, held.uai)


def all_notices() -> list[Notice]:
    """Notices to everyone and to the schools of one's territory, newest first."""
    return list(
        Notice.select().where((Notice.uai == "") | territories.mine(Notice.uai)).order_by(Notice.created_at.desc())
    )
