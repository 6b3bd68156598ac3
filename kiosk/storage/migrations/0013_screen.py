"""What the teacher decides of the screen stands in the room's row: masked or not, who speaks and since when."""

from kiosk.ground.migrations import add_column


def up(db):
    """Add the columns to a database of before."""
    add_column(db, "room", "hidden BOOLEAN NOT NULL DEFAULT FALSE")
    add_column(db, "room", "speaking_id TEXT")
    add_column(db, "room", "turn_left BIGINT")
    add_column(db, "room", "spoken TEXT NOT NULL DEFAULT '{}'")
