"""Signing in: who may try, how often, and who is there.

Wrong tries are counted by address and by account, never so that somebody else's keep a person out: a browser that has
signed in to an account before is counted alone, and an address counts alone whatever others do. Only a browser that the
account has never seen waits when many addresses together have tried it too often; a colleague's link lets it in.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from ipaddress import ip_address

from kiosk.centre import accounts, audit, pairing, rights, secretfile
from kiosk.centre.models import Account, Visit, WrongTry
from kiosk.centre.refusals import OfficeError
from kiosk.centre.rights import Person
from kiosk.centre.store import Tx
from kiosk.ground.clock import SLACK_MS, lasts
from kiosk.ground.i18n import _

#: Wrong tries in fifteen minutes: from one known browser, from one address, for one account from browsers it never saw.
OF_BROWSER, OF_ADDRESS, OF_ACCOUNT = 10, 20, 60
#: Wrong codes of the second factor: before the password is asked again; for one account in fifteen minutes.
OF_VISIT, OF_FACTOR = 5, 20
#: A visit ends after so long without a page, in milliseconds; half-way in (before the second factor), sooner.
IDLE, HALF_WAY = 4 * 3600 * 1000, 10 * 60 * 1000
#: A browser is known to an account for so long, in seconds.
KNOWN = 365 * 24 * 3600


@dataclass(frozen=True)
class Guest:
    """A request's visitor. ``csrf``: their form token; ``needs_factor``: they must set one up before anything else;
    ``proven``: they showed it, when they have one.
    """

    person: Person
    csrf: str
    proven: bool
    needs_factor: bool
    #: They have none, and are only asked for one.
    unguarded: bool


@dataclass(frozen=True)
class Try:
    """A try that was counted before it was compared: two at once are two."""

    account_id: str
    digest: str
    counted: tuple[int, ...]


def begin(tx: Tx, email: str, source: str, known: str, key: bytes) -> Try:
    """Count a try. `source`: the address it comes from; `known`: what the browser shows of :func:`remember`.

    :raises OfficeError: too many were wrong.
    """
    pairing.forget_tries(tx)
    row = accounts.of_email(email)
    id = str(row.id) if row is not None else ""
    name = id or secretfile.digest(email.strip().lower())[:16]
    if id and recognised(key, id, known):
        counters = ((f"browser {known.rpartition('.')[0]}"[:200], OF_BROWSER),)
    else:
        counters = ((f"from {_place(source)}", OF_ADDRESS), (f"as {name}", OF_ACCOUNT))  # type: ignore[assignment]
    for subject, most in counters:
        _check(tx, subject, most)
    counted = tuple(int(WrongTry.create(subject=subject, at=tx.now).get_id()) for subject, _most in counters)
    return Try(id, str(row.password) if row is not None else "", counted)


def enter(tx: Tx, done: Try, success: bool) -> str:
    """The end of a try: a visitor's cookie. :raises OfficeError: the password is wrong (but the try stays written down:
    see :func:`refused`), or the account is closed.
    """
    row = Account.get_or_none(Account.id == done.account_id)
    if not success or row is None or row.password != done.digest:
        raise OfficeError(_("Cette adresse et ce mot de passe ne vont pas ensemble."), "password")
    if accounts.closed(row, tx.now):
        raise OfficeError(_("Ce compte est suspendu. Une personne du bureau qui a le rôle « Tout » peut le rouvrir."))
    for number in done.counted:
        WrongTry.delete_by_id(number)
    return open_visit(tx, row, proven=not row.factor)


def refused(tx: Tx, done: Try) -> None:
    """Note in the journal that somebody was refused."""
    row = Account.get_or_none(Account.id == done.account_id)
    audit.note(tx, "login_refused", done.account_id, accounts.display_name(row) if row is not None else "")


def open_visit(tx: Tx, row: Account, proven: bool) -> str:
    """Let an account in, or half-way in; returns the cookie."""
    gone = (Visit.seen_at < tx.now - IDLE) | (Visit.seen_at > tx.now + SLACK_MS)
    Visit.delete().where(gone | (~Visit.proven & (Visit.seen_at < tx.now - HALF_WAY))).execute()
    cookie = secrets.token_urlsafe(32)
    Visit.create(
        token=secretfile.digest(cookie),
        csrf=secrets.token_urlsafe(16),
        seen_at=tx.now,
        account_id=row.id,
        proven=proven,
    )
    if proven:
        Account.update(seen_at=tx.now).where(Account.id == row.id).execute()
        rights.act_as(accounts.person_of(row))  # in this unit alone
        audit.note(tx, "login", str(row.id), accounts.display_name(row))
    return cookie


def count_code(tx: Tx, cookie: str, account_id: str) -> None:
    """Count a code of the second factor before it is looked at. :raises OfficeError: too many were wrong."""
    pairing.forget_tries(tx)
    of_visit = f"visit {secretfile.digest(cookie)[:32]}"
    if WrongTry.select().where(WrongTry.subject == of_visit).count() >= OF_VISIT:
        raise OfficeError(_("Trop d’essais. Redonnez votre mot de passe."), "over")
    _check(tx, f"factor {account_id}", OF_FACTOR)
    WrongTry.create(subject=of_visit, at=tx.now)
    WrongTry.create(subject=f"factor {account_id}", at=tx.now)


def prove(tx: Tx, cookie: str, row: Account, how: str) -> str:
    """The second factor was shown (`how`, as :func:`factors.accept` says): the visit gets another cookie, and the
    account's wrong codes are forgotten.
    """
    if how == "recovery":
        audit.note(tx, "recovery", str(row.id), accounts.display_name(row))
    leave(tx, cookie)
    WrongTry.delete().where(WrongTry.subject == f"factor {row.id}").execute()
    return open_visit(tx, row, proven=True)


def guest(tx: Tx, cookie: str) -> Guest | None:
    """Who is there under this cookie, or None."""
    token = secretfile.digest(cookie)
    row = Visit.get_or_none(Visit.token == token)
    if row is None or not lasts(row.seen_at, tx.now, IDLE if row.proven else HALF_WAY):
        return None
    account = Account.get_or_none(Account.id == row.account_id)
    if account is None or accounts.closed(account, tx.now):
        return None
    if row.proven and tx.now - row.seen_at > 60_000:
        Visit.update(seen_at=tx.now).where(Visit.token == token).execute()
        Account.update(seen_at=tx.now).where(Account.id == account.id).execute()
    needs = accounts.needs_factor(account)
    return Guest(accounts.person_of(account), str(row.csrf), bool(row.proven), needs, not account.factor)


def leave(tx: Tx, cookie: str) -> None:
    """Log out."""
    Visit.delete().where(Visit.token == secretfile.digest(cookie)).execute()


def remember(key: bytes, account_id: str) -> str:
    """What a browser keeps, to be known to this account; it opens nothing."""
    plain = f"{account_id}.{secrets.token_hex(8)}"
    return f"{plain}.{_mark(key, plain)}"


def recognised(key: bytes, account_id: str, shown: str) -> bool:
    """Whether a browser has signed in to this account before."""
    plain, _dot, mark = shown.rpartition(".")
    return plain.partition(".")[0] == account_id and hmac.compare_digest(_mark(key, plain).encode(), mark.encode())


def _mark(key: bytes, plain: str) -> str:
    return hmac.new(key, f"browser\n{plain}".encode(), "sha256").hexdigest()[:32]


def _place(source: str) -> str:
    """An address as it is counted: of IPv6, the network that one subscriber has (/64)."""
    try:
        found = ip_address(source)
    except ValueError:
        return "unknown"
    return str(found) if found.version == 4 else found.exploded[:19]


def _check(tx: Tx, subject: str, most: int) -> None:
    tries = list(WrongTry.select().where(WrongTry.subject == subject).order_by(WrongTry.at))
    if len(tries) >= most:
        minutes = max(1, -(-(tries[-most].at + pairing.WINDOW - tx.now) // 60_000))
        raise OfficeError(_("Trop d’essais. Réessayez dans %(n)s min.", n=minutes), "wait")
