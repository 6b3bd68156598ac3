"""What nearly every command receives: the settings, and the options that say where they come from."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import click

from kiosk.ground import calling, config, i18n
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _

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
        calling.options(
            {
                "data-dir": overrides["data_dir"],
                "port": overrides["port"],
                "config": config_file or before.get("config_file"),
            }
        )
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
