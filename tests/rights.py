"""Who may come in by which door: one table, read by the tests in one process and by those on a real server.

A *sender* is how a request comes; an *audience* is whom a route is for. A new route is in none: the tests say so.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sender:
    """``source``: whose end of the connection; ``relay``: the address that the kiosk declares as one."""

    source: str
    host: str = ""  # the kiosk's own when empty
    headers: dict[str, str] = field(default_factory=dict)
    relay: str = ""
    #: What it is: the machine itself, the machine under a stranger's name, or anybody else.
    what: str = "other"


FORWARDED = {"X-Forwarded-For": "192.0.2.7"}
SENDERS = {
    "local": Sender("127.0.0.1", what="machine"),
    "local by localhost": Sender("127.0.0.1", "LocalHost", what="machine"),
    "remote": Sender("127.0.1.7"),
    "remote by a name": Sender("127.0.1.7", "kiosque.mon-lycee.fr"),
    "remote that says 127.0.0.1": Sender("127.0.1.7", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
    "relay, undeclared": Sender("127.0.0.1", headers=FORWARDED),
    "relay, declared": Sender("127.0.0.1", headers=FORWARDED, relay="127.0.0.1"),
    "relay, declared, that says 127.0.0.1": Sender(
        "127.0.0.1", headers={"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "127.0.0.1"}, relay="127.0.0.1"
    ),
    **{
        f"relay, undeclared, {name}": Sender("127.0.0.1", headers={name: value})
        for name, value in {
            "X-Real-IP": "192.0.2.7", "Forwarded": "for=192.0.2.7", "Via": "1.1 relais",
            "X-Forwarded-Host": "127.0.0.1", "X-Forwarded-Proto": "https", "CF-Connecting-IP": "192.0.2.7",
            "True-Client-IP": "192.0.2.7",
        }.items()
    },
    **{
        f"rebinding, {host}": Sender("127.0.0.1", host, what="misdirected")
        for host in (
            "evil.example", "evil.example:8080",
            "127.0.0.1.evil.example", "localhost.evil.example",
            "127.0.0.1@evil.example", "127.0.0.1.", "0.0.0.0", "xn--e1awd7f.example", "127.1",
        )
    },
}  # fmt: skip

#: Endpoint → audience. Those of the teacher's blueprint are its own (``tests/test_access_map.py`` says who else).
AUDIENCES = {
    **dict.fromkeys(("display.shell", "display.fragment"), "screen"),
    "metrics": "figures",
    "healthz": "health",
    "control.first_open": "first",
    **dict.fromkeys(("control.knocking", "control.open_door", "control.rooms_there"), "porter"),
    "control.knock": "everybody",
    **dict.fromkeys(("control.login", "control.enter", "control.join_page", "control.join"), "everybody"),
    **dict.fromkeys(("live", "ready", "portraits.portrait", "trial.reached"), "everybody"),
}

#: (audience, what the sender is) → the refusal of a caller that reads JSON; None when there is none.
REFUSALS = {
    ("screen", "machine"): None, ("screen", "misdirected"): "own_host", ("screen", "other"): "display_token",
    ("figures", "machine"): None, ("figures", "misdirected"): "own_host", ("figures", "other"): "forbidden",
    ("first", "machine"): None, ("first", "misdirected"): "own_host", ("first", "other"): "login_required",
    ("porter", "machine"): None, ("porter", "misdirected"): "own_host", ("porter", "other"): "teacher_only",
    **{(audience, what): refusal
       for audience, refusal in (("everybody", None), ("health", None), ("teacher", "login_required"))
       for what in ("machine", "misdirected", "other")},
}  # fmt: skip

#: Namespace → audience of its sockets.
NAMESPACES = {"/phone": "everybody", "/display": "screen", "/control": "panel"}
SOCKETS = {**REFUSALS, **{("panel", what): "forbidden" for what in ("machine", "misdirected", "other")}}


def audience(endpoint: str) -> str:
    """Whom a route is for. :raises KeyError: nobody said."""
    if endpoint in AUDIENCES:
        return AUDIENCES[endpoint]
    blueprint = endpoint.rpartition(".")[0]
    return {"pupils": "everybody", "control": "teacher"}[blueprint]
