"""Every rule on a text keeps pace with it, whatever it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import growth  # noqa: E402
import rules  # noqa: E402
import shapes  # noqa: E402

from kiosk.ground import remembered  # noqa: E402

RULES = rules.everything()
#: What says that a function was not reached at all.
NOT_REACHED = (TypeError, AttributeError, NameError, RuntimeError)


def test_the_rules_we_know_are_there():
    assert len(RULES) > 70
    known = {
        "kiosk.domain.reading.flags.find",
        "kiosk.domain.reading.textrules.visible",
        "kiosk.ground.typography.french",
    }
    assert known <= RULES.keys()


def test_what_is_apart_still_exists():
    nodes = [(module, node) for module, tree in rules.modules().items() for node in tree.body]
    known = {f"{module}.{node.name}" for module, node in nodes if hasattr(node, "name")}
    assert {name for names in rules.APART.values() for name in names} <= known


@pytest.mark.parametrize("name", RULES)
def test_a_rule_keeps_pace(name, monkeypatch):
    monkeypatch.setattr(remembered, "LONGEST", 10**9)  # by itself, not because little is looked at
    act = RULES[name]
    try:
        act("Bonjour")
    except NOT_REACHED as error:
        raise AssertionError(f"{name} was not reached: {error!r}") from error
    except Exception:
        pass  # a refusal
    remembered.forget()
    wrong = {}
    with remembered.nothing():  # each time as the first time
        for shape, made in shapes.GENERAL:
            if said := growth.broken(act, made):
                wrong[shape] = said
            if len(wrong) > 3:
                break
    assert wrong == {}
