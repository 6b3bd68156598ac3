"""One file holds the kiosk and brings it back, on a machine that is then somebody else for the centre."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from factories import make_room, make_session
from kiosk.domain import outbox, rooms, stored
from kiosk.exchange import identity, syncstate
from kiosk.ground import lockfile, settingsfile
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ops import local, saving
from kiosk.ops.doctor import data_checks, report
from kiosk.storage import archive, backups, datafolder, secretfile
from kiosk.storage.database import Database
from kiosk.storage.models import Operation

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_795_500_000_000


def filled(tmp_path) -> Settings:
    """A paired kiosk with a room, a code, an operation that waits; nobody serves it."""
    settings = Settings(data_dir=tmp_path / "one", engine="threading", centre_url="http://127.0.0.1:9")
    with local.opened(settings) as kiosk:
        make_session(kiosk, "S1")
        make_room(kiosk, "B204", session_id="S1")
        kiosk.write(
            lambda tx: Operation.insert(
                id="op-1", type="question.withdraw", at=tx.now, body={"question_id": "q"}, subject="q"
            ).execute()
        )
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


def test_a_stick_that_is_not_there_is_no_file_and_a_backup_is_what_the_diagnosis_asked(tmp_path):
    settings = filled(tmp_path)
    case = report.Case(settings)
    assert data_checks.backup(case).level == "ATTENTION"
    assert refused(saving.backup, settings, str(tmp_path / "cle") + "/") == "folder_missing"
    assert not (tmp_path / "cle").exists()
    saving.backup(settings, str(tmp_path / "a.zip"))
    assert data_checks.backup(case).level == "OK"


def test_the_diagnosis_says_that_a_later_version_wrote_the_database(tmp_path):
    case = report.Case(filled(tmp_path))
    assert data_checks.database(case).level == "OK"
    with closing(sqlite3.connect(case.settings.data_dir / "kiosk.sqlite3")) as connection, connection:
        connection.execute("INSERT INTO schema_migration VALUES (99, '0099_future', 0)")
    assert "0099_future" in data_checks.database(case).cause and data_checks.database(case).level == "ERREUR"


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


HOSTILE = {
    "a trigger": "CREATE TRIGGER spy AFTER INSERT ON question BEGIN INSERT INTO setting VALUES (NEW.id, '1'); END",
    "a trigger on a right": "CREATE TRIGGER back AFTER UPDATE OF revoked_at ON access BEGIN "
    "UPDATE access SET revoked_at = NULL; END",
    "a view": "CREATE VIEW said AS SELECT text FROM question",
    "a table": "CREATE TABLE mine (text)",
    "a table of a module": "CREATE VIRTUAL TABLE words USING fts5(text)",
    "a column": "ALTER TABLE room ADD COLUMN mine TEXT",
    "a computed column": "ALTER TABLE room ADD COLUMN mine TEXT AS (upper(name))",
    "a table that is not there": "DROP TABLE support",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_holds_more_than_rows_of_ours_is_refused(tmp_path, what):
    settings = filled(tmp_path)
    path, saved = settings.data_dir / "kiosk.sqlite3", tmp_path / "hostile.sqlite3"
    backups.copy(path, saved)
    with closing(sqlite3.connect(saved)) as connection, connection:
        connection.execute(HOSTILE[what])
    target = tmp_path / "hostile.zip"
    archive._pack(target, {archive.DATABASE: saved}, "", "", archive.schema_of(saved))
    whole = path.read_bytes()
    for given in (saved, target):
        assert refused(saving.restore, settings, str(given)) == "archive_invalid"
        assert refused(saving.check, str(given)) == "archive_invalid"
    assert path.read_bytes() == whole


def described(path):
    """Every object of a database, as its schema says it."""
    with closing(sqlite3.connect(path)) as connection:
        return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


def test_what_cannot_be_seen_in_the_rows_does_not_come_with_them(tmp_path):
    """Constraints, defaults and indexes are our own again, also where names and columns are the right ones; and who
    had a right in the file has none here, whatever its dates.
    """
    settings = filled(tmp_path)
    saved = tmp_path / "hostile.sqlite3"
    backups.copy(settings.data_dir / "kiosk.sqlite3", saved)
    with closing(sqlite3.connect(saved)) as connection, connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(support)")]
        columns = ", ".join(f"{name} DEFAULT (hex(zeroblob(9))) CHECK (1)" for name in names)
        connection.execute("DROP TABLE support")
        connection.execute(f"CREATE TABLE support ({columns})")
        connection.execute("CREATE INDEX slow ON question (upper(text)) WHERE length(text) > 3")
        later = NOW + 10 * 365 * 86_400_000
        connection.execute(
            "INSERT INTO access (token_hash, role, language, created_at) VALUES ('back', 'teacher', '', ?)", (later,)
        )
        connection.execute(
            "INSERT INTO invitation (token_hash, room_id, created_at, expires_at, seats) VALUES ('link', 'r', 1, ?, 1)",
            (later,),
        )
    fresh = Database(tmp_path / "fresh.sqlite3")
    fresh.open()
    fresh.close()
    saving.restore(settings, str(saved))
    path = settings.data_dir / "kiosk.sqlite3"
    assert described(path) == described(tmp_path / "fresh.sqlite3")
    with closing(sqlite3.connect(path)) as connection:
        for one in ("access", "invitation"):
            assert connection.execute(f"SELECT COUNT(*) FROM {one}").fetchone() == (0,)
        assert connection.execute("SELECT name FROM room").fetchall() == [("B204",)]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_of_the_first_version_comes_back_upgraded(tmp_path):
    settings = Settings(data_dir=tmp_path / "data", engine="threading")
    old = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript((ROOT / "tests/storage/version_0001.sql").read_text(encoding="utf-8"))
        said = connection.execute("SELECT id, text FROM question ORDER BY id").fetchall()
    saving.restore(settings, str(old))
    with closing(sqlite3.connect(settings.data_dir / "kiosk.sqlite3")) as connection:
        held = {row[0] for row in connection.execute("SELECT text FROM question")}
    assert said and held <= {text for _id, text in said}


def packed_by_hand(target, contents, manifest):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        digests = {}
        for name, size in contents.items():
            digest = hashlib.sha256()
            with made.open(name, "w", force_zip64=True) as file:
                for _block in range(size >> 20):
                    file.write(bytes(1 << 20))
                    digest.update(bytes(1 << 20))
            digests[name] = digest.hexdigest()
        held = {"kind": archive.KIND, "format": 1, "made_at": "", "version": "", "files": digests, **manifest}
        made.writestr("manifest.json", json.dumps(held))


@pytest.mark.parametrize(
    ("files", "manifest"),
    [
        ({archive.DATABASE: 1 << 20, "portraits/a": 200 << 20}, {}),
        ({archive.DATABASE: 501 << 20}, {}),
        ({archive.DATABASE: 1 << 20, "secrets.json": 50 << 20}, {}),
        ({archive.DATABASE: 1 << 20, "portraits/con\u202e": 0}, {}),
        ({archive.DATABASE: 1 << 20, "portraits/.hidden": 0}, {}),
        ({}, {"files": {f"portraits/{n}": "" for n in range(6_000)}}),
        ({}, {"filler": "x" * 3_000_000}),
        ({}, {"files": "x"}),
    ],
)
def test_a_file_that_grows_beyond_reason_is_refused_in_little_memory(tmp_path, files, manifest):
    target = tmp_path / "large.zip"
    packed_by_hand(target, files, manifest)
    assert target.stat().st_size < 4_000_000
    code = (
        "import resource, sys; from pathlib import Path; from kiosk.ground.errors import KioskError; "
        "from kiosk.storage import archive; resource.setrlimit(resource.RLIMIT_AS, (400 << 20,) * 2)\n"
        "try: archive.verify(Path(sys.argv[1]))\n"
        "except KioskError as error: print(error.code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert (done.stdout.strip(), done.stderr) == ("archive_invalid", "")
    assert list(tmp_path.iterdir()) == [target]


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
