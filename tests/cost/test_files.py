"""Files of jobs whose one piece never ends: time follows their size, and ends."""

from __future__ import annotations

import gzip
import io

import pytest

from cost import growth
from kiosk.ground.errors import KioskError
from kiosk.ops.jobs import fiches, reading

#: What begins, what is repeated until there are enough bytes, and what ends it.
PIECES = {
    "a comment": (b"<metiers><!--", b" a", b"--></metiers>"),
    "a comment that nothing ends": (b"<metiers><!--", b"- ", b""),
    "an instruction": (b"<metiers><?a ", b"b ", b"?></metiers>"),
    "an attribute": (b"<metiers><metier a='", b"b ", b"'/></metiers>"),
    "attributes": (b"<metiers><metier ", b"%d='' ", b"/></metiers>"),
    "a name": (b"<metiers><", b"aa", b"/></metiers>"),
    "many comments": (b"<metiers>", b"<!--" + b"a" * 200_000 + b"-->", b"</metiers>"),
    "words of a job": (b"<metiers><metier><identifiant>MET.1</identifiant><nom_metier>", b"a ", b"</nom_metier></metier></metiers>"),
    "blanks": (b"<metiers>", b" \n", b"</metiers>"),
    "JSON: words": (b'[{"libelle metier": "', b"a ", b'"}]'),
    "JSON: values": (b'[{"a": [', b'"b",', b'1]}]'),
    "JSON: marks": (b'[{"a": [', b"[],", b"1]}]"),
    "JSON: quotes": (b'[{"a": "', b'\\"', b'"}]'),
    "JSON: objects": (b"[", b'{"a": 1},', b"{}]"),
    "JSON: no list": (b'{"a": [', b"1,", b"1]}"),
    "CSV: a field": (b"identifiant;libelle metier\n\"", b"a;", b'";b\n'),
    "CSV: fields": (b"", b"a;", b"\n"),
}  # fmt: skip


def file_of(name, size):
    begin, unit, end = PIECES[name]
    if b"%d" in unit:
        return begin + b" ".join(b"a%d=''" % number for number in range(size // 10)) + end
    return begin + unit * (size // len(unit)) + end


def read(data):
    try:
        return list(reading.sheets(io.BytesIO(data), "x"))
    except KioskError as error:
        assert error.code == "jobs_file"
        return []


@pytest.mark.parametrize("name", PIECES)
def test_one_piece_that_does_not_end(name, monkeypatch):
    monkeypatch.setattr(growth, "SMALL", 350_000)
    monkeypatch.setattr(growth, "BIG", 3_500_000)
    monkeypatch.setattr(growth, "PATIENCE", 20.0)
    monkeypatch.setattr(growth, "FLOOR", 0.05)
    monkeypatch.setattr(growth, "MOST", 40.0)  # a million small things outgrow the caches: a square would be a hundred
    assert growth.broken(read, lambda size: file_of(name, size)) == ""


def test_a_comment_without_end_in_a_small_file_is_refused_at_once():
    packed = gzip.compress(file_of("a comment that nothing ends", 140_000_000), 1)
    assert len(packed) < 1_000_000
    assert growth.timed(read, packed) < 1.0
    with pytest.raises(ValueError):
        list(fiches.of_xml(io.BytesIO(file_of("a comment", 2 * fiches.LONGEST))))
    assert list(fiches.of_xml(io.BytesIO(file_of("a comment", fiches.LONGEST // 2)))) == []
