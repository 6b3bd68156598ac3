"""``kiosk backup``, ``kiosk restore``, ``kiosk provision``: a kiosk kept, brought back, set up from a file."""

from __future__ import annotations

from typing import Any

import click

from kiosk.cli.format import Command
from kiosk.cli.options import with_settings
from kiosk.ground import config
from kiosk.ground.i18n import _


@click.command(cls=Command)
@click.argument("path", metavar="[FICHIER]", required=False)
@with_settings
def backup(settings: config.Settings, path: str | None) -> None:
    """Sauvegarde tout le kiosque dans un seul fichier, vérifié ; le kiosque peut être en marche.

    FICHIER : un nom ou un dossier (clé USB) ; sans lui, un fichier daté, ici.
    """
    from kiosk.ops import saving

    click.echo("\n".join(saving.backup(settings, path)))


@click.command("migrate-data", cls=Command)
@click.argument("target", metavar="VERS")
@with_settings
def migrate_data(settings: config.Settings, target: str) -> None:
    """Copie tout d’une base à l’autre, et compte ; aucun processus du kiosque en marche.

    VERS : postgresql://compte:mot-de-passe@machine/base, ou sqlite (depuis la base réglée par « database »).
    """
    from kiosk.ops import moving

    click.echo("\n".join(moving.move(settings, target)))


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


@click.command(cls=Command)
@click.argument("path", metavar="[FICHIER]", required=False)
@click.option("--line", metavar="N", type=int, help="La ligne N du fichier est pour cette machine.")
@click.option("--label", default="", metavar="NOM", help="La ligne de ce poste, de cette salle ou de cette machine.")
@click.option("--all", "every", is_flag=True, help="Toutes les lignes : autant de salles sur ce kiosque.")
@click.option("--dry-run", is_flag=True, help="Vérifie le fichier entier, montre ce qui serait fait, n’écrit rien.")
@click.option("--stick", is_flag=True, help="Au premier démarrage, cherche le fichier « kiosque.csv » d’une clé USB.")
@with_settings
def provision(settings: config.Settings, path: str | None, stick: bool, dry_run: bool, **wish: Any) -> None:
    """Règle ce kiosque d’après un fichier : une ligne par salle, en entier ou pas du tout.

    FICHIER : un tableau avec un en-tête (.csv, .xlsx, .ods), TOML ou JSON. Sans choix, la ligne dont « machine » est le
    nom de ce poste, ou l’adresse d’une de ses cartes réseau.

    Avec --stick, sans écran ni clavier : un kiosque que personne n’a réglé lit la clé, et y écrit son compte rendu.
    """
    from kiosk.ops import firstboot, provisioning

    if stick:
        if path or dry_run or any(wish.values()):
            raise click.UsageError(_("--stick ne va avec aucun autre choix."))
        lines, refusal = firstboot.from_stick(settings)
    elif path is None:
        raise click.UsageError(_("il manque %(name)s.", name="FICHIER"))
    else:
        lines, refusal = provisioning.provision(settings, path, provisioning.Wish(**wish), dry_run=dry_run)
    click.echo("\n".join(lines))
    if refusal is not None:
        raise refusal
