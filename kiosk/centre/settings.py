"""Settings of the centre: options of the command line, or environment variables `KIOSK_CENTRE_…`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

#: The port when none is given.
PORT = 8090


@dataclass(frozen=True)
class CentreSettings:
    """Where and how a centre runs."""

    #: Folder of the database and of the secrets; created when absent.
    data_dir: Path
    #: Address to listen on.
    host: str = "127.0.0.1"
    #: TCP port; 0 = any free one.
    port: int = PORT
    #: Empty = SQLite in `data_dir`; or `postgresql://…`.
    database: str = field(default="", repr=False)
    #: Name that `GET /v1/about` gives.
    name: str = "Centre de démonstration"
    #: Exchanges a minute from one kiosk, before `429 rate_limited`.
    exchanges_per_minute: int = 120
    #: Behind a proxy of ours that speaks TLS: believe its `X-Forwarded-…` headers.
    behind_proxy: bool = False
    #: Language of pages when nobody asked for another.
    language: str = "fr"
