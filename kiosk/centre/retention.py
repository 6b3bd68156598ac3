"""What the centre forgets, and when: by kind, in months after the session (or what the kind says), as the office
sets it.

:func:`sweep` does a slice at a time, so that kiosks that exchange meanwhile do not wait; what went is noted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Expression, Value

from kiosk.centre import audit, catalogue, enrolments, feed, pairing, visits
from kiosk.centre.models import (
    Account,
    AccountLink,
    ApiToken,
    Asked,
    Attendance,
    Audit,
    Brought,
    Code,
    Enrolment,
    Feed,
    Notice,
    OpenQuestion,
    Proposed,
    Question,
    Reflection,
    Session,
    Speaker,
    SpeakerLink,
    Stored,
    Visit,
    WrongTry,
)
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.ground.i18n import N_, _
from kiosk.ground.instants import DAY

#: Rows that one unit of work forgets.
SLICE = 200
#: The most that the page counts: a whole count would hold the exchanges of a country.
MANY = 1000
MONTH = 30 * DAY + DAY * 10 // 24
_KEPT, _DONE = "retention", "retention_done"


@dataclass(frozen=True)
class Kind:
    """Something that is kept for a time. ``what`` goes and ``stays`` remains; ``months``: without a setting, between
    ``least`` and ``most``; ``due``: the rows whose time has come, for an instant before which all is old;
    ``forget``: one of them. ``life``: a time that no setting changes, in words; ``due`` is then given the present.
    ``slice``: how many one unit of work forgets.
    """

    what: str
    stays: str
    months: int
    least: int
    most: int
    due: Callable[[int], Any]
    forget: Callable[[Any], None]
    life: str = ""
    slice: int = SLICE


@dataclass(frozen=True)
class Settings:
    """How long each kind is kept, in months."""

    months: dict[str, int]

    @property
    def kept(self) -> str:
        """The months, as one value."""
        return json.dumps(self.months, sort_keys=True)


@dataclass(frozen=True)
class State:
    """A kind as the page shows it: months, how many wait to go, when some last went (UTC ms) and how many."""

    code: str
    kind: Kind
    months: int
    waiting: int
    done_at: int
    done: int


def _sessions(before: int) -> Any:
    return Session.select(Session.id).where(Session.starts_at < before)


def _of_old(model: Any, before: int, more: Expression) -> Any:
    return model.select().where(model.session_id.in_(_sessions(before)) & more)


def _question(row: Any) -> None:
    Question.update(text="").where(Question.id == row.id).execute()
    for held in Feed.select(Feed.uai).where((Feed.type == "question") & (Feed.id == row.id) & ~Feed.deleted):
        feed.remove("question", row.id, held.uai)


def _asked(row: Any) -> None:
    Asked.update(text="").where((Asked.uai == row.uai) & (Asked.id == row.id)).execute()


def _opened(row: Any) -> None:
    feed.remove("answer", row.id, row.uai)
    Proposed.delete().where((Proposed.uai == row.uai) & (Proposed.id == row.id)).execute()
    OpenQuestion.delete().where((OpenQuestion.uai == row.uai) & (OpenQuestion.id == row.id)).execute()


def _unanswered(before: int) -> Any:
    of = OpenQuestion
    return of.select().where(of.answered_at.is_null() & (of.created_at < before) & (of.text != ""))


def _silenced(row: Any) -> None:
    Proposed.delete().where((Proposed.uai == row.uai) & (Proposed.id == row.id)).execute()
    OpenQuestion.update(text="").where((OpenQuestion.uai == row.uai) & (OpenQuestion.id == row.id)).execute()


def _notice(row: Any) -> None:
    feed.remove("notice", row.id, row.uai)
    Notice.delete().where(Notice.id == row.id).execute()


def _past(before: int) -> Any:
    """Sessions that kiosks are still told of, with the instant."""
    told = (Feed.type == "session") & (Feed.id == Session.id) & (Feed.uai == "")
    rows = Session.select(Session.id, Value(before).alias("before")).join(Feed, on=told)
    return rows.where((Session.starts_at < before) & feed.droppable(before))


def _untold(row: Any) -> None:
    feed.drop_session(row.id, feed.droppable(row.before))


def _deleted(row: Any) -> None:
    if row.type == "session" and not row.uai:
        feed.drop_session(row.id, Feed.rev <= row.rev)
    else:
        feed.drop((Feed.type == row.type) & (Feed.id == row.id) & (Feed.uai == row.uai))


def _unseen(before: int) -> Any:
    """Cards that nobody changed since, and that no session since names."""
    told = (Feed.type == "speaker") & (Feed.id == Speaker.id) & (Feed.uai == "") & ~Feed.deleted
    old = Speaker.select(Speaker.id).join(Feed, on=told).where(feed.written_before(before)).order_by(Feed.rev)
    ids = [row.id for row in old]
    lately = catalogue.speakers_since(before) if ids else set()
    return Speaker.select(Speaker.id).where(Speaker.id.in_([id for id in ids if id not in lately][:MANY]))


def _over(before: int) -> Any:
    return ApiToken.select().where((ApiToken.expires_at < before) | (ApiToken.revoked_at < before))


def _row(*keys: str) -> Callable[[Any], None]:
    def forget(row: Any) -> None:
        model = type(row)
        where = [getattr(model, key) == getattr(row, key) for key in keys]
        model.delete().where(*where).execute()

    return forget


def _account(row: Any) -> None:
    AccountLink.delete().where(AccountLink.account_id == row.id).execute()
    Account.delete().where(Account.id == row.id).execute()


def _unused(before: int) -> Any:
    old = (Account.seen_at < before) & (Account.created_at < before)
    return Account.select().where(old & ~((Account.role == "all") & (Account.territory == "")))


_PERSONAL = (
    (Enrolment.contact != "") | (Enrolment.reason != "") | ((Enrolment.kind != "class") & (Enrolment.label != ""))
)
#: Code → kind, in the order of the page.
KINDS = {
    "contacts": Kind(
        N_(
            "Adresses des établissements (courriel de la personne qui inscrit), raisons des refus, noms des élèves "
            "seuls ou seules"
        ),
        N_("l’inscription, sans la personne"), 12, 1, 36,
        lambda before: _of_old(Enrolment, before, _PERSONAL), enrolments.forget_person,
    ),
    "questions": Kind(
        N_("Texte des questions préparées ou reçues"), N_("le thème et les voix, pour les totaux"), 12, 1, 36,
        lambda before: _of_old(Question, before, Question.text != ""), _question,
    ),
    "asked": Kind(
        N_("Texte des questions posées pendant la séance"), N_("le thème, pour les totaux"), 6, 1, 36,
        lambda before: _of_old(Asked, before, Asked.text != ""), _asked,
    ),
    "unanswered": Kind(
        N_("Questions transmises et restées sans réponse, réponses que personne n’a envoyées"),
        N_("le thème, pour les totaux"), 3, 1, 12, _unanswered, _silenced,
    ),
    "answers": Kind(
        N_("Questions transmises et réponses écrites"), N_("rien"), 12, 3, 36,
        lambda before: OpenQuestion.select().where(OpenQuestion.created_at < before), _opened,
    ),
    "attendance": Kind(
        N_("Comptes rendus des classes"), N_("rien : exportez les statistiques de l’année avant"), 60, 12, 120,
        lambda before: Attendance.select().where(Attendance.session_id.in_(_sessions(before))),
        _row("uai", "enrolment_id", "session_id"),
    ),
    "reflections": Kind(
        N_("Bilans partagés (des nombres)"), N_("rien"), 60, 12, 120,
        lambda before: Reflection.select().where(Reflection.session_id.in_(_sessions(before))),
        _row("uai", "kiosk", "session_id", "enrolment_id"),
    ),
    "speakers": Kind(
        N_("Fiches des personnes invitées (nom, parcours, portrait) : sans séance ni changement depuis"),
        N_("le métier, au féminin ou au masculin, pour les totaux ; le nom au journal, le temps du journal"),
        24, 3, 60, _unseen, lambda row: catalogue.forget_speaker(row.id), slice=20,
    ),
    "notices": Kind(
        N_("Annonces terminées"), N_("rien"), 12, 1, 36,
        lambda before: Notice.select().where(Notice.expires_at < before), _notice,
    ),
    "told": Kind(
        N_("Séances passées, dans ce que lit un kiosque nouveau ou longtemps absent"),
        N_("au bureau : la séance, ses inscriptions et ses nombres"), 24, 12, 60, _past, _untold, slice=1,
    ),
    "deleted": Kind(
        N_("Ce qui a été retiré, dit aux kiosques ; un kiosque absent plus longtemps relit tout"), N_("rien"),
        12, 3, 36, lambda before: Feed.select().where(Feed.deleted & feed.droppable(before)), _deleted,
    ),
    "codes": Kind(
        N_("Codes d’association qui ont servi ou expiré"), N_("le kiosque associé"), 12, 1, 36,
        lambda before: Code.select().where(Code.expires_at < before), _row("digest"),
    ),
    "imports": Kind(
        N_("Fichiers importés : ce qu’ils ont changé, pour défaire"),
        N_("les séances et les personnes ; plus rien à défaire"),
        1, 1, 12, lambda before: Brought.select(Brought.id).where(Brought.at < before), _row("id"),
    ),
    "tokens": Kind(
        N_("Jetons de machines retirés ou expirés"), N_("leur nom au journal"), 12, 1, 36, _over, _row("id"),
    ),
    "accounts": Kind(
        N_("Comptes du bureau sans visite (sauf « Tout », national)"), N_("leur nom au journal"), 24, 7, 60,
        _unused, _account,
    ),
    "journal": Kind(
        N_("Journal du bureau"), N_("rien"), 12, 6, 36,
        lambda before: Audit.select().where(Audit.at < before), _row("id"),
    ),
    "waiting": Kind(
        N_("Fichiers regardés et pas enregistrés"), N_("rien"), 0, 0, 0,
        lambda now: Brought.select(Brought.id).where(Brought.written_at.is_null() & (Brought.at < now - DAY)),
        _row("id"), N_("un jour"),
    ),
    "links": Kind(
        N_("Liens des personnes invitées, pour répondre"), N_("rien"), 0, 0, 0,
        lambda now: SpeakerLink.select().where(SpeakerLink.expires_at < now), _row("digest"), N_("30 jours"),
    ),
    "passwords": Kind(
        N_("Liens pour choisir un mot de passe"), N_("rien"), 0, 0, 0,
        lambda now: AccountLink.select().where(AccountLink.expires_at < now), _row("token"), N_("48 heures"),
    ),
    "visits": Kind(
        N_("Visites du bureau"), N_("la date de la dernière, au compte"), 0, 0, 0,
        lambda now: Visit.select().where(Visit.seen_at < now - visits.IDLE), _row("token"), N_("4 heures"),
    ),
    "tries": Kind(
        N_("Essais de codes et de mots de passe, avec l’adresse qui a essayé"), N_("rien"), 0, 0, 0,
        lambda now: WrongTry.select().where(WrongTry.at < now - pairing.WINDOW), _row("id"), N_("15 minutes"),
    ),
}  # fmt: skip


def present() -> Settings:
    """How long each kind is kept."""
    row = Stored.get_or_none(Stored.key == _KEPT)
    held = json.loads(row.value) if row is not None else {}
    return Settings({code: int(held.get(code, kind.months)) for code, kind in KINDS.items() if not kind.life})


def _due(code: str, now: int, months: Mapping[str, int]) -> Any:
    """The rows of a kind whose time has come."""
    return KINDS[code].due(now if KINDS[code].life else now - months[code] * MONTH)


def keep(tx: Tx, months: Mapping[str, str]) -> None:
    """Set how long each kind is kept. :raises OfficeError: not a number of months between the kind's bounds."""
    before, chosen = present().months, {}
    for code in before:
        kind = KINDS[code]
        text = months.get(code, "").strip()
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        if not kind.least <= number <= kind.most:
            raise OfficeError(
                _(
                    "« %(what)s » : entre %(least)s et %(most)s mois.",
                    what=_(kind.what),
                    least=kind.least,
                    most=kind.most,
                ),
                code,
            )
        chosen[code] = number
    _store(_KEPT, chosen)
    named = {code: _(kind.what) for code, kind in KINDS.items()}
    audit.note(
        tx, "retention_set", "retention", "",
        {named[code]: _("%(n)s mois", n=number) for code, number in before.items()},
        {named[code]: _("%(n)s mois", n=number) for code, number in chosen.items()},
    )  # fmt: skip


