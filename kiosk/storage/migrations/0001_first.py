"""The first schema, as version 1.0 made it."""

from kiosk.ground.migrations import run_all

TABLES = """
CREATE TABLE IF NOT EXISTS access (id SERIAL NOT NULL PRIMARY KEY, token_hash TEXT NOT NULL, role TEXT NOT NULL,
    room_id TEXT, invitation_id INTEGER, language TEXT NOT NULL, created_at BIGINT NOT NULL, revoked_at BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS access_token_hash ON access (token_hash);
CREATE INDEX IF NOT EXISTS access_invitation_id ON access (invitation_id);
CREATE TABLE IF NOT EXISTS audit_entry (id SERIAL NOT NULL PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL,
    room_id TEXT, action TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS audit_entry_at ON audit_entry (at);
CREATE TABLE IF NOT EXISTS decision (id SERIAL NOT NULL PRIMARY KEY, room_id TEXT NOT NULL,
    session_id TEXT NOT NULL, verb TEXT NOT NULL, label TEXT NOT NULL, at BIGINT NOT NULL, before TEXT NOT NULL,
    current_id TEXT, undone BOOLEAN NOT NULL);
CREATE INDEX IF NOT EXISTS decision_room_id ON decision (room_id);
CREATE TABLE IF NOT EXISTS enrolment (id TEXT NOT NULL PRIMARY KEY, rev INTEGER NOT NULL, session_id TEXT NOT NULL,
    kind TEXT NOT NULL, label TEXT NOT NULL, level TEXT NOT NULL, headcount INTEGER NOT NULL,
    contact_email TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, zone TEXT NOT NULL,
    deleted BOOLEAN NOT NULL);
CREATE INDEX IF NOT EXISTS enrolment_session_id ON enrolment (session_id);
CREATE TABLE IF NOT EXISTS invitation (id SERIAL NOT NULL PRIMARY KEY, token_hash TEXT NOT NULL,
    room_id TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS invitation_token_hash ON invitation (token_hash);
CREATE TABLE IF NOT EXISTS notice (id TEXT NOT NULL PRIMARY KEY, rev INTEGER NOT NULL, level TEXT NOT NULL,
    text TEXT NOT NULL, expires_at BIGINT NOT NULL, deleted BOOLEAN NOT NULL);
CREATE TABLE IF NOT EXISTS operation (seq SERIAL NOT NULL PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL,
    at BIGINT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS operation_id ON operation (id);
CREATE TABLE IF NOT EXISTS question (id TEXT NOT NULL PRIMARY KEY, rev INTEGER NOT NULL, number INTEGER NOT NULL,
    room_id TEXT, session_id TEXT NOT NULL, author TEXT, origin TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,
    text TEXT NOT NULL, original_text TEXT NOT NULL, theme TEXT NOT NULL, level TEXT NOT NULL, speaker_id TEXT,
    base_support INTEGER NOT NULL, support INTEGER NOT NULL, position INTEGER NOT NULL, merged_into TEXT,
    kept_apart BOOLEAN NOT NULL, created_at BIGINT NOT NULL, approved_at BIGINT, on_screen_at BIGINT,
    asked_at BIGINT, answered_at BIGINT);
CREATE INDEX IF NOT EXISTS question_merged_into ON question (merged_into);
CREATE INDEX IF NOT EXISTS question_room_id_session_id_status ON question (room_id, session_id, status);
CREATE INDEX IF NOT EXISTS question_author_room_id ON question (author, room_id);
CREATE TABLE IF NOT EXISTS reflection (id SERIAL NOT NULL PRIMARY KEY, room_id TEXT NOT NULL,
    session_id TEXT NOT NULL, author TEXT, job TEXT NOT NULL, studies TEXT NOT NULL, surprise TEXT NOT NULL,
    status TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS reflection_room_id_session_id ON reflection (room_id, session_id);
CREATE TABLE IF NOT EXISTS room (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, code TEXT NOT NULL,
    rev INTEGER NOT NULL, next_number INTEGER NOT NULL, session_id TEXT, enrolment_id TEXT,
    class_label TEXT NOT NULL, headcount INTEGER NOT NULL, phase TEXT NOT NULL, phase_started_at BIGINT NOT NULL,
    ends_at BIGINT, paused_ms BIGINT, intake TEXT NOT NULL, moderation BOOLEAN NOT NULL, current_id TEXT,
    theme TEXT NOT NULL, phones BOOLEAN NOT NULL, shortcuts BOOLEAN NOT NULL, opened_at BIGINT, closed_at BIGINT,
    purge_at BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS room_code ON room (code);
CREATE TABLE IF NOT EXISTS schema_migration (id SERIAL NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL,
    applied TIMESTAMP NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS schema_migration_name ON schema_migration (name);
CREATE TABLE IF NOT EXISTS session (id TEXT NOT NULL PRIMARY KEY, rev INTEGER NOT NULL, title TEXT NOT NULL,
    starts_at BIGINT NOT NULL, duration_min INTEGER NOT NULL, format TEXT NOT NULL, phases TEXT,
    meeting_url TEXT NOT NULL, levels TEXT NOT NULL, theme_week TEXT NOT NULL, status TEXT NOT NULL,
    speakers TEXT NOT NULL, dossier TEXT NOT NULL, places INTEGER, deleted BOOLEAN NOT NULL);
CREATE INDEX IF NOT EXISTS session_starts_at ON session (starts_at);
CREATE TABLE IF NOT EXISTS setting (key TEXT NOT NULL PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS speaker (id TEXT NOT NULL PRIMARY KEY, rev INTEGER NOT NULL, name TEXT NOT NULL,
    job_feminine TEXT NOT NULL, job_masculine TEXT NOT NULL, job_shown TEXT NOT NULL, employer TEXT NOT NULL,
    place TEXT NOT NULL, bio TEXT NOT NULL, path TEXT NOT NULL, job_sheet TEXT NOT NULL, portrait TEXT,
    deleted BOOLEAN NOT NULL);
CREATE TABLE IF NOT EXISTS support (id SERIAL NOT NULL PRIMARY KEY, question_id TEXT NOT NULL,
    device TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS support_question_id_device ON support (question_id, device);
"""


def up(db):
    """Make the tables."""
    run_all(db, TABLES)
