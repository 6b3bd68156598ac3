"""What was noted of a kiosk, as its rules read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kiosk.conform.rules import Untried, rule
from kiosk.conform.seen import Seen
from kiosk.ground.i18n import N_

Log = Sequence[Seen]
#: Moods in which no answer reaches the kiosk.
UNHEARD = ("lost", "cut", "slow")

#: Why a rule is seen by nobody from outside.
LOOK = N_("se regarde sur les pages du kiosque")


def kiosk_rule(code: str, sentence: str, *, revision: int = 1, files: bool = False) -> Any:
    """Declare a rule of a kiosk. ``files``: its check looks at the files that were carried too."""
    return rule(code, sentence, side="kiosk", revision=revision, files=files)


def some(log: Log, path: str = "/v1/exchange") -> list[Seen]:
    """The requests to an address. :raises Untried: there is none."""
    found = [one for one in log if one.path == path and one.message is not None]
    if not found:
        raise Untried(N_("aucune demande à %(path)s n’est venue"), path=path)
    return found


def in_mood(log: Log, *moods: str) -> list[int]:
    """Where the exchanges in these moods are. :raises Untried: there is none."""
    found = [at for at, one in enumerate(log) if one.mood in moods and one.path == "/v1/exchange"]
    if not found:
        raise Untried(N_("à provoquer : %(mood)s"), mood=moods[0])
    return found


def after(log: Log, at: int) -> Seen:
    """The next exchange. :raises Untried: none came."""
    for one in log[at + 1 :]:
        if one.path == "/v1/exchange" and one.message is not None:
            return one
    raise Untried(N_("aucun échange n’a suivi"))


def operations(one: Seen) -> list[dict[str, Any]]:
    """What a request sends."""
    return operations_of(one.message or {})


def operations_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations of a message."""
    found = message.get("operations", [])
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def ids(one: Seen) -> list[str]:
    """The ids of what it sends, in its order."""
    return [str(each.get("id")) for each in operations(one)]


def sent(log: Log) -> Iterator[tuple[Seen, dict[str, Any]]]:
    """Each operation that was sent, with its request."""
    for one in log:
        if one.path == "/v1/exchange":
            yield from ((one, each) for each in operations(one))


def verdicts(one: Seen) -> dict[str, str]:
    """id → status, as the kiosk heard it."""
    if one.mood in UNHEARD or one.status != 200:
        return {}
    return {str(each["id"]): str(each["status"]) for each in one.answer.get("verdicts", [])}


def need_operations(log: Log) -> None:
    """:raises Untried: none was sent."""
    if not any(True for _pair in sent(log)):
        raise Untried(N_("aucune opération n’a été envoyée"))


def speaks_second(log: Log) -> None:
    """:raises Untried: this kiosk speaks revision 1."""
    if not any("revision" in (one.message or {}) for one in some(log)):
        raise Untried(N_("ce kiosque parle la révision 1"))


def later(log: Log, at: int) -> set[str]:
    """The ids of all that was sent after a request."""
    return {id for one in log[at + 1 :] if one.path == "/v1/exchange" for id in ids(one)}
