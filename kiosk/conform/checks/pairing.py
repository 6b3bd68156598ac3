"""Section 2: a kiosk gets its token. Wrong codes are tried for a school that does not exist: none is kept out."""

from __future__ import annotations

import secrets

from kiosk.conform.link import Heard
from kiosk.conform.rules import Failed, Untried, rule, unseen
from kiosk.conform.trial import Identity, Trial, answered, must, refused, said
from kiosk.contract.schools import LETTERS, checksum
from kiosk.ground.i18n import N_

#: What no centre gives as a code: its signs are taken for one another when they are read out.
WRONG = "0000-0000"
MAX_WRONG = 5


def pair(trial: Trial, who: Identity, code: str) -> Heard:
    """Ask for a token."""
    return trial.post("/v1/pair", {"uai": who.uai, "code": code, "kiosk": who.id, "label": "Essai de conformité"})


def _nobody() -> Identity:
    """A school that does not exist: prefix 000, which no département has; its letter is right."""
    digits = f"{secrets.randbelow(10_000):07}"
    return Identity(digits + checksum(digits))


def _token(heard: Heard) -> str:
    found = answered(heard, 201).get("token")
    if not isinstance(found, str) or not found:
        raise Failed('{"token": "…"}', "no token")
    return found


@rule("2-checksum", N_("un code UAI dont la lettre est fausse : 422 invalid"))
def wrong_letter(trial: Trial) -> None:
    """Refused before the code is looked at: it counts for nothing, so it needs no code."""
    uai = (trial.uai or "0951099D")[:7]
    uai += next(letter for letter in LETTERS if letter != checksum(uai))
    refused(pair(trial, Identity(uai), WRONG), 422, "invalid")


@rule("2-wrong", N_("un code faux : 403 pairing_code"), writes=True)
def wrong_code(trial: Trial) -> None:
    """For an invented school."""
    nobody = trial.known["nobody"] = _nobody()
    refused(pair(trial, nobody, WRONG), 403, "pairing_code")


@rule("2-lock", N_("après 5 codes faux en 15 minutes pour un UAI : 429 rate_limited, avec Retry-After"), writes=True)
def lock(trial: Trial) -> None:
    """The first was the rule above's."""
    nobody = trial.known.get("nobody") or _nobody()
    heard = Heard()
    for _time in range(MAX_WRONG):
        heard = pair(trial, nobody, WRONG)
    refused(heard, 429, "rate_limited")
    found = heard.headers.get("retry-after", "")
    must(found.isdigit(), "Retry-After: 900", found or "-")


@rule("2-lock-alone", N_("ces essais faux n’écartent pas un autre établissement"), writes=True)
def others(trial: Trial) -> None:
    """Another invented school is still told that its code is wrong."""
    refused(pair(trial, _nobody(), WRONG), 403, "pairing_code")


@rule("2-pair", N_("un bon code : 201 et un jeton"), writes=True)
def good_code(trial: Trial) -> None:
    """From here on the kit plays this kiosk."""
    who = trial.kiosk = Identity(trial.uai)
    who.token = _token(pair(trial, who, trial.codes[0]))


@rule("2-once", N_("un code ne sert qu’une fois : à un autre kiosque, 403 pairing_code"), writes=True)
def once(trial: Trial) -> None:
    """One wrong try for this school, no more."""
    trial.paired()
    refused(pair(trial, Identity(trial.uai), trial.codes[0]), 403, "pairing_code")


@rule(
    "2-again", N_("le même code du même kiosque : un nouveau jeton, qui remplace le premier"), revision=2, writes=True
)
def again(trial: Trial) -> None:
    """A lost 201 burns nothing."""
    who = trial.paired()
    before = who.token
    who.token = _token(pair(trial, who, trial.codes[0]))
    must(who.token != before, "another token", "the same token")
    heard = trial.post("/v1/exchange", trial.message(who), before)
    must(heard.status == 401, "401 (first token)", said(heard))


@rule("2-clone", N_("un kiosque connu dans un autre établissement : 409 kiosk_cloned, sans user le code"), writes=True)
def clone(trial: Trial) -> None:
    """Needs a code of another school."""
    who, (uai, code) = trial.paired(), other_school(trial)
    refused(pair(trial, Identity(uai, who.id), code), 409, "kiosk_cloned")
    trial.stranger = Identity(uai)
    trial.stranger.token = _token(pair(trial, trial.stranger, code))


def other_school(trial: Trial) -> tuple[str, str]:
    """The other school's UAI and code. :raises Untried: there is none."""
    if trial.other is None:
        raise Untried(N_("donnez un code d’un autre établissement : --other UAI CODE"))
    return trial.other


def second_kiosk(trial: Trial) -> Identity:
    """A second kiosk of the same school. :raises Untried: there is no second code."""
    if trial.second is None:
        if len(trial.codes) < 2:
            raise Untried(N_("donnez un second code du même établissement : --code deux fois"))
        made = Identity(trial.uai)
        made.token = _token(pair(trial, made, trial.codes[1]))
        trial.second = made
    return trial.second


unseen("2-expiry", N_("un code meurt au bout de 48 h"), N_("il faudrait attendre 48 h"))
unseen(
    "2-address",
    N_("le verrou tient à l’UAI et à l’adresse ; 1 000 essais faux sur l’UAI le ferment à tous"),
    N_("il faudrait plusieurs adresses, et mille essais"),
    revision=2,
)
