"""What a kiosk under test asked, and what it was answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kiosk.ground.i18n import N_

#: What a kiosk meets one day → what happens then.
MOODS = {
    "portal": N_("à la place du centre, la page d’un portail (200, text/html)"),
    "redirect": N_("un renvoi vers un autre hôte"),
    "busy": N_("503 unavailable, Retry-After 30"),
    "limited": N_("429 rate_limited, Retry-After 30"),
    "lost": N_("les opérations sont prises, puis la connexion se coupe avant la réponse"),
    "cut": N_("la réponse s’arrête au milieu d’une page"),
    "retry": N_("chaque opération reçoit « retry », à renvoyer après 1 s"),
    "rejected": N_("chaque opération est refusée (invalid)"),
    "invalid": N_("422 invalid, qui désigne la première opération"),
    "expired": N_("410 cursor_expired à tout curseur qui n’est pas null"),
    "epoch": N_("une autre histoire commence : nouvelle « epoch », curseurs d’avant perdus"),
    "cloned": N_("409 kiosk_cloned"),
    "revoked": N_("401 token_revoked"),
    "ask": N_("la réponse porte un autre « ask »"),
    "unlisted": N_("aucun type d’opération n’est listé"),
    "version": N_("426 version"),
    "huge": N_("une réponse sans fin"),
    "deep": N_("une réponse imbriquée cent mille fois"),
    "slow": N_("une réponse dont les octets viennent un par seconde"),
}


#: The path of a file that was carried, among requests.
CARRIED = "stick"


@dataclass
class Seen:
    """One request, and what was answered; or one file of section 6 (its path is :data:`CARRIED`, its message the whole
    file). ``mood``: the one then. ``signed``: whether a file's marks are its kiosk's, None when nobody here knows that
    kiosk; ``signer``: the long code that it was written with.
    """

    at: float
    method: str
    path: str
    headers: dict[str, str]
    #: Bytes of the body before it was compressed.
    size: int = 0
    message: dict[str, Any] | None = None
    mood: str = ""
    status: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    signed: bool | None = None
    signer: str = ""
    #: What goes back with a file: its answers, in order.
    answers: list[dict[str, Any]] = field(default_factory=list)
