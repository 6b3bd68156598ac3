"""Every regular expression of the product, read from its sources: where it stands, and how it is used."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from house import standing

ROOT = Path(__file__).resolve().parents[2]
#: A method of ``re`` → how a pattern goes through a text.
WAYS = {
    "search": "search", "match": "match", "fullmatch": "fullmatch", "split": "finditer", "sub": "finditer",
    "subn": "finditer", "findall": "finditer", "finditer": "finditer",
}  # fmt: skip
#: Expressions made while the program runs, from words of ours that are no constant: (module, function) → one of them.
#: Whoever adds one writes here what it may look like.
MADE_LATER = {
    ("kiosk.ops.doctor.scrub", "scrubbed"): r"(?<!\w)Salle\ B12(?!\w)",
    ("kiosk.ground.calling", "as_typed"): r"\bkiosk (?=(?:migrate-data|doctor|pin)\b)",
    ("kiosk.ground.config_file", "_in_words"): r"Cannot declare .*twice|Cannot (?:mutate|redefine)",
    ("kiosk.domain.reading.rudeness", "_matches_stars"): "p[a-z]t[a-z]in",
    ("kiosk.domain.reading.paths", "_compiled"): (
        "(?<![a-z0-9œ])arret de [a-z0-9œ'-]* mois(?![a-z0-9œ])|(?<![a-z0-9œ])conge[a-z0-9œ'-]*(?![a-z0-9œ])"
    ),
    ("kiosk.domain.reading.constructions", "fits"): (
        "(?<![a-z0-9_])(?:je |(?:mon |ma )(?:[a-z0-9_]+ ){0,3}pere )(?:[a-z0-9_]+ ){0,4}(?:me |m )(?:[a-z0-9_]+ ){0,2}frap[a-z0-9]* "
    ),
}


@dataclass(frozen=True)
class Used:
    """An expression and the ways it is used."""

    where: str
    pattern: re.Pattern[Any]
    ways: frozenset[str]


def modules() -> dict[str, ast.Module]:
    """Every module of the product, by name, as its source reads."""
    return standing().trees


def naming() -> list[str]:
    """The modules whose source speaks of an expression, known without reading any as a program."""
    return [name for name, text in standing().texts.items() if re.search(r"\bre\.|pattern=", text)]


@cache
def everything() -> dict[str, list[Used]]:
    """The expressions of each module that has any.

    :raises AssertionError: an expression is not a constant, and :data:`MADE_LATER` does not know it."""
    trees = modules()
    uses = _methods(trees)
    found: dict[str, list[Used]] = {}
    for name, tree in trees.items():
        for function, call in _calls(tree):
            method = call.func.attr  # type: ignore[attr-defined]
            pattern = _value(name, function, call)
            if method == "compile":
                methods = uses.get((name, _bound_to(tree, call))) or _loose(uses, name)
                ways = frozenset(WAYS[one] for one in methods)
            else:
                ways = frozenset({WAYS[method]})
            found.setdefault(name, []).append(Used(f"{name}:{call.lineno}", pattern, ways))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for word in call.keywords:
                if word.arg == "pattern" and getattr(call.func, "attr", getattr(call.func, "id", "")) == "Meta":
                    said = eval(compile(ast.Expression(word.value), name, "eval"), vars(importlib.import_module(name)))
                    found.setdefault(name, []).append(
                        Used(f"{name}:{call.lineno}", re.compile(said), frozenset({"search"}))
                    )
    return found


def _calls(tree: ast.Module) -> list[tuple[str, ast.Call]]:
    """(function it is in, call) of each ``re.something(…)``."""
    found = []

    def walk(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            within = child.name if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else inside
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
                of_re = isinstance(child.func.value, ast.Name) and child.func.value.id == "re"
                if of_re and child.func.attr in ("compile", *WAYS):
                    found.append((within, child))
            walk(child, within)

    walk(tree, "")
    return found


def _value(name: str, function: str, call: ast.Call) -> re.Pattern[Any]:
    space = vars(importlib.import_module(name))
    flags = next((word.value for word in call.keywords if word.arg == "flags"), None)
    place = {"compile": 1, "split": 3, "sub": 4, "subn": 4}.get(call.func.attr, 2)  # type: ignore[attr-defined]
    if flags is None and len(call.args) > place:
        flags = call.args[place]
    meant = eval(compile(ast.Expression(flags), name, "eval"), space) if flags is not None else 0
    try:
        said = eval(compile(ast.Expression(call.args[0]), name, "eval"), space)
    except NameError:
        assert (name, function) in MADE_LATER, f"{name}.{function}:{call.lineno} makes an expression that no test knows"
        said = MADE_LATER[name, function]
    return said if isinstance(said, re.Pattern) else re.compile(said, meant)


def _bound_to(tree: ast.Module, call: ast.Call) -> str:
    """The name a compiled expression is given, empty for one in a table."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and node.value is call and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
    return ""


def _methods(trees: dict[str, ast.Module]) -> dict[tuple[str, str], set[str]]:
    """(module where it is made, name) → the methods called on it, wherever it was imported to."""
    found: dict[tuple[str, str], set[str]] = {}
    for module, tree in trees.items():
        origin = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
        }  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in WAYS:
                owner = node.value
                if isinstance(owner, ast.Name):
                    found.setdefault(origin.get(owner.id, (module, owner.id)), set()).add(node.attr)
                elif isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name):
                    package, name = origin.get(owner.value.id, ("", owner.value.id))
                    found.setdefault((f"{package}.{name}", owner.attr), set()).add(node.attr)
    return found


def _loose(uses: dict[tuple[str, str], set[str]], module: str) -> set[str]:
    """For an expression of a table: what its module calls on small names, those of loops; every way without any."""
    small = [methods for (where, name), methods in uses.items() if where == module and name.islower()]
    return set().union(*small) - {"split"} or {"finditer"}  # words are split too
