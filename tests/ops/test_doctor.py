"""``kiosk doctor`` as a command, on real faults: taken ports, full and volatile disks, damaged files and settings."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from factories import make_room, make_session
from kiosk.ground import clock, edition
from kiosk.ground.config import Settings
from kiosk.ground.edition import Edition
from kiosk.ground.typography import plain
from kiosk.ops import serving
from kiosk.ops.doctor import command, data_checks, machine_checks, network_checks, report, scrub, service_checks
from kiosk.ops.install.places import Place

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ROOT / "tests" / "faults"


def doctor(data: Path, *words: str, **variables: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Exit code and code → finding."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
    port = () if "--port" in words else ("--port", "0")
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "doctor", "--json", "--data-dir", str(data), *port, *words],
        cwd=ROOT,
        env={**environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["exit"] == done.returncode
    return done.returncode, {one["code"]: one for one in said["checks"]}


def test_every_check_is_told_once_with_a_cure_when_something_is_wrong(tmp_path):
    code, seen = doctor(tmp_path / "data")
    assert set(seen) == set(report.CHECKS) and len(seen) == len(report.CHECKS)
    assert all(bool(one["cure"]) == (one["level"] != "OK") for one in seen.values())
    assert code == max(report.EXIT[one["level"]] for one in seen.values())
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_an_error(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        code, seen = doctor(tmp_path, "--port", str(number), KIOSK_HOST="127.0.0.1")
    assert (code, seen["port"]["level"]) == (2, "ERREUR")
    assert str(number) in seen["port"]["cause"]


def test_a_damaged_database_is_an_error_and_is_left_as_it_was(tmp_path):
    path = tmp_path / "kiosk.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT)")
        database.executemany("INSERT INTO setting VALUES (?, ?)", [(str(n), "x" * 500) for n in range(200)])
    database.close()
    data = bytearray(path.read_bytes())
    data[8192:20000] = b"\xff" * (20000 - 8192)
    path.write_bytes(data)
    code, seen = doctor(tmp_path)
    assert (code, seen["database"]["level"]) == (2, "ERREUR")
    assert path.read_bytes() == bytes(data)


@pytest.mark.parametrize("text", ["prot = 80\n", "port = \n", 'port = "x"\n', "\xff"])
def test_a_broken_settings_file_is_a_finding_among_others(tmp_path, text):
    file = tmp_path / "kiosk.toml"
    file.write_bytes(text.encode("latin-1"))
    code, seen = doctor(tmp_path / "data", "--config", str(file))
    assert (code, seen["config"]["level"]) == (2, "ERREUR")
    assert len(seen) == len(report.CHECKS)


def test_a_variable_that_sets_nothing_is_told_with_the_nearest(tmp_path):
    _code, seen = doctor(tmp_path, KIOSK_SCHOOL_NAMES="x")
    assert seen["config"]["level"] == "ATTENTION" and "KIOSK_SCHOOL_NAME" in seen["config"]["cure"]


def test_a_full_disk_is_named_as_such(tmp_path):
    from faults import preload

    library = preload.build("diskfull", tmp_path)
    data, flag = tmp_path / "data", tmp_path / "full"
    data.mkdir()
    flag.write_text("0")
    _code, seen = doctor(data, LD_PRELOAD=str(library), KIOSK_DISKFULL_DIR=str(data), KIOSK_DISKFULL_FLAG=str(flag))
    assert seen["data_write"]["level"] == "ERREUR" and "ENOSPC" in seen["data_write"]["cause"]
    assert "plein" in seen["data_write"]["cure"]
    assert list(data.iterdir()) == []


def test_a_folder_in_memory_is_an_error():
    """/dev/shm is a real tmpfs on every Linux."""
    seen = data_checks.place_verdict(Path("/dev/shm"), data_checks.mounts.MOUNTINFO)
    assert seen.level == report.ERREUR and "tmpfs" in seen.cause


def mountinfo(tmp_path: Path, *mounts: tuple[str, str, str]) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text("".join(f"30 1 8:1 / {point} {how} shared:1 - {kind} dev rw\n" for point, kind, how in mounts))
    return file


@pytest.mark.parametrize(
    ("mounts", "place", "root"),
    [
        ([("/", "ext4", "rw")], "OK", "OK"),
        ([("/", "overlay", "rw")], "ERREUR", "ATTENTION"),
        ([("/", "overlay", "rw"), ("/srv/d", "ext4", "rw")], "OK", "OK"),
        ([("/", "ext4", "ro")], "ERREUR", "ATTENTION"),
        ([("/", "ext4", "rw"), ("/srv", "cifs", "rw")], "ERREUR", "OK"),
        ([("/", "ext4", "rw"), ("/srv", "nfs4", "rw"), ("/srv/data", "ext4", "rw")], "ERREUR", "OK"),
        ([("/", "ext4", "rw"), ("/srv/d", "tmpfs", "rw")], "ERREUR", "OK"),
    ],
)
def test_each_kind_of_disk_has_its_verdict(tmp_path, mounts, place, root):
    file = mountinfo(tmp_path, *mounts)
    assert data_checks.place_verdict(Path("/srv/d"), file).level == place
    assert data_checks.root_verdict(Path("/srv/d"), file).level == root


@pytest.mark.parametrize(
    ("throttled", "level"),
    [
        ("", "OK"),
        ("throttled=0x0", "OK"),
        ("throttled=0x50005", "ERREUR"),
        ("throttled=0x50000", "ATTENTION"),
        ("throttled=0x2", "ATTENTION"),
        ("error", "OK"),
    ],
)
def test_the_supply_of_a_raspberry_pi(tmp_path, throttled, level):
    assert machine_checks.card_verdict(tmp_path, throttled).level == level


def test_a_display_without_an_emoji_font_is_told():
    assert machine_checks.emoji_verdict("").level == "ATTENTION"
    assert "fonts-noto-color-emoji" in machine_checks.emoji_verdict("\n").cure
    found = machine_checks.emoji_verdict("Noto Color Emoji\nSymbola\n")
    assert (found.level, plain(found.cause)) == ("OK", "Police : Noto Color Emoji.")
    assert machine_checks.emoji_verdict(None).level == "OK"  # Windows, macOS


def test_a_card_with_errors(tmp_path):
    (tmp_path / "fs" / "ext4" / "mmcblk0p2").mkdir(parents=True)
    (tmp_path / "fs" / "ext4" / "mmcblk0p2" / "errors_count").write_text("3\n")
    assert machine_checks.card_verdict(tmp_path, "").level == "ERREUR"


def test_a_check_that_hangs_or_breaks_is_a_finding(monkeypatch):
    def hangs(case: report.Case) -> report.Verdict:
        time.sleep(30)
        return report.Verdict("OK", "")

    def breaks(case: report.Case) -> report.Verdict:
        return report.Verdict("OK", str(1 / 0))

    monkeypatch.setitem(report.CHECKS, "hangs", report.Check("hangs", "Port", hangs))
    monkeypatch.setitem(report.CHECKS, "breaks", report.Check("breaks", "Port", breaks))
    start = time.monotonic()
    seen = {one.code: one for one in report.examine(report.Case(Settings(port=0)), patience=3)}
    assert time.monotonic() - start < 6
    assert seen["hangs"].level == seen["breaks"].level == "ATTENTION"
    assert "ZeroDivisionError" in seen["breaks"].cause


def test_english(tmp_path):
    _code, seen = doctor(tmp_path / "data", "--lang", "en")
    assert seen["data_place"]["title"] == "Disk of the data"


def test_a_centre_that_never_answers_has_its_class(tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        case = report.Case(Settings(data_dir=tmp_path, port=0, centre_url=url))
        seen = {one.code: one for one in report.examine(case, patience=2)}
    assert seen["centre"].level == "ATTENTION" and "[timeout]" in seen["centre"].cause


SECRETS = (
    "10.77.66.55",
    "2001:db8:7::55",
    "de:ad:be:ef:00:42",
    "marie.curie@lycee-marqueur.fr",
    "motdepassewifi42",
    "compteproxy",
    "mdpproxy77",
    "filtre.marqueur.lan",
    "ReseauMarqueur",
    "Question marqueur de Zoé",
    "Lycée Marqueur",
)


def test_the_archive_holds_nothing_private(kiosk, tmp_path):
    from kiosk.domain.questions import questions

    make_session(kiosk, "S1")
    room = make_room(kiosk, "Salle 12", session_id="S1")
    kiosk.write(lambda tx: questions.submit(tx, room, id="q" * 20, text="Question marqueur de Zoé", author="a1"))
    data, archive = kiosk.settings.data_dir, tmp_path / "a.zip"
    held = json.loads((data / "secrets.json").read_text())
    file = tmp_path / "kiosk.toml"
    file.write_text(
        f'public_url = "http://{SECRETS[0]}:8080"\nhost = "127.0.0.1"\n[wifi]\nssid = "ReseauMarqueur"\n'
        'password = "motdepassewifi42"\n[school]\nname = "Lycée Marqueur marie.curie@lycee-marqueur.fr"\n[centre]\n'
        f'url = "http://[{SECRETS[1]}]:9"\nproxy = "http://compteproxy:mdpproxy77@filtre.marqueur.lan:3128"\n',
        encoding="utf-8",
    )
    _code, seen = doctor(data, "--config", str(file), "--bundle", str(archive), KIOSK_DE_AD="x")
    assert SECRETS[0] in seen["addresses"]["cause"] and "filtre.marqueur.lan" in seen["proxy"]["cause"]
    with zipfile.ZipFile(archive) as made:
        whole = "\n".join(made.read(name).decode() for name in made.namelist())
        told = json.loads(made.read("settings.json"))["values"]
        assert json.loads(made.read("diagnostic.json"))["checks"]
        assert "question" in json.loads(made.read("machine.json"))["rows"]
    # What nobody set is not said to be given.
    assert (told["host"], told["public_url"], told["metrics.token"]) == ("<donné>", "<donné>", "")
    assert [key for key, value in told.items() if value == "<donné>" and key.startswith("jobs")] == []
    drawn = [value for value in held.values() if isinstance(value, str) and value]
    private = [*SECRETS, *drawn, socket.gethostname(), str(tmp_path)]
    assert [word for word in private if word in whole] == []


def test_the_scrubber_takes_out_what_slips_into_a_sentence():
    text = (
        "de:ad:be:ef:00:42 fe80::1%eth0 2001:db8:7::55 10.1.2.3 a.b@c.fr http://u:p@h.fr/x "
        "sk_live_a8Zk29dkQ0sPz81LmQx7 à 14:30 sqlite 3.40.1"
    )
    clean = scrub.scrubbed(text)
    assert clean.endswith("à 14:30 sqlite 3.40.1")
    for word in ("de:ad", "fe80", "2001", "10.1", "a.b@", "u:p", "h.fr", "sk_live"):
        assert word not in clean


def test_an_unreadable_or_absent_folder_never_raises(tmp_path):
    (tmp_path / "kiosk.sqlite3").mkdir()
    seen = command.run(report.Case(Settings(data_dir=tmp_path, port=0)))
    assert {one.code for one in seen} == set(report.CHECKS)


@pytest.mark.parametrize("public, relays, met, words", [
    ("", (), set(), None), ("", (), {"elsewhere"}, None), ("", (), {"undeclared"}, "sans être déclaré"),
    ("https://ecole.fr", (), set(), "Aucune requête"), ("https://ecole.fr", (), {"elsewhere"}, "sans être déclaré"),
    ("http://kiosque.lan", (), {"direct"}, None), ("https://ecole.fr", ("127.0.0.1",), set(), "Aucune requête"),
    ("https://ecole.fr", ("127.0.0.1",), {"silent"}, "ne dit pas"),
    ("https://ecole.fr", ("127.0.0.1",), {"declared"}, None),
    ("https://ecole.fr", ("10.0.0.1",), {"declared", "undeclared"}, "sans être déclaré"),
])  # fmt: skip
def test_a_relay_that_is_silent_or_undeclared_is_told(kiosk, public, relays, met, words):
    kiosk.settings = replace(kiosk.settings, public_url=public, relays=relays, host="0.0.0.0")
    kiosk.peers.met |= met
    serving.keep_met(kiosk)
    serving.keep_met(kiosk)
    found = network_checks.addresses(report.Case(kiosk.settings))
    assert (words in found.cause and found.level == "ATTENTION") if words else "relais" not in found.cause
    changed = replace(kiosk.settings, relays=(*relays, "192.0.2.1"))
    assert "sans être déclaré" not in network_checks.addresses(report.Case(changed)).cause  # met under other settings


def test_a_setting_that_took_the_reading_over_away_is_told(settings):
    off = machine_checks.config(report.Case(replace(settings, moderation=False)))
    assert "n’a plus d’effet" in off.cause and "suspend la relecture" in off.cure
    assert "plus d’effet" not in machine_checks.config(report.Case(settings)).cause


@pytest.mark.parametrize(
    ("kernel", "level"),
    [
        ("usb 1-1: new device\nmmc0: new high speed card", "OK"),
        ("mmcblk0: mmc0:aaaa SD32G 29.7 GiB\nblk_update_request: I/O error, dev mmcblk0, sector 8", "ERREUR"),
        ("mmc0: Card stuck being busy! timeout", "ERREUR"),
        ("EXT4-fs error (device mmcblk0p2): ext4_lookup", "ERREUR"),
    ],
)
def test_what_the_kernel_says_of_a_card(tmp_path, kernel, level):
    assert machine_checks.card_verdict(tmp_path, "", kernel).level == level


@pytest.mark.parametrize(("life", "level"), [("0x01 0x02", "OK"), ("0x03 0x0a", "ATTENTION"), ("", "OK")])
def test_a_card_that_counts_its_life(tmp_path, life, level):
    place = tmp_path / "block" / "mmcblk0" / "device"
    place.mkdir(parents=True)
    (place / "life_time").write_text(life + "\n")
    found = machine_checks.card_verdict(tmp_path, "")
    assert found.level == level and ("mmcblk0" in found.cause) == (level != "OK")


@pytest.mark.parametrize(
    ("told", "lingers", "level", "words"),
    [
        ({}, True, "ATTENTION", "session"),
        ({"ActiveState": "failed", "Result": "exit-code"}, True, "ERREUR", "journalctl --user -u kiosque-metiers"),
        ({"ActiveState": "active", "UnitFileState": "disabled"}, True, "ATTENTION", "systemctl --user enable"),
        ({"ActiveState": "inactive", "UnitFileState": "enabled"}, True, "ATTENTION", "systemctl --user start"),
        ({"ActiveState": "active", "UnitFileState": "enabled", "NRestarts": "9"}, True, "ATTENTION", "journalctl"),
        ({"ActiveState": "active", "UnitFileState": "enabled", "NRestarts": "0"}, False, "ATTENTION", "enable-linger"),
        ({"ActiveState": "active", "UnitFileState": "enabled", "NRestarts": "0"}, True, "OK", ""),
    ],
)
def test_each_state_of_the_service_has_its_verdict(tmp_path, told, lingers, level, words):
    place = Place(False, "kiosque", tmp_path, tmp_path, tmp_path / "config", tmp_path / "data")
    found = service_checks.verdict(place, told, lingers)
    assert (found.level, words in found.cure) == (level, True)
    system = service_checks.verdict(replace(place, system=True), told, False)
    assert "--user" not in system.cure and "linger" not in system.cure


@pytest.mark.parametrize(
    ("left", "ended", "level"),
    [(900_000, 0, "OK"), (100_000, 0, "ATTENTION"), (30_000, 0, "ERREUR"), (900_000, 2, "ATTENTION")],
)
def test_memory_that_is_short_is_told(tmp_path, left, ended, level):
    (tmp_path / "meminfo").write_text(f"MemTotal:        948304 kB\nMemAvailable:    {left} kB\n")
    (tmp_path / "vmstat").write_text(f"nr_free_pages 12\noom_kill {ended}\n")
    assert service_checks.memory_verdict(tmp_path).level == level
    assert service_checks.memory_verdict(tmp_path / "none").level == "OK"


def test_a_date_far_ahead_is_doubted(monkeypatch):
    """A board whose battery is dead may begin in 2036: nothing confirms it, the kiosk says so."""
    case = report.Case(Settings())
    monkeypatch.setattr(machine_checks, "_synchronised", lambda: None)
    monkeypatch.setattr(time, "time_ns", lambda: (clock.BUILD_MS + 10 * 365 * 86_400_000) * 1_000_000)
    assert machine_checks.time_of_day(case).level == "ATTENTION"
    monkeypatch.setattr(time, "time_ns", lambda: (clock.BUILD_MS + 86_400_000) * 1_000_000)
    assert machine_checks.time_of_day(case).level == "OK"


def test_a_package_s_service_is_known_though_no_installation_wrote_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert service_checks.installed() is None
    monkeypatch.setattr(edition, "of", lambda _home: Edition("1.0.0", "0123456", "2026-11-30T17:44:00Z", "deb"))
    found = service_checks.installed()
    assert found is not None and found.system
