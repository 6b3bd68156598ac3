"""Start ``run.sh`` where no network exists but loopback, and print how long the first answer took.

Run as ``unshare --net python offline_start.py RUN_SH PORT DATA_DIR``: prints seconds, or the
program's own words and exits 1 when no answer came within 30 s.
"""

from __future__ import annotations

import array
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1


def loopback_up() -> None:
    """A new network namespace starts with its loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = array.array("b", b"lo".ljust(16, b"\0") + IFF_UP.to_bytes(2, sys.byteorder) + bytes(22))
        fcntl.ioctl(probe, SIOCSIFFLAGS, request)


def seconds_to_answer(program: str, port: str, data_dir: str) -> float:
    """From the shell's first instruction to ``/healthz`` saying 200."""
    before = time.monotonic()
    server = subprocess.Popen(
        [program, "--port", port, "--data-dir", data_dir],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        while time.monotonic() - before < 30 and server.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return time.monotonic() - before
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)
        os.killpg(server.pid, signal.SIGTERM)
        output = server.communicate(timeout=10)[0]
        raise SystemExit(output.decode("utf-8", "replace"))
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.communicate(timeout=10)


if __name__ == "__main__":
    loopback_up()
    print(round(seconds_to_answer(*sys.argv[1:4]), 3))
