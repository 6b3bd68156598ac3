"""HTTP to the centre: one connection a round, no header too many, no redirect, never without verification.

The only module that knows requests. A reply says what happened in one of the classes; it never raises.
"""

from __future__ import annotations

import base64
import io
import math
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util.ssltransport import SSLTransport

from kiosk import __version__
from kiosk.exchange import certificates, classify
from kiosk.exchange.messages import Call, Reply

#: The only headers of a request besides Host, Content-Length and the call's own.
HEADERS = {"User-Agent": f"kiosque/{__version__}", "Accept-Encoding": "gzip"}
#: Seconds that an answer may take besides the silence allowed between two bytes: one that drips must end too.
LONGEST_BODY = 200.0
#: Largest page read of what is not an answer (a portal's, a filter's).
MAX_REFUSAL = 64 * 1024
#: What a request raises: requests' errors are OSErrors, but not all of those under it are caught by it.
ERRORS = (OSError, HTTPError, HTTPException, ValueError)
#: (status, headers) → where the body goes.
Keep = Callable[[int, Mapping[str, str]], BinaryIO]


def proxy_for(url: str, explicit: str = "") -> str:
    """The proxy to use for an address: the setting, else the system's; none where ``no_proxy`` says so."""
    if requests.utils.should_bypass_proxies(url, no_proxy=None):
        return ""
    found = explicit or requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)) or ""
    return found if "://" in found or not found else f"http://{found}"


