"""The campaign: a number of inputs of each kind against one kiosk, and the verdict.

python tests/fuzz/campaign.py --inputs 200000 --seed 1
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from fuzz import attack  # noqa: E402
from fuzz import payloads  # noqa: E402
from fuzz.target import Target, Watch, nice  # noqa: E402
from kiosk.web.display import socket as display  # noqa: E402
from kiosk.web.phone import socket as phone  # noqa: E402
from kiosk.web.teacher import socket as control  # noqa: E402

NAMESPACES = {module.NAMESPACE: tuple(module.EVENTS) for module in (phone, display, control)}
#: Acts after which the teacher's cookie, or the room everything happens in, is no more.
ENDING = re.compile(r"deconnexion|appareils|revoquer|revoke|effacer|supprimer|wipe|fermer-acces|autres|langue")
BATCH = 10
#: Questions that wait in the room while long texts come.
QUESTIONS = 2_000


def rules(data_dir: Path) -> list[tuple[str, str]]:
    """(method, address) of the whole URL map; ``{}`` stands for each variable part."""
    from kiosk.app import create_app, create_kiosk
    from kiosk.ground.config import Settings

    made = Settings(data_dir=data_dir, engine="threading", host="127.0.0.1")
    app = create_app(made, kiosk=create_kiosk(made))
    app.extensions["kiosk"].database.close()
    return [
        (method, re.sub(r"<[^>]+>", "{}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
    ]


def each(act: Callable[..., None]) -> Callable[[list[Any]], None]:
    """``act`` of every input of a batch."""

    def of_batch(batch: list[Any]) -> None:
        for values in batch:
            act(*values)

    return of_batch


class Campaign:
    """Inputs of every kind until there are enough."""

    def __init__(self, target: Target, addresses: list[tuple[str, str]], number: int) -> None:
        self.target, self.addresses, self.seed = target, addresses, number
        self.enter()
        self.target.crowd(QUESTIONS)  # counted from a panel that has shown them
        attack.request(target, "GET", "/prof" + self._room(), {"Cookie": self.cookie}, b"")
        self.target.thin()
        self.before = target.level()

    def enter(self) -> None:
        """The teacher's hands: half of the requests get past the guard."""
        browser = self.target.teacher()
        page = browser.get(f"{self.target.url}/prof/salle", timeout=20).text
        self.csrf = self.target.csrf(page)
        self.cookie = "; ".join(f"{c.name}={c.value}" for c in browser.cookies)

    def _many(self, inputs: int, strategy: Any, act: Any) -> None:
        self.seed += 1

        @seed(self.seed)
        @settings(
            max_examples=max(1, inputs // BATCH), deadline=None, database=None, phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(st.lists(strategy, min_size=BATCH, max_size=BATCH))
        def run(batch: list[Any]) -> None:
            act(batch)

        run()

    def sockets(self, inputs: int) -> None:
        """Every event of every namespace, and packets that are none."""
        for namespace, events in NAMESPACES.items():
            share = inputs * (6 if namespace == "/phone" else 2) // 10
            cookie = self.cookie if namespace == "/control" else ""
            self._many(
                share, payloads.packets((namespace,), events),
                lambda batch, n=namespace, c=cookie: attack.packets(self.target, n, batch, c),
            )  # fmt: skip
        self.target.health_within()

    def frames(self, inputs: int) -> None:
        """Bytes that break RFC 6455."""
        self._many(inputs, payloads.frames(), lambda batch: attack.frames(self.target, batch))
        self.target.health_within()

    def pages(self, inputs: int) -> None:
        """Every address, by a pupil and by the teacher."""
        one = st.tuples(
            st.sampled_from(self.addresses), st.sampled_from(payloads.METHODS), st.integers(0, 3), payloads.SEGMENTS,
            payloads.QUERIES, payloads.HEADERS, payloads.BODIES, st.sampled_from(payloads.KINDS), st.booleans(),
        )  # fmt: skip
        self._many(inputs, one, each(self._request))
        self.target.health_within()

    def costs(self, inputs: int) -> None:
        """Long texts to the pages that take any, and by sockets, while a room that takes them holds some thousands."""
        self.target.crowd(QUESTIONS)
        for body in payloads.every_shape()[:inputs]:
            kind = {"Content-Type": payloads.KINDS[0], "Accept": "text/html"}
            attack.request(self.target, "POST", "/questions" + self._room(), kind, body)
        one = st.tuples(payloads.forms(), st.booleans(), st.booleans())
        self._many(inputs * 8 // 10, one, each(self._long))
        said = st.tuples(st.integers(1, 2**40), payloads.texts().filter(lambda text: len(text) < 65_000)).map(
            lambda pair: (
                f'42/phone,{pair[0]}["ask",' + payloads.dumps({"id": str(pair[0]), "text": pair[1]}) + "]",
                None,
            )
        )
        self._many(inputs // 10, said, lambda batch: attack.packets(self.target, "/phone", batch))
        for _turn in range(max(1, inputs // 200)):
            for page in ("/prof", "/prof/fragment/live", "/", "/soutenir"):
                attack.request(self.target, "GET", page + self._room(), {"Cookie": self.cookie}, b"")
        self.target.thin()
        self.target.health_within()

    def _long(self, form: tuple[str, str, bytes, bool], page: bool, teacher: bool) -> None:
        address, kind, body, chunked = form
        sent: dict[str, Any] = {"Content-Type": kind, "Accept": "text/html" if page else "application/json"}
        if teacher:
            sent.update({"Cookie": self.cookie, "X-CSRF": self.csrf})
        if chunked:
            sent.update({"Transfer-Encoding": "chunked", "Content-Length": None})
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        attack.request(self.target, "POST", address + self._room(), sent, body)

    def _room(self) -> str:
        """What names the room in an address."""
        return f"?salle={self.target.room}" if self.target.room else ""

    def _request(
        self, rule: tuple[str, str], method: str, whim: int, segment: str, query: str, headers: dict[str, str],
        body: bytes, kind: str, teacher: bool,
    ) -> None:  # fmt: skip
        own, address = rule
        path = address.replace("{}", re.sub(r"[\s]", "%20", segment)) + (f"?{query}" if query else "")
        sent = {"Content-Type": kind, **headers}
        if teacher and not ENDING.search(address):
            sent.update({"Cookie": self.cookie, "X-CSRF": self.csrf, "Host": f"127.0.0.1:{self.target.port}"})
            for name in ("Origin", "Sec-Fetch-Site"):
                sent.pop(name, None)
        attack.request(self.target, method if whim == 0 else own, re.sub(r"\s", "%20", path), sent, body)


def run(inputs: int, number: int, data_dir: Path, engine: str = "eventlet") -> dict[str, Any]:
    """The whole campaign. :raises AssertionError: a rule broke."""
    begun = time.monotonic()
    target = Target(data_dir / "kiosk", engine)
    target.begin()
    try:
        browser = target.teacher()
        found = re.search(r"salle=([A-Z0-9]{4,6})", browser.get(f"{target.url}/prof/salle", timeout=20).text)
        target.room = found.group(1) if found else None
        campaign = Campaign(target, rules(data_dir / "map"), number)
        levels: list[float] = []
        held = 0.0
        while target.count < inputs:
            share = min(10_000, inputs - target.count + BATCH)
            with Watch(target) as watch:
                campaign.sockets(share * 4 // 10)
                campaign.pages(share * 3 // 10)
                campaign.frames(share // 10 + BATCH)
                campaign.costs(share * 2 // 10)
            held = max(held, watch.worst)
            campaign.enter()
            if inputs > 2 * share and not levels:
                campaign.before = target.warmed()
            levels.append(round(target.level()["mb"], 1))
            print(f"{target.count} inputs, {levels[-1]} MB, slowest /healthz {target.slowest:.2f} s", file=sys.stderr)
        after = target.verdict(campaign.before)
    finally:
        target.stop(9)
    return {
        "inputs": target.count, "seconds": round(time.monotonic() - begun), "before": campaign.before, "after": after,
        "mb_by_round": levels,
        "longest_held_s": round(held, 3), "slowest_health_s": round(target.slowest, 2), "journal_lines": len(target.journal),
    }  # fmt: skip


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--inputs", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--engine", default="eventlet")
    chosen = options.parse_args()
    nice()
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(run(chosen.inputs, chosen.seed, Path(place), chosen.engine)))
