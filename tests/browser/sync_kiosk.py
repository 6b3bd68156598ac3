"""A real kiosk told of a real centre, both in subprocesses, for the teacher's pages about the exchange."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from browser.phone_kiosk import ROOT
from centre.centre_process import Centre, session, speaker
from kiosk.app import create_kiosk
from kiosk.domain.kiosk import Kiosk
from kiosk.ground.config import Settings
from kiosk.ops.process import free_port

LONG_WEEK = "Semaine des métiers de l’environnement, du climat et de la transition énergétique"


class SyncKiosk:
    """``url`` is the kiosk's; ``centre`` may be stopped and started. :meth:`prepare` writes before :meth:`start`. One
    that is not ``told`` of the centre's address has sticks only.
    """

    told = True

    def __init__(self, folder: Path) -> None:
        self.centre = Centre(folder / "centre")
        self.data_dir, self.port = folder / "kiosk", free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        office = self.centre.office()
        office.upload(
            [
                speaker(
                    "SP1",
                    name="Sophie Le Goff",
                    job={
                        "feminine": "technicienne de maintenance éolienne",
                        "masculine": "technicien",
                        "shown": "feminine",
                    },
                ),
                session("S1", title="Entretenir une éolienne", speakers=["SP1"], theme_week=LONG_WEEK),
                session("S2", title="Soigner les animaux", levels=["3E"], starts_at="2035-03-02T07:00:00Z", places=0),
                session("S3", title="Construire", levels=["2PRO", "TPRO"], places=2),
            ]
        )

    def prepare(self, unit: Any) -> Any:
        """Write in the kiosk's folder while it does not run."""
        kiosk: Kiosk = create_kiosk(Settings(data_dir=self.data_dir, engine="threading", centre_url=self.centre.url))
        kiosk.writer.start()
        try:
            return kiosk.write(unit)
        finally:
            kiosk.writer.stop()
            kiosk.database.close()

    def start(self) -> SyncKiosk:
        """Start and wait until it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "serve", "--data-dir", str(self.data_dir), "--port", str(self.port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "KIOSK_CENTRE_URL": self.centre.url if self.told else "", "KIOSK_HOST": "127.0.0.1"},
        )
        end = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2).close()
                return self
            except OSError:
                assert self._process.poll() is None and time.monotonic() < end
                time.sleep(0.05)

    @property
    def pin(self) -> str:
        return str(json.loads((self.data_dir / "secrets.json").read_text())["pin"])

    def stop_kiosk(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        self.stop_kiosk()
        self.centre.kill()
