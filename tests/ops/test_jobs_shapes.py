"""Shapes of Onisep's files that nobody has sent yet: renamed, missing and extra fields, odd markup, odd archives."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from kiosk.domain import jobs
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ops.jobs import cleaning, command, days, reading, tables
from kiosk.storage import jobsheets

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_795_000_000_000
LINK = "https://www.onisep.fr/http/redirection/metier/slug/MET.901"


def read(data: bytes | str) -> list[jobsheets.Sheet]:
    return list(reading.sheets(io.BytesIO(data if isinstance(data, bytes) else data.encode()), "essai"))


def metier(inside: str, wrap: str = "<metiers>{}</metiers>") -> str:
    return wrap.format(f"<metier>{inside}</metier>")


NAMED = "<identifiant>MET.901</identifiant><nom_metier>océanographe</nom_metier>"


@pytest.mark.parametrize(
    "rows",
    [
        [{"Libellé du métier": "océanographe", "Lien vers la fiche": LINK, "nouveau": {"a": [1, {"b": 2}]}}],
        [{"nom_metier": "océanographe", "identifiant": "met.901", "annee": 2026}],
        [{"metier": "océanographe", "id": "MET_901", "page": None}],
        [{"libelle_metier": "oc&eacute;anographe", "lien_site_onisepfr": LINK.lower(), "code_rome": ["A", "B"]}],
    ],
    ids=["renamed", "no link", "underscore", "entities, a list"],
)
def test_columns_renamed_missing_and_new(rows):
    for data in (json.dumps(rows), json.dumps({"facets": {"data": [{"x": '"]}'}]}, "total": 1, "results": rows})):
        found = read(data)
        assert [(one.id, one.name) for one in found] == [("MET.901", "océanographe")]
    assert read(json.dumps(rows))[0].rome in ("", "A, B")


def test_a_csv_of_an_office(tmp_path):
    text = (
        'Intitulé du métier;"lien\nsite onisep.fr";domaine;remarque\r\n'
        f'"océanographe ; ""de mer""";{LINK};"a\nb;c";\r\n'
        f"océanographe;{LINK.replace('MET.901', 'met.0901')};;en trop;encore\r\n"
        f"trop court;\r\n"
    )
    found = read(text)
    assert [one.id for one in found] == ["MET.901", "MET.901"]
    assert [one.name for one in found] == ['océanographe ; "de mer"', "océanographe"]
    jobsheets.write(tmp_path, found, {"date": "2026-11-24T08:00:00.000Z"})
    assert [one.name for one in jobsheets.everything(tmp_path)] == ['océanographe ; "de mer"'], "one job"


@pytest.mark.parametrize(
    "data",
    [
        metier(NAMED, '<o:metiers xmlns:o="urn:onisep">{}</o:metiers>'),
        metier(NAMED, '<metiers xmlns="urn:onisep">{}</metiers>'),
        metier(NAMED, "<export><entete><n>1</n></entete><metiers>{}</metiers></export>"),
        metier(NAMED.replace("nom_metier", "Nom_Metier").replace("identifiant", "IDENTIFIANT")),
        metier(NAMED.replace("MET.901", "")).replace("<metier>", '<metier id="MET.901">'),
        metier(NAMED.replace("MET.901", "") + f"<lien_site_onisepfr>{LINK}</lien_site_onisepfr>"),
        metier(NAMED + "<metiers_associes><metier><identifiant>MET.1</identifiant></metier></metiers_associes>"),
        metier(NAMED + "<secteurs_activite/><inconnu><a><b>c</b></a></inconnu>"),
        f"<metier>{NAMED}</metier>",
        metier(NAMED).encode("utf-16"),
    ],
    ids=["prefix", "namespace", "wrapped", "case", "attribute", "link", "nested", "unknown", "alone", "utf-16"],
)
def test_an_xml_in_other_clothes(data):
    if isinstance(data, bytes):
        with pytest.raises(KioskError):  # said, not guessed
            read(data)
        return
    assert [(one.id, one.name) for one in read(data)] == [("MET.901", "océanographe")]


