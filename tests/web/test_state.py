"""« État du poste » in the teacher's pages: the whole diagnosis by a process of its own, and its archive."""

from __future__ import annotations

import io
import zipfile

from kiosk.ops.doctor import command  # noqa: F401  (registers the checks)
from kiosk.ops.doctor.report import CHECKS


def test_the_page_shows_every_check_and_its_cure(teacher, kiosk):
    (kiosk.settings.data_dir / "backups").mkdir(exist_ok=True)
    page = teacher.client.get("/prof/etat")
    assert page.status_code == 200
    assert page.text.count('id="etat-') == len(CHECKS)
    assert "kiosk backup" in page.text  # no copy yet: a cure


def test_the_page_speaks_english(teacher):
    assert "State of this machine" in teacher.client.get("/prof/etat?lang=en").text


def test_the_archive_comes_from_the_page(teacher, kiosk):
    answer = teacher.post("/prof/etat/archive")
    assert answer.status_code == 200
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert sorted(names) == ["diagnostic.json", "diagnostic.txt", "journal.txt", "machine.json", "settings.json"]


def test_the_room_page_leads_to_it(teacher):
    assert "/prof/etat" in teacher.client.get("/prof/salle").text
