"""Templates are compiled once for each version of Python, and never stay older than their source."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from types import CodeType

import pytest
from jinja2 import Environment, FileSystemLoader

from kiosk.ground import compiled
from kiosk.ops import page_build

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "page.html").write_text("<p>un</p>\n<p>deux</p>\n", "utf-8")
    return tmp_path


class Counting(Environment):
    """Counts what it compiles."""

    times = 0

    def _compile(self, source: str, filename: str) -> CodeType:
        self.times += 1
        return super()._compile(source, filename)


def shown(folder):
    """The page of a program that has just started; how often it compiled."""
    env = Counting(loader=FileSystemLoader(folder), autoescape=True)
    compiled.prepare(env, folder)
    return env.get_template("page.html").render(), env.times


def kept(folder):
    return sorted((folder / "__pycache__").iterdir())


def test_a_second_start_compiles_nothing(folder):
    assert [shown(folder) for _start in range(2)] == [("<p>un</p><p>deux</p>", 1), ("<p>un</p><p>deux</p>", 0)]
    assert [sys.implementation.cache_tag in one.name for one in kept(folder)] == [True]


def test_a_template_that_changes_is_compiled_again(folder):
    shown(folder)
    (folder / "page.html").write_text("<p>trois</p>", "utf-8")
    assert [shown(folder) for _start in range(2)] == [("<p>trois</p>", 1), ("<p>trois</p>", 0)]
    assert len(kept(folder)) == 1


@pytest.mark.parametrize("length", [0, 2, 10, 15, 40, 100])
@pytest.mark.parametrize("tail", [b"", b"\x00" * 400, b"\xff\x80." * 90])
def test_what_is_damaged_is_made_again(folder, length, tail):
    shown(folder)
    whole = kept(folder)[0].read_bytes()
    kept(folder)[0].write_bytes(whole[:length] + tail)
    assert shown(folder) == ("<p>un</p><p>deux</p>", 1)


def test_a_folder_that_cannot_hold_it_costs_only_time(folder):
    (folder / "__pycache__").write_text("", "utf-8")  # no folder can be made there, whoever asks
    assert [shown(folder) for _start in range(2)] == [("<p>un</p><p>deux</p>", 1)] * 2


def test_what_one_account_compiled_another_reads(folder):
    before = os.umask(0o077)
    try:
        shown(folder)
    finally:
        os.umask(before)
    made = [folder / "__pycache__", *kept(folder)]
    assert [stat.S_IMODE(one.stat().st_mode) for one in made] == [0o755, 0o644]


def databases():
    """Those this process holds open, files that are no more among them."""
    links = []
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one that lists them
            links.append(os.readlink(one))
    return sorted(link for link in links if ".sqlite3" in link)


def test_set_up_compiles_every_page_of_the_kiosk(app):
    """As ``run.sh`` does: then a kiosk that starts finds each one; and nothing stays open."""
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "centre" not in path.parts]
    before = databases()
    assert page_build.build() == len(pages)
    assert databases() == before
    env = app.jinja_env
    loader = FileSystemLoader(ROOT / "templates")
    missing = set()
    for path in pages:
        name = path.relative_to(ROOT / "templates").as_posix()
        source, filename, _fresh = loader.get_source(env, name)
        if env.bytecode_cache.get_bucket(env, name, filename, source).code is None:
            missing.add(name)
    assert missing == set()


def test_what_else_decides_how_a_template_is_compiled_is_in_the_name(folder, monkeypatch, tmp_path):
    shown(folder)
    other = tmp_path / "otherwise.py"
    other.write_bytes(b"# other line breaks\n")
    monkeypatch.setattr(compiled.linebreaks, "__file__", str(other))
    assert shown(folder)[1] == 1 and len(kept(folder)) == 2
