"""Tables of rooms as people and their tools save them: every one read as it was meant, or refused in a sentence that
says the line and the cause, in French, whatever command it is brought to.
"""

import re

import pytest

from kiosk import cli
from kiosk.ground.errors import KioskError
from kiosk.ops import sheet

#: File name → (content, what was meant: (room, PIN, settings)).
READ = {
    "apostrophe.csv": ("salle;pin\nB1;'012435\n", ("B1", "012435", {})),
    "formula.csv": ('salle;pin\nB1;="012435"\n', ("B1", "012435", {})),
    "decimal.csv": ("salle;pin;port\nB1;124357,0;8081,00\n", ("B1", "124357", {"port": 8081})),
    "power.csv": ("salle;pin\nB1;1,24357E+05\n", ("B1", "124357", {})),
    "two lines.csv": ('"salle";pin\n"B\n1";124357\n', ("B 1", "124357", {})),
    "heads.csv": (" Salle ; Code PIN ;Nom du Wi-Fi;Mot de passe du Wi-Fi\nB1;124357;;\n", ("B1", "124357", {})),
    "list.json": ('[{"salle":"B1","pin":124357,"phones":null}]', ("B1", "124357", {})),
    "alone.json": ('{"salle":"B1","pin":"124357","relays":["10.0.0.1","10.0.0.2"]}',
                   ("B1", "124357", {"relays": ["10.0.0.1", "10.0.0.2"]})),
    "called.json": ('{"kiosk":[{"salle":"B1","pin":"124357"}]}', ("B1", "124357", {})),
    "alone.toml": ('[kiosk]\nroom = "B1"\npin = "124357"\n', ("B1", "124357", {})),
}  # fmt: skip
#: File name → (content, words of the refusal).
REFUSED = {
    "cut.json": ('[{"salle":\n"B1"', "ligne 2"),
    "numbers.json": ("[1, 2]", "liste de salles"),
    "text.json": ('"B1"', "liste de salles"),
    "bracket.toml": ('[[kiosk]\nroom = "B1"\n', "ligne 1 : il manque le crochet"),
    "equals.toml": ('[[kiosk]]\nroom = "B1"\npin "1"\n', "ligne 3"),
    "nothing.toml": ('room = ["B1"]\n[[other]]\n', "colonne inconnue"),
    "twice.csv": ("salle;salle;pin\nB1;B2;124357\n", "« salle » et « salle »"),
    "synonyms.csv": ("Salle;pin;room\nB1;124357;B2\n", "« Salle » et « room »"),
    "hidden.csv": ("salle;wifi_hidden\nB1;peut-être\n", "oui ou non"),
    "web.xls": ("<html><table><tr><td>salle</td></tr></table></html>", "page web"),
    "web.csv": ('\ufeff\n<!DOCTYPE html>\n<table border="1">', "page web"),
    "lossy.csv": ("salle;pin\nB1;1,24E+11\n", "six chiffres"),
}
#: What only a program's author understands.
INNER = re.compile(r"object has no|Mistake\(|Expect|Traceback|not a zip|NoneType|line \d|Error\b")


@pytest.mark.parametrize("name", READ)
def test_a_sheet_is_read_as_it_was_meant(tmp_path, name):
    content, (room, pin, settings) = READ[name]
    (tmp_path / name).write_text(content, encoding="utf-8")
    [row] = sheet.read(tmp_path / name)
    assert (row.room, row.pin, row.settings) == (room, pin, settings)


@pytest.mark.parametrize("name", REFUSED)
def test_a_sheet_that_is_refused_says_where_and_why_in_french(tmp_path, name):
    content, words = REFUSED[name]
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(KioskError) as refused:
        sheet.read(tmp_path / name)
    mistakes: list[str] = refused.value.mistakes  # type: ignore[attr-defined]  # sheet.invalid gives them
    said = " | ".join(mistakes)
    assert words.replace(" :", "\xa0:") in said.replace(" :", "\xa0:").replace("«\xa0", "« ").replace("\xa0»", " »")
    assert not INNER.search(said)


#: What is no table at all, by its first bytes.
NO_TABLE = {
    "pdf": b"%PDF-1.4\n1 0 obj",
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "web": b"<html><table><tr><td>salle</td></tr></table></html>",
    "cut zip": b"PK\x03\x04junk",
    "nul": b"salle;pin\0\nB1;1\n",
}


@pytest.mark.parametrize("kind", NO_TABLE)
@pytest.mark.parametrize("command", (["room", "import"], ["import"], ["provision"], ["jobs", "update"]), ids=" ".join)
def test_no_command_answers_with_its_own_insides(capsys, tmp_path, command, kind):
    file = tmp_path / "donné.csv"
    file.write_bytes(NO_TABLE[kind])
    assert cli.main([*command, str(file), "--data-dir", str(tmp_path / "data")]) == 1
    said = capsys.readouterr().err
    assert "[" in said and not INNER.search(said), said
    lines = [line.strip() for line in said.splitlines()]
    assert not any(a in b for i, a in enumerate(lines) for j, b in enumerate(lines) if i != j and a), said
