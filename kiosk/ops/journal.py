"""What the kiosk writes down while it serves: a file that never fills a card, or the system's journal; no word of a
pupil, no address, no browser's name.

Our own messages are written with care; those of libraries, and of exceptions, may hold anything that was sent (some
put it in the template itself). So a library's record keeps the place that wrote it, and an exception its kind and its
way through the code, also one that nobody caught.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from kiosk.engine import native_rlock
from kiosk.ground.config import Settings
from kiosk.ground.errors import where
from kiosk.ops import supervision

log = logging.getLogger("kiosk.journal")

#: Bytes of a file, and how many older ones stay: 16 MB in all.
FILE_BYTES, OLDER = 2_000_000, 7
#: Seconds a failed writing is left alone before the next line is tried (a full card).
REST = 60.0
#: syslog's priorities (RFC 5424, table 2), as systemd reads them at the head of a line (sd-daemon(3)).
_PRIORITY = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}


def start(settings: Settings, environ: Mapping[str, str]) -> None:
    """Write from now on, as ``log.level`` and ``log.format`` say, on stderr, and in ``logs/`` unless the system's
    journal takes what is printed.
    """
    journald = supervision.in_journal(environ, 2)
    shape: logging.Formatter = Lines() if settings.log_format == "json" else Words(journald)
    console = logging.StreamHandler(sys.stderr)
    handlers: list[logging.Handler] = [console] if journald else [console, *_file(settings.data_dir)]
    for handler in handlers:
        handler.setFormatter(shape)
        # Native threads write too; nothing here lets another greenlet run while it is held.
        handler.lock = native_rlock()
    if sys.stderr.isatty():  # who looks at a terminal reads what needs them; the file has the whole life
        console.setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level.upper())))
    logging.basicConfig(level=settings.log_level.upper(), handlers=handlers, force=True)
    logging.captureWarnings(True)
    for name in ("geventwebsocket", "werkzeug"):  # a line a request
        logging.getLogger(name).setLevel(logging.ERROR)
    # By themselves they print the message, which holds values.
    sys.excepthook = _uncaught
    threading.excepthook = sys.unraisablehook = _lost


def _lost(gone: Any) -> None:
    _uncaught(gone.exc_type, gone.exc_value, gone.exc_traceback)


def _uncaught(kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
    """What ended a thread, a destructor or the program."""
    if kind is not None and issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return
    told = where(error.with_traceback(trace)) if error is not None else getattr(kind, "__name__", "?")
    log.error("nobody caught %s", told)


def folder(data_dir: Path) -> Path:
    """Where the files are: ``kiosk.log`` and older ones, ``kiosk.log.1`` the newest of them."""
    return data_dir / "logs"


def message_of(record: logging.LogRecord) -> str:
    """What may be written of a record."""
    if record.name == "kiosk" or record.name.startswith("kiosk."):
        return record.getMessage()
    return f"(withheld: {record.module}.{record.funcName}:{record.lineno})"


def exception_of(record: logging.LogRecord) -> str:
    """As :func:`kiosk.ground.errors.where`; empty when the record has no exception."""
    return where(record.exc_info[1]) if record.exc_info and record.exc_info[1] is not None else ""


class Words(logging.Formatter):
    """A line for people. For systemd, the priority instead of the time: the journal has its own."""

    def __init__(self, journald: bool = False) -> None:
        super().__init__()
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        """:meta private:"""
        line = f"{record.name}: {one_line(message_of(record))}"
        if failed := exception_of(record):
            line += f" [{failed}]"
        if self._journald:
            return f"<{_PRIORITY.get(record.levelname, 5)}>{line}"
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        return f"{moment},{int(record.msecs):03d} {record.levelname} {line}"


class Lines(logging.Formatter):
    """A JSON object a line: ``time`` (RFC 3339, UTC), ``level``, ``logger``, ``message``, and ``error`` if there is
    one.
    """

    def format(self, record: logging.LogRecord) -> str:
        """:meta private:"""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        if failed := exception_of(record):
            line["error"] = failed
        return json.dumps(line, ensure_ascii=False)


def one_line(text: str) -> str:
    """A message cannot begin another line, nor move a terminal's cursor."""
    return "".join(c if c.isprintable() else " " for c in text)


class _Patient(RotatingFileHandler):
    """A full card must not stop anything: lines are lost for a while, on the file only."""

    _until = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if time.monotonic() >= self._until:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        self._until = time.monotonic() + REST


def _file(data_dir: Path) -> list[logging.Handler]:
    place = folder(data_dir)
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        held = _Patient(place / "kiosk.log", maxBytes=FILE_BYTES, backupCount=OLDER, encoding="utf-8", delay=True)
    except OSError:
        return []
    return [held]
