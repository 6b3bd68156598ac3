"""The command line: ``kiosk [COMMAND] [OPTIONS]``; without a command it serves.

Each command reads the settings, then calls one function of ``ops``, loaded only then so that a
small command starts at once. Exit codes: 0 done, 1 refused (one sentence and its stable code on
stderr), 2 wrong command line.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Any

import click

from kiosk.cli.centre import centre
from kiosk.cli.conform import conform
from kiosk.cli.doctor import doctor, status
from kiosk.cli.exchange import pair, sync
from kiosk.cli.format import Command, Group, usage_sentence
from kiosk.cli.jobs import jobs
from kiosk.cli.keeping import backup, migrate_data, provision, restore
from kiosk.cli.machine import hotspot, install, uninstall
from kiosk.cli.options import global_options, with_settings
from kiosk.cli.rooms import display, pin, room
from kiosk.cli.supply import bundle, image, licences, upgrade
from kiosk.ground import calling, config, diskwords, edition, i18n
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _


def _say_version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(str(edition.current()))
        ctx.exit()


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Affiche la version du kiosque, et de quel état du code elle est faite.",
)
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
@click.option("--log-format", type=click.Choice(("text", "json")), help="Forme du journal : text ou json.")
@with_settings
def serve(settings: config.Settings, log_format: str | None = None) -> None:
    """Démarre le kiosque : pages des élèves, écran de la classe, page de l’enseignant."""
    from kiosk.ops.lean import without

    with without("requests"):
        from kiosk.ops import serving
        from kiosk.web import sockets  # noqa: F401  (what would bring it in)

    serving.serve(replace(settings, log_format=log_format) if log_format else settings)


@kiosk.command(cls=Command)
@click.option("--remove", is_flag=True, help="Retire la démonstration et ce qui s’y est écrit.")
@with_settings
def demo(settings: config.Settings, remove: bool) -> None:
    """Charge trois séances inventées, pour essayer ou pour se former."""
    from kiosk.ops import local

    if remove:
        click.echo(_("Démonstration retirée : %(n)s séance(s).", n=local.remove_demo(settings)))
        return
    click.echo("\n".join(local.load_demo(settings)))


@kiosk.command("import", cls=Command)
@click.argument("path", metavar="[exchange] FICHIER", nargs=-1, required=True)
@with_settings
def import_(settings: config.Settings, path: tuple[str, ...]) -> None:
    """Importe les séances et les questions d’un fichier du centre, ou un tableau de séances, en entier ou pas du tout.

    FICHIER : les « changes » du contrat d’échange, en JSON, ou un tableau (.xlsx, .ods, .csv) dont les séances restent
    sur ce poste ; « - » lit l’entrée standard.

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
@click.argument("path", metavar="FICHIER")
@click.option("--json", "as_json", is_flag=True, help="En JSON : line, text, theme, flags, group.")
@with_settings
def sort(_settings: config.Settings, path: str, as_json: bool) -> None:
    """Trie une liste de questions : thème proposé, signalements, questions proches.

    FICHIER : une question par ligne (.txt), ou un tableau avec une colonne « text » ou « question » (.xlsx, .ods, .csv,
    ou .tsv, à tabulations) ; « - » lit l’entrée standard. Rien n’est gardé, ni envoyé, ni écarté.
    """
    from kiosk.ops import sorting

    if as_json:
        click.echo(sorting.as_json(path, terminal=sys.stdout.isatty()), nl=False)
    else:
        click.echo("\n".join(sorting.as_text(path)))


@kiosk.command("config", cls=Command)
@with_settings
def show_config(settings: config.Settings) -> None:
    """Affiche chaque réglage, sa valeur et d’où elle vient."""
    from kiosk.ops import show_config as report

    click.echo("\n".join(report.lines(settings)))


@kiosk.command(cls=Command)
def version() -> None:
    """Affiche la version du kiosque, et de quel état du code elle est faite."""
    click.echo(str(edition.current()))


@kiosk.command(cls=Command)
@click.argument("shell", metavar="INTERPRÉTEUR", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Affiche de quoi compléter les commandes avec la touche Tab : bash, zsh ou fish.

    Dans ~/.bashrc, par exemple : eval "$(kiosk completion bash)"
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is not None:
        click.echo(made(kiosk, {}, "kiosk", "_KIOSK_COMPLETE").source())


#: The commands of the other files of this room, in the order of the help.
for command in (
    pair,
    sync,
    jobs,
    room,
    display,
    pin,
    provision,
    status,
    doctor,
    backup,
    restore,
    migrate_data,
    install,
    uninstall,
    hotspot,
    bundle,
    image,
    upgrade,
    licences,
    centre,
    conform,
):
    kiosk.add_command(command)


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    i18n.set_language(os.environ.get("KIOSK_LANGUAGE", i18n.DEFAULT))
    with calling.as_typed(os.environ, kiosk.commands):
        return _run(argv)


def _run(argv: list[str] | None) -> int:
    try:
        status = kiosk.main(argv, prog_name="kiosk", standalone_mode=False)
    except click.UsageError as error:
        status = _fail(usage_sentence(error), "usage", 2)
        click.echo(_("Aide : %(command)s --help", command=_named(error.ctx)), err=True)
        return status
    except KioskError as error:
        error.reader = "keeper"
        option = str(error.values.get("source", "")).startswith("--")
        told = map(str, getattr(error, "mistakes", error.more))
        mistakes = [f"  {mistake}" for mistake in told if mistake not in error.message]
        return _fail(error.message, error.code, 2 if option else 1, *mistakes)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        from kiosk.ops import local

        refusal = local.disk_refusal(error)
        if refusal is None and error.filename is not None:
            refusal = KioskError("system_refused", path=error.filename, detail=diskwords.why(error))
        if refusal is None:
            raise
        refusal.reader = "keeper"
        return _fail(refusal.message, refusal.code, 1)
    return status if isinstance(status, int) else 0


def _fail(sentence: str, code: str, status: int, *details: str) -> int:
    click.echo("\n".join([f"{sentence} [{code}]", *details]), err=True)
    return status


def _named(ctx: click.Context | None) -> str:
    """The command that was being typed, as it is typed here."""
    words = ctx.command_path.split(" ", 1)[1:] if ctx is not None else []
    return " ".join([calling.typed(), *words])
