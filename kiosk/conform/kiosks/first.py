"""What revision 1 asks of a kiosk."""

from __future__ import annotations

from typing import Any

import msgspec

from kiosk.conform.checks.about import instant
from kiosk.conform.kiosks.histories import steps
from kiosk.conform.kiosks.log import (
    LOOK,
    UNHEARD,
    Log,
    after,
    ids,
    in_mood,
    kiosk_rule,
    later,
    need_operations,
    operations,
    operations_of,
    sent,
    some,
    verdicts,
)
from kiosk.conform.rules import Failed, Untried, unseen
from kiosk.conform.trial import must
from kiosk.contract import MAX_BODY, MAX_OPERATIONS, OPERATIONS, PairRequest, Request, personal_fields, schools
from kiosk.ground.i18n import N_

#: Moods in which what answers is not the centre.
STRANGE = ("portal", "redirect")


@kiosk_rule("1-first", N_("le kiosque demande /v1/about avant d’envoyer quoi que ce soit"))
def about_first(log: Log) -> None:
    """Whatever the network: what answers may be a portal."""
    posts = [at for at, one in enumerate(log) if one.method == "POST"]
    if not posts:
        raise Untried(N_("aucune demande à %(path)s n’est venue"), path="/v1/pair")
    must(any(one.path == "/v1/about" for one in log[: posts[0]]), "GET /v1/about", f"POST {log[posts[0]].path}")


@kiosk_rule("1-nothing", N_("rien n’est envoyé à ce qui n’est pas le centre"))
def nothing_sent(log: Log) -> None:
    """After an answer of a portal to /v1/about, no POST until the centre is met again."""
    strange, tried = False, False
    for one in log:
        if one.path == "/v1/about":
            strange = one.mood in STRANGE
            tried = tried or strange
        must(not (strange and one.method == "POST"), "-", f"POST {one.path}")
    if not tried:
        raise Untried(N_("à provoquer : %(mood)s"), mood="portal")


@kiosk_rule("0-gzip", N_("chaque demande porte Accept-Encoding avec gzip"))
def accepts_gzip(log: Log) -> None:
    """Links are slow."""
    if not log:
        raise Untried(N_("aucune demande à %(path)s n’est venue"), path="/v1/about")
    for one in log:
        found = one.headers.get("accept-encoding", "-")
        must("gzip" in found.lower(), "gzip", f"{found} ({one.method} {one.path})")


@kiosk_rule("2-pair", N_("la demande de jumelage a les champs du contrat, et un code UAI dont la lettre est juste"))
def pairing(log: Log) -> None:
    """Section 2."""
    for one in some(log, "/v1/pair"):
        try:
            asked = msgspec.convert(one.message, PairRequest)
        except msgspec.ValidationError as error:
            raise Failed("PairRequest.json", str(error)) from None
        must(schools.read_uai(asked.uai) == asked.uai, "UAI", asked.uai)


@kiosk_rule("3-request", N_("un échange a les champs du contrat, ses instants en UTC avec Z"))
def requests(log: Log) -> None:
    """Read by the very types of the contract."""
    for one in some(log):
        try:
            msgspec.convert(one.message, Request)
        except msgspec.ValidationError as error:
            raise Failed("Request.json", str(error)) from None
        instant((one.message or {}).get("sent_at"))


@kiosk_rule("3-bodies", N_("le corps d’une opération est celui que le contrat décrit pour son type"))
def bodies(log: Log) -> None:
    """Types that the contract does not know are left aside."""
    need_operations(log)
    for _one, each in sent(log):
        check_bodies(each)


def check_bodies(operation: dict[str, Any]) -> None:
    """:raises Failed: an operation of a known type is not written as the contract says."""
    kind = OPERATIONS.get(str(operation.get("type")))
    if kind is not None:
        try:
            msgspec.convert(operation.get("body"), kind)
        except msgspec.ValidationError as error:
            raise Failed(f"{kind.__name__}.json", str(error)) from None
    instant(operation.get("at"))


@kiosk_rule("3.1-limits", N_("au plus 50 opérations et 64 Kio de corps avant compression"))
def limits(log: Log) -> None:
    """Measured on what came, unpacked."""
    for one in some(log):
        must(len(operations(one)) <= MAX_OPERATIONS, f"<= {MAX_OPERATIONS}", str(len(operations(one))))
        must(one.size <= MAX_BODY and one.status != 413, f"<= {MAX_BODY}", str(one.size))


@kiosk_rule("3.2-same", N_("un « id » désigne une seule opération, toujours la même"))
def same(log: Log) -> None:
    """Its type and body; its number too, from the same kiosk."""
    need_operations(log)
    held: dict[str, tuple[Any, ...]] = {}
    for one, each in sent(log):
        said = (each.get("type"), each.get("body"), (one.message or {}).get("kiosk"), each.get("seq"))
        before = held.setdefault(str(each.get("id")), said)
        must(before[:2] == said[:2] and (before[2] != said[2] or before == said), str(before), str(said))


