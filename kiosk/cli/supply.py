"""``kiosk bundle``, ``image``, ``licences`` and ``upgrade``: what arrives on a machine, and from what it is made."""

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
@click.option("--output", default=".", metavar="DOSSIER", help="Où écrire la carte et SHA256SUMS (6 Go libres).")
@click.option("--deb", "package", metavar="PAQUET", help="Le paquet arm64 à y mettre, au lieu de ce code.")
@click.option("--read-only", is_flag=True, help="Le système n’est jamais écrit ; seules les données le sont.")
@click.option("--ssh-key", "key", default="", metavar="CLÉ", help="Clé publique OpenSSH qui ouvre le poste.")
@click.option("--country", default="FR", metavar="PAYS", help="Pays dont le Wi-Fi suit les règles (FR).")
@click.option("--mirror", default="", metavar="ADRESSE", help="Miroir de Debian à la place du sien.")
@click.option("--cache", default="", metavar="DOSSIER", help="Garde les paquets de Debian pour la carte suivante.")
def image(output: str, package: str | None, read_only: bool, **how: str) -> None:
    """Fait une carte pour Raspberry Pi 3, 4, 5 ou Zero 2, qui démarre sur le grand écran. Linux, avec sudo et Internet.

    Le système est Debian 13 ; le Wi-Fi et les réglages viennent d’un seul fichier, posé sur la partition de démarrage.
    """
    from kiosk.cli import manual
    from kiosk.ops.image import making

    wish = making.wish_of(read_only, **how)
    program = click.get_current_context().find_root().command
    beside = manual.files(program) if isinstance(program, click.Group) else {}
    for line in making.make(Path(output).resolve(), wish, beside, Path(package) if package else None):
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
