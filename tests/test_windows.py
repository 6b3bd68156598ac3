"""What can be seen from here of a kiosk on Windows: no code path needs what only POSIX has; ``run.ps1`` is readable.

Nothing here replaces a try on Windows (docs/hors-ligne.md says what remains).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "kiosk").rglob("*.py"))
POSIX_ONLY = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios"}
SIGNALS = {"SIGTERM", "SIGINT", "SIGBREAK"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_loads_without_what_only_posix_has(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {
        alias.name
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
        if isinstance(node, ast.Import)
    }
    assert bare & POSIX_ONLY == set()
    renames = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n) == "os.rename"]
    assert renames == [], "os.replace also replaces on Windows"
    named = {
        n.attr
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "signal"
    }
    assert {name for name in named if name.startswith("SIG")} <= SIGNALS


def test_the_script_opens_in_windows_powershell():
    data = (ROOT / "run.ps1").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "without its mark, Windows PowerShell 5.1 misreads accents"
    text = data.decode("utf-8-sig")
    code = re.sub(r"<#.*?#>", "", text, flags=re.DOTALL)
    for line in code.splitlines():
        bare = re.sub(r'"(?:`.|[^"`])*"', '""', line).partition("#")[0]
        # PowerShell takes typographic quotes for quotes: only double-quoted strings may hold them.
        assert not re.search("[‘’“”]", bare), line
    assert "NOT TRIED" in text


def mistakes(script: bytes) -> list[tuple[int, str]]:
    """(line, text) of what a PowerShell parser cannot read."""
    parser = Parser(Language(tree_sitter_powershell.language()))
    left, found = [parser.parse(script).root_node], []
    while left:
        node = left.pop()
        left += node.children
        if node.type == "ERROR" or node.is_missing:
            found.append((node.start_point[0] + 1, (node.text or b"").decode("utf-8", "replace")[:60]))
    return found


def test_the_script_is_read_by_a_parser_of_powershell():
    script = (ROOT / "run.ps1").read_bytes()
    assert mistakes(script) == []
    # a brace or a quote that is missing is seen wherever it is
    assert mistakes(script.replace(b"Build-Ahead $stamp\n", b"if ($stamp) { Build-Ahead $stamp\n", 1))
    assert mistakes(script.replace(b"'.kiosk-compiled'", b"'.kiosk-compiled", 1))


def test_both_scripts_have_the_same_steps():
    shell, power = ((ROOT / name).read_text(encoding="utf-8") for name in ("run.sh", "run.ps1"))
    packages = ("--require-hashes", "--no-index", "--find-links", "SHA256SUMS")
    for step in (*packages, "kiosk.ops.client_build", "-m compileall -q", "kiosk.ops.page_build", "setup"):
        assert step in shell and step in power, step
