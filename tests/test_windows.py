"""What can be seen from here of a kiosk on Windows: no code path needs what only POSIX has; ``run.ps1`` is readable.

Nothing here replaces a try on Windows (docs/windows.md says what remains).
"""

from __future__ import annotations

import ast
import re
import ssl
import subprocess
import sys
from pathlib import Path

import pip as pip_package
import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from kiosk.ops import windows_certificates

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


def sentences(script: str) -> set[str]:
    """The French sentences of what stops a set-up, up to the first name that is put in them."""
    shown = re.findall(r'(?:stop|Stop-Here) "([^"]*)"', script)
    return {re.split(r"\$|\.pem|\(", one)[0] for one in shown}


def test_both_scripts_tell_the_true_cause():
    shell, power = (sentences((ROOT / name).read_text(encoding="utf-8")) for name in ("run.sh", "run.ps1"))
    for start in (
        "Le disque est plein",
        "Le serveur mandataire ",
        "Le miroir donné à pip",
        "Un réglage de pip ",
        "Un filtre de l’établissement",
        "Internet est nécessaire",
        "Ce dossier n’est pas modifiable",
        "Le fichier de certificats donné à pip",
        "La préparation sans Internet",
    ):
        assert any(one.startswith(start) for one in shell), start
        assert any(one.startswith(start) for one in power), start


def test_both_scripts_keep_the_same_of_pip_s_variables():
    shell, power = ((ROOT / name).read_text(encoding="utf-8") for name in ("run.sh", "run.ps1"))
    kept = set(re.findall(r"PIP_[A-Z_]+", " ".join(re.findall(r"^    (PIP_.*)\) ;;$", shell, re.MULTILINE))))
    said = power[power.index("$KeptOfPip") : power.index("foreach ($name in @(Get-ChildItem")]
    assert len(kept) > 10 and set(re.findall(r"PIP_[A-Z_]+", said)) == kept
    unset = re.findall(r"^unset (PYTHON.*)$", shell, re.MULTILINE)[0].split()
    assert unset and all(f"'{name}'" in power for name in unset)


def test_certificates_of_a_store_are_those_of_servers_authorities(tmp_path):
    """A store holds more than authorities of servers: lists of revoked ones, and what is trusted for mail alone."""
    from pip._vendor import certifi

    held = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", certifi.contents(), re.DOTALL)
    first, second, third = map(ssl.PEM_cert_to_DER_cert, held[:3])
    mail = {"1.3.6.1.5.5.7.3.4"}
    text = windows_certificates.trusted(
        [
            (first, "x509_asn", True),
            (second, "x509_asn", {windows_certificates.SERVER} | mail),
            (third, "x509_asn", mail),
            (third, "x509_asn", set()),
            (first, "x509_asn", True),
            (b"not one certificate", "pkcs_7_asn", True),
        ]
    )
    assert text.count("BEGIN CERTIFICATE") == 2
    (tmp_path / "store.pem").write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(tmp_path / "store.pem")
    assert sorted(context.get_ca_certs(binary_form=True)) == sorted([first, second])


def test_without_a_windows_store_pip_s_own_authorities_stay(tmp_path):
    """Run as ``run.ps1`` does: no library of ours is there yet."""
    script = (
        "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module(sys.argv.pop(1), None, '__main__')"
    )
    words = [sys.executable, "-I", "-S", "-c", "import sys; sys.path.append(sys.argv.pop(1)); " + script]
    pip = Path(pip_package.__file__).parents[1]
    subprocess.run(
        [*words, str(pip), str(ROOT), "kiosk.ops.windows_certificates", str(tmp_path / "all.pem")], check=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(tmp_path / "all.pem")
    assert len(context.get_ca_certs()) > 100
