"""The command line as a person meets it: help in French, one sentence and a code per refusal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from kiosk import __version__, cli
from kiosk.ground import i18n


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
    for asked in ("version", "--version"):
        code, out, err = run(asked)
        assert (code, err) == (0, "") and re.fullmatch(rf"{re.escape(__version__)}( \([0-9a-f]{{7}}.*\))?\n", out)


def test_the_tab_key_knows_the_commands(run, tmp_path):
    for shell in ("bash", "zsh", "fish"):
        code, out, err = run("completion", shell)
        assert (code, err) == (0, "") and "_KIOSK_COMPLETE" in out
    words = {**os.environ, "_KIOSK_COMPLETE": "bash_complete", "COMP_WORDS": "kiosk ver", "COMP_CWORD": "1"}
    said = subprocess.run([sys.executable, "-m", "kiosk"], env=words, capture_output=True, text=True).stdout
    assert said.splitlines() == ["plain,version"]


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


@pytest.fixture
def in_folder(run, tmp_path):
    """As ``run``, in a data folder of its own."""

    def _run(*words):
        return run("--data-dir", str(tmp_path / "données"), *words)

    return _run


def test_the_demonstration_is_loaded_once(in_folder):
    code, out, err = in_folder("demo")
    assert (code, err) == (0, "")
    assert "3 séances" in out
    assert in_folder("demo")[1] == "Rien de nouveau : ce fichier avait déjà été importé.\n"
    assert re.fullmatch(r"[A-Z0-9]{4}  Salle principale\n", in_folder("room", "list")[1])


def test_questions_come_out_as_json_or_csv(in_folder):
    in_folder("demo")
    code, out, err = in_folder("export", "questions", "--session", "DEMO-S-1")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert {row["session_id"] for row in rows} == {"DEMO-S-1"}
    needed = {"id", "text", "original_text", "theme", "origin", "status", "support", "session_id", "room", "created_at"}
    assert needed <= set(rows[0])
    table = in_folder("export", "questions", "--session", "DEMO-S-1", "--csv")[1]
    assert table.startswith("\ufeffid;")
    assert table.count("DEMO-S-1") == len(rows)
    assert in_folder("export", "questions", "--room", "ZZZ9")[0] == 1
    assert in_folder("export", "questions", "--json", "--csv")[0] == 2


def test_a_file_is_imported_whole(in_folder, tmp_path):
    body = {"level": "info", "text": "Bonjour", "expires_at": "2040-01-01T00:00:00Z"}
    changes = [{"type": "notice", "id": "N-1", "rev": 1, "body": body}]
    path = tmp_path / "changes.json"
    path.write_text(json.dumps({"changes": changes}), encoding="utf-8")
    first, again = in_folder("import", str(path)), in_folder("import", str(path))
    assert first == (0, "Importé : 1 message.\n", "")
    assert again[1].startswith("Rien de nouveau")


def test_a_wrong_file_names_every_line_and_field(in_folder, tmp_path):
    path = tmp_path / "changes.json"
    path.write_text('{"changes": [\n {"type": "session", "id": 3, "rev": 1, "body": {}},\n {}\n]}', encoding="utf-8")
    code, out, err = in_folder("import", str(path))
    assert (code, out) == (1, "")
    assert "[import_invalid]" in err.splitlines()[0]
    assert any(line.startswith("  ligne 2, champ changes[0].id :") for line in err.splitlines())
    assert any(line.startswith("  ligne 3, champ changes[1].type :") for line in err.splitlines())
    assert in_folder("import", str(tmp_path / "absent.json"))[0] == 1


def test_rooms_are_added_and_listed(in_folder):
    code, out, err = in_folder("room", "add", "Amphi A")
    assert (code, err) == (0, "")
    assert in_folder("room", "list")[1] == out
    assert in_folder("room", "add", " ")[0] == 1


def test_the_rooms_of_a_table_are_shown_then_made(in_folder, tmp_path, monkeypatch):
    table = tmp_path / "salles.csv"
    table.write_text(f"Salle;Étage\nAmphi A;1\n{'B' * 80};2\nB204;2\n", encoding="utf-8")
    in_folder("room", "add", "amphi a")
    monkeypatch.setattr("click.confirm", lambda text: False)
    code, out, err = in_folder("room", "import", str(table))
    assert (code, out) == (130, "déjà là : Amphi A\nnouvelle : B204\n") and err.startswith("ligne 3 : Ce nom dépasse")
    assert "B204" not in in_folder("room", "list")[1]
    code, out, err = in_folder("room", "import", str(table), "--yes")
    assert code == 0 and out.endswith("  B204\n") and out.splitlines()[-1] in in_folder("room", "list")[1]
    assert in_folder("room", "import", str(table), "--yes")[1] == "déjà là : Amphi A\ndéjà là : B204\n"
    assert "file_missing" in in_folder("room", "import", str(tmp_path / "absent.csv"))[2]
    table.write_text("Étage;Aile\n1;Nord\n", encoding="utf-8")
    assert "file_unread" in in_folder("room", "import", str(table))[2]


def test_the_pin_is_shown_and_changed(in_folder):
    first = in_folder("pin", "show")[1]
    assert re.fullmatch(r"\d{6}\n", first)
    assert in_folder("pin", "show")[1] == first
    code, out, err = in_folder("pin", "reset")
    assert (code, err) == (0, "")
    assert out != first
    assert in_folder("pin", "show")[1] == out
