"""Devices where the teacher's code was right (``kiosk.domain.people.known``)."""

from kiosk.ground.migrations import run_all

TABLE = """
CREATE TABLE IF NOT EXISTS known_device (id SERIAL NOT NULL PRIMARY KEY, token_hash TEXT NOT NULL,
    known_at BIGINT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS known_device_token_hash ON known_device (token_hash);
"""


def up(db):
    """Make the table."""
    run_all(db, TABLE)
