"""Devices where the teacher's code was right (``kiosk.domain.known``)."""


def up(migrator, db):
    """Make the table in a database of before."""
    if "known_device" not in db.get_tables():
        sqlite = db.param == "?"
        serial, instant = ("INTEGER", "INTEGER") if sqlite else ("SERIAL", "BIGINT")
        db.execute_sql(
            f"CREATE TABLE known_device (id {serial} NOT NULL PRIMARY KEY,"
            f" token_hash TEXT NOT NULL, known_at {instant} NOT NULL)"
        )
        db.execute_sql("CREATE UNIQUE INDEX known_device_token_hash ON known_device (token_hash)")
