"""A share of one core and a ceiling of memory for a server: by a cgroup where this machine lets us make one, else by
stopping and continuing the process a hundred times a second, which bounds the core alone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
#: Microseconds of a turn (the kernel takes no less than 1,000): a share of a tenth comes back every 20 ms.
TURN = 2_000
#: Seconds for what a server leaves behind it (its keeper) to end.
LEAVING = 15.0
_NUMBERS = itertools.count()


class Confined:
    """``share``: of one core. ``memory``: bytes. ``way`` says how; :meth:`join` is called in the child, before its
    program; :meth:`hold` with its number, once it runs.
    """

    def __init__(self, share: float, memory: int) -> None:
        self._period, self._memory = round(TURN / share), memory
        self._stop = threading.Event()
        self._groups: list[Path] = []
        self._limiter: threading.Thread | None = None
        name = f"kiosk-bench-{os.getpid()}-{next(_NUMBERS)}"
        try:
            self.way = self._second(name) or self._first(name) or ""
        except OSError:
            self._remove()
            self.way = ""
        self.way = self.way or "SIGSTOP and SIGCONT (the core alone; a cgroup could not be made)"

    def _second(self, name: str) -> str:
        if "cpu" not in _words(CGROUPS / "cgroup.controllers"):
            return ""
        for one in ("cpu", "memory"):
            (CGROUPS / "cgroup.subtree_control").write_text(f"+{one}")
        group = CGROUPS / name
        group.mkdir()
        self._groups.append(group)
        (group / "cpu.max").write_text(f"{TURN} {self._period}")
        (group / "memory.max").write_text(str(self._memory))
        return "cgroup v2 (cpu.max, memory.max)"

    def _first(self, name: str) -> str:
        if not (CGROUPS / "cpu" / "cpu.cfs_quota_us").exists():
            return ""
        for controller in ("cpu", "memory"):
            group = CGROUPS / controller / name
            group.mkdir()
            self._groups.append(group)
        (self._groups[0] / "cpu.cfs_period_us").write_text(str(self._period))
        (self._groups[0] / "cpu.cfs_quota_us").write_text(str(TURN))
        (self._groups[1] / "memory.limit_in_bytes").write_text(str(self._memory))
        return "cgroup v1 (cfs_quota_us, limit_in_bytes)"

    def join(self) -> None:
        """What the child does before it becomes the server."""
        for group in self._groups:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    def hold(self, pid: int) -> None:
        """Bound a process that no cgroup holds, until the block's end."""
        if self._groups:
            return
        self._limiter = threading.Thread(target=self._alternate, args=(pid,), daemon=True)
        self._limiter.start()

    def _alternate(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            while not self._stop.is_set():
                os.kill(pid, signal.SIGCONT)
                time.sleep(TURN / 1e6)
                os.kill(pid, signal.SIGSTOP)
                time.sleep((self._period - TURN) / 1e6)
            os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """Let go: no process is left in it."""
        self._stop.set()
        if self._limiter:
            self._limiter.join()
        self._remove()

    def _remove(self) -> None:
        end = time.monotonic() + LEAVING
        for group in self._groups:
            while group.exists() and time.monotonic() < end:
                with contextlib.suppress(OSError):
                    group.rmdir()
                    break
                time.sleep(0.1)
        self._groups = []


@contextlib.contextmanager
def confined(share: float, memory: int) -> Iterator[Confined]:
    """A block whose servers may be confined."""
    made = Confined(share, memory)
    try:
        yield made
    finally:
        made.close()


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
