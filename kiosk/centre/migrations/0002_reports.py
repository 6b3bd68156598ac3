"""Reports say which kiosk sent them, because a ``seq`` orders one kiosk's only; and a question of the centre's that
two schools ask is theirs both. The columns have a default: a worker of the version before may still write.
"""

from kiosk.ground.migrations import run, run_all

#: The kiosk that sent a row of a table, where a single operation of the school had its number; else empty.
_SENDER = """COALESCE((SELECT CASE WHEN COUNT(*) = 1 THEN MIN(operation.kiosk) END FROM operation
    WHERE operation.uai = {table}.uai AND operation.seq = {table}.seq), '')"""
ASKED = f"""
CREATE TABLE asked_2 (id VARCHAR(255) NOT NULL, uai VARCHAR(255) NOT NULL, kiosk VARCHAR(255) NOT NULL DEFAULT '',
    seq BIGINT NOT NULL, session_id VARCHAR(255) NOT NULL, text TEXT NOT NULL, theme VARCHAR(255) NOT NULL,
    origin VARCHAR(255) NOT NULL, status VARCHAR(255) NOT NULL, PRIMARY KEY (uai, id));
INSERT INTO asked_2 (id, uai, kiosk, seq, session_id, text, theme, origin, status)
    SELECT id, uai, {_SENDER.format(table="asked")}, seq, session_id, text, theme, origin, status FROM asked;
DROP TABLE asked;
ALTER TABLE asked_2 RENAME TO asked;
CREATE INDEX asked_session_id ON asked (session_id);
"""
ATTENDANCE = f"""
ALTER TABLE attendance ADD COLUMN kiosk VARCHAR(255) NOT NULL DEFAULT '';
UPDATE attendance SET kiosk = {_SENDER.format(table="attendance")};
"""


def up(db):
    """Both tables of reports."""
    # Operations are found by number, once for each row: without an index, each would read all of its school's.
    run(db, "CREATE INDEX operation_uai_seq ON operation (uai, seq)")
    run_all(db, ASKED + ATTENDANCE)
    run(db, "DROP INDEX operation_uai_seq")
