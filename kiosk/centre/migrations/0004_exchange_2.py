"""Revision 2 of the contract: which history of the centre each kiosk knows and how far it answered it, who used a code,
and the prepared questions that their own school sees.
"""

from kiosk.ground.migrations import add_column, has_column, run_all

FILL = """
UPDATE kiosk SET seq = (SELECT COALESCE(MAX(operation.seq), 0) FROM operation WHERE operation.kiosk = kiosk.id);
INSERT INTO feed (type, id, uai, rev, deleted, body)
    SELECT 'own', question.id, question.uai,
        (SELECT COALESCE(MAX(rev), 0) FROM feed) + ROW_NUMBER() OVER (ORDER BY question.created_at, question.id),
        FALSE, ''
    FROM question WHERE question.origin = 'prepared' AND question.state <> 'withdrawn' AND question.uai <> '';
"""


def up(db):
    """What is not there yet; a question is announced once."""
    add_column(db, "code", "kiosk VARCHAR(255) NOT NULL DEFAULT ''")
    if not has_column(db, "kiosk", "epoch"):
        add_column(db, "kiosk", "epoch VARCHAR(255) NOT NULL DEFAULT ''")
        add_column(db, "kiosk", "seq BIGINT NOT NULL DEFAULT 0")
        add_column(db, "kiosk", "lost_seq BIGINT NOT NULL DEFAULT 0")
        run_all(db, FILL)
