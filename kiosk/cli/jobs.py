"""``kiosk jobs``: the job sheets of Onisep's open data."""

from __future__ import annotations

import time

import click

from kiosk.cli.format import Command, Group
from kiosk.cli.options import with_settings
from kiosk.ground import config


@click.group(cls=Group)
def jobs() -> None:
    """Les fiches métiers de l’Onisep, pour l’écran et pour préparer."""


@jobs.command(cls=Command)
@click.argument("paths", metavar="[FICHIER …]", nargs=-1)
@with_settings
def update(settings: config.Settings, paths: tuple[str, ...]) -> None:
    """Télécharge les fiches métiers, ou les lit dans des fichiers déjà téléchargés (JSON, CSV, XML, zip).

    Sans réseau : prenez « Idéo-Métiers » et « Idéo-Fiches métiers » sur opendata.onisep.fr, puis donnez les deux
    fichiers à cette commande. Un fichier refusé laisse les fiches en place.
    """
    from kiosk.ops.jobs import command

    click.echo("\n".join(command.update(settings, paths, time.time_ns() // 1_000_000)))


@jobs.command(cls=Command)
@with_settings
def status(settings: config.Settings) -> None:
    """Dit quelles fiches métiers sont en place, et de quand."""
    from kiosk.ops.jobs import command

    click.echo("\n".join(command.status(settings)))
