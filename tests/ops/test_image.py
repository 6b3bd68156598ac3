"""A card for a Raspberry Pi: what it asks before it begins, its layout, what goes in it, what it does when it starts.

Making a whole one and starting it take half an hour: ``tests/machines/long_image.py``.
"""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.ground.errors import KioskError
from kiosk.ops import firstboot, hotspot
from kiosk.ops.image import card, disk, making, needs, system

#: What every program of the needs, found elsewhere, would be looked for in.
NOWHERE = "/nonexistent"


def refusal(function, *args, **kwargs) -> KioskError:
    with pytest.raises(KioskError) as caught:
        function(*args, **kwargs)
    return caught.value


# -- before anything long ----------------------------------------------------------------------------


def test_what_misses_is_named_with_its_package(tmp_path, monkeypatch):
    monkeypatch.setattr(needs, "SEARCH", NOWHERE)
    said = refusal(needs.check, tmp_path).message
    assert "mmdebstrap" in said and "mtools" in said and "sudo apt install mmdebstrap arch-test e2fsprogs" in said


def test_an_emulator_a_root_and_room_are_asked_for_in_turn(tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in needs.PROGRAMS:
        (programs / name).symlink_to("/bin/true")
    monkeypatch.setattr(needs, "SEARCH", str(programs))
    monkeypatch.setattr(needs, "KEYRING", programs / "mcopy")
    monkeypatch.setattr(needs, "BINFMT", tmp_path / "qemu-aarch64")
    assert refusal(needs.check, tmp_path).code == "image_emulator"
    for text in ("disabled\nflags: F\n", "enabled\nflags: OC\n"):
        needs.BINFMT.write_text(text)
        assert not needs.runs_arm64()
    needs.BINFMT.write_text("enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: POCF\n")
    assert needs.runs_arm64()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert refusal(needs.check, tmp_path).code == "image_root"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    needs.check(tmp_path / "new")
    monkeypatch.setattr(needs, "ROOM", 10**18)
    error = refusal(needs.check, tmp_path)
    assert error.code == "image_space" and str(tmp_path) in error.message


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--country", "France"], "image_country"),
        (["--ssh-key", "/nonexistent.pub"], "file_missing"),
        (["--ssh-key", "private"], "image_key"),
    ],
)
def test_the_command_refuses_in_one_sentence(tmp_path, monkeypatch, capsys, words, code):
    monkeypatch.chdir(tmp_path)
    Path("private").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n")
    assert cli.main(["image", *words]) == 1
    said = capsys.readouterr()
    assert (
        f"[{code}]" in said.err
        and len(said.err.splitlines()) == 1
        and list(tmp_path.iterdir()) == [Path(tmp_path, "private")]
    )


def test_another_package_is_refused(tmp_path):
    path = tmp_path / "x.deb"
    path.write_bytes(b"!<arch>\n")
    assert refusal(system.check_package, path).code == "image_package"


def test_a_public_key_is_taken_and_its_remarks_left(tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "parc", "-f", str(tmp_path / "k")], check=True)
    public = (tmp_path / "k.pub").read_text()
    (tmp_path / "k.pub").write_text("# du parc\n" + public)
    assert making.wish_of(False, str(tmp_path / "k.pub"), "be", "", "").key == public.strip()
    assert refusal(making.public_key, tmp_path / "k").code == "image_key"


# -- the card as a file ------------------------------------------------------------------------------


def test_partitions_follow_one_another_on_whole_blocks():
    boot, second, data = disk.parts(1_500 * disk.MIB + 1)
    assert (boot.start, boot.start + boot.size, second.start + second.size) == (4, second.start, data.start)
    assert second.size >= 1_501 * 1.25 and second.size % 4 == 0 and boot.kind == "c"
    assert disk.parts(disk.MIB)[1].size == 404  # room for an upgrade however small the system


