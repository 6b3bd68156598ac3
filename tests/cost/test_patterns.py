"""Every regular expression of the product goes through a hostile text in a time that follows its length."""

from __future__ import annotations

import pytest

from cost import growth, patterns, shapes

EVERYTHING = patterns.everything()


def test_the_sources_were_read():
    assert len(EVERYTHING) > 100
    places = {used.where.partition(":")[0] for used in EVERYTHING}
    assert {"kiosk.domain.reading.flags", "kiosk.contract.values"} <= places


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


@pytest.mark.parametrize("used", EVERYTHING, ids=[used.where for used in EVERYTHING])
def test_an_expression_keeps_pace(used):
    assert slow(used) == {}
