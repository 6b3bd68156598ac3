"""One file holds the kiosk and brings it back, on a machine that is then somebody else for the centre."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing

import pytest
from factories import make_room, make_session

from kiosk.config import Settings
from kiosk.domain import outbox, rooms, stored, syncstate
from kiosk.errors import KioskError
from kiosk.ops import local, saving
from kiosk.storage import archive, backups, datafolder, lockfile, secretfile, settingsfile
from kiosk.storage.database import Database
from kiosk.storage.models import Operation
from kiosk.sync import identity

NOW = 1_795_500_000_000


def filled(tmp_path) -> Settings:
    """A paired kiosk with a room, a code, an operation that waits; nobody serves it."""
    settings = Settings(data_dir=tmp_path / "one", engine="threading", centre_url="http://127.0.0.1:9")
    with local.opened(settings) as kiosk:
        make_session(kiosk, "S1")
        make_room(kiosk, "B204", session_id="S1")
        kiosk.write(lambda tx: Operation.insert(
            id="op-1", type="question.withdraw", at=tx.now, body={"question_id": "q"}, subject="q"
        ).execute())
        kiosk.write(lambda tx: syncstate.note(tx, paired=True))
        kiosk.write(lambda tx: stored.put(tx, "sync.cursor", "c-9"))
    secretfile.write(settings.data_dir, secretfile.Secrets("k" * 64, "135790", "token"))
    settingsfile.update(settings.data_dir, {"school.name": "Collège Péguy"})
    who = identity.renew(settings.data_dir, NOW)
    identity.save(settings.data_dir, identity.replace(who, token="secret-of-pairing", uai="0951099D"))
    portraits = settings.data_dir / "portraits"
    portraits.mkdir()
    (portraits / "abc.webp").write_bytes(b"picture")
    return settings


def refused(function, *args) -> str:
    with pytest.raises(KioskError) as caught:
        function(*args)
    return caught.value.code


def test_a_kiosk_goes_to_another_machine_in_one_file(tmp_path):
    settings = filled(tmp_path)
    target = tmp_path / "copie.zip"
    with lockfile.take(settings.data_dir):  # as while it serves
        saving.backup(settings, str(target))
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as packed:
        assert b"secret-of-pairing" not in b"".join(packed.read(name) for name in packed.namelist())
    saving.backup(settings, str(target))  # a nightly one replaces the last
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".kiosk", "copie"))] == ["copie.zip"]
    other = Settings(data_dir=tmp_path / "two", engine="threading", centre_url=settings.centre_url)
    lines = saving.restore(other, str(target))
    assert any("Jumelez-le" in line for line in lines)
    with local.opened(other):
        assert [name for _id, name, _code in rooms.all_rooms()] == ["B204"]
        assert [row.id for row in Operation.select().where(Operation.state == "waiting")] == ["op-1"]
        assert (stored.get("sync.cursor"), syncstate.status(NOW, configured=True).paired) == (None, False)
    assert secretfile.load(other.data_dir).pin == "135790"
    assert settingsfile.read(other.data_dir) == {"school.name": "Collège Péguy"}
    assert (other.data_dir / "portraits" / "abc.webp").read_bytes() == b"picture"
    ids = [json.loads((one.data_dir / "centre.json").read_text()) for one in (settings, other)]
    assert ids[0]["kiosk"] != ids[1]["kiosk"] and ids[1]["token"] == ""


def test_a_restoration_in_place_keeps_what_was_there(tmp_path):
    settings = filled(tmp_path)
    saving.backup(settings, str(tmp_path / "a.zip"))
    with local.opened(settings) as kiosk:
        make_room(kiosk, "C301")
    before = json.loads((settings.data_dir / "centre.json").read_text())["kiosk"]
    saving.restore(settings, str(tmp_path / "a.zip"))
    with local.opened(settings):
        assert len(rooms.all_rooms()) == 1
    assert json.loads((settings.data_dir / "centre.json").read_text())["kiosk"] != before
    saving.restore(settings, str(backups.newest_first(settings.data_dir / "kiosk.sqlite3")[0]))  # an automatic copy too
    with local.opened(settings):
        assert len(rooms.all_rooms()) == 2


def test_what_cannot_be_restored_changes_nothing(tmp_path):
    settings = filled(tmp_path)
    good = tmp_path / "a.zip"
    saving.backup(settings, str(good))
    with lockfile.take(settings.data_dir):
        assert refused(saving.restore, settings, str(good)) == "already_running"
    whole = (settings.data_dir / "kiosk.sqlite3").read_bytes()
    (tmp_path / "cut.zip").write_bytes(good.read_bytes()[:-2000])
    (tmp_path / "text.zip").write_text("bonjour")
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(changed, "w") as made:
        for name in source.namelist():
            made.writestr(name, source.read(name) + (b"x" if name == archive.DATABASE else b""))
    outside = tmp_path / "outside.zip"
    with zipfile.ZipFile(outside, "w") as made:
        files = {"../evil": "", archive.DATABASE: ""}
        made.writestr("manifest.json", json.dumps({"kind": archive.KIND, "format": 1, "files": files}))
    for name in ("cut.zip", "text.zip", "changed.zip", "outside.zip"):
        assert refused(saving.restore, settings, str(tmp_path / name)) == "archive_invalid"
    assert refused(saving.restore, settings, str(tmp_path / "absent.zip")) == "file_missing"
    assert refused(saving.backup, settings, str(tmp_path / "text.zip")) == "archive_target"
    assert (settings.data_dir / "kiosk.sqlite3").read_bytes() == whole
    assert not [path for path in settings.data_dir.iterdir() if path.name.startswith(".restore")]


def test_a_later_version_s_data_are_refused_and_older_ones_copied_first(tmp_path):
    settings = filled(tmp_path)
    path = settings.data_dir / "kiosk.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM schema_migration WHERE name LIKE '0002%'")
    assert backups.newest_first(path) == []
    with local.opened(settings):
        assert len(backups.newest_first(path)) == 1
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('0099_later', '2027-01-01')")
    saved = tmp_path / "later.sqlite3"
    backups.copy(path, saved)
    assert refused(Database(path).open) == "data_newer"
    assert refused(saving.restore, settings, str(saved)) == "data_newer"


@pytest.mark.parametrize(("now", "last"), [(NOW, NOW // 1000 - 1_577_836_800), (5_000, 10_003)])
def test_a_gap_keeps_numbers_from_being_used_twice(kiosk, write, now, last):
    """Beyond whatever was said since 2020; a clock that knows nothing of it leaves ten thousand."""
    operation = {"type": "question.withdraw", "at": 1, "body": {}, "subject": "q"}

    def unit(tx):
        tx.now = now
        Operation.insert(seq=3, id="w", **operation, state="accepted").execute()
        outbox.leave_gap(tx)
        Operation.insert(id="x", **operation).execute()

    write(unit)
    assert [row.seq for row in Operation.select().order_by(Operation.seq)] == [3, last, last + 1]
    assert [row.id for row in outbox.due(NOW)] == ["x"]


@pytest.mark.parametrize("kind", ["restored", "empty"])
def test_a_command_that_finds_a_damaged_database_leaves_the_gap(tmp_path, kind):
    """The server started next finds nothing wrong: whoever brought the copy back must do it."""
    settings = filled(tmp_path)
    path = settings.data_dir / "kiosk.sqlite3"
    if kind == "restored":
        backups.make(path, NOW)
    path.write_bytes(b"x" * 5000)
    with local.opened(settings):
        held = [row.seq for row in Operation.select().order_by(Operation.seq)]
        assert stored.get("recovery")["kind"] == kind
    assert held[-1] > 100_000_000 and len(held) == {"restored": 2, "empty": 1}[kind]
    with local.opened(settings):
        assert Operation.select().count() == len(held)


def test_a_disk_that_is_not_there_is_not_replaced_by_an_empty_folder(tmp_path):
    fstab = tmp_path / "fstab"
    fstab.write_text(f"# disks\nUUID=1 / ext4 defaults 0 1\nUUID=2 {tmp_path}/usb ext4 nofail 0 2\nnone none swap sw\n")
    assert datafolder.disk_missing(tmp_path / "usb" / "kiosk", (), fstab)
    assert datafolder.disk_missing(tmp_path / "usb", (), fstab)
    assert not datafolder.disk_missing(tmp_path / "here", (), fstab)
    assert not datafolder.disk_missing(tmp_path / "usb2", (), fstab)
    assert datafolder.disk_missing(tmp_path / "media" / "CLE" / "kiosk", (f"{tmp_path}/media",), tmp_path / "absent")
    if not datafolder.os.path.ismount("/media"):
        assert refused(datafolder.prepare, datafolder.Path("/media/kiosque-absent/data")) == "data_disk_missing"
        assert not datafolder.Path("/media/kiosque-absent").exists()
    (tmp_path / "file").write_text("")
    assert refused(datafolder.prepare, tmp_path / "file" / "data") == "data_folder"


def test_a_copied_card_is_known_by_the_disks_never_by_a_network_card(tmp_path, monkeypatch):
    disks = {"mmcblk0/device/cid": "1b534d30303030", "sda/device/wwid": "naa.5000c500", "loop0/x": ""}
    for name, number in disks.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(number + "\n")
    (tmp_path / "sda" / "removable").write_text("1\n")  # a stick visits both machines
    monkeypatch.setattr(identity, "_BLOCK", tmp_path)
    monkeypatch.setattr(identity, "_SERIALS", ())
    assert identity.machine_traits() == ["1b534d30303030"]
    data = tmp_path / "data"
    data.mkdir()
    first, _copied = identity.load(data, NOW)
    assert identity.load(data, NOW) == (first, False)
    (tmp_path / "mmcblk0" / "device" / "cid").write_text("035344")  # the copy, in its own card
    second, copied = identity.load(data, NOW)
    assert copied and second.kiosk != first.kiosk and second.token == ""
