"""What the exchange needs to know of each operation, and the bytes of each day."""

from kiosk.ground.migrations import add_column, run_all

COLUMNS = (
    "subject TEXT NOT NULL DEFAULT ''",
    "session_id TEXT NOT NULL DEFAULT ''",
    "attempts INTEGER NOT NULL DEFAULT 0",
    "next_try_at BIGINT NOT NULL DEFAULT 0",
    "sent_at BIGINT",
    "answered_at BIGINT",
    "last_class TEXT NOT NULL DEFAULT ''",
)
REST = """
CREATE INDEX IF NOT EXISTS operation_subject ON operation (subject);
CREATE INDEX IF NOT EXISTS operation_state ON operation (state);
CREATE TABLE IF NOT EXISTS sync_day (day TEXT NOT NULL PRIMARY KEY, sent BIGINT NOT NULL, received BIGINT NOT NULL);
"""


def up(db):
    """Columns, then what finds them."""
    for column in COLUMNS:
        add_column(db, "operation", column)
    run_all(db, REST)
