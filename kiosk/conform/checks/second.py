"""Section 3, what revision 2 adds. A centre that says revision 1 is not asked any of it."""

from __future__ import annotations

import uuid
from typing import Any

from kiosk.conform.checks.exchange import cancel, run, whole
from kiosk.conform.checks.pairing import second_kiosk
from kiosk.conform.rules import Failed, Untried, rule, unseen
from kiosk.conform.trial import Trial, answered, changes, must, refused, shown, verdict
from kiosk.contract import MAX_ANSWER_BYTES, MAX_CURSOR, OPERATIONS
from kiosk.contract.values import ID_LONGEST
from kiosk.ground.i18n import N_


@rule("3-revision", N_("une réponse dit la même « revision » que /v1/about"), revision=2, writes=True)
def revision(trial: Trial) -> None:
    """To a request that has one."""
    found = answered(trial.exchange()).get("revision")
    must(found == trial.revision, str(trial.revision), shown(found))


@rule(
    "3.2-school",
    N_("un « id » compte pour l’établissement, quel que soit le kiosque qui l’envoie"),
    revision=2,
    writes=True,
)
def per_school(trial: Trial) -> None:
    """Refused to the first kiosk; the second one sends the same id with a body that would be taken."""
    who, other = trial.paired(), second_kiosk(trial)
    one = who.operation("question.prepared", question_id="x", session_id="x", text="", theme="autre", level="4E")
    first = trial.exchange(operations=[one])
    if first.status == 422:
        raise Untried(N_("ce centre refuse tout le message, et ne donne pas de verdict à répéter"))
    same = {**cancel(other), "id": one["id"]}
    after = verdict(answered(trial.exchange(other, operations=[same])), same)
    must(after == verdict(answered(first), one), verdict(answered(first), one), after)


