"""``kiosk room`` and ``kiosk pin``: the rooms of this kiosk and the teacher's code."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk.cli.format import Command, Group
from kiosk.cli.options import with_settings
from kiosk.ground import config
from kiosk.ground.i18n import _


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


@room.command("state", cls=Command)
@click.option("--json", "as_json", is_flag=True, help="En JSON, aux clés stables.")
@with_settings
def room_state(settings: config.Settings, as_json: bool) -> None:
    """« Toutes les salles » : la séance, la classe et l’étape de chacune, ses téléphones et ses écrans.

    Le kiosque peut être arrêté : personne n’est alors compté. Aucun nombre de questions.
    """
    from kiosk.ops import rooms_state

    found = rooms_state.look(settings)
    click.echo(rooms_state.as_json(found) if as_json else "\n".join(rooms_state.lines(found)))


@room.command("add", cls=Command)
@click.argument("name", metavar="NOM")
@with_settings
def room_add(settings: config.Settings, name: str) -> None:
    """Ajoute une salle et donne son code."""
    from kiosk.ops import local

    click.echo(f"{local.add_room(settings, name)}  {name.strip()}")


@room.command("import", cls=Command)
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Enregistre sans demander.")
@with_settings
def room_import(settings: config.Settings, file: Path, yes: bool) -> None:
    """Ajoute les salles d’un tableau (colonne « Salle ») ou d’une liste, après les avoir montrées.

    Une salle qui porte déjà ce nom reste comme elle est.
    """
    from kiosk.ops import rooms_brought

    found = rooms_brought.look(settings, file)
    for line in found.mistakes:
        click.echo(line, err=True)
    for name in found.held:
        click.echo(_("déjà là : %(name)s", name=name))
    for name in found.fresh:
        click.echo(_("nouvelle : %(name)s", name=name))
    if not found.fresh:
        return
    if not yes and not click.confirm(_("Enregistrer ?")):
        raise click.Abort()
    click.echo("\n".join(rooms_brought.make(settings, found.fresh)))


@room.command("rename", cls=Command)
@click.argument("code", metavar="CODE")
@click.argument("name", metavar="NOM")
@with_settings
def room_rename(settings: config.Settings, code: str, name: str) -> None:
    """Donne un autre nom à une salle."""
    from kiosk.ops import local

    local.rename_room(settings, code, name)


@room.command("remove", cls=Command)
@click.argument("code", metavar="CODE")
@click.option("--yes", is_flag=True, help="Sans demander, même si une séance y est choisie.")
@with_settings
def room_remove(settings: config.Settings, code: str, yes: bool) -> None:
    """Retire une salle. Refusé pendant une séance, et tant qu’il y reste des textes d’élèves."""
    from kiosk.ops import local

    session = local.session_of_room(settings, code)
    if session and not yes:
        asked = _("La séance « %(title)s » y est choisie ; elle reste dans la liste. Retirer la salle ?", title=session)
        if not click.confirm(asked):
            raise click.Abort()
    click.echo(_("« %(name)s » n’est plus une salle de ce kiosque.", name=local.remove_room(settings, code)))


@room.command("default", cls=Command)
@click.argument("choice", metavar="[CODE|ask]", default="")
@with_settings
def room_default(settings: config.Settings, choice: str) -> None:
    """Montre, ou choisit, la salle où mène l’adresse sans code. « ask » : elle demande laquelle."""
    from kiosk.ops import local

    found = local.plain_address(settings, choice)
    click.echo("  ".join(found) if found else _("L’adresse sans code demande quelle salle."))


@click.command(cls=Command)
@with_settings
def display(settings: config.Settings) -> None:
    """Montre l’adresse du grand écran sur ce poste, avec son jeton s’il en faut un (trust_local = false)."""
    from kiosk.ops import local

    click.echo(local.display_address(settings))


@click.group(cls=Group)
def pin() -> None:
    """Le code de l’enseignant ou de l’enseignante : celui de l’établissement, ou celui d’une salle."""


_ROOM = click.option("--room", default="", metavar="CODE", help="Le code propre à cette salle, qui n’ouvre qu’elle.")


@pin.command("show", cls=Command)
@_ROOM
@with_settings
def pin_show(settings: config.Settings, room: str) -> None:
    """Affiche le code."""
    from kiosk.ops import console, local

    click.echo(local.show_pin(settings, room) or _("Cette salle n’a pas de code à elle."))
    console.print_lost_codes(settings.data_dir, settings.language)


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
@_ROOM
@with_settings
def pin_reset(settings: config.Settings, room: str) -> None:
    """Donne un nouveau code et déconnecte tous les appareils entrés par celui d’avant."""
    from kiosk.ops import local

    click.echo(local.reset_room_pin(settings, room) if room else local.reset_pin(settings))


@pin.command("remove", cls=Command)
@click.option("--room", required=True, metavar="CODE", help="La salle qui n’aura plus de code à elle.")
@with_settings
def pin_remove(settings: config.Settings, room: str) -> None:
    """Retire le code propre à une salle : celui de l’établissement l’ouvre toujours."""
    from kiosk.ops import local

    local.reset_room_pin(settings, room, remove=True)
