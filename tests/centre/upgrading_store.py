"""Opens a centre's database with one step more than the program has: it takes its time, or dies half-way.

`upgrading_store.py FOLDER ADDRESS slow|dies`: says « begun » in the step, « ready » once open.
"""

import os
import signal
import sys
import time
from pathlib import Path

from kiosk.centre.schema import STEPS, Step
from kiosk.centre.store import Store
from kiosk.engine import Engine

folder, address, way = sys.argv[1:]


def one_more(db):
    """A change of the schema and of the data, with a while between them."""
    db.execute_sql("CREATE TABLE one_more (pid INTEGER NOT NULL)")
    print("begun", flush=True)
    if way == "dies":
        db.execute_sql("DELETE FROM asked")
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(1)
    db.execute_sql(f"INSERT INTO one_more (pid) VALUES ({os.getpid()})")


store = Store(Path(folder), address, Engine(), (*STEPS, Step(f"{STEPS[-1].version + 1:04d}_one_more", one_more)))
store.start()
print("ready", flush=True)
store.stop()
