"""The Debian package as a file: the same bytes twice, read by Debian's own tools, one unit for both ways to install."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.ground.config import Settings
from kiosk.ground.edition import Edition
from kiosk.ops.bundle import deb, debian
from kiosk.ops.install import service
from kiosk.ops.install.places import Place

EDITION = Edition("1.0.0", "0123456", "2026-11-30T17:44:00Z", "deb")


def fill(folder: Path) -> None:
    """A bundle that holds next to nothing."""
    (folder / "config").mkdir()
    (folder / "config/kiosk.toml").write_text("#port = 8080\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "é.txt").write_text("é" * 3000)


def package(folder: Path, edition: Edition = EDITION, machine: str = "x86_64") -> Path:
    """A package of it."""
    folder.mkdir()
    parts = debian.Parts(fill, {"usr/share/man/man1/kiosk.1": ".TH KIOSK 1\n"}, machine, debian.PYTHONS)
    return debian.build(folder, parts, edition, folder)


def said(*words: str | Path) -> str:
    """What one of Debian's tools says."""
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True).stdout


def test_the_same_files_make_the_same_bytes_and_the_usual_date_counts(tmp_path, monkeypatch):
    first, second = package(tmp_path / "a"), package(tmp_path / "b")
    assert first.name == "kiosque-metiers_1.0.0+20261130174400.0123456_amd64.deb"
    assert first.read_bytes() == second.read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert package(tmp_path / "c").read_bytes() != first.read_bytes()


def test_debian_s_tools_read_it(tmp_path):
    path = package(tmp_path / "a", machine="aarch64")
    listed = said("dpkg-deb", "--contents", path)
    assert all(line.split()[1] == "root/root" for line in listed.splitlines())
    assert re.search(r"^-rwxr-xr-x .* \./opt/kiosque-metiers/run\.sh$", listed, re.MULTILINE)
    assert "kiosk.toml -> /etc/kiosque-metiers/kiosk.toml" in listed and "man1/kiosk.1.gz" in listed
    assert said("dpkg-deb", "--field", path, "Architecture", "Depends") == (
        "Architecture: arm64\nDepends: python3 (>= 3.11), python3 (<< 3.14), python3-venv, adduser,"
        " init-system-helpers (>= 1.54)\n"
    )
    tree = tmp_path / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", str(path), str(tree)], check=True)
    subprocess.run(["md5sum", "--check", "--quiet", "DEBIAN/md5sums"], cwd=tree, check=True)
    for script in debian.SCRIPTS:
        subprocess.run(["sh", "-n", str(tree / "DEBIAN" / script)], check=True)
    assert "@" not in (tree / "DEBIAN/preinst").read_text()


def test_of_two_commits_of_one_number_the_later_is_the_greater():
    later = replace(EDITION, commit="0000000", made="2026-11-30T17:44:01Z")
    for one, two in ((EDITION, later), (Edition("1.0.0"), EDITION), (later, Edition("1.0.1"))):
        words = ["dpkg", "--compare-versions", debian.version(one), "lt", debian.version(two)]
        assert subprocess.run(words, check=False).returncode == 0


def test_the_package_s_service_is_as_shut_in_as_the_installed_one(tmp_path):
    place = Place(True, "kiosque", tmp_path, tmp_path, tmp_path, tmp_path)
    other = service.unit(Settings(data_dir=tmp_path, port=80), place, {}).splitlines()
    own = debian.unit().splitlines()
    apart = ("WorkingDirectory", "Environment", "ExecStart", "User", "RequiresMountsFor", "ReadWritePaths", "#")
    assert [line for line in other if line not in own and not line.startswith(apart)] == []


def test_a_wrong_machine_is_refused():
    with pytest.raises(debian.KioskError) as caught:
        debian.platform("armv7l")
    assert caught.value.code == "bundle_platform"


def test_a_package_s_installation_is_upgraded_by_apt_alone(tmp_path, monkeypatch):
    from kiosk.ops import upgrade

    (tmp_path / "bundle.json").write_text('{"version": "1.0.0", "package": "deb"}')
    monkeypatch.setattr(upgrade, "HOME", tmp_path)
    with pytest.raises(debian.KioskError) as caught:
        list(upgrade.upgrade(Settings(data_dir=tmp_path), "x", None))
    assert caught.value.code == "upgrade_packaged"


def test_a_folder_counts_as_debian_counts_it(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/one").write_bytes(b"x" * 1025)
    assert deb.installed_kib(tmp_path) == 3
