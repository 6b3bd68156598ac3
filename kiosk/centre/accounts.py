"""Accounts of the office: who may come in, what for, and how a colleague gives one back. Nobody takes the last
« Tout » of the whole country away: the office would have nobody to open it. An account of an académie reads and changes
those of its académie alone, and nobody gives what they have not.
"""

from __future__ import annotations

import secrets

from kiosk.centre import audit, rights, secretfile, territories
from kiosk.centre.models import Account, AccountLink, Visit
from kiosk.centre.refusals import OfficeError
from kiosk.centre.rights import FIRST, ROLES, Person
from kiosk.centre.store import Tx
from kiosk.centre.territories import ACADEMIES
from kiosk.centre.territories import name as territory_name
from kiosk.contract.storable import storable
from kiosk.ground.i18n import _
from kiosk.ground.instants import DAY

#: How long a link to choose a password is good, in milliseconds.
LINK_LIFE = 2 * DAY
#: An account that nobody used for so long is suspended, in milliseconds.
DORMANT = 183 * DAY


def display_name(row: Account) -> str:
    """What the journal and the pages call a person; the first account is « Administration » until it has a name."""
    return str(row.name or row.email or _("Administration"))


def person_of(row: Account) -> Person:
    """The account as who acts."""
    return Person(str(row.id), display_name(row), str(row.role), str(row.territory))


def everyone() -> list[Account]:
    """The accounts that who acts may read, by name: of their académie, or all."""
    own = territories.own()
    query = Account.select().where(Account.territory == own) if own else Account.select()
    return sorted(query, key=lambda row: display_name(row).lower())


def check(row: Account) -> None:
    """Before who acts reads or changes an account. :raises OfficeError: it is of another territory, or may do more."""
    if not _within(str(row.role), str(row.territory)):
        raise OfficeError(_("Ce compte n’est pas de votre territoire, ou peut plus que le vôtre."))


def _within(role: str, territory: str) -> bool:
    """Whether what a role may do in a territory is within what who acts may."""
    person = rights.who()
    if person is None:
        return True
    return person.territory in ("", territory) and ROLES[role].may <= ROLES[person.role].may


def found(id: str) -> Account:
    """:raises OfficeError: no account is called so."""
    row = Account.get_or_none(Account.id == id)
    if row is None:
        raise OfficeError(_("Ce compte n’existe plus."))
    held: Account = row
    return held


def founder() -> Account | None:
    """The first account; when it was removed, the oldest that may open the office to others."""
    whole = (Account.role == "all") & (Account.territory == "")
    row: Account | None = Account.select().where(whole).order_by(Account.id != FIRST, Account.created_at).first()
    return row


def line(row: Account, now: int) -> str:
    """An account for the command line: address, name, role, territory, what is missing."""
    told = [str(row.email) or "—", display_name(row), _(ROLES[str(row.role)].words), territory_name(str(row.territory))]
    told += [_("suspendu")] if closed(row, now) else []
    told += [] if row.password else [_("pas encore venu")]
    told += [] if row.factor else [_("sans second facteur")]
    return " | ".join(told)


def of_email(given: str) -> Account | None:
    """The account of an address as somebody types it; nothing typed = the first one, while it has none."""
    row: Account | None = Account.get_or_none(Account.email == given.strip().lower())
    return row


def first(tx: Tx, digest: str) -> bool:
    """Make the first account of a new centre, whole rights, without an address; False when there is one already."""
    if Account.select().exists():
        return False
    Account.create(id=FIRST, email="", name="", role="all", password=digest, created_at=tx.now, seen_at=tx.now)
    audit.note(tx, "account_made", FIRST, _("Administration"))
    return True


def invite(tx: Tx, email: str, name: str, role: str, territory: str) -> tuple[str, str]:
    """Make an account without a password. Returns its identifier and the token of its link.

    :raises OfficeError: an impossible address, role or territory; the address is somebody's.
    """
    id = secrets.token_hex(6)
    email, name = _checked(id, email, name, role, territory)
    Account.create(id=id, email=email, name=name, role=role, territory=territory, created_at=tx.now)
    after = _told(Account.get_by_id(id))
    audit.note(tx, "account_made", id, name or email, {}, after)
    return id, _link(tx, id, False)


def change(tx: Tx, id: str, email: str, name: str, role: str, territory: str) -> None:
    """Change what an account is. :raises OfficeError: as :func:`invite`, as :func:`check`, or the last « Tout »."""
    row = _mine(id)
    email, name = _checked(id, email, name, role, territory)
    if role != "all" or territory:
        _check_not_last(tx, row)
    if (role, territory) != (row.role, row.territory):  # who was given the link before may not be given this by it
        AccountLink.delete().where(AccountLink.account_id == id).execute()
    before = _told(row)
    Account.update(email=email, name=name, role=role, territory=territory).where(Account.id == id).execute()
    audit.note(tx, "account", id, display_name(found(id)), before, _told(found(id)))


def suspend(tx: Tx, id: str, suspended: bool) -> None:
    """Close an account for a time, or open it again; its visits end. :raises OfficeError: as :func:`change`."""
    row = _mine(id)
    if suspended:
        _check_not_last(tx, row)
    Account.update(suspended=suspended, seen_at=row.seen_at if suspended else tx.now).where(Account.id == id).execute()
    log_out(id)
    audit.note(tx, "account_suspended" if suspended else "account_reopened", id, display_name(row))


