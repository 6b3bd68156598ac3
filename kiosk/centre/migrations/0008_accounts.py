"""People of the office have accounts: the one password there was is the first one's, who goes on signing in with it.
The journal says who, and from what to what; a session, a speaker's card and link, a file say which académie made them.
"""

import time

from kiosk.ground.migrations import has_column, has_table, run, run_all

TABLES = """
CREATE TABLE account (id VARCHAR(255) NOT NULL PRIMARY KEY, email VARCHAR(255) NOT NULL, name TEXT NOT NULL,
    role VARCHAR(255) NOT NULL, territory VARCHAR(255) NOT NULL, password TEXT NOT NULL, factor VARCHAR(255) NOT NULL,
    step BIGINT NOT NULL, recovery TEXT NOT NULL, suspended BOOLEAN NOT NULL, created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL);
CREATE UNIQUE INDEX account_email ON account (email);
CREATE TABLE account_link (token VARCHAR(255) NOT NULL PRIMARY KEY, account_id VARCHAR(255) NOT NULL,
    factor BOOLEAN NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX account_link_account_id ON account_link (account_id);
"""
COLUMNS = (
    ("visit", "account_id", "VARCHAR(255) NOT NULL DEFAULT 'first'"),
    ("visit", "proven", "BOOLEAN NOT NULL DEFAULT TRUE"),
    ("audit", "account_id", "VARCHAR(255) NOT NULL DEFAULT ''"),
    ("audit", "name", "TEXT NOT NULL DEFAULT ''"),
    ("audit", "subject", "TEXT NOT NULL DEFAULT ''"),
    ("audit", "changes", "TEXT NOT NULL DEFAULT '[]'"),
    ("session", "territory", "VARCHAR(255) NOT NULL DEFAULT ''"),
    ("speaker", "territory", "VARCHAR(255) NOT NULL DEFAULT ''"),
    ("speaker_link", "territory", "VARCHAR(255) NOT NULL DEFAULT ''"),
    ("brought", "territory", "VARCHAR(255) NOT NULL DEFAULT ''"),
)
INDEXES = """
CREATE INDEX IF NOT EXISTS audit_at ON audit (at);
CREATE INDEX IF NOT EXISTS audit_detail ON audit (detail);
"""
FIRST = """
INSERT INTO account (id, email, name, role, territory, password, factor, step, recovery, suspended, created_at, seen_at)
    SELECT 'first', '', '', 'all', '', value, '', 0, '[]', FALSE, ?, ? FROM stored WHERE key = 'password'
"""


def up(db):
    """The tables, the columns, and the first account."""
    if not has_table(db, "account"):
        now = int(time.time() * 1000)
        run_all(db, TABLES)
        run(db, FIRST, now, now)
        run(db, "DELETE FROM stored WHERE key = 'password'")
    for table, column, kind in COLUMNS:
        if not has_column(db, table, column):
            run(db, f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    run_all(db, INDEXES)
