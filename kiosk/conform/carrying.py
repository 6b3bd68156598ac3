"""Files of section 6 at the small centre: who wrote one, the answer that goes back, and what is noted of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.conform.centre import Held, PlayedCentre
from kiosk.conform.refusal import Refusal
from kiosk.conform.seen import CARRIED, Seen
from kiosk.conform.trial import now
from kiosk.contract import StickFile, sticks


def answer(centre: PlayedCentre, data: bytes, seen: Seen) -> bytes:
    """The answer to a file, and what it was in ``seen``. :raises Refusal: it is damaged, or not of who it says."""
    seen.path, seen.size = CARRIED, len(data)
    try:
        file = sticks.opened(data)
    except sticks.Damaged:
        raise Refusal(422, "invalid") from None
    seen.message = file.raw
    token = _writer(centre, file, seen)
    messages = file.messages if centre.breaks != "6-messages" else file.messages[:1]
    answers = seen.answers = _answers(centre, token, messages)
    if centre.breaks == "6-twice":
        centre.verdicts = {key: {**one, "status": "rejected"} for key, one in centre.verdicts.items()}
    head = {"kind": "answer", "kiosk": file.said.kiosk, "uai": file.said.uai, "made_at": now()}
    signed = "another" if centre.breaks == "6-answer" else token
    return sticks.packed(sticks.sealed(head, answers, signed, many=file.many))


def _answers(centre: PlayedCentre, token: str, messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each message from where the one before left. From a cursor of another history, as « 410 » would: this one, from
    its start.
    """
    made: list[dict[str, Any]] = []
    for message in messages:
        anew = {name: value for name, value in message.items() if name != "had_seq"}  # the first one's tells all it can
        try:
            made.append(centre.exchange(token, {**anew, "cursor": made[-1]["cursor"]} if made else message))
        except Refusal as refusal:
            if refusal.code != "cursor_expired":
                raise
            made.append(centre.exchange(token, {**anew, "cursor": None}))
    return made


def _writer(centre: PlayedCentre, file: sticks.File, seen: Seen) -> str:
    """The token of who wrote a file."""
    said = file.said
    if isinstance(said, StickFile):
        held = centre.kiosks.get(said.kiosk)
        if held is not None:
            seen.signed = sticks.genuine(file, held.token)
        if held is None or not seen.signed:
            raise Refusal(403, "forbidden")
        return held.token
    codes = [code for code, uai in centre.long.items() if uai == said.uai]
    for code in codes:
        key = sticks.stretched(code, said.salt)
        if sticks.paired_by(file, key):
            seen.signed, seen.signer = True, code
            token = sticks.token_of(key, said.uai, said.kiosk)
            held = centre.kiosks.setdefault(said.kiosk, Held(said.kiosk, said.uai, token, code))
            if held.uai != said.uai:
                raise Refusal(409, "kiosk_cloned")
            centre.replaced |= {held.token} - {token}
            held.token, held.code = token, code  # what it was answered under another token counts
            return token
    seen.signed = False if codes else None
    raise Refusal(403, "pairing_code")
