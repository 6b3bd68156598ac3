"""What the documentation must say: every error code, phase, event and setting; and that its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.domain.phases import PHASES
from kiosk.domain.questions.reasons import REASONS
from kiosk.domain.statuses import STATUSES
from kiosk.ground.config import SETTINGS
from kiosk.ops import errors_page
from kiosk.web.display import socket as display
from kiosk.web.phone import socket as phone
from kiosk.web.teacher import socket as control

ROOT = Path(__file__).resolve().parents[1]
REALTIME = (ROOT / "docs" / "realtime.md").read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def section(namespace: str) -> str:
    """The part of the protocol's page about a namespace."""
    return REALTIME.split(f"## `{namespace}`")[1].split("\n## ")[0]


def emitted() -> set[str]:
    """The names of every message the kiosk sends, read from the sources."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "kiosk" / "web").glob("**/*.py"))
    return set(re.findall(r'(?:emit|tell|_to_phones)\([^"()]*"(\w+)"', sources)) | {"changed"}


def test_error_codes_are_those_of_the_registry():
    assert errors_page.PAGE.read_text(encoding="utf-8") == errors_page.text()


@pytest.mark.parametrize("module", [phone, display, control], ids=lambda module: module.NAMESPACE)
def test_every_event_is_documented(module):
    assert [name for name in module.EVENTS if f"`{name}`" not in section(module.NAMESPACE)] == []


def test_every_message_is_documented():
    assert len(emitted()) >= 5
    assert [name for name in sorted(emitted()) if f"`{name}`" not in REALTIME] == []


def test_every_phase_status_and_intake_is_documented():
    from kiosk.domain.rooms import INTAKES

    words = [*PHASES.codes(), *STATUSES.codes(), *INTAKES]
    assert [word for word in words if f"`{word}`" not in REALTIME] == []


def test_the_state_s_members_are_documented(kiosk, room):
    from kiosk.web.live.told import hello, phone_state

    members = {*phone_state(kiosk, room), *hello(kiosk, room)}
    assert [name for name in sorted(members) if not re.search(rf"\b{name}\b", REALTIME)] == []


def test_every_setting_is_in_the_settings_file():
    text = (ROOT / "config" / "kiosk.toml").read_text(encoding="utf-8")
    found, heading = set(), ""
    for line in text.splitlines():
        if match := re.fullmatch(r"#?\[([\w.]+)\]", line):
            heading = match.group(1) + "."
        elif match := re.match(r"#?(\w+) = ", line):
            found.add(heading + match.group(1))
    assert set(SETTINGS) - found == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = [
        link
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if "://" not in link and not link.startswith("mailto:")
    ]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_reasons_have_a_word_for_everyone():
    assert len(REASONS) == 5
    assert [r.code for r in REASONS if not (r.label and r.sentence and r.todo)] == []
