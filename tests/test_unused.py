"""A public name that nothing of the product uses is taken out, with its tests.

Programs beside the product (bench, docs) count as users; tests do not. A name is used when it is imported, read through
its module (in a template too), or read in its own module; a method or a field when an attribute or a word of that name
is read anywhere.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from house import standing

HOUSE = standing()
#: Decorators that do not hand a function to anybody.
QUIET = {"contextmanager", "cache", "lru_cache", "dataclass", "property", "staticmethod", "classmethod", "overload"}
#: Parents of classes that are judged: those of others (messages, rows, handlers) are read whole by what takes them.
PARENTS = {"Generic", "KioskError"}
#: Kept without a user in the product, each for a reason.
KEPT = {
    "kiosk.centre.models.TABLES": "what a privacy test walks through; the tables themselves are made by frozen SQL",
    "kiosk.domain.questions.fields.READERS": "the table pages and messages are held against (tests/test_readers.py)",
    "kiosk.ops.bundle.licences.refused": "the policy on licences is held by a test, not by a command",
    "kiosk.ground.remembered.everything": "what is forgotten can only be shown by looking at all that remembers",
    "kiosk.web.live.light.Words.task_done": "said by Engine.IO's poll that still waits when the WebSocket takes over",
    "kiosk.storage.jobsheets.Sheet.synonyms": "a column of the extract that is handed on under its licence",
}


@cache
def trees() -> dict[str, ast.Module]:
    """The product's files and those beside it, as they read."""
    return HOUSE.trees | {
        path.relative_to(HOUSE.root).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for folder in ("bench", "docs")
        for path in sorted((HOUSE.root / folder).rglob("*.py"))
    }


@cache
def words() -> set[str]:
    """Each word of templates, and of strings that are one word."""
    found: set[str] = set()
    for text in HOUSE.templates.values():
        found |= set(re.findall(r"\w+", text))
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                found.add(node.value)
    return found


#: Names read through a module, as templates and settings write them (« words.STATES », « kiosk.__main__:main »).
WRITTEN = {
    pair
    for text in (*HOUSE.templates.values(), (HOUSE.root / "setup.cfg").read_text(encoding="utf-8"))
    for pair in re.findall(r"(\w+)[.:](\w+)", text)
}


def reads(tree: ast.AST) -> tuple[set[str], set[str]]:
    """The names a file reads: as ``module.name``, and as attributes of anything."""
    aliases: dict[str, str] = {}
    full: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full.add(f"{node.module}.{alias.name}")
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.partition(".")[0]] = alias.name if alias.asname else ""
    attributes: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if not isinstance(node.ctx, ast.Store):
                attributes.add(node.attr)
            if isinstance(node.value, ast.Name) and (module := aliases.get(node.value.id)):
                full.add(f"{module}.{node.attr}")
            else:
                full.add(ast.unparse(node))
    return full, attributes


@cache
def all_reads() -> tuple[set[str], set[str]]:
    """What :func:`reads` finds in every file."""
    full, attributes = zip(*map(reads, trees().values()))
    return set().union(*full), set().union(*attributes)


def handed_over(node: ast.AST) -> bool:
    """Whether a decorator gives this function to somebody: a route, a command, a handler."""
    names = {ast.unparse(d).partition("(")[0].rpartition(".")[2] for d in getattr(node, "decorator_list", [])}
    return bool(names - QUIET - {"setter"})


def defined(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """The public names that a module's or a class's body defines."""
    for node in body:
        names: list[str] = []
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [] if handed_over(node) else [node.name]
        elif isinstance(node, ast.Assign):
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        yield from ((name, node) for name in names if not name.startswith("_"))


def read_at_home(tree: ast.Module, name: str, own: ast.stmt) -> bool:
    inside = set(map(id, ast.walk(own)))
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) and id(node) not in inside
        for node in ast.walk(tree)
    )


def read_elsewhere(module: str, name: str) -> bool:
    """As ``module.name``; a variable called ``module`` holds one of several (phones, migrations)."""
    read = {f"{module}.{name}", f"engine.{module.rpartition('.')[2]}.{name}", f"module.{name}"} & all_reads()[0]
    return bool(read) or (module.rpartition(".")[2], name) in WRITTEN


def unused_of_modules() -> set[str]:
    return {
        f"{module}.{name}"
        for module, tree in HOUSE.trees.items()
        if ".migrations." not in module  # each is loaded by its file, and has an « up »
        for name, node in defined(tree.body)
        if not read_elsewhere(module, name) and not read_at_home(tree, name, node)
    }


def unused_of_classes() -> set[str]:
    unused = set()
    said = all_reads()[1] | words()
    for module, tree in HOUSE.trees.items():
        for one in tree.body:
            if not isinstance(one, ast.ClassDef) or one.name.startswith("_"):
                continue
            parents = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in one.bases}
            if parents <= PARENTS:
                unused |= {f"{module}.{one.name}.{name}" for name, _ in defined(one.body) if name not in said}
    return unused


def test_public_names_are_used_but_those_kept_for_a_reason():
    """Of modules and of classes; what is kept and has a user again, or is gone, leaves the list."""
    assert unused_of_modules() | unused_of_classes() == set(KEPT)
