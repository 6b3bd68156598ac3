"""Every regular expression of the product goes through a hostile text in a time that follows its length."""

from __future__ import annotations

import pytest

from cost import growth, patterns, shapes


def test_the_sources_were_read():
    found = patterns.everything()
    assert sum(map(len, found.values())) > 100 and set(found) <= set(patterns.naming())
    assert {"kiosk.domain.reading.flags", "kiosk.contract.values"} <= set(found)


def slow(used):
    """The shapes on which an expression does not keep pace."""
    found = {}
    binary = isinstance(used.pattern.pattern, bytes)
    for name, made in (*shapes.GENERAL, *shapes.near(used.pattern)):

        def text(length, made=made):
            return made(length).encode("utf-8", "replace") if binary else made(length)

        for way in used.ways:
            method = getattr(used.pattern, way)

            def act(given, method=method, way=way):
                if way == "finditer":
                    for _match in method(given):
                        pass
                else:
                    method(given)

            if wrong := growth.broken(act, text):
                found[way, name] = wrong
        if len(found) > 3:
            break
    return found


@pytest.mark.parametrize("module", patterns.naming())
def test_its_expressions_keep_pace(module):
    found = {used.where: slow(used) for used in patterns.everything().get(module, [])}
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
