"""On PostgreSQL, the secrets of an installation stand beside its tables: one row, for all its workers. Empty on a file,
whose secrets are a file of their own.
"""

from kiosk.ground.migrations import run, run_all

TABLE = """
CREATE TABLE IF NOT EXISTS secret (
    id INTEGER NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
"""


def up(db):
    """Add the table; nobody but its owner reads it."""
    run_all(db, TABLE)
    if db.param != "?":
        run(db, "REVOKE ALL ON secret FROM PUBLIC")
