"""What an office brings is read by another process: the one that serves has no reader of workbooks in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import psutil
import pytest

from centre.centre_process import Centre, Office
from factories import open_document

pytestmark = pytest.mark.server
#: What a mountain may leave in the server's memory, in bytes.
LEFT = 40 << 20


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Centre(tmp_path_factory.mktemp("lecture"))
    yield made.office()
    made.kill()


def book(lines: int) -> bytes:
    """A workbook of so many sessions."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["Identifiant", "Titre", "Date", "Heure", "Durée"])
    for n in range(lines):
        sheet.append([f"S-{n}", f"Séance {n}", "24/11/2035", "14 h 30", "45"])
    made.save(file := io.BytesIO())
    return file.getvalue()


def mountain() -> bytes:
    """A small .ods that says « the same cell, everywhere »."""
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-cell></table:table-row>'
    return open_document(row)


def libraries(office: Office) -> str:
    """Every file that the server's process has in memory."""
    return Path(f"/proc/{office.centre.process.pid}/maps").read_text()


def test_a_workbook_is_read_beside_the_server(office: Office) -> None:
    office.bring("séances.xlsx", book(40))
    assert "Séance 39" in office.get("/bureau/seances/S-39").text
    assert "_sqlite3" in libraries(office) and "calamine" not in libraries(office)


def test_a_mountain_is_refused_and_leaves_no_trace_in_the_server(office: Office) -> None:
    process = psutil.Process(office.centre.process.pid)
    before = process.memory_info().rss
    for data in (mountain(), b"PK\x03\x04" + b"\0" * 500_000):
        office.bring("montagne.ods", data, 422)
    assert process.memory_info().rss < before + LEFT
    office.bring("suite.xlsx", book(3))
