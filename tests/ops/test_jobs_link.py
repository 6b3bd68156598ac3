"""Job sheets over a link that drops: a real server that cuts, goes on, changes its file, or knows no ranges."""

from __future__ import annotations

import json
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kiosk.exchange.messages import Reply
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ops.jobs import command, fetching
from kiosk.storage import jobsheets

NOW = 1_795_000_000_000
JOB = "<metier><identifiant>MET.{n}</identifiant><nom_metier>m{n}</nom_metier><accroche_metier>{noise}</accroche_metier></metier>"  # noqa: E501


def sheets(number: int, word: str = "a") -> bytes:
    jobs = (JOB.format(n=n, noise=word * 10 + os.urandom(2000).hex()) for n in range(1, number + 1))
    return ("<metiers>" + "".join(jobs) + "</metiers>").encode()


class Flaky(BaseHTTPRequestHandler):
    """One file. ``cuts``: bytes of body after which each answer in turn stops; ``ranges``, ``tag``: what it knows."""

    body = b""
    cuts: list[int] = []
    ranges, tag, modified = True, '"v1"', "Sat, 12 Sep 2026 08:00:00 GMT"
    shift, portal, leads = 0, False, "/fiches.xml"
    sent: list[tuple[int, str, int]] = []

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        status, start = 200, 0
        if self.path.startswith("/elsewhere"):
            self.send_response(302)
            self.send_header("Location", self.leads)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if self.headers.get("If-None-Match") == self.tag and self.tag:
            status = 304
        elif asked and self.ranges and self.headers.get("If-Range") in (self.tag, self.modified):
            status, start = 206, max(0, int(asked[1]) - self.shift)
        data = b"" if status == 304 else self.body[start:]
        kind = "application/xml"
        if self.portal and asked:
            status, data, kind = 200, b"<html>Identifiez-vous</html>", "text/html; charset=utf-8"
        self.send_response(status)
        for key, value in (("ETag", self.tag), ("Last-Modified", self.modified)):
            if value:
                self.send_header(key, value)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        part = data[: self.cuts.pop(0)] if self.cuts else data
        self.sent.append((status, self.headers.get("Range", ""), len(part)))
        self.wfile.write(part)
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@pytest.fixture
def flaky(monkeypatch):
    monkeypatch.setattr(fetching, "FIRST_WAIT", 0.01)
    Flaky.body, Flaky.cuts, Flaky.sent = sheets(60), [], []
    Flaky.ranges, Flaky.tag, Flaky.modified = True, '"v1"', "Sat, 12 Sep 2026 08:00:00 GMT"
    Flaky.shift, Flaky.portal, Flaky.leads = 0, False, "/fiches.xml"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/fiches.xml"
    server.shutdown()
    server.server_close()


def of(tmp_path: Path, url: str) -> Settings:
    return Settings(data_dir=tmp_path, jobs_sheets_url=url, jobs_list_url="")


def test_a_cut_download_goes_on_where_it_stopped(tmp_path, flaky):
    Flaky.cuts = [100_000, 50_000, 0, 20_000]
    said = command.update(of(tmp_path, flaky), (), NOW)
    assert said[0].startswith("60 métiers lus, dont 60")
    assert [(status, asked) for status, asked, _size in Flaky.sent] == [
        (200, ""), (206, "bytes=100000-"), (206, "bytes=150000-"), (206, "bytes=150000-"), (206, "bytes=170000-")
    ]  # fmt: skip
    assert sum(size for _status, _asked, size in Flaky.sent) == len(Flaky.body), "nothing was sent twice"
    assert not fetching.folder(tmp_path).exists()
    assert "données Onisep du 12/09/2026, sous licence ODbL" in said[1]
    assert said[2].startswith("Lues par ce kiosque le ")


def test_a_command_given_up_leaves_the_old_sheets_and_the_next_one_goes_on(tmp_path, flaky):
    command.update(of(tmp_path, flaky), (), NOW)
    held = jobsheets.place(tmp_path).read_bytes()
    Flaky.body, Flaky.tag, Flaky.sent = sheets(80, "b"), '"v2"', []
    Flaky.cuts = [100_000] + [0] * fetching.TRIES
    with pytest.raises(KioskError) as caught:
        command.update(of(tmp_path, flaky), (), NOW)
    assert caught.value.code == "jobs_fetch" and "relancez la commande" in caught.value.message
    assert jobsheets.place(tmp_path).read_bytes() == held and len(list(jobsheets.everything(tmp_path))) == 60
    Flaky.sent.clear()
    assert command.update(of(tmp_path, flaky), (), NOW)[0].startswith("80 métiers lus")
    assert [(status, asked) for status, asked, _size in Flaky.sent] == [(206, "bytes=100000-")]


