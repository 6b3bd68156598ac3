"""``kiosk bundle``, ``kiosk licences`` and ``kiosk upgrade``: what arrives on a machine, and from what it is made."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk.cli.format import Command


@click.command(cls=Command)
@click.option("--platform", default="here", metavar="MACHINE", help="here (cette machine), raspberry, linux, windows.")
@click.option("--python", "pythons", metavar="VERSION", multiple=True, help="Python visé (3.11) ; à répéter.")
@click.option("--output", default=".", metavar="DOSSIER", help="Où écrire l’archive et SHA256SUMS.")
@click.option("--with-settings", is_flag=True, help="Avec config/kiosk.toml de cette machine (mots de passe compris).")
def bundle(platform: str, pythons: tuple[str, ...], output: str, with_settings: bool) -> None:
    """Fait une archive qui s’installe sans Internet : code, bibliothèques, pages, sommes, inventaire.

    Sur l’autre machine : décompressez, puis ./run.sh --offline.
    """
    from kiosk.ops.bundle import command

    for line in command.make(platform, pythons, Path(output), with_settings=with_settings):
        click.echo(line)


@click.command(cls=Command)
def licences() -> None:
    """Liste les bibliothèques du kiosque et leurs licences."""
    from kiosk.ops.bundle import command

    click.echo(command.list_licences())
