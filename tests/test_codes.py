"""A code that no registry holds is refused where it is written, not where somebody at last reads its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.centre import refusals
from kiosk.contract import PROBLEMS
from kiosk.exchange.syncstate import FAILURES
from kiosk.ground.errors import ERRORS, KioskError
from kiosk.ground.registry import Registry
from kiosk.ops.jobs import refusals as jobs

ROOT = Path(__file__).resolve().parents[1] / "kiosk"
#: What takes a code as its first argument → the codes there are.
TAKERS = {
    "KioskError": set(ERRORS),
    "Refusal": (set(PROBLEMS) | set(refusals.MORE)) & set(refusals.TITLES),
    "Rejection": set(refusals.REJECTIONS),
}


def literals(node: ast.expr) -> Iterator[str]:
    """Every code that an expression may give: a literal, either side of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from literals(one)


def calls() -> Iterator[tuple[str, str, str]]:
    """(where, what takes it, the code) of every code written in the sources."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                for code in literals(node.args[0]) if name in TAKERS else ():
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", name, code


def test_every_code_written_in_the_sources_exists() -> None:
    found = list(calls())
    assert len(found) > 300 and {name for _where, name, _code in found} == set(TAKERS)
    assert [one for one in found if one[2] not in TAKERS[one[1]]] == []


@pytest.mark.parametrize("make", [
    lambda: KioskError("storage"), lambda: refusals.Refusal("storage"), lambda: refusals.Rejection("storage", ""),
    lambda: refusals.Refusal("session_full"), lambda: refusals.Rejection("rate_limited", ""),
])  # fmt: skip
def test_one_that_does_not_exist_is_refused_at_once(make: Any) -> None:
    with pytest.raises(LookupError):
        make()


@pytest.mark.parametrize("kind", ["theme", "reason", "level", "phase", "format", "step"])
def test_a_registry_s_own_refusal_exists(kind: str) -> None:
    with pytest.raises(KioskError) as caught:
        Registry(kind, []).get("x")
    assert caught.value.code == f"unknown_{kind}"


def test_every_failure_of_a_download_has_its_words() -> None:
    assert all(all(jobs.words(code, "x")) for code in FAILURES.codes())
    with pytest.raises(LookupError):
        jobs.words("storage", "x")
