"""The first schema, as the first centre made it; a base that notes no version is one, perhaps with fewer tables."""

from kiosk.ground.migrations import run_all

TABLES = """
CREATE TABLE IF NOT EXISTS asked (id VARCHAR(255) NOT NULL PRIMARY KEY, uai VARCHAR(255) NOT NULL,
    seq BIGINT NOT NULL, session_id VARCHAR(255) NOT NULL, text TEXT NOT NULL, theme VARCHAR(255) NOT NULL,
    origin VARCHAR(255) NOT NULL, status VARCHAR(255) NOT NULL);
CREATE INDEX IF NOT EXISTS asked_session_id ON asked (session_id);
CREATE TABLE IF NOT EXISTS attendance (uai VARCHAR(255) NOT NULL, enrolment_id VARCHAR(255) NOT NULL,
    session_id VARCHAR(255) NOT NULL, seq BIGINT NOT NULL, headcount INTEGER NOT NULL, started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL, received INTEGER NOT NULL, asked INTEGER NOT NULL,
    PRIMARY KEY (uai, enrolment_id, session_id));
CREATE INDEX IF NOT EXISTS attendance_session_id ON attendance (session_id);
CREATE TABLE IF NOT EXISTS audit (id SERIAL NOT NULL PRIMARY KEY, at BIGINT NOT NULL, what VARCHAR(255) NOT NULL,
    detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS code (digest VARCHAR(255) NOT NULL PRIMARY KEY, hint VARCHAR(255) NOT NULL,
    uai VARCHAR(255) NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT);
CREATE INDEX IF NOT EXISTS code_uai ON code (uai);
CREATE TABLE IF NOT EXISTS enrolment (id VARCHAR(255) NOT NULL PRIMARY KEY, uai VARCHAR(255) NOT NULL,
    kiosk VARCHAR(255) NOT NULL, seq BIGINT NOT NULL, session_id VARCHAR(255) NOT NULL, kind VARCHAR(255) NOT NULL,
    label TEXT NOT NULL, level VARCHAR(255) NOT NULL, headcount INTEGER NOT NULL, contact TEXT NOT NULL,
    state VARCHAR(255) NOT NULL, reason TEXT NOT NULL, queue BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS enrolment_uai ON enrolment (uai);
CREATE INDEX IF NOT EXISTS enrolment_session_id ON enrolment (session_id);
CREATE TABLE IF NOT EXISTS feed (type VARCHAR(255) NOT NULL, id VARCHAR(255) NOT NULL, uai VARCHAR(255) NOT NULL,
    rev BIGINT NOT NULL, deleted BOOLEAN NOT NULL, body TEXT NOT NULL, PRIMARY KEY (type, id, uai));
CREATE UNIQUE INDEX IF NOT EXISTS feed_rev ON feed (rev);
CREATE INDEX IF NOT EXISTS feed_uai_rev ON feed (uai, rev);
CREATE TABLE IF NOT EXISTS kiosk (id VARCHAR(255) NOT NULL PRIMARY KEY, uai VARCHAR(255) NOT NULL,
    label TEXT NOT NULL, nonce VARCHAR(255) NOT NULL, token VARCHAR(255) NOT NULL, paired_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL, revoked_at BIGINT);
CREATE INDEX IF NOT EXISTS kiosk_uai ON kiosk (uai);
CREATE UNIQUE INDEX IF NOT EXISTS kiosk_token ON kiosk (token);
CREATE TABLE IF NOT EXISTS notice (id VARCHAR(255) NOT NULL PRIMARY KEY, uai VARCHAR(255) NOT NULL,
    level VARCHAR(255) NOT NULL, text TEXT NOT NULL, expires_at BIGINT NOT NULL, withdrawn BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS old_token (token VARCHAR(255) NOT NULL PRIMARY KEY);
CREATE TABLE IF NOT EXISTS operation (uai VARCHAR(255) NOT NULL, id VARCHAR(255) NOT NULL,
    kiosk VARCHAR(255) NOT NULL, seq BIGINT NOT NULL, verdict TEXT NOT NULL, PRIMARY KEY (uai, id));
CREATE UNIQUE INDEX IF NOT EXISTS operation_kiosk_seq ON operation (kiosk, seq);
CREATE TABLE IF NOT EXISTS portrait (sha256 VARCHAR(255) NOT NULL PRIMARY KEY, type VARCHAR(255) NOT NULL,
    data BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS question (id VARCHAR(255) NOT NULL PRIMARY KEY, uai VARCHAR(255) NOT NULL,
    kiosk VARCHAR(255) NOT NULL, seq BIGINT NOT NULL, session_id VARCHAR(255) NOT NULL, text TEXT NOT NULL,
    theme VARCHAR(255) NOT NULL, level VARCHAR(255) NOT NULL, support INTEGER NOT NULL,
    origin VARCHAR(255) NOT NULL, state VARCHAR(255) NOT NULL, position INTEGER, created_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS question_uai ON question (uai);
CREATE INDEX IF NOT EXISTS question_session_id ON question (session_id);
CREATE TABLE IF NOT EXISTS reflection (uai VARCHAR(255) NOT NULL, kiosk VARCHAR(255) NOT NULL,
    session_id VARCHAR(255) NOT NULL, seq BIGINT NOT NULL, answers INTEGER NOT NULL, themes TEXT NOT NULL,
    PRIMARY KEY (uai, kiosk, session_id));
CREATE INDEX IF NOT EXISTS reflection_session_id ON reflection (session_id);
CREATE TABLE IF NOT EXISTS schema_step (version INTEGER NOT NULL PRIMARY KEY, at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS session (id VARCHAR(255) NOT NULL PRIMARY KEY, title TEXT NOT NULL,
    starts_at BIGINT NOT NULL, duration_min INTEGER NOT NULL, status VARCHAR(255) NOT NULL, places INTEGER,
    manual BOOLEAN NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS session_starts_at ON session (starts_at);
CREATE TABLE IF NOT EXISTS speaker (id VARCHAR(255) NOT NULL PRIMARY KEY, name TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stored (key VARCHAR(255) NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS visit (token VARCHAR(255) NOT NULL PRIMARY KEY, csrf VARCHAR(255) NOT NULL,
    seen_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS wrong_try (id SERIAL NOT NULL PRIMARY KEY, subject VARCHAR(255) NOT NULL,
    at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS wrong_try_subject ON wrong_try (subject);
"""


def up(db):
    """Make the tables."""
    run_all(db, TABLES)