class HttpLine:
    """A :class:`kiosk.exchange.messages.Line` over requests. ``proxy`` and ``ca_bundle`` are the settings of those
    names.
    """

    def __init__(self, proxy: str = "", ca_bundle: str = "") -> None:
        self._proxy = proxy
        self._ca_bundle = ca_bundle
        self._sent = self._received = 0
        self._end = 0.0
        self._session: requests.Session | None = None
        self._resumed: dict[str, SSLTransport] = {}
        self._trust: ssl.SSLContext | None = None

    def carry(self, call: Call, keep: Keep | None = None) -> Reply:
        """Send a request here and now; the calling thread waits. ``keep`` says where the body of a 200 or a 206 is
        written as it comes, packed as it is (``Content-Encoding``), and what came stays there when it is cut.
        """
        start, sent, received = time.monotonic(), self._sent, self._received
        proxy = shown = ""
        try:
            proxy = proxy_for(call.url, self._proxy)
            if not readable(proxy):
                return Reply("connect", detail="proxy")
            shown = urlsplit(proxy).netloc.rpartition("@")[2]
            reply = self._carry(call, proxy, keep)
        except ERRORS as error:
            failure, detail = classify.of_error(error, shown or proxy and "proxy", account=bool(account(proxy)))
            if failure == "tls_intercept":
                detail = self._issuer(call, proxy) or detail
            elif failure in ("tls_name", "tls_plain"):
                detail = urlsplit(call.url).netloc
            reply = Reply(failure, detail=detail)
            self.close()
        counted = {"sent": self._sent - sent, "received": self._received - received}
        return _with(reply, seconds=time.monotonic() - start, **counted)

    def close(self) -> None:
        """Let the connection go; the next call opens another."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _carry(self, call: Call, proxy: str, keep: Keep | None) -> Reply:
        session = self._session = self._session or self._open()
        scheme = urlsplit(call.url).scheme
        # A file (``keep``) may be of many megabytes: what came of it stays, and whoever wants it waits for it.
        self._end = time.monotonic() + (math.inf if keep else call.connect + call.read + LONGEST_BODY)
        answer = session.request(
            call.method,
            call.url,
            data=call.body or None,
            headers={**HEADERS, **call.headers},
            timeout=(call.connect, call.read),
            allow_redirects=False,
            stream=True,
            proxies={scheme: proxy} if proxy else {},
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        most = call.max_bytes if answer.status_code < 300 else min(call.max_bytes, MAX_REFUSAL)
        kept = keep(answer.status_code, headers) if keep and answer.status_code in (200, 206) else None
        raw, cut = self._read(answer, most, kept)
        if cut is not None and not (call.wants == "bytes" and raw):
            failure, detail = classify.of_error(cut)
            return Reply(failure, answer.status_code, detail=detail, headers=headers)
        packed = headers.get("content-encoding", "identity")
        as_it_is = kept or cut is not None or (call.wants == "bytes" and packed == "identity")
        body = raw if as_it_is else unpacked(raw, packed, most)
        failure, code, detail = classify.of_answer(answer.status_code, headers, body, call.wants)
        if account(proxy) and (failure == "proxy_auth" or (failure == "blocked" and answer.status_code == 401)):
            failure, detail = "proxy_auth", "account"
        if cut is not None and failure == "ok":
            failure = classify.of_error(cut)[0]
        return Reply(
            failure,
            answer.status_code,
            code,
            detail,
            headers,
            body or b"",
            classify.retry_after(headers),
        )

    def _read(self, answer: requests.Response, limit: int, kept: BinaryIO | None) -> tuple[bytes, BaseException | None]:
        """The bytes as they came, at most ``limit``, and what cut them; none when they go to ``kept``."""
        raw, cut, number = bytearray(), None, 0
        try:
            while number <= limit:
                chunk = answer.raw.read(8192, decode_content=False)
                if not chunk:
                    break
                number += len(chunk)
                if kept is None:
                    raw += chunk
                else:
                    kept.write(chunk)
            else:
                answer.close()  # more than can be right: the connection is of no use any more
        except (HTTPError, OSError) as error:
            cut = error
            answer.close()  # it is in no pool: closing the session leaves it open
            self.close()
        return bytes(raw), cut

    def _open(self) -> requests.Session:
        session = _Session()
        session.trust_env = False  # proxies are chosen above; a .netrc must not replace the token
        session.headers.clear()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))  # a portal's would be sent to the centre
        adapter = _Adapter(self._context(), self._count, self._heard)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def _context(self) -> ssl.SSLContext:
        """Our trust, and a handshake that goes on from the last one with the same host (contract, rule 16)."""
        if self._trust is not None:
            return self._trust
        context = self._trust = certificates.trust(self._ca_bundle)
        plain = context.wrap_bio

        def resume(incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_hostname: str | None) -> ssl.SSLObject:
            last = self._resumed.get(server_hostname or "")
            session = last.sslobj.session if last is not None else None
            return plain(incoming, outgoing, server_hostname=server_hostname, session=session)

        def secure(connection: Any, *_args: Any, server_hostname: str | None = None, **_kwargs: Any) -> SSLTransport:
            under: Any = _Wire(connection, self._count, self._heard)
            made = SSLTransport(under, context, server_hostname)
            self._resumed[server_hostname or ""] = made  # its session is there once the first answer is
            return made

        context.wrap_bio = resume  # type: ignore[method-assign, assignment]
        context.wrap_socket = secure  # type: ignore[method-assign, assignment]
        return context

    def _count(self, data: Any) -> None:
        self._sent += len(data)

    def _heard(self, number: int) -> None:
        """Some bytes came: of headers or of a body, in the middle of a read that waits for more."""
        self._received += number
        if time.monotonic() > self._end:
            raise TimeoutError

    def _issuer(self, call: Call, proxy: str) -> str:
        target = urlsplit(call.url)
        try:
            context = certificates.trust(self._ca_bundle)
            with _reach(target.hostname or "", target.port or 443, proxy, call.connect) as connection:
                return certificates.issuer(connection, target.hostname or "", context, call.connect)
        except (OSError, ValueError):
            return ""


class _Session(requests.Session):
    """A session that does not even look where a redirect leads: reading it takes in its whole page, and may fail."""

    def get_redirect_target(self, resp: Any) -> None:
        return None


class _Tap:
    """A socket as an answer reads it, with every byte that comes counted: headers, sizes of chunks, what is cut."""

    def __init__(self, connection: Any, heard: Callable[[int], None]) -> None:
        self._connection, self._heard = connection, heard

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self._connection.makefile(mode, 0), self._heard))


class _Raw(io.RawIOBase):
    def __init__(self, raw: Any, heard: Callable[[int], None]) -> None:
        self._raw, self._count = raw, heard

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        number: int | None = self._raw.readinto(into)
        self._count(number or 0)
        return number

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Wire:
    """A socket under TLS, with what goes over it counted: handshake and certificates too."""

    def __init__(self, connection: Any, count: Callable[[Any], None], heard: Callable[[int], None]) -> None:
        vars(self).update(_connection=connection, _count=count, _heard=heard)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._connection, name, value)  # how many readers it has: it stays open for the last

    def sendall(self, data: Any) -> None:
        self._connection.sendall(data)
        self._count(data)

    def recv(self, most: int) -> bytes:
        data: bytes = self._connection.recv(most)
        self._heard(len(data))
        return data


class _Adapter(HTTPAdapter):
    """Our trust instead of requests' own list, and every byte that leaves or comes counted."""

    def __init__(self, context: ssl.SSLContext, count: Any, heard: Callable[[int], None]) -> None:
        self._context = context

        def send(connection: Any, data: Any) -> None:
            kind = HTTPSConnection if isinstance(connection, HTTPSConnection) else HTTPConnection
            kind.send(connection, data)
            if not isinstance(connection.sock, SSLTransport):
                count(data)  # once connected: what was never sent does not count

        def response(connection: Any, *args: Any, **kwargs: Any) -> HTTPResponse:
            inside = isinstance(connection, SSLTransport)  # its bytes are counted under it
            tap = _Tap(connection, (lambda _number: heard(0)) if inside else heard)
            return HTTPResponse(tap, *args, **kwargs)  # type: ignore[arg-type]

        counted = {"send": send, "response_class": staticmethod(response)}
        http = type("_Http", (HTTPConnection,), counted)
        https = type("_Https", (HTTPSConnection,), counted)
        self._pools = {
            "http": type("_HttpPool", (HTTPConnectionPool,), {"ConnectionCls": http}),
            "https": type("_HttpsPool", (HTTPSConnectionPool,), {"ConnectionCls": https}),
        }
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        made = super().proxy_manager_for(proxy, ssl_context=self._context, proxy_ssl_context=self._context, **kwargs)
        made.pool_classes_by_scheme = self._pools
        return made

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        return account(proxy)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"cert_reqs": "CERT_REQUIRED", "ssl_context": self._context} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = conn.ca_cert_dir = None


