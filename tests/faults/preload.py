"""Builds the fault-injection libraries of this folder, on the spot, with the system's C compiler."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def build(name: str, into: Path) -> Path:
    """Compile ``<name>.c`` of this folder into a shared library under `into` and return its path.

    Raises CalledProcessError, with the compiler's words on standard error, when it cannot be built.
    """
    library = into / f"{name}.so"
    compiler = os.environ.get("CC", "cc")
    source = HERE / f"{name}.c"
    command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"]
    subprocess.run([*command, "-o", str(library), str(source), "-ldl"], check=True)
    return library


def environment(library: Path, **variables: str) -> dict[str, str]:
    """The present environment with `library` preloaded and `variables` added."""
    return {**os.environ, "LD_PRELOAD": str(library), **variables}
