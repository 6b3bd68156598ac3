"""The beginning of a question that the teacher proposes to the phones stands in the room's row."""

from kiosk.ground.migrations import add_column


def up(db):
    """Add the column to a database of before."""
    add_column(db, "room", "starter TEXT NOT NULL DEFAULT ''")
