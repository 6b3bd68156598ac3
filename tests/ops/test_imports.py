"""Importing a file: what it says, and that a refused file leaves nothing."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.kiosk import Kiosk
from kiosk.exchange.changefiles import InvalidChanges
from kiosk.exchange.unpacking import unpacked
from kiosk.ground import config
from kiosk.ground.errors import KioskError
from kiosk.ground.typography import plain
from kiosk.ops import demo, imports, local
from kiosk.storage.models import Session


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    with local.opened(config.load({"data_dir": str(tmp_path / "data")}, {})) as opened:
        yield opened


def run(kiosk: Kiosk, file: Path) -> list[str]:
    return imports.report(imports.apply(kiosk, imports.read(file)))


def test_import_says_what_came(kiosk: Kiosk) -> None:
    assert [plain(line) for line in run(kiosk, demo.FILE)] == [
        "Importé : 3 séances, 5 intervenantes et intervenants, 3 inscriptions, 44 questions préparées, 1 message."
    ]
    assert [plain(line) for line in run(kiosk, demo.FILE)] == ["Rien de nouveau : ce fichier avait déjà été importé."]


def test_import_reads_gzip(kiosk: Kiosk, tmp_path: Path) -> None:
    file = tmp_path / "x.json.gz"
    file.write_bytes(gzip.compress(demo.FILE.read_bytes()))
    run(kiosk, file)
    assert Session.select().count() == 3


def zipped(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return held.getvalue()


def test_import_reads_the_zip_of_one_file(kiosk: Kiosk, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(zipped(**{".DS_Store": b"x", "changements.json": demo.FILE.read_bytes()}))
    run(kiosk, file)
    assert Session.select().count() == 3


@pytest.mark.parametrize(
    "data",
    [
        zipped(a=b"{}", b=b"{}"), zipped(dir__=b""), zipped(a=b"{}")[:-9],
        zipped(a=b"x" * 900).replace(b"a", b"\xff", 1),
        gzip.compress(b"{}")[:1] + b"\x8b" + b"x" * 40, b"PK\x03\x04",
    ],
)  # fmt: skip
def test_a_damaged_or_many_filed_archive_is_refused_in_words(data: bytes) -> None:
    try:
        assert len(unpacked(data, 1_000)) <= 1_001
    except InvalidChanges as refused:
        assert refused.code == "import_invalid" and plain(str(refused.mistakes[0])).startswith("ligne 1 :")


def test_a_mountain_is_unpacked_as_far_as_the_limit(tmp_path: Path) -> None:
    for data in (gzip.compress(b"x" * 50_000_000), zipped(a=b"x" * 50_000_000)):
        assert len(unpacked(data, 1_000)) == 1_001
    book = zipped(**{"content.xml": b"<x/>", "mimetype": b"y"})
    assert unpacked(book, 10) == book


def test_a_refused_file_leaves_nothing(kiosk: Kiosk, tmp_path: Path) -> None:
    data = json.loads(demo.FILE.read_text(encoding="utf-8"))
    data["changes"][-1]["body"]["level"] = "shout"
    data["changes"][3]["rev"] = "2"
    file = tmp_path / "x.json"
    file.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(InvalidChanges) as caught:
        run(kiosk, file)
    lines = [plain(str(line)) for line in (caught.value.message, *caught.value.mistakes)]
    assert lines[0] == "Rien n’a été importé : 2 erreur(s) dans le fichier."
    number = file.read_text(encoding="utf-8").splitlines().index('   "rev": "2",') + 1
    assert lines[1] == f"ligne {number}, champ changes[3].rev : il faut un nombre entier, pas un texte"
    assert lines[2].endswith("champ changes[55].body.level : ce code n’est pas connu ; codes possibles : info, warning")
    assert Session.select().count() == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "file_missing"),
        (b"\x1f\x8bbroken", "import_invalid"),
        (b"[" + b" " * imports.MAX_BYTES, "file_too_large"),
    ],
)
def test_what_is_no_file_of_changes(kiosk: Kiosk, tmp_path: Path, content: bytes | None, code: str) -> None:
    file = tmp_path / "x.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(KioskError) as caught:
        run(kiosk, file)
    assert caught.value.code == code


def test_a_table_is_taken_by_the_command_too_and_says_what_it_did_not_read(kiosk: Kiosk, tmp_path: Path) -> None:
    file = tmp_path / "programme.csv"
    table = "Métier;Nom;Date;Heure;Durée;Remarque\nIngénieure;Clara Petit;11/12/2026;10h;45;x\n"
    file.write_bytes(table.encode("cp1252"))
    lines = local_lines(kiosk, file)
    assert lines == ["Importé : 1 séance.", "Colonne « Remarque » : non lue."]
    assert local_lines(kiosk, file)[0] == "Rien de nouveau : ce fichier avait déjà été importé."
    file.write_bytes(table.replace("10h", "midi").encode())
    with pytest.raises(InvalidChanges) as caught:
        local_lines(kiosk, file)
    assert [(one.line, one.field) for one in caught.value.mistakes] == [(2, "Heure")]
    assert Session.select().count() == 1


def local_lines(kiosk: Kiosk, file: Path) -> list[str]:
    data = imports.read(file)
    assert imports.is_table(data)
    return [plain(line) for line in imports.bring(kiosk, data)]
