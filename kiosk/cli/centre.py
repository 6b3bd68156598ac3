"""`kiosk centre`: the reference centre, from the command line. It has settings of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from kiosk.cli.format import Command, Group
from kiosk.ground import i18n
from kiosk.ground.i18n import _, _n

_OPTIONS = (
    click.option(
        "--data-dir", metavar="DOSSIER", envvar="KIOSK_CENTRE_DATA_DIR", help="Dossier de la base et des secrets."
    ),
    click.option(
        "--port",
        metavar="PORT",
        type=click.IntRange(0, 65535),
        envvar="KIOSK_CENTRE_PORT",
        help="Port d’écoute (8090 sans réglage).",
    ),
    click.option(
        "--host", metavar="ADRESSE", envvar="KIOSK_CENTRE_HOST", help="Adresse d’écoute (127.0.0.1 sans réglage)."
    ),
    click.option(
        "--database",
        metavar="ADRESSE",
        envvar="KIOSK_CENTRE_DATABASE",
        help="Base PostgreSQL (postgresql://…) au lieu d’un fichier.",
    ),
    click.option("--name", metavar="NOM", envvar="KIOSK_CENTRE_NAME", help="Nom donné aux kiosques."),
    click.option(
        "--rate",
        metavar="NOMBRE",
        type=click.IntRange(1),
        envvar="KIOSK_CENTRE_RATE",
        help="Échanges par minute et par kiosque (120 sans réglage).",
    ),
    click.option(
        "--behind-proxy", is_flag=True, envvar="KIOSK_CENTRE_BEHIND_PROXY", help="Un serveur à nous, devant, parle TLS."
    ),
)


def _options(function: Any) -> Any:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group(cls=Group, invoke_without_command=True)
@_options
@click.option("--demo", is_flag=True, help="Remplit le centre de données inventées.")
@click.pass_context
def centre(ctx: click.Context, demo: bool, **options: Any) -> None:
    """Démarre le centre de référence, avec qui les kiosques échangent.

    Sans commande, le centre démarre. Son bureau est à l’adresse /bureau.
    """
    ctx.obj = _settings(ctx, options)
    if ctx.invoked_subcommand is None:
        from kiosk.centre import serving

        serving.serve(ctx.obj, demo)


@centre.command(cls=Command)
@click.pass_obj
def demo(settings: Any) -> None:
    """Remplit le centre de données inventées, pour essayer ou pour se former."""
    from kiosk.centre import serving

    with serving.alone(settings) as house:
        click.echo("\n".join(serving.load_demo(house)))


@centre.command("import", cls=Command)
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Dit ce qui changerait, sans rien écrire.")
@click.option("--yes", is_flag=True, help="Enregistre sans demander.")
@click.option("--erase", is_flag=True, help="Une case vide efface ce que la séance ou la personne avait.")
@click.pass_obj
def import_file(settings: Any, file: Path, dry_run: bool, yes: bool, erase: bool) -> None:
    """Importe un tableau de séances et de personnes, après avoir dit ce qui changerait, champ par champ.

    Une colonne absente garde ce qui est là. Une séance annulée le reste, même si le tableau dit « Prévue ».
    """
    from kiosk.centre import imports, serving
    from kiosk.centre.imports import telling

    data = telling.data_of(file)
    with serving.alone(settings) as house:
        found = telling.kept(lambda: imports.read(data))
        plan = house.store.run(lambda _tx: imports.made(found.items, erase=erase))
        click.echo("\n".join(telling.lines(found, plan)))
        take = {line.key for line in plan.of("new", "changed", "removed") if not line.revived}
        if dry_run or not take:
            return
        if not yes and not click.confirm(_("Enregistrer ?")):
            raise click.Abort()
        id = house.store.run(lambda tx: imports.bring(tx, b"", file.name))  # written at once: nothing to read again
        save = partial(imports.save, id=id, items=found.items, mark=plan.mark, take=take, erase=erase)
        n = telling.kept(lambda: house.store.run(save))
        click.echo(_n("%(n)s ligne enregistrée.", "%(n)s lignes enregistrées.", n))
        click.echo(_("Pour défaire : kiosk centre undo %(id)s", id=id))


@centre.command("schools", cls=Command)
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.pass_obj
def import_schools(settings: Any, file: Path) -> None:
    """Importe l’annuaire de l’éducation (CSV du ministère) ; un établissement écrit à la main reste tel quel."""
    from kiosk.centre import directory, serving
    from kiosk.centre.imports import telling
    from kiosk.ground import diskwords

    with serving.alone(settings) as house:
        try:
            with file.open("rb") as opened:
                report = telling.kept(lambda: directory.load(opened, house.store.run))
        except OSError as error:
            raise diskwords.unread(file, error) from error
    n = report.written
    click.echo(_n("%(n)s établissement enregistré", "%(n)s établissements enregistrés", n) + ".")
    for line, text in report.lines:
        click.echo(_("ligne %(n)s", n=line) + f" : {text}", err=True)


@centre.command(cls=Command)
@click.argument("id", metavar="IMPORT")
@click.pass_obj
def undo(settings: Any, id: str) -> None:
    """Défait un import ; ce qui a changé depuis, ou a des classes inscrites, reste tel quel."""
    from kiosk.centre import imports, serving
    from kiosk.centre.imports import telling

    with serving.alone(settings) as house:
        for title in telling.kept(lambda: house.store.run(lambda tx: imports.undo(tx, id))):
            click.echo(_("Reste tel quel : « %(title)s ».", title=title))
        click.echo(_("Import défait."))


@centre.command(cls=Command)
@click.argument("adresse", default="")
@click.option("--second-facteur", is_flag=True, help="Retire aussi le second facteur, et rouvre le compte.")
@click.pass_obj
def password(settings: Any, adresse: str, second_facteur: bool) -> None:
    """Donne un autre mot de passe au premier compte du bureau, ou à celui d’une adresse, et le déconnecte."""
    from kiosk.centre import serving

    made = serving.new_password(settings, adresse, second_facteur)
    click.echo(_("Mot de passe du bureau : %(password)s", password=made))


@centre.command(cls=Command)
@click.argument("adresse", default="")
@click.option("--nom", default="", metavar="NOM", help="Prénom et nom.")
@click.option("--role", default="all", metavar="RÔLE", help="read, work, figures ou all (tout, sans réglage).")
@click.option(
    "--academie", default="", metavar="CODE", help="Code de l’académie (14 : Rennes) ; national sans réglage."
)
@click.pass_obj
def account(settings: Any, adresse: str, nom: str, role: str, academie: str) -> None:
    """Crée un compte du bureau et donne le lien où choisir son mot de passe ; sans adresse, liste les comptes."""
    from kiosk.centre import serving
    from kiosk.centre.refusals import OfficeError

    if not adresse:
        click.echo("\n".join(serving.list_accounts(settings)))
        return
    try:
        link = serving.new_account(settings, adresse, nom, role, academie)
    except OfficeError as error:
        raise click.UsageError(error.message) from error
    click.echo(_("À ouvrir à l’adresse du centre, dans les 48 heures : %(link)s", link=link))


@centre.command(cls=Command)
@click.argument("uai", metavar="UAI")
@click.option("--long", "long", is_flag=True, help="Pour un établissement sans réseau : un code long, par clé USB.")
@click.option("--revoke", is_flag=True, help="Annule les codes de cet établissement qui attendent.")
@click.pass_obj
def code(settings: Any, uai: str, long: bool, revoke: bool) -> None:
    """Donne un code de jumelage à un établissement, ou annule les siens."""
    from kiosk.centre import by_hand

    click.echo(by_hand.revoke_codes(settings, uai) if revoke else by_hand.new_code(settings, uai, long=long))


@centre.command(cls=Command)
@click.argument("files", metavar="FICHIER…", nargs=-1, required=True)
@click.option("--to", "folder", metavar="DOSSIER", default=".", help="Où écrire les réponses (ici sans autre choix).")
@click.pass_obj
def answer(settings: Any, files: tuple[str, ...], folder: str) -> None:
    """Lit des fichiers de kiosques rapportés sur une clé USB et écrit une réponse pour chacun."""
    from kiosk.centre import by_hand

    click.echo("\n".join(by_hand.answer_sticks(settings, files, folder)))


def _settings(ctx: click.Context, options: dict[str, Any]) -> Any:
    """Settings from the options, given before or after the word « centre »."""
    from kiosk.centre.settings import CentreSettings
    from kiosk.ground.config import default_data_dir
    from kiosk.ground.typography import french

    i18n.install(french)
    before = {key: value for key, value in (ctx.find_root().obj or {}).items() if key in ("data_dir", "port") and value}
    given = {**before, **{key: value for key, value in options.items() if value}}
    given.update({"port": options["port"]} if options["port"] is not None else {})
    if "port" in given:
        given["port"] = int(given["port"])
    if "rate" in given:
        given["exchanges_per_minute"] = given.pop("rate")
    folder = Path(given.pop("data_dir", default_data_dir() / "centre"))
    return CentreSettings(data_dir=folder, language=i18n.current(), **given)
