"""``kiosk backup``, ``kiosk restore``, ``kiosk provision``: a kiosk kept, brought back, set up from a file."""

from __future__ import annotations

import click

from kiosk import config
from kiosk.cli.format import Command
from kiosk.cli.options import with_settings


@click.command(cls=Command)
@click.argument("path", metavar="[FICHIER]", required=False)
@with_settings
def backup(settings: config.Settings, path: str | None) -> None:
    """Sauvegarde tout le kiosque dans un seul fichier, vérifié ; le kiosque peut être en marche.

    FICHIER : un nom ou un dossier (clé USB) ; sans lui, un fichier daté, ici.
    """
    from kiosk.ops import saving

    click.echo("\n".join(saving.backup(settings, path)))


@click.command(cls=Command)
@click.argument("path", metavar="FICHIER")
@click.option("--check", "only_check", is_flag=True, help="Vérifie la sauvegarde, ne restaure rien.")
@with_settings
def restore(settings: config.Settings, path: str, only_check: bool) -> None:
    """Remet en place une sauvegarde, ou une copie automatique ; le kiosque doit être arrêté.

    Ce qui était là est copié d’abord. La machine prend une nouvelle identité et garde ce qui attend le centre.
    """
    from kiosk.ops import saving

    click.echo("\n".join(saving.check(path) if only_check else saving.restore(settings, path)))
