"""Every route and namespace, by every kind of sender, against one table of rights."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from factories import Phone, make_room
from kiosk.app import create_app
from kiosk.domain import firststart
from kiosk.domain.people.frontage import Frontage
from kiosk.domain.people.peers import Peers
from rights import NAMESPACES, REFUSALS, SENDERS, SOCKETS, audience


@pytest.fixture(params=SENDERS)
def sender(request):
    return SENDERS[request.param]


def asked(sender):
    """The WSGI environment and the headers of a request of that sender."""
    headers = {"Accept": "application/json", "Host": sender.host or "127.0.0.1", **sender.headers}
    return {"environ_base": {"REMOTE_ADDR": sender.source}, "headers": headers}


def set_up(kiosk, relays=(), trust_local=True, public_url=""):
    kiosk.settings = replace(kiosk.settings, relays=tuple(relays), trust_local=trust_local, public_url=public_url)
    kiosk.peers = Peers(lambda: kiosk.addresses.own, relays, trust_local)
    kiosk.frontage = Frontage(public_url, kiosk.peers)
    kiosk.ready = True
    return create_app(kiosk.settings, kiosk=kiosk)


def new(kiosk, **settings):
    """The application of a kiosk with a room, that waits for its first start."""
    make_room(kiosk)
    kiosk.write(lambda tx: firststart.expect(tx))
    return set_up(kiosk, **settings)


def routes(app):
    """(method, endpoint, address) of everything."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule.endpoint, re.sub(r"<[^>]*name>", "live", re.sub(r"<(?!name)[^>]*>", "1", rule.rule))


def code(answer):
    said = answer.get_json(silent=True)
    return said["error"]["code"] if isinstance(said, dict) and not said.get("ok", True) else None


def test_every_route_has_an_audience(app):
    known = {what for what, _sender in REFUSALS}
    assert {audience(endpoint) for _m, endpoint, _a in routes(app)} <= known


def test_every_route_by_every_sender(kiosk, sender):
    app = new(kiosk, relays=[sender.relay] if sender.relay else ())
    for method, endpoint, address in routes(app):
        client, whose = app.test_client(), audience(endpoint)
        if endpoint == "control.first_open":
            page = client.get("/prof/connexion", **asked(sender)).get_data(as_text=True)
            assert ("/prof/commencer" in page) == (sender.what == "machine")
        if method != "GET" and endpoint.startswith("control.") and endpoint not in ("control.first_open",):
            continue  # their form's word is asked first: tests/test_access_map.py
        data = {"csrf": csrf(client, sender)} if method == "POST" and endpoint.startswith("control.") else None
        answer = client.open(address, method=method, data=data, **asked(sender))
        refusal = REFUSALS[whose, sender.what]
        told = code(answer)
        if refusal is None:
            assert told not in ("own_host", "login_required", "forbidden", "display_token"), (endpoint, told)
            assert answer.status_code not in (401, 403, 421, 500), (endpoint, answer.status_code)
        else:
            assert told == refusal, (endpoint, address, answer.status_code, told)
            assert (answer.status_code == 421) == (refusal == "own_host")


def csrf(client, sender):
    page = client.get("/prof/connexion", **asked(sender)).get_data(as_text=True)
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found
    return found.group(1)


def test_only_who_reads_the_figures_is_told_of_the_machine(kiosk, sender):
    app = set_up(kiosk, [sender.relay] if sender.relay else ())
    said = app.test_client().get("/healthz", **asked(sender)).get_json()
    assert said["ok"] is True and ("version" in said) == (sender.what == "machine")


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_namespace_by_every_sender(kiosk, sender, namespace):
    make_room(kiosk)
    app = set_up(kiosk, [sender.relay] if sender.relay else ())
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = sender.source
    one = Phone(app, namespace, {}, browser=client, headers=asked(sender)["headers"])
    assert one.inside == (SOCKETS[NAMESPACES[namespace], sender.what] is None)
    one.close()


