"""The Debian package in a fresh Debian 12, without a network (other systems: ``tests/machines.sh``)."""

from __future__ import annotations

import subprocess

import pytest

from machines import life, packages, roots

pytestmark = [pytest.mark.server, pytest.mark.waits]


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return packages.built(tmp_path_factory.mktemp("paquet"))


def test_the_package_lives_in_a_fresh_debian_12(package, tmp_path):
    life.lives(roots.make("bookworm", tmp_path), package)


def test_lintian_finds_nothing(package):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", str(package)], capture_output=True,
                          text=True)  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
