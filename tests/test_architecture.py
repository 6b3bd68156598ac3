"""The house of ``docs/architecture.md``, read from the sources: who may import whom, and how long things are."""

from __future__ import annotations

import ast
import typing

import pytest

from house import circles, standing
from kiosk.domain.kiosk import Kiosk

HOUSE = standing()
ROOT, MODULES, imports = HOUSE.root, HOUSE.files, HOUSE.imports

#: Left to right: a room imports only rooms further to the right. ``web`` is six, of which the three audiences (phone,
#: display, teacher) never import one another, nor machines; its own files bind them all to an application.
ORDER = (
    ("__main__",), ("cli",), ("ops",), ("app",), ("web",),
    ("web.phone", "web.display", "web.teacher", "web.machines"), ("web.live",), ("web.frame",), ("exchange",),
    ("domain",), ("versions", "centre", "conform"), ("storage",), ("contract",), ("ground",), ("engine",), ("",),
)  # fmt: skip
RANKS = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
WEB = {room for room in RANKS if room.startswith("web")}
#: One owner by outside library (the room, or the module).
OWNERS = {
    "eventlet": {"engine"},
    "gevent": {"engine"},
    "geventwebsocket": {"engine"},
    "greenlet": {"engine"},
    "peewee": {"storage", "ground"},
    "playhouse": {"ground"},
    "flask_socketio": {"web", "web.live"},
    "requests": {"exchange"},
    "flask": {"app"} | WEB,
    "werkzeug": {"engine"} | WEB,
    "whitenoise": {"web.frame"},
    "psycopg2": {"storage"},
    "redis": {"storage"},
    "click": {"cli"},
    "socketio": {"web.live"},
    "engineio": {"web.live"},
    "packaging": {"ops"},
    "psutil": {"ops", "ground"},
    "sqlite3": {"storage", "ops", "versions"},
    "python_calamine": {"contract"},
}
#: Files (over 400 lines) and functions (over 50) longer than a look takes in, each with its reason.
LONG_FILES: dict[str, str] = {
    "kiosk.centre.models": "every table of the centre, as the steps of its schema read them",
    "kiosk.ground.errors": "one registry of every code: cut, it would be looked for in two places",
    "kiosk.storage.models": "every table, as the steps of the schema and what erases them read them",
}
LONG_FUNCTIONS: dict[str, str] = {}


def room_of(module: str) -> str:
    """The room of a module, without ``kiosk.``: one of :data:`ORDER`."""
    parts = module.split(".")[1:]
    return next(room for room in (".".join(parts[:2]), ".".join(parts[:1])) if room in RANKS)


@pytest.mark.parametrize("module", MODULES)
def test_a_room_imports_only_to_its_right(module):
    here = room_of(module)
    wrong = set()
    for other in imports(module):
        if other.split(".")[0] != "kiosk":
            continue
        there = room_of(other)
        if there != here and RANKS[there] <= RANKS[here]:
            wrong.add(other)
    assert wrong == set()


@pytest.mark.parametrize("module", [m for m in MODULES if room_of(m) != "centre"])
def test_each_outside_library_has_its_owner(module):
    used = {name.split(".")[0] for name in imports(module)}
    assert {name for name in used & OWNERS.keys() if room_of(module) not in OWNERS[name]} == set()


def test_the_reference_centre_stands_apart():
    """A program of its own: it shares the contract's messages, the words' tools and how long a right lasts, no room."""
    inside = [m for m in MODULES if room_of(m) == "centre"]
    shared = {
        room_of(other)
        for m in inside
        for other in imports(m)
        if other.startswith("kiosk.") and room_of(other) != "centre"
    }
    assert shared <= {"contract", "engine", "ground"}
    assert {
        m
        for m in MODULES
        if m not in inside and any(room_of(o) == "centre" for o in imports(m) if "." in o and o.startswith("kiosk."))
    } <= {"kiosk.cli.centre"}


def test_the_conformance_kit_knows_neither_side():
    """Written from the contract alone, it finds what the kiosk and the reference centre have misread together."""
    inside = [m for m in MODULES if room_of(m) == "conform"]
    known = {room_of(other) for m in inside for other in imports(m) if other.startswith("kiosk.")}
    assert known <= {"conform", "contract", "ground"}
    users = {m for m in MODULES if m not in inside and any(o.startswith("kiosk.conform") for o in imports(m))}
    assert users == {"kiosk.cli.conform"}


def test_no_module_imports_in_a_circle():
    """By the imports at the top of files; a package and its own modules count as one."""
    assert circles(HOUSE.graph_at_the_top) == []


def test_imports_are_whole():
    relative = {
        m for m, tree in HOUSE.trees.items() for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level
    }
    assert relative == set()


def test_the_package_itself_imports_nothing():
    nodes = [type(node).__name__ for node in ast.walk(HOUSE.trees["kiosk"])]
    assert [name for name in nodes if name.startswith("Import")] == []
    given = [node.targets for node in HOUSE.trees["kiosk"].body if isinstance(node, ast.Assign)]
    assert {ast.unparse(target) for targets in given for target in targets} == {"__version__"}


