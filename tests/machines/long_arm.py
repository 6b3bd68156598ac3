"""The package for Raspberry Pi in a fresh Debian 13 of that machine, whose programs an emulator runs one by one."""

from __future__ import annotations

from machines import life, packages, roots


def test_the_package_of_a_raspberry_lives_in_a_fresh_debian_13(tmp_path_factory, tmp_path):
    package = packages.built(tmp_path_factory.mktemp("paquet"), "raspberry")
    assert package.name.endswith("_arm64.deb")
    root = roots.make("trixie", tmp_path, machine="arm64")
    assert (
        root.run("dpkg", "--print-architecture").stdout == "arm64\n" and root.run("uname", "-m").stdout == "aarch64\n"
    )
    life.lives(root, package)