@rule("3.9-pointer", N_("« pointer » commence par /operations/<rang> et donne tout le chemin"), revision=2, writes=True)
def pointer(trial: Trial) -> None:
    """So that the kiosk sets that operation aside, and sends the rest."""
    who = trial.paired()
    bad = who.operation("question.withdraw", question_id="x", meta={"email": "x"})
    heard = trial.exchange(operations=[cancel(who), bad])
    refused(heard, 422, "invalid")
    errors = heard.member("errors")
    found = [one.get("pointer") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    must("/operations/1/body/meta/email" in found, "/operations/1/body/meta/email", found)


@rule(
    "3.11-epoch",
    N_("chaque réponse dit son « epoch », et la même tant que rien ne s’est perdu"),
    revision=2,
    writes=True,
)
def epoch(trial: Trial) -> None:
    """Two exchanges in a row."""
    first, then = (answered(trial.exchange()).get("epoch") for _time in range(2))
    must(isinstance(first, str) and first, '"…"', shown(first))
    must(first == then, shown(first), shown(then))


@rule("3.12-snapshot", N_("une lecture depuis null porte « snapshot » true à chaque page"), revision=2, writes=True)
def snapshot(trial: Trial) -> None:
    """In pages of one or two."""
    pages = run(trial, trial.paired(), max(1, sum(len(changes(page)) for page in whole(trial)) // 4))
    without = [number for number, page in enumerate(pages) if page.get("snapshot") is not True]
    must(not without, '"snapshot": true', f"pages {without}")


@rule("3.12-idle", N_("un échange sans nouveauté ne porte ni « snapshot » ni « operations »"), revision=2, writes=True)
def idle(trial: Trial) -> None:
    """They would cost bytes, and the first would make everything else gone."""
    cursor = run(trial, trial.paired())[-1]["cursor"]
    found = answered(trial.exchange(cursor=cursor))
    must(not found.get("snapshot") and not found.get("operations"), "-", str(sorted(found)))


@rule("3.13-listed", N_("la réponse à un curseur null liste « operations », comme /v1/about"), revision=2, writes=True)
def listed(trial: Trial) -> None:
    """Types marked r2 wait until they are there."""
    found = answered(trial.exchange()).get("operations")
    about = trial.about.member("operations") if trial.about else None
    if not isinstance(found, list) or not isinstance(about, list):
        raise Failed('"operations": ["…"]', repr(found))
    must(sorted(map(str, found)) == sorted(map(str, about)), str(sorted(about)), str(found))
    first = sorted(set(OPERATIONS) - {"question.open"})
    must(set(first) <= set(found), ", ".join(first), ", ".join(map(str, found)))


@rule(
    "3.13-ignored",
    N_("un type inconnu : verdict « ignored », qui reste tel tant que le type n’est pas listé"),
    revision=2,
    writes=True,
)
def ignored(trial: Trial) -> None:
    """Twice the same."""
    one = trial.paired().operation("hologram.shown", x=1)
    for _time in range(2):
        found = verdict(answered(trial.exchange(operations=[one])), one)
        must(found == "ignored", "ignored", found)


@rule("3.14-ask", N_("chaque réponse répète « ask »"), revision=2, writes=True)
def echoed(trial: Trial) -> None:
    """Whatever it holds, and on each page."""
    for word in (uuid.uuid4().hex, "é-« 8 »-signes"):
        found = answered(trial.exchange(ask=word)).get("ask")
        must(found == word, shown(word), shown(found))


@rule("3.15-sizes", N_("« cursor » tient en 512 caractères, les identifiants en 200"), revision=2, writes=True)
def sizes(trial: Trial) -> None:
    """Over a whole run."""
    for page in whole(trial):
        must(len(page["cursor"]) <= MAX_CURSOR, f"<= {MAX_CURSOR}", str(len(page["cursor"])))
        longest = max((len(str(one.get("id"))) for one in changes(page)), default=0)
        must(longest <= ID_LONGEST, f"<= {ID_LONGEST}", str(longest))


@rule(
    "3.15-page", N_("une réponse tient en 256 Kio, sauf si un seul changement est plus grand"), revision=2, writes=True
)
def page(trial: Trial) -> None:
    """Asked for 500 changes, unpacked."""
    cursor: Any = None
    for _page in range(len(whole(trial))):
        heard = trial.exchange(cursor=cursor, max_changes=500)
        found = answered(heard)
        small = len(heard.body) <= MAX_ANSWER_BYTES or len(changes(found)) == 1
        must(small, f"<= {MAX_ANSWER_BYTES}", str(len(heard.body)))
        cursor = found.get("cursor")


@rule(
    "3.10-had-seq",
    N_("un « had_seq » plus haut que ce que le centre tient : une autre « epoch » pour ce kiosque"),
    revision=2,
    writes=True,
)
def had_seq(trial: Trial) -> None:
    """As if the centre had come back from an older copy: it changes nothing for the other kiosks."""
    who = trial.paired()
    before = trial.known["before"] = run(trial, who)[-1]
    found = answered(trial.exchange(cursor=before["cursor"], had_seq=who.seq + 10_000))
    must(found.get("epoch") != before.get("epoch"), f"not {before.get('epoch')!r}", repr(found.get("epoch")))
    trial.known["again"] = found


@rule("3.11-cursor", N_("un curseur d’une autre « epoch » : 410 cursor_expired"), revision=2, writes=True)
def other_epoch(trial: Trial) -> None:
    """The one from before the rule above."""
    if "again" not in trial.known:
        raise Untried(N_("la règle d’avant n’a pas tenu"))
    refused(trial.exchange(cursor=trial.known["before"]["cursor"], had_seq=0), 410, "cursor_expired")


@rule(
    "3.10-once",
    N_("la nouvelle « epoch » demeure : le centre ne recommence pas à chaque échange"),
    revision=2,
    writes=True,
)
def new_epoch_stays(trial: Trial) -> None:
    """The kiosk says `had_seq` 0 from then on."""
    if "again" not in trial.known:
        raise Untried(N_("la règle d’avant n’a pas tenu"))
    found = answered(trial.exchange(had_seq=0)).get("epoch")
    must(found == trial.known["again"].get("epoch"), shown(trial.known["again"].get("epoch")), shown(found))


@rule(
    "3.10-verdicts", N_("ce qui revient après une nouvelle « epoch » reçoit encore un verdict"), revision=2, writes=True
)
def again(trial: Trial) -> None:
    """Sent before it and after it: it counts once all the same."""
    one = cancel(trial.paired())
    for _time in range(2):
        found = verdict(answered(trial.exchange(operations=[one], had_seq=0)), one)
        must(found == "accepted", "accepted", found)


_RESTORE = N_("il faudrait remettre une copie plus ancienne de sa base")
unseen(
    "3.11-copy",
    N_("« epoch » change quand le centre revient d’une copie ; codes et révocations aussi"),
    _RESTORE,
    revision=2,
)
unseen(
    "3.10-keeping",
    N_("le centre garde identifiants, « seq » et verdicts plus longtemps que les corps"),
    N_("il faudrait des mois"),
    revision=2,
)
unseen(
    "3.12-present",
    N_("une lecture depuis null ne finit qu’au présent"),
    N_("il faudrait écrire au bureau pendant la lecture"),
    revision=2,
)