def states(tx: Tx) -> list[State]:
    """Each kind, with what waits and what last went."""
    months, done = present().months, _done()
    return [
        State(
            code,
            kind,
            months.get(code, 0),
            _due(code, tx.now, months).limit(MANY).count(),
            *done.get(code, (0, 0)),
        )
        for code, kind in KINDS.items()
    ]


def sweep(tx: Tx) -> bool:
    """Forget a slice of what is due; whether something may be left. In the name of who asks, else of the centre."""
    months, done = present().months, _done()
    for code, kind in KINDS.items():
        rows = list(_due(code, tx.now, months).limit(kind.slice))
        if not rows:
            continue
        for row in rows:
            kind.forget(row)
        at, number = done.get(code, (0, 0))
        number = len(rows) + (number if tx.now - at < DAY else 0)
        _store(_DONE, {**done, code: (tx.now, number)})
        if not kind.life and not _due(code, tx.now, months).exists():  # what lives for hours would fill the journal
            audit.note(tx, "retention", "retention", _(kind.what), {}, {_("Effacés"): number})
        return True
    return False


def _done() -> dict[str, tuple[int, int]]:
    row = Stored.get_or_none(Stored.key == _DONE)
    held = json.loads(row.value) if row is not None else {}
    return {code: (int(at), int(number)) for code, (at, number) in held.items()}


def _store(key: str, value: Any) -> None:
    row = Stored.insert(key=key, value=json.dumps(value))
    row.on_conflict(conflict_target=[Stored.key], preserve=[Stored.value]).execute()
