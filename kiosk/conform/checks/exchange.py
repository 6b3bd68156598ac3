"""Section 3, what revision 1 says. What is written has no effect: cancellations and withdrawals of what never was."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import msgspec

from kiosk.conform.checks.about import instant
from kiosk.conform.rules import Failed, Untried, rule, unseen
from kiosk.conform.trial import LEFT_OUT, Identity, Trial, answered, changes, must, refused, shown, verdict, verdicts
from kiosk.contract import CHANGES, MAX_BODY, MAX_OPERATIONS, PERSONAL_FIELDS, Answer, Change, body_of
from kiosk.ground.i18n import N_

#: Pages that the kit reads of one run, at most.
MAX_PAGES = 100


def cancel(who: Identity, **values: Any) -> dict[str, Any]:
    """An operation without effect: the cancellation of an enrolment that never was."""
    return who.operation("enrolment.cancel", **values, enrolment_id=str(uuid.uuid4()))


def _question(id: str = "", **values: Any) -> dict[str, Any]:
    """A prepared question of a session that is nowhere: refused, or without effect."""
    made = {"question_id": id or str(uuid.uuid4()), "session_id": "conformance-nowhere", "text": "?"}
    return {**made, "theme": "autre", "level": "4E", "support": 0, **values}


@rule("3-bearer", N_("sans jeton : 401 unauthorized"))
def no_token(trial: Trial) -> None:
    """Who asks is known before the body is looked at."""
    refused(trial.exchange(Identity(trial.uai or "0951099D")), 401, "unauthorized")


@rule("3-token", N_("avec un jeton inconnu : 401 unauthorized"))
def unknown_token(trial: Trial) -> None:
    """An invented one."""
    refused(trial.exchange(Identity(trial.uai or "0951099D", token=uuid.uuid4().hex)), 401, "unauthorized")


@rule("3-answer", N_("un échange répond 200, en JSON, avec les champs du contrat"), writes=True)
def answer(trial: Trial) -> None:
    """Every member that the contract names has the type that it says."""
    heard = trial.exchange()
    found = answered(heard)
    must(heard.type == "application/json", "application/json", heard.type or "-")
    try:
        msgspec.convert(found, Answer)
    except msgspec.ValidationError as error:
        raise Failed("Answer.json", str(error)) from None
    must(found["contract"] == 1, '"contract": 1', shown(found["contract"]))
    instant(found.get("time"))
    trial.known["first"] = found


@rule("3-identity", N_("un jeton ne vaut que pour son kiosque et son établissement : 403 forbidden"), writes=True)
def identity(trial: Trial) -> None:
    """Another identity with this token."""
    who = trial.paired()
    refused(trial.exchange(Identity(who.uai, token=who.token)), 403, "forbidden")


@rule("3-version", N_("une version du contrat qui n’est pas parlée : 426 version"), writes=True)
def version(trial: Trial) -> None:
    """Contract 99."""
    refused(trial.exchange(contract=99), 426, "version")


@rule("0-gzip", N_("une demande comprimée (gzip) est lue"), writes=True)
def packed(trial: Trial) -> None:
    """Either side may."""
    who = trial.paired()
    body = gzip.compress(json.dumps(trial.message(who)).encode(), mtime=0)
    answered(trial.post("/v1/exchange", body, who.token, {"Content-Encoding": "gzip"}))


@rule("0-unknown", N_("un champ inconnu est laissé de côté, jamais une erreur"), writes=True)
def unknown_field(trial: Trial) -> None:
    """In the message, in an operation and in its body."""
    one = cancel(trial.paired())
    one["hologram"] = one["body"]["hologram"] = {"x": [1]}
    found = answered(trial.exchange(operations=[one], hologram=True))
    must(verdict(found, one) == "accepted", "accepted", verdict(found, one))


@rule("0-unknown-type", N_("un type d’opération inconnu n’est jamais une erreur"), writes=True)
def unknown_type(trial: Trial) -> None:
    """Asked as revision 1 asks: the verdict `ignored` is for revision 2 alone."""
    one = trial.paired().operation("hologram.shown", x=1)
    found = answered(trial.exchange(operations=[one], revision=LEFT_OUT, ask=LEFT_OUT, had_seq=LEFT_OUT))
    must(verdict(found, one) == "accepted", "accepted", verdict(found, one))


@rule("3-verdicts", N_("chaque opération reçoit un verdict, et rien d’autre n’en reçoit"), writes=True)
def each_its_verdict(trial: Trial) -> None:
    """Three at once."""
    who = trial.paired()
    sent = [cancel(who) for _time in range(3)]
    found = verdicts(answered(trial.exchange(operations=sent)))
    must(set(found) == {one["id"] for one in sent}, "3 verdicts", f"{len(found)} verdicts")
    wrong = {str(one.get("status")) for one in found.values()} - {"accepted"}
    must(not wrong, "accepted", ", ".join(sorted(wrong)))


@rule("3.1-fifty", N_("50 opérations passent"), writes=True)
def fifty(trial: Trial) -> None:
    """The most that a request holds."""
    who = trial.paired()
    found = verdicts(answered(trial.exchange(operations=[cancel(who) for _time in range(MAX_OPERATIONS)])))
    must(len(found) == MAX_OPERATIONS, "50 verdicts", f"{len(found)} verdicts")


@rule("3.1-operations", N_("51 opérations : 413 too_large"), writes=True)
def too_many(trial: Trial) -> None:
    """None of them counts; their numbers are left out afterwards, which rule 3 allows."""
    who = trial.paired()
    refused(trial.exchange(operations=[cancel(who) for _time in range(MAX_OPERATIONS + 1)]), 413, "too_large")


@rule("3.1-bytes", N_("plus de 64 Kio avant compression : 413 too_large"), writes=True)
def too_long(trial: Trial) -> None:
    """Packed, it is a few hundred bytes: what counts is what it was before."""
    who = trial.paired()
    text = json.dumps(trial.message(who, padding="x" * MAX_BODY)).encode()
    for body, headers in ((text, {}), (gzip.compress(text, mtime=0), {"Content-Encoding": "gzip"})):
        refused(trial.post("/v1/exchange", body, who.token, headers), 413, "too_large")


@rule("3.2-repeat", N_("une opération répétée reçoit son premier verdict et ne change rien"), writes=True)
def repeat(trial: Trial) -> None:
    """First one that must be refused, then the same id with a body that would be taken."""
    who = trial.paired()
    one = who.operation("question.prepared", **_question(text="x" * 501))
    first = trial.exchange(operations=[one])
    if first.status == 422:
        raise Untried(N_("ce centre refuse tout le message, et ne donne pas de verdict à répéter"))
    before = verdict(answered(first), one)
    same = {**one, "type": "enrolment.cancel", "body": {"enrolment_id": str(uuid.uuid4())}}
    after = verdict(answered(trial.exchange(operations=[same])), one)
    must(before == after, before, after)


@rule("3-bodies", N_("un corps d’opération hors du contrat n’est pas accepté"), writes=True)
def bodies(trial: Trial) -> None:
    """A text too long, an unknown theme, a level that is none, a count under five: rejected, or the whole is 422."""
    who = trial.paired()
    reflection: dict[str, Any] = {"session_id": "conformance-nowhere", "answers": 21, "themes": {"vie": 4}}
    wrong = [who.operation("question.prepared", **_question(**one)) for one in _WRONG_VALUES]
    for one in [*wrong, who.operation("reflection.summary", **reflection)]:
        heard = trial.exchange(operations=[one])
        if heard.status != 422:
            found = verdict(answered(heard), one)
            must(found == "rejected", "rejected | 422", f"{found} ({one['type']})")


_WRONG_VALUES: tuple[dict[str, Any], ...] = ({"text": "x" * 501}, {"text": ""}, {"theme": "sport"}, {"level": "CM2"})


@rule("3-session", N_("une inscription à une séance inconnue n’est pas acceptée"), writes=True)
def unknown_session(trial: Trial) -> None:
    """Else a class waits for ever."""
    one = trial.paired().operation("enrolment.request", **request("conformance-nowhere"))
    found = verdict(answered(trial.exchange(operations=[one])), one)
    must(found == "rejected", "rejected", found)


def request(session: str, id: str = "") -> dict[str, Any]:
    """The body of an enrolment whose name says what it is."""
    made = {"enrolment_id": id or str(uuid.uuid4()), "session_id": session, "kind": "class"}
    return {**made, "label": "Essai de conformité", "level": "4E", "headcount": 1}


@rule("3.3-gaps", N_("un trou dans les « seq » est permis"), writes=True)
def gaps(trial: Trial) -> None:
    """A thousand further."""
    who = trial.paired()
    one = cancel(who, seq=who.seq + 1000)
    found = verdict(answered(trial.exchange(operations=[one])), one)
    must(found == "accepted", "accepted", found)


@rule(
    "3.3-cancelled",
    N_("annuler l’inconnu est accepté et retenu : la demande qui suit est sans effet"),
    revision=2,
    writes=True,
)
def cancelled(trial: Trial) -> None:
    """The same of a question that was withdrawn before it was known."""
    who, id = trial.paired(), str(uuid.uuid4())
    sent = [
        who.operation("enrolment.cancel", enrolment_id=id),
        who.operation("enrolment.request", **request("conformance-nowhere", id)),
        who.operation("question.withdraw", question_id=id),
        who.operation("question.prepared", **_question(id)),
    ]
    found = answered(trial.exchange(operations=sent))
    must(
        [verdict(found, one) for one in sent] == ["accepted"] * 4,
        "4 × accepted",
        str([verdict(found, one) for one in sent]),
    )


@rule(
    "3.3-order",
    N_("les opérations s’appliquent dans l’ordre de « seq », pas dans celui du message"),
    revision=2,
    writes=True,
)
def order(trial: Trial) -> None:
    """The request stands before its cancellation in the message, and after it by its number."""
    who, id = trial.paired(), str(uuid.uuid4())
    first = who.operation("enrolment.cancel", enrolment_id=id)
    then = who.operation("enrolment.request", **request("conformance-nowhere", id))
    found = answered(trial.exchange(operations=[then, first]))
    must(verdict(found, then) == "accepted", "accepted", verdict(found, then))


@rule(
    "3.5-null", N_("« cursor » null donne tout : chaque changement est d’un corps que le contrat décrit"), writes=True
)
def everything(trial: Trial) -> None:
    """Read page after page; unknown types are left aside."""
    pages = trial.known["whole"] = run(trial, trial.paired())
    for one in (one for page in pages for one in changes(page)):
        try:
            body_of(msgspec.convert(one, Change))
        except msgspec.ValidationError as error:
            place = f"{one.get('type')} {one.get('id')}"
            raise Failed(f"{place}: {CHANGES.get(str(one.get('type')), Change).__name__}.json", str(error)) from None
    for value in (value for page in pages for one in changes(page) for value in instants(one.get("body"))):
        instant(value)


def instants(body: Any) -> list[Any]:
    """The instants of a change's body."""
    names = ("starts_at", "expires_at", "answered_at")
    return [body[name] for name in names if name in body] if isinstance(body, dict) else []


