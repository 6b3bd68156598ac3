"""Who may read and do what at the office: roles, and for each address the right it asks and what its form changes.

An address that is not in :data:`ROUTES` is closed to everybody. Territories: :mod:`kiosk.centre.territories`.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from kiosk.ground.i18n import N_

#: The account of a new centre, and of one from before accounts.
FIRST = "first"


@dataclass(frozen=True)
class Role:
    """What an account is for; ``may``: its rights."""

    words: str
    note: str
    may: frozenset[str]


_ALL = ("any", "figures", "read", "work", "codes", "team")
#: Code → role, from the least to the most.
ROLES = {
    "read": Role(N_("Lecture"), N_("voit tout, ne change rien"), frozenset(_ALL[:3])),
    "work": Role(N_("Séances et inscriptions"), N_("crée, importe, décide"), frozenset(_ALL[:4])),
    "figures": Role(N_("Comptes rendus"), N_("les totaux seulement"), frozenset(_ALL[:2])),
    "all": Role(N_("Tout"), N_("aussi les comptes et les codes"), frozenset(_ALL)),
}


@dataclass(frozen=True)
class Person:
    """Who acts, as the journal names them. ``territory``: of :data:`kiosk.centre.territories.ACADEMIES`, or empty."""

    id: str
    name: str
    role: str
    territory: str = ""

    def may(self, right: str) -> bool:
        """Whether their role has a right."""
        return right in ROLES[self.role].may


@dataclass(frozen=True)
class Route:
    """``right``: « open » = without an account. ``form``: what its form changes, of
    :data:`kiosk.centre.versions.SUBJECTS`; « new » when it only adds; None when it changes nothing that is shared.
    ``national``: what it does is the whole country's: an account of a territory may not.
    """

    right: str
    form: str | None = None
    national: bool = False


_acting: ContextVar[Person | None] = ContextVar("acting", default=None)


def act_as(person: Person | None) -> None:
    """From now on in this request, it is this person who acts; None: the centre itself."""
    _acting.set(person)


def who() -> Person | None:
    """Who acts; None = the centre itself, a kiosk, the command line."""
    return _acting.get()


def may(endpoint: str) -> bool:
    """Whether who acts may open an address."""
    person, route = who(), ROUTES.get(endpoint)
    if route is None or person is None:
        return route is not None and route.right == "open"
    return route.right == "open" or (person.may(route.right) and not (route.national and person.territory))


def _routes(right: str, *endpoints: str, **forms: str) -> dict[str, Route]:
    """Addresses of one right: those that are read, then those that change something."""
    changing = {name.replace("__", "."): Route(right, form) for name, form in forms.items()}
    return {**{one: Route(right) for one in endpoints}, **changing}


ROUTES: dict[str, Route] = {
    **_routes("open", "door.enter", "door.knock", "door.style", "door.script", "door.link", "door.choose"),
    **_routes("any", "office", "door.second", "door.prove", "door.leave"),
    **_routes("any", "me.index", "me.factor", "me.prove", "me.recovery", "me.password", "plan.index",
              "privacy.notice"),
    **_routes("figures", "summaries.index", "summaries.show", "summaries.download", "statistics.index",
              "statistics.download"),
    **_routes(
        "read", "sessions.index", "sessions.show", "speakers.index", "speakers.edit", "enrolments.index",
        "enrolments.download", "questions.speaker_list", "questions.paper", "questions.download", "answers.index",
        "kiosks.index", "kiosks.download", "schools.index", "notices.index", "summaries.download_one", "team.index",
        "team.story", "privacy.index",
    ),
    **_routes(
        "work", "sessions.new", "sessions.edit", "speakers.new", "files.index", "files.model", "files.look",
        sessions__save="session", sessions__remove="session", speakers__save="speaker", speakers__remove="speaker",
        enrolments__decide="enrolment", enrolments__weigh="new", enrolments__decide_many="enrolments",
        questions__mark="list", questions__move="list", questions__detach="list", questions__add="new",
        answers__give="answer", answers__link="link", notices__publish="new", notices__withdraw="notice",
        schools__bring="new", schools__save="school", files__take="new", files__save="new", files__drop="new",
        files__undo="new", files__exchange="new", files__describe="new",
    ),
    **_routes(
        "codes", kiosks__code="new", kiosks__codes="new", kiosks__letters="new", kiosks__codes_table="new",
        kiosks__cancel_code="code", kiosks__revoke="kiosk",
    ),
    **_routes(
        "team", "team.edit", "machines.index", team__invite="new", team__save="account", team__link="account",
        team__suspend="account", team__remove="account", machines__give="new", machines__revoke="token",
    ),
    "privacy.keep": Route("team", "retention", national=True),
    "privacy.now": Route("team", "new", national=True),
}  # fmt: skip
