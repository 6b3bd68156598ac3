"""A centre that dies after a commit and before its answer, once, when the file `die` is in its folder."""

from kiosk import engine

engine.activate("eventlet")

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from kiosk.centre import serving  # noqa: E402
from kiosk.centre.house import Centre  # noqa: E402
from kiosk.centre.settings import CentreSettings  # noqa: E402

folder = Path(sys.argv[2])
opened = serving.open_centre


def open_and_mine(settings: CentreSettings) -> Centre:
    """The real centre, with what the store offers to tests."""
    centre = opened(settings)

    def die() -> None:
        if (folder / "die").exists():
            (folder / "die").unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    centre.store.after_commit = die
    return centre


serving.open_centre = open_and_mine
serving.serve(CentreSettings(folder, port=int(sys.argv[4]), exchanges_per_minute=100_000))
