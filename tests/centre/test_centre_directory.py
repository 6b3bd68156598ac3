"""The directory of schools: the ministry's file as it comes, schools typed here, and what is found by them."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from centre.centre_files import Run
from kiosk import cli
from kiosk.centre import directory, enrolments, models, search
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Store
from kiosk.contract import schools

HEAD = (
    "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Code_postal;Nom_commune;Mail;"
    "libelle_academie;etat\n"
)


def uai(number: int) -> str:
    """A UAI with its letter."""
    return f"{number:07d}{schools.checksum(f'{number:07d}')}"


def line(number: int, name: str = "Collège des Écoles", state: str = "OUVERT") -> str:
    """A line of the ministry's file."""
    return f"{uai(number)};{name} {number};Collège;29170;Ploudal-les-Œufs;ce.{number}@ac.example;Rennes;{state}\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252"])
def test_the_file_of_the_ministry_in_any_usual_encoding(store: Store, run: Run, encoding: str) -> None:
    text = HEAD + line(290001) + line(290002, state="FERMÉ") + "0290003A;Faux;;;;;;\n" + ";;;;;;;\n" + line(290004)
    report = directory.load(io.BytesIO(text.encode(encoding)), store.run)
    assert (report.written, report.closed, report.wrong, report.lines) == (2, 1, 1, [(4, "0290003A")])
    row = run(lambda _tx: models.School.get_by_id(uai(290001)))
    assert (row.name, row.town, row.academie) == ("Collège des Écoles 290001", "Ploudal-les-Œufs", "Rennes")


def test_a_school_typed_here_stays_and_what_is_not_said_is_kept(store: Store, run: Run) -> None:
    rural = HEAD.strip() + ";rural\n" + line(290001).strip() + ";oui\n" + line(290002).strip() + ";\n"
    directory.load(io.BytesIO(rural.encode()), store.run)
    typed = {"name": "Lycée Typé", "town": "Brest", "academie": "Rennes", "email": "a@b.fr", "rural": "non"}
    run(directory.type_in, {"uai": uai(290002).lower(), **typed})
    directory.load(io.BytesIO((HEAD + line(290001, "Nouveau") + line(290002)).encode()), store.run)
    rows = run(lambda _tx: {row.uai: (row.name, row.rural) for row in models.School.select()})
    assert rows == {uai(290001): ("Nouveau 290001", True), uai(290002): ("Lycée Typé", False)}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"a;b\n1;2\n", b"\0\0", b'Titre;Date\n"x'])
def test_what_is_no_directory_is_told(store: Store, data: bytes) -> None:
    with pytest.raises(OfficeError):
        directory.load(io.BytesIO(data), store.run)


@pytest.mark.parametrize(
    ("values", "field"),
    [(("0290001Z", "a", "b"), "uai"), ((uai(1), "", "b"), "name"), ((uai(1), "a", ""), "town"),
     ((uai(1), "x" * 201, "b"), "name")],
)  # fmt: skip
def test_a_school_that_cannot_be_is_refused_with_its_field(run: Run, values: tuple[str, ...], field: str) -> None:
    with pytest.raises(OfficeError) as refusal:
        run(directory.type_in, dict(zip(("uai", "name", "town"), values)))
    assert refusal.value.field == field


def test_schools_are_found_whatever_the_accents_and_the_case(store: Store, run: Run) -> None:
    directory.load(io.BytesIO((HEAD + line(290001) + line(9740002, "Lycée Là-bas")).encode()), store.run)

    def found(typed: str) -> set[str]:
        condition = search.matching(models.School.words, typed)
        return run(lambda _tx: {row.uai for row in models.School.select().where(condition)})

    assert found("ECOLES ploudal") == found("290001") == found(uai(290001)) == {uai(290001)}
    assert found("lycee là") == {uai(9740002)} and found("écoles lycée") == set()
    assert search.matching(models.School.words, " % _ ") is None
    overseas = directory.place(models.School.uai, "outre-mer")
    assert run(lambda _tx: [row.uai for row in models.School.select().where(overseas)]) == [uai(9740002)]


def test_sixty_thousand_lines_are_read_as_they_come(store: Store) -> None:
    """As a stream: what is held does not grow with the file."""

    class Made(io.RawIOBase):
        def __init__(self, lines: int) -> None:
            self.left, self.data, self.lines = b"", iter(range(lines)), lines

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def seek(self, _at: int, _whence: int = 0) -> int:
            self.data, self.left = iter(range(self.lines)), HEAD.encode()
            return 0

        def readinto(self, place: Any) -> int:
            while len(self.left) < len(place) and (number := next(self.data, None)) is not None:
                self.left += line(number).encode()
            given, self.left = self.left[: len(place)], self.left[len(place) :]
            place[: len(given)] = given
            return len(given)

    peaks = []
    for lines in (300, 3000):
        source = Made(lines)
        source.seek(0)
        tracemalloc.start()
        assert directory.load(io.BufferedReader(source), store.run).written == lines
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 200_000


def test_one_decision_for_many_and_the_addresses_of_a_session(run: Run) -> None:
    values: dict[str, Any] = {"kiosk": "k", "seq": 1, "created_at": 1, "label": "4e B"}
    said = '{"title":"S","starts_at":"2035-03-01T13:30:00Z","duration_min":45,"format":"custom","meeting_url":"",'
    said += '"levels":[],"status":"planned","speakers":[],"dossier":[]}'
    body = {"id": "S", "title": "S", "starts_at": 2**42, "duration_min": 45, "status": "planned", "body": said}
    run(lambda _tx: models.Session.create(places=2, manual=True, **body))
    run(directory.type_in, {"uai": uai(3), "name": "Lycée", "town": "Brest", "email": "ecole@b.fr"})
    for n, state in enumerate(("requested", "requested", "waitlisted", "cancelled")):
        contact = "" if n == 2 else f"prof{n % 2}@b.fr"
        run(
            lambda _tx: models.Enrolment.create(
                id=f"E{n}",
                uai=uai(n + 1),
                session_id="S",
                state=state,
                queue=n,
                contact=contact,
                **values,  # noqa: B023
            )
        )
    assert run(lambda _tx: enrolments.addresses("S")) == ["prof0@b.fr", "prof1@b.fr", "ecole@b.fr"]
    ids = [f"E{n}" for n in range(4)]
    for state, reason in (("refused", " "), ("nope", "")):
        with pytest.raises(OfficeError):
            run(enrolments.decide_many, ids, state, reason)
    assert run(enrolments.decide_many, ids, "confirmed") == 3
    assert run(lambda _tx: enrolments.taken_by({"S"})) == {"S": 3}
    states = run(lambda _tx: {row.id: row.state for row in models.Enrolment.select()})
    assert states["E3"] == "cancelled" and states["E2"] == "confirmed"


def test_the_command_line_takes_the_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_CENTRE_DATA_DIR", str(tmp_path / "centre"))
    file = tmp_path / "annuaire.csv"
    file.write_text(HEAD + line(290001) + "0290003A;Faux;;;;;;\n", "utf-8")
    assert cli.main(["centre", "schools", str(file)]) == 0
    out, err = capsys.readouterr()
    assert "1 établissement enregistré" in out.replace("\u00a0", " ") and "0290003A" in err
    file.write_text("a;b\n", "utf-8")
    assert cli.main(["centre", "schools", str(file)]) == 1
    assert cli.main(["centre", "schools", str(tmp_path / "absent")]) == 1
    assert "office_refused" in capsys.readouterr().err
