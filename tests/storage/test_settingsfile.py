"""The data folder's own settings: the lowest layer, whole or not at all, read back as they were written."""

from __future__ import annotations

import pytest

from kiosk.ground import config, settingsfile
from kiosk.ground.errors import KioskError
from kiosk.ops import show_config

HARD = 'Collège « Péguy » "A" \\ é\n\x7f'


def test_what_is_kept_comes_back_and_everything_else_wins(tmp_path):
    settingsfile.update(tmp_path, {"school.name": HARD, "wifi.ssid": "Classe", "port": 8085, "phones": False})
    settingsfile.update(tmp_path, {"wifi.ssid": None, "wifi.password": "secret", "limits.device_per_second": 2.5})
    file = tmp_path / "kiosk.toml"
    file.write_text("port = 8081\n")
    found = config.load({"data_dir": str(tmp_path)}, {"KIOSK_WIFI_PASSWORD": "autre"}, file)
    assert (found.school_name, found.wifi_ssid, found.wifi_password) == (HARD, "", "autre")
    assert (found.port, found.phones, found.limits_device_per_second) == (8081, False, 2.5)
    assert found.kept == {"school.name", "phones", "limits.device_per_second"}
    assert (tmp_path / "settings.toml").stat().st_mode & 0o777 == 0o600
    shown = "\n".join(show_config.lines(found))
    assert f"{tmp_path / 'settings.toml'}, ligne " in shown and "secret" not in shown


@pytest.mark.parametrize("line", ['data_dir = "/tmp"', 'engine = "gevent"', 'nom = "x"'])
def test_a_setting_that_does_not_belong_there_is_refused_with_its_line(tmp_path, line):
    (tmp_path / "settings.toml").write_text(f"# main\n{line}\n")
    with pytest.raises(KioskError) as caught:
        config.load({"data_dir": str(tmp_path)}, {})
    assert caught.value.code == "config_unknown_key" and caught.value.values["line"] == 2