def remove(tx: Tx, id: str) -> None:
    """Forget an account; the journal keeps the name of who did what. :raises OfficeError: as :func:`change`."""
    row = _mine(id)
    _check_not_last(tx, row)
    log_out(id)
    AccountLink.delete().where(AccountLink.account_id == id).execute()
    Account.delete().where(Account.id == id).execute()
    audit.note(tx, "account_removed", id, display_name(row))


def give_link(tx: Tx, id: str, factor: bool) -> str:
    """A link by which its owner chooses another password, once, within two days; ``factor``: their second factor goes
    too when they do. The account goes on as it is until then. Returns the token. :raises OfficeError: :func:`check`'s.
    """
    row = _mine(id)
    audit.note(tx, "account_link", id, display_name(row))
    return _link(tx, id, factor)


def of_link(tx: Tx, token: str) -> Account:
    """Whose link it is. :raises OfficeError: used, expired, or nobody's."""
    link = AccountLink.get_or_none(AccountLink.token == secretfile.digest(token))
    if link is None or not tx.now < link.expires_at <= tx.now + LINK_LIFE:
        raise OfficeError(_("Ce lien a servi, ou n’est plus valable. Demandez-en un autre à une personne du bureau."))
    return found(link.account_id)


def choose(tx: Tx, token: str, digest: str) -> Account:
    """Use a link up: the account has this password, its visits end, a suspended one stays so. :raises OfficeError."""
    row = of_link(tx, token)
    link = AccountLink.get_by_id(secretfile.digest(token))
    AccountLink.delete().where(AccountLink.account_id == row.id).execute()
    values = {"password": digest, "seen_at": tx.now, **({"factor": "", "recovery": "[]"} if link.factor else {})}
    Account.update(values).where(Account.id == row.id).execute()
    log_out(str(row.id))
    rights.act_as(person_of(row))  # in this unit alone
    audit.note(tx, "account_password", str(row.id), display_name(row))
    return found(str(row.id))


def set_password(tx: Tx, id: str, digest: str, factor: bool = False) -> None:
    """Give an account another password, from itself or from the command line; its visits end. ``factor``: its second
    factor goes too, and it is open again.
    """
    row = found(id)
    gone = {"factor": "", "recovery": "[]", "suspended": False} if factor else {}
    Account.update({"password": digest, "seen_at": tx.now, **gone}).where(Account.id == id).execute()
    log_out(id)
    audit.note(tx, "account_password", id, display_name(row))


def log_out(id: str) -> None:
    """End an account's visits."""
    Visit.delete().where(Visit.account_id == id).execute()


def closed(row: Account, now: int) -> bool:
    """Whether an account is suspended, by somebody or because nobody used it for six months."""
    return bool(row.suspended) or (_asleep(row, now) and not (_whole(row) and _is_last(str(row.id), now)))


def needs_factor(row: Account) -> bool:
    """Whether a person must set up a second factor before anything else. The first account is only asked to."""
    return not row.factor and row.id != FIRST


def _mine(id: str) -> Account:
    row = found(id)
    check(row)
    return row


def _whole(row: Account) -> bool:
    return row.role == "all" and not row.territory


def _asleep(row: Account, now: int) -> bool:
    return now - max(int(str(row.seen_at)), int(str(row.created_at))) > DORMANT


def _is_last(id: str, now: int) -> bool:
    """Whether no other account may open the office to others."""
    others = Account.select().where(
        (Account.role == "all") & (Account.territory == "") & ~Account.suspended & (Account.password != "")
        & (Account.id != id)
    )  # fmt: skip
    return all(_asleep(row, now) for row in others)


def _check_not_last(tx: Tx, row: Account) -> None:
    if _whole(row) and _is_last(str(row.id), tx.now):
        raise OfficeError(_("C’est le dernier compte « Tout » : donnez d’abord ce rôle à quelqu’un d’autre."), "role")


def _link(tx: Tx, id: str, factor: bool) -> str:
    AccountLink.delete().where((AccountLink.account_id == id) | (AccountLink.expires_at <= tx.now)).execute()
    token = secrets.token_urlsafe(24)
    AccountLink.create(token=secretfile.digest(token), account_id=id, factor=factor, expires_at=tx.now + LINK_LIFE)
    return token


def _checked(id: str, email: str, name: str, role: str, territory: str) -> tuple[str, str]:
    email, name = email.strip().lower(), " ".join(name.split())
    local, _at, domain = email.partition("@")
    if not local or "." not in domain or any(sign.isspace() for sign in email) or len(email) > 200:
        raise OfficeError(_("Donnez une adresse, comme prenom.nom@exemple.fr."), "email")
    if len(name) > 120 or not storable([email, name]):
        raise OfficeError(_("Ce nom est trop long, ou ne peut pas être gardé."), "name")
    if role not in ROLES or (territory and territory not in ACADEMIES):
        raise OfficeError(_("Cette valeur n’est pas possible ici."), "role")
    if not _within(role, territory):
        raise OfficeError(
            _("Vous ne pouvez donner ni un autre territoire que le vôtre, ni plus que vous n’avez."), "role"
        )
    if Account.select().where((Account.email == email) & (Account.id != id)).exists():
        raise OfficeError(_("Cette adresse est déjà celle d’un compte."), "email")
    return email, name


def _told(row: Account) -> dict[str, str]:
    return {
        _("Adresse"): str(row.email),
        _("Nom"): str(row.name),
        _("Rôle"): _(rights.ROLES[str(row.role)].words),
        _("Territoire"): territory_name(str(row.territory)),
    }
