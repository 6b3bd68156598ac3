"""Revision 2 of the contract: to which centre an operation first went and what it was told before, what a whole reading
of the centre named, what it no longer names, and what the centre says more of a class and of a session.
"""

from kiosk.ground.migrations import add_column, run_all

TABLES = """
CREATE TABLE IF NOT EXISTS mentioned (type TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (type, id));
CREATE TABLE IF NOT EXISTS unmentioned (type TEXT NOT NULL, id TEXT NOT NULL, hidden_at BIGINT,
    PRIMARY KEY (type, id));
"""


def up(db):
    """Add the columns and the tables to a database of before."""
    add_column(db, "operation", "centre TEXT NOT NULL DEFAULT ''")
    add_column(db, "operation", "verdict_before TEXT NOT NULL DEFAULT ''")
    add_column(db, "enrolment", "meeting_url TEXT NOT NULL DEFAULT ''")
    add_column(db, "enrolment", "unconfirmed BOOLEAN NOT NULL DEFAULT FALSE")
    # FULL is a word of SQL: the column is named for what it says.
    add_column(db, "session", "no_place_left BOOLEAN NOT NULL DEFAULT FALSE")
    run_all(db, TABLES)