def test_a_job_without_an_identifier_is_left_out_and_the_others_stay():
    empty = "<metier><identifiant></identifiant><nom_metier>x</nom_metier></metier>"
    assert [one.id for one in read(f"<metiers>{empty}<metier>{NAMED}</metier>{empty}</metiers>")] == ["MET.901"]


@pytest.mark.parametrize(
    "markup",
    [
        "<![CDATA[<p>Elle &eacute;tudie la mer.</p><script>zq</script>]]>",
        "&lt;p&gt;Elle &amp;eacute;tudie la mer.&lt;/p&gt;&lt;script&gt;zq&lt;/script&gt;",
        "&amp;lt;p&amp;gt;Elle &amp;amp;eacute;tudie la mer.&amp;lt;/p&amp;gt;&amp;lt;script&amp;gt;zq"
        "&amp;lt;/script&amp;gt;",
        "<p>Elle <span>étudie</span> la mer.</p><script>zq</script>",
    ],
    ids=["cdata", "escaped once", "escaped twice", "elements"],
)
def test_markup_however_it_was_wrapped(markup):
    fields = f"<nature_travail>{markup}</nature_travail><accroche_metier>{markup}</accroche_metier>"
    one = read(metier(NAMED + fields))[0]
    assert one.work == "<p>Elle étudie la mer.</p>" and one.hook == "Elle étudie la mer."


def test_nested_lists_keep_their_shape_and_never_more_than_it():
    text = "<ul><li>Un<ul><li onclick='x()'>deux</li></ul></li></ul><p>5 &lt; 6 et AT&amp;T</p><img src=x onerror=zq>"
    assert cleaning.html(text) == "<ul><li>Un<ul><li>deux</li></ul></li></ul><p>5 &lt; 6 et AT&amp;T</p>"
    assert cleaning.words(text) == "Un deux 5 < 6 et AT&T"
    assert cleaning.once("moins de 5 &lt; 6") == "moins de 5 &lt; 6", "no tag: nothing to undo"


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name.replace("__", "/").replace("_", "."), data)
    return out.getvalue()


def test_an_archive_of_several_files():
    other = metier(NAMED.replace("901", "902")).encode()
    note = json.dumps({"licence": "ODbL"}).encode()
    found = read(archive(a_xml=metier(NAMED).encode(), dossier__b_XML=other, meta_json=note, lisez_txt=b"<"))
    assert {one.id for one in found} == {"MET.901", "MET.902"}
    with pytest.raises(KioskError, match="aucun métier"):
        read(archive(meta_json=note))
    with pytest.raises(KioskError):
        read(archive(a_xml=metier(NAMED).encode(), b_xml=b"<metiers><metier>"))


def test_a_packed_stream_and_a_cut_one():
    packed = gzip.compress(metier(NAMED).encode() + b"\n" * 5000)
    assert [one.id for one in read(packed)] == ["MET.901"]
    for cut in (packed[:-12], b"\x1f\x8b\x08\x00"):
        with pytest.raises(KioskError):
            read(cut)


def test_a_list_in_pieces(monkeypatch):
    rows = [{"libelle_metier": f'm"\\{n}[{{', "lien_site_onisepfr": LINK.replace("901", str(n))} for n in range(1, 40)]
    for step in (1, 2, 3, 7, 64, 4096):
        monkeypatch.setattr("kiosk.ops.jobs.jsonlist.STEP", step)
        found = read(json.dumps({"x": {"results": [1]}, "results": rows, "after": [[{}]]}))
        assert [one.id for one in found] == [f"MET.{n}" for n in range(1, 40)], step
        assert found[0].name == 'm"\\1[{'
    for wrong in ('[{"a": 1}', '[{"a": [1}]', '[{"libelle_metier": "x}', '{"results": 3}', "[[1, 2]]", "[]"):
        with pytest.raises(KioskError):
            read(wrong)


