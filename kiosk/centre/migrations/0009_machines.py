"""Tokens of the machine interface; the journal says of which territory who acted was. What a pupil alone could be known
by leaves the enrolments whose session is gone: nothing would ever have forgotten it.
"""

from kiosk.ground.migrations import has_column, run, run_all

TABLES = """
CREATE TABLE IF NOT EXISTS api_token (id VARCHAR(255) NOT NULL PRIMARY KEY, name TEXT NOT NULL,
    digest VARCHAR(255) NOT NULL, writes BOOLEAN NOT NULL, territory VARCHAR(255) NOT NULL DEFAULT '',
    account_id VARCHAR(255) NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, seen_at BIGINT,
    revoked_at BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS api_token_digest ON api_token (digest);
"""
TERRITORY = """
UPDATE audit SET territory = COALESCE((SELECT territory FROM account WHERE account.id = audit.account_id), '')
"""
ORPHANS = """
UPDATE enrolment SET contact = '', reason = '', label = CASE WHEN kind = 'class' THEN label ELSE '' END
    WHERE session_id NOT IN (SELECT id FROM session)
"""


def up(db):
    """The table, the column, and what nothing holds any more."""
    run_all(db, TABLES)
    if not has_column(db, "audit", "territory"):
        run(db, "ALTER TABLE audit ADD COLUMN territory VARCHAR(255) NOT NULL DEFAULT ''")
        run(db, TERRITORY)
        run(db, ORPHANS)
