"""The office under a path, behind nginx: who signs in stays in, and every address keeps the path."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from centre.centre_process import Centre
from kiosk.ops.process import free_port

pytestmark = pytest.mark.server
HEADERS = {
    "Host": "$http_host",
    "X-Forwarded-Host": "$http_host",
    "X-Forwarded-Proto": "$scheme",
    "X-Forwarded-Prefix": "/metiers",
    "X-Forwarded-For": "$remote_addr",
}


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[tuple[Centre, str]]:
    """A centre, and its address at nginx."""
    command = (sys.executable, "-m", "kiosk", "centre", "--behind-proxy")
    centre, port = Centre(tmp_path / "centre", command=command), free_port()
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temp = " ".join(f"{one}_temp_path {tmp_path}/{one};" for one in places)
    sent = " ".join(f"proxy_set_header {name} {value};" for name, value in HEADERS.items())
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {temp} server {{ listen 127.0.0.1:{port}; location /metiers/ {{"
        f" proxy_pass http://127.0.0.1:{centre.port}/; {sent} }} }} }}\n"
    )
    process = subprocess.Popen(["nginx", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)])
    url = f"http://127.0.0.1:{port}/metiers"
    limit = time.monotonic() + 15
    while True:
        try:
            requests.get(f"{url}/v1/about", timeout=2)
            break
        except requests.ConnectionError:
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.05)
    yield centre, url
    process.terminate()
    process.wait(10)
    centre.stop()


def test_one_signs_in_under_a_path_and_stays_there(behind: tuple[Centre, str]) -> None:
    centre, url = behind
    http = requests.Session()
    asked = http.get(f"{url}/bureau/inscriptions/")
    suite = re.search(r'name="suite" value="([^"]*)"', asked.text)
    assert asked.url.startswith(f"{url}/bureau/connexion") and suite
    page = http.post(f"{url}/bureau/connexion", data={"password": centre.password, "suite": suite[1]})
    assert page.status_code == 200 and page.url == f"{url}/bureau/inscriptions/"
    assert {cookie.path for cookie in http.cookies} == {"/metiers/bureau"}
    assert {*re.findall(r'(?:href|action)="(/[^/"]+)', page.text)} == {"/metiers"}
    assert http.get(f"{url}/bureau").url == f"{url}/bureau/seances/"
