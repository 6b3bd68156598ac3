"""What a kiosk may have been answered when it asks: by the network at once, by a file once it has come back, and nobody
sees when that is. Each way it can have been is a :class:`Heard`; a request rules out those it does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kiosk.conform.kiosks.log import UNHEARD, Log, operations, operations_of, verdicts
from kiosk.conform.rules import Untried
from kiosk.conform.seen import CARRIED, Seen
from kiosk.ground.i18n import N_

#: Ways that are kept for a kiosk, the newest: files that nobody brings back would double them.
MOST = 32
FINAL = ("accepted", "rejected")


@dataclass
class Heard:
    """One way: which history the kiosk knows (None: none yet), the highest ``seq`` with a verdict in it, and what has
    its verdict for good (id → the step when it was heard, and the verdict).
    """

    epoch: Any = None
    highest: int = 0
    done: dict[str, tuple[int, str]] = field(default_factory=dict)
    #: ``highest`` → the first step when it was: a file is written one day and brought another.
    since: dict[int, int] = field(default_factory=lambda: {0: 0})
    #: Of the answers to files, which may be on their way: ``highest`` with each, and its verdicts.
    coming: dict[int, dict[str, str]] = field(default_factory=dict)

    def hear(self, step: int, highest: int, got: dict[str, str]) -> None:
        """Verdicts of the history it knows."""
        self.done.update({id: (step, status) for id, status in got.items() if status in FINAL and id not in self.done})
        self.highest = max(self.highest, highest)
        self.since.setdefault(self.highest, step)

    def another(self, epoch: Any, step: int) -> Heard:
        """It comes to know another history, where what was refused stays so."""
        refused = {id: (step, status) for id, (_step, status) in self.done.items() if status == "rejected"}
        return Heard(epoch, 0, refused)

    def may_say(self) -> set[int]:
        """What ``had_seq`` may be."""
        return {self.highest, *(one for one in self.coming if one > self.highest)}

    def says(self, highest: int, step: int) -> None:
        """``had_seq`` tells which answer to a file has come back."""
        if highest > self.highest:
            self.hear(step, highest, self.coming.pop(highest, {}))


@dataclass
class Step:
    """A request, or one message of a file, and what it shows. ``may``: what its ``had_seq`` may be, None of one that
    says none; ``again``: what it sends though it had its verdict; ``renewed``: its answer told another history than any
    that the kiosk may have known.
    """

    at: int
    seen: Seen
    message: dict[str, Any]
    may: set[int] | None
    again: list[str]
    renewed: bool = False


def steps(log: Log) -> Iterator[Step]:
    """Every request and file of a log, in the order they came."""
    ways: dict[Any, list[Heard]] = {}
    gone: dict[Any, list[Heard]] = {}
    for at, one in enumerate(log):
        message = one.message
        if message is None:
            continue
        who = message.get("kiosk")
        if who not in ways:
            ways[who] = _first(ways, at)
            if one.path == "/v1/exchange" and type(message.get("had_seq")) is int:  # its pairing is noted no more
                ways[who] += [Heard(None, message["had_seq"])]
        mine, before = ways[who], gone.setdefault(who, [])
        if one.path == CARRIED and one.signed:
            yield from _file(at, one, message, mine, before)
        elif one.path == "/v1/pair" and one.status == 201:
            for way in mine:
                way.highest, way.coming = 0, {}
        elif one.path == "/v1/exchange":
            step = _request(at, one, message, mine)
            step.renewed = _answer(at, one, mine, before)
            yield step


def _first(ways: dict[Any, list[Heard]], step: int) -> list[Heard]:
    """A new identity: of a new kiosk, or of one that keeps what it knew of the centre."""
    known = [way for held in ways.values() for way in held if way.epoch is not None]
    return [Heard(), *(Heard(way.epoch, 0, dict(way.done), {0: step}) for way in known[-MOST:])]


def _request(at: int, one: Seen, message: dict[str, Any], mine: list[Heard]) -> Step:
    """What a request shows; only the ways that it fits are left."""
    may, sent = None, [str(each.get("id")) for each in operations(one)]
    if "revision" in message:
        may, said = set().union(*(way.may_say() for way in mine)), message.get("had_seq")
        if type(said) is int and said in may:
            mine[:] = [way for way in mine if said in way.may_say()]
            for way in mine:
                way.says(said, at)
    again = [[id for id in sent if id in way.done] for way in mine]
    fit = [way for way, wrong in zip(mine, again) if not wrong]
    if fit:
        mine[:] = fit
    return Step(at, one, message, may, [] if fit else min(again, key=len))


def _answer(at: int, one: Seen, mine: list[Heard], before: list[Heard]) -> bool:
    """The network's answer is heard; whether it told another history."""
    if one.status != 200 or one.mood in UNHEARD:
        return False
    epoch, got, renewed = one.answer.get("epoch"), verdicts(one), []
    highest = _highest(operations(one), got)
    for number, way in enumerate(mine):
        other = epoch is not None and way.epoch not in (None, epoch)
        renewed.append(other)
        if other and one.mood != "ask":
            before.append(way)
            mine[number] = way.another(epoch, at)
            mine[number].done.update({id: (at, status) for id, status in got.items() if status == "rejected"})
            continue
        way.hear(at, highest, got)
        way.epoch = epoch if way.epoch is None and one.mood != "ask" else way.epoch
    before[:] = before[-MOST:]
    return all(renewed) and one.mood != "ask"


