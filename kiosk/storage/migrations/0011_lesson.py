"""« Préparer en classe »: where the lesson of a room and its session is (``kiosk.domain.lessons``)."""

from kiosk.ground.migrations import run_all

TABLE = """
CREATE TABLE IF NOT EXISTS lesson (id SERIAL NOT NULL PRIMARY KEY, room_id TEXT NOT NULL, session_id TEXT NOT NULL,
    step TEXT NOT NULL, shown BOOLEAN NOT NULL, ends_at BIGINT, paused_ms BIGINT, school TEXT NOT NULL,
    chosen TEXT NOT NULL, slips TEXT NOT NULL, done_at BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS lesson_room_id_session_id ON lesson (room_id, session_id);
"""


def up(db):
    """Make the table."""
    run_all(db, TABLE)
