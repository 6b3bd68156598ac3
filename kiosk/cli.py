"""The command line: ``kiosk [COMMAND] [OPTIONS]``; without a command it serves.

Each command reads the settings, then calls one function of ``ops``, loaded only then so that a
small command starts at once. Exit codes: 0 done, 1 refused (one sentence and its stable code on
stderr), 2 wrong command line.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from kiosk import __version__, config, i18n
from kiosk.cli_centre import centre
from kiosk.cli_format import Command, Group, usage_sentence
from kiosk.errors import KioskError
from kiosk.i18n import _

GLOBAL_OPTIONS = (
    click.option("--data-dir", metavar="DOSSIER", help="Dossier de la base et des secrets."),
    click.option("--port", metavar="PORT", help="Port d’écoute (8080 sans réglage)."),
    click.option("--config", "config_file", metavar="FICHIER", help="Fichier de réglages."),
)


def global_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options accepted before and after the name of a command; after wins."""
    for option in reversed(GLOBAL_OPTIONS):
        function = option(function)
    return function


def with_settings(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that receives :class:`config.Settings` first, and the global options too."""

    @global_options
    @click.pass_context
    @functools.wraps(function)
    def command(
        ctx: click.Context,
        data_dir: str | None,
        port: str | None,
        config_file: str | None,
        **options: Any,
    ) -> Any:
        before = ctx.find_root().obj or {}
        overrides = {
            "data_dir": data_dir or before.get("data_dir"),
            "port": port or before.get("port"),
        }
        load = functools.partial(config.load, overrides, os.environ)
        settings = _rescued(load, config_file or before.get("config_file"), serves=function.__name__ == "serve")
        i18n.set_language(settings.language)
        return function(settings, **options)

    return command


def _rescued(load: Callable[..., config.Settings], named: str | None, *, serves: bool) -> config.Settings:
    """The settings; a start that finds the file cut by the machine takes the last good one back."""
    if not serves:
        return load(named)
    from kiosk.ops import settings_rescue

    path = config.config_path(named, os.environ)
    fault = None
    try:
        settings = load(named)
    except KioskError as error:
        fault = error
    if path is not None and settings_rescue.damaged(path, fault):
        aside = settings_rescue.restore(path)
        click.echo(_("Réglages abîmés : %(path)s les garde, les derniers bons reviennent.", path=aside), err=True)
        settings, fault = load(named), None
    if fault is not None:
        raise fault
    settings_rescue.keep(path)
    return settings


@click.group(cls=Group, invoke_without_command=True)
@global_options
@click.pass_context
def kiosk(ctx: click.Context, **options: Any) -> None:
    """Kiosque Métiers en direct. Sans commande, le kiosque démarre.

    Codes de sortie : 0 réussi, 1 refusé, 2 commande mal écrite.
    """
    ctx.obj = options
    if ctx.invoked_subcommand is None:
        ctx.invoke(serve, data_dir=None, port=None, config_file=None)


@kiosk.command(cls=Command)
@with_settings
def serve(settings: config.Settings) -> None:
    """Démarre le kiosque : pages des élèves, écran de la classe, page de l’enseignant."""
    from kiosk.ops.lean import without

    with without("requests"):
        from kiosk.ops import serving

    serving.serve(settings)


@kiosk.command(cls=Command)
@with_settings
def demo(settings: config.Settings) -> None:
    """Charge trois séances inventées, pour essayer ou pour se former."""
    from kiosk.ops import local

    click.echo("\n".join(local.load_demo(settings)))


@kiosk.command("import", cls=Command)
@click.argument("path", metavar="[exchange] FICHIER", nargs=-1, required=True)
@with_settings
def import_(settings: config.Settings, path: tuple[str, ...]) -> None:
    """Importe les séances et les questions d’un fichier du centre, en entier ou pas du tout.

    FICHIER : les « changes » du contrat d’échange, en JSON ; « - » lit l’entrée standard.

    « import exchange FICHIER » lit la réponse du centre rapportée sur une clé USB.
    """
    if path[0] == "exchange" and len(path) == 2:
        from kiosk.ops import sync_command

        click.echo("\n".join(sync_command.import_exchange(settings, path[1])))
        return
    if len(path) > 1:
        raise click.UsageError(_("mots en trop : %(words)s.", words=" ".join(path[1:])))
    from kiosk.ops import local

    click.echo("\n".join(local.import_file(settings, path[0])))


@kiosk.group(cls=Group)
def export() -> None:
    """Sort les données de ce kiosque."""


@export.command("questions", cls=Command)
@click.option("--room", metavar="SALLE", help="Code d’une seule salle.")
@click.option("--session", metavar="SÉANCE", help="Identifiant d’une seule séance.")
@click.option("--json", "as_json", is_flag=True, help="En JSON (sans autre choix).")
@click.option("--csv", "as_csv", is_flag=True, help="En CSV pour un tableur français.")
@with_settings
def export_questions(
    settings: config.Settings, room: str | None, session: str | None, as_json: bool, as_csv: bool
) -> None:
    """Écrit les questions sur la sortie standard, sans jamais dire qui les a posées."""
    from kiosk.ops import local

    if as_json and as_csv:
        raise click.UsageError(_("choisissez --json ou --csv."))
    terminal = sys.stdout.isatty()
    text = local.export_questions(settings, room, session, csv=as_csv, terminal=terminal)
    click.echo(text, nl=False)


@export.command("exchange", cls=Command)
@click.argument("path", metavar="[FICHIER]", required=False)
@with_settings
def export_exchange(settings: config.Settings, path: str | None) -> None:
    """Écrit ce qui attend le centre dans un fichier pour clé USB (ou un dossier ; ici sans autre choix)."""
    from kiosk.ops import sync_command

    click.echo("\n".join(sync_command.export_exchange(settings, path)))


@kiosk.command(cls=Command)
@click.argument("code", metavar="CODE")
@click.option("--uai", required=True, metavar="UAI", help="Code UAI de l’établissement.")
@click.option("--label", default="", metavar="NOM", help="Nom de ce poste pour le centre (« CDI, poste 3 »).")
@with_settings
def pair(settings: config.Settings, code: str, uai: str, label: str) -> None:
    """Jumelle ce kiosque avec le centre, au moyen du code qu’il a donné."""
    from kiosk.ops import sync_command

    click.echo(sync_command.pair(settings, code, uai, label))


@kiosk.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
@with_settings
def sync(settings: config.Settings, as_json: bool) -> None:
    """Fait un échange avec le centre, maintenant, et dit ce qui s’est passé.

    Code de sortie : 0 seulement si tout est passé.
    """
    from kiosk.ops import sync_command

    outcome = sync_command.sync(settings)
    click.echo(sync_command.as_json(outcome) if as_json else "\n".join(sync_command.report(outcome)))
    if not outcome.through:
        raise click.exceptions.Exit(1)


@kiosk.command("config", cls=Command)
@with_settings
def show_config(settings: config.Settings) -> None:
    """Affiche chaque réglage, sa valeur et d’où elle vient."""
    from kiosk.ops import show_config as report

    click.echo("\n".join(report.lines(settings)))


@kiosk.group(cls=Group)
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


@kiosk.group(cls=Group)
def pin() -> None:
    """Le code de l’enseignant ou de l’enseignante."""


@pin.command("show", cls=Command)
@with_settings
def pin_show(settings: config.Settings) -> None:
    """Affiche le code."""
    from kiosk.ops import local

    click.echo(local.show_pin(settings))


@pin.command("reset", cls=Command)
@with_settings
def pin_reset(settings: config.Settings) -> None:
    """Donne un nouveau code et déconnecte tous les appareils."""
    from kiosk.ops import local

    new, running = local.reset_pin(settings)
    click.echo(new)
    if running:
        click.echo(_("Le kiosque est en marche : relancez-le pour que ce code serve."), err=True)


@kiosk.command(cls=Command)
def version() -> None:
    """Affiche la version du kiosque."""
    click.echo(__version__)


kiosk.add_command(centre)


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    i18n.set_language(os.environ.get("KIOSK_LANGUAGE", i18n.DEFAULT))
    try:
        status = kiosk.main(argv, prog_name="kiosk", standalone_mode=False)
    except click.UsageError as error:
        return _fail(usage_sentence(error), "usage", 2)
    except KioskError as error:
        option = str(error.values.get("source", "")).startswith("--")
        mistakes = [f"  {mistake}" for mistake in getattr(error, "mistakes", [])]
        return _fail(error.message, error.code, 2 if option else 1, *mistakes)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return status if isinstance(status, int) else 0


def _fail(sentence: str, code: str, status: int, *details: str) -> int:
    click.echo("\n".join([f"{sentence} [{code}]", *details]), err=True)
    if code == "usage":
        click.echo(_("Aide : kiosk --help"), err=True)
    return status