@kiosk_rule("3.3-seq", N_("deux opérations d’un kiosque n’ont pas le même « seq »"))
def numbers(log: Log) -> None:
    """A `seq` used twice is a cloned card."""
    need_operations(log)
    held: dict[tuple[Any, Any], Any] = {}
    for one, each in sent(log):
        before = held.setdefault(((one.message or {}).get("kiosk"), each.get("seq")), each.get("id"))
        must(before == each.get("id"), str(before), f"{each.get('id')} (seq {each.get('seq')})")


@kiosk_rule(
    "3.3-final",
    N_("une opération qui a son verdict n’est plus envoyée, tant que l’« epoch » reste la même"),
    files=True,
)
def final(log: Log) -> None:
    """`accepted` and `rejected` are final; in another history, `rejected` still is. The answer to a file counts once it
    has come back.
    """
    tried = False
    for step in steps(log):
        must(not step.again, "-", ", ".join(step.again[:2]))
        tried = tried or bool(operations_of(step.message))
    if not tried:
        raise Untried(N_("aucune opération n’a été envoyée"))


@kiosk_rule("3.3-retry", N_("« retry » laisse l’opération à renvoyer"))
def retried(log: Log) -> None:
    """It is sent again, with the same id."""
    at = next((at for at in in_mood(log, "retry") if "retry" in verdicts(log[at]).values()), None)
    if at is None:
        raise Untried(N_("aucune opération n’a été envoyée"))
    must(set(ids(log[at])) <= later(log, at), str(ids(log[at])[:2]), "-")


@kiosk_rule("3.4-again", N_("sans réponse, le kiosque renvoie les mêmes opérations"))
def sent_again(log: Log) -> None:
    """A lost answer is harmless: ids count once."""
    at = next((at for at in in_mood(log, "lost", "cut") if operations(log[at])), None)
    if at is None:
        raise Untried(N_("aucune opération n’a été envoyée"))
    must(set(ids(log[at])) <= later(log, at), str(ids(log[at])[:2]), "-")


@kiosk_rule("3.5-null", N_("après 410 cursor_expired, le kiosque repart de « cursor » null"))
def from_null(log: Log) -> None:
    """Local work stays; what the centre gives is read again."""
    found = [at for at, one in enumerate(log) if one.path == "/v1/exchange" and one.status == 410]
    if not found:
        raise Untried(N_("à provoquer : %(mood)s"), mood="expired")
    then = after(log, found[0]).message or {}
    must(then.get("cursor", "?") is None, '"cursor": null', then.get("cursor"))


@kiosk_rule("3.7-more", N_("après « more » true, le kiosque demande la suite avec le nouveau curseur"))
def follows(log: Log) -> None:
    """Pages that reached it whole, with its own `ask`. On another history than the one it knew, it begins again."""
    tried, history = False, None
    for at, one in enumerate(log):
        if one.path != "/v1/exchange" or one.status != 200 or one.mood in UNHEARD:
            continue
        known, history = history in (None, one.answer.get("epoch")), one.answer.get("epoch")
        whole = known and not one.mood
        if whole and one.answer.get("more") and one.answer.get("changes"):
            then = after(log, at).message or {}
            must(then.get("cursor") == one.answer["cursor"], one.answer["cursor"], then.get("cursor"))
            tried = True
    if not tried:
        raise Untried(N_("aucune page n’en annonçait une autre"))


@kiosk_rule("3.8-identity", N_("après 409 kiosk_cloned, le kiosque prend une autre identité"))
def identity(log: Log) -> None:
    """And asks to be paired again."""
    found = [at for at, one in enumerate(log) if one.path == "/v1/exchange" and one.status == 409]
    if not found:
        raise Untried(N_("à provoquer : %(mood)s"), mood="cloned")
    old = (log[found[0]].message or {}).get("kiosk")
    then = [one for one in log[found[0] + 1 :] if one.message is not None]
    if not then:
        raise Untried(N_("aucun échange n’a suivi"))
    must(all((one.message or {}).get("kiosk") != old for one in then), f"not {old}", str(old))


@kiosk_rule("3.9-personal", N_("aucun champ personnel dans une question"))
def personal(log: Log) -> None:
    """A kiosk refuses to build such a body."""
    need_operations(log)
    for _one, each in sent(log):
        check_personal(each)


def check_personal(operation: dict[str, Any]) -> None:
    """:raises Failed: a question has a personal field."""
    if str(operation.get("type")).startswith("question."):
        found = personal_fields(operation.get("body"))
        must(not found, "-", f"{operation.get('type')}: {', '.join(found)}")


unseen(
    "3.6-transaction",
    N_("une page et son curseur sont retenus ensemble, ou pas du tout"),
    N_("il faudrait couper le courant du kiosque"),
    side="kiosk",
)
unseen("3.6-rev", N_("un « rev » qui n’est pas au-dessus de celui qu’il tient est ignoré"), LOOK, side="kiosk")
unseen("3.12-gone", N_("après une lecture complète, ce qui n’a pas été cité disparaît"), LOOK, side="kiosk", revision=2)
unseen(
    "3.11-thrice", N_("au plus une nouvelle « epoch » par échange et trois par jour"), LOOK, side="kiosk", revision=2
)
unseen("4-live", N_("aucun portrait n’est demandé pendant une séance"), LOOK, side="kiosk")
