"""A richer reflection, shows of hands, wordings regrouped by hand, and what a speaker writes back after the session."""

from kiosk.ground.migrations import add_column, run_all

TABLES = """
CREATE TABLE IF NOT EXISTS show_of_hands (id SERIAL NOT NULL PRIMARY KEY, room_id TEXT NOT NULL,
    session_id TEXT NOT NULL, about TEXT NOT NULL, speaker_id TEXT NOT NULL DEFAULT '', counts TEXT NOT NULL,
    created_at BIGINT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS show_of_hands_room_id_session_id_about_speaker_id
    ON show_of_hands (room_id, session_id, about, speaker_id);
CREATE TABLE IF NOT EXISTS wording (id SERIAL NOT NULL PRIMARY KEY, room_id TEXT NOT NULL, session_id TEXT NOT NULL,
    field TEXT NOT NULL, speaker_id TEXT NOT NULL DEFAULT '', said TEXT NOT NULL, shown TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS wording_room_id_session_id_field_speaker_id_said
    ON wording (room_id, session_id, field, speaker_id, said);
CREATE TABLE IF NOT EXISTS answer (id TEXT NOT NULL PRIMARY KEY, rev INTEGER NOT NULL DEFAULT 0,
    question_id TEXT NOT NULL, session_id TEXT NOT NULL, speaker_id TEXT NOT NULL DEFAULT '', question TEXT NOT NULL,
    text TEXT NOT NULL, answered_at BIGINT NOT NULL DEFAULT 0, came_at BIGINT NOT NULL DEFAULT 0,
    shared BOOLEAN NOT NULL DEFAULT FALSE, deleted BOOLEAN NOT NULL DEFAULT FALSE);
CREATE INDEX IF NOT EXISTS answer_session_id ON answer (session_id);
"""


def up(db):
    """Three tables and the columns beside."""
    for column in ("career", "useful", "more"):
        add_column(db, "reflection", f"{column} TEXT NOT NULL DEFAULT ''")
    add_column(db, "reflection", "tracks TEXT NOT NULL DEFAULT '[]'")
    add_column(db, "reflection", "people TEXT NOT NULL DEFAULT '[]'")
    add_column(db, "operation", "keep_until BIGINT")
    add_column(db, "room", "answer_id TEXT")
    run_all(db, TABLES)
