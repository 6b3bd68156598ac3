"""The kiosk as who asks sees it: behind a relay, the scheme, the host and the first part of the path are others.

A declared relay (:mod:`kiosk.domain.people.peers`) says them in ``X-Forwarded-Proto``, ``-Host`` and ``-Prefix``;
``public_url`` says them for who came by that very address. Everything behind then writes addresses, cookies and
policies that are right without knowing of relays: WSGI has names for all three.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from kiosk.domain.people.peers import Peers

_STANDARD = {"http": ":80", "https": ":443"}
_HOST = re.compile(r"[A-Za-z0-9._~-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?", re.ASCII)
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


class Frontage:
    """``public_url`` taken apart, and a request put back as its sender made it."""

    def __init__(self, public_url: str, peers: Peers) -> None:
        parts = urlsplit(public_url.strip())
        self._peers = peers
        self._scheme = parts.scheme.lower()
        self._place = _place(parts.netloc, self._scheme)
        self._path = parts.path.rstrip("/")

    @property
    def sockets(self) -> str:
        """Where a page of ``public_url`` opens its live connection, for its policy; empty without that setting."""
        return f"{'wss' if self._scheme == 'https' else 'ws'}://{self._place}" if self._place else ""

    def before(self, application: Callable[..., Any]) -> Callable[..., Any]:
        """``application`` behind this frontage."""

        def enter(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            self.restore(environ)
            return application(environ, start_response)

        return enter

    def restore(self, environ: dict[str, Any]) -> None:
        """Put scheme, host and sub-path right. Who speaks is read first, with the ``Host`` that really came."""
        peer = self._peers.of(environ)
        relayed = peer.relayed and self._peers.declared(environ)
        if relayed:
            host = _last(environ, "HTTP_X_FORWARDED_HOST")
            if _HOST.fullmatch(host):
                environ["HTTP_HOST"] = host
        public = bool(self._place) and _place(environ.get("HTTP_HOST", ""), self._scheme) == self._place
        if public and not peer.relayed and not self._peers.own(environ):
            self._peers.met.add("direct")
        scheme = _told_scheme(environ) if relayed else ""
        if scheme or public:
            environ["wsgi.url_scheme"] = scheme or self._scheme
        prefix = _last(environ, "HTTP_X_FORWARDED_PREFIX").rstrip("/") if relayed else ""
        if not _PREFIX.fullmatch(prefix):
            prefix = self._path
        self._shorten(environ, prefix, public or relayed)

    def _shorten(self, environ: dict[str, Any], prefix: str, through: bool) -> None:
        """Take ``prefix`` off the path, or know that a relay did (``through``): both ways are usual."""
        path = environ.get("PATH_INFO", "")
        if not prefix:
            return
        if path == prefix or path.startswith(prefix + "/"):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        elif not through:
            return
        environ["SCRIPT_NAME"] = prefix

    def own_origin(self, environ: Mapping[str, Any], *, silent: bool = True) -> bool:
        """Whether a request may come from our own pages: no ``Origin`` (no browser), or one of this host (RFC 6454) or
        of ``public_url``.

        Our own forms say ``null``, for our pages send no referrer; a foreign page that says it has no cookie of ours
        (SameSite) and no token: ``silent`` lets it pass. Hosts are compared, not schemes: a relay may speak TLS.
        """
        origin = environ.get("HTTP_ORIGIN")
        if not origin:
            return True
        if origin == "null":
            return silent
        try:
            parts = urlsplit(origin)
        except ValueError:  # "http://[": no address at all
            return False
        scheme = parts.scheme.lower()
        came = _place(parts.netloc, scheme)
        if not came or scheme not in _STANDARD:
            return False
        return came == _place(environ.get("HTTP_HOST", ""), scheme) or (scheme, came) == (self._scheme, self._place)


def _place(netloc: str, scheme: str) -> str:
    """A host and port, compared as browsers write them: lower case, no port that goes without saying."""
    place = netloc.strip().lower()
    standard = _STANDARD.get(scheme, "")
    return place[: -len(standard)] if standard and place.endswith(standard) else place


def _last(environ: Mapping[str, Any], name: str) -> str:
    """The word of the nearest relay: each adds its own to the right."""
    return str(environ.get(name, "")).rpartition(",")[2].strip()


def _told_scheme(environ: Mapping[str, Any]) -> str:
    scheme = _last(environ, "HTTP_X_FORWARDED_PROTO").lower()
    if not scheme:
        for pair in _last(environ, "HTTP_FORWARDED").split(";"):
            name, _equals, value = pair.strip().partition("=")
            scheme = value.strip('" ').lower() if name.lower() == "proto" else scheme
    return scheme if scheme in _STANDARD else ""
