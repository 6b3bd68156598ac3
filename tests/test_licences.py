"""Every locked dependency is under a licence that ``config/licences.toml`` accepts; an unknown one fails."""

from __future__ import annotations

import subprocess
import sys
from email.message import Message
from pathlib import Path

import pytest

from kiosk.ops.bundle import licences
from kiosk.ops.bundle.licences import Package

ROOT = Path(__file__).resolve().parents[1]
LOCKS = sorted((ROOT / "config").glob("requirements*.lock"))


def test_the_locks_name_everything_their_libraries_need():
    """Set-up installs what a lock says and looks for nothing more: a gap would show only when it is imported."""
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_locked_library_has_an_accepted_licence(lock):
    found = licences.of_lock(lock)
    assert len(found) >= 1
    assert [f"{p.name}: {p.licence or 'unknown'}" for p in licences.refused(found)] == []


def test_every_package_of_the_pages_has_an_accepted_licence():
    assert [f"{p.name}: {p.licence or 'unknown'}" for p in licences.refused(licences.of_client())] == []


def test_the_runtime_has_no_copyleft_over_the_whole():
    found = licences.of_lock(ROOT / "config" / "requirements.lock")
    assert [p.name for p in found if "GPL" in p.licence] == []


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("GPL-3.0-only OR MIT", True),
        ("", False),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR GPL-2.0-only) AND BSD-3-Clause", False),
    ],
)
def test_an_expression_is_judged(expression, accepted):
    assert (licences.refused([Package("pypi", "x", "1", expression)]) == []) is accepted


def test_what_metadata_do_not_say_plainly_is_unknown():
    metadata = Message()
    metadata["License"] = "see file"
    metadata["Classifier"] = "License :: Other/Proprietary License"
    assert licences.said(metadata) == ""
    metadata = Message()
    metadata["Classifier"] = "License :: OSI Approved :: MIT License"
    assert licences.said(metadata) == "MIT"
