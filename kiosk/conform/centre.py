"""A small centre in memory, written from the contract's page: it keeps to it, or breaks the one rule that it is told.

``breaks`` names a rule (a code of ``SIDES["centre"]``): each is broken where it is kept, so that a check that misses it
is found. ``revision`` 1 leaves out all that revision 2 added.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from kiosk.conform.refusal import Refusal
from kiosk.conform.telling import Reader, Told
from kiosk.contract import (
    CONTRACT,
    MAX_ANSWER_BYTES,
    MAX_BODY,
    MAX_OPERATIONS,
    OPERATIONS,
    REVISION,
    SERVICE,
    Operation,
    Request,
    personal_fields,
    schools,
    sticks,
)

#: Wrong codes after which a school waits, and for how many seconds.
MAX_WRONG, WAIT = 5, 900
#: A square of eight pixels (PNG).
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000080000000808020000004b6d29dc00000011"
    "4944415478da63d088eac18a1886960400474e4381051ebef60000000049454e44ae426082"
)


@dataclass
class Held:
    """A kiosk that this centre knows."""

    id: str
    uai: str
    token: str
    code: str
    seqs: dict[int, str] = field(default_factory=dict)
    seq: int = 0
    #: What its own history is called, behind the centre's, once it knew more than the centre.
    epoch: str = ""


class PlayedCentre:
    """A centre with its schools, sessions and kiosks. One thread at a time may call it."""

    def __init__(self, revision: int = REVISION) -> None:
        self.revision, self.told = revision, Told(revision)
        self.epoch = secrets.token_hex(2)
        self.understood = sorted(OPERATIONS)
        self.codes: dict[str, str] = {}
        self.used: dict[str, str] = {}
        self.long: dict[str, str] = {}
        self.kiosks: dict[str, Held] = {}
        self.replaced: set[str] = set()
        self.tries: dict[str, int] = {}
        self.verdicts: dict[tuple[str, str], dict[str, Any]] = {}
        self.enrolments: dict[str, dict[str, Any]] = {}
        self.questions: dict[str, dict[str, Any]] = {}
        self.portraits: dict[str, bytes] = {}

    @property
    def breaks(self) -> str:
        """The rule that it breaks; empty: it keeps them all."""
        return self.told.breaks

    @breaks.setter
    def breaks(self, code: str) -> None:
        """Break another, or none."""
        self.told.breaks = code

    # -- sections 1 and 2 ------------------------------------------------------------------------

    def about(self) -> dict[str, Any]:
        """Section 1."""
        said: dict[str, Any] = {"service": SERVICE, "contract": [CONTRACT], "name": "Centre d’essai", "time": now()}
        if self.revision >= 2:
            limits = {"operations": MAX_OPERATIONS, "bytes": MAX_BODY, "answer_bytes": MAX_ANSWER_BYTES}
            said.update(revision=REVISION, epoch=self.epoch, operations=self.understood, limits=limits)
        return said

    def code(self, uai: str) -> str:
        """Make a pairing code for a school."""
        made = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper()
        self.codes[made] = uai
        return made

    def pair(self, uai: str, code: str, kiosk: str) -> str:
        """Section 2: a token. :raises Refusal: the code is wrong, the kiosk is another school's…"""
        if schools.read_uai(uai) is None and self.breaks != "2-checksum":
            raise Refusal(422, "invalid", errors=[{"pointer": "/uai", "detail": "checksum"}])
        counted = "" if self.breaks == "2-lock-alone" else uai
        if self.tries.get(counted, 0) >= MAX_WRONG and self.breaks != "2-lock":
            raise Refusal(429, "rate_limited", retry_after=WAIT)
        first = self.used.get(code)
        again = first == kiosk and self.revision >= 2
        if self.codes.get(code) != uai or (first is not None and not again and self.breaks != "2-once"):
            if self.breaks == "6-pairing" and sticks.long_code(code) in self.long:
                return self.code(uai)
            if self.breaks == "2-wrong":
                raise Refusal(401, "unauthorized")
            self.tries[counted] = self.tries.get(counted, 0) + 1
            raise Refusal(403, "pairing_code")
        held = self.kiosks.get(kiosk)
        if held is not None and held.uai != uai and self.breaks != "2-clone":
            raise Refusal(409, "kiosk_cloned")
        self.used[code] = kiosk
        if held is not None and self.breaks == "2-again":
            return held.token
        if held is not None:
            self.replaced.add(held.token)
        token = secrets.token_urlsafe(16)
        seqs = held.seqs if held is not None else {}
        self.kiosks[kiosk] = Held(kiosk, uai, token, code, seqs, held.seq if held is not None else 0)
        return token

    # -- section 3 -------------------------------------------------------------------------------

    def who(self, token: str) -> Held:
        """Whose token it is. :raises Refusal: nobody's."""
        for held in self.kiosks.values():
            if held.token == token:
                return held
        if self.breaks == ("3-token" if token else "3-bearer") and self.kiosks:
            return next(iter(self.kiosks.values()))
        if self.breaks == ("3-token" if token else "3-bearer"):
            raise Refusal(403, "forbidden")
        raise Refusal(401, "token_revoked" if token in self.replaced else "unauthorized")

    def exchange(self, token: str, message: dict[str, Any]) -> dict[str, Any]:
        """Section 3. :raises Refusal: nothing was applied."""
        who = self.who(token)
        request = self._read(message)
        second = self.revision >= 2 and isinstance(request.revision, int)
        if (who.id, who.uai) != (request.kiosk, request.uai) and self.breaks != "3-identity":
            raise Refusal(403, "forbidden")
        self._refuse_persons(request)
        self._refuse_clones(who, request.operations)
        lost = (
            second and isinstance(request.had_seq, int) and request.had_seq > who.seq and self.breaks != "3.10-had-seq"
        )
        epoch, anew = self._history(who), False
        if lost and (request.cursor is None or request.cursor.partition("/")[0] == epoch):
            who.epoch, who.seq, anew = secrets.token_hex(2), 0, True
        if self.breaks == "3.10-once" and who.epoch:
            who.epoch = secrets.token_hex(2)
        epoch = self._history(who)
        since, started = self.told.since(request.cursor, "" if anew else epoch)
        verdicts = self._apply(who, request.operations, second)
        if anew:
            page: list[dict[str, Any]] = []
            cursor, more, started = f"{epoch}/0s", True, False
        else:
            reader = Reader(who.uai, epoch, self._confirmed(who.uai), second)
            page, cursor, more = self.told.page(reader, since, started, request.max_changes)
        answer = {
            "contract": CONTRACT,
            "time": now(),
            "cursor": cursor,
            "more": more,
            "verdicts": verdicts,
            "changes": page,
        }
        if self.revision >= 2 and (request.cursor is None or self.breaks == "3.12-idle"):
            answer["operations"] = self.understood
        if second:
            answer.update(revision=REVISION, epoch=epoch, **({"snapshot": True} if started else {}))
            if isinstance(request.ask, str):
                answer["ask"] = request.ask
        return answer

    def _read(self, message: dict[str, Any]) -> Request:
        if message.get("contract") != CONTRACT and self.breaks != "3-version":
            raise Refusal(426, "version")
        if self.breaks == "3-version":
            message = {**message, "contract": CONTRACT}
        operations = message.get("operations")
        most = {"3.1-operations": 1000, "3.1-fifty": 40}.get(self.breaks, MAX_OPERATIONS)
        if isinstance(operations, list) and len(operations) > most:
            raise Refusal(413, "too_large")
        if self.breaks == "0-unknown" and "hologram" in message:
            raise Refusal(422, "invalid", errors=[{"pointer": "/hologram", "detail": "unknown"}])
        try:
            if not isinstance(operations, list) or len(operations) <= MAX_OPERATIONS:
                return msgspec.convert(message, Request)
            request = msgspec.convert({**message, "operations": []}, Request)
            request.operations = msgspec.convert(operations, list[Operation])
            return request
        except msgspec.ValidationError as error:
            raise Refusal(422, "invalid", errors=[{"pointer": "", "detail": str(error)}]) from None

    def _refuse_persons(self, request: Request) -> None:
        errors = []
        for index, one in enumerate(request.operations):
            found = personal_fields(one.body) if one.type.startswith("question.") else []
            if self.breaks == "3.9-personal":
                found = [name for name in found if "/" not in name]
            errors += [{"pointer": f"/operations/{index}/body/{name}", "detail": "personal"} for name in found]
        if not errors:
            return
        if self.breaks == "3.9-nothing":
            for one in request.operations:
                self.verdicts[request.uai, one.id] = {"id": one.id, "status": "rejected", "code": "invalid"}
        if self.breaks == "3.9-pointer":
            errors = [{**one, "pointer": "/body/" + one["pointer"].rpartition("/")[2]} for one in errors]
        raise Refusal(422, "invalid", errors=errors)

    def _refuse_clones(self, who: Held, operations: list[Operation]) -> None:
        for one in operations:
            known = (who.uai, one.id) in self.verdicts
            if who.seqs.get(one.seq, one.id) != one.id and not known and self.breaks != "3.8-clone":
                raise Refusal(409, "kiosk_cloned")
        last = max(who.seqs, default=0)
        if self.breaks == "3.3-gaps" and any(one.seq > last + 200 for one in operations):
            raise Refusal(422, "invalid", errors=[{"pointer": "/operations", "detail": "gap"}])

    def _apply(self, who: Held, operations: list[Operation], second: bool) -> list[dict[str, Any]]:
        """In order of ``seq``; the verdicts, in the order of the message."""
        ordered = operations if self.breaks == "3.3-order" else sorted(operations, key=lambda one: one.seq)
        for one in ordered:
            key = (f"{who.uai} {who.id}" if self.breaks == "3.2-school" else who.uai, one.id)
            before = self.verdicts.get(key)
            if before is None or self.breaks == "3.2-repeat":
                self.verdicts[key] = self._judged(who, one)
            elif self.breaks == "3.10-verdicts" and who.epoch:
                self.verdicts[key] = {"id": one.id, "status": "rejected", "code": "invalid"}
            who.seqs[one.seq] = one.id
            who.seq = max(who.seq, one.seq)
        said = []
        for one in operations:
            key = (f"{who.uai} {who.id}" if self.breaks == "3.2-school" else who.uai, one.id)
            verdict = self.verdicts[key]
            ignored = verdict["status"] == "ignored"
            if ignored and not second and self.breaks != "0-unknown-type":
                verdict = {"id": one.id, "status": "accepted"}
            said.append({**verdict, "status": "accepted"} if ignored and self.breaks == "3.13-ignored" else verdict)
        return said[:-1] if self.breaks == "3-verdicts" else said

    def _judged(self, who: Held, one: Operation) -> dict[str, Any]:
        kind = OPERATIONS.get(one.type)
        if kind is None:
            return {"id": one.id, "status": "ignored"}
        try:
            body: Any = msgspec.to_builtins(msgspec.convert(one.body, kind))
        except msgspec.ValidationError as error:
            if self.breaks == "3-bodies":
                return {"id": one.id, "status": "accepted"}
            return {"id": one.id, "status": "rejected", "code": "invalid", "detail": str(error)}
        code = self._done(who, one.type, body)
        return (
            {"id": one.id, "status": "rejected", "code": code, "detail": code}
            if code
            else {"id": one.id, "status": "accepted"}
        )

    def _done(self, who: Held, type: str, body: dict[str, Any]) -> str:
        """What an operation does; the code of its refusal, or nothing."""
        if type == "enrolment.request":
            return self._enrol(who, body)
        if type == "enrolment.cancel" and self.breaks != "3.3-cancelled":
            held = self.enrolments.setdefault(body["enrolment_id"], {"uai": who.uai})
            if held.get("session_id") and self.breaks != "3-taken-back":
                self.told.publish("enrolment", body["enrolment_id"], {**held["shown"], "state": "cancelled"}, who.uai)
            held["state"] = "cancelled"
        if type == "question.withdraw":
            self.questions[body["question_id"]] = {"uai": who.uai, "withdrawn": True}
            if self.told.body("question", body["question_id"], who.uai):
                self.told.publish("question", body["question_id"], None, who.uai)
        if type == "question.prepared" and not self.questions.get(body["question_id"], {}).get("withdrawn"):
            if not self.told.body("session", body["session_id"]):
                return "unknown_session"
            self.questions[body["question_id"]] = {"uai": who.uai}
            shown = {name: body[name] for name in ("session_id", "text", "theme", "level", "support")}
            if self.breaks != "3-own":
                self.told.publish(
                    "question", body["question_id"], {**shown, "origin": "class", "state": "new"}, who.uai
                )
        return ""

    def _enrol(self, who: Held, body: dict[str, Any]) -> str:
        id, session = body["enrolment_id"], body["session_id"]
        if id in self.enrolments:
            return ""
        held = self.told.body("session", session)
        if held is None:
            return "" if self.breaks == "3-session" else "unknown_session"
        shown = {"session_id": session, "state": "confirmed"}
        if self.revision >= 2:
            shown.update(
                {name: body[name] for name in ("label", "kind", "level", "headcount")}, meeting_url=held["meeting_url"]
            )
        if self.breaks == "3-enrolment":
            shown.pop("label", None)
            shown["session_id"] = "another"
        self.enrolments[id] = {"uai": who.uai, "session_id": session, "state": "confirmed", "shown": shown}
        self.told.publish("enrolment", id, shown, "" if self.breaks == "3-schools" else who.uai)
        if self.breaks != "3.6-rises":  # what this school sees of the session has changed: its link
            self.told.publish("session", session, held, who.uai)
        return ""

    # -- section 6 -------------------------------------------------------------------------------

    def long_code(self, uai: str) -> str:
        """Make a long code for a school."""
        made = sticks.new_code()
        self.long[made] = uai
        return sticks.in_fours(made)

    def begin_again(self) -> None:
        """Another history begins, as after a copy was brought back."""
        self.epoch = secrets.token_hex(2)
        for held in self.kiosks.values():
            held.seq = 0

    def _confirmed(self, uai: str) -> set[str]:
        """The sessions where a class of a school is confirmed."""
        mine = (one for one in self.enrolments.values() if one["uai"] == uai and one.get("state") == "confirmed")
        return {one["session_id"] for one in mine}

    def _history(self, who: Held) -> str:
        return f"{self.epoch}.{who.epoch}" if who.epoch else self.epoch


