"""A request put back as its sender made it: scheme, host, sub-path; and whose pages may ask."""

from __future__ import annotations

import pytest

from kiosk.domain.people.frontage import Frontage
from kiosk.domain.people.peers import KEY, Peers

RELAY = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}


def restored(public_url="", *, relays=("127.0.0.1",), path="/", host="127.0.0.1:8080", **values):
    environ = {"wsgi.url_scheme": "http", "SCRIPT_NAME": "", "PATH_INFO": path, "HTTP_HOST": host, **values}
    Frontage(public_url, Peers(lambda: ("127.0.0.1", "::1"), relays)).restore(environ)
    return environ


def seen(environ):
    return environ["wsgi.url_scheme"], environ["HTTP_HOST"], environ["SCRIPT_NAME"], environ["PATH_INFO"]


def test_without_a_relay_nothing_changes_whatever_is_sent():
    names = {"PROTO": "https", "HOST": "evil.example", "PREFIX": "/x"}
    forged = {f"HTTP_X_FORWARDED_{name}": value for name, value in names.items()}
    for remote in ("127.0.0.1", "192.0.2.7"):
        environ = restored(relays=(), path="/x/prof", REMOTE_ADDR=remote, **forged)
        assert seen(environ) == ("http", "127.0.0.1:8080", "", "/x/prof")


@pytest.mark.parametrize("headers, scheme", [
    ({"HTTP_X_FORWARDED_PROTO": "https"}, "https"), ({"HTTP_X_FORWARDED_PROTO": "http, HTTPS"}, "https"),
    ({"HTTP_X_FORWARDED_PROTO": "https, http"}, "http"), ({"HTTP_FORWARDED": "for=1.1.1.1;proto=https"}, "https"),
    ({"HTTP_X_FORWARDED_PROTO": "javascript"}, "http"), ({}, "http"),
])  # fmt: skip
def test_the_scheme_is_the_nearest_relay_s_word(headers, scheme):
    assert restored(**RELAY, **headers)["wsgi.url_scheme"] == scheme


def test_who_came_by_the_public_address_came_by_its_scheme():
    assert restored("https://ecole.fr", host="ecole.fr", **RELAY)["wsgi.url_scheme"] == "https"
    for host, scheme in (("Ecole.fr:443", "https"), ("10.0.0.5:8080", "http")):
        assert restored("https://ecole.fr", host=host, relays=(), REMOTE_ADDR="10.0.0.9")["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize("given, host", [
    ("ecole.fr", "ecole.fr"), ("6.6.6.6, ecole.fr:8443", "ecole.fr:8443"),
    ("[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ("", "127.0.0.1:8080"), ("ecole.fr; script-src *", "127.0.0.1:8080"), ("a b", "127.0.0.1:8080"),
    ("é.fr", "127.0.0.1:8080"),
])  # fmt: skip
def test_the_host_is_the_nearest_relay_s_word(given, host):
    assert restored(**RELAY, HTTP_X_FORWARDED_HOST=given)["HTTP_HOST"] == host


def test_who_speaks_is_told_by_the_host_that_really_came():
    """A relay that says « X-Forwarded-Host: 127.0.0.1 » gives nobody the rights of the machine."""
    environ = restored(**RELAY, host="ecole.fr", HTTP_X_FORWARDED_HOST="127.0.0.1")
    assert not environ[KEY].local and environ[KEY].relayed


@pytest.mark.parametrize("path, headers, script, rest", [
    ("/kiosque/prof", RELAY, "/kiosque", "/prof"),  # the relay passes the path on
    ("/prof", RELAY, "/kiosque", "/prof"),  # the relay takes it off
    ("/", RELAY, "/kiosque", "/"), ("/kiosque", RELAY, "/kiosque", "/"), ("/kiosque/", RELAY, "/kiosque", "/"),
    ("/kiosques", RELAY, "/kiosque", "/kiosques"),
    ("/prof", {**RELAY, "HTTP_X_FORWARDED_PREFIX": "/autre/"}, "/autre", "/prof"),
    ("/autre/prof", {**RELAY, "HTTP_X_FORWARDED_PREFIX": "/x, /autre"}, "/autre", "/prof"),
    ("/prof", {**RELAY, "HTTP_X_FORWARDED_PREFIX": "//evil.example"}, "/kiosque", "/prof"),
    ("/prof", {**RELAY, "HTTP_X_FORWARDED_PREFIX": "/a\r\nb"}, "/kiosque", "/prof"),
    ("/prof", {"REMOTE_ADDR": "127.0.0.1"}, "", "/prof"),  # the kiosk's own screen, without a relay
    ("/kiosque/prof", {"REMOTE_ADDR": "127.0.0.1"}, "/kiosque", "/prof"),
    ("/prof", {"REMOTE_ADDR": "10.0.0.9", "HTTP_HOST": "ecole.fr"}, "/kiosque", "/prof"),  # a relay nobody declared
])  # fmt: skip
def test_the_sub_path(path, headers, script, rest):
    headers = dict(headers)
    host = headers.pop("HTTP_HOST", "127.0.0.1:8080")
    environ = restored("https://ecole.fr/kiosque/", path=path, host=host, **headers)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (script, rest)


@pytest.mark.parametrize("public, host, origin, own", [
    ("", "127.0.0.1:8080", None, True), ("", "127.0.0.1:8080", "", True),
    ("", "127.0.0.1:8080", "http://127.0.0.1:8080", True),
    ("", "ecole.fr", "https://ecole.fr", True), ("", "ecole.fr:443", "https://ecole.fr", True),
    ("", "Ecole.fr", "https://ecole.fr", True),
    ("", "ecole.fr:443", "http://ecole.fr", False), ("", "127.0.0.1:8080", "http://127.0.0.1", False),
    ("", "127.0.0.1:8080", "http://evil.example", False), ("", "127.0.0.1:8080", "http://[", False),
    ("", "127.0.0.1:8080", "file://", False), ("", "", "http://", False), ("", "", "x", False),
    ("", "x", "ftp://x", False),
    ("https://ecole.fr/kiosque", "127.0.0.1:8080", "https://ecole.fr", True),  # a relay that does not pass Host on
    ("https://ecole.fr:443", "127.0.0.1:8080", "https://ecole.fr", True),
    ("https://ecole.fr", "127.0.0.1:8080", "http://ecole.fr", False),
    ("https://ecole.fr", "127.0.0.1:8080", "https://ecole.fr.evil", False),
    ("https://ecole.fr", "127.0.0.1:8080", "https://ecole.fr:8443", False),
])  # fmt: skip
def test_origins(public, host, origin, own):
    front = Frontage(public, Peers())
    assert front.own_origin({"HTTP_HOST": host, **({} if origin is None else {"HTTP_ORIGIN": origin})}) is own


def test_a_silent_origin_may_post_a_form_and_open_no_socket():
    front = Frontage("", Peers())
    assert front.own_origin({"HTTP_HOST": "x", "HTTP_ORIGIN": "null"})
    assert not front.own_origin({"HTTP_HOST": "x", "HTTP_ORIGIN": "null"}, silent=False)