def test_tries_of_the_code_have_a_lane_of_their_own_here_and_nowhere_else(kiosk, sender):
    """A page under a stranger's name guesses in everybody's lane, and is kept out when that one is closed."""
    app = set_up(kiosk, [sender.relay] if sender.relay else ())
    kiosk.guesses.close(True)
    client = app.test_client()
    data = {"pin": "000000", "csrf": csrf(client, sender)}
    wish = asked(sender)
    answer = client.post("/prof/connexion", data=data, **{**wish, "headers": {**wish["headers"], "X-Fragment": "1"}})
    assert code(answer) == ("pin_wrong" if sender.what == "machine" else "pin_closed")


def test_nothing_is_the_machine_itself_when_told_so(kiosk):
    """Then the display needs its token, and the first start its code, here as anywhere."""
    app = new(kiosk, trust_local=False)
    local, client = asked(SENDERS["local"]), app.test_client()
    assert code(client.get("/ecran", **local)) == "display_token"
    assert code(client.get("/metrics", **local)) == "forbidden"
    assert "commencer" not in client.get("/prof/connexion", **local).get_data(as_text=True)
    data = {"csrf": csrf(client, SENDERS["local"])}
    assert code(client.post("/prof/commencer", data=data, **local)) == "login_required"
    kiosk.settings = replace(kiosk.settings, display_remote=False)  # its own screen is « another machine » too
    token = kiosk.secrets.display_token
    assert client.get(f"/ecran?jeton={token}", follow_redirects=True, **local).status_code == 200
    assert Phone(app, "/display", {"token": token}, browser=app.test_client()).inside


def test_421_says_where_the_page_is(kiosk):
    make_room(kiosk)
    client = set_up(kiosk).test_client()
    answer = client.get("/ecran", headers={"Host": "evil.example:8080"})
    assert answer.status_code == 421 and "http://127.0.0.1" in answer.get_data(as_text=True)


def test_a_name_of_the_school_goes_on_working_for_phones(kiosk):
    make_room(kiosk)
    client = set_up(kiosk).test_client()
    for sender in ("remote by a name", "rebinding, evil.example"):
        answer = client.get("/", follow_redirects=True, **asked(SENDERS[sender]))
        assert answer.status_code == 200 and "421" not in answer.status


@pytest.mark.parametrize("first, second", [(8080, 8081), (8081, 8080), (80, 8080), (40001, 40002)])
def test_two_kiosks_of_one_host_keep_their_teachers_apart(kiosk, tmp_path, first, second):
    """Browsers give one kiosk's cookies to the other: the host is the same, whatever the port."""
    from kiosk.app import create_kiosk

    other = create_kiosk(replace(kiosk.settings, data_dir=tmp_path / "other"))
    other.writer.start()
    try:
        browsers = []
        for one, port in ((kiosk, first), (other, second)):
            make_room(one)
            one.addresses._port = port
            browsers.append(set_up(one).test_client())
        one, two = browsers

        def visit(client, path, **data):
            for other_client in browsers:
                for cookie in list(other_client._cookies.values()):
                    client.set_cookie(cookie.key, cookie.value)
            answer = client.post(path, data=data) if data else client.get(path)
            for cookie in list(client._cookies.values()):
                for other_client in browsers:
                    other_client.set_cookie(cookie.key, cookie.value)
            return answer

        def sign_in(client, held):
            page = visit(client, "/prof/connexion").get_data(as_text=True)
            word = re.search(r'name="csrf" value="(\w+)"', page)
            assert word is not None
            assert visit(client, "/prof/connexion", pin=held.secrets.pin, csrf=word[1]).status_code == 303

        sign_in(one, kiosk)
        sign_in(two, other)
        for client in browsers:
            assert visit(client, "/prof/etat").status_code == 200
        page = visit(two, "/prof/salle").get_data(as_text=True)
        word = re.search(r'name="csrf" value="(\w+)"', page)
        two.post("/prof/deconnexion", data={"csrf": word.group(1)} if word else {"csrf": ""})
        assert one.get("/prof/etat").status_code == 200
    finally:
        assert other.writer.stop()
        other.database.close()
