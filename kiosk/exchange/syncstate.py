"""How the exchange with the centre goes, for people: the failure classes with their sentence and their cure, the one
honest line, the outbox item by item. ``sync`` writes it; the teacher's page and the command line read it.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from kiosk.contract import OPERATIONS
from kiosk.domain import outbox, policy, statuses, stored
from kiosk.domain.reading import distress
from kiosk.ground import instants
from kiosk.ground.i18n import N_, _
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass
from kiosk.storage import hot
from kiosk.storage.models import Enrolment, Operation, Question, Session, SyncDay
from kiosk.storage.writer import Transaction


@dataclass(frozen=True)
class Failure:
    """One class: a ``sentence`` for the teacher, a ``fix`` for IT (both msgids; ``%(detail)s`` is what was seen)."""

    code: str
    sentence: str
    fix: str


FAILURES: Registry[Failure] = Registry(
    "failure",
    [
        Failure(
            "dns",
            N_("Pas d’Internet, ou le nom du centre est introuvable depuis cette machine."),
            N_(
                "Vérifiez le câble ou le Wi-Fi, puis le DNS : le nom de centre.url (ou du serveur "
                "mandataire) doit être résolu ici."
            ),
        ),
        Failure(
            "connect",
            N_("Le centre n’est pas joignable depuis ce réseau."),
            N_(
                "Ouvrez la sortie vers l’adresse et le port de centre.url, ou donnez le serveur "
                "mandataire (centre.proxy)."
            ),
        ),
        Failure(
            "proxy_auth",
            N_("Le serveur mandataire de l’établissement demande un mot de passe."),
            N_("Donnez un compte dans centre.proxy (http://compte:motdepasse@mandataire:port), ou exemptez le centre."),
        ),
        Failure(
            "proxy",
            N_("Le serveur mandataire de l’établissement ne répond pas."),
            N_(
                "Le serveur mandataire %(detail)s est éteint ou injoignable : vérifiez son adresse "
                "(centre.proxy) et son port."
            ),
        ),
        Failure(
            "tls_name",
            N_("Ce qui répond n’a pas le nom du centre : la connexion sécurisée est refusée."),
            N_(
                "L’autorité est connue, mais le certificat n’est pas pour %(detail)s : corrigez l’adresse (centre.url),"
                " ou prévenez le centre."
            ),
        ),
        Failure(
            "tls_plain",
            N_("L’adresse du centre est en https, mais ce qui répond ne parle pas en sécurité."),
            N_(
                "%(detail)s répond en clair : vérifiez le port et « https:// » dans centre.url, ou un filtre en chemin."
            ),
        ),
        Failure(
            "tls_intercept",
            N_("La connexion sécurisée est ouverte par un filtre que le kiosque ne connaît pas."),
            N_(
                "Certificat signé par « %(detail)s » : donnez ce certificat racine dans centre.ca_bundle, ou exemptez "
                "le centre."
            ),
        ),
        Failure(
            "tls_clock",
            N_("La date de cette machine ne correspond pas à celle du centre : la connexion sécurisée est refusée."),
            N_(
                "Mettez la machine à l’heure (NTP). Si sa date est juste, le certificat du centre est périmé : "
                "prévenez-le."
            ),
        ),
        Failure(
            "timeout",
            N_("Le centre n’a pas répondu à temps : la connexion est très lente ou coupée."),
            N_("Réessayez hors des heures chargées ; vérifiez qu’un filtre ne garde pas la connexion sans répondre."),
        ),
        Failure(
            "redirect",
            N_("Le réseau renvoie vers une autre page, sans doute celle d’une connexion à Internet."),
            N_("Redirection vers %(detail)s : connectez la machine au portail, ou corrigez centre.url."),
        ),
        Failure(
            "portal",
            N_("Une autre page répond à la place du centre : portail de connexion ou filtre."),
            N_("Connectez la machine au portail depuis son navigateur, ou exemptez le centre ; vérifiez centre.url."),
        ),
        Failure(
            "blocked",
            N_("Le filtre de l’établissement interdit l’accès au centre."),
            N_("Ajoutez l’adresse de centre.url à la liste blanche du filtre."),
        ),
        Failure(
            "auth",
            N_("Le centre ne reconnaît pas ce kiosque : il faut le jumeler."),
            N_("Demandez un code au centre, puis : kiosk pair CODE --uai UAI."),
        ),
        Failure(
            "server",
            N_("Le centre est en panne ou très occupé. Rien n’est perdu, le kiosque réessaiera."),
            N_("Rien à faire ici. Si cela dure, prévenez le centre : %(detail)s"),
        ),
        Failure(
            "version",
            N_("Ce kiosque et le centre n’ont plus la même version."),
            N_("Mettez le kiosque à jour (contrat d’échange 1)."),
        ),
        Failure("ok", N_("Tout va bien."), N_("Rien à faire.")),
    ],
)
#: Settings that no way can do without, when they are wrong (the detail of ``connect``).
SETTINGS = {
    "ca_bundle": N_("Le fichier de centre.ca_bundle (ou REQUESTS_CA_BUNDLE) manque, ou n’est pas un certificat PEM."),
    "proxy": N_("centre.proxy ne se lit pas : écrivez en %XX les signes du mot de passe (« @ » : %40, « / » : %2F)."),
}
#: The cure of ``proxy_auth`` when an account is given already.
WRONG_ACCOUNT = N_(
    "Le serveur mandataire refuse le compte donné dans centre.proxy : corrigez son nom ou son mot de passe."
)
#: The detail of ``server`` when the centre begins one history after another (contract, rule 11).
EPOCHS = "epochs"
#: Where the state is kept (``kiosk.domain.stored``).
KEY = "sync.state"
#: Where it is kept that somebody asked for an exchange by a process that does not do them; for how long that is said.
ASKED, AWAITED_MS = "sync.asked", 120_000
STATES = {
    "waiting": N_("en attente d’envoi"),
    "retry": N_("le centre demande d’attendre"),
    "accepted": N_("arrivée confirmée par le centre"),
    "elsewhere": N_("arrivée confirmée par un autre centre"),
    "rejected": N_("refus du centre"),
    "held": N_("attend ici : contient une donnée personnelle"),
    "dropped": N_("plus à envoyer"),
    "replaced": N_("correction envoyée"),
    "ignored": N_("le centre ne sait pas encore le lire"),
}
KINDS = {
    "enrolment.request": N_("Demande d’inscription"),
    "enrolment.cancel": N_("Annulation d’inscription"),
    "question.prepared": N_("Question préparée"),
    "question.withdraw": N_("Question retirée"),
    "question.asked": N_("Question posée"),
    "question.open": N_("Question à transmettre"),
    "attendance.report": N_("Présence à la séance"),
    "reflection.summary": N_("Bilan chiffré"),
}
assert set(KINDS) == set(OPERATIONS)
#: The centre's reasons to reject, in words for the teacher; another code is shown with the centre's own detail.
REJECTIONS = {
    "session_full": N_("La séance est complète."),
    "unknown_session": N_("Le centre ne connaît pas cette séance."),
    "session_over": N_("La séance est passée."),
    "session_cancelled": N_("La séance est annulée."),
    "invalid": N_("Le centre n’accepte pas ce contenu."),
    "too_large": N_("Ce contenu est trop long."),
    "personal_data": N_("Ce contenu désigne une personne."),
}


@dataclass(frozen=True)
class Item:
    """A line of the outbox. ``state``: a key of :data:`STATES`; ``shown``, ``title``, ``why`` are in the current
    language.
    """

    seq: int
    kind: str
    title: str
    text: str
    session: str
    at: int
    state: str
    shown: str
    why: str
    correctable: bool
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Status:
    """The exchange at a glance. Instants are UTC milliseconds; ``failure`` is empty before the first try."""

    configured: bool
    paired: bool
    uai: str
    failure: str
    detail: str
    at: int | None
    last_success: int | None
    next_try: int | None
    waiting: int
    rejected: int
    held: int
    sent_today: int
    received_today: int
    cloned: bool
    #: The school of a pairing by stick whose answer has not come; else empty.
    asked: str = ""

    @property
    def by_stick(self) -> bool:
        """Whether sticks are this kiosk's only way to a centre that knows it."""
        return self.paired and not self.configured

    @property
    def sentence(self) -> str:
        """What the teacher reads: one sentence."""
        if self.asked and not self.paired:
            return _("Le jumelage attend la réponse du centre, sur la clé USB.")
        if self.by_stick:
            return _("Ce kiosque est jumelé ; ses échanges passent par clé USB.")
        if not self.configured:
            return _("Aucun centre n’est réglé : les échanges passent par clé USB ou par courriel.")
        if not self.paired:
            return (
                _("Cette machine est une copie d’un autre kiosque : jumelez-la de nouveau.")
                if self.cloned
                else _("Ce kiosque n’est pas encore jumelé avec le centre.")
            )
        if not self.failure:
            return _("Aucun échange avec le centre pour l’instant.")
        return _(FAILURES.get(self.failure).sentence)

    @property
    def fix(self) -> str:
        """What IT can do: one line."""
        if not self.configured:
            return _("Donnez l’adresse du centre : centre.url, ou KIOSK_CENTRE_URL.")
        if not self.paired:
            return _(FAILURES.get("auth").fix)
        return fix(self.failure or "ok", self.detail)


