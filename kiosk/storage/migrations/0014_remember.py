"""What a session leaves behind: the lines of answer, the souvenirs kept, the year's meetings; and links that open for
who writes the lines.
"""

from kiosk.ground.migrations import add_column, run_all

TABLES = """
CREATE TABLE IF NOT EXISTS answer_line (question_id TEXT NOT NULL PRIMARY KEY, room_id TEXT NOT NULL,
    session_id TEXT NOT NULL, text TEXT NOT NULL, proposed TEXT NOT NULL, noted_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS answer_line_room_id_session_id ON answer_line (room_id, session_id);
CREATE TABLE IF NOT EXISTS souvenir (id SERIAL NOT NULL PRIMARY KEY, room_id TEXT NOT NULL,
    session_id TEXT NOT NULL, kept_at BIGINT NOT NULL, until BIGINT NOT NULL, page TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS souvenir_until ON souvenir (until);
CREATE TABLE IF NOT EXISTS meeting (id SERIAL NOT NULL PRIMARY KEY, room_id TEXT NOT NULL,
    session_id TEXT NOT NULL, began_at BIGINT NOT NULL, ended_at BIGINT, label TEXT NOT NULL, level TEXT NOT NULL,
    speakers TEXT NOT NULL, received INTEGER NOT NULL, asked INTEGER NOT NULL, answers INTEGER NOT NULL,
    useful INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS meeting_began_at ON meeting (began_at);
"""


def up(db):
    """Make the tables; a link given before opens for who reads over, as it did."""
    run_all(db, TABLES)
    add_column(db, "invitation", "role TEXT NOT NULL DEFAULT 'moderator'")
