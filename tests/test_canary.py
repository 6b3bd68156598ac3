"""A canary: what ``kiosk/engine/``, ``kiosk/web/live/`` and ``web/frame/identified.py`` reach into, of libraries that
never promised to keep it.

Each place is known by the fingerprint of its source. A release that changes one fails here, by name, before a class
finds out: read what changed beside our code that leans on it, then write the new fingerprint
(``python tests/test_canary.py`` prints them all).
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import re
import textwrap
import warnings
from typing import Any

import pytest

from house import standing

#: place → the fingerprint of its source.
PLACES = {
    "engineio.base_server:BaseServer.__init__": "0f52c737843038c4",
    "engineio.payload:Payload.decode": "b1ab31efde4729bb",
    "engineio.server:Server._handle_connect": "e1542abec3a122ec",
    "engineio.server:Server.handle_request": "a7a76a9ee2ecf2f4",
    "engineio.socket:Socket._websocket_handler": "128ddff6d9b57c08",
    "engineio.socket:Socket.close": "0545fa24f1fc1e24",
    "engineio.socket:Socket.handle_post_request": "61f266ae6b338ee5",
    "engineio.socket:Socket.receive": "0d340a38a4425d65",
    "engineio.socket:Socket.schedule_ping": "ce99733916e924e7",
    "engineio.socket:Socket.send": "da8c8dd8c7cb9cab",
    "eventlet.greenio:GreenSocket.__init__": "afba85f03cb2ff86",
    "eventlet.hubs.epolls:Hub.do_poll": "433403f22407d52e",
    "eventlet.hubs.hub:BaseHub.squelch_exception": "1a1328f301429c5e",
    "eventlet.hubs.hub:BaseHub.squelch_timer_exception": "014322562e1fdb02",
    "eventlet.patcher:_green_existing_locks": "defeffae23ba4447",
    "eventlet.patcher:_upgrade_instances": "5538af797b2b0100",
    "eventlet.websocket:RFC6455WebSocket.Message": "81583da29571b946",
    "eventlet.websocket:RFC6455WebSocket.Message.push": "514248ea56677360",
    "eventlet.websocket:RFC6455WebSocket._apply_mask": "89fc047400aeeaeb",
    "eventlet.wsgi:HttpProtocol.__init__": "681ad5f7bc9b01f8",
    "eventlet.wsgi:HttpProtocol._read_request_line": "60334dd03362eda7",
    "eventlet.wsgi:HttpProtocol.get_environ": "67088571d0002a12",
    "eventlet.wsgi:HttpProtocol.setup": "5db49e8dea6a695f",
    "eventlet.wsgi:Input": "85e0b3a87fe27a21",
    "eventlet.wsgi:server": "8db9f629ea68e797",
    "gevent.hub:Hub.print_exception": "9f404bfa2474f081",
    "gevent.pywsgi:Input": "a0b01b5ae1bae5fe",
    "gevent.pywsgi:WSGIHandler._handle_client_error": "4b33c847be780a4a",
    "gevent.pywsgi:WSGIHandler._log_error": "35ac156b0e58aca2",
    "gevent.pywsgi:WSGIHandler.get_environ": "bac5ca904fed69ec",
    "gevent.pywsgi:WSGIHandler.handle": "33aa7fea666c367f",
    "gevent.pywsgi:WSGIHandler.handle_one_request": "bbc429a96206fc83",
    "gevent.pywsgi:WSGIHandler.log_error": "33e42452ced65b70",
    "gevent.pywsgi:WSGIHandler.read_request": "3f04e158c355d8cc",
    "gevent.pywsgi:WSGIHandler.read_requestline": "2aeca61125942724",
    "gevent.server:StreamServer.do_read": "a102bf17b18ecefe",
    "geventwebsocket.handler:WebSocketHandler.upgrade_connection": "639b02df1517c210",
    "geventwebsocket.websocket:Header.decode_header": "872fcd9b1ac39883",
    "geventwebsocket.websocket:Header.unmask_payload": "c4aeff0d3e1b40aa",
    "geventwebsocket.websocket:WebSocket.close": "11ce3efc6c27238b",
    "geventwebsocket.websocket:WebSocket.read_frame": "a525c24a54222046",
    "geventwebsocket.websocket:WebSocket.validate_utf8": "e4f170d407c4e896",
    "socketio.base_manager:BaseManager.eio_sid_from_sid": "969df7c67ce33e9d",
    "socketio.base_manager:BaseManager.get_namespaces": "72e8348c21ff62e9",
    "socketio.base_manager:BaseManager.sid_from_eio_sid": "e5bac935701613fb",
    "socketio.packet:Packet.__init__": "1d06030e63e28092",
    "socketio.packet:Packet.decode": "d7d14f66f4d5b000",
    "socketio.server:Server._handle_eio_connect": "6e14607150e77ef2",
    "socketio.server:Server._handle_eio_disconnect": "5f8577bacbe6b7a3",
    "socketio.server:Server._handle_eio_message": "593c35ba826b35f5",
    "werkzeug.routing.rules:Rule._compile_builder": "0d6c1d5539425581",
    "werkzeug.routing.rules:Rule.compile": "76429796703c4cf2",
}
#: Our classes → the library's, of which each method that is written over is a place.
OVER = {
    "kiosk.engine.with_eventlet.Protocol": "eventlet.wsgi:HttpProtocol",
    "kiosk.engine.with_eventlet.Message": "eventlet.websocket:RFC6455WebSocket.Message",
    "kiosk.engine.with_gevent.Server": "gevent.pywsgi:WSGIServer",
    "kiosk.engine.with_gevent.Quiet": "geventwebsocket.handler:WebSocketHandler",
    "kiosk.engine.with_gevent.Handler": "geventwebsocket.handler:WebSocketHandler",
    "kiosk.engine.with_gevent.Bounded": "geventwebsocket.websocket:WebSocket",
    "kiosk.web.live.light.Light": "engineio.socket:Socket",
    "kiosk.web.live.pings.Pinged": "engineio.socket:Socket",
    "kiosk.web.frame.identified.LateRule": "werkzeug.routing.rules:Rule",
    "kiosk.web.live.wire.Packet": "socketio.packet:Packet",
}
#: What our code calls, replaces or imitates beside these.
ALSO = (
    "eventlet.greenio:GreenSocket.__init__",  # has an « fd »: a socket that is already green
    "eventlet.hubs.epolls:Hub.do_poll",  # how many events are asked for
    "eventlet.hubs.hub:BaseHub.squelch_exception",
    "eventlet.hubs.hub:BaseHub.squelch_timer_exception",
    "eventlet.websocket:RFC6455WebSocket._apply_mask",
    "eventlet.websocket:RFC6455WebSocket.Message",
    "eventlet.patcher:_green_existing_locks",  # what it exchanges, and what it looks at again
    "eventlet.patcher:_upgrade_instances",
    "eventlet.wsgi:Input",  # its four ways of reading are bounded one by one
    "eventlet.wsgi:server",  # ends when a descriptor is refused to accept()
    "gevent.pywsgi:Input",
    "gevent.hub:Hub.print_exception",
    "gevent.pywsgi:WSGIHandler._handle_client_error",
    "gevent.pywsgi:WSGIHandler.handle_one_request",
    "geventwebsocket.websocket:Header.decode_header",
    "geventwebsocket.websocket:Header.unmask_payload",
    "geventwebsocket.handler:WebSocketHandler.upgrade_connection",  # where the class of a WebSocket is named
    "engineio.base_server:BaseServer.__init__",  # « _async », « sockets »
    "engineio.payload:Payload.decode",  # « max_decode_packets »
    "engineio.server:Server.handle_request",  # where a socket is made, and « connect » called
    "engineio.server:Server._handle_connect",
    "engineio.socket:Socket.close",
    "engineio.socket:Socket.handle_post_request",  # replaced by Posts
    "engineio.socket:Socket.receive",
    "engineio.socket:Socket.schedule_ping",
    "socketio.base_manager:BaseManager.get_namespaces",
    "socketio.base_manager:BaseManager.sid_from_eio_sid",
    "socketio.base_manager:BaseManager.eio_sid_from_sid",
    "socketio.server:Server._handle_eio_connect",
    "socketio.server:Server._handle_eio_disconnect",
    "socketio.server:Server._handle_eio_message",
    "werkzeug.routing.rules:Rule.compile",  # « _build », « _build_unknown »: what _compile_builder made
)
#: Private names that stand inside a place above (or are Python's own, and documented).
INSIDE = {"_async", "_discard", "_exit", "_local"}
LIBRARIES = ("eventlet", "gevent", "geventwebsocket", "engineio", "socketio", "werkzeug")
HOUSE = standing()


def thing(place: str) -> Any:
    module, _, names = place.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Any = importlib.import_module(module)
    for name in names.split("."):
        found = inspect.getattr_static(found, name) if inspect.isclass(found) else getattr(found, name)
        found = getattr(found, "__func__", found)
    return found


def fingerprint(place: str) -> str:
    source = textwrap.dedent(inspect.getsource(thing(place)))
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def written_over() -> dict[str, str]:
    """Each place that one of our methods is written over → ours. The standard library keeps its own promises."""
    found = {}
    for ours, theirs in OVER.items():
        module, _, name = ours.rpartition(".")
        (own,) = (n for n in ast.walk(HOUSE.trees[module]) if isinstance(n, ast.ClassDef) and n.name == name)
        parent = thing(theirs)
        for method in (n.name for n in own.body if isinstance(n, ast.FunctionDef)):
            for base in parent.__mro__:
                if method in vars(base) and base.__module__.partition(".")[0] in LIBRARIES:
                    found[f"{base.__module__}:{base.__qualname__}.{method}"] = f"{ours}.{method}"
                    break
    return found


def today() -> dict[str, str]:
    return {place: fingerprint(place) for place in sorted({*written_over(), *ALSO})}


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_place_is_as_it_was_read(place):
    assert fingerprint(place) == PLACES[place], f"{place} changed: read it beside kiosk/engine or kiosk/web/live"


def test_every_place_is_known():
    assert set(PLACES) == {*written_over(), *ALSO}


def test_every_class_of_theirs_that_we_build_on_is_known():
    """Any class of ours there with a parent that is not of ours."""
    built = {
        f"{module}.{node.name}"
        for module in HOUSE.files
        if module.startswith(
            ("kiosk.engine.with_", "kiosk.web.live.", "kiosk.web.sockets", "kiosk.web.frame.identified")
        )
        for node in ast.walk(HOUSE.trees[module])
        if isinstance(node, ast.ClassDef)
        and node.bases
        and ast.unparse(node.bases[0]) not in ("Waiter", "Engine", "Struct", "msgspec.Struct", "BaseConverter")
    }
    assert built == set(OVER)


def test_every_private_name_of_theirs_is_known():
    """Whatever begins with a line below, on something that is not ours: it stands in a place above."""
    reached = set()
    for module, tree in HOUSE.trees.items():
        if module.startswith(("kiosk.engine", "kiosk.web.live", "kiosk.web.sockets")):
            own = {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
            own |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "self"}
            reached |= {
                node.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute)
                and node.attr.startswith("_")
                and not node.attr.startswith("__")
                and ast.unparse(node.value) not in ("self", "cls")
                and node.attr not in own
            }
    assert reached <= {re.split("[.:]", place)[-1] for place in PLACES} | INSIDE


if __name__ == "__main__":
    for place, seen in today().items():
        print(f'    "{place}": "{seen}",')