def test_only_the_engine_names_eventlet_and_gevent():
    """As code: strings of settings and sentences for people may say the words."""
    named = {
        module
        for module, tree in HOUSE.trees.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in ("eventlet", "gevent"))
        or (isinstance(node, ast.Attribute) and node.attr in ("eventlet", "gevent"))
        or (isinstance(node, ast.Import) and {a.name.split(".")[0] for a in node.names} & {"eventlet", "gevent"})
    }
    assert named == {"kiosk.engine", "kiosk.engine.with_eventlet", "kiosk.engine.with_gevent"}


def test_main_patches_before_it_imports_the_rest():
    tree = HOUSE.trees["kiosk.__main__"]
    early = imports_of_body(tree.body)
    main = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main")
    lines = {
        "activate": min(n.lineno for n in ast.walk(main) if isinstance(n, ast.Attribute) and n.attr == "activate"),
        "cli": min(n.lineno for n in ast.walk(main) if isinstance(n, ast.ImportFrom) and n.module == "kiosk"),
    }
    assert early <= {"gc", "os", "sys", "__future__", "kiosk", "kiosk.engine", "kiosk.ground.config", "kiosk.versions"}
    assert lines["activate"] < lines["cli"]


def imports_of_body(body) -> set[str]:
    found = set()
    for node in body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "a relative import"
            found.add(node.module)
    return found


def test_what_is_loaded_before_patching_brings_nothing_in():
    """``python -m kiosk`` loads the engine and the settings' reader first: neither may bring the others in."""
    import subprocess
    import sys

    early = "{'peewee', 'flask', 'flask_socketio', 'requests', 'limits'}"
    code = f"import sys; import kiosk.engine, kiosk.ground.config; print(sorted({early} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("[]\n", 0)


def test_a_kiosk_that_serves_carries_no_client_of_the_web(tmp_path):
    """5.5 MB that phones have a better use for (``ops.lean``): the courier, a process of its own, has it."""
    import subprocess
    import sys

    code = (
        "import sys; from kiosk.ops import serving; from kiosk.app import create_app; from kiosk.cli import main\n"
        "serving.serve = lambda settings: print(bool(create_app(settings)), 'requests' in sys.modules)\n"
        f"sys.argv = ['kiosk', 'serve', '--data-dir', {str(tmp_path)!r}]; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True False\n", done.stderr


def test_every_class_of_fields_that_a_start_loads_is_made_late():
    """By ``ground.values``: the standard library's costs 0.6 ms of processor each. Other programs, and ``engine``, keep
    the library's.
    """
    eager = {
        module
        for module, tree in HOUSE.trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if any(alias.name == "dataclass" for alias in node.names)
    }
    assert {m for m in eager if room_of(m) not in ("centre", "conform", "engine")} == {"kiosk.ground.values"}


def test_models_never_leave_the_domain():
    """Pages and sockets see views; only the domain reads rows."""
    allowed = ("kiosk.domain", "kiosk.storage", "kiosk.ops", "kiosk.exchange", "kiosk.app")
    users = {m for m in MODULES if "kiosk.storage.models" in imports(m) and not m.startswith(allowed)}
    assert users == set()


def test_a_kiosk_s_parts_are_typed():
    """No drawer that anybody may put something in: each part is a field of a class of its own, or a plain value."""
    parts = typing.get_type_hints(Kiosk)
    assert {name: kind for name, kind in parts.items() if kind in (typing.Any, dict, object)} == {}
    assert [name for name, kind in parts.items() if typing.get_origin(kind) is dict] == []


def test_no_module_is_named_by_a_string():
    """What is imported can be read: by a person, and by the tests above."""
    named = {
        module
        for module, tree in HOUSE.trees.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute))
        and getattr(node, "id", getattr(node, "attr", "")) in ("import_module", "__import__")
    }
    assert named == set()


def test_no_module_is_named_after_nothing():
    words = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
    assert [m for m in MODULES if m.rpartition(".")[2] in words] == []


def test_files_are_short():
    assert {module for module, lines in HOUSE.lines.items() if lines > 400} == set(LONG_FILES)


def test_functions_are_short():
    assert HOUSE.long_functions() == set(LONG_FUNCTIONS)


def test_nothing_happens_at_import():
    """No module makes an application, a server, a connection or a thread when it is read."""
    makers = {
        "SocketIO",
        "Flask",
        "SqliteDatabase",
        "Thread",
        "create_app",
        "create_kiosk",
        "start_new_thread",
        "connect",
    }
    made = set()
    for module, tree in HOUSE.trees.items():
        for node in tree.body:
            for call in (
                (n for n in ast.walk(node) if isinstance(n, ast.Call))
                if isinstance(node, (ast.Assign, ast.Expr, ast.AnnAssign))
                else ()
            ):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                if name in makers:
                    made.add((module, name))
    assert made == set()


@pytest.mark.parametrize("module", MODULES)
def test_public_names_say_what_a_caller_needs(module):
    """What overrides a library's own method needs no second word: classes with an outside parent are left out."""
    assert HOUSE.undescribed(module) == []
