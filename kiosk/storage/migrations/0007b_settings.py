"""Settings are read where they are set: what earlier versions copied of them here stayed in force once taken out."""

from kiosk.ground.migrations import run

COPIES = "('school.uai', 'school.name', 'school.zone', 'sync.share_asked', 'sync.share_reflection')"


def up(db):
    """Forget the copies. The UAI stays, under a key of its own, when a pairing was made for it."""
    state = run(db, "SELECT value FROM setting WHERE key = 'sync.state'").fetchone()
    held = run(db, "SELECT value FROM setting WHERE key = 'school.uai'").fetchone()
    if state and held and '"paired":true' in state[0].replace(" ", "") and held[0] not in ("null", '""'):
        run(db, "DELETE FROM setting WHERE key = 'paired.uai'")
        run(db, "UPDATE setting SET key = 'paired.uai' WHERE key = 'school.uai'")
    run(db, f"DELETE FROM setting WHERE key IN {COPIES}")
