"""Whom to believe, and who answered instead: verification is always on.

The trust is the system's store, plus the school's own certificates (``centre.ca_bundle``), plus what the usual
variables name. When a certificate is refused its issuer is read from the refused handshake itself, so that « the
connection is opened by … » can be said: nothing of HTTP is ever sent over it.
"""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

#: Where other tools are told of the school's certificates.
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_ORGANISATION = b"\x06\x03\x55\x04\x0a"
_COMMON_NAME = b"\x06\x03\x55\x04\x03"


class Unreadable(OSError):
    """A file of certificates that the settings name is missing, or is none."""


def trust(ca_bundle: str = "") -> ssl.SSLContext:
    """A context that verifies. :raises Unreadable: a named file is missing, or no PEM file."""
    context = ssl.create_default_context()
    # Authorities that schools make themselves often lack what strict mode wants (an authority key identifier).
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    paths = ssl.get_default_verify_paths()
    if not context.cert_store_stats()["x509_ca"] and not (paths.capath and os.listdir(paths.capath)):
        import certifi

        context.load_verify_locations(certifi.where())  # a machine without a store of its own
    for name in [*(os.environ.get(variable, "") for variable in VARIABLES), ca_bundle]:
        if name:
            where = Path(name)
            try:
                context.load_verify_locations(**{"capath" if where.is_dir() else "cafile": str(where)})
            except OSError as error:
                raise Unreadable(str(error)) from None
    return context


def issuer(connection: socket.socket, host: str, context: ssl.SSLContext, seconds: float = 5.0) -> str:
    """Who signed the certificate shown on a fresh connection, or an empty string when it cannot be told.

    A handshake of TLS 1.2, where certificates are readable, verified as any other: it stops at the refusal.
    """
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    handshake = context.wrap_bio(incoming, outgoing, server_hostname=host)
    heard = b""
    connection.settimeout(seconds)
    try:
        while len(heard) < 200_000:
            try:
                handshake.do_handshake()
                return ""
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                data = connection.recv(16_384)
                if not data:
                    break
                heard += data
                incoming.write(data)
    except (OSError, ssl.SSLError):
        pass  # refused, as it should be: what it showed was heard
    return issuer_of(_certificate(heard))


def issuer_of(der: bytes) -> str:
    """The organisation, else the common name, of who signed a DER certificate; empty when unreadable."""
    try:
        _tag, certificate, _rest = _element(der)
        _tag, body, _rest = _element(certificate)
        tag, _value, rest = _element(body)
        if tag == 0xA0:  # the version, optional
            _tag, _value, rest = _element(rest)  # the serial number
        _tag, _algorithm, rest = _element(rest)
        _tag, name, _rest = _element(rest)
    except (IndexError, ValueError):
        return ""
    return _attribute(name, _ORGANISATION) or _attribute(name, _COMMON_NAME)


def _attribute(name: bytes, kind: bytes) -> str:
    at = name.find(kind)
    if at < 0:
        return ""
    tag, value, _rest = _element(name[at + len(kind) :])
    text = value.decode("utf-16-be" if tag == 0x1E else "utf-8", "replace")
    return "".join(c for c in text if c.isprintable())[:80]


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """The first DER element: (tag, value, what follows)."""
    tag, length, at = data[0], data[1], 2
    if length & 0x80:
        size = length & 0x7F
        length, at = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    if at + length > len(data):
        raise ValueError("cut")
    return tag, data[at : at + length], data[at + length :]


def _certificate(heard: bytes) -> bytes:
    """The first certificate of a server's TLS 1.2 flight."""
    messages, at = b"", 0
    while at + 5 <= len(heard):
        size = int.from_bytes(heard[at + 3 : at + 5], "big")
        if heard[at] == 22:  # handshake
            messages += heard[at + 5 : at + 5 + size]
        at += 5 + size
    at = 0
    while at + 4 <= len(messages):
        size = int.from_bytes(messages[at + 1 : at + 4], "big")
        if messages[at] == 11:  # Certificate: a list, each with its length on three bytes
            first = int.from_bytes(messages[at + 7 : at + 10], "big")
            return messages[at + 10 : at + 10 + first]
        at += 4 + size
    return b""
