"""``kiosk bundle``, ``kiosk licences`` and ``kiosk upgrade``: what arrives on a machine, and from what it is made."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk.cli.format import Command
from kiosk.cli.options import with_settings
from kiosk.ground import config
from kiosk.ground.i18n import _


@click.command(cls=Command)
@click.option("--platform", default="here", metavar="MACHINE", help="here (cette machine), raspberry, linux, windows.")
@click.option("--python", "pythons", metavar="VERSION", multiple=True, help="Python visé (3.11) ; à répéter.")
@click.option("--output", default=".", metavar="DOSSIER", help="Où écrire l’archive et SHA256SUMS.")
@click.option("--with-settings", is_flag=True, help="Avec config/kiosk.toml de cette machine (mots de passe compris).")
@click.option("--sign", "key", metavar="CLÉ", help="Clé privée OpenSSH qui signe l’archive (voir upgrade.key).")
@click.option("--deb", "package", is_flag=True, help="Un paquet pour Debian 12 et 13, ou Raspberry Pi OS 64 bits.")
def bundle(platform: str, pythons: tuple[str, ...], output: str, key: str | None, package: bool, **how: bool) -> None:
    """Fait une archive qui s’installe sans Internet : code, bibliothèques, pages, sommes, inventaire.

    Sur l’autre machine : décompressez, puis ./run.sh --offline. Avec --deb : sudo apt install ./LE_PAQUET.deb
    """
    from kiosk.cli import manual
    from kiosk.ops.bundle import command

    program = click.get_current_context().find_root().command
    beside = manual.files(program) if package and isinstance(program, click.Group) else None
    if key and package:
        raise click.UsageError(_("--sign ne va pas avec --deb : c’est le dépôt apt qui se signe."))
    signer = Path(key) if key else None
    for line in command.make(platform, pythons, Path(output), key=signer, package=beside, **how):
        click.echo(line)


@click.command(cls=Command)
def licences() -> None:
    """Liste les bibliothèques du kiosque et leurs licences."""
    from kiosk.ops.bundle import command

    click.echo(command.list_licences())


@click.command(cls=Command)
@click.argument("path", metavar="ARCHIVE")
@click.option("--force", is_flag=True, help="Même pendant une séance.")
@with_settings
def upgrade(settings: config.Settings, path: str, force: bool) -> None:
    """Met ce kiosque à jour avec une archive de « kiosk bundle », hors séance ; les données restent.

    La base est copiée, la nouvelle version essayée sur la copie, puis mise en service ; si elle ne répond pas, la
    version d’avant revient d’elle-même.
    """
    from kiosk.ops import upgrade as work

    ctx = click.get_current_context()
    named = ctx.params.get("config_file") or (ctx.find_root().obj or {}).get("config_file")
    for line in work.upgrade(settings, path, named, force=force):
        click.echo(line)
