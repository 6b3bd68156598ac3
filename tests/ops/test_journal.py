"""The journal: two forms, its size, and nothing in it of what was sent."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kiosk.ground.config import Settings
from kiosk.ops import journal

ROOT = Path(__file__).resolve().parents[2]
MARK = "MotSecretDeLaClasse 10.1.2.3 Mozilla/5.0"


@pytest.fixture
def begun(tmp_path: Path, monkeypatch):
    """``begun(format)`` starts the journal of a data folder; what was there before comes back at the end."""
    for owner, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    root = logging.getLogger()
    before, level = root.handlers[:], root.level

    def begin(form: str = "text", environ: dict[str, str] | None = None) -> Path:
        journal.start(Settings(data_dir=tmp_path, log_format=form), environ or {})
        return tmp_path / "logs" / "kiosk.log"

    yield begin
    for handler in root.handlers[:]:
        handler.close()
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)


def fail() -> None:
    """An error that holds what was sent, after another one that does."""
    try:
        raise KeyError(MARK)
    except KeyError as error:
        raise ValueError(f"cannot read {MARK}") from error


def write_everything() -> None:
    logging.getLogger("kiosk.web").info("started in %s", "0.2 s")
    logging.getLogger("engineio.server").warning("received %s", MARK)
    logging.getLogger("werkzeug").error(f"{MARK} %s", 200)
    logging.getLogger("urllib3.connectionpool").warning(MARK)
    for name in ("kiosk.live", "some.library"):
        try:
            fail()
        except ValueError:
            logging.getLogger(name).exception("an event failed")


@pytest.mark.parametrize("form", ["text", "json"])
def test_kinds_and_places_are_written_never_what_was_sent(begun, form, capsys):
    path = begun(form)
    write_everything()
    text = path.read_text(encoding="utf-8")
    assert text == capsys.readouterr().err
    assert not any(word in text for word in ("MotSecret", "10.1.2.3", "Mozilla"))
    assert "started in 0.2 s" in text and text.count("(withheld: test_journal.write_everything:") == 4
    assert text.count("ValueError < test_journal.fail:") == 2 and "KeyError < test_journal.fail:" in text
    assert len(text.splitlines()) == 6


def test_json_is_an_object_a_line(begun):
    path = begun("json")
    write_everything()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [set(line) - {"error"} for line in lines] == [{"time", "level", "logger", "message"}] * 6
    assert lines[0]["level"] == "info" and lines[4]["error"].startswith("ValueError < ")
    assert lines[0]["time"].endswith("Z")


def test_a_message_stays_on_its_line(begun):
    path = begun()
    logging.getLogger("kiosk.web").error("one\n2026-01-01 00:00:00,000 ERROR forged\x1b[2J")
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1
    assert "\x1b" not in path.read_text(encoding="utf-8")


def test_what_nobody_caught_keeps_its_message_to_itself(tmp_path):
    """A thread, a destructor and the program itself end in an error that holds what was sent."""
    program = f"""
import threading
from pathlib import Path
from kiosk.ground.config import Settings
from kiosk.ops import journal

def fail():
    raise ValueError({MARK!r})

class Held:
    def __del__(self):
        fail()

journal.start(Settings(data_dir=Path({str(tmp_path)!r})), {{}})
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Held()
fail()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    written = done.stderr + done.stdout
    assert done.returncode == 1 and written.count("kiosk.journal: nobody caught ValueError < <string>.fail:") == 3
    assert not any(word in written for word in ("MotSecret", "10.1.2.3", "Mozilla", "Traceback"))


def test_the_files_never_hold_more_than_16_mb(begun, monkeypatch, tmp_path):
    monkeypatch.setattr(journal, "FILE_BYTES", 20_000)
    begun()
    for _line in range(3_000):
        logging.getLogger("kiosk.web").warning("%s", "x" * 100)
    sizes = [path.stat().st_size for path in (tmp_path / "logs").iterdir()]
    assert len(sizes) == 1 + journal.OLDER and max(sizes) <= 20_000
    monkeypatch.undo()
    assert journal.FILE_BYTES * (1 + journal.OLDER) <= 16_000_000


def test_under_systemd_the_system_s_journal_is_enough(begun, tmp_path):
    held = os.fstat(2)
    begun("text", {"JOURNAL_STREAM": f"{held.st_dev}:{held.st_ino}"})
    assert not (tmp_path / "logs").exists()
    (handler,) = logging.getLogger().handlers
    record = logging.LogRecord("kiosk.web", logging.ERROR, __file__, 1, "broken", None, None)
    assert isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr
    assert handler.format(record) == "<3>kiosk.web: broken"


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "logs").write_text("a file is in the way")
    assert journal._file(tmp_path) == []
