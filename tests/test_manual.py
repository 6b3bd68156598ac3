"""The manual's pages: every command, every option, in both languages, read by two programs without a complaint."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from kiosk import cli
from kiosk.cli import manual
from kiosk.ground import i18n

PAGES = {name: text for name, text in manual.files(cli.kiosk).items() if "/man/" in name}


def options(command: click.Command) -> set[str]:
    """Every option of a command and of its sub-commands, as roff writes it."""
    own = {name.replace("-", "\\-") for one in command.params if isinstance(one, click.Option) for name in one.opts}
    return own.union(*(options(child) for child in getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("folder", manual.FOLDERS.values())
def test_every_command_has_its_page_with_every_option(folder):
    start = f"usr/share/man/{folder}/"
    assert {name for name in PAGES if name.startswith(start)} == {
        f"{start}{name}.1" for name in ("kiosk", *(f"kiosk-{name}" for name in cli.kiosk.commands))
    }
    for name, command in cli.kiosk.commands.items():
        page = PAGES[f"{start}kiosk-{name}.1"]
        assert [one for one in options(command) if f"\\fB{one}\\fR" not in page] == []
        inner = [f"KIOSK {name} {child}".upper().replace("-", "\\-") for child in getattr(command, "commands", {})]
        assert [title for title in inner if f".SH {title}\n" not in page] == []
        assert f"kiosk\\-{name}\\fR(1)".replace("migrate-data", "migrate\\-data") in PAGES[f"{start}kiosk.1"]


def test_the_pages_are_in_their_language():
    assert ".SH NOM\n" in PAGES["usr/share/man/fr/man1/kiosk.1"] and ".SH NAME\n" in PAGES["usr/share/man/man1/kiosk.1"]
    left = [
        name for name, text in PAGES.items() if "/fr/" not in name and re.search(r"\b(aucun|pour|salle|fichier) ", text)
    ]
    assert left == [] and i18n.current() == i18n.DEFAULT


def test_man_and_mandoc_have_nothing_to_say(tmp_path):
    paths = []
    for name, text in PAGES.items():
        path = tmp_path / Path(name).relative_to("usr/share/man")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    linted = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *paths], capture_output=True, text=True)
    assert (linted.returncode, linted.stdout) == (0, "")
    for path in paths:
        environ = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
        shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path], env=environ,
                               capture_output=True, text=True)  # fmt: skip
        assert (shown.returncode, shown.stderr) == (0, "")


def test_the_tab_key_of_each_shell():
    made = manual.files(cli.kiosk)
    for shell, (_maker, place) in manual.SHELLS.items():
        assert "_KIOSK_COMPLETE" in made[place] and f"{shell}_complete" in made[place]
