"""What changed in the centre's tables, version by version. A step names tables and columns as they were then, in
SQL that SQLite and PostgreSQL both read: the models go on changing, a step does not.

A table that is only new needs no step: it is made at the end of the start. A step that was published stays as it is.
"""

from __future__ import annotations

from typing import Any

from kiosk.centre.schema import Step, has_table

#: The kiosk that sent a row of a table, where a single operation of the school had its number; else empty.
_SENDER = """COALESCE((SELECT CASE WHEN COUNT(*) = 1 THEN MIN(operation.kiosk) END FROM operation
    WHERE operation.uai = {table}.uai AND operation.seq = {table}.seq), '')"""


def _reports_by_kiosk(db: Any) -> None:
    """Reports say which kiosk sent them, because a `seq` orders one kiosk's only; and a question of the centre's that
    two schools ask is theirs both. The columns have a default: a worker of the version before may still write.
    """
    # Operations are found by number, once for each row: without an index, each would read all of its school's.
    db.execute_sql("CREATE INDEX operation_uai_seq ON operation (uai, seq)")
    if has_table(db, "asked"):
        db.execute_sql("""CREATE TABLE asked_2 (id VARCHAR(255) NOT NULL, uai VARCHAR(255) NOT NULL,
            kiosk VARCHAR(255) NOT NULL DEFAULT '', seq BIGINT NOT NULL, session_id VARCHAR(255) NOT NULL,
            text TEXT NOT NULL, theme VARCHAR(255) NOT NULL, origin VARCHAR(255) NOT NULL, status VARCHAR(255) NOT NULL,
            PRIMARY KEY (uai, id))""")
        db.execute_sql(f"""INSERT INTO asked_2 (id, uai, kiosk, seq, session_id, text, theme, origin, status)
            SELECT id, uai, {_SENDER.format(table="asked")}, seq, session_id, text, theme, origin, status FROM asked""")
        db.execute_sql("DROP TABLE asked")
        db.execute_sql("ALTER TABLE asked_2 RENAME TO asked")
    if has_table(db, "attendance"):
        db.execute_sql("ALTER TABLE attendance ADD COLUMN kiosk VARCHAR(255) NOT NULL DEFAULT ''")
        db.execute_sql(f"UPDATE attendance SET kiosk = {_SENDER.format(table='attendance')}")
    db.execute_sql("DROP INDEX operation_uai_seq")


STEPS = (Step(2, _reports_by_kiosk),)
