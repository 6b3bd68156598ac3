"""From what happened on the wire to one of the failure classes of ``kiosk.exchange.syncstate``, in the order of the
specification: the first that matches names the cause.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from kiosk.exchange.certificates import Unreadable
from kiosk.ground.nesting import too_deep

#: Codes of OpenSSL's verification: not yet valid, expired (of the certificate or of what signed it).
CLOCK_ERRORS = (9, 10)
#: … the certificate is a known authority's, for another name or address.
NAME_ERRORS = (62, 64)
#: Reasons of OpenSSL when who answers does not speak TLS.
PLAIN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
#: No answer makes a kiosk silent for more than a day.
LONGEST_WAIT = 86_400
#: Problems (contract, section 5) that are an answer to work with, not a failure of the way.
#: The code of a 200 said to be JSON whose body is none, or cannot be unpacked (contract, rule 15).
BROKEN = "broken"
ANSWERS = ("kiosk_cloned", "cursor_expired", "too_large", "invalid", "pairing_code")


def of_error(error: BaseException, proxy: str = "", *, account: bool = False) -> tuple[str, str]:
    """(class, detail) of what a request raised. ``proxy`` is its address, without password, when there is one;
    ``account``: a name was given for it.
    """
    chain = list(_chain(error))
    text = " ".join(str(one) for one in chain)
    if any(isinstance(one, Unreadable) for one in chain):
        return "connect", "ca_bundle"
    tunnel = re.search(r"Tunnel connection failed: (\d{3})", text)
    if tunnel is None and any(isinstance(one, socket.gaierror) for one in chain):
        return "dns", proxy
    if tunnel is not None:
        return _of_tunnel(int(tunnel[1]), proxy, account)
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return _of_verification(one.verify_code), one.verify_message or ""
    if proxy and any(type(one).__name__ in ("NewConnectionError", "ConnectTimeoutError") for one in chain):
        return "proxy", proxy
    for one in chain:
        if isinstance(one, (TimeoutError, socket.timeout)) or "Timeout" in type(one).__name__:
            return "timeout", proxy
    for one in chain:
        if isinstance(one, ssl.SSLError) and "EOF" not in str(one):
            return ("tls_plain" if one.reason in PLAIN else "tls_intercept"), str(one.reason or "")
    if proxy and any(isinstance(one, ValueError) for one in chain):
        return "connect", "proxy"
    return "connect", proxy


def of_answer(status: int, headers: Mapping[str, str], body: bytes | None, wants: str) -> tuple[str, str, str]:
    """(class, problem's code, detail) of an answer; ``body`` is None when it could not be unpacked.

    ``ok`` with a code is a problem of the contract that the exchange knows how to answer.
    """
    if status == 407:
        return "proxy_auth", "", ""
    if status == 511:  # RFC 6585: « network authentication required »
        return "portal", "", ""
    if wants == "file" and (status == 304 or 200 <= status < 300):
        page = body is None or headers.get("content-type", "").startswith("text/html")
        return ("portal" if page and status != 304 else "ok"), "not_modified" if status == 304 else "", ""
    if 300 <= status < 400:
        return "redirect", "", _where(headers.get("location", ""))
    value = _json(headers, body)
    code = printable(str(value.get("code", ""))) if value else ""
    detail = printable(str(value.get("detail") or value.get("title") or "")) if value else ""
    if 200 <= status < 300:
        if wants == "bytes":
            image = headers.get("content-type", "").startswith("image/") and body is not None
            return ("ok" if image else "portal"), "", ""
        if value is not None:
            return "ok", "", ""
        broken = status == 200 and is_json(headers) and not _whole(body)
        return "portal", BROKEN if broken else "", ""
    if status == 413:
        return "ok", "too_large", detail
    if status == 401:
        return ("auth" if value is not None else "blocked"), code, detail
    if code in ANSWERS and 400 <= status < 500:
        return "ok", code, detail
    if status in (403, 451):
        return ("auth" if code == "forbidden" else "blocked"), code, detail
    if status == 426:
        return "version", code, detail
    if status == 429 or status >= 500:
        return "server", code, detail
    return "portal", code, detail


def is_json(headers: Mapping[str, str]) -> bool:
    """Whether an answer says that it is a message, be it a broken one."""
    return _kind(headers) == "application/json"


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds of ``Retry-After``. A date is counted from the answer's own ``Date``: our clock may be wrong."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]+", text):
        return min(int(text[-10:]) if not text[:-10].strip("0") else LONGEST_WAIT, LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0, min(int(wait.total_seconds()), LONGEST_WAIT))


def printable(text: str) -> str:
    """A stranger's words on one line, for a page or a terminal."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:300]


def _where(location: str) -> str:
    """The host of a redirect, else what there is of it."""
    try:
        host = urlsplit(location).netloc
    except ValueError:
        host = ""
    return printable(host or location)[:100]


def _of_verification(code: int) -> str:
    if code in CLOCK_ERRORS:
        return "tls_clock"
    return "tls_name" if code in NAME_ERRORS else "tls_intercept"


def _of_tunnel(status: int, proxy: str, account: bool) -> tuple[str, str]:
    if status == 407 or (status == 401 and account):  # some proxies (tinyproxy) refuse a wrong password so
        return "proxy_auth", "account" if account else ""
    return ("blocked" if status in (401, 403, 451) else "connect"), proxy


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _json(headers: Mapping[str, str], body: bytes | None) -> dict[str, Any] | None:
    if body is None or _kind(headers) not in ("application/json", "application/problem+json"):
        return None
    try:
        value = None if too_deep(body) else json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _whole(body: bytes | None) -> bool:
    """Whether a body is JSON, whatever it says."""
    if body is None or too_deep(body):
        return False
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those under it: causes, contexts, arguments and urllib3's ``reason``."""
    seen: set[int] = set()
    todo: list[Any] = [error]
    while todo:
        one = todo.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
