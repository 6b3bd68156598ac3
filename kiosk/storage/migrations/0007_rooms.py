"""Rooms side by side: the address without a code leads to the first one, an invitation may be for one device."""


def up(migrator, db):
    """Name what stood without a name; links given before keep opening for any number of devices (``seats`` 0)."""
    if "seats" not in {column.name for column in db.get_columns("invitation")}:
        db.execute_sql("ALTER TABLE invitation ADD COLUMN seats INTEGER NOT NULL DEFAULT 0")
    # « Salle / Salle B12 » reads badly: the name that the machine gave, not one that somebody chose.
    db.execute_sql("UPDATE room SET name = 'Salle principale' WHERE name = 'Salle'")
    said = db.execute_sql("SELECT 1 FROM setting WHERE key = 'rooms.plain_address'").fetchone()
    first = db.execute_sql(f"SELECT id FROM room ORDER BY {_age(db)} LIMIT 1").fetchone()
    if first and not said:
        value = '"' + first[0] + '"'
        db.execute_sql(f"INSERT INTO setting (key, value) VALUES ('rooms.plain_address', '{value}')")


def _age(db):
    """The order in which rooms came: SQLite's own row number; elsewhere the name the machine gave to the first one."""
    if type(db).__name__.startswith("Sqlite"):
        return "rowid"
    return "CASE WHEN name = 'Salle principale' THEN 0 ELSE 1 END, id"
