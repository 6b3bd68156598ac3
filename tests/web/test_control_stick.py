"""« Synchronisation » where there is no network and no centre's address: pairing by stick, from the panel alone."""

from __future__ import annotations

import gzip
import html
import io
import json
import re
from typing import Any

from kiosk.contract import sticks
from kiosk.domain import choices
from kiosk.exchange import identity


def text(answer: Any) -> str:
    """A page as people read it."""
    plain = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return re.sub(r"[\s\u00a0\u202f]+", " ", plain).replace("\u2060", "")


def test_a_school_without_a_network_pairs_from_the_panel(kiosk, teacher):
    page = text(teacher.client.get("/prof/synchro"))
    assert "Saisir un code de jumelage" in page and "code long" in page and "Lire la réponse" not in page
    short = teacher.post("/prof/synchro/jumeler", uai="0951099D", code="7KQ2-M9XA")
    assert short.status_code == 409 and "Aucun centre" in text(short)
    asked = teacher.post("/prof/synchro/jumeler", uai="0951099D", code="7kq2 m9xa olab cdef", poste="CDI")
    page = text(teacher.client.get(asked.headers["Location"]))
    assert "Jumelage par clé USB demandé" in page and "Jumelage en attente" in page and "7KQ2" not in page.upper()
    file = json.loads(gzip.decompress(teacher.post("/prof/synchro/demande").data))
    assert (file["kind"], file["label"], len(file["salt"])) == ("pairing", "CDI", 32)
    held = identity.load(kiosk.settings.data_dir, 0)[0].pending
    assert held is not None
    key = sticks.stretched("7KQ2M9XA01ABCDEF", file["salt"])
    assert file["mac"] == sticks.whole_mac(file, key) and held.key == key.hex()
    token = sticks.token_of(key, "0951099D", file["kiosk"])
    answer = {"contract": 1, "time": "2026-11-24T09:00:00Z", "cursor": "c", "verdicts": [], "changes": []}
    head = {name: file[name] for name in ("kiosk", "uai", "made_at")} | {"kind": "answer"}
    back = sticks.packed(sticks.sealed(head, [answer], token, many=True))
    read = teacher.post("/prof/synchro/reponse", fichier=(io.BytesIO(back), "r.gz"))
    page = text(teacher.client.get(read.headers["Location"]))
    assert "Ce kiosque est jumelé" in page and "Jumelé par clé USB, établissement 0951099D" in page
    assert "Échanges par clé USB" in page
    teacher.post("/prof/synchro/jumeler", uai="0951099D", code="0000 1111 2222 3333")
    assert "Renoncer à ce jumelage" in text(teacher.client.get("/prof/synchro"))
    teacher.post("/prof/synchro/jumeler/renoncer")
    assert "Renoncer à ce jumelage" not in text(teacher.client.get("/prof/synchro"))


def test_a_long_code_serves_at_the_first_start_without_an_address(kiosk, teacher):
    choices.keep(kiosk, {"school.uai": "0951099D"})
    done = teacher.post("/prof/mise-en-route/centre", adresse="", code="7kq2 m9xa olab cdef", poste="CDI")
    held = identity.load(kiosk.settings.data_dir, 0)[0].pending
    assert done.status_code == 303 and held is not None and held.uai == "0951099D"
