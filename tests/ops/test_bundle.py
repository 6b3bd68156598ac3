"""``kiosk bundle``: conditions judged for the target, the same bytes twice, sums and inventory that tell the truth."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from kiosk.ground.config import SETTINGS
from kiosk.ground.config_values import check
from kiosk.ground.errors import KioskError
from kiosk.ops.bundle import archive, licences, sbom, signature, stamp, wheels
from kiosk.ops.bundle.command import _ACTIVE, _LEFT_OUT, LOCK
from kiosk.ops.bundle.licences import Package

ROOT = Path(__file__).resolve().parents[2]


def names(python: str, platform: str) -> set[str]:
    found = wheels.wanted(wheels.read_lock(LOCK), python, wheels.PLATFORMS[platform])
    assert len({entry.name for entry in found}) == len(found), "one version of each"
    assert all(entry.hashes for entry in found)
    return {entry.name for entry in found}


def test_conditions_are_judged_for_the_other_machine():
    assert "tomli" in names("3.10", "linux") and "tomli" not in names("3.13", "raspberry")
    assert "colorama" in names("3.12", "windows") and "colorama" not in names("3.11", "raspberry")


def test_a_lock_s_line_that_nobody_knows_stops(tmp_path):
    lock = tmp_path / "x.lock"
    lock.write_text("git+https://example.org/x\n")
    with pytest.raises(ValueError, match="git"):
        wheels.read_lock(lock)


def tree(folder: Path) -> Path:
    (folder / "config").mkdir(parents=True)
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "config" / "kiosk.toml").write_text("#port = 8080\n")
    (folder / "é.txt").write_text("é")
    return folder


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_the_same_files_make_the_same_bytes(tmp_path, suffix):
    made = []
    for place in ("a", "b"):
        target = tmp_path / (place + suffix)
        archive.pack(tree(tmp_path / place / "kiosque"), target)
        made.append(target.read_bytes())
    assert made[0] == made[1]
    if suffix == ".zip":
        with zipfile.ZipFile(tmp_path / "a.zip") as packed:
            assert packed.getinfo("kiosque/run.sh").external_attr >> 16 & 0o111


def test_sums_are_those_of_sha256sum_and_leave_the_settings(tmp_path):
    folder = tree(tmp_path / "kiosque")
    archive.write_sums(folder)
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    (folder / "config" / "kiosk.toml").write_text("port = 80\n")
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    (folder / "é.txt").write_text("e")
    assert subprocess.run(check, cwd=folder, check=False, capture_output=True).returncode == 1


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ours", "theirs"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "kiosques", "-f", str(folder / name)]
        subprocess.run(words, check=True)
    return folder


def public(keys, name):
    return (keys / f"{name}.pub").read_text()


def refusal(function, *words):
    with pytest.raises(KioskError) as caught:
        function(*words)
    return caught.value.code


def test_a_bundle_is_known_by_who_signed_it(tmp_path, keys):
    folder = tree(tmp_path / "kiosque")
    archive.write_sums(folder)
    assert refusal(signature.check, folder, public(keys, "ours")) == "upgrade_unsigned"
    signature.sign(folder, keys / "ours")
    signature.sign(folder, keys / "ours")  # made again: the last one counts
    signature.check(folder, public(keys, "ours"))
    assert refusal(signature.check, folder, public(keys, "theirs")) == "upgrade_forged"
    (folder / "run.sh").write_text("#!/bin/sh\nrm -r /\n")
    archive.write_sums(folder)  # sums right again, by somebody without the key
    assert refusal(signature.check, folder, public(keys, "ours")) == "upgrade_forged"
    (folder / "SHA256SUMS.sig").write_text("nothing")
    assert refusal(signature.check, folder, public(keys, "ours")) == "upgrade_forged"


def test_a_signature_of_something_else_by_the_same_key_is_not_one_of_a_bundle(tmp_path, keys):
    folder = tree(tmp_path / "kiosque")
    archive.write_sums(folder)
    sums = str(folder / "SHA256SUMS")
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(keys / "ours"), "-n", "file", sums], check=True)
    assert refusal(signature.check, folder, public(keys, "ours")) == "upgrade_forged"


def test_a_key_that_cannot_sign_says_so(tmp_path, keys, monkeypatch):
    folder = tree(tmp_path / "kiosque")
    archive.write_sums(folder)
    assert refusal(signature.sign, folder, keys / "ours.none") == "signature_failed"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(signature.sign, folder, keys / "ours") == "signature_tool"


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("ssh-ed25519 " + "A" * 68, True),
        ("ssh-rsa " + "A" * 372 + "== moi", True),
        ("ssh-ed25519", False),
        ("AAAA", False),
        ("ssh-ed25519 " + "A" * 68 + "\nssh-ed25519 " + "B" * 68, False),
    ],
)
def test_the_setting_takes_a_public_key(value, right):
    problem = check(value, SETTINGS["upgrade.key"])
    assert (problem is None) is right


def test_an_archive_is_listed_once_beside(tmp_path):
    for content in (b"1", b"2"):
        (tmp_path / "b.zip").write_bytes(content)
        archive.list_beside(tmp_path / "b.zip")
    (tmp_path / "a.zip").write_bytes(b"3")
    lines = archive.list_beside(tmp_path / "a.zip").read_text().splitlines()
    assert [line.partition("  ")[2] for line in lines] == ["a.zip", "b.zip"]


def test_the_stamp_is_the_shell_s():
    data = (ROOT / "run.sh").read_bytes()
    said = subprocess.run(["cksum"], input=data, capture_output=True, check=True).stdout.decode().split()
    assert stamp.cksum(data) == "-".join(said[:2])


def test_the_inventory_names_each_library_with_its_licence():
    packages = [Package("pypi", "flask", "3", "BSD-3-Clause"), Package("npm", "@a/b", "1", "MIT AND PSF-2.0")]
    text = sbom.document(packages, {"pkg:pypi/flask@3": ["00"]})
    held = json.loads(text)
    assert held["bomFormat"] == "CycloneDX" and held["specVersion"] == "1.5"
    assert [c["purl"] for c in held["components"]] == ["pkg:pypi/flask@3", "pkg:npm/%40a/b@1"]
    assert held["components"][0]["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert held["components"][1]["licenses"] == [{"expression": "MIT AND PSF-2.0"}]
    assert text == sbom.document(packages, {"pkg:pypi/flask@3": ["00"]})


def test_the_inventory_is_what_cyclonedx_says():
    """By its own schema, with what a bundle truly holds: every licence is an SPDX one or an expression of them."""
    packages = [*licences.of_lock(LOCK), *licences.of_client(tools=False)]
    text = sbom.document(packages, {packages[0].url: ["00" * 32], packages[1].url: ["11" * 32, "22" * 32]})
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text.replace('"library"', '"books"')) is not None


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("kiosk/web/frame/build.py", False),
        ("static/build/.stamp", False),
        ("static/build.x/phone.js", True),
        ("kiosk/__pycache__/a.pyc", True),
        ("config/local.toml", True),
        ("config/client/node_modules/a/b", True),
        ("config/.kiosk.toml.good", True),
    ],
)
def test_what_stays_out(name, left):
    assert bool(_LEFT_OUT.search(name)) is left


def test_settings_of_this_machine_stay_home():
    assert _ACTIVE.sub("#", '# a\n[centre]\nproxy = "http://u:p@h"\n') == '# a\n#[centre]\n#proxy = "http://u:p@h"\n'
