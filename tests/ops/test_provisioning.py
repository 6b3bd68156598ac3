"""Forty rooms, forty lines: the line of this machine, whole or not at all, again without harm."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from kiosk.domain import choices, firststart, policy, rooms
from kiosk.exchange import identity
from kiosk.ground import config
from kiosk.ground.errors import KioskError
from kiosk.ops import firstboot, local, opening, provisioning, sheet
from kiosk.ops.provisioning import Wish
from kiosk.storage import secretfile

HEAD = "UAI;Établissement;Salle;Machine;Poste;PIN;SSID;Mot de passe Wi-Fi;proxy;centre;code jumelage;retention.days\n"
ROOM = "0951099D;Lycée Corot;B{0};pc-b{0};poste {0};135790;Classe;bonjour12;proxy.lan:3128;http://127.0.0.1:9;;3\n"


def forty(tmp_path, encoding="utf-8", mine=None):
    path = tmp_path / "salles.csv"
    lines = [ROOM.format(number) for number in range(200, 240)]
    if mine is not None:
        lines[mine] = lines[mine].replace(f"pc-b{200 + mine}", socket.gethostname().upper())
    path.write_bytes((HEAD + "".join(lines)).encode(encoding))
    return path


def load(tmp_path, environ=None):
    return config.load({"data_dir": str(tmp_path / "data")}, environ or {})


def run(tmp_path, path, wish=Wish(), environ=None, **how):
    return provisioning.provision(load(tmp_path, environ), str(path), wish, **how)


def named(settings):
    with local.opened(settings):
        return [name for _id, name, _code in rooms.all_rooms()], firststart.progress(), policy.uai()


def mistakes(error: KioskError) -> list[str]:
    """Those of the refusal of a whole file."""
    found: list[str] = error.mistakes  # type: ignore[attr-defined]  # which sheet.invalid alone gives its errors
    return found


def state(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".toml", ".json")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_each_machine_finds_its_own_line_and_finds_it_again(tmp_path, encoding):
    path = forty(tmp_path, encoding, mine=5)
    report, refusal = run(tmp_path, path)
    settings = load(tmp_path)
    assert refusal is None and "ligne 7" in report[0]
    assert (settings.school_name, settings.wifi_password) == ("Lycée Corot", "bonjour12")
    assert (settings.centre_proxy, settings.retention_days) == ("http://proxy.lan:3128", 3)
    assert secretfile.load(settings.data_dir).pin == "135790"
    names, seen, uai = named(settings)
    assert (names, uai, set(seen)) == (["B205"], "0951099D", {"ecole", "code", "wifi", "proxy", "centre"})
    before = state(settings.data_dir)
    run(tmp_path, path)
    assert state(settings.data_dir) == before and named(settings)[0] == ["B205"]


def test_a_line_is_chosen_by_number_or_by_name_and_all_make_one_kiosk(tmp_path):
    path = forty(tmp_path)
    with pytest.raises(KioskError) as caught:
        run(tmp_path, path)
    assert caught.value.code == "provision_choice" and caught.value.values["count"] == 40
    for wish in (Wish(line=4), Wish(label="POSTE 202"), Wish(label="b202"), Wish(label="pc-b202")):
        assert [row.room for row in provisioning.choose(sheet.read(path), wish, path)] == ["B202"]
    with pytest.raises(KioskError) as caught:
        run(tmp_path, path, Wish(label="Z9"))
    assert caught.value.code == "provision_line" and not (tmp_path / "data").exists()
    run(tmp_path, path, Wish(every=True), dry_run=True)
    assert not (tmp_path / "data").exists()
    run(tmp_path, path, Wish(every=True))
    assert named(load(tmp_path))[0] == [f"B{number}" for number in range(200, 240)]


def test_every_mistake_is_told_with_its_line_and_column_and_nothing_is_written(tmp_path):
    path = tmp_path / "salles.csv"
    bad = [
        "0951099A;;A1;;;135790;;;;;;3",
        "0951099D;;A2;;;123456;Classe;court;;;;3",
        "0951099D;;A3;;;;;;http://p:x;;;x",
        "0951099D;;A4;;;;;;;centre.exemple;;3",
    ]
    path.write_text(HEAD.replace("Poste", "Telephone") + "\n".join(bad))
    with pytest.raises(KioskError) as caught:
        run(tmp_path, path, Wish(line=2))
    told = [re.split(r"\s?:", mistake)[0] for mistake in mistakes(caught.value)]
    places = ["2, Telephone", "2, uai", "3, wifi_password", "3, pin", "4, proxy", "4, retention.days", "5, centre"]
    assert told == [f"ligne {place}" for place in places]
    assert caught.value.code == "provision_invalid" and not (tmp_path / "data").exists()


def test_lines_of_one_kiosk_may_not_differ(tmp_path):
    path = forty(tmp_path)
    path.write_text(path.read_text().replace("B201;pc-b201;poste 201;135790;Classe", "B201;x;y;135790;Autre"))
    with pytest.raises(KioskError) as caught:
        run(tmp_path, path, Wish(every=True))
    assert "ligne 3, wifi.ssid" in mistakes(caught.value)[0]


def test_toml_and_json_say_the_same(tmp_path):
    toml, data = tmp_path / "a.toml", tmp_path / "a.json"
    toml.write_text(
        '# salles\n[[kiosk]]\nuai = "0951099D"\nroom = "B1"\nphones = false\n[kiosk.wifi]\nssid = "Classe"\n'
    )
    data.write_text(json.dumps([{"uai": "0951099D", "room": "B1", "phones": False, "wifi_ssid": "Classe"}]))
    (one,), (other,) = sheet.read(toml), sheet.read(data)
    assert one.settings == other.settings and one.settings["wifi.security"] == "nopass" and one.line == 2
    assert one.settings["phones"] is False


def saved(folder: Path) -> dict[str, bytes]:
    """One same table, as spreadsheets save it: a title above, empty columns on the right, zeros lost."""
    rows: list[list[str | int]] = [
        ["Salles de l’établissement"],
        ["UAI", "Salle", "Code prof", "", ""],
        ["0951099D", "CDI", "012346", "", ""],
    ]
    lost: list[list[str | int]] = [*rows[:2], ["0951099D", "CDI", 12346]]
    book = openpyxl.Workbook()
    book.create_sheet("Notes", 0).append(["à voir"])
    for row in lost:
        book["Sheet"].append(row)
    book.save(folder / "a.xlsx")
    text, short = (
        "\n".join(sign.join(map(str, row)) for row in table) + "\n" for table, sign in ((rows, ";"), (lost, "\t"))
    )
    return {
        "a.xlsx": (folder / "a.xlsx").read_bytes(),
        "a.csv": text.encode(),
        "sep.csv": ("sep=;\n" + text).encode("cp1252"),
        "mac.csv": text.encode("mac_roman"),
        "a.txt": short.encode("utf-16"),
    }


def test_a_table_is_read_as_spreadsheets_save_it(tmp_path):
    for name, data in saved(tmp_path).items():
        (tmp_path / name).write_bytes(data)
        (row,) = sheet.read(tmp_path / name)
        assert (row.room, row.pin, row.settings["school.uai"]) == ("CDI", "012346", "0951099D"), name
        assert row.padded == (name in ("a.xlsx", "a.txt"))
    lines, _unpaired = run(tmp_path, tmp_path / "a.xlsx")
    assert any("zéros du début" in line for line in lines)
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(KioskError) as caught:
        sheet.read(tmp_path / "a.pdf")
    assert "tableau" in mistakes(caught.value)[0]


@pytest.mark.parametrize("text", ["", HEAD, 'uai;nom\n"0951099D', "uai\n0951099D;x\n", "[1, 2]"])
def test_a_file_that_is_none_is_refused(tmp_path, text):
    for name in ("a.csv", "a.json", "a.toml"):
        (tmp_path / name).write_text(text)
        with pytest.raises(KioskError) as caught:
            sheet.read(tmp_path / name)
        assert caught.value.code == "provision_invalid"


def test_a_refusal_on_the_way_puts_everything_back(tmp_path):
    path = forty(tmp_path)
    run(tmp_path, path, Wish(line=2))
    settings = load(tmp_path)
    before = state(settings.data_dir)
    path.write_text(path.read_text().replace("135790", "246813").replace("Corot", "Péguy"))
    held = settings.data_dir / "kiosk.sqlite3"
    with closing(sqlite3.connect(held)) as database, database:  # which then refuses to open
        database.execute("INSERT INTO schema_migration (name, applied) VALUES ('0099_later', '2027-01-01')")
    with pytest.raises(KioskError) as caught:
        run(tmp_path, path, Wish(line=2))
    assert caught.value.code == "data_newer"
    assert state(settings.data_dir) == before


def test_a_new_kiosk_s_room_takes_the_name_and_what_is_imposed_stays(tmp_path):
    with local.opened(load(tmp_path)) as kiosk:
        kiosk.write(lambda tx: rooms.add(tx, opening.FIRST_ROOM))
        kiosk.write(lambda tx: firststart.expect(tx))
    report, _refusal = run(tmp_path, forty(tmp_path), Wish(line=3), environ={"KIOSK_WIFI_SSID": "Imposé"})
    assert any("KIOSK_WIFI_SSID" in line for line in report)
    assert named(load(tmp_path))[0] == ["B201"] and load(tmp_path).wifi_ssid == ""
    with local.opened(load(tmp_path)):
        assert not firststart.expected()


def test_pairing_that_cannot_be_done_leaves_the_rest_and_is_not_done_twice(tmp_path):
    path = forty(tmp_path)
    path.write_text(path.read_text().replace("http://127.0.0.1:9;;", "http://127.0.0.1:9;7KQ2-M9XA;"))
    _report, refusal = run(tmp_path, path, Wish(line=2))
    assert refusal is not None and refusal.code == "provision_unpaired"
    settings = load(tmp_path)
    assert settings.school_uai == "0951099D"
    who = identity.renew(settings.data_dir, 0)
    identity.save(settings.data_dir, identity.replace(who, token="t", uai="0951099D", url="http://127.0.0.1:9"))
    report, refusal = run(tmp_path, path, Wish(line=2))
    assert refusal is None and "Déjà jumelé" in report[-1]


def test_what_is_chosen_here_is_in_force_at_once(kiosk):
    choices.keep(kiosk, {"school.uai": "9740001X", "wifi.ssid": "Classe"})
    assert kiosk.settings.wifi_ssid == "Classe" and policy.uai() == "9740001X"
    with pytest.raises(KioskError) as caught:
        choices.keep(kiosk, {"centre.url": "nulle part"})
    assert caught.value.field == "centre.url"


def stick(tmp_path, text):
    folder = tmp_path / "media" / "prof" / "CLE"
    folder.mkdir(parents=True)
    (folder / "kiosque.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_stick_sets_up_a_new_kiosk_and_nobody_s_later(tmp_path):
    folder = stick(tmp_path, "salle;ssid\nB204;Classe\n")
    places = [str(tmp_path / "vide"), str(tmp_path / "media")]
    lines, refusal = firstboot.from_stick(load(tmp_path), places)
    told = (folder / firstboot.REPORT).read_text(encoding="utf-8-sig")
    assert refusal is None and "B204" in told and named(load(tmp_path))[0] == ["B204"]
    (folder / "kiosque.csv").write_text("salle;pin\nB205;111222\n", encoding="utf-8")
    (folder / firstboot.REPORT).unlink()
    assert "déjà réglé" in firstboot.from_stick(load(tmp_path), places)[0][0]
    assert named(load(tmp_path))[0] == ["B204"] and not (folder / firstboot.REPORT).exists()


def test_what_is_wrong_on_the_stick_is_written_on_it_and_can_be_mended(tmp_path):
    folder = stick(tmp_path, "salle;pin\nB204;12\n")
    _lines, refusal = firstboot.from_stick(load(tmp_path), [str(tmp_path / "media")])
    assert refusal is not None and refusal.code == "provision_invalid"
    assert "ligne 2" in (folder / firstboot.REPORT).read_text(encoding="utf-8-sig")
    (folder / "kiosque.csv").write_text("salle;pin\nB204;480275\n", encoding="utf-8")
    assert firstboot.from_stick(load(tmp_path), [str(tmp_path / "media")])[1] is None
    assert secretfile.load(load(tmp_path).data_dir, "").pin == "480275"


def test_no_stick_is_no_fault(tmp_path):
    lines, refusal = firstboot.from_stick(load(tmp_path), [str(tmp_path)])
    assert refusal is None and "kiosque.csv" in lines[0] and not (tmp_path / "data").exists()


def test_one_of_forty_copies_is_known_by_its_network_card(tmp_path):
    card = next(iter(provisioning._cards()), "")
    shown = "-".join(re.findall("..", card)).upper() if card else socket.gethostname()
    path = tmp_path / "salles.csv"
    path.write_text(f"salle;machine\nB204;02:00:00:00:00:01\nB205;{shown}\n", encoding="utf-8")
    assert provisioning.choose(sheet.read(path), Wish(), path)[0].room == "B205"


def test_the_command_of_a_stick(tmp_path, capsys):
    from kiosk import cli

    assert cli.main(["provision", "--stick", "--dry-run"]) == 2
    assert cli.main(["provision"]) == 2
    assert "FICHIER" in capsys.readouterr().err
