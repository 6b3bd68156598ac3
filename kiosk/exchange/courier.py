"""``python -m kiosk.exchange.courier``: HTTP in a process of its own, for a server whose loop must never wait.

Names are looked up and certificates loaded by calls that stop an event loop (DNS alone can take half a minute), and
patched sockets must not be used from a native thread. So the server gives its calls to this small process: one line of
JSON in, one line of JSON out, one process a round, nothing resident between rounds. It never touches the database.
"""

from __future__ import annotations

import json
import os
import sys
import threading

from kiosk.exchange.messages import Call, Reply

#: Seconds that a call may take besides its own limits: a slow resolver, a slow body.
PATIENCE = 240.0


def main() -> None:
    """Serve calls until the other side hangs up. The first line holds ``proxy`` and ``ca_bundle``."""
    from kiosk.exchange.wire import HttpLine

    if hasattr(os, "nice"):
        os.nice(5)  # the class comes first
    line = HttpLine(**json.loads(sys.stdin.readline()))
    for text in sys.stdin:
        call = Call.of(json.loads(text))
        watch = threading.Timer(call.connect + call.read + PATIENCE, _give_up)
        watch.daemon = True
        watch.start()
        reply = line.carry(call)
        watch.cancel()
        _say(reply)


def _say(reply: Reply) -> None:
    sys.stdout.write(json.dumps(reply.plain()) + "\n")
    sys.stdout.flush()


def _give_up() -> None:
    """Something hangs where no time-out reaches: say so and leave, whatever it was doing."""
    _say(Reply("timeout"))
    os._exit(3)


if __name__ == "__main__":
    main()
