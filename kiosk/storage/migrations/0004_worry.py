"""What a text that may come from a pupil in danger is waiting for (``kiosk.domain.reading.distress``)."""

from kiosk.ground.migrations import add_column


def up(db):
    """Add the column to a database of before. What it holds was read under earlier rules: nothing is judged again."""
    add_column(db, "question", "worry TEXT NOT NULL DEFAULT ''")
