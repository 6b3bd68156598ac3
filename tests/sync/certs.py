"""Certificates for real TLS servers, made by openssl for one test session: good, of a stranger, expired, not yet
valid.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

CONFIG = """
[ca]
default_ca = one
[one]
database = {folder}/index.txt
new_certs_dir = {folder}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
rand_serial = yes
[any]
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
[dn]
"""


class Authority:
    """A certificate authority in a folder: ``authority.pem`` is what to trust."""

    def __init__(self, folder: Path, organisation: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.pem = folder / "authority.pem"
        (folder / "index.txt").touch()
        (folder / "ca.cnf").write_text(CONFIG.format(folder=folder))
        self._openssl(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/O={organisation}/CN=Racine",
            "-keyout",
            "authority.key",
            "-out",
            "authority.pem",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
        )

    def issue(self, name: str, start: str = "", end: str = "", *, names: str = "DNS:localhost,IP:127.0.0.1") -> Path:
        """A server's key and certificate in one PEM file, for ``names``. Dates: ``20200101000000Z``."""
        self._openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
            "-addext",
            f"subjectAltName={names}",
        )
        dates = ["-startdate", start, "-enddate", end] if start else ["-days", "1"]
        self._openssl(
            "ca",
            "-config",
            "ca.cnf",
            "-batch",
            "-notext",
            "-cert",
            "authority.pem",
            "-keyfile",
            "authority.key",
            "-in",
            f"{name}.csr",
            "-out",
            f"{name}.crt",
            *dates,
        )
        both = self.folder / f"{name}.pem"
        both.write_text((self.folder / f"{name}.key").read_text() + (self.folder / f"{name}.crt").read_text())
        return both

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)
