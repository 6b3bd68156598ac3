"""« Fermer aux nouveaux appareils » stands in the room's row."""


def up(migrator, db):
    """Add the column to a database of before."""
    from peewee import BigIntegerField

    if "shut_at" not in {column.name for column in db.get_columns("room")}:
        migrator.migrate(migrator.add_column("room", "shut_at", BigIntegerField(null=True)))
