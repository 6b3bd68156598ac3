"""``kiosk doctor``: the whole examination, in words, in JSON, or in an archive to send."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from kiosk.ground import config, edition
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n
from kiosk.ops.doctor import (  # noqa: F401  (each module registers its checks)
    centre_checks,
    data_checks,
    machine_checks,
    network_checks,
    service_checks,
)
from kiosk.ops.doctor.report import ATTENTION, ERREUR, OK, Case, Finding, examine, exit_code


def case_of(overrides: Mapping[str, str | None], named: str | None) -> Case:
    """The settings, or defaults and the reason why the file is refused: that too is a finding."""
    try:
        return Case(config.load(overrides, os.environ, named))
    except KioskError as error:
        fault = error
    known = {name: value for name in config.SETTINGS if (value := os.environ.get(config.variable(name)))}
    for given in ({**known, **{k: v for k, v in overrides.items() if v}}, dict(overrides), {}):
        try:
            return Case(config.Settings(**_typed(given)), fault)
        except (KioskError, TypeError, ValueError):
            continue
    return Case(config.Settings(), fault)


def _typed(given: Mapping[str, str | None]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, text in given.items():
        item = config.SETTINGS[key]
        if text:
            value = config.parse(text, item)
            if config.check(value, item) is None:
                values[item.name] = config.typed(value, item, config.Path())
    return values


def text(findings: list[Finding]) -> str:
    """One block by check: the level, the title, the cause, the cure under it."""
    marks = {OK: "OK       ", ATTENTION: "ATTENTION", ERREUR: "ERREUR   "}
    lines = []
    for one in findings:
        lines.append(f"{marks[one.level]}  {one.title} : {one.cause}  [{one.code}]")
        if one.cure:
            lines.append(f"           → {one.cure}")
    return "\n".join([*lines, "", summary(findings)])


def summary(findings: list[Finding]) -> str:
    """The last line."""
    errors = sum(one.level == ERREUR for one in findings)
    warnings = sum(one.level == ATTENTION for one in findings)
    if not errors and not warnings:
        return _("Tout va bien.")
    parts = [
        _n("%(n)s erreur", "%(n)s erreurs", errors),
        _n("%(n)s point à regarder", "%(n)s points à regarder", warnings),
    ]
    return ", ".join(part for part, count in zip(parts, (errors, warnings), strict=True) if count) + "."


def as_json(findings: list[Finding]) -> str:
    """For GLPI, Ansible, cron."""
    levels = (OK, ATTENTION, ERREUR)
    return json.dumps(
        {
            "version": edition.current().version,
            "build": edition.current().commit,
            "level": levels[exit_code(findings)],
            "exit": exit_code(findings),
            "checks": [one.plain() for one in findings],
        },
        ensure_ascii=False,
        indent=1,
    )


def run(case: Case) -> list[Finding]:
    """Every check."""
    return examine(case)
