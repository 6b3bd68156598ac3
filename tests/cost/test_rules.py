"""Every rule on a text keeps pace with it, whatever it is."""

from __future__ import annotations

import pytest

from cost import growth, rules, shapes
from kiosk.ground import remembered

RULES = rules.everything()


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


def test_a_call_that_went_wrong_or_would_not_end_is_no_answer(monkeypatch):
    def lost(_text):
        raise KeyError("id")

    def endless(_text):
        while True:
            try:
                while True:
                    pass
            except Exception:
                pass

    with pytest.raises(KeyError):
        growth.broken(lost, lambda size: "a" * size)
    monkeypatch.setattr(growth, "PATIENCE", 0.05)
    assert "not ended" in growth.broken(endless, lambda size: "a" * size)


def test_what_a_rule_takes_is_said_of_rules_that_exist():
    assert rules.TAKEN.keys() <= RULES.keys()


@pytest.mark.parametrize("name", RULES)
def test_a_rule_keeps_pace(name, monkeypatch):
    monkeypatch.setattr(remembered, "LONGEST", 10**9)  # by itself, not because little is looked at
    act = RULES[name]
    act(rules.TAKEN.get(name, "Bonjour"))  # it is reached, and takes what is right
    remembered.forget()
    wrong = {}
    with remembered.nothing():  # each time as the first time
        for shape, made in shapes.GENERAL:
            if said := growth.broken(act, made):
                wrong[shape] = said
            if len(wrong) > 3:
                break
    assert wrong == {}
