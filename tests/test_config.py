"""Settings: where each value comes from, and what is said of a wrong one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.ground import config
from kiosk.ground.errors import KioskError
from kiosk.ops.doctor import machine_checks
from kiosk.ops.doctor.report import Case


def write(folder, text):
    path = folder / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path=None, environ=None, overrides=None):
    with pytest.raises(KioskError) as caught:
        config.load(overrides, environ or {}, path)
    return caught.value


def test_each_source_wins_over_the_next(tmp_path):
    path = write(tmp_path, "port = 8081\n")
    file, environ, line = str(path), {"KIOSK_PORT": "8082"}, {"port": 8083}
    assert config.Settings().port == 8080
    assert config.load({}, {}, file).port == 8081
    assert config.load({}, environ, file).port == 8082
    assert config.load(line, environ, file).port == 8083


def test_origins_say_where_a_value_came_from(tmp_path):
    path = write(tmp_path, '# école\n[school]\nname = "Collège Péguy"\n')
    settings = config.load({"port": 9000}, {"KIOSK_WIFI_SSID": "Classe"}, path)
    assert settings.origins == {
        "school.name": f"{path}, ligne 3",
        "wifi.ssid": "environnement, KIOSK_WIFI_SSID",
        "port": "ligne de commande, --port",
    }


def test_an_option_that_was_not_given_changes_nothing():
    assert config.load({"port": None}, {"KIOSK_PORT": "8082"}).port == 8082


def test_config_option_wins_over_its_variable(tmp_path):
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text("port = 1111\n")
    two.write_text("port = 2222\n")
    environ = {"KIOSK_CONFIG": str(two)}
    assert config.load({}, environ, one).port == 1111
    assert config.load({}, environ).port == 2222


def test_relays_are_a_list_however_they_are_given(tmp_path):
    path = write(tmp_path, 'relays = ["127.0.0.1", "10.0.0.0/8"]\n')
    assert config.load({}, {}, path).relays == ("127.0.0.1", "10.0.0.0/8")
    for text in ("127.0.0.1,10.0.0.0/8", " 127.0.0.1 10.0.0.0/8 "):
        assert config.load({}, {"KIOSK_RELAYS": text}, path).relays == ("127.0.0.1", "10.0.0.0/8")
    with pytest.raises(KioskError) as caught:
        config.load({}, {"KIOSK_RELAYS": "127.0.0.1;10.0.0.1"}, path)
    assert "KIOSK_RELAYS" in caught.value.message


@pytest.mark.parametrize("path", ["", "/", "/kiosque", "/kiosque/", "/lycee/kiosque-2", "/prof2024-25"])
def test_a_sub_path_of_one_s_own(tmp_path, path):
    given = f"https://www.mon-lycee.fr:8443{path}"
    assert config.load({}, {}, write(tmp_path, f'public_url = "{given}"\n')).public_url == given


def test_a_missing_file_is_refused(tmp_path):
    error = refused(tmp_path / "absent.toml")
    assert error.code == "file_missing"
    assert "absent.toml" in error.message


@pytest.mark.parametrize(
    ("text", "code", "line", "key"),
    [
        ("\nprot = 80\n", "config_unknown_key", 2, "prot"),
        ('[school]\n\nnom = "x"\n', "config_unknown_key", 3, "school.nom"),
        ("[limits.device]\nburst = 2\n", "config_unknown_key", 2, "limits.device.burst"),
        ("[ecole]\nnom = 1\n", "config_unknown_key", 2, "ecole.nom"),
        ('school = "x"\n', "config_unknown_key", 1, "school"),
        ('port = "80"\n', "config_wrong_type", 1, "port"),
        ("port = true\n", "config_wrong_type", 1, "port"),
        ("port = 80.5\n", "config_wrong_type", 1, "port"),
        ("host = 1\n", "config_wrong_type", 1, "host"),
        ('moderation = "oui"\n', "config_wrong_type", 1, "moderation"),
        ("[wifi]\nhidden = 1\n", "config_wrong_type", 2, "wifi.hidden"),
        ("port = 70000\n", "config_wrong_type", 1, "port"),
        ('engine = "twisted"\n', "config_wrong_type", 1, "engine"),
        ('public_url = "kiosque"\n', "config_wrong_type", 1, "public_url"),
        ('[school]\nzone = "Europe/Pari"\n', "config_wrong_type", 2, "school.zone"),
        ('[school]\nzone = "../etc"\n', "config_wrong_type", 2, "school.zone"),
        ("[port]\nx = 1\n", "config_wrong_type", 1, "port"),
        ("data_dir = ''\n", "config_wrong_type", 1, "data_dir"),
        ("school.name = 3\n", "config_wrong_type", 1, "school.name"),
        ('relays = "127.0.0.1"\n', "config_wrong_type", 1, "relays"),
        ("relays = [127]\n", "config_wrong_type", 1, "relays"),
        ('relays = ["127.0.0.1", "relais.lycee.fr"]\n', "config_wrong_type", 1, "relays"),
        ('public_url = "https://lycee.fr/prof/kiosque"\n', "config_wrong_type", 1, "public_url"),
        ('public_url = "https://lycee.fr/s"\n', "config_wrong_type", 1, "public_url"),
        ('public_url = "https://lycee.fr/B204"\n', "config_wrong_type", 1, "public_url"),
        ('public_url = "https://lycee.fr/a/../b"\n', "config_wrong_type", 1, "public_url"),
        ('public_url = "https://lycee.fr/?salle=1"\n', "config_wrong_type", 1, "public_url"),
        ('public_url = "https://moi:secret@lycee.fr"\n', "config_wrong_type", 1, "public_url"),
        ('public_url = "https://lycee.fr;script-src"\n', "config_wrong_type", 1, "public_url"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, text, code, line, key):
    error = refused(write(tmp_path, text))
    assert (error.code, error.values["line"], error.values["key"]) == (code, line, key)
    assert f"kiosk.toml, ligne {line}" in re.sub(r"\s", " ", error.message)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("port = \n", 1),
        ("port = 80\n\nport = 81\n", 3),
        ('host = "0.0.0.0\n', 1),
        ("[school\n", 1),
        ("port = 80 81\n", 1),
    ],
)
def test_a_syntax_error_names_its_line(tmp_path, text, line):
    error = refused(write(tmp_path, text))
    assert (error.code, error.values["line"]) == ("config_syntax", line)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = \n", "entre guillemets"),
        ("port = 80\nport = 81\n", "écrit deux fois"),
        ('host = "0.0.0.0\n', "guillemet à la fin"),
        ("[school\n", "crochet fermant ] après"),
        ("[school]\n[school]\n", "réunissez-les"),
        ('relays = ["a"\nport = 80\n', "à la fin de la liste"),
        ("port = 80 81\n", "un réglage par ligne"),
        ("port : 80\n", "signe ="),
        ("= 80\n", "ni un réglage"),
        ('data_dir = "C:\\Users"\n', "se double"),
        ("port = 2026-02-31\n", "entre guillemets"),
    ],
)
def test_a_syntax_error_is_told_in_words_for_who_wrote_it(tmp_path, text, words):
    said = refused(write(tmp_path, text)).message
    assert words in said and not re.search("Expected|Invalid|Cannot|Unterminated|Illegal|Un(closed|escaped)", said)


def test_every_wrong_line_is_told_at_once(tmp_path, capsys, monkeypatch):
    path = write(tmp_path, 'prot = 80\nport = "x"\n[school]\nnom = "x"\n')
    error = refused(path)
    assert (error.code, error.values["line"]) == ("config_unknown_key", 1)
    assert ["ligne 2" in error.more[0], "ligne 4" in error.more[1], len(error.more)] == [True, True, 2]
    assert cli.main(["config", "--config", str(path)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3 and "school.nom" in said[2]
    assert "school.nom" in machine_checks.config(Case(config.Settings(), error)).cause


def test_a_file_in_another_encoding_is_a_syntax_error(tmp_path):
    path = tmp_path / "kiosk.toml"
    path.write_bytes('port = 80\n[school]\nname = "Collège"\n'.encode("latin-1"))
    error = refused(path)
    assert (error.code, error.values["line"]) == ("config_syntax", 3)


def test_a_file_saved_by_notepad_is_read(tmp_path):
    path = tmp_path / "kiosk.toml"
    path.write_bytes("\ufeffport = 81\r\n".encode())
    assert config.load({}, {}, path).port == 81


@pytest.mark.parametrize(("key", "near"), [("prot", "port"), ("school.nam", "school.name"), ("ssid", "wifi.ssid")])
def test_an_unknown_key_gets_the_nearest_one(tmp_path, key, near):
    error = refused(write(tmp_path, f"{key} = 1\n"))
    assert near in error.values["hint"]


def test_an_unknown_key_without_neighbour_gets_no_hint(tmp_path):
    assert refused(write(tmp_path, "zzzzzz = 1\n")).values["hint"] == ""


@pytest.mark.parametrize("word", ["1", "true", "oui", "ON", "Yes"])
def test_a_variable_says_yes(word):
    assert config.load({}, {"KIOSK_WIFI_HIDDEN": word}).wifi_hidden is True


@pytest.mark.parametrize("word", ["0", "false", "non", "off", "No"])
def test_a_variable_says_no(word):
    assert config.load({}, {"KIOSK_MODERATION": word}).moderation is False


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("KIOSK_PORT", "http"),
        ("KIOSK_PORT", "-1"),
        ("KIOSK_MODERATION", "peut-être"),
        ("KIOSK_LIMITS_DEVICE_PER_SECOND", "vite"),
        ("KIOSK_LIMITS_DEVICE_PER_SECOND", "nan"),
        ("KIOSK_ENGINE", "twisted"),
        ("KIOSK_CENTRE_URL", "ftp://centre.example"),
    ],
)
def test_a_wrong_variable_is_named(name, text):
    error = refused(environ={name: text})
    assert (error.code, error.values["source"]) == ("config_wrong_value", name)


def test_a_wrong_option_is_named():
    error = refused(overrides={"port": 99999})
    assert (error.code, error.values["source"]) == ("config_wrong_value", "--port")


def test_numbers_of_the_environment_are_typed():
    settings = config.load({}, {"KIOSK_LIMITS_DEVICE_PER_SECOND": "0,5", "KIOSK_LIMITS_DEVICE_BURST": "3"})
    assert (settings.limits_device_per_second, settings.limits_device_burst) == (0.5, 3)


def test_an_empty_variable_means_not_set_unless_the_setting_is_a_text(tmp_path):
    path = write(tmp_path, 'port = 81\n[school]\nname = "Lycée"\n')
    environ = {"KIOSK_PORT": "", "KIOSK_DATA_DIR": "", "KIOSK_SCHOOL_NAME": ""}
    settings = config.load({}, environ, path)
    assert (settings.port, settings.school_name) == (81, "")
    assert settings.data_dir == config.Settings().data_dir


def test_a_variable_that_names_no_setting_is_reported():
    ignored = config.load({}, {"KIOSK_DATADIR": "x", "KIOSK_ZZZZ": "1", "HOME": "/"}).ignored
    assert ignored == {"KIOSK_DATADIR": "KIOSK_DATA_DIR", "KIOSK_ZZZZ": ""}


def test_relative_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, 'data_dir = "ici"\n')
    assert config.load({}, {}, path).data_dir == config.ROOT / "ici"
    assert config.load({}, {"KIOSK_DATA_DIR": "ici"}, path).data_dir == tmp_path / "ici"
    assert config.load({"data_dir": "la"}, {}, path).data_dir == tmp_path / "la"


def test_the_committed_file_changes_nothing():
    settings = config.load({}, {}, config.DEFAULT_FILE)
    assert settings == config.Settings()
    assert settings.origins == {}


def test_the_committed_file_shows_every_setting_with_its_default(tmp_path):
    text = config.DEFAULT_FILE.read_text("utf-8")
    opened = re.sub(r"(?m)^#(?=[a-z_]+ = |\[)", "", text)
    settings = config.load({}, {}, write(tmp_path, opened))
    assert settings == config.Settings()
    assert set(settings.origins) == set(config.SETTINGS)


def test_attributes_and_variables_follow_the_dotted_names():
    for key, item in config.SETTINGS.items():
        assert item.name == key.replace(".", "_")
    assert config.variable("school.uai") == "KIOSK_SCHOOL_UAI"


class TestPeekEngine:
    """The engine is read before anything else is imported, and never stops the start."""

    def test_each_source(self, tmp_path):
        path = str(write(tmp_path, 'engine = "gevent"\n'))
        assert config.peek_engine(["serve"], {}) == "eventlet"
        assert config.peek_engine(["--config", path, "serve"], {}) == "gevent"
        assert config.peek_engine(["serve", f"--config={path}"], {}) == "gevent"
        assert config.peek_engine([], {"KIOSK_CONFIG": path}) == "gevent"
        environ = {"KIOSK_CONFIG": path, "KIOSK_ENGINE": "threading"}
        assert config.peek_engine([], environ) == "threading"

    @pytest.mark.parametrize("text", ["engine = 3\n", 'engine = "x"\n', "engine = [\n"])
    def test_a_wrong_file_means_the_default(self, tmp_path, text):
        assert config.peek_engine(["--config", str(write(tmp_path, text))], {}) == "eventlet"

    def test_a_missing_file_or_argument_means_the_default(self, tmp_path):
        assert config.peek_engine(["--config", str(tmp_path / "no.toml")], {}) == "eventlet"
        assert config.peek_engine(["--config"], {}) == "eventlet"

    def test_nothing_that_needs_patching_is_imported(self):
        code = (
            "import sys; from kiosk.ground import config; config.peek_engine([], {});"
            "print(sorted({name.partition('.')[0] for name in sys.modules}"
            " - set(sys.stdlib_module_names)), 'logging' in sys.modules)"
        )
        out = subprocess.run(
            [sys.executable, "-S", "-c", code] if sys.version_info >= (3, 11) else [sys.executable, "-c", code],
            cwd=Path(config.ROOT),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        names = out.rpartition(" ")[0]
        assert not re.search(r"peewee|requests|flask|eventlet|msgspec|click|socketio", names)
        assert out.strip().endswith("False")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("", True),
        ("serve", True),
        ("--port 80", True),
        ("--config serve config", False),
        ("--data-dir=/tmp/x serve", True),
        ("config", False),
        ("export questions --room serve", False),
        ("--help", False),
        ("serve --help", False),
    ],
)
def test_only_serving_patches(words, answer):
    assert config.serves(words.split()) is answer
