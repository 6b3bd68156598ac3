"""``kiosk status`` and ``kiosk doctor``: how this kiosk goes; what could stop it, and its cure."""

from __future__ import annotations

import click

from kiosk.cli.format import Command
from kiosk.cli.options import global_options, with_settings
from kiosk.ground import calling, config, i18n


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="En JSON, pour GLPI, Ansible ou cron.")
@click.option("--bundle", metavar="ARCHIVE", help="Écrit aussi une archive à joindre à une demande d’aide.")
@click.option("--lang", type=click.Choice(["fr", "en"]), help="Langue du diagnostic (celle des réglages sinon).")
@global_options
@click.pass_context
def doctor(
    ctx: click.Context,
    as_json: bool,
    bundle: str | None,
    lang: str | None,
    data_dir: str | None,
    port: str | None,
    config_file: str | None,
) -> None:
    """Examine cette machine et dit, pour chaque point : OK, ATTENTION ou ERREUR, la cause et le remède.

    Le kiosque peut être en marche ou arrêté. Codes de sortie : 0 tout va bien, 1 à regarder, 2 en panne.

    L’archive ne contient ni adresse, ni nom de machine, ni mot de passe, ni texte d’élève.
    """
    from kiosk.ground import typography
    from kiosk.ops.doctor import command

    before = ctx.find_root().obj or {}
    overrides = {"data_dir": data_dir or before.get("data_dir"), "port": port or before.get("port")}
    i18n.install(typography.french)
    calling.options({"data-dir": overrides["data_dir"], "port": overrides["port"]})
    case = command.case_of(overrides, config_file or before.get("config_file"))
    i18n.set_language(lang or case.settings.language)
    if lang and case.fault is not None:  # its sentence was made before the language was known
        case = command.case_of(overrides, config_file or before.get("config_file"))
    findings = command.run(case)
    click.echo(command.as_json(findings) if as_json else command.text(findings))
    if bundle:
        from kiosk.ops.doctor import bundle as archive

        written = archive.write(bundle, case, findings)
        if not as_json:
            click.echo(archive.told(written))
    ctx.exit(command.exit_code(findings))


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="En JSON, aux clés stables, pour les outils d’un parc.")
@with_settings
def status(settings: config.Settings, as_json: bool) -> None:
    """Dit en une ligne comment va ce kiosque : adresse, version, salles, téléphones, échange, place, copie.

    Le kiosque peut être en marche ou arrêté. Codes de sortie : 0 en service, 1 à regarder, 2 hors service.

    Ni nom de personne, ni texte d’élève, ni secret.
    """
    from kiosk.ops import status as state

    found = state.look(settings)
    click.echo(state.as_json(found) if as_json else state.line(found))
    click.get_current_context().exit(found["exit"])