def furnished(revision: int = REVISION) -> PlayedCentre:
    """A centre with a few sessions to come, a person with a portrait and a notice."""
    centre = PlayedCentre(revision)
    digest = hashlib.sha256(PICTURE).hexdigest()
    centre.portraits[digest] = PICTURE
    portrait = {"sha256": digest, "bytes": len(PICTURE), "type": "image/png", "alt": "Un carré"}
    job = {"feminine": "soudeuse", "masculine": "soudeur", "shown": "feminine"}
    who = {"name": "Aline Ferrand", "job": job, "bio": "Vingt ans de métier.", "path": [], "portrait": portrait}
    centre.told.publish("speaker", "P-1", who)
    for number in range(1, 6):
        start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=7 * number)
        body = {
            "title": f"Séance d’essai {number}", "starts_at": _written(start), "duration_min": 45,
            "format": "college-45", "meeting_url": f"https://visio.example/{uuid.uuid4().hex}", "levels": ["4E"],
            "status": "planned", "speakers": ["P-1"], "dossier": [], "places": 20,
        }  # fmt: skip
        centre.told.publish("session", f"S-{number}", body)
    ends = _written(datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=30))
    centre.told.publish("notice", "N-1", {"level": "info", "text": "Centre d’essai.", "expires_at": ends})
    return centre


def now() -> str:
    """This instant, as a message writes it."""
    return _written(datetime.now(timezone.utc))


def _written(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
