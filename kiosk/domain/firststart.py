"""First start: the steps that make a kiosk ready for its room, each one to do now, to skip, to come back to."""

from __future__ import annotations

from kiosk.domain import stored
from kiosk.ground.i18n import N_
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass
from kiosk.storage.models import Access
from kiosk.storage.writer import Transaction

#: Where progress is kept (``kiosk.domain.stored``).
KEY = "setup"


@dataclass(frozen=True)
class Step:
    """One step. ``code`` stands in addresses; ``title`` is a msgid; ``technical``: for who looks after the network."""

    code: str
    title: str
    technical: bool = False


STEPS: Registry[Step] = Registry(
    "step",
    [
        Step("wifi", N_("Le Wi-Fi de la classe")),
        Step("telephone", N_("L’essai d’un téléphone")),
        Step("code", N_("Le code du pilotage")),
        Step("ecole", N_("L’établissement")),
        Step("centre", N_("Le centre"), technical=True),
        Step("proxy", N_("La sortie vers Internet"), technical=True),
    ],
)
DONE, SKIPPED = "done", "skipped"


@dataclass
class Trial:
    """The trial of a phone, since the start: when it was first shown, when a phone last proved its way here (UTC ms).

    Only whether one came is kept, never which.
    """

    begun: int | None = None
    came: int | None = None


def expected() -> bool:
    """Whether this kiosk still waits for its first start: new, and nobody put it off."""
    return bool(stored.get(KEY, {}).get("state") == "todo")


def unclaimed() -> bool:
    """Whether nobody ever had the teacher's right here: then the machine itself may open the first start."""
    if stored.get(KEY, {}).get("claimed"):
        return False
    return expected() and not Access.select(Access.id).where(Access.role == "teacher").exists()


def progress() -> dict[str, str]:
    """Step → ``done`` or ``skipped``, for those that were seen to."""
    return {code: how for code, how in stored.get(KEY, {}).get("steps", {}).items() if code in STEPS}


def current() -> str:
    """The first step that nobody saw to; empty when there is none."""
    seen = progress()
    return next((step.code for step in STEPS if step.code not in seen), "")


def after(code: str) -> str:
    """The next step to see to after this one; empty at the end."""
    codes, seen = list(STEPS.codes()), progress()
    return next((one for one in codes[codes.index(code) + 1 :] if one not in seen), "") or current()


def expect(tx: Transaction, *, claimed: bool = False) -> None:
    """A kiosk without anything in it: its first start is to be done. ``claimed``: not a new one, its database was lost
    and its code counts as before.
    """
    stored.put(tx, KEY, {"state": "todo", "steps": {}, "claimed": claimed})


def mark(tx: Transaction, code: str, how: str) -> None:
    """Remember that a step was seen to; after the last one the first start is over. A skip never undoes a done."""
    steps = progress()
    if how != SKIPPED or steps.get(code) != DONE:
        steps[code] = how
    left = [step.code for step in STEPS if step.code not in steps]
    state = stored.get(KEY, {}).get("state", "later")
    stored.put(tx, KEY, {**stored.get(KEY, {}), "state": state if left else "done", "steps": steps})


def put_off(tx: Transaction) -> None:
    """« Plus tard »: no page leads there by itself any more."""
    stored.put(tx, KEY, {**stored.get(KEY, {}), "state": "later", "steps": progress()})