def readable(proxy: str) -> bool:
    """Whether a proxy's address is one: « @ », « / », « # » or « ? » as it is in a password makes another of it."""
    try:
        parts = urlsplit(proxy)
        return parts.path in ("", "/") and not (parts.query or parts.fragment) and (not proxy or bool(parts.hostname))
    except ValueError:
        return False


def account(proxy: str) -> dict[str, str]:
    """The header of a proxy's account; one that Latin-1 cannot write goes in UTF-8 (RFC 7617)."""
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    word = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    try:
        data = word.encode("latin-1")
    except UnicodeEncodeError:
        data = word.encode()
    return {"Proxy-Authorization": "Basic " + base64.b64encode(data).decode()}


def unpacked(raw: bytes, encoding: str, limit: int) -> bytes | None:
    """A body as it was before gzip; None when it is damaged, cut, too long or packed in another way."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return raw if len(raw) <= limit else None
    if encoding not in ("gzip", "x-gzip"):
        return None
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        body = unpacker.decompress(raw, limit + 1)
    except zlib.error:
        return None
    return body if unpacker.eof and len(body) <= limit else None


def _with(reply: Reply, **values: Any) -> Reply:
    return Reply(**{**reply.__dict__, **values})


def _reach(host: str, port: int, proxy: str, seconds: float) -> socket.socket:
    """A plain connection to a host, through the proxy when there is one. :raises OSError: it cannot be made."""
    if not proxy:
        return socket.create_connection((host, port), seconds)
    parts = urlsplit(proxy)
    connection = socket.create_connection((parts.hostname or "", parts.port or 3128), seconds)
    there = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {there} HTTP/1.1", f"Host: {there}"]
    lines += [f"{name}: {value}" for name, value in account(proxy).items()]
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    heard = b""
    while b"\r\n\r\n" not in heard:
        data = connection.recv(1)
        if not data:
            raise OSError("the proxy hung up")
        heard += data
    return connection