@pytest.mark.parametrize(
    "text, day",
    [
        ("12/09/2026", "2026-09-12"), ("2026-09-12T08:00:00Z", "2026-09-12"), ("12-09-2026 08:00", "2026-09-12"),
        ("Sat, 12 Sep 2026 08:00:00 GMT", "2026-09-12"), ("31/02/2026", ""), ("", ""), ("2026", ""), ("bientôt", ""),
        ("01/01/1970", ""), ("99/99/9999", ""),
    ],
)  # fmt: skip
def test_days(text, day):
    assert days.iso(text) == day


def test_which_date_is_shown_and_what_it_is(tmp_path):
    def credit(inside: str) -> str:
        file = tmp_path / "f.xml"
        file.write_text(metier(NAMED + inside), encoding="utf-8")
        return command.update(Settings(data_dir=tmp_path), (str(file),), NOW)[1]

    assert "Onisep, lues le " in credit("") and "données Onisep" not in credit("")
    assert "données Onisep du 12/09/2026" in credit("<modification_date>12/09/2026</modification_date>")
    known = {"date": "2026-11-24T08:00:00.000Z", "published": "2026-11-02"}
    own, base, none = jobs.origin(known, "2026-09-12"), jobs.origin(known), jobs.origin({**known, "published": ""})
    assert "données Onisep du 12/09/2026" in jobs.credit([own]), "the sheet's own day"
    assert "données Onisep du 02/11/2026" in jobs.credit([base]), "else the file's"
    assert "du 12/09/2026 au 02/11/2026" in jobs.credit([base, own])
    assert "lues le 24/11/2026" in jobs.credit([own, none]) and "données" not in jobs.credit([own, none])
    assert jobs.credit([]) == ""


def test_names_are_found_whatever_their_accents():
    assert tables.plain("Libellé  Métier") == tables.plain("libelle_metier") == "libellemetier"


BIG = """
import re, sys
from pathlib import Path
from kiosk.ground.config import Settings
from kiosk.ops.jobs import command
import nh3

def most():  # VmHWM: ru_maxrss would be that of the process that started this one
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

base = most()
print(command.update(Settings(data_dir=Path(sys.argv[1])), (sys.argv[2],), 1_795_000_000_000)[0])
print(base, most() - base)
"""


#: Jobs of 52 kB each: 20 MB. With 1,150 of them (60 MB): 43 MB, and 2 (list) to 5 MB (sheets) more.
MANY = 400


@pytest.mark.parametrize("kind", ["json", "csv", "zip"])
def test_a_large_file_takes_the_memory_of_one_job(tmp_path, kind):
    words = "Elle étudie la mer, ses courants, ses « humeurs ». " * 1000  # 52 kB
    file = tmp_path / f"big.{kind}"
    with open(file, "w", encoding="utf-8") as out:
        if kind == "zip":
            out.write("<metiers>")
            for n in range(1, MANY + 1):
                out.write(metier(NAMED.replace("901", str(n)) + f"<nature_travail>{words}</nature_travail>", "{}"))
            out.write("</metiers>")
        elif kind == "json":
            out.write("[")
            for n in range(1, MANY + 1):
                row = {"libelle_metier": "m", "lien_site_onisepfr": LINK.replace("901", str(n)), "texte": words}
                out.write(("," if n > 1 else "") + json.dumps(row, ensure_ascii=False))
            out.write("]")
        else:
            out.write("libellé métier;lien;texte\n")
            for n in range(1, MANY + 1):
                out.write(f'm;{LINK.replace("901", str(n))};"{words}"\n')
    assert file.stat().st_size > MANY * 50_000
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_STORED) as made:
            made.write(file, "fiches.xml")
        file = tmp_path / "packed.zip"
    done = subprocess.run(
        [sys.executable, "-c", BIG, str(tmp_path / "data"), str(file)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said, numbers = done.stdout.strip().rsplit("\n", 1)
    base, grown = map(int, numbers.split())
    assert said.startswith(f"{MANY} métiers lus")
    print(f"{kind}: {base} kB, {grown} kB more")
    assert int(grown) < 12_000, f"{grown} kB more"