@pytest.mark.parametrize("way", ["another file", "no ranges", "no marks", "a weak tag"])
def test_what_cannot_go_on_is_asked_for_again_whole(tmp_path, flaky, way):
    Flaky.cuts, Flaky.ranges = [100_000], way != "no ranges"
    if way == "no marks":
        Flaky.tag = Flaky.modified = ""
    if way == "a weak tag":
        Flaky.tag = 'W/"v1"'  # If-Range takes none: the date stands in
    if way == "another file":
        Flaky.cuts += [0] * fetching.TRIES
        with pytest.raises(KioskError):
            command.update(of(tmp_path, flaky), (), NOW)
        Flaky.body, Flaky.tag, Flaky.modified = sheets(70, "c"), '"v3"', ""
    command.update(of(tmp_path, flaky), (), NOW)
    found = {one.hook[0] for one in jobsheets.everything(tmp_path)}
    assert found == ({"c"} if way == "another file" else {"a"}), "never half of one and half of the other"
    assert Flaky.sent[-1][0] == (206 if way == "a weak tag" else 200)


def test_a_portal_in_the_way_spoils_nothing_of_what_came(tmp_path, flaky):
    Flaky.cuts, Flaky.portal = [100_000], True
    with pytest.raises(KioskError) as caught:
        command.update(of(tmp_path, flaky), (), NOW)
    assert caught.value.code == "jobs_fetch" and "relancez la commande" in caught.value.message
    Flaky.portal, Flaky.sent = False, []
    assert command.update(of(tmp_path, flaky), (), NOW)[0].startswith("60 métiers lus")
    assert [asked for _status, asked, _size in Flaky.sent] == ["bytes=100000-"]


def test_a_range_that_is_not_the_one_asked_for_is_not_pasted(tmp_path, flaky):
    Flaky.cuts, Flaky.shift = [100_000], 7
    assert command.update(of(tmp_path, flaky), (), NOW)[0].startswith("60 métiers lus")
    assert [(status, asked) for status, asked, _size in Flaky.sent] == [(200, ""), (206, "bytes=100000-"), (200, "")]


def test_a_server_that_always_cuts_is_left(tmp_path, flaky):
    Flaky.ranges, Flaky.cuts = False, [50_000] * 50
    with pytest.raises(KioskError):
        command.update(of(tmp_path, flaky), (), NOW)
    assert len(Flaky.sent) <= fetching.TRIES + 1


def test_a_file_that_is_whole_but_refused_is_not_kept_for_ever(tmp_path, flaky):
    good, Flaky.body = Flaky.body, b"<html>Portail</html>"
    with pytest.raises(KioskError) as caught:
        command.update(of(tmp_path, flaky), (), NOW)
    assert caught.value.code == "jobs_file"
    Flaky.body = good
    assert command.update(of(tmp_path, flaky), (), NOW)[0].startswith("60 métiers lus")


def test_a_file_kept_elsewhere_is_followed_and_gone_on_with(tmp_path, flaky):
    away = flaky.replace("/fiches.xml", "/elsewhere.xml")
    Flaky.cuts = [100_000]
    assert command.update(of(tmp_path, away), (), NOW)[0].startswith("60 métiers lus")
    assert [(status, asked) for status, asked, _size in Flaky.sent] == [(200, ""), (206, "bytes=100000-")]
    for wrong in ("/elsewhere.xml?again", "file:///etc/passwd", ""):
        Flaky.leads = wrong
        with pytest.raises(KioskError) as caught:
            command.update(of(tmp_path, away), (), NOW)
        assert caught.value.code == "jobs_fetch" and "vers une autre page" in caught.value.message
    reply = Reply("redirect", 302, headers={"location": "http://onisep.example.org/f.zip"})
    assert fetching._further("https://onisep.example.org/f.zip", reply) == "", "never out of https"


def test_a_full_disk_is_told_as_such(tmp_path, flaky):
    fetching.folder(tmp_path).mkdir(parents=True)
    (fetching.folder(tmp_path) / "jobs.sheets_url").symlink_to("/dev/full")
    (fetching.folder(tmp_path) / "jobs.sheets_url.about").write_text(json.dumps({"url": flaky}))
    with pytest.raises(KioskError) as caught:
        command.update(of(tmp_path, flaky), (), NOW)
    assert caught.value.code == "storage_full"
    caught.value.reader = "keeper"
    assert "dossier de données est plein" in caught.value.message