@rule("3.5-expired", N_("un curseur inconnu : 410 cursor_expired"), writes=True)
def expired(trial: Trial) -> None:
    """The kiosk then starts again from null."""
    refused(trial.exchange(cursor="conformance-unknown"), 410, "cursor_expired")


@rule("3.6-rev", N_("« rev » : une chose n’a qu’un état par numéro, et le dernier venu a le plus haut"), writes=True)
def revisions(trial: Trial) -> None:
    """Over a whole run."""
    held: dict[tuple[Any, Any], int] = {}
    for one in (one for page in whole(trial) for one in changes(page)):
        key, rev = (one.get("type"), one.get("id")), one.get("rev")
        if type(rev) is not int:
            raise Failed('"rev": 1', repr(rev))
        must(rev > held.get(key, -1), f"> {held.get(key)}", f"{key[0]} {key[1]}: {rev}")
        held[key] = rev


@rule("3.7-pages", N_("les pages de « more » se suivent : rien n’y manque, rien n’y est deux fois"), writes=True)
def paged(trial: Trial) -> None:
    """The same run, a few changes at a time."""
    all_at_once = [identity_of(one) for page in whole(trial) for one in changes(page)]
    if len(all_at_once) < 2:
        raise Untried(N_("ce centre n’a pas deux changements à donner"))
    most = max(1, -(-len(all_at_once) // 8))
    pages = run(trial, trial.paired(), most)
    longest = max(len(changes(page)) for page in pages)
    must(longest <= most, f"max_changes {most}", str(longest))
    must(len(pages) > 1, '"more": true', '"more": false')
    found = [identity_of(one) for page in pages for one in changes(page)]
    must(sorted(found) == sorted(set(found)), "each once", "twice")
    missing = sorted(set(all_at_once) - set(found))
    must(not missing, "each", f"missing: {missing[:3]}")


@rule("3.7-end", N_("le curseur de la dernière page : seulement ce qui a changé depuis"), writes=True)
def idle(trial: Trial) -> None:
    """An idle exchange gives nothing again."""
    pages = whole(trial)
    given = sum(len(changes(page)) for page in pages)
    found = answered(trial.exchange(cursor=pages[-1].get("cursor")))
    again = {identity_of(one) for one in changes(found)} & {identity_of(one) for page in pages for one in changes(page)}
    must(not given or not again, "0", f"{len(again)} changes again")


def identity_of(change: dict[str, Any]) -> str:
    """What a change is about, and its state: « session S-1 3 »."""
    return f"{change.get('type')} {change.get('id')} {change.get('rev')}"


def whole(trial: Trial) -> list[dict[str, Any]]:
    """The pages of the run from null. :raises Untried: it did not come through."""
    pages = trial.known.get("whole")
    if not pages:
        raise Untried(N_("la lecture depuis null n’a pas abouti"))
    found: list[dict[str, Any]] = pages
    return found


def run(trial: Trial, who: Identity, most: int = 500, **values: Any) -> list[dict[str, Any]]:
    """The pages of a run from null, at most :data:`MAX_PAGES`. ``values``: as for an exchange.

    :raises Failed: it does not end.
    """
    pages: list[dict[str, Any]] = []
    cursor: Any = None
    while len(pages) < MAX_PAGES:
        pages.append(answered(trial.exchange(who, cursor=cursor, max_changes=most, **values)))
        must(isinstance(pages[-1].get("cursor"), str), '"cursor": "…"', shown(pages[-1].get("cursor")))
        if not pages[-1].get("more"):
            return pages
        must(pages[-1]["cursor"] != cursor, "a new cursor", "the same, with more")
        cursor = pages[-1]["cursor"]
    raise Failed(f"more: false ({MAX_PAGES})", "more: true")


@rule("3.9-personal", N_("un champ personnel dans une question, à toute profondeur : 422 invalid"), writes=True)
def personal(trial: Trial) -> None:
    """Each of the five names, on top and inside; the question itself is of no session."""
    who = trial.paired()
    for name in sorted(PERSONAL_FIELDS):
        for extra in ({name: "x"}, {"meta": [{name: "x"}]}):
            one = who.operation("question.prepared", **_question(**extra))
            refused(trial.exchange(operations=[one]), 422, "invalid")


@rule("3.9-nothing", N_("un message refusé n’a rien fait : ses opérations restent neuves"), writes=True)
def nothing_applied(trial: Trial) -> None:
    """The same id, once the personal field is out of it, is judged for the first time."""
    who = trial.paired()
    good, bad = cancel(who), who.operation("question.withdraw", question_id="x", email="x")
    refused(trial.exchange(operations=[good, bad]), 422, "invalid")
    clean = {**bad, "body": {"question_id": str(uuid.uuid4())}}
    found = answered(trial.exchange(operations=[good, clean]))
    must(verdict(found, clean) == "accepted", "accepted", verdict(found, clean))


unseen("3.4-commit", N_("les opérations sont écrites avant la réponse"), N_("il faudrait couper le courant du centre"))
