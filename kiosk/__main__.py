"""``python -m kiosk``: the version in service, the engine before all else is loaded, then the command line."""

import gc
import os
import sys

from kiosk import engine, versions
from kiosk.ground.config import peek_engine, serves


def main() -> None:
    """Run the command of ``sys.argv`` and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a cp1252 console must not stop the kiosk
            stream.reconfigure(encoding="utf-8", errors="replace")
    serving = serves(sys.argv[1:])
    versions.follow(sys.argv[1:], serving=serving)
    if serving:
        gc.disable()  # what loads stays: an eighth of the start was spent looking through it (``Engine.tune``)
        engine.stopping.keep()
        engine.activate(peek_engine(sys.argv[1:], os.environ))
    from kiosk import cli

    sys.exit(cli.main())


if __name__ == "__main__":
    main()
