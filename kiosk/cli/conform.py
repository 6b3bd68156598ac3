"""``kiosk conform``: whether a centre, or a kiosk, holds to the contract of exchange."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import click

from kiosk.cli.format import Command
from kiosk.ground import i18n
from kiosk.ground.i18n import N_, _
from kiosk.ground.typography import french


@click.command(cls=Command)
@click.argument("base", metavar="[ADRESSE]", required=False)
@click.option("--uai", metavar="UAI", help="Code UAI d’un établissement d’essai de ce centre.")
@click.option(
    "--code", "codes", metavar="CODE", multiple=True, help="Code de jumelage ; deux fois : un second kiosque."
)
@click.option("--other", nargs=2, metavar="UAI CODE", help="Un autre établissement et un code pour lui.")
@click.option(
    "--session", metavar="SÉANCE", default="", help="Séance à venir : une classe d’essai s’y inscrit, puis annule."
)
@click.option("--stick", metavar="DOSSIER", default="", help="Où des fichiers se portent au centre et en reviennent.")
@click.option("--long", metavar="CODE", default="", help="Code long, pour jumeler par un fichier (avec --stick).")
@click.option("--wait", metavar="SECONDES", type=click.FloatRange(0), default=600, help="Attente d’un fichier (600).")
@click.option(
    "--seconds", metavar="SECONDES", type=click.FloatRange(0.1, 120), default=10, help="Durée d’une demande (10)."
)
@click.option(
    "--proxy", metavar="ADRESSE", default="", help="Serveur mandataire à traverser : http://compte:code@machine:port."
)
@click.option("--json", "as_json", is_flag=True, help="Rapport en JSON.")
@click.option("--centre", "as_centre", is_flag=True, help="Sert un centre d’essai, pour qui écrit un kiosque.")
@click.option("--port", metavar="PORT", type=click.IntRange(0, 65535), default=8095, help="Port du centre (8095).")
@click.option("--wrong", metavar="NOM", default="", help="Ce que le centre d’essai fait de travers (--list).")
@click.option("--list", "listed", is_flag=True, help="Liste les règles, sans rien demander à personne.")
def conform(base: str | None, as_json: bool, listed: bool, as_centre: bool, **options: Any) -> None:
    """Joue un kiosque face au centre d’une adresse, et dit règle par règle s’il tient le contrat d’échange.

    Avec --centre : sert un centre qui peut mal se conduire, et dit à la fin si le kiosque venu l’essayer tient parole.

    Sans --code, il ne fait que lire. Avec un code : un kiosque d’essai se jumelle et envoie des opérations sans effet.

    Codes de sortie : 0 tout ce qui a été essayé tient, 1 une règle est manquée, 2 commande mal écrite.
    """
    from kiosk.conform import attended, running, serving

    i18n.install(french)
    port, wrong = options.pop("port"), options.pop("wrong")
    if listed:
        click.echo(attended.listed(as_json))
        return
    if wrong and wrong not in serving.KNOWN:
        raise click.UsageError(_("« %(name)s » n’est pas dans « kiosk conform --list ».", name=wrong))
    if as_centre:
        report = attended.serve(port, wrong, options["uai"], lambda line: click.echo(line, err=as_json))
        lines = [line for one in report.results for line in one.lines()]
    else:
        trial = _trial(base, **options)
        report, lines = running.Report(trial.base), []
        for one in running.run(trial):
            report.results.append(one)
            if not as_json:
                click.echo("\n".join(one.lines()))
    click.echo(report.as_json() if as_json else "\n".join([*lines, report.summary()]))
    if not report.held:
        raise click.exceptions.Exit(1)


def _trial(base: str | None, uai: str | None, codes: tuple[str, ...], **options: Any) -> Any:
    """The kiosk to play. :raises click.UsageError: an option is wrong, or one is missing."""
    from kiosk.conform.trial import Trial
    from kiosk.contract import schools

    address, other = (base or "").rstrip("/"), options.pop("other")
    if not _readable(address):
        raise click.UsageError(_("donnez l’adresse du centre : http://… ou https://…, sans compte ni « ? »."))
    for given in filter(None, (uai, other[0] if other else None)):
        if schools.read_uai(given) is None:
            raise click.UsageError(_("« %(uai)s » n’est pas un code UAI.", uai=given))
    if options["proxy"] and not _is_proxy(options["proxy"]):
        raise click.UsageError(_("donnez l’adresse du serveur mandataire : http://machine:port."))
    if codes and not uai:
        raise click.UsageError(_("--code va avec --uai."))
    elsewhere = (schools.read_uai(other[0]) or "", other[1]) if other else None
    carried = N_("%(file)s : à porter au centre ; sa réponse se pose dans le même dossier.")
    return Trial(
        address,
        schools.read_uai(uai or "") or "",
        codes,
        elsewhere,
        say=lambda file: click.echo(_(carried, file=file), err=True),
        **options,
    )


def _readable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(
            parts.scheme in ("http", "https")
            and parts.hostname
            and "@" not in parts.netloc
            and not (parts.query or parts.fragment)
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def _is_proxy(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/")
    except ValueError:
        return False
