"""A school without a network is paired by a stick (contract, section 6, r2); the office may keep an enrolment
waiting.
"""

from kiosk.ground.migrations import has_column, run_all

CODE = "ALTER TABLE code ADD COLUMN sealed VARCHAR(255) NOT NULL DEFAULT '';"
KIOSK = """
ALTER TABLE kiosk ADD COLUMN sealed VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE kiosk ADD COLUMN salt VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE kiosk ADD COLUMN pairing_key VARCHAR(255) NOT NULL DEFAULT '';
"""
ENROLMENT = "ALTER TABLE enrolment ADD COLUMN held BOOLEAN NOT NULL DEFAULT FALSE;"


def up(db):
    """What is not there yet."""
    for table, step in (("code", CODE), ("kiosk", KIOSK)):
        if not has_column(db, table, "sealed"):
            run_all(db, step)
    if not has_column(db, "enrolment", "held"):
        run_all(db, ENROLMENT)
