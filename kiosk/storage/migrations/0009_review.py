"""« Relecture avant affichage : Non » has an end, and remembers what nobody read.

A room where it was off for good (``moderation`` = 0) reads over again: nothing takes that away for longer than ten
minutes any more, so the column goes.
"""

from kiosk.ground.migrations import add_column, has_column, run


def up(db):
    """Two columns come, one goes."""
    add_column(db, "room", "review_off_until BIGINT")
    if has_column(db, "room", "moderation"):
        run(db, "ALTER TABLE room DROP COLUMN moderation")
    add_column(db, "question", "unread BOOLEAN NOT NULL DEFAULT FALSE")
