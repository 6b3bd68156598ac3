"""What the centre sent and this kiosk cannot read: kept aside, shown, and asked for again by a later kiosk.

A page of changes is one transaction with its cursor (contract, section 3, rule 6); a change whose body is not the
contract's must neither undo what came with it nor stop what comes after. The centre's next word on the same thing
replaces it; a kiosk of another version asks for everything again, once, as the fault may have been its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from kiosk import __version__, contract
from kiosk.domain import stored
from kiosk.ground.i18n import N_, _
from kiosk.ground.values import dataclass
from kiosk.storage.writer import Transaction

#: Where they are kept (``kiosk.domain.stored``), and how many at most.
KEY = "sync.unread"
KEPT = 50
KINDS = {
    "session": N_("Séance"),
    "speaker": N_("Fiche de présentation"),
    "enrolment": N_("Inscription d’une classe"),
    "question": N_("Question"),
    "answer": N_("Réponse d’une personne invitée"),
    "notice": N_("Message"),
}


@dataclass(frozen=True)
class Unread:
    """A change set aside: its ``type`` and ``id`` (as far as they could be read), the ``field`` and what is wrong."""

    type: str
    id: str
    field: str
    problem: str

    def __str__(self) -> str:
        kind = _(KINDS[self.type]) if self.type in KINDS else self.type
        about = " ".join(part for part in (kind, self.id) if part)
        return _("%(about)s, champ %(field)s : %(problem)s", about=about, field=self.field, problem=self.problem)


def listed() -> list[Unread]:
    """What is set aside now, the oldest first."""
    held = stored.get(KEY) or {}
    return [Unread(**one) for one in held.get("changes", [])]


def keep(tx: Transaction, fresh: Sequence[Unread], read: Iterable[contract.Change], *, whole: bool) -> None:
    """After a page: set ``fresh`` aside, and forget what ``read`` replaces (everything, when the centre starts to tell
    the ``whole`` again).
    """
    held = [] if whole else listed()
    if not held and not fresh and not (whole and listed()):
        return
    known = {(one.type, one.id) for one in fresh} | {(one.type, one.id) for one in read}
    kept = [one for one in held if (one.type, one.id) not in known] + list(fresh)
    value = {"version": __version__, "changes": [asdict(one) for one in kept[-KEPT:]]} if kept else None
    stored.put(tx, KEY, value)


def by_another_version() -> bool:
    """Whether another version of the kiosk set something aside: this one may be able to read it."""
    held = stored.get(KEY) or {}
    return bool(held.get("changes")) and held.get("version") != __version__
