"""Section 5, how a centre refuses; then rule 8, after which the kit's kiosk is of no use."""

from __future__ import annotations

from kiosk.conform.checks.exchange import cancel
from kiosk.conform.link import Heard
from kiosk.conform.rules import Untried, rule
from kiosk.conform.trial import Trial, must, refused
from kiosk.contract import PROBLEMS
from kiosk.ground.i18n import N_


@rule("5-type", N_("un refus est de type application/problem+json"))
def media_type(trial: Trial) -> None:
    """Every refusal of this run; those of a server before the centre are of none."""
    for heard in _refusals(trial):
        must(heard.type == "application/problem+json", "application/problem+json", f"{heard.status} {heard.type}")


@rule("5-members", N_("un refus porte type, title, status, detail et un « code » du contrat, avec son statut"))
def members(trial: Trial) -> None:
    """`code` is what a kiosk reads."""
    for heard in _refusals(trial):
        code, status = heard.member("code"), heard.member("status")
        missing = [name for name in ("type", "title", "detail") if not isinstance(heard.member(name), str)]
        must(not missing, "type, title, detail", f"{code}: no {', '.join(missing)}")
        must(status == heard.status, f'"status": {heard.status}', f"{code}: {status!r}")
        if code in PROBLEMS:
            must(PROBLEMS[code] == heard.status, str(PROBLEMS[code]), f"{code}: {heard.status}")


def _refusals(trial: Trial) -> list[Heard]:
    found = [
        heard for heard in trial.refusals if isinstance(heard.member("code"), str) or heard.status in PROBLEMS.values()
    ]
    if not found:
        raise Untried(N_("le centre n’a rien refusé"))
    return found


@rule("3.8-clone", N_("un « seq » déjà pris par un autre « id » : 409 kiosk_cloned"), writes=True)
def clone(trial: Trial) -> None:
    """Two machines with one card. Last: the kit's kiosk would have to take a new identity."""
    who = trial.paired()
    one = cancel(who)
    trial.exchange(operations=[one], had_seq=0)
    refused(trial.exchange(operations=[cancel(who, seq=one["seq"])], had_seq=0), 409, "kiosk_cloned")
