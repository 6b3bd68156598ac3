"""Machines of the institution's: a token each, named, to read or to write, for a while, in its giver's territory.

Only the digest is kept; whoever shows a token acts as that machine, under its name in the journal and within its
territory, as a person of the office would.
"""

from __future__ import annotations

import secrets

from kiosk.centre import audit, secretfile, territories
from kiosk.centre.models import ApiToken
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.rights import Person, who
from kiosk.centre.store import Tx
from kiosk.contract.storable import storable
from kiosk.ground.i18n import N_, _
from kiosk.ground.instants import DAY, MINUTE

#: Days that a token may be good for, and tokens that live at a time in a territory.
LIVES, MOST = (30, 90, 365), 50
#: What begins a token, so that it is known where it should not be.
PREFIX = "metiers_"
#: Rights, in words.
RIGHTS = {"read": N_("Lire"), "write": N_("Lire et écrire")}


def give(tx: Tx, name: str, right: str, days: str) -> tuple[str, str]:
    """Make a token. Returns its identifier and the token itself, told this once.

    :raises OfficeError: no name, or a right or a life that is not offered, or too many tokens live.
    """
    name = " ".join(name.split())
    if not name:
        raise OfficeError(_("Donnez un nom : celui du système qui s’en servira."), "name")
    if len(name) > 60 or not storable(name):
        raise OfficeError(_("Ce texte dépasse %(max)s caractères.", max=60), "name")
    if right not in RIGHTS or days not in map(str, LIVES):
        raise OfficeError(_("Cette valeur n’est pas possible ici."), "right")
    mine, person = territories.own(), who()
    living = ApiToken.revoked_at.is_null() & (ApiToken.expires_at > tx.now) & (ApiToken.territory == mine)
    if ApiToken.select().where(living).count() >= MOST:
        raise OfficeError(_("%(max)s jetons sont en service : retirez-en d’abord.", max=MOST), "name")
    id, token = secrets.token_hex(6), PREFIX + secrets.token_urlsafe(32)
    ApiToken.create(
        id=id, name=name, digest=secretfile.digest(token), writes=right == "write", territory=mine, created_at=tx.now,
        account_id=person.id if person is not None else "", expires_at=tx.now + int(days) * DAY,
    )  # fmt: skip
    audit.note(tx, "token_made", id, name, {}, {_("Droit"): _(RIGHTS[right]), _("Jours"): days})
    return id, token


def check(row: ApiToken) -> None:
    """Before who acts changes a token. :raises OfficeError: it is of another territory."""
    if territories.own() not in ("", row.territory):
        raise OfficeError(_("Ce jeton n’est pas de votre territoire."))


def revoke(tx: Tx, id: str) -> None:
    """Refuse a token from now on. :raises OfficeError: :func:`check`'s, or there is none."""
    row = ApiToken.get_or_none(ApiToken.id == id)
    if row is None:
        raise OfficeError(_("Ce jeton n’existe plus."))
    check(row)
    if ApiToken.update(revoked_at=tx.now).where((ApiToken.id == id) & ApiToken.revoked_at.is_null()).execute():
        audit.note(tx, "token_revoked", id, row.name)


def listed() -> list[ApiToken]:
    """The tokens of one's territory, or all, the newest first."""
    own = territories.own()
    query = ApiToken.select().where(ApiToken.territory == own) if own else ApiToken.select()
    return list(query.order_by(ApiToken.created_at.desc(), ApiToken.id).limit(4 * MOST))


def living(row: ApiToken, now: int) -> bool:
    """Whether a token still opens anything."""
    return row.revoked_at is None and now < int(str(row.expires_at))


def known(tx: Tx, token: str) -> tuple[Person, bool]:
    """Who shows a token, and whether it may write. :raises Refusal: `unauthorized`, `token_over`."""
    row = ApiToken.get_or_none(ApiToken.digest == secretfile.digest(token))
    if row is None:
        raise Refusal("unauthorized")
    if not living(row, tx.now):
        raise Refusal("token_over")
    if tx.now - (row.seen_at or 0) > MINUTE:
        ApiToken.update(seen_at=tx.now).where(ApiToken.id == row.id).execute()
    role = "work" if row.writes else "read"
    return Person(f"machine {row.id}", row.name, role, row.territory), bool(row.writes)
