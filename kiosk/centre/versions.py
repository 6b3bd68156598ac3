"""Two officers on one form: each form says which state of the thing it was made from, and a form made from an older one
changes nothing. :data:`SUBJECTS` says what each kind of form rewrites; `rights.ROUTES`, which form an address takes.

The version is a digest of the values that an officer decides, so whatever writes them (a form, an import, another
worker) changes it, and what a kiosk or a clock writes beside them does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from kiosk.centre import accounts, answers, audit, lists, machines, notices, replying, retention, territories
from kiosk.centre.models import (
    Account,
    ApiToken,
    Code,
    Enrolment,
    Kiosk,
    Notice,
    OpenQuestion,
    School,
    Session,
    Speaker,
)
from kiosk.centre.refusals import OfficeError
from kiosk.contract import schools
from kiosk.ground import instants
from kiosk.ground.i18n import _

#: A form, as it was sent.
Form = MultiDict[str, str]
#: Of a form that says it replaces whatever is there (HTTP's « If-Match: * »): for programs, never in a page.
ANY = "*"


class Changed(OfficeError):
    """Somebody changed the thing since the form was made. ``version``: the present one."""

    status = 409

    def __init__(self, message: str, version: str) -> None:
        super().__init__(message)
        self.version = version


@dataclass(frozen=True)
class Subject:
    """What a kind of form rewrites. ``find``: the thing that a form names, None when it is new or gone; ``fields``: the
    values that count; ``check``: whether it is of the territory of who acts; ``named``: what the journal knows it by.
    """

    find: Callable[[Form], Any]
    fields: tuple[str, ...]
    check: Callable[[Any], None] = lambda _row: None
    named: Callable[[Form], str] = lambda form: form.get("id") or form.get("code", "")


@dataclass(frozen=True)
class Several:
    """Things of one kind that a form changes together."""

    kind: str
    rows: list[Any]

    @property
    def each(self) -> list[str]:
        """The version of each."""
        return [of(self.kind, row) for row in self.rows]


def enrolments_of(ids: list[str]) -> Several:
    """The enrolments that one decision is about."""
    return Several("enrolment", list(Enrolment.select().where(Enrolment.id.in_(ids)).order_by(Enrolment.id)))


def _by_id(model: Any, field: str = "id") -> Callable[[Form], Any]:
    key = model._meta.primary_key
    return lambda form: model.get_or_none(key == form.get(field, "")) if form.get(field) else None


def _school(row: Any) -> None:
    territories.check_school(row.uai)


def _maker(row: Any) -> None:
    territories.check_made_by(row.territory)


def _each(found: Several) -> None:
    for row in found.rows:
        SUBJECTS[found.kind].check(row)


def _list(form: Form) -> Any:
    """What was decided of the questions that a page of the list showed."""
    aside = form.get("voir") == "ecartees"
    return lists.decided(form.get("session_id", ""), "" if aside else form.get("theme", ""), aside=aside)


def _link(form: Form) -> Any:
    return replying.given(form.get("seance", ""), form.get("speaker", ""))


def _answer(form: Form) -> Any:
    where = (OpenQuestion.uai == form.get("uai", "")) & (OpenQuestion.id == form.get("id", ""))
    row = OpenQuestion.get_or_none(where)
    return answers.asked(row) if row is not None else None


SUBJECTS = {
    "session": Subject(_by_id(Session), ("title", "manual", "places", "body"), _maker),
    "speaker": Subject(_by_id(Speaker), ("name", "body"), _maker),
    "enrolment": Subject(_by_id(Enrolment), ("session_id", "state", "reason", "held"), _school),
    "enrolments": Subject(lambda form: enrolments_of(form.getlist("id")), ("each",), _each),
    "list": Subject(_list, ("rows",), named=lambda form: lists.named(form.get("session_id", ""))),
    "answer": Subject(_answer, ("question", "answer", "proposed"), _school),
    "link": Subject(
        _link, ("digest",), named=lambda form: replying.named(form.get("seance", ""), form.get("speaker", ""))
    ),
    "school": Subject(
        lambda form: School.get_or_none(School.uai == schools.read_uai(form.get("uai", ""))),
        ("name", "town", "academie", "email", "rural", "typed"),
        _school,
        lambda form: schools.read_uai(form.get("uai", "")) or "",
    ),
    "notice": Subject(_by_id(Notice), notices.DECIDED, lambda row: territories.check_notice(row.uai)),
    "code": Subject(_by_id(Code, "code"), ("used_at", "expires_at"), _school),
    "kiosk": Subject(_by_id(Kiosk), ("revoked_at", "nonce"), _school),
    "account": Subject(
        _by_id(Account), ("email", "name", "role", "territory", "suspended", "password", "factor"), accounts.check
    ),
    "token": Subject(_by_id(ApiToken), ("revoked_at",), machines.check),
    "retention": Subject(lambda _form: retention.present(), ("kept",)),
}


def of(kind: str, thing: Any) -> str:
    """The version of a thing, for the form that changes it; empty for one that is new."""
    if thing is None:
        return ""
    values = [getattr(thing, name) for name in SUBJECTS[kind].fields]
    return hashlib.blake2s(repr(values).encode(), digest_size=8).hexdigest()


def check(kind: str, form: Form) -> None:
    """In the unit of work that a form asks for, before it: it is of one's territory, and made from what is there.

    :raises OfficeError: another territory's. :raises Changed: somebody changed it meanwhile.
    """
    if kind == "new":
        return
    subject = SUBJECTS[kind]
    thing, given = subject.find(form), form.get("version", "")
    if thing is not None:
        subject.check(thing)
    present = of(kind, thing)
    if given not in (present, ANY):
        raise Changed(_said(subject.named(form), gone=thing is None), present)


def _said(detail: str, gone: bool) -> str:
    last = audit.last_on(detail) if detail else None
    who = (last.name if last and last.name else "") or _("Quelqu’un")
    if gone:
        return _("%(who)s a retiré cela depuis que vous avez ouvert la page.", who=who)
    if last is None:
        return _("Cela a changé depuis que vous avez ouvert la page. Rien n’est écrasé : relisez, puis recommencez.")
    return _(
        "%(who)s a changé cela à %(hour)s, depuis que vous avez ouvert la page. Rien n’est écrasé : relisez, puis "
        "recommencez.",
        who=who,
        hour=instants.time(int(str(last.at))),
    )
