"""« Relecture avant affichage : Non » has an end, and remembers what nobody read.

A room where it was off for good (``moderation`` = 0) reads over again: nothing takes that away for longer than ten
minutes any more, so the column goes.
"""


def up(migrator, db):
    """Two columns come, one goes."""
    from peewee import BigIntegerField, BooleanField

    rooms = {column.name for column in db.get_columns("room")}
    steps = []
    if "review_off_until" not in rooms:
        steps.append(migrator.add_column("room", "review_off_until", BigIntegerField(null=True)))
    if "moderation" in rooms:
        steps.append(migrator.drop_column("room", "moderation"))
    if "unread" not in {column.name for column in db.get_columns("question")}:
        steps.append(migrator.add_column("question", "unread", BooleanField(default=False)))
    if steps:
        migrator.migrate(*steps)
