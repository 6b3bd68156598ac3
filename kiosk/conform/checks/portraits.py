"""Section 4: a picture by its digest."""

from __future__ import annotations

import hashlib
from typing import Any

from kiosk.conform.checks.exchange import whole
from kiosk.conform.link import Heard
from kiosk.conform.rules import Untried, rule
from kiosk.conform.trial import Trial, changes, must, said
from kiosk.ground.i18n import N_

#: Bytes of a portrait, and what it may be (contract, section 4).
MOST, TYPES = 60 * 1024, ("image/webp", "image/jpeg", "image/png")


def _portrait(trial: Trial) -> tuple[str, Heard]:
    """A digest that a speaker has, and what the address gives. :raises Untried: nobody has one."""
    for one in (one for page in whole(trial) for one in changes(page) if one.get("type") == "speaker"):
        portrait: Any = (one.get("body") or {}).get("portrait")
        digest = portrait.get("sha256") if isinstance(portrait, dict) else None
        if isinstance(digest, str):
            if "portrait" not in trial.known:
                trial.known["portrait"] = trial.get(f"/v1/portraits/{digest}")
            heard: Heard = trial.known["portrait"]
            must(heard.status == 200, "200", said(heard))
            return digest, heard
    raise Untried(N_("personne n’a de portrait dans ce centre"))


@rule("4-digest", N_("un portrait : les octets dont l’adresse est l’empreinte SHA-256"), writes=True)
def digest(trial: Trial) -> None:
    """The kiosk checks it too."""
    name, heard = _portrait(trial)
    must(hashlib.sha256(heard.body).hexdigest() == name, name, hashlib.sha256(heard.body).hexdigest())


@rule("4-type", N_("un portrait est en image/webp, image/jpeg ou image/png, et tient en 60 Ko"), writes=True)
def kind(trial: Trial) -> None:
    """Other types are not shown."""
    _name, heard = _portrait(trial)
    must(heard.type in TYPES and len(heard.body) <= MOST, f"{TYPES}, <= {MOST}", f"{heard.type}, {len(heard.body)}")


@rule("4-immutable", N_("un portrait dit immutable dans Cache-Control"), writes=True)
def immutable(trial: Trial) -> None:
    """Its bytes never change."""
    found = _portrait(trial)[1].headers.get("cache-control", "")
    must("immutable" in found.lower(), "immutable", found or "-")


@rule("4-range", N_("une partie d’un portrait : 206 et ces octets-là"), writes=True)
def part(trial: Trial) -> None:
    """A download that broke goes on."""
    name, whole_one = _portrait(trial)
    heard = trial.get(f"/v1/portraits/{name}", {"Range": "bytes=10-19", "Accept-Encoding": "identity"})
    must(heard.status == 206, "206", said(heard))
    must(heard.body == whole_one.body[10:20], "10 bytes", f"{len(heard.body)} bytes")
