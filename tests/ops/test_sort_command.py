"""``kiosk sort``: what came by e-mail, with themes, hints and groups, and the line of the file where each stands."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.contract.themes import THEMES
from kiosk.ops import sorting

LIST = (
    "Vous gagnez combien ?\r\n\r\n- c'est quoi votre salaire\n2. Vous recyclez vos déchets ?\nespèce de batard\n"
    "je veux mourir\n"
)


def sorted_as_json(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert cli.main(["sort", "--json", *words]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    assert all(list(one) == ["line", "text", "theme", "flags", "group"] and one["theme"] in THEMES for one in found)
    return found


def test_a_list_one_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "recues.txt").write_text(LIST, encoding="utf-8")
    found = sorted_as_json(capsys, str(tmp_path / "recues.txt"))
    assert [(one["line"], one["text"], one["theme"], one["flags"], one["group"]) for one in found[:3]] == [
        (1, "Vous gagnez combien ?", "salaire", [], 1),
        (3, "c'est quoi votre salaire", "salaire", [], 1),
        (4, "Vous recyclez vos déchets ?", "environnement", [], None),
    ]
    assert [(one["line"], one["flags"], one["group"]) for one in found[3:]] == [
        (5, ["rude"], None),
        (6, ["distress"], None),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_however_it_was_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    table = 'n°\tText\tclasse\n1\t"Vous dites ""métier"" ?"\t3e\n2\t\n3\n4\tÀ l’été ?\t4e\n'
    (tmp_path / "q.tsv").write_bytes(table.encode(encoding))
    found = sorted_as_json(capsys, str(tmp_path / "q.tsv"))
    assert [(one["line"], one["text"]) for one in found] == [(2, 'Vous dites "métier" ?'), (5, "À l’été ?")]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LIST.encode())))
    assert [one["line"] for one in sorted_as_json(capsys, "-")] == [1, 3, 4, 5, 6]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"-----\n1)\n")))
    assert [one["text"] for one in sorted_as_json(capsys, "-")] == ["-----", "1)"]  # nothing is left out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("id\ttext\n7\tUn ?\n".encode())))
    assert [one["text"] for one in sorted_as_json(capsys, "-")] == ["Un ?"]


def test_for_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "recues.txt").write_text(LIST + "\x1b[2Jvide\u202e ?\n", encoding="utf-8")
    assert cli.main(["sort", str(tmp_path / "recues.txt")]) == 0
    said = capsys.readouterr().out.replace("\u202f", " ")
    assert "6 questions" in said and "Les chiffres (2)" in said and "= proche de la ligne 1" in said
    assert "! Mots qui blessent ?" in said and "! Un message qui inquiète" in said
    assert "\x1b" not in said and "\u202e" not in said


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("a.tsv", "id\tquoi\n1\tx\n", "sort_no_text"), ("b.txt", " \n\n\t\n", "list_empty"), ("", "", "file_missing")],
)
def test_what_cannot_be_sorted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, code: str
) -> None:
    if name:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert cli.main(["sort", str(tmp_path / (name or "absent.txt"))]) == 1
    assert f"[{code}]" in capsys.readouterr().err


def test_every_line_of_a_long_list_has_its_answer() -> None:
    lines = [(n, f"Combien de {'abcdefghij'[n % 10] * (n % 7 + 3)} pour le chantier {n} ?") for n in range(200)]
    assert [(one.line, one.text) for one in sorting.sort(lines)] == lines