def sentence(failure: str) -> str:
    """The teacher's sentence of a class."""
    return _(FAILURES.get(failure).sentence)


def fix(failure: str, detail: str = "") -> str:
    """IT's line of a class, with what was seen; that of a setting to correct, when it is one."""
    if failure == "proxy_auth" and detail == "account":
        return _(WRONG_ACCOUNT)
    if failure == "connect" and detail in SETTINGS:
        return _(SETTINGS[detail])
    if failure == "server" and detail == EPOCHS:
        return _(
            "Le centre dit avoir recommencé à zéro trop de fois aujourd’hui : les envois reprendront demain. "
            "Prévenez-le."
        )
    return _(FAILURES.get(failure).fix, detail=detail or _("inconnu"))


def note(tx: Transaction, **values: Any) -> None:
    """Keep what a round or a pairing learnt: ``failure``, ``detail``, ``at``, ``last_success``, ``next_try``,
    ``cloned``…
    """
    stored.put(tx, KEY, {**stored.get(KEY, {}), **values})


def ask(tx: Transaction) -> None:
    """Keep that an exchange is wanted now, for the process that exchanges."""
    stored.keep(tx, ASKED, tx.now)


def asked_at() -> int:
    """When one was last asked for so (UTC milliseconds), 0 before the first."""
    return int(stored.get(ASKED, 0))


