"""What a technician names on the command line: a folder for a file, another account's file, a place that refuses. The
cause said is the true one, nothing that stood there is replaced, no trace is shown.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import click
import pytest

from kiosk import cli
from kiosk.ops.doctor import bundle

#: Every command that reads a file named to it.
READERS = (
    ["import"],
    ["import", "exchange"],
    ["restore"],
    ["restore", "--check"],
    ["provision"],
    ["room", "import"],
    ["sort"],
    ["jobs", "update"],
    ["--config"],
)


def run(capsys, data_dir, *words):
    """(exit, standard output, standard error)."""
    last = ["status"] if words[0] == "--config" else []
    given = [*words, *last] if last else [*words, "--data-dir", str(data_dir)]
    code = cli.main(given)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_a_folder_given_for_a_file_is_called_a_folder(capsys, tmp_path, command):
    there = tmp_path / "un dossier"
    there.mkdir()
    code, _out, err = run(capsys, tmp_path / "data", *command, str(there))
    assert code and "[file_is_folder]" in err and f"{there} est un dossier" in err
    code, _out, err = run(capsys, tmp_path / "data", *command, str(tmp_path / "absent"))
    assert code and "[file_missing]" in err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another account")
def test_a_file_of_another_account_is_not_called_missing(tmp_path):
    """In a process of an account without rights: root may read everything."""
    shut = tmp_path / "salles.csv"
    shut.write_text("salle\nB204\n")
    shut.chmod(0o600)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    code = (
        f"import os, pathlib\nfrom kiosk.ground import diskwords\n"
        f"os.setuid(65534)\npath = pathlib.Path({str(shut)!r})\n"
        "for act in (path.read_bytes, lambda: diskwords.must_read(path)):\n"
        "    try:\n        act()\n"
        "    except OSError as error:\n        print(diskwords.unread(path, error).code)\n"
        "    except Exception as error:\n        print(error.code)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["file_denied", "file_denied"]


def test_a_folder_without_a_kiosk_has_nothing_to_back_up(capsys, tmp_path):
    code, _out, err = run(capsys, tmp_path / "vide", "backup", str(tmp_path / "a.zip"))
    assert code == 1 and "[archive_nothing]" in err and "--data-dir" in err
    assert not (tmp_path / "a.zip").exists()


def test_the_diagnosis_archive_replaces_only_another(capsys, tmp_path):
    mine = tmp_path / "notes.zip"
    with zipfile.ZipFile(mine, "w") as other:
        other.writestr("lettre.txt", "à garder")
    before = mine.read_bytes()
    code, _out, err = run(capsys, tmp_path / "data", "doctor", "--bundle", str(mine))
    assert code == 1 and "[report_target]" in err and mine.read_bytes() == before
    code, _out, err = run(capsys, tmp_path / "data", "doctor", "--bundle", str(tmp_path / "clé absente") + "/")
    assert code == 1 and "[folder_missing]" in err and not (tmp_path / "clé absente").exists()
    good = tmp_path / "aide.zip"
    for _again in range(2):
        _code, out, _err = run(capsys, tmp_path / "data", "doctor", "--bundle", str(good))
        assert str(good) in out and bundle.REPORT in zipfile.ZipFile(good).namelist()
    (tmp_path / "clé").mkdir()
    _code, out, _err = run(capsys, tmp_path / "data", "doctor", "--bundle", str(tmp_path / "clé"))
    [written] = (tmp_path / "clé").iterdir()
    assert str(written) in out and zipfile.is_zipfile(written)


#: Where nothing can be written, and what is said of it.
REFUSING = {
    "full": ("/dev/full/x.zip", "un fichier est là où il faudrait un dossier"),
    "absent": ("{0}/absent/x.zip", "ce dossier n’existe pas"),
    "long": ("{0}/" + "x" * 300, "ce nom est trop long"),
}


@pytest.mark.parametrize("case", REFUSING)
@pytest.mark.parametrize("command", (["backup"], ["doctor", "--bundle"]), ids=" ".join)
def test_a_place_that_refuses_says_why_in_french(capsys, tmp_path, command, case):
    data = tmp_path / "data"
    cli.main(["demo", "--data-dir", str(data)])
    place, cause = REFUSING[case]
    code, _out, err = run(capsys, data, *command, place.format(tmp_path))
    assert code == 1 and cause in err


def test_codes_that_are_a_folder_are_a_sentence(capsys, tmp_path):
    data = tmp_path / "data"
    cli.main(["demo", "--data-dir", str(data)])
    shutil.rmtree(data / "secrets.json", ignore_errors=True)
    Path(data / "secrets.json").unlink(missing_ok=True)
    (data / "secrets.json").mkdir()
    code, _out, err = run(capsys, data, "pin", "show")
    assert code == 1 and "[system_refused]" in err and "c’est un dossier" in err and "doctor [" in err


@pytest.mark.parametrize("held", ('{"pin": 5}', '{"pin": "12a456"}', '{"pin": "123456", "room_pins": {"r": 7}}'))
def test_a_code_that_nobody_can_type_is_damage_and_said(capsys, tmp_path, held):
    data = tmp_path / "data"
    data.mkdir()
    (data / "secrets.json").write_text(held)
    code, out, err = run(capsys, data, "pin", "show")
    assert code == 0 and len(out.strip()) == 6 and out.strip().isdigit()
    assert "abîmé" in err and (data / "secrets.json.damaged").read_text() == held


@pytest.mark.parametrize("words", (["pin", "shw"], ["--prot", "80"], ["room", "add", "--nope"]), ids=" ".join)
def test_the_help_offered_is_typed_as_here(capsys, monkeypatch, words):
    monkeypatch.setenv("KIOSK_TYPED", "./run.sh")
    assert cli.main(words) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    command = [word for word in words if word in ("pin", "room", "add")]
    assert last == " ".join(["Aide : ./run.sh", *command, "--help"]).replace("Aide :", "Aide\xa0:")


def limited(group=cli.kiosk, words=()):
    """(words of a command, option or argument whose values are a list or a number), of every command."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from limited(command, (*words, name))
            continue
        for one in command.params:
            if isinstance(one.type, (click.Choice, click.types.IntParamType)):
                yield pytest.param((*words, name), one, id=" ".join((*words, name, one.name)))


@pytest.mark.parametrize(("words", "parameter"), [*limited()])
def test_a_refused_value_comes_with_those_that_are_taken(capsys, words, parameter):
    command: Any = cli.kiosk
    for word in words:
        command = command.commands[word]
    option = [parameter.opts[0]] if isinstance(parameter, click.Option) else []
    others = [
        one for one in command.params if isinstance(one, click.Argument) and one.required and one is not parameter
    ]
    assert cli.main([*words, *("x" for _one in others), *option, "ni l’un ni l’autre"]) == 2
    said = capsys.readouterr().err
    if isinstance(parameter.type, click.Choice):
        assert all(str(one) in said for one in parameter.type.choices), said
    else:
        assert "nombre entier" in said
