"""What revision 2 asks of a kiosk. One that speaks revision 1 is not judged by it."""

from __future__ import annotations

import re
from typing import Any

from kiosk.conform.kiosks.histories import new_epoch, steps
from kiosk.conform.kiosks.log import (
    Log,
    after,
    ids,
    in_mood,
    kiosk_rule,
    later,
    operations,
    some,
    speaks_second,
    verdicts,
)
from kiosk.conform.rules import Untried
from kiosk.conform.trial import must, shown
from kiosk.contract import LISTED_ONLY
from kiosk.ground.i18n import N_


@kiosk_rule("3.9-aside", N_("après 422, l’opération désignée est mise de côté et le reste part"), revision=2)
def aside(log: Log) -> None:
    """The centre pointed at the first one."""
    at = next((at for at in in_mood(log, "invalid") if log[at].status == 422 and operations(log[at])), None)
    if at is None:
        raise Untried(N_("aucune opération n’a été envoyée"))
    first, *rest = ids(log[at])
    after(log, at)
    then = later(log, at)
    must(first not in then, f"not {first}", first)
    must(set(rest) <= then, str(rest[:2]), "-")


@kiosk_rule(
    "3.10-had-seq",
    N_("« had_seq » est le plus haut « seq » qui a eu un verdict, « retry » à part"),
    revision=2,
    files=True,
)
def had_seq(log: Log) -> None:
    """0 at first; after a pairing or a new epoch it counts anew. A new identity remembers the epoch of the one before.
    The answer to a file counts when it has come back.
    """
    tried = False
    for step in steps(log):
        if step.may is None:
            continue
        said, tried = step.message.get("had_seq"), True
        must(type(said) is int and said in step.may, ", ".join(map(str, sorted(step.may))), said)
    if not tried:
        speaks_second(log)


@kiosk_rule("3.11-null", N_("sur une nouvelle « epoch », le kiosque relit depuis null"), revision=2, files=True)
def anew(log: Log) -> None:
    """Cursor and revisions are of another history."""
    at = new_epoch(log)
    then = after(log, at).message or {}
    must(then.get("cursor", "?") is None, '"cursor": null', shown(then.get("cursor")))


@kiosk_rule(
    "3.10-again",
    N_("sur une nouvelle « epoch », le kiosque renvoie ce qu’il garde, dans l’ordre, refus à part"),
    revision=2,
    files=True,
)
def all_again(log: Log) -> None:
    """What the centre lost comes back by itself."""
    at = new_epoch(log)
    kept = [id for one in log[:at] for id, status in verdicts(one).items() if status == "accepted"]
    if not kept:
        raise Untried(N_("aucune opération n’a été envoyée"))
    after(log, at - 1)
    missing = set(kept) - later(log, at - 1)
    must(not missing, str(kept[:2]), f"missing: {sorted(missing)[:2]}")


@kiosk_rule("3.13-listed", N_("un type marqué r2 attend que le centre le liste"), revision=2)
def listed(log: Log) -> None:
    """In `about`, or in the answer to a null cursor."""
    known: set[str] = set()
    speaks_second(log)
    for one in log:
        wrong = {str(each.get("type")) for each in operations(one)} & LISTED_ONLY - known
        must(not wrong, "-", ", ".join(sorted(wrong)))
        if isinstance(one.answer.get("operations"), list):
            known = set(map(str, one.answer["operations"]))


@kiosk_rule("3.14-ask", N_("« ask » a au moins 8 signes, et change avec le curseur"), revision=2)
def asks(log: Log) -> None:
    """So that a late answer is known for what it is."""
    speaks_second(log)
    held: dict[Any, tuple[Any, Any]] = {}
    for message in (one.message or {} for one in some(log)):
        word = message.get("ask")
        if "revision" not in message:
            continue
        must(isinstance(word, str) and len(word) >= 8, ">= 8", word)
        cursor, before = held.get(message.get("kiosk"), (message.get("cursor"), ""))
        must(cursor == message.get("cursor") or word != before, f"not {before}", word)
        held[message.get("kiosk")] = (message.get("cursor"), word)


@kiosk_rule("3.14-other", N_("une page avec un autre « ask » ne donne que ses verdicts, pas son curseur"), revision=2)
def other_ask(log: Log) -> None:
    """It answers what was asked before."""
    at = in_mood(log, "ask")[0]
    then = after(log, at).message or {}
    given, before = log[at].answer.get("cursor"), (log[at].message or {}).get("cursor")
    must(then.get("cursor") == before or given == before, repr(before), then.get("cursor"))


@kiosk_rule("3.15-halves", N_("une page qui s’est coupée est redemandée avec la moitié de « max_changes »"), revision=2)
def halves(log: Log) -> None:
    """Never under 1."""
    at = in_mood(log, "cut")[0]
    before, then = ((one.message or {}).get("max_changes") for one in (log[at], after(log, at)))
    must(type(then) is int and 1 <= then <= max(1, int(before or 0) // 2), f"<= {before} / 2", then)


@kiosk_rule("3.16-agent", N_("chaque demande dit sa version : kiosque/… dans User-Agent"), revision=2)
def agent(log: Log) -> None:
    """So that a centre knows which versions are out."""
    speaks_second(log)
    for one in log:
        found = one.headers.get("user-agent", "-")
        must(re.fullmatch(r"kiosque/\S+( .*)?", found), "kiosque/<version>", found)
