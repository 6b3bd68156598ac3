"""Rows read by ready-made statements are those the query builder reads, field by field."""

from __future__ import annotations

import pytest

from kiosk.storage import hot
from kiosk.storage.models import TABLES, Room, Session, Setting, Speaker


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_fetch_reads_what_the_builder_reads(kiosk, room, model):
    keys = [one.name for one in model._meta.get_primary_keys()]
    for expected in model.select():
        found = hot.fetch(model, **{key: getattr(expected, key) for key in keys})
        assert found.__data__ == expected.__data__
        assert [*map(type, found.__data__.values())] == [*map(type, expected.__data__.values())]
    assert hot.fetch(model, **dict.fromkeys(keys, -1)) is None


def test_fetch_by_several_columns(kiosk, room):
    code = Room.get().code
    assert hot.fetch(Room, id=room, code=code).name == "Salle 12"
    assert hot.fetch(Room, id=room, code="NOPE") is None


def test_a_fetched_row_can_be_saved(kiosk, room):
    def unit(_tx):
        row = hot.fetch(Room, id=room)
        row.phones = False
        row.save(only=[Room.phones])
        return hot.fetch(Room, id=room).phones

    assert kiosk.write(unit) is False


def test_tables_with_rows_are_compared(kiosk, room):
    assert [model.select().count() > 0 for model in (Room, Session, Speaker)] == [True] * 3
    assert hot.fetch(Setting, key="absent") is None


def test_read_gives_tuples(kiosk, room):
    assert hot.read(hot.TWO_ROOMS) == [(room,)]
