"""« Fermer aux nouveaux appareils » stands in the room's row."""

from kiosk.ground.migrations import add_column


def up(db):
    """Add the column to a database of before."""
    add_column(db, "room", "shut_at BIGINT")
