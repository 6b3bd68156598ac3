"""The package in other fresh Debians: 13, where it lives as in 12; 11, whose Python is too old, and which says so."""

from __future__ import annotations

import subprocess

import pytest

from kiosk.ops.bundle import command
from machines import life, packages, roots


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return packages.built(tmp_path_factory.mktemp("paquet"))


def test_the_package_lives_in_a_fresh_debian_13(package, tmp_path):
    life.lives(roots.make("trixie", tmp_path), package)


def test_debian_11_refuses_the_package_for_its_python(package, tmp_path):
    root = roots.make("bullseye", tmp_path)
    code, said = life.install(root, package)
    assert code != 0 and "python3 (>= 3.11)" in said
    assert not root.path("/var/lib/kiosque-metiers").exists() and life.version(root) != packages.AFTER


def test_debian_11_is_told_why_by_the_archive(tmp_path):
    root = roots.make("bullseye", tmp_path)
    list(command.make("linux", ("3.11",), tmp_path))
    (archive,) = tmp_path.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(root.path("/opt"))], check=True)
    (home,) = root.path("/opt").iterdir()
    done = root.run(f"/opt/{home.name}/run.sh", "--offline", "setup")
    assert done.returncode == 1 and "Python 3.9 est trop ancien" in done.stderr