def test_a_card_is_written_without_mounting_and_read_back(tmp_path, monkeypatch):
    for name, size in (("BOOT_MIB", 40), ("DATA_MIB", 8), ("SPARE_MIB", 8)):
        monkeypatch.setattr(disk, name, size)
    folders = [tmp_path / name for name in ("boot", "system", "data")]
    for folder in folders:
        folder.mkdir()
    (folders[0] / "config.txt").write_text("arm_64bit=1\n")
    (folders[0] / "overlays").mkdir()
    (folders[0] / "overlays/a.dtbo").write_bytes(b"\xd0\x0d")
    (folders[1] / "etc").mkdir()
    (folders[1] / "etc/shadow").write_text("root:!:\n")
    (folders[1] / "etc/shadow").chmod(0o640)
    (folders[1] / "bin").symlink_to("usr/bin")
    (folders[2] / "donnees").mkdir(mode=0o700)
    image = tmp_path / "carte.img"
    found = disk.parts(disk.taken(folders[1]))
    disk.write(image, found, folders, 0x1234ABCD)

    dumped = disk.run("sfdisk", "--dump", str(image))
    assert "label: dos" in dumped and "0x1234abcd" in dumped
    assert [int(start) * 512 // disk.MIB for start in re.findall(r"start= *(\d+)", dumped)] == [p.start for p in found]
    listed = disk.run("mdir", "-b", "-/", "-i", f"{image}@@{found[0].start * disk.MIB}", "::")
    assert "config.txt" in listed and "a.dtbo" in listed
    for part, label in zip(found[1:], (disk.SYSTEM, disk.DATA), strict=True):
        with image.open("rb") as file, (tmp_path / label).open("wb") as out:
            file.seek(part.start * disk.MIB)
            out.write(file.read(part.size * disk.MIB))
        assert f"Filesystem volume name:   {label}\n" in disk.run("dumpe2fs", "-h", str(tmp_path / label))
        disk.run("e2fsck", "-fn", str(tmp_path / label))
    shadow = disk.run("debugfs", "-R", "stat /etc/shadow", str(tmp_path / disk.SYSTEM))
    assert "Mode:  0640" in shadow
    assert "usr/bin" in disk.run("debugfs", "-R", "stat /bin", str(tmp_path / disk.SYSTEM))
    assert "donnees" in disk.run("debugfs", "-R", "ls /", str(tmp_path / disk.DATA))


def test_what_cannot_be_written_is_told_with_the_program_s_last_words(tmp_path):
    error = refusal(disk.run, "sfdisk", "--dump", str(tmp_path / "none.img"))
    assert error.code == "image_failed" and "sfdisk" in error.message and "none.img" in error.message


# -- what goes in it ---------------------------------------------------------------------------------


def test_debian_s_packages_are_asked_for_with_the_kernel_of_its_backports(tmp_path):
    words = system.gathering(tmp_path / "root", system.Wish(), tmp_path / "p")
    (asked,) = (word for word in words if word.startswith("--include="))
    assert {"chromium", "labwc", "raspi-firmware", "linux-image-arm64"} <= set(asked[10:].split(","))
    assert any(word.startswith("--setup-hook") and "initramfs-tools/hooks/kiosque" in word for word in words)
    assert "openssh-server" not in asked and "--architectures=arm64" in words
    assert any("trixie-security" in word for word in words) and any("non-free-firmware" in word for word in words)
    more = system.gathering(tmp_path / "root", system.Wish(key="ssh-ed25519 A", mirror="http://m/debian",
                                                           cache=tmp_path / "c"), tmp_path / "p")  # fmt: skip
    assert any("openssh-server" in word for word in more)
    assert "deb http://m/debian trixie main non-free-firmware" in more
    assert sum(str(tmp_path / "c") in word for word in more) == 2


def test_the_card_s_own_files_are_in_their_places(tmp_path):
    system.place(tmp_path, system.Wish(read_only=True, country="BE"))
    assert not (tmp_path / "etc/ssh").exists()
    for name, (target, mode) in system.PLACES.items():
        if name != "sshd.conf":
            assert (tmp_path / target).stat().st_mode & 0o777 == mode
            if mode == 0o755:
                subprocess.run(["sh", "-n", str(tmp_path / target)], check=True)
    line = (tmp_path / "etc/default/raspi-extra-cmdline").read_text()
    assert "overlayroot=tmpfs:recurse=0" in line and "regdom=BE" in line
    labels = set(re.findall(r"^LABEL=(\S+) ", (tmp_path / "etc/fstab").read_text(), re.MULTILINE))
    assert labels == {disk.BOOT, disk.SYSTEM, disk.DATA}
    assert f"LABEL={disk.SYSTEM}" in (tmp_path / "etc/default/raspi-firmware").read_text()
    assert "overlayroot" not in " ".join(system.command_line(system.Wish()))


def test_units_are_what_systemd_reads(tmp_path):
    names = [name for name in system.PLACES if name.endswith(".service")]
    for name in names:
        text = (system.FILES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(re.sub(r"^(Exec\w+=[-+]?)\S+", r"\1/bin/true", text, flags=re.MULTILINE))
    words = ["systemd-analyze", "verify", *(str(tmp_path / name) for name in names)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert not [line for line in done.stderr.splitlines() if "kiosque-" in line], done.stderr


def test_nothing_of_the_maker_s_machine_stays_and_data_have_their_partition(tmp_path):
    root = tmp_path / "root"
    system.place(root, system.Wish())
    for name in ("etc/resolv.conf", "etc/ssh/ssh_host_rsa_key", "var/log/apt/history.log", "boot/firmware/config.txt"):
        system.put(root / name, "x")
    system.put(root / f"{system.STATE}/install.json", "{}")
    system.clean(root)
    assert (root / "etc/machine-id").read_text() == "" and not (root / "etc/resolv.conf").exists()
    assert not list(root.glob("etc/ssh/ssh_host*")) and (root / "var/log/apt/history.log").read_text() == ""
    boot, _system, data = system.split(root, tmp_path)
    assert {path.name for path in boot.iterdir()} == {"config.txt", "LISEZ-MOI.txt", "kiosque-exemple.csv"}
    assert (data / "donnees/install.json").exists() and (data / "horloge").is_dir()
    assert list((root / system.STATE).iterdir()) == [] and list((root / "boot/firmware").iterdir()) == []


# -- when it starts ----------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.setattr(card, "ACCOUNT", pwd.getpwuid(os.getuid()).pw_name)
    held = card.Places(tmp_path)
    for folder in (held.boot, held.data, held.kept):
        folder.mkdir(parents=True)
    return held


def test_one_file_gives_the_machine_its_wi_fi_and_the_kiosk_its_settings(places):
    text = "salle;ssid;wifi_password\nB204;Élèves;pass word\\1 \n"
    (places.boot / "kiosque.csv").write_text(text, encoding="utf-8")
    (places.boot / "cdi.nmconnection").write_text("[connection]\nid=cdi\n")
    card.before(places)
    (own,) = places.profiles.glob("*-classe.nmconnection")
    told = own.read_text(encoding="utf-8")
    assert f"ssid={hotspot.keyfile_ssid('Élèves')}" in told and "psk=pass word\\\\1" in told
    assert own.stat().st_mode & 0o777 == 0o600 and (places.profiles / "cdi.nmconnection").exists()
    assert (places.handed / "kiosque.csv").read_text(encoding="utf-8") == text
    assert places.handed.stat().st_mode & 0o777 == 0o700


def test_a_kiosk_already_set_up_keeps_its_own_wi_fi_and_reads_no_file(places):
    (places.data / "settings.toml").write_text('[wifi]\nssid = "Kept"\nsecurity = "nopass"\n')
    (places.boot / "kiosque.csv").write_text("ssid;wifi_password\nOther;12345678\n")
    card.before(places)
    (own,) = places.profiles.glob("*.nmconnection")
    assert "ssid=Kept" in own.read_text() and "wifi-security" not in own.read_text()
    assert not places.handed.exists()


def test_its_own_hotspot_is_no_network_to_join_and_damaged_settings_stop_nothing(places):
    hotspot.keep(places.data, "Kiosque-BCDF")
    (places.data / "settings.toml").write_text('[wifi]\nssid = "Kiosque-BCDF"\npassword = "12345678"\n')
    card.before(places)
    assert not list(places.profiles.iterdir())
    (places.data / "settings.toml").write_text("[wifi\n")
    card.before(places)
    assert not list(places.profiles.iterdir())


def test_a_file_with_mistakes_is_handed_over_to_be_reported_on(places):
    (places.boot / "kiosque.csv").write_text("salle;sssid\nB204;x\n")
    card.before(places)
    assert (places.handed / "kiosque.csv").exists() and not list(places.profiles.iterdir())


def test_two_boards_differ_and_one_keeps_its_identifier(places):
    kept = card.identifier(places)
    assert re.fullmatch("[0-9a-f]{32}", kept) and card.identifier(places) == kept
    places.serial.parent.mkdir(parents=True)
    found = []
    for number in (b"10000000abcdef01\0", b"10000000abcdef02\0", b"10000000abcdef01\0"):
        places.serial.write_bytes(number)
        found.append(card.identifier(places))
    assert found[0] == found[2] != found[1] and kept not in found


def test_the_report_is_written_once_and_a_locked_card_stops_nothing(places):
    report = places.boot / firstboot.REPORT
    card.tell(report, ["Ligne 2", "Code : 123456"])
    assert report.read_bytes().startswith(b"\xef\xbb\xbfLigne 2\r\n")
    before = report.stat().st_mtime_ns
    card.tell(report, ["Ligne 2", "Code : 123456"])
    assert report.stat().st_mtime_ns == before
    card.tell(places.boot / "none/x.txt", ["x"])
