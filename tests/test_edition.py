"""Which build this is, as support asks it: from a bundle, a checkout, a worktree, or nothing at all."""

from __future__ import annotations

import errno
import json
import socket
import subprocess
from pathlib import Path

import pytest

from kiosk import __version__
from kiosk.ground import listening
from kiosk.ground.edition import Edition, current, of


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Essai", "-c", "user.email=essai@example.org"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_a_bundle_says_its_own(tmp_path):
    (tmp_path / "bundle.json").write_text(json.dumps({"commit": "fe00f59", "made": "2026-11-30T12:40:00Z"}))
    assert str(of(tmp_path)) == f"{__version__} (fe00f59, 2026-11-30)"
    for spoilt in ("[]", "{", ""):
        (tmp_path / "bundle.json").write_text(spoilt)
        assert of(tmp_path) == Edition(__version__)


def test_a_checkout_says_what_is_out_whatever_the_shape_of_its_folder(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    git(tree, "init", "-q", "-b", "main")
    assert of(tree) == Edition(__version__)  # nothing committed yet
    (tree / "a").write_text("a")
    git(tree, "add", "a")
    git(tree, "commit", "-q", "-m", "a")
    head = git(tree, "rev-parse", "HEAD")[:7]
    assert of(tree).commit == head
    git(tree, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    assert of(tmp_path / "other").commit == head
    git(tree, "pack-refs", "--all")
    assert [of(tree).commit, of(tmp_path / "other").commit] == [head, head]
    git(tree, "checkout", "-q", "--detach")
    assert of(tree).commit == head
    assert of(tmp_path).commit == ""


def test_this_one_is_told_everywhere(client, app, room):
    said = client.get("/healthz").get_json()
    assert (said["version"], said["build"]) == (__version__, current().commit)
    assert f'build="{current().commit}"' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("host", "code"),
    [("127.0.0.1", "port_taken"), ("198.51.100.7", "address_foreign"), ("nul.invalid", "address_foreign")],
)
def test_a_port_that_cannot_be_opened_is_told_with_its_cause(host, code):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(OSError) as caught, socket.socket() as sock:  # noqa: PT012
            sock.bind((host, port))
    assert listening.refusal(caught.value, host, port).code == code
    assert listening.refusal(PermissionError(errno.EACCES, "no"), host, 80).code == "port_forbidden"
