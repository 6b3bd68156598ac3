"""A kiosk whose regular duties (purges, copies of the database) come FACTOR times as often.

``python hurried.py FACTOR serve OPTIONS…``, from the checkout to measure. Nothing else is changed.
"""

from __future__ import annotations

import sys


def main() -> None:
    factor = float(sys.argv[1])
    from kiosk import engine
    from kiosk.ground.config import peek_engine

    engine.activate(peek_engine([], {}))
    from kiosk import cli
    from kiosk.ops import keeping, serving

    serving.PURGE_PERIOD /= factor
    keeping.PERIOD /= factor
    keeping.STEPS = tuple(seconds / factor for seconds in keeping.STEPS)
    sys.exit(cli.main(sys.argv[2:]))


if __name__ == "__main__":
    main()
