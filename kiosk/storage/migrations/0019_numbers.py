"""On PostgreSQL, a question is found by its room and number: several workers count together how fast a room writes
(``questions.pace``). On a file the one worker counts in memory, and nothing is added.
"""

from kiosk.ground.migrations import run


def up(db):
    """Add the index."""
    if db.param != "?":
        run(db, "CREATE INDEX IF NOT EXISTS question_room_id_number ON question (room_id, number)")
