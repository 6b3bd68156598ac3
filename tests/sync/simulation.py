"""A seeded world: kiosks and two centres over a link that drops, delays, duplicates, truncates, replays and lies.

Every part is the real one (the kiosks' rounds, writers and SQLite files, the centres' own exchange and sticks); only
the wire is played. Centres come back from copies, between two pages of a round too, begin other histories, and forget
what they took away before everybody was told; kiosks change centre, lose their identity, carry sticks that come late
or twice. A run is a number of random acts, then a faithful link until nothing waits, then
:func:`sync.agreement.check`: both sides agree, nothing lost, nothing doubled, nothing told to another centre without a
yes, nothing personal ever on the wire.

A peer of revision 1 is played by leaving out, both ways, every field that revision 2 added; the real code of then is
tried where the history has it (:mod:`sync.revision_1`).

`PYTHONPATH=.:tests TMPDIR=/dev/shm python tests/sync/simulation.py --runs 10000` is the long form (in memory: half of a
run's time goes to the disk); a failure prints its seed and the rest goes on, `--seed N --runs 1` plays it again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import msgspec

from kiosk import contract
from kiosk.app import create_kiosk
from kiosk.centre import catalogue
from kiosk.centre import enrolments as centre_enrolments
from kiosk.centre import exchange
from kiosk.centre import feed as centre_feed
from kiosk.centre import models as centre_models
from kiosk.centre import notices as centre_notices
from kiosk.centre import pairing
from kiosk.centre import questions as centre_questions
from kiosk.centre import retention as centre_retention
from kiosk.centre import stick as office_stick
from kiosk.centre.house import Centre
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.serving import open_centre
from kiosk.centre.settings import CentreSettings
from kiosk.domain import enrolments, retelling, rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation, preparation, questions
from kiosk.exchange import classify
from kiosk.exchange import exchange as bodies
from kiosk.exchange import identity
from kiosk.exchange import pairing as kiosk_pairing
from kiosk.exchange import place, stick
from kiosk.exchange.messages import Call, Reply
from kiosk.exchange.round import Round
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Enrolment, Operation, Question, Room, Session
from sync import agreement

URL, OTHER_URL = "https://centre.example", "https://autre.example"
SCHOOLS = ("0951099D", "0750650Z")
PUPILS = ("lea.martin@example.fr", "06 12 34 56 78", "je m'appelle Enzo")
DEVICE = "jeton-d-un-telephone"
#: What revision 2 added to an answer.
SECOND = ("operations", "revision", "epoch", "ask", "snapshot")
FAULTS = (
    "ok",
    "ok",
    "ok",
    "drop",
    "lost",
    "lost",
    "twice",
    "late",
    "cut",
    "stale",
    "portal",
    "redirect",
    "server",
    "garbage",
    "killed before",
    "killed after",
    "killed storing",
)


class Killed(BaseException):
    """The process dies here: nothing after this line happens."""


class World:
    """One run: a centre, its kiosks, and the link between them."""

    def __init__(self, seed: int, folder: Path, template: Path) -> None:
        self.dice = random.Random(seed)
        self.folder = folder
        shutil.copytree(template, folder, dirs_exist_ok=True)
        self.folders = {URL: folder / "centre", OTHER_URL: folder / "autre"}
        self.centres = {url: open_centre(CentreSettings(data_dir=place)) for url, place in self.folders.items()}
        self.wire: list[bytes] = []
        self.late: list[tuple[str, str, bytes]] = []
        self.stale: dict[str, bytes] = {}
        self.faithful = False
        self.n = 0
        self.told = 0
        self.copies: dict[str, Path] = {}
        self.restored = self.moved = self.carried = 0
        #: A copy that nothing but ``had_seq`` tells; and a kiosk paired anew since, which has none.
        self.unmarked = self.blind = False
        self.files: list[bytes] = []
        self.answers: list[bytes] = []
        #: A peer of revision 1 on the other side: no centre comes back from a copy then, which nobody would notice.
        self.old = self.dice.random() < 0.3
        self.urls = [URL] * self.dice.choice((1, 2, 2, 3))
        self.kiosks: list[Kiosk] = [self.open(number) for number in range(len(self.urls))]

    def centre(self, url: str) -> Centre:
        """A centre, its tables in use: this process has one at a time."""
        centre_models.database.initialize(self.centres[url].store.database)
        return self.centres[url]

    def open(self, number: int) -> Kiosk:
        """Start a kiosk's process again on its folder."""
        settings = Settings(
            data_dir=self.folder / f"kiosk{number}",
            engine="threading",
            centre_url=self.urls[number],
            sync_share_asked=True,
        )
        kiosk = create_kiosk(settings)
        kiosk.writer.start()
        return kiosk

    def close(self) -> None:
        for kiosk in self.kiosks:
            kiosk.database.use()
            kiosk.writer.stop()
            kiosk.database.close()
        for centre in self.centres.values():
            centre.store.stop()

    # -- acts ----------------------------------------------------------------------------------

    def act(self) -> None:
        """Something happens somewhere."""
        number = self.dice.randrange(len(self.kiosks))
        self.kiosks[number].database.use()
        act = self.dice.choice(
            (
                self.prepare,
                self.prepare,
                self.edit,
                self.withdraw,
                self.support,
                self.enrol,
                self.cancel,
                self.ask,
                self.close_session,
                self.jump,
                self.centre_acts,
                self.centre_acts,
                self.bring_back,
                self.move,
                self.renew,
                self.stick_out,
                self.stick_there,
                self.stick_back,
                self.exchange,
                self.exchange,
                self.exchange,
                self.exchange,
            )
        )
        try:
            act(number)
        except (KioskError, OfficeError):
            pass  # the moment did not allow it

    def session(self) -> str:
        return self.dice.choice(("S-1", "S-2"))

    def room(self, number: int) -> str:
        """A room of this kiosk, with a session on."""
        room = Room.select().first()
        if room.session_id is None or room.phase == "closed":
            enrolment = Enrolment.select().where(Enrolment.state == "confirmed").first()
            self.kiosks[number].write(
                lambda tx: rooms.choose_session(
                    tx,
                    room.id,
                    enrolment.session_id if enrolment else self.session(),
                    enrolment_id=enrolment.id if enrolment else None,
                    class_label="4e B",
                    headcount=26,
                )
            )
        return str(room.id)

    def prepare(self, number: int) -> None:
        room = self.room(number)
        self.n += 1
        text = f"Question {self.n} ? {self.dice.choice(PUPILS) if self.dice.random() < 0.2 else ''}".strip()
        self.kiosks[number].write(lambda tx: preparation.add(tx, room, text, theme="metier"))

    def some_prepared(self) -> tuple[str, str] | None:
        """(room, question); the room is empty when none has it yet: the act is then refused."""
        rows = list(Question.select().where((Question.origin == "prepared") & (Question.status == "approved")))
        row = self.dice.choice(rows) if rows else None
        return None if row is None else (row.room_id or "", row.id)

    def edit(self, number: int) -> None:
        one, self.n = self.some_prepared(), self.n + 1
        if one is not None:
            self.kiosks[number].write(lambda tx: preparation.edit(tx, *one, f"Mieux {self.n} ?", "vie"))

    def withdraw(self, number: int) -> None:
        one = self.some_prepared()
        if one is not None:
            self.kiosks[number].write(lambda tx: preparation.delete(tx, *one))

    def support(self, number: int) -> None:
        one = self.some_prepared()
        if one is not None:
            device = f"{DEVICE}-{self.dice.randrange(9)}"
            self.kiosks[number].write(lambda tx: questions.set_support(tx, *one, device, True))

    def enrol(self, number: int) -> None:
        self.n += 1
        self.kiosks[number].write(
            lambda tx: enrolments.request(tx, self.session(), label=f"4e {self.n}", level="4E", headcount=25)
        )

    def cancel(self, number: int) -> None:
        rows = [e for e in enrolments.listed() if e.state in enrolments.ALIVE and e.pending != "cancel"]
        if rows:
            chosen = self.dice.choice(rows)
            self.kiosks[number].write(lambda tx: enrolments.cancel(tx, chosen.id))

    def ask(self, number: int) -> None:
        one = self.some_prepared()
        if one is not None:
            verb = self.dice.choice((moderation.mark_asked, moderation.mark_answered))
            self.kiosks[number].write(lambda tx: verb(tx, *one))

    def close_session(self, number: int) -> None:
        room = Room.select().first()
        if room.session_id and self.dice.random() < 0.4:
            self.kiosks[number].write(lambda tx: rooms.set_phase(tx, room.id, "closed"))

    def jump(self, number: int) -> None:
        """The clock jumps: minutes, years."""
        clock = self.kiosks[number].clock
        clock.correct(
            clock.now() + self.dice.choice((-5, -1, 1, 5)) * self.dice.choice((60_000, 31_536_000_000)), "system"
        )

    def centre_acts(self, _number: int) -> None:
        self.n += 1
        n, store, dice = self.n, self.centre(self.dice.choice((URL, OTHER_URL))).store, self.dice
        rows = store.run(
            lambda tx: list(
                centre_models.Enrolment.select().where(
                    centre_models.Enrolment.state.in_(("requested", "waitlisted", "confirmed"))
                )
            )
        )
        acts: list[Callable[[Any], Any]] = [
            lambda tx: catalogue.put_session(tx, self.session(), session_body(n)),
            lambda tx: centre_questions.receive(tx, self.session(), f"Question reçue {n}", "vie", "email"),
            lambda tx: centre_notices.publish(tx, "info", f"Annonce {n}", 4_000_000_000_000),
            lambda tx: withdraw_notice(tx, dice),
        ]
        if not self.old:  # to a kiosk of revision 1, what is gone is not told by a reading from the start
            acts.append(forget_deletions)
        if rows:
            chosen = dice.choice(rows)
            acts.append(
                lambda tx: centre_enrolments.decide(tx, chosen.id, dice.choice(("confirmed", "refused")), "Décidé")
            )
        if dice.random() < 0.1 and not self.old:  # every cursor expires
            acts.append(lambda tx: centre_feed.begin_again())
        try:
            store.run(dice.choice(acts))
        except Exception as error:
            assert type(error).__name__ == "OfficeError", error

    def bring_back(self, _number: int) -> None:
        """A centre is copied, or brought back from its copy: with its mark beside it, or an older mark, or none."""
        if self.old or self.restored >= 3:
            return
        url = URL if self.dice.random() < 0.8 else OTHER_URL
        folder = self.folders[url]
        if url not in self.copies or self.dice.random() < 0.3:
            copy = self.copies[url] = self.folder / f"{folder.name}-copy"
            copy.unlink(missing_ok=True)
            with sqlite3.connect(folder / "centre.sqlite3") as base:
                base.execute("VACUUM INTO ?", (str(copy),))
            base.close()
            return
        self.restored += 1
        assert self.centres[url].store.stop()
        for path in folder.glob("centre.sqlite3*"):
            path.unlink()
        shutil.copy(self.copies[url], folder / "centre.sqlite3")
        if self.dice.random() < 0.6:
            (folder / "centre.history").unlink(missing_ok=True)
            self.unmarked = True
        self.centres[url] = open_centre(CentreSettings(data_dir=folder))

    def move(self, number: int) -> None:
        """The school goes to the other centre, or back."""
        if self.old or self.dice.random() < 0.5:  # a centre of revision 1 cannot say what is not its own
            return
        self.moved += 1
        self.urls[number] = OTHER_URL if self.urls[number] == URL else URL
        kiosk = self.kiosks[number]
        kiosk.settings = replace(kiosk.settings, centre_url=self.urls[number])
        self.pair(number)

    def renew(self, number: int) -> None:
        """The card was copied: another identity, paired again."""
        if self.dice.random() < 0.5:
            return
        kiosk = self.kiosks[number]
        identity.renew(kiosk.settings.data_dir, kiosk.clock.now())
        kiosk.write(bodies.forget_centre)
        self.pair(number)

    def pair(self, number: int) -> None:
        """A code of the centre of this kiosk is typed."""
        kiosk, centre = self.kiosks[number], self.centre(self.urls[number])
        who = identity.load(kiosk.settings.data_dir, kiosk.clock.now())[0]
        uai = SCHOOLS[number % 2]
        code = centre.store.run(lambda tx: pairing.issue(tx, uai))
        wanted = contract.PairRequest(uai=uai, code=code, kiosk=who.kiosk)
        token = centre.store.run(lambda tx: pairing.pair(tx, wanted, centre.key))
        self.blind = self.blind or self.unmarked
        kiosk_pairing.adopt(kiosk, who, replace(who, token=str(token), uai=uai, url=self.urls[number]))

    # -- sticks --------------------------------------------------------------------------------

    def stick_out(self, number: int) -> None:
        """What waits is written on a stick."""
        if not self.old:
            self.files.append(stick.request(self.kiosks[number])[1])
            self.wire.append(gzip.decompress(self.files[-1]))

    def stick_there(self, _number: int) -> None:
        """One or several sticks, of today or of long ago, are read by a centre."""
        if not self.files:
            return
        some = self.dice.sample(self.files, self.dice.randint(1, min(3, len(self.files))))
        centre = self.centre(URL if self.dice.random() < 0.8 else OTHER_URL)
        made = office_stick.answers(centre, [(f"{n}", data) for n, data in enumerate(some)])
        self.answers += [data for _name, data in made]

    def stick_back(self, number: int) -> None:
        """An answer, of today or of long ago, comes to a kiosk, perhaps another's."""
        if self.answers:
            self.carried += stick.take_answer(self.kiosks[number], self.dice.choice(self.answers)).accepted

    # -- the link ------------------------------------------------------------------------------

    def exchange(self, number: int) -> bool:
        """One round; when it is killed, the process starts again from what is on disk. Whether anything came of it."""
        kiosk = self.kiosks[number]
        try:
            before = place.cursor(), place.epoch()
            found = Round(kiosk, _Link(self, kiosk, self.urls[number])).run()
            return not found.through or bool(found.sent or found.changes) or before != (place.cursor(), place.epoch())
        except Killed:
            kiosk.writer.stop()
            kiosk.database.close()
            self.kiosks[number] = self.open(number)
            return True

    def carry(self, call: Call, kiosk: Kiosk, url: str) -> Reply:
        fault = "ok" if self.faithful else self.dice.choice(FAULTS)
        if call.url.endswith("/about"):
            about = {"service": "metiers-en-direct", "contract": [1], "name": "C", "time": _now()}
            return _reply(200, about) if fault == "ok" or self.dice.random() < 0.5 else Reply("timeout")
        body = _opened(call)
        if self.old:
            body = _without(body, "revision", "ask", "had_seq")
        self.wire.append(body)
        token = call.headers["Authorization"].removeprefix("Bearer ")
        self._never_silently(body, url)
        if not self.faithful and self.dice.random() < 0.04:  # between two pages of a round
            self.dice.choice((self.bring_back, self._begin_again))(0)
        if fault == "killed before":
            raise Killed
        if fault in ("drop", "late"):
            if fault == "late":
                self.late.append((url, token, body))
            return Reply("timeout")
        if fault in ("portal", "redirect", "server"):
            return {"portal": Reply("portal", 200), "redirect": Reply("redirect", 302), "server": _reply(503, {})}[
                fault
            ]
        if self.late and self.dice.random() < 0.5:  # an old request arrives before this one
            self.deliver(*self.late.pop(self.dice.randrange(len(self.late))))
        reply = self.deliver(url, token, body)
        if fault == "twice":
            reply = self.deliver(url, token, body)
        before, self.stale[token] = self.stale.get(token), reply.body
        if fault == "killed after":
            raise Killed
        if fault == "killed storing":
            _kill_at_next_write(kiosk)
        if fault == "lost":
            return Reply("timeout")
        if fault == "stale" and before is not None and reply.status == 200:
            return replace(reply, body=before)
        if fault in ("cut", "garbage"):
            body = reply.body[: len(reply.body) // 2] if fault == "cut" else gzip.compress(reply.body)[5:]
            failure, code, detail = classify.of_answer(200, {"content-type": "application/json"}, body, "json")
            return Reply(failure, 200, code, detail, {"content-type": "application/json"}, body)
        return reply

    def _begin_again(self, _number: int) -> None:
        """A history begins, in the middle of whatever goes on."""
        if not self.old:
            self.centre(URL).store.run(lambda tx: centre_feed.begin_again())

    def _never_silently(self, body: bytes, url: str) -> None:
        """What another centre took leaves for this one only once the user said so (contract, rule 10)."""
        ids = [one["id"] for one in json.loads(body)["operations"]]
        for row in Operation.select().where(Operation.id << ids):
            assert row.centre == url, (row.type, row.centre, url)

    def deliver(self, url: str, token: str, body: bytes) -> Reply:
        """What the real centre answers."""
        try:
            asked = exchange.read(body)
            value = self.centre(url).store.run(lambda tx: exchange.run(tx, token, asked))
        except Refusal as refusal:
            return _reply(refusal.status, msgspec.to_builtins(refusal.problem()), "application/problem+json")
        if self.old:
            value = {name: said for name, said in value.items() if name not in SECOND}
        return _reply(200, value)

    # -- the end -------------------------------------------------------------------------------

    def settle(self) -> None:
        """A faithful link until nothing waits; late requests and sticks arrive at last, in any order."""
        self.faithful = True
        self.dice.shuffle(self.late)
        for url, token, body in self.late:
            self.deliver(url, token, body)
        for _time in range(min(len(self.files), 3)):
            with suppress(OfficeError):
                self.stick_there(0)
        for number, kiosk in enumerate(self.kiosks):
            kiosk.database.use()
            for _time in range(min(len(self.answers), 3)):
                with suppress(KioskError):
                    self.stick_back(number)
        self.meet()
        if self.dice.random() < 0.5:  # the user says yes
            for kiosk in self.kiosks:
                kiosk.database.use()
                kiosk.write(retelling.tell_here)
            self.meet()
            for kiosk in self.kiosks:
                kiosk.database.use()
                assert retelling.elsewhere() == 0

    def meet(self) -> None:
        """Rounds until both sides have nothing more to say: a turn of all kiosks that brings none of them anything."""
        for _round in range(4):  # what one school's kiosk says may concern the other's
            moved = False
            for number, kiosk in enumerate(self.kiosks):
                kiosk.database.use()
                if not self.known(number):
                    self.pair(number)
                    moved = True
                if place.too_often(kiosk.clock.now()):  # « demain »
                    kiosk.clock.correct(kiosk.clock.now() + 25 * 3_600_000, "system")
                moved = self.exchange(number) or moved
            if not moved:
                return

    def known(self, number: int) -> bool:
        """Whether the centre believes this kiosk: a copy may be older than its pairing."""
        token = identity.load(self.kiosks[number].settings.data_dir, 0)[0].token
        try:
            self.centre(self.urls[number]).store.run(lambda tx: pairing.who(tx, token))
        except Refusal:
            return False
        return True


class _Link:
    def __init__(self, world: World, kiosk: Kiosk, url: str) -> None:
        self.world, self.kiosk, self.url = world, kiosk, url

    def carry(self, call: Call) -> Reply:
        self.kiosk.database.use()
        return self.world.carry(call, self.kiosk, self.url)

    def close(self) -> None:
        pass


def _kill_at_next_write(kiosk: Kiosk) -> None:
    """The process dies while the answer is being stored: the unit has run, its transaction never commits."""

    def write(unit: Callable[[Any], Any]) -> Any:
        def cut(tx: Any) -> None:
            unit(tx)
            raise KioskError("internal")

        try:
            Kiosk.write(kiosk, cut)
        except KioskError:
            raise Killed from None

    kiosk.write = write  # type: ignore[method-assign]


def _opened(call: Call) -> bytes:
    return gzip.decompress(call.body) if call.headers.get("Content-Encoding") == "gzip" else call.body


def _without(body: bytes, *names: str) -> bytes:
    """A message as one of revision 1 says it."""
    return json.dumps({name: value for name, value in json.loads(body).items() if name not in names}).encode()


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _reply(status: int, value: Any, kind: str = "application/json") -> Reply:
    body = msgspec.json.encode(value)
    failure, code, detail = classify.of_answer(status, {"content-type": kind}, body, "json")
    return Reply(failure, status, code, detail, body=body)


def session_body(n: int) -> contract.SessionBody:
    """A session of the centre, retitled at each revision."""
    return contract.SessionBody(
        title=f"Séance {n}",
        starts_at=datetime(2027, 1, 12, 9, 0, tzinfo=timezone.utc),
        duration_min=45,
        format="college-45",
        meeting_url="https://visio.example/a",
        levels=["4E"],
        status="planned",
        speakers=[],
        dossier=[],
        places=3,
    )


def put_two_sessions(tx: Any, above: int) -> None:
    """S-1 and S-2; their titles count from ``above``."""
    for n in (1, 2):
        catalogue.put_session(tx, f"S-{n}", session_body(n + above))


def withdraw_notice(tx: Any, dice: random.Random) -> None:
    """One of those that are out, if any."""
    of = centre_models.Notice
    rows = list(of.select().where(~of.withdrawn).order_by(of.text))
    if rows:
        centre_notices.withdraw(tx, dice.choice(rows).id)


def forget_deletions(tx: Any) -> None:
    """Whoever does not know yet what was taken away has been away for longer than the centre keeps it."""
    kind = centre_retention.KINDS["deleted"]
    for row in list(kind.due(4_000_000_000_000)):
        kind.forget(row)


def make_template(folder: Path) -> None:
    """A centre with two sessions and three paired kiosks, copied for each run."""
    other = open_centre(CentreSettings(data_dir=folder / "autre"))
    other.store.run(lambda tx: put_two_sessions(tx, 1000))
    other.store.stop()
    centre = open_centre(CentreSettings(data_dir=folder / "centre"))
    centre.store.run(lambda tx: put_two_sessions(tx, 0))
    for number, uai in enumerate((SCHOOLS[0], SCHOOLS[1], SCHOOLS[0])):
        place = folder / f"kiosk{number}"
        kiosk = create_kiosk(Settings(data_dir=place, engine="threading", centre_url=URL))
        kiosk.writer.start()

        def first(tx: Any) -> None:
            rooms.add(tx, "Salle")
            for n in (1, 2):
                Session.insert(
                    id=f"S-{n}",
                    title="Séance",
                    starts_at=1_800_000_000_000,
                    duration_min=45,
                    format="college-45",
                    levels=["4E"],
                ).execute()

        kiosk.write(first)
        who = identity.load(place, kiosk.clock.now())[0]
        code = centre.store.run(lambda tx: pairing.issue(tx, uai))
        wanted = contract.PairRequest(uai=uai, code=code, kiosk=who.kiosk)
        token = centre.store.run(lambda tx: pairing.pair(tx, wanted, centre.key))
        kiosk_pairing.adopt(kiosk, who, replace(who, token=str(token), uai=uai, url=URL))
        assert kiosk.writer.stop()
        kiosk.database.close()
    centre.store.stop()


def play(seed: int, template: Path, acts: int = 40) -> int:
    """One run; returns how many operations went through."""
    folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=template.parent))
    world = World(seed, folder, template)
    try:
        for _act in range(acts):
            world.act()
        world.settle()
        agreement.check(world)
        return world.told
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """The long form."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    start, told, failed = time.monotonic(), 0, list[int]()
    with tempfile.TemporaryDirectory() as place:
        template = Path(place) / "template"
        make_template(template)
        for seed in range(given.seed, given.seed + given.runs):
            try:
                told += play(seed, template)
            except Exception:
                failed.append(seed)
                print(f"seed {seed} failed", file=sys.stderr)
                traceback.print_exc()
    print(f"{given.runs} runs, {told} operations, {time.monotonic() - start:.0f} s; failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
