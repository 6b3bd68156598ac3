"""A question that the teacher placed by hand: the proposed running order leaves it where it is."""

from kiosk.ground.migrations import add_column


def up(db):
    """Add the column to a database of before."""
    add_column(db, "question", "placed BOOLEAN NOT NULL DEFAULT FALSE")
