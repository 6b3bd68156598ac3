"""A receipt for a browser that keeps no cookie: a signed word in the address of « C’est reçu », good for a few minutes.

The id of a question says nothing to anybody: it is not published, and would be no proof if it were.
"""

from __future__ import annotations

import hashlib
import hmac

from kiosk.web.frame import context

#: Seconds for which the page can be read again: the time to read it, not to pass the address on.
SECONDS = 15 * 60


def ticket(question_id: str) -> str:
    """The word that opens this question's receipt, from now on: when it ends (UTC seconds), and its proof."""
    ends = context.kiosk_of().clock.now() // 1000 + SECONDS
    return f"{ends}.{_proof(question_id, ends)}"


def opens(given: str, question_id: str) -> bool:
    """Whether a word is this question's and still holds. One from a later time than now could give is refused: the
    clock was wrong when it was made.
    """
    ends, _dot, proof = given.partition(".")
    if not (ends.isascii() and ends.isdecimal() and len(ends) <= 12):
        return False
    left = int(ends) - context.kiosk_of().clock.now() // 1000
    return 0 < left <= SECONDS and hmac.compare_digest(proof.encode(), _proof(question_id, int(ends)).encode())


def _proof(question_id: str, ends: int) -> str:
    key = context.kiosk_of().secrets.key.encode()
    return hmac.new(key, f"receipt|{ends}|{question_id}".encode(), hashlib.sha256).hexdigest()[:32]
