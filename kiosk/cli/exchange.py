"""``kiosk pair`` and ``kiosk sync``: the exchange with the centre, by hand."""

from __future__ import annotations

import click

from kiosk.cli.format import Command
from kiosk.cli.options import with_settings
from kiosk.ground import config


@click.command(cls=Command)
@click.argument("code", metavar="CODE")
@click.option("--uai", required=True, metavar="UAI", help="Code UAI de l’établissement.")
@click.option("--label", default="", metavar="NOM", help="Nom de ce poste pour le centre (« CDI, poste 3 »).")
@click.option("--stick", metavar="DOSSIER", help="Sans réseau, avec un code long : où écrire le fichier à porter.")
@with_settings
def pair(settings: config.Settings, code: str, uai: str, label: str, stick: str | None) -> None:
    """Jumelle ce kiosque avec le centre, au moyen du code qu’il a donné.

    Sans réseau : demandez un code long et ajoutez --stick ; la réponse se lit avec « import exchange FICHIER ».
    """
    from kiosk.ops import sync_command

    if stick is not None:
        click.echo("\n".join(sync_command.ask(settings, code, uai, label, stick)))
        return
    click.echo(sync_command.pair(settings, code, uai, label))


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
@click.option("--elsewhere", is_flag=True, help="Envoie aussi à ce centre ce qu’un autre, avant lui, avait reçu.")
@with_settings
def sync(settings: config.Settings, as_json: bool, elsewhere: bool) -> None:
    """Fait un échange avec le centre, maintenant, et dit ce qui s’est passé.

    Code de sortie : 0 seulement si tout est passé.
    """
    from kiosk.ops import sync_command

    outcome = sync_command.sync(settings, elsewhere=elsewhere)
    click.echo(sync_command.as_json(outcome) if as_json else "\n".join(sync_command.report(outcome)))
    if not outcome.through:
        raise click.exceptions.Exit(1)
