"""What the two servers share: how long a client may take, how many there may be, what is written down and let in."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

#: Seconds without a byte before a connection ends; between two requests on one; for a whole head; for a whole body.
SILENCE, IDLE, HEAD, BODY = 75.0, 20.0, 10.0, 30.0
#: Bytes of a WebSocket message, fragments included (Engine.IO's own bound comes once it is whole), and what an empty
#: fragment counts for. Our pages send some hundreds of bytes, in one frame.
MESSAGE, EMPTY = 1 << 16, 64
#: Bytes that a WebSocket is read by: a question's frame is some 200.
GATHERED = 1024
#: Connections at a time, and descriptors kept for the rest (database, backups, portraits, those that are leaving).
CONNECTIONS, RESERVE = 4096, 96
#: What the system says when it has no descriptor or no memory for one more, and seconds before asking again.
REFUSED, PAUSE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM), 0.05


def most_connections() -> int:
    """As many as the system allows: eventlet stops serving for good when a descriptor is refused to it."""
    try:
        import resource
    except ImportError:  # Windows: select() there takes 512 sockets
        return 512 - RESERVE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + RESERVE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(64, min(CONNECTIONS, soft - RESERVE))


class Discreet:
    """The server's own journal: it would print addresses, request lines and what was in them."""

    def info(self, message: str, *_args: Any) -> None:
        """Say only what kind of error a request ended in."""
        if str(message).startswith("Traceback"):
            import logging

            kind = str(message).rstrip().rpartition("\n")[2].partition(":")[0]
            logging.getLogger("kiosk.engine").error("a request ended in %s", kind[:80])

    def debug(self, message: str, *_args: Any) -> None:
        """Accepted, timed out: nobody reads it."""

    error = write = debug


def cleaned(application: Callable[..., Any]) -> Callable[..., Any]:
    """Two things that no one behind must see.

    Per-message deflate: on 100-byte messages it costs twice the memory and 7× the latency (measured). Bytes in a query
    that are no ASCII: Flask reads them as UTF-8 and fails on every page when they are not; escaped, they are text.
    """

    def filtered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query, safe="%/?:@!$&'()*+,;=-._~", encoding="latin-1")
        return application(environ, start_response)

    return filtered


def unmask(data: bytes, mask: bytes, length: int | None = None, offset: int = 0) -> bytes:
    """``data`` as it was before its sender applied the WebSocket ``mask`` (RFC 6455, section 5.3)."""
    length = len(data) if length is None else length
    turned = mask[offset % 4 :] + mask[: offset % 4]
    key = (turned * (length // 4 + 1))[:length]
    return (int.from_bytes(data[:length], "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")
