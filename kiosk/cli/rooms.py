"""``kiosk room`` and ``kiosk pin``: the rooms of this kiosk and the teacher's code."""

from __future__ import annotations

import click

from kiosk import config
from kiosk.cli.format import Command, Group
from kiosk.cli.options import with_settings
from kiosk.i18n import _


@click.group(cls=Group)
def room() -> None:
    """Les salles de ce kiosque."""


@room.command("list", cls=Command)
@with_settings
def room_list(settings: config.Settings) -> None:
    """Liste les salles : leur code, leur nom."""
    from kiosk.ops import local

    for code, name in local.list_rooms(settings):
        click.echo(f"{code}  {name}")


@room.command("add", cls=Command)
@click.argument("name", metavar="NOM")
@with_settings
def room_add(settings: config.Settings, name: str) -> None:
    """Ajoute une salle et donne son code."""
    from kiosk.ops import local

    click.echo(f"{local.add_room(settings, name)}  {name.strip()}")


@click.group(cls=Group)
def pin() -> None:
    """Le code de l’enseignant ou de l’enseignante."""


@pin.command("show", cls=Command)
@with_settings
def pin_show(settings: config.Settings) -> None:
    """Affiche le code."""
    from kiosk.ops import local

    click.echo(local.show_pin(settings))


@pin.command("allow", cls=Command)
@click.argument("word", metavar="MOT", required=False)
@with_settings
def pin_allow(settings: config.Settings, word: str | None) -> None:
    """Montre les appareils qui demandent à entrer ; avec le MOT de l’un d’eux, le laisse entrer."""
    from kiosk.ops import entering

    if word is None:
        asking = entering.asking(settings)
        click.echo("\n".join(asking) if asking else _("Aucun appareil ne demande à entrer."))
    else:
        entering.allow(settings, word)
        click.echo(_("« %(word)s » peut entrer.", word=word))


@pin.command("reset", cls=Command)
@with_settings
def pin_reset(settings: config.Settings) -> None:
    """Donne un nouveau code et déconnecte tous les appareils."""
    from kiosk.ops import local

    new, running = local.reset_pin(settings)
    click.echo(new)
    if running:
        click.echo(_("Le kiosque est en marche : relancez-le pour que ce code serve."), err=True)
