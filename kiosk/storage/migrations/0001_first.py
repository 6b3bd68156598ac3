"""The first schema: every table of kiosk.storage.models as it stands in version 1.0."""


def up(migrator, db):
    """Create the tables."""
    from kiosk.storage.models import TABLES

    db.create_tables(TABLES)
