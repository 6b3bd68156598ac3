"""``kiosk install``, ``uninstall`` and ``hotspot``: the kiosk on this machine, its large display, its own Wi-Fi."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from kiosk.cli.format import Command
from kiosk.cli.options import with_settings
from kiosk.ground import config

_MODES = (
    click.option("--user", "mode", flag_value="user", default="user", help="Pour cette personne, sans être root."),
    click.option("--system", "mode", flag_value="system", help="Pour la machine entière (avec sudo)."),
)


def _modes(function: Any) -> Any:
    for option in reversed(_MODES):
        function = option(function)
    return function


@click.command(cls=Command)
@_modes
@click.option("--as", "user", metavar="NOM", help="Avec --system : le compte qui fait tourner le kiosque.")
@click.option("--dry-run", is_flag=True, help="Montre chaque fichier et son contenu, n’écrit rien.")
@click.option("--force", is_flag=True, help="Remplace les fichiers que quelqu’un a changés, gardés en .orig.")
@click.option("--no-screen", is_flag=True, help="Le serveur seul, sans grand écran à l’ouverture de session.")
@click.option("--no-start", is_flag=True, help="Écrit les fichiers sans rien lancer.")
@click.option(
    "--desktop",
    "desktops",
    metavar="BUREAU",
    multiple=True,
    type=click.Choice(("xdg", "labwc", "wayfire")),
    help="Bureau visé : xdg, labwc ou wayfire ; à répéter. Trouvé tout seul sans ce choix.",
)
@click.option("--room", default="", metavar="SALLE", help="Code de la salle à l’écran, s’il y en a plusieurs.")
@click.option("--browser", default="", metavar="NAVIGATEUR", help="Navigateur à essayer d’abord.")
@click.option("--browser-flag", "flags", metavar="OPTION", multiple=True, help="Option de plus pour le navigateur.")
@with_settings
def install(settings: config.Settings, mode: str, dry_run: bool, **options: Any) -> None:
    """Installe le kiosque sur cette machine : il démarre seul, et le grand écran s’ouvre à l’ouverture de session.

    Un service systemd relance le kiosque s’il s’arrête ou se fige ; un navigateur plein écran montre /ecran.
    """
    from kiosk.ops.install import command

    wish = command.Wish(
        system=mode == "system",
        user=options["user"],
        screen=not options["no_screen"],
        desktops=options["desktops"],
        room=options["room"],
        browser=options["browser"],
        flags=options["flags"],
        force=options["force"],
        start=not options["no_start"],
        given=_given(),
    )
    if dry_run:
        click.echo("\n".join(command.preview(settings, wish, os.environ)))
        return
    lines, refusal = command.install(settings, wish, os.environ)
    click.echo("\n".join(lines))
    if refusal is not None:
        raise refusal


@click.command(cls=Command)
@_modes
@click.option("--no-stop", is_flag=True, help="Retire les fichiers sans rien arrêter.")
@with_settings
def uninstall(settings: config.Settings, mode: str, no_stop: bool) -> None:
    """Retire exactement ce que « kiosk install » a écrit. Les données restent."""
    from kiosk.ops.install import command

    wish = command.Wish(system=mode == "system", start=not no_stop)
    click.echo("\n".join(command.uninstall(wish, os.environ)))


@click.command(cls=Command)
@click.option("--write", is_flag=True, help="Écrit le profil de NetworkManager (avec sudo) au lieu de le montrer.")
@click.option("--remove", is_flag=True, help="Retire le profil.")
@click.option("--ssid", default="", metavar="NOM", help="Nom du réseau ; gardé pour la suite.")
@click.option("--interface", default="", metavar="CARTE", help="Carte Wi-Fi (wlan0) ; sans ce choix, la première.")
@click.option(
    "--channel", default="6", metavar="CANAL", type=click.Choice(("1", "6", "11")), help="Canal : 1, 6 ou 11."
)
@click.option("--auto", is_flag=True, help="S’allume seul quand aucun Wi-Fi connu n’est là.")
@click.option("--renew", is_flag=True, help="Donne un nouveau mot de passe.")
@with_settings
def hotspot(settings: config.Settings, remove: bool, channel: str, **options: Any) -> None:
    """Dernier recours : le poste fait son propre Wi-Fi. Montre le profil, le QR code, et ce qu’il faut en attendre.

    Rien n’est écrit hors du dossier de données sans --write.
    """
    from kiosk.ops import hotspot as access_point

    if remove:
        click.echo("\n".join(access_point.remove(settings)))
    else:
        click.echo("\n".join(access_point.report(settings, {**options, "channel": int(channel)}, sys.stdout)))


def _given() -> dict[str, str]:
    """The global options of this command line, before or after its name, as the service will be given them."""
    ctx = click.get_current_context()
    before = ctx.find_root().obj or {}
    found = {}
    for name, option in (("data_dir", "data_dir"), ("port", "port"), ("config_file", "config")):
        value = ctx.params.get(name) or before.get(name)
        if value:
            found[option] = str(value) if name == "port" else str(Path(value).resolve())
    return found
