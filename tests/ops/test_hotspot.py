"""``kiosk hotspot``: the profile, what is kept, what the display is told, what is left alone."""

from __future__ import annotations

import configparser
import io
import os
import stat
from pathlib import Path

import pytest

from kiosk.ground.config import Settings, load
from kiosk.ground.errors import KioskError
from kiosk.ops import hotspot

ASKED = {"ssid": "", "interface": "", "channel": 6, "auto": False, "renew": False, "write": False}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    return tmp_path / "system-connections"


def read(text: str) -> configparser.ConfigParser:
    """The profile as a reader of ini files sees it: comments have lines of their own."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.read_string(text)
    return parser


def test_the_passphrase_is_readable_strong_and_kept(settings):
    made = hotspot.keep(settings.data_dir)
    assert len(made.passphrase) == 14 and set(made.passphrase) <= set(hotspot.LETTERS) | {"-"}
    assert not set(hotspot.LETTERS) & set("0O1lIaeiouy")
    assert hotspot.keep(settings.data_dir) == made
    assert stat.S_IMODE((settings.data_dir / "hotspot.json").stat().st_mode) == 0o600
    renewed = hotspot.keep(settings.data_dir, ssid="Salle 12", renew=True)
    assert renewed.passphrase != made.passphrase and renewed.uuid == made.uuid
    assert hotspot.keep(settings.data_dir).ssid == "Salle 12"


def test_a_name_longer_than_a_network_s_is_refused_and_not_kept(settings):
    with pytest.raises(KioskError) as refused:
        hotspot.keep(settings.data_dir, ssid="Lycée Victor-Hugo, salle é12 été")
    assert refused.value.code == "name_invalid" and not (settings.data_dir / "hotspot.json").exists()


def test_the_profile_is_an_access_point_with_wpa2_alone(settings):
    made = hotspot.keep(settings.data_dir)
    held = read(hotspot.profile(made, interface="wlan0", channel=11))
    assert (held["connection"]["type"], held["connection"]["autoconnect"]) == ("wifi", "false")
    assert held["connection"]["interface-name"] == "wlan0"
    assert (held["wifi"]["mode"], held["wifi"]["ssid"], held["wifi"]["channel"]) == ("ap", made.ssid, "11")
    security = held["wifi-security"]
    assert (security["key-mgmt"], security["proto"], security["psk"]) == ("wpa-psk", "rsn;", made.passphrase)
    assert (held["ipv4"]["method"], held["ipv6"]["method"]) == ("shared", "disabled")
    assert "interface-name" not in hotspot.profile(made)
    assert read(hotspot.profile(made, auto=True))["connection"]["autoconnect-priority"] == "-100"


def test_a_name_with_accents_is_written_in_bytes():
    made = hotspot.Hotspot("Été;1", "x" * 8, "u")
    assert read(hotspot.profile(made))["wifi"]["ssid"] == "195;137;116;195;169;59;49;"


def test_by_default_nothing_is_written_but_what_is_kept(settings, profiles):
    said = "\n".join(hotspot.report(settings, ASKED, io.StringIO(), profiles))
    assert not profiles.exists() and [path.name for path in settings.data_dir.iterdir()] == ["hotspot.json"]
    made = hotspot.keep(settings.data_dir)
    assert f"psk={made.passphrase}" in said and "10 téléphones" in said and "19 au mieux" in said


def test_written_it_is_root_s_alone_and_the_display_shows_its_code(settings, profiles):
    hotspot.report(settings, {**ASKED, "write": True}, io.StringIO(), profiles)
    (path,) = profiles.iterdir()
    assert path.name == "kiosque-metiers.nmconnection" and stat.S_IMODE(path.stat().st_mode) == 0o600
    made = hotspot.keep(settings.data_dir)
    after = load({"data_dir": str(settings.data_dir)}, {}, None)
    assert (after.wifi_ssid, after.wifi_password, after.wifi_security) == (made.ssid, made.passphrase, "WPA")
    hotspot.remove(settings, profiles)
    assert not path.exists() and load({"data_dir": str(settings.data_dir)}, {}, None).wifi_ssid == ""
    assert "Rien à retirer" in hotspot.remove(settings, profiles)[0]


def test_what_the_data_folder_gets_belongs_to_its_owner(settings, profiles):
    """Under sudo the kiosk's own account must still be able to read its settings."""
    settings.data_dir.mkdir()
    if os.geteuid() == 0:
        os.chown(settings.data_dir, 12345, 12345)
    owner = settings.data_dir.stat().st_uid
    hotspot.report(settings, {**ASKED, "write": True}, io.StringIO(), profiles)
    assert {path.stat().st_uid for path in settings.data_dir.iterdir()} == {owner}


def test_a_profile_of_a_person_is_left_alone(settings, profiles):
    profiles.mkdir()
    theirs = profiles / "kiosque-metiers.nmconnection"
    theirs.write_text("[connection]\nid=à moi\n")
    for act in (
        lambda: hotspot.report(settings, {**ASKED, "write": True}, io.StringIO(), profiles),
        lambda: hotspot.remove(settings, profiles),
    ):
        with pytest.raises(KioskError) as refused:
            act()
        assert refused.value.code == "install_changed" and theirs.read_text() == "[connection]\nid=à moi\n"


def test_a_setting_from_elsewhere_that_wins_is_said(settings, profiles):
    held = Settings(data_dir=settings.data_dir, origins={"wifi.ssid": "config/kiosk.toml, ligne 3"})
    said = "\n".join(hotspot.report(held, {**ASKED, "write": True}, io.StringIO(), profiles))
    assert "config/kiosk.toml, ligne 3" in said and "ATTENTION" in said
