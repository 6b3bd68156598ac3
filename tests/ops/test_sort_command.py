"""``kiosk sort``: what came by e-mail, with themes, hints and groups, and the line of the file where each stands."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

import factories
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


def workbook(kind: str, rows: list[list[str]]) -> bytes:
    """One sheet, as .xlsx or as .ods."""
    if kind == "ods":
        cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
        lines = ("".join(map(cell.format, row)) for row in rows)
        written = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
        return factories.open_document(written)
    book, file = openpyxl.Workbook(), io.BytesIO()
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row, start=1):
            book.active.cell(number, place, cell or None)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "ods", "csv"])
def test_a_spreadsheet_as_an_office_saves_it(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    sheet = [
        ["Collège Jean-Moulin, 3e B"],
        [],
        ["Question", "Classe"],
        ["Vous aimez, vous, l’été ?", "3e"],
        ["À 8 h ?"],
    ]
    path, lines = tmp_path / f"q.{kind}", [4, 5]
    if kind == "csv":
        sheet, lines = sheet[2:], [2, 3]
        path.write_bytes("".join(";".join(row) + "\r\n" for row in sheet).encode("cp1252"))
    else:
        path.write_bytes(workbook(kind, sheet))
    found = sorted_as_json(capsys, str(path))
    assert [(one["line"], one["text"]) for one in found] == [
        (lines[0], "Vous aimez, vous, l’été ?"),
        (lines[1], "À 8 h ?"),
    ]


def test_a_comma_in_a_list_parts_nothing_and_in_a_table_takes_nothing_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["Question, vous aimez ?", "Texte ; quel texte, et pourquoi ?", "Et la nuit | le jour ?"]
    (tmp_path / "q.txt").write_text("\n".join(lines), encoding="utf-8")
    assert [one["text"] for one in sorted_as_json(capsys, str(tmp_path / "q.txt"))] == lines
    (tmp_path / "q.csv").write_text("classe,question\n3e,Vous aimez, vous, l’été ?\n", encoding="utf-8")
    assert [one["text"] for one in sorted_as_json(capsys, str(tmp_path / "q.csv"))] == ["Vous aimez, vous, l’été ?"]
    (tmp_path / "q.csv").write_text("question\nVous aimez ; vous, l’été ?\n", encoding="utf-8")
    assert [one["text"] for one in sorted_as_json(capsys, str(tmp_path / "q.csv"))] == ["Vous aimez ; vous, l’été ?"]


def test_a_sheet_of_one_column_needs_no_heading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "q.xlsx").write_bytes(workbook("xlsx", [["1. Un ?"], [], ["", "Deux ?"]]))
    assert [(one["line"], one["text"]) for one in sorted_as_json(capsys, str(tmp_path / "q.xlsx"))] == [
        (1, "Un ?"),
        (3, "Deux ?"),
    ]


#: What a person may give for a list of questions, and what it is told besides the code.
NO_LIST = {
    "pdf": (b"%PDF-1.7\n1 0 obj\n", "document"),
    "photo": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
    "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xlsx"),
    "rtf": (b"{\\rtf1\\ansi Vous aimez ?}", "document"),
    "page": (b"<!DOCTYPE html><p>Vous aimez ?", "page web"),
    "program": (b"\x7fELF\x02\x01\x01" + bytes(range(256)), "JSON"),
    "open": (b'question;classe\n"Vous aimez ?;3e\nEt vous ?;3e\n', "guillemet"),
}


@pytest.mark.parametrize("kind", NO_LIST)
def test_what_is_no_list_is_called_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    data, word = NO_LIST[kind]
    (tmp_path / "recues.csv").write_bytes(data)
    assert cli.main(["sort", str(tmp_path / "recues.csv")]) == 1
    said = capsys.readouterr().err
    assert "[sort_unreadable]" in said and word in said


def test_a_word_processor_s_text_is_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(tmp_path / "q.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    assert cli.main(["sort", str(tmp_path / "q.docx")]) == 1
    said = capsys.readouterr().err
    assert "[sort_unreadable]" in said and "traitement de texte" in said


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
