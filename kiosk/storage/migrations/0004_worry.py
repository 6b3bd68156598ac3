"""What a text that may come from a pupil in danger is waiting for (``kiosk.domain.distress``)."""


def up(migrator, db):
    """Add the column to a database of before. What it holds was read under earlier rules: nothing is judged again."""
    from peewee import TextField

    if "worry" not in {column.name for column in db.get_columns("question")}:
        migrator.migrate(migrator.add_column("question", "worry", TextField(default="")))