def awaited(now: int) -> bool:
    """Whether one was asked for a moment ago, and none has ended since."""
    at = asked_at()
    return at > int(stored.get(KEY, {}).get("at") or 0) and now - at < AWAITED_MS


def count_bytes(tx: Transaction, sent: int, received: int) -> None:
    """Add to the day's bytes."""
    day = instants.rfc3339(tx.now)[:10]
    SyncDay.insert(day=day, sent=sent, received=received).on_conflict(
        conflict_target=[SyncDay.day],
        update={SyncDay.sent: SyncDay.sent + sent, SyncDay.received: SyncDay.received + received},
    ).execute()


def bytes_of_day(now: int) -> tuple[int, int]:
    """(sent, received) on the day of an instant."""
    row = hot.fetch(SyncDay, day=instants.rfc3339(now)[:10])
    return (row.sent, row.received) if row is not None else (0, 0)


def joined(*, configured: bool) -> bool:
    """Whether there is a centre to tell: by a network when one is ``configured``, else by stick once it knows us."""
    return configured or bool(stored.get(KEY, {}).get("paired"))


def status(now: int, *, configured: bool) -> Status:
    """The exchange at a glance."""
    held = stored.get(KEY, {})
    counts = outbox.counts()
    sent, received = bytes_of_day(now)
    return Status(
        configured=configured,
        paired=bool(held.get("paired")),
        uai=policy.uai(),
        failure=str(held.get("failure", "")),
        detail=str(held.get("detail", "")),
        at=held.get("at"),
        last_success=held.get("last_success"),
        next_try=held.get("next_try"),
        waiting=counts.get("waiting", 0),
        rejected=counts.get("rejected", 0),
        held=counts.get("held", 0),
        sent_today=sent,
        received_today=received,
        cloned=bool(held.get("cloned")),
        asked=str(held.get("asked", "")),
    )


def items(now: int, limit: int = 100) -> list[Item]:
    """The outbox line by line: what waits or went wrong first, then the newest."""
    troubled = Operation.state << ("waiting", "rejected", "held")
    rows = list(Operation.select().where(troubled).order_by(Operation.seq.desc()).limit(limit))
    rest = Operation.select().where(~troubled & (Operation.state != "dropped")).order_by(Operation.seq.desc())
    rows += list(rest.limit(max(0, limit - len(rows))))
    titles = {row.id: row.title for row in Session.select(Session.id, Session.title)}
    return [_item(row, titles, now) for row in rows]


def _item(row: Operation, titles: dict[str, str], now: int) -> Item:
    state = "retry" if row.state == "waiting" and outbox.put_off(row, now) else str(row.state)
    if state == "accepted" and row.centre not in ("", stored.get(outbox.CENTRE, "")):
        state = "elsewhere"
    why = ""
    if row.state == "rejected":
        why = _(REJECTIONS[row.code]) if row.code in REJECTIONS else row.detail or row.code
        if row.verdict_before == "accepted":
            why = _("Le centre, revenu d’une copie, refuse ce qu’il avait accepté : %(why)s", why=why)
    return Item(
        seq=row.seq,
        kind=row.type,
        title=_(KINDS.get(row.type, row.type)),
        text=_about(row),
        at=row.at,
        session=titles.get(row.session_id, row.session_id),
        state=state,
        shown=_(STATES[state]),
        why=why,
        correctable=row.state == "rejected"
        and row.type in ("enrolment.request", "question.prepared")
        and bool(row.body),
        body=dict(row.body or {}),
    )


def _about(row: Operation) -> str:
    """The words of the thing itself: a question's text, a class's name."""
    said = (row.body or {}).get("text") or (row.body or {}).get("label")
    if row.type.startswith("question."):
        question = Question.get_or_none(Question.id == row.subject)
        if question is None:
            return str(said or "")
        unread = question.worry in distress.GUARDED or question.status in statuses.TAKEN_BACK
        return "" if unread else str(said or question.text)
    if said:
        return str(said)
    enrolment = Enrolment.get_or_none(Enrolment.id == row.subject.rpartition(":")[2])
    return enrolment.label if enrolment is not None else ""