def _file(at: int, one: Seen, file: dict[str, Any], mine: list[Heard], before: list[Heard]) -> Iterator[Step]:
    """What the messages of a file show; then the ways that its answer opens, the day it comes back."""
    messages = list(file["messages"]) if file.get("messages") else [file["message"]]
    pairing = file.get("kind") == "pairing"
    for message in messages:
        yield _written(at, one, message, [*mine, *before], pairing)
    sent = [each for message in messages for each in operations_of(message)]
    epoch = next((answer["epoch"] for answer in one.answers if answer.get("epoch") is not None), None)
    every, later = (_verdicts(answers) for answers in (one.answers, one.answers[1:]))
    opened: list[Heard] = []
    for way in mine:
        if epoch is not None and way.epoch not in (None, epoch):
            opened.append(way.another(epoch, at))
            opened[-1].coming = {
                _highest(sent, later): later
            }  # the page that tells it brings verdicts that do not count
            continue
        if pairing:
            opened.append(Heard(epoch if way.epoch is None else way.epoch, 0, dict(way.done), {0: at}))
            opened[-1].coming = {_highest(sent, every): every}
        way.coming.setdefault(_highest(sent, every), every)
    mine[:] = [*mine, *opened][-MOST:]


def _written(at: int, one: Seen, message: dict[str, Any], ways: list[Heard], pairing: bool) -> Step:
    """A message of a file was written at some moment until now."""
    if "revision" not in message:
        return Step(at, one, message, None, [])
    sent, said = [str(each.get("id")) for each in operations_of(message)], message.get("had_seq")
    may = {each for way in ways for each in (*way.since, *way.may_say())} | ({0} if pairing else set())
    wrong: list[list[str]] = []
    for way in ways:
        if said in way.since:
            wrong.append([id for id in sent if id in way.done and way.done[id][0] <= way.since[said]])
        if said in way.coming:
            wrong.append([id for id in sent if id in way.done or way.coming[said].get(id) in FINAL])
    return Step(at, one, message, may, min(wrong, key=len, default=[]))


def _verdicts(answers: list[dict[str, Any]]) -> dict[str, str]:
    return {str(each["id"]): str(each["status"]) for one in answers for each in one["verdicts"]}


def _highest(sent: list[dict[str, Any]], got: dict[str, str]) -> int:
    """The highest ``seq`` of what got a verdict other than ``retry``."""
    return max((each["seq"] for each in sent if got.get(str(each.get("id")), "retry") != "retry"), default=0)


def new_epoch(log: Log) -> int:
    """Where an answer of the network told the kiosk of another epoch. :raises Untried: none did."""
    for step in steps(log):
        if step.renewed:
            return step.at
    raise Untried(N_("à provoquer : %(mood)s"), mood="epoch")
