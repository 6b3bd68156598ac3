"""Section 1: whether this is the centre. Only reads, and needs no code."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from kiosk.conform.link import TROUBLES, Heard
from kiosk.conform.rules import Failed, Untried, rule
from kiosk.conform.trial import Trial, answered, must, said, shown
from kiosk.contract import CONTRACT, SERVICE, Instant, Limits
from kiosk.ground.i18n import N_


def _heard(trial: Trial) -> dict[str, Any]:
    """What the centre said of itself. :raises Untried: the first two rules did not hold, which is told there."""
    try:
        return answered(trial.about or Heard())
    except Failed:
        raise Untried(N_("/v1/about n’a pas répondu 200 en JSON")) from None


@rule("1-status", N_("GET /v1/about répond 200, sans jeton"))
def status(trial: Trial) -> None:
    """Asked once: the other rules of the section look at this answer."""
    trial.about = trial.get("/v1/about")
    must(trial.about.status == 200, "200", said(trial.about))


@rule("1-json", N_("cette réponse est un objet JSON, en UTF-8"))
def is_json(trial: Trial) -> None:
    """Not cut, and not nested without end."""
    if trial.about is None or trial.about.status != 200:
        raise Untried(N_("/v1/about n’a pas répondu 200 en JSON"))
    answered(trial.about)


@rule("1-type", N_("cette réponse est de type application/json"))
def media_type(trial: Trial) -> None:
    """A portal's page is often a 200 too."""
    _heard(trial)
    assert trial.about is not None
    must(trial.about.type == "application/json", "application/json", trial.about.type or "-")


@rule("1-service", N_("« service » vaut exactement metiers-en-direct"))
def service(trial: Trial) -> None:
    """What tells a centre from anything else that speaks JSON."""
    must(_heard(trial).get("service") == SERVICE, shown(SERVICE), shown(_heard(trial).get("service")))


@rule("1-contract", N_("« contract » est une liste qui contient le nombre 1"))
def contract(trial: Trial) -> None:
    """A number, not its text."""
    found = _heard(trial).get("contract")
    must(isinstance(found, list) and any(type(one) is int and one == CONTRACT for one in found), "[1]", shown(found))


@rule("1-name", N_("« name » nomme le centre"))
def name(trial: Trial) -> None:
    """What the kiosk's user reads."""
    found = _heard(trial).get("name")
    must(isinstance(found, str) and found.strip(), '"…"', shown(found))


@rule("1-time", N_("« time » est l’heure du centre, en UTC, écrite avec Z (RFC 3339), juste à quelques minutes près"))
def time(trial: Trial) -> None:
    """Kiosks without a clock take theirs from it."""
    instant(_heard(trial).get("time"))
    came = msgspec.convert(_heard(trial)["time"], Instant)
    must(abs(came - datetime.now(timezone.utc)) < timedelta(minutes=10), "now", came.isoformat())


@rule("1-revision", N_("« revision », si elle est donnée, est un nombre entier"), revision=2)
def revision(trial: Trial) -> None:
    """Its absence says revision 1, and the rules marked r2 are then left out."""
    found = _heard(trial).get("revision")
    must(type(found) is int and found >= 1, "2", shown(found))


@rule("1-epoch", N_("« epoch » est donnée, et c’est un texte"), revision=2)
def epoch(trial: Trial) -> None:
    """A hint: only an exchange's counts."""
    found = _heard(trial).get("epoch")
    must(isinstance(found, str) and found, '"…"', shown(found))


@rule("1-operations", N_("« operations » liste les types d’opérations que le centre comprend"), revision=2)
def operations(trial: Trial) -> None:
    """Rule 13 stands on it."""
    found = _heard(trial).get("operations")
    must(isinstance(found, list) and found and all(isinstance(one, str) for one in found), '["…"]', shown(found))


@rule("1-limits", N_("« limits » donne operations, bytes et answer_bytes, des nombres d’au moins 1"), revision=2)
def limits(trial: Trial) -> None:
    """The kiosk obeys the lower of these and of rule 1."""
    try:
        msgspec.convert(_heard(trial).get("limits"), Limits)
    except msgspec.ValidationError as error:
        raise Failed('"limits": {"operations": 50, "bytes": 65536, "answer_bytes": 262144}', str(error)) from None


@rule("1-no-store", N_("la réponse dit no-store dans Cache-Control"), revision=2)
def no_store(trial: Trial) -> None:
    """A cache of yesterday must not say that the centre is there."""
    _heard(trial)
    assert trial.about is not None
    found = trial.about.headers.get("cache-control", "")
    must("no-store" in found.lower(), "no-store", found or "-")


@rule("0-plain", N_("une réponse n’est comprimée que si la demande l’accepte"))
def plain(trial: Trial) -> None:
    """`Accept-Encoding: identity` is from somebody who cannot open gzip."""
    heard = trial.get("/v1/about", {"Accept-Encoding": "identity"})
    found = heard.headers.get("content-encoding", "identity")
    must(heard.status == 200 and found == "identity", "200 identity", f"{said(heard)} {found}")


def instant(found: Any) -> None:
    """:raises Failed: not an instant as the contract writes it."""
    expected = "2026-11-24T09:00:00.000Z"
    must(isinstance(found, str) and found.endswith("Z"), expected, shown(found))
    try:
        msgspec.convert(found, Instant)
    except msgspec.ValidationError:
        raise Failed(expected, shown(found)) from None


def is_the_centre(trial: Trial) -> None:
    """Before anything is sent. :raises Untried: a kiosk would not believe that this is the centre."""
    heard = trial.about
    contracts = heard.member("contract") if heard else None
    if (
        heard is None
        or heard.status != 200
        or heard.type != "application/json"
        or heard.member("service") != SERVICE
        or not isinstance(contracts, list)
        or CONTRACT not in contracts
    ):
        trouble = heard.trouble if heard is not None else ""
        raise Untried(TROUBLES.get(trouble, N_("ce n’est pas le centre (section 1) : rien n’est envoyé")))
