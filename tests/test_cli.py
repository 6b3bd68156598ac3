"""The command line as a person meets it: help in French, one sentence and a code per refusal."""

from __future__ import annotations

import re

import pytest

from kiosk import __version__, cli, i18n


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command line; return its exit code, its output and its errors, spaces made plain."""
    for name in ("KIOSK_PORT", "KIOSK_DATA_DIR", "KIOSK_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def _run(*words):
        before = i18n.current()
        code = cli.main(list(words))
        i18n.set_language(before)
        out, err = capsys.readouterr()
        return code, re.sub(r"[\u00a0\u202f]", " ", out), re.sub(r"[\u00a0\u202f]", " ", err)

    return _run


def value_of(out, key):
    return next(line for line in out.splitlines() if line.startswith(key + " "))


def test_version(run):
    assert run("version") == (0, __version__ + "\n", "")


def test_help_is_in_french(run):
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert "Utilisation : kiosk" in out
    assert "Options :" in out
    assert "Commandes :" in out
    assert not re.search(r"Usage|Commands|Show this", out)


def walk(group, path):
    """The words of every command."""
    for name, command in group.commands.items():
        yield [*path, name]
        if hasattr(command, "commands"):
            yield from walk(command, [*path, name])


def test_every_command_explains_itself(run):
    for words in walk(cli.kiosk, []):
        code, out, err = run(*words, "--help")
        assert (code, err) == (0, ""), words
        assert f"Utilisation : kiosk {' '.join(words)}" in out
        assert len(out.splitlines()) > 4


def test_help_is_in_english_when_asked(run, monkeypatch):
    monkeypatch.setenv("KIOSK_LANGUAGE", "en")
    assert "Commands:" in run("--help")[1]
    for words in [[], *walk(cli.kiosk, [])]:
        out = run(*words, "--help")[1]
        assert out.startswith(" ".join(["Usage: kiosk", *words]))
        assert not re.search(r"[éèàç«]", out.replace("Métiers", "")), words


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["confg"], "commande inconnue « confg »"),
        (["config", "--prot", "3"], "option inconnue « --prot ». Vouliez-vous dire « --port » ?"),
        (["config", "a", "b"], "mots en trop : a b."),
        (["config", "--port"], "l’option « --port » est mal employée."),
    ],
)
def test_a_wrong_command_line(run, words, sentence):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "[usage]" in err


def test_a_wrong_port(run):
    assert run("config", "--port", "http") == (2, "", "--port : un nombre entier est attendu [config_wrong_value]\n")


def test_global_options_before_and_after(run, tmp_path):
    assert "98 " in value_of(run("config", "--port", "98")[1], "port")
    assert "99 " in value_of(run("--port", "99", "config")[1], "port")
    assert "98 " in value_of(run("--port", "99", "config", "--port", "98")[1], "port")
    assert str(tmp_path) in value_of(run("--data-dir", str(tmp_path), "config")[1], "data_dir")


def test_config_says_where_each_value_came_from(run, tmp_path, monkeypatch):
    path = tmp_path / "k.toml"
    path.write_text('[school]\nname = "Lycée Péguy"\n', encoding="utf-8")
    monkeypatch.setenv("KIOSK_MODERATION", "non")
    code, out, err = run("config", "--config", str(path), "--port", "81")
    assert (code, err) == (0, "")
    rows = {line.split()[0]: re.split(r"\s{2,}", line)[1:] for line in out.splitlines()}
    assert rows["school.name"] == ['"Lycée Péguy"', f"{path}, ligne 2"]
    assert rows["moderation"] == ["false", "environnement, KIOSK_MODERATION"]
    assert rows["port"] == ["81", "ligne de commande, --port"]
    assert rows["host"] == ['"0.0.0.0"', "valeur par défaut"]


def test_config_masks_secrets(run, monkeypatch):
    monkeypatch.setenv("KIOSK_DATABASE", "postgresql://kiosque:s3cret@base/kiosque")
    monkeypatch.setenv("KIOSK_WIFI_PASSWORD", "s3cret")
    out = run("config")[1]
    assert "s3cret" not in out
    assert '"postgresql://kiosque:•••@base/kiosque"' in out


def test_config_reports_variables_that_name_no_setting(run, monkeypatch):
    monkeypatch.setenv("KIOSK_DATADIR", "x")
    assert "KIOSK_DATADIR ne correspond à aucun réglage. Vouliez-vous dire « KIOSK_DATA_DIR » ?" in run("config")[1]


def test_a_wrong_file_stops_every_command(run, tmp_path):
    path = tmp_path / "k.toml"
    path.write_text("\nprot = 80\n", encoding="utf-8")
    for command in ("config", "serve"):
        code, out, err = run(command, "--config", str(path))
        assert (code, out) == (1, "")
        assert err == f"{path}, ligne 2 : réglage inconnu « prot ». Vouliez-vous dire « port » ? [config_unknown_key]\n"
