"""The command line's own sentences: help and usage errors, in the kiosk's language.

click speaks English only; these classes keep its parsing and write its pages with ``_``.
"""

from __future__ import annotations

from typing import Any

import click

from kiosk.ground.i18n import N_, _

USAGE = N_("Utilisation :")
HELP_OPTION = N_("Affiche cette aide.")


class _Formatter(click.HelpFormatter):
    def write_heading(self, heading: str) -> None:
        self.write(" " * self.current_indent + _("%(title)s :", title=heading) + "\n")


class _Context(click.Context):
    formatter_class = _Formatter


class Command(click.Command):
    """A click command whose help is written in the kiosk's language."""

    context_class = _Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[OPTIONS]")
        super().__init__(*args, **kwargs)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The « Utilisation : » line."""
        pieces = " ".join(_(piece) for piece in self.collect_usage_pieces(ctx) if piece)
        formatter.write_usage(ctx.command_path, pieces, prefix=_(USAGE) + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does."""
        with formatter.indentation():
            for paragraph in filter(None, (self.help or "").split("\n\n")):
                formatter.write_paragraph()
                formatter.write_text(_(" ".join(paragraph.split())))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of options."""
        records = []
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Option) and not parameter.hidden:
                is_help = "--help" in parameter.opts
                names = ", ".join([*parameter.opts, *parameter.secondary_opts])
                if not parameter.is_flag:
                    names += " " + _(parameter.metavar or (parameter.name or "").upper())
                text = HELP_OPTION if is_help else parameter.help
                records.append((names, _(text) if text else ""))
        with formatter.section(_("Options")):
            formatter.write_dl(records)


class Group(Command, click.Group):
    """A click group: the same, with its commands and the nearest one when a name is unknown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("subcommand_metavar", "COMMANDE …")
        super().__init__(*args, **kwargs)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of options, then the list of commands with their first sentence."""
        Command.format_options(self, ctx, formatter)
        rows = []
        for name in self.commands:
            words = " ".join((self.commands[name].help or "").split("\n\n")[0].split())
            rows.append((name, _(words)))
        with formatter.section(_("Commandes")):
            formatter.write_dl(rows)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click's, with our sentence for an unknown command."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            known = ", ".join(self.commands)
            sentence = N_("commande inconnue « %(name)s ». Commandes : %(known)s.")
            raise click.UsageError(_(sentence, name=args[0], known=known), ctx)
        return super().resolve_command(ctx, args)


def usage_sentence(error: click.UsageError) -> str:
    """One sentence for a wrong command line."""
    if isinstance(error, click.NoSuchOption):
        near = ", ".join(error.possibilities or [])
        hint = _(" Vouliez-vous dire « %(near)s » ?", near=near) if near else ""
        return _("option inconnue « %(name)s ».%(hint)s", name=error.option_name, hint=hint)
    if isinstance(error, click.MissingParameter):
        return _("il manque %(name)s.", name=_parameter_name(error))
    if isinstance(error, click.BadOptionUsage):
        return _("l’option « %(name)s » est mal employée.", name=error.option_name)
    if isinstance(error, click.BadParameter):
        return _("valeur refusée pour %(name)s.", name=_parameter_name(error)) + _expected(error.param)
    if "unexpected extra argument" in error.message:
        extra = error.message.partition("(")[2].rstrip(")")
        return _("mots en trop : %(words)s.", words=extra)
    return error.message


def _expected(parameter: click.Parameter | None) -> str:
    """What would not have been refused; nothing when only the value itself tells."""
    kind = parameter.type if parameter else None
    if isinstance(kind, click.Choice):
        return " " + _("Au choix : %(list)s.", list=", ".join(map(str, kind.choices)))
    if isinstance(kind, click.IntRange) and kind.min is not None and kind.max is not None:
        return " " + _("Un nombre entier de %(low)s à %(high)s est attendu.", low=kind.min, high=kind.max)
    return " " + _("Un nombre entier est attendu.") if isinstance(kind, click.types.IntParamType) else ""


def _parameter_name(error: click.BadParameter) -> str:
    parameter = error.param
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.make_metavar(error.ctx) if parameter and error.ctx else ""
