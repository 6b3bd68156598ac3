"""What the exchange needs to know of each operation, and the bytes of each day."""


def up(migrator, db):
    """Add what misses: a database made by this version already has everything from 0001."""
    from peewee import BigIntegerField, IntegerField, TextField

    from kiosk.storage.models import SyncDay

    held = {column.name for column in db.get_columns("operation")}
    wanted = {
        "subject": TextField(default="", index=True),
        "session_id": TextField(default=""),
        "attempts": IntegerField(default=0),
        "next_try_at": BigIntegerField(default=0),
        "sent_at": BigIntegerField(null=True),
        "answered_at": BigIntegerField(null=True),
        "last_class": TextField(default=""),
    }
    missing = [migrator.add_column("operation", name, field) for name, field in wanted.items() if name not in held]
    if missing:
        migrator.migrate(*missing, migrator.add_index("operation", ("state",)))
    db.create_tables([SyncDay])
