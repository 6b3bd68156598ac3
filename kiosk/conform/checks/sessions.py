"""Section 3, what a session shows to whom. Writes for good only with ``--session``: one class enrols, one question is
sent, and both are taken back.
"""

from __future__ import annotations

import uuid
from typing import Any

from kiosk.conform.checks.exchange import request, run, whole
from kiosk.conform.checks.pairing import other_school
from kiosk.conform.rules import Untried, rule
from kiosk.conform.trial import LEFT_OUT, Trial, answered, changes, must, shown, verdict
from kiosk.ground.i18n import N_


@rule("3-link", N_("« meeting_url » est vide sans classe confirmée de cet établissement"), revision=2, writes=True)
def link(trial: Trial) -> None:
    """Over a whole run: a link is for those who take part."""
    confirmed = {
        body.get("session_id") for body in _bodies(whole(trial), "enrolment") if body.get("state") == "confirmed"
    }
    shown = [one for one in _changes(whole(trial), "session") if _link(one)]
    if not _changes(whole(trial), "session"):
        raise Untried(N_("ce centre n’a pas de séance à donner"))
    wrong = [str(one.get("id")) for one in shown if one.get("id") not in confirmed]
    must(not wrong, '"meeting_url": ""', f"{wrong[:3]}")


@rule(
    "3-enrolment",
    N_("une inscription acceptée revient par un changement « enrolment », avec ce qui en a été dit"),
    writes=True,
)
def enrolled(trial: Trial) -> None:
    """Label, level, kind and headcount are of revision 2."""
    who, body = trial.paired(), request(_session(trial))
    trial.known["enrolment"] = body["enrolment_id"]
    one = who.operation("enrolment.request", **body)
    found = answered(trial.exchange(operations=[one]))
    must(verdict(found, one) == "accepted", "accepted", verdict(found, one))
    pages = trial.known["enrolled"] = run(trial, who)
    mine = [one["body"] for one in _changes(pages, "enrolment") if one.get("id") == body["enrolment_id"]]
    must(mine, "enrolment", "-")
    names = ["session_id", *(["label", "kind", "level", "headcount"] if trial.revision >= 2 else [])]
    asked, given = ({name: held.get(name) for name in names} for held in (body, mine[0]))
    must(asked == given, shown(asked), shown(given))


@rule("3.6-rises", N_("« rev » d’une séance monte quand son lien apparaît"), revision=2, writes=True)
def rises(trial: Trial) -> None:
    """A class was confirmed by the rule above."""
    before, after = _one(whole(trial), _session(trial)), _one(_enrolled(trial), _session(trial))
    if not _link(after) or _link(before):
        raise Untried(N_("la classe d’essai n’est pas confirmée, ou la séance n’a pas de lien"))
    must(after.get("rev", 0) > before.get("rev", 0), f"> {before.get('rev')}", after.get("rev"))


@rule("3-own", N_("les questions préparées de l’établissement lui reviennent (origine class)"), revision=2, writes=True)
def own_questions(trial: Trial) -> None:
    """A replaced kiosk finds them; then it is withdrawn."""
    who, id, session = trial.paired(), str(uuid.uuid4()), _session(trial)
    made: dict[str, Any] = {
        "question_id": id,
        "session_id": session,
        "text": "Essai de conformité ?",
        "theme": "autre",
        "level": "4E",
    }
    one = who.operation("question.prepared", **made, support=0)
    trial.known["question"] = id
    found = answered(trial.exchange(operations=[one]))
    must(verdict(found, one) == "accepted", "accepted", verdict(found, one))
    mine = [one.get("body") or {} for one in _changes(run(trial, who), "question") if one.get("id") == id]
    must(mine and mine[0].get("origin") == "class" and mine[0].get("level") == "4E", "question (class)", str(mine))


@rule("3-own-older", N_("ces questions ne vont pas à un kiosque de la révision 1"), revision=2, writes=True)
def not_to_older(trial: Trial) -> None:
    """It would show them as somebody else's. Asked without `revision`, `ask` and `had_seq`."""
    _session(trial)
    if "question" not in trial.known:
        raise Untried(N_("la règle d’avant n’a pas tenu"))
    pages = run(trial, trial.paired(), revision=LEFT_OUT, ask=LEFT_OUT, had_seq=LEFT_OUT)
    own = [one for one in _changes(pages, "question") if one["body"].get("origin") == "class"]
    must(not own, "no question of origin class", f"{len(own)}")


@rule("3-schools", N_("rien de cet établissement n’est donné à un autre"), writes=True)
def elsewhere(trial: Trial) -> None:
    """What the rules above wrote, read by the other school's kiosk."""
    other_school(trial)
    if trial.stranger is None or not trial.stranger.token:
        raise Untried(N_("le kiosque d’essai n’a pas pu être jumelé"))
    mine = {trial.known.get("enrolment"), trial.known.get("question")} - {None}
    if not mine:
        raise Untried(N_("donnez une séance à venir du centre : --session"))
    seen = {one.get("id") for page in run(trial, trial.stranger) for one in changes(page)}
    must(not mine & seen, "-", f"{sorted(map(str, mine & seen))}")


@rule("3-taken-back", N_("une annulation et un retrait prennent effet"), writes=True)
def taken_back(trial: Trial) -> None:
    """So that the kit leaves nothing behind it."""
    who, id, question = trial.paired(), trial.known.get("enrolment"), trial.known.get("question")
    if id is None:
        raise Untried(N_("donnez une séance à venir du centre : --session"))
    sent = [who.operation("enrolment.cancel", enrolment_id=id)]
    sent += [who.operation("question.withdraw", question_id=question)] if question else []
    found = answered(trial.exchange(operations=sent))
    must({verdict(found, one) for one in sent} == {"accepted"}, "accepted", str([verdict(found, one) for one in sent]))
    pages = run(trial, who)
    states = [one["body"].get("state") for one in _changes(pages, "enrolment") if one.get("id") == id]
    must(not set(states) - {"cancelled"}, "cancelled", str(states))
    kept = [one for one in _changes(pages, "question") if one.get("id") == question]
    must(not kept, "deleted", "question")


def _session(trial: Trial) -> str:
    if not trial.session:
        raise Untried(N_("donnez une séance à venir du centre : --session"))
    return trial.session


def _enrolled(trial: Trial) -> list[dict[str, Any]]:
    pages = trial.known.get("enrolled")
    if not pages:
        raise Untried(N_("la règle d’avant n’a pas tenu"))
    found: list[dict[str, Any]] = pages
    return found


def _changes(pages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    found = (one for page in pages for one in changes(page))
    return [one for one in found if one.get("type") == kind and isinstance(one.get("body"), dict)]


def _bodies(pages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one["body"] for one in _changes(pages, kind)]


def _one(pages: list[dict[str, Any]], id: str) -> dict[str, Any]:
    return next((one for one in _changes(pages, "session") if one.get("id") == id), {})


def _link(change: dict[str, Any]) -> bool:
    return bool((change.get("body") or {}).get("meeting_url"))
