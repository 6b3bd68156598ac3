"""Section 6: the same messages on a USB stick. The kit writes its files in a folder, and waits there for the answers
that somebody (or a program of theirs) brings back from the centre.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from kiosk.conform.checks.exchange import cancel
from kiosk.conform.checks.pairing import pair
from kiosk.conform.rules import Failed, Untried, rule
from kiosk.conform.trial import Identity, Trial, must, now, refused, verdict
from kiosk.contract import StickFile, sticks
from kiosk.ground.i18n import N_

#: Seconds between two looks at the folder, and bytes of a file that is looked at.
EVERY, LARGEST = 0.2, 4 * 1024 * 1024


@rule("6-answer", N_("un fichier de demande reçoit une réponse, sous la marque du même jeton"), writes=True)
def answer(trial: Trial) -> None:
    """One message, in the form of revision 1."""
    who = trial.paired()
    message = trial.message(who, operations=[cancel(who)])
    first = trial.known["carried"] = _carry(trial, "1", who, _request(who, [message], many=False), who.token)
    must(first.said.messages is None, "message", "messages")
    found = verdict(first.raw["message"], message["operations"][0])
    must(found == "accepted", "accepted", found)
    trial.known["carried message"] = message


@rule("6-twice", N_("lire deux fois un fichier ne change rien"), writes=True)
def twice(trial: Trial) -> None:
    """The same verdict."""
    who = trial.paired()
    if "carried message" not in trial.known:
        raise Untried(N_("la règle d’avant n’a pas tenu"))
    message = trial.known["carried message"]
    again = _carry(trial, "2", who, _request(who, [message], many=False), who.token)
    found = verdict(again.raw["message"], message["operations"][0])
    must(found == "accepted", "accepted", found)


@rule(
    "6-messages",
    N_("un fichier porte plusieurs demandes ; toutes leurs opérations sont prises"),
    revision=2,
    writes=True,
)
def several(trial: Trial) -> None:
    """Two requests; the verdicts are on the pages of the answer, and its first page repeats the first `ask`."""
    who = trial.paired()
    sent = [trial.message(who, operations=[cancel(who)]) for _time in range(2)]
    pages = _carry(trial, "3", who, _request(who, sent, many=True), who.token).messages
    must(pages[0].get("ask") == sent[0]["ask"], sent[0]["ask"], str(pages[0].get("ask")))
    got = {one["id"]: one["status"] for page in pages for one in page.get("verdicts", [])}
    told = [got.get(message["operations"][0]["id"], "none") for message in sent]
    must(told == ["accepted"] * 2, "2 × accepted", str(told))


@rule("6-pairing", N_("un code long jumelle par un fichier, et jamais par le réseau"), revision=2, writes=True)
def long_code(trial: Trial) -> None:
    """The token is made on both sides of the code and the file; nobody carries it."""
    folder(trial)
    code = sticks.long_code(trial.long)
    if code is None:
        raise Untried(N_("donnez un code long : --long CODE"))
    who, salt = Identity(trial.uai), secrets.token_hex(16)
    refused(pair(trial, Identity(trial.uai), trial.long), 403, "pairing_code")
    key = sticks.stretched(code, salt)
    message = trial.message(who, operations=[cancel(who)])
    head = {"kind": "pairing", "kiosk": who.id, "uai": who.uai, "label": "Essai de conformité", "salt": salt}
    file = {**head, "made_at": now(), "messages": [message]}
    who.token = sticks.token_of(key, who.uai, who.id)
    pages = _carry(trial, "4", who, {**file, "mac": sticks.whole_mac(file, key)}, who.token).messages
    found = verdict(pages[0], message["operations"][0])
    must(found == "accepted", "accepted", found)


def folder(trial: Trial) -> Path:
    """Where files are left. :raises Untried: nobody carries any."""
    if not trial.stick:
        raise Untried(N_("donnez un dossier où porter des fichiers : --stick DOSSIER"))
    return Path(trial.stick)


def _request(who: Identity, messages: list[dict[str, Any]], *, many: bool) -> dict[str, Any]:
    head = {"kind": "request", "kiosk": who.id, "uai": who.uai, "made_at": now()}
    return sticks.sealed(head, messages, who.token, many=many)


def _carry(trial: Trial, name: str, who: Identity, value: dict[str, Any], token: str) -> sticks.File:
    """Leave a file, wait for its answer, and read it. :raises Untried: none came. :raises Failed: it is false."""
    place = folder(trial)
    before = {path.name for path in place.glob(f"*{sticks.SUFFIX}")}
    written = place / f"conform-{name}{sticks.SUFFIX}"
    part = written.with_suffix(".part")
    try:
        part.write_bytes(sticks.packed(value))
        part.replace(written)
        trial.say(str(written))
        end = time.monotonic() + trial.wait
        while time.monotonic() < end:
            for path in sorted(place.glob(f"*{sticks.SUFFIX}")):
                if path.name not in before | {written.name} and path.stat().st_size <= LARGEST:
                    return _true(path.read_bytes(), who, token)
            time.sleep(EVERY)
    except OSError:
        raise Untried(N_("le dossier ne se lit ou ne s’écrit pas")) from None
    raise Untried(N_("aucune réponse n’est venue dans le dossier"))


def _true(data: bytes, who: Identity, token: str) -> sticks.File:
    try:
        file = sticks.opened(data)
    except sticks.Damaged as error:
        raise Failed("StickFile.json", str(error)) from None
    must(isinstance(file.said, StickFile) and file.said.kind == "answer", "answer", file.said.kind)
    must(
        (file.said.kiosk, file.said.uai) == (who.id, who.uai),
        f"{who.id} {who.uai}",
        f"{file.said.kiosk} {file.said.uai}",
    )
    must(sticks.genuine(file, token), "mac", "another mac")
    return file
