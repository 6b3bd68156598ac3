"""The manual's pages and the Tab key's help for shells, made from the commands' own words, for packages of systems.

``kiosk(1)`` lists the commands; each command has a page of its own, its sub-commands inside. man(7)'s macros, in UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from kiosk.cli.format import HELP_OPTION
from kiosk.ground import edition, i18n, instants
from kiosk.ground.i18n import N_, _
from kiosk.ops.bundle import archive

#: Language → where its section 1 lies under ``/usr/share/man``.
FOLDERS = {"en": "man1", "fr": "fr/man1"}
#: Shell → its own maker of completions, and where systems keep them.
SHELLS: dict[str, tuple[type[ShellComplete], str]] = {
    "bash": (BashComplete, "usr/share/bash-completion/completions/kiosk"),
    "zsh": (ZshComplete, "usr/share/zsh/vendor-completions/_kiosk"),
    "fish": (FishComplete, "usr/share/fish/vendor_completions.d/kiosk.fish"),
}
FILES = (
    ("/etc/kiosque-metiers/kiosk.toml", N_("Réglages, chacun expliqué.")),
    ("/var/lib/kiosque-metiers", N_("Base, copies, secrets : jamais retirés par le paquet.")),
)


def files(program: click.Group) -> dict[str, str]:
    """Path under ``/`` → text, of every page in every language and of every shell's completion."""
    found = {}
    before = i18n.current()
    try:
        for language, folder in FOLDERS.items():
            i18n.set_language(language)
            for name, text in pages(program):
                found[f"usr/share/man/{folder}/{name}.1"] = text
    finally:
        i18n.set_language(before)
    for maker, place in SHELLS.values():
        # Not bash's own method, which runs bash to learn its version.
        found[place] = ShellComplete.source(maker(program, {}, "kiosk", "_KIOSK_COMPLETE"))
    return found


def pages(program: click.Group) -> Iterator[tuple[str, str]]:
    """(name, page) of the program and of each command, in the current language."""
    names = sorted(program.commands)
    listed = [_entry(rf"\fBkiosk\-{_dashed(name)}\fR(1)", _first(program.commands[name])) for name in names]
    body = [*_described(program, "kiosk"), f".SH {_(N_('COMMANDES'))}", *listed, f".SH {_(N_('FICHIERS'))}"]
    body += [_entry(f"\\fI{path}\\fR", _(text)) for path, text in FILES]
    yield "kiosk", _page("kiosk", _first(program), body, [])
    for name in names:
        command = program.commands[name]
        body = _described(command, f"kiosk {name}")
        for inner, child in sorted(getattr(command, "commands", {}).items()):
            body += [
                f".SH {_plain(f'kiosk {name} {inner}').upper()}",
                *_described(child, f"kiosk {name} {inner}", ".SS"),
            ]
        yield f"kiosk-{name}", _page(f"kiosk-{name}", _first(command), body, ["kiosk"])


# -- inside ------------------------------------------------------------------------------------------


def _page(name: str, purpose: str, body: list[str], also: list[str]) -> str:
    made = edition.current()
    day = made.made[:10] or instants.rfc3339(archive.date() * 1000)[:10]
    titles = f'"{day}" "kiosque\\-metiers {made.version}" "Kiosque Métiers en direct"'
    head = f".TH {_dashed(name.upper())} 1 {titles}"
    lines = ['.\\" Made by "kiosk bundle --deb".', head, f".SH {_(N_('NOM'))}", rf"{_dashed(name)} \- {purpose}", *body]
    if also:
        lines += [f".SH {_(N_('VOIR AUSSI'))}", *(rf"\fB{_dashed(one)}\fR(1)" for one in also)]
    return "\n".join(lines) + "\n"


def _described(command: click.Command, path: str, level: str = ".SH") -> list[str]:
    """Synopsis, description, options of one command."""
    context = click.Context(command, info_name=path)
    pieces = " ".join(_(piece) for piece in command.collect_usage_pieces(context) if piece)
    lines = [f"{level} SYNOPSIS", rf"\fB{_plain(path)}\fR {_plain(pieces)}", f"{level} DESCRIPTION"]
    for paragraph in _paragraphs(command):
        lines += [".PP", _plain(_(paragraph))] if lines[-1] != f"{level} DESCRIPTION" else [_plain(_(paragraph))]
    lines.append(f"{level} OPTIONS")
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            names = ", ".join(rf"\fB{_plain(one)}\fR" for one in [*parameter.opts, *parameter.secondary_opts])
            shown = _plain(_(parameter.metavar or (parameter.name or "").upper()))
            value = "" if parameter.is_flag else rf" \fI{shown}\fR"
            text = HELP_OPTION if "--help" in parameter.opts else parameter.help or ""
            lines.append(_entry(names + value, _plain(_(text))))
    return lines


def _entry(term: str, text: str) -> str:
    return f".TP\n{term}\n{text}"


def _paragraphs(command: click.Command) -> list[str]:
    return [" ".join(one.split()) for one in (command.help or "").split("\n\n") if one.strip()]


def _first(command: click.Command) -> str:
    """The first paragraph, without its full stop: one line for ``apropos``."""
    return _plain(_(_paragraphs(command)[0]).rstrip("."))


def _plain(text: str) -> str:
    """Words for roff: nothing of them is an order, a dash is one, no-break spaces are roff's own."""
    safe = text.replace("\\", "\\e").replace("-", "\\-").replace("\u00a0", "\\~").replace("\u202f", "\\~")
    return "\\&" + safe if safe[:1] in (".", "'") else safe


def _dashed(name: str) -> str:
    return name.replace("-", "\\-")
