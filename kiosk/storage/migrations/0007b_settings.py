"""Settings are read where they are set: what earlier versions copied of them here stayed in force once taken out."""


def up(migrator, db):
    """Forget the copies. The UAI stays, under a key of its own, when a pairing was made for it."""
    state = db.execute_sql("SELECT value FROM setting WHERE key = 'sync.state'").fetchone()
    held = db.execute_sql("SELECT value FROM setting WHERE key = 'school.uai'").fetchone()
    if state and held and '"paired":true' in state[0].replace(" ", "") and held[0] not in ("null", '""'):
        db.execute_sql("DELETE FROM setting WHERE key = 'paired.uai'")
        db.execute_sql("UPDATE setting SET key = 'paired.uai' WHERE key = 'school.uai'")
    db.execute_sql(
        "DELETE FROM setting WHERE key IN"
        " ('school.uai', 'school.name', 'school.zone', 'sync.share_asked', 'sync.share_reflection')"
    )
