"""A real relay in front of a kiosk, set up by the very blocks that ``docs/reseau.md`` gives."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from kiosk.ops.process import free_port
from server.running import ROOT
from sync.certs import Authority

PAGE = ROOT / "docs" / "reseau.md"
NAMES = ("kiosque.mon-lycee.fr", "www.mon-lycee.fr")


def blocks(kind: str) -> list[str]:
    """The blocks of the page in that language: the whole name, then the sub-path."""
    found = re.findall(rf"^```{kind}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 2, kind
    return found


class Relay:
    """nginx or Caddy on ports of its own, speaking TLS for ``localhost`` with a throwaway certificate.

    Only what a reader of the page is told to change is changed: names, certificate, ports.
    """

    def __init__(self, program: str, folder: Path, kiosk_port: int, path: str = "", strips: bool = False) -> None:
        self.folder, self.port, self.plain = folder, free_port(), free_port()
        self.url = f"https://localhost:{self.port}{path}"
        self.plain_redirects = program == "nginx"
        authority = Authority(folder / "authority", "Lycée d’essai")
        self.trust = str(authority.pem)
        authority.issue("relay")
        self._files = authority.folder / "relay.crt", authority.folder / "relay.key"
        text = self._nginx(path, strips) if program == "nginx" else self._caddy(path)
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{kiosk_port}")
        config = folder / f"{program}.conf"
        config.write_text(text, encoding="utf-8")
        (folder / "temporary").mkdir()
        command = {
            "nginx": ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(config)],
            "caddy": ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"],
        }[program]
        found = shutil.which(command[0]) or f"/usr/sbin/{command[0]}"
        environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        self._journal = (folder / "journal").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [found, *command[1:]], cwd=folder, env=environment, stdout=self._journal, stderr=subprocess.STDOUT
        )
        self._wait()

    def _nginx(self, path: str, strips: bool) -> str:
        whole, below = blocks("nginx")
        if path:
            if strips:
                below = below.replace("127.0.0.1:8080;", "127.0.0.1:8080/;")
            cut = whole.index("    location / {")
            whole = whole[:cut] + below + "}\n"
        text = whole.replace("listen 80;", f"listen 127.0.0.1:{self.plain};")
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;")
        text = text.replace("https://$host$request_uri", f"https://$host:{self.port}$request_uri")
        text = text.replace("/etc/ssl/kiosque/certificat.pem", str(self._files[0]))
        text = text.replace("/etc/ssl/kiosque/cle.pem", str(self._files[1]))
        text = text.replace("/var/log/nginx/kiosque.log", "stderr")
        for name in NAMES:
            text = text.replace(name, "localhost")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {self.folder}/temporary/{kind};\n" for kind in kinds)
        return (
            f"daemon off;\nmaster_process off;\npid {self.folder}/pid;\nerror_log stderr;\n"
            f"events {{}}\nhttp {{\naccess_log {self.folder}/visits;\n{temporary}{text}}}\n"
        )

    def _caddy(self, path: str) -> str:
        text = blocks("caddy")[1 if path else 0]
        tls = f"    tls {self._files[0]} {self._files[1]}\n"
        for name in NAMES:
            text = text.replace(f"{name} {{\n", f"https://localhost:{self.port} {{\n    bind 127.0.0.1\n{tls}")
        return f"{{\n    admin off\n    auto_https off\n}}\n{text}"

    def _wait(self) -> None:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    said = self.journal()
                    self.stop()
                    raise AssertionError(said) from None
                time.sleep(0.05)

    def journal(self) -> str:
        """What it wrote."""
        self._journal.seek(0)
        return self._journal.read()

    def visits(self) -> str:
        """What nginx noted of who came, as Debian sets it up where a block does not say otherwise."""
        return (self.folder / "visits").read_text(encoding="utf-8")

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(20)
        self._journal.close()
