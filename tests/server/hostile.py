"""Thirty hostile clients at addresses of their own, each doing one thing at a fixed rate, all at once.

    python tests/server/hostile.py PORT SECONDS [--seed 1]

A process of its own, so that it takes nothing from those it stands beside but what it sends; what it was answered is
printed at the end, as JSON. Loopback only; it ends by itself.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import websocket

#: (what, acts a second): the thirty clients, ten kinds, three of each.
KINDS: dict[str, float] = {
    "long_text": 2, "crafted": 8, "fresh_forms": 12, "fresh_sockets": 3, "supports": 12, "bilans": 8, "pages": 12,
    "codes": 4, "doors": 6, "garbage": 4,
}  # fmt: skip
EACH = 3
HALF_OPEN = 40
_SHAPES = (
    "a." * 8_000, "06" * 4_000, "aé'" * 3_000, "\u0301" * 9_000, "« " * 4_000, "@" * 9_000, "\u200d👩" * 2_000,
    "(((" * 3_000, "je veux " * 1_200, "\u202e" * 9_000,
)  # fmt: skip


def address(number: int) -> str:
    """Of a hostile client: none of the honest phones'."""
    return f"127.0.1.{100 + number}"


class Client(threading.Thread):
    """One hostile client. ``answers``: what it was told, by kind and status."""

    def __init__(self, port: int, number: int, kind: str, seconds: float, seed: int) -> None:
        super().__init__(daemon=True)
        self.port, self.number, self.kind, self.seconds = port, number, kind, seconds
        self.chance = random.Random(f"{seed}/{number}")
        self.answers: collections.Counter[str] = collections.Counter()
        self.count = 0
        self.held: list[Any] = []

    def run(self) -> None:
        act: Callable[[], str] = getattr(self, self.kind)
        begun = time.monotonic()
        pause = 1.0 / KINDS[self.kind]
        while time.monotonic() - begun < self.seconds:
            self.count += 1
            try:
                told = act()
            except (OSError, http.client.HTTPException, websocket.WebSocketException) as error:
                told = type(error).__name__
            self.answers[f"{self.kind} {told}"] += 1
            late = begun + self.count * pause - time.monotonic()
            if late > 0:
                time.sleep(late)
        for one in self.held:
            one.close()

    # -- what each kind does: one act, what it was answered

    def long_text(self) -> str:
        text = self.chance.choice(_SHAPES)[: 9_000 + self.count % 9_000]
        return self.form("/questions", id=self.name_it("l"), text=text)

    def crafted(self) -> str:
        words = " ".join(self.chance.choice("abcdef") + self.chance.choice("uvwxyz") for _word in range(79))
        return self.form("/questions", id=self.name_it("c"), text=words[:239])

    def fresh_forms(self) -> str:
        return self.form("/questions", id=self.name_it("f"), text=f"spam numero {self.count} {self.chance.random()}")

    def fresh_sockets(self) -> str:
        line = socket.create_connection(("127.0.0.1", self.port), 10, source_address=(address(self.number), 0))
        one = websocket.create_connection(
            f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket", timeout=10, socket=line
        )
        self.held.append(one)
        if len(self.held) > 30:
            self.held.pop(0).close()
        one.send("40/phone," + json.dumps({"device": self.name_it("d")}))
        body = {"id": self.name_it("s"), "text": f"encore {self.count}"}
        one.send("42/phone,1" + json.dumps(["ask", body]))
        for _message in range(6):
            told = str(one.recv())
            if told.startswith("43/phone,1"):
                found = json.loads(told[10:])[0]
                return "ok" if found["ok"] else str(found["error"]["code"])
            if told.startswith("44/phone"):
                return "kept out"
        return "silent"

    def supports(self) -> str:
        return self.form(f"/questions/{self.chance.randint(1, 40)}/soutenir", on="1")

    def bilans(self) -> str:
        return self.form("/bilan", job=f"metier {self.count}", studies="bac", surprise="rien")

    def pages(self) -> str:
        paths = ("/", "/soutenir", "/soutenir/liste", "/mes-questions", f"/recue?id=eleve-{self.count}")
        path = self.chance.choice(paths)
        return self.ask("GET", path)[0]

    def codes(self) -> str:
        status, page, cookie = self.ask("GET", "/prof/connexion")
        word = page.partition('name="csrf" value="')[2][:32]
        return self.form("/prof/connexion", cookie, pin=f"{self.chance.randrange(10**6):06d}", csrf=word)

    def doors(self) -> str:
        method, path = self.chance.choice((
            ("GET", "/ecran"), ("GET", "/metrics"), ("GET", "/prof"), ("POST", "/prof/commencer"),
            ("POST", "/prof/salle/effacer"), ("GET", "/prof/fragment/live"), ("POST", "/prof/etape"),
            ("GET", "/ecran/fragment"), ("POST", "/prof/retirer"),
        ))  # fmt: skip
        host = self.chance.choice(("", "evil.example", "127.0.0.1.evil.example"))
        forged = self.chance.choice(({}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}))
        status = self.ask(method, path, headers={**forged, **({"Host": host} if host else {})})[0]
        return f"OPENED {method} {path}" if status.startswith("2") else status

    def garbage(self) -> str:
        if len(self.held) < HALF_OPEN:
            line = socket.create_connection(("127.0.0.1", self.port), 10, source_address=(address(self.number), 0))
            line.sendall(b"POST /questions HTTP/1.1\r\nHost: k\r\nContent-Length: 9000\r\n\r\nid=")
            self.held.append(line)
            return "half open"
        self.held.pop(0).close()
        opened = self.ask("GET", "/socket.io/?EIO=4&transport=polling")[1]
        try:
            sid = json.loads(opened[1:])["sid"]
        except (ValueError, KeyError):
            return "no handshake"
        body = self.chance.choice(("\x1e".join(["40/phone,{}"] * 40), "x" * 5_000, "4" + "[" * 9_000, "\x1e" * 9_000))
        return self.ask("POST", f"/socket.io/?EIO=4&transport=polling&sid={sid}", body)[0]

    # -- means

    def name_it(self, letter: str) -> str:
        return f"hostile-{letter}{self.number}-{self.count}"

    def form(self, path: str, cookie: str = "", **fields: str) -> str:
        kind = {"Content-Type": "application/x-www-form-urlencoded", **({"Cookie": cookie} if cookie else {})}
        return self.ask("POST", path, urlencode(fields), kind)[0]

    def ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[str, str, str]:
        """(status, page, cookie) of a request on a connection of its own, without any cookie."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, 20, source_address=(address(self.number), 0))
        try:
            line.request(method, path, body.encode("utf-8", "surrogatepass") if body else None, headers or {})
            answer = line.getresponse()
            text = answer.read(200_000).decode("utf-8", "replace")
            return str(answer.status), text, answer.headers.get("Set-Cookie", "").partition(";")[0]
        finally:
            line.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    kinds = [kind for kind in KINDS for _one in range(EACH)]
    clients = [Client(given.port, n, kind, given.seconds, given.seed) for n, kind in enumerate(kinds)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(given.seconds + 60)
    total: collections.Counter[str] = collections.Counter()
    for client in clients:
        total.update(client.answers)
    print(json.dumps(dict(sorted(total.items())), indent=1))


if __name__ == "__main__":
    main()
