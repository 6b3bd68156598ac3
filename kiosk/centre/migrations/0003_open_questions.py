"""A reflection is one class's of one kiosk (contract, r2), and a question may wait for a speaker's written answer."""

from kiosk.ground.migrations import has_column, run_all

REFLECTION = """
CREATE TABLE reflection_3 (uai VARCHAR(255) NOT NULL, kiosk VARCHAR(255) NOT NULL, session_id VARCHAR(255) NOT NULL,
    enrolment_id VARCHAR(255) NOT NULL DEFAULT '', seq BIGINT NOT NULL, answers INTEGER NOT NULL, themes TEXT NOT NULL,
    useful TEXT NOT NULL DEFAULT '{}', more INTEGER, PRIMARY KEY (uai, kiosk, session_id, enrolment_id));
INSERT INTO reflection_3 (uai, kiosk, session_id, seq, answers, themes)
    SELECT uai, kiosk, session_id, seq, answers, themes FROM reflection;
DROP TABLE reflection;
ALTER TABLE reflection_3 RENAME TO reflection;
CREATE INDEX reflection_session_id ON reflection (session_id);
"""
OPEN = """
CREATE TABLE IF NOT EXISTS open_question (uai VARCHAR(255) NOT NULL, id VARCHAR(255) NOT NULL,
    kiosk VARCHAR(255) NOT NULL, seq BIGINT NOT NULL, session_id VARCHAR(255) NOT NULL,
    speaker_id VARCHAR(255) NOT NULL DEFAULT '', text TEXT NOT NULL, theme VARCHAR(255) NOT NULL,
    created_at BIGINT NOT NULL, answered_at BIGINT, PRIMARY KEY (uai, id));
CREATE INDEX IF NOT EXISTS open_question_session_id ON open_question (session_id);
"""


def up(db):
    """What is not there yet of both."""
    if not has_column(db, "reflection", "enrolment_id"):
        run_all(db, REFLECTION)
    run_all(db, OPEN)
