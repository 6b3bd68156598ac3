"""Templates compiled once, kept beside them as Python keeps its modules: a start on a small machine compiles none.

``templates/__pycache__`` holds what Jinja made of each template for each version of Python. Set-up fills it
(``kiosk.ops.page_build``): a service of the system sees its code read-only. Where nothing was kept and nothing can be,
only the time changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket

from kiosk.ground import linebreaks


class Compiled(FileSystemBytecodeCache):
    """What was compiled of the templates of ``folder``. Jinja compares each with its source before it is used."""

    def __init__(self, folder: Path) -> None:
        made_by = version("jinja2").encode() + Path(linebreaks.__file__).read_bytes()
        by = hashlib.sha256(made_by).hexdigest()[:8]  # what else decides how a template is compiled
        self._folder = folder / "__pycache__"
        super().__init__(str(self._folder), f"%s.{sys.implementation.cache_tag}-{by}.pyc")

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was kept, if it can be read: a damaged card costs the time of compiling, not the page."""
        try:
            super().load_bytecode(bucket)
        except Exception:
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, if the folder can be written, for any account: what root compiles at set-up, a service reads."""
        with contextlib.suppress(OSError):
            if not self._folder.is_dir():
                self._folder.mkdir(exist_ok=True)
                self._folder.chmod(0o755)
            super().dump_bytecode(bucket)
            Path(self._get_cache_filename(bucket)).chmod(0o644)


def prepare(env: Environment, folder: Path) -> None:
    """Have the templates of ``env``, which lie in ``folder``, compiled without their line breaks, and once."""
    linebreaks.prepare(env)
    env.bytecode_cache = Compiled(folder)
