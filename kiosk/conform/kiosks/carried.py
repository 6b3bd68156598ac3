"""What section 6 asks of the files that a kiosk writes, as they were brought to the small centre."""

from __future__ import annotations

from typing import Any

import msgspec

from kiosk.conform.checks.about import instant
from kiosk.conform.kiosks.first import check_bodies, check_personal
from kiosk.conform.kiosks.log import LOOK, Log, kiosk_rule
from kiosk.conform.rules import Failed, Untried, unseen
from kiosk.conform.trial import must, shown
from kiosk.contract import MAX_BODY, Request
from kiosk.ground.i18n import N_


def _files(log: Log) -> list[dict[str, Any]]:
    """The files that could be read. :raises Untried: none came."""
    found = [one.message for one in log if one.message is not None]
    if not found:
        raise Untried(N_("aucun fichier de clé n’a été apporté à /conform/stick"))
    return found


def _requests(file: dict[str, Any]) -> list[dict[str, Any]]:
    return list(file["messages"]) if file.get("messages") else [file["message"]]


@kiosk_rule(
    "6-file", N_("un fichier de clé a les champs du contrat, aucune clé double, 16 Mio au plus une fois ouvert")
)
def opens(log: Log) -> None:
    """A request, or a pairing: a kiosk writes no answer."""
    must(all(one.message is not None for one in log), "StickFile.json", "422 invalid")
    for file in _files(log):
        must(file["kind"] in ("request", "pairing"), "request, pairing", file["kind"])
        instant(file["made_at"])


@kiosk_rule("6-mac", N_("les marques d’un fichier sont celles du jeton du kiosque, ou de son code long"))
def marks(log: Log) -> None:
    """Of a kiosk that was paired here, or with a long code of here: nobody else's can be judged."""
    _files(log)
    told = [one.signed for one in log if one.signed is not None]
    if not told:
        raise Untried(N_("ce fichier est d’un kiosque qui n’a pas été jumelé ici"))
    must(all(told), "mac", "another mac")


@kiosk_rule(
    "6-requests", N_("chaque message d’un fichier est une demande de la section 3, au nom du kiosque du fichier")
)
def requests(log: Log) -> None:
    """Each within its limits, whatever their number."""
    for file in _files(log):
        for message in _requests(file):
            try:
                asked = msgspec.convert(message, Request)
            except msgspec.ValidationError as error:
                raise Failed("Request.json", str(error)) from None
            instant(message["sent_at"])
            must((asked.kiosk, asked.uai) == (file["kiosk"], file["uai"]), file["kiosk"], asked.kiosk)
            size = len(msgspec.json.encode(message))
            must(size <= MAX_BODY, f"<= {MAX_BODY}", str(size))


@kiosk_rule("6-bodies", N_("les opérations d’un fichier ont les corps du contrat, sans champ personnel"))
def bodies(log: Log) -> None:
    """As over a network."""
    found = [each for file in _files(log) for message in _requests(file) for each in message.get("operations", [])]
    if not found:
        raise Untried(N_("aucune opération n’a été envoyée"))
    for each in found:
        check_bodies(each)
        check_personal(each)


@kiosk_rule("6-many", N_("« messages » commence par « message », et « mac2 » couvre le fichier"), revision=2)
def many(log: Log) -> None:
    """Who reads revision 1 finds the first one, and its mark."""
    found = [file for file in _files(log) if file["kind"] == "request" and {"messages", "mac2"} & set(file)]
    if not found:
        raise Untried(N_("aucun fichier à plusieurs demandes n’a été apporté"))
    for file in found:
        must({"messages", "mac2"} <= set(file), "messages, mac2", shown(sorted(file)))
        must(file["messages"][0] == file["message"], "message", "messages[0]")


@kiosk_rule("6-salt", N_("un code long garde le même sel jusqu’à sa réponse"), revision=2)
def salt(log: Log) -> None:
    """A second file, before the answer has come back, asks for the same token."""
    salts: dict[str, list[str]] = {}
    for one in log:
        if one.signer and one.message is not None:
            salts.setdefault(one.signer, []).append(one.message["salt"])
    asked = [held for held in salts.values() if len(held) > 1]
    if not asked:
        raise Untried(N_("apportez deux fichiers de jumelage du même code long"))
    for first, *rest in asked:
        must(set(rest) <= {first}, first, rest[-1])


unseen("6-read", N_("lire deux fois une réponse ne change rien, et un autre voyage est annoncé"), LOOK, side="kiosk")
unseen(
    "6-destroyed",
    N_("le code long et sa clé sont détruits une fois servis"),
    N_("se regarde dans les fichiers du kiosque"),
    side="kiosk",
    revision=2,
)
