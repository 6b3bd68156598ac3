"""A kiosk behind a real relay that speaks TLS, set up as ``docs/reseau.md`` says: phones, display and panel work, by
WebSocket and by polling; cookies and redirects are right; nobody is the machine itself.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import socketio
from requests.adapters import HTTPAdapter
from werkzeug.serving import make_server

from kiosk.app import create_app
from kiosk.ops.process import free_port
from real_chromium import chromium
from server.relays import Relay
from server.running import Running

pytestmark = pytest.mark.server

WAYS = [("nginx", "", False), ("nginx", "/kiosque", False), ("nginx", "/kiosque", True), ("caddy", "", False),
        ("caddy", "/kiosque", False)]  # fmt: skip


PANEL = (
    "/prof",
    "/prof/salle",
    "/prof/seances",
    "/prof/preparer",
    "/prof/etat",
    "/prof/mise-en-route",
    "/prof/liste",
    "/prof/imprimer/affiche",
    "/prof/imprimer/questions",
    "/prof/synchro",
)
PUBLIC = ("/", "/mes-questions", "/soutenir", "/donnees", "/ecran?jeton=JETON", "/nulle-part")


class Front:
    """A kiosk, its relay, and browsers that only know the relay."""

    def __init__(self, folder: Path, program: str, path: str, strips: bool, engine: str = "eventlet") -> None:
        port = free_port()
        self.relay = Relay(program, folder / "relay", port, path, strips)
        self.kiosk = Running(folder / "data", engine, port)
        self.kiosk.settings = {"KIOSK_PUBLIC_URL": self.relay.url, "KIOSK_RELAYS": "127.0.0.1"}
        self.kiosk.start()
        self.url, self.path = self.relay.url, path
        self.jeton = json.loads((folder / "data" / "secrets.json").read_text())["display_token"]

    def browser(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # a variable that names other authorities would win
        session.verify = self.relay.trust
        session.headers["Origin"] = f"https://{urlsplit(self.url).netloc}"
        return session

    def teacher(self) -> requests.Session:
        """Signed in by the relay."""
        browser = self.browser()
        page = browser.get(f"{self.url}/prof", timeout=20)
        assert page.url.startswith(f"{self.url}/prof/connexion")
        pin = json.loads((self.kiosk.data_dir / "secrets.json").read_text())["pin"]
        data = {"pin": pin, "csrf": Running.csrf(page.text), "suite": "/prof/salle"}
        answer = browser.post(f"{self.url}/prof/connexion", data=data, timeout=20)
        assert answer.status_code == 200 and answer.url.startswith(f"{self.url}/prof/salle"), (answer.url, answer.text)
        return browser

    def socket(self, browser: requests.Session, namespace: str, transport: str, **auth: str) -> socketio.Client:
        """A live connection as the page's script opens it, with the page's origin."""
        client = socketio.Client(reconnection=False, http_session=browser)
        # By WebSocket the library writes one itself.
        headers = {} if transport == "websocket" else {"Origin": str(browser.headers["Origin"])}
        client.connect(
            f"https://{urlsplit(self.url).netloc}",
            socketio_path=f"{self.path}/socket.io",
            namespaces=[namespace],
            auth=auth,
            transports=[transport],
            headers=headers,
            wait_timeout=20,
        )
        return client

    def stop(self) -> None:
        self.kiosk.kill()
        self.relay.stop()


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: f"{way[0]}{way[1]}{'-strip' if way[2] else ''}")
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    made = Front(tmp_path_factory.mktemp("relay"), *request.param)
    yield made
    made.stop()


def code(answer: requests.Response) -> str:
    found: str = answer.json()["error"]["code"]
    return found


def begun(front: Front, teacher: requests.Session) -> None:
    """A session of the demonstration that takes questions."""
    page = teacher.get(f"{front.url}/prof", timeout=20).text
    csrf = Running.csrf(page)
    for _step in range(6):
        if 'name="text"' in teacher.get(f"{front.url}/", timeout=20).text:
            return
        answer = teacher.post(
            f"{front.url}/prof/etape", data={"vers": "suivante", "csrf": csrf}, headers={"X-Fragment": "1"}, timeout=20
        )
        assert answer.status_code == 204, answer.text
        assert answer.headers["X-Then"].startswith(f"{front.path}/prof")


def addresses(page: str) -> set[str]:
    """What a page leads to in this kiosk."""
    found = re.findall(r'(?:href|src|action|formaction|data-look)="(/[^"]*)"', page)
    return {address for address in found if not address.startswith("//")}


def test_every_page_leads_where_the_relay_serves(front: Front) -> None:
    teacher, phone = front.teacher(), front.browser()
    begun(front, teacher)
    seen = set()
    for browser, path in [(teacher, path) for path in PANEL] + [(phone, path) for path in PUBLIC]:
        path = path.replace("JETON", front.jeton)
        answer = browser.get(f"{front.url}{path}", timeout=20)
        assert answer.status_code == (404 if path == "/nulle-part" else 200), (path, answer.status_code)
        assert urlsplit(answer.url).path.startswith(front.path + "/"), answer.url
        found = addresses(answer.text)
        assert found and all(address.startswith(front.path + "/") for address in found), (path, found)
        seen |= {one for one in found if re.match(rf"{front.path}/s/", one)}
        live = "data-page" in answer.text or "data-build" in answer.text  # a page with a socket
        assert (f'data-base="{front.path}"' in answer.text) == (live and bool(front.path)), path
    assert len(seen) >= 5
    for path in seen:
        assert phone.get(f"https://{urlsplit(front.url).netloc}{path}", timeout=20).status_code == 200, path


def test_cookies_belong_to_this_kiosk_and_to_tls(front: Front) -> None:
    teacher = front.teacher()
    teacher.get(f"{front.url}/", timeout=20)
    kept = {cookie.name: cookie for cookie in teacher.cookies}
    assert len(kept) == 2
    for cookie in kept.values():
        assert cookie.secure and cookie.path == (front.path or "/")
    policy = teacher.get(f"{front.url}/prof", timeout=20).headers["Content-Security-Policy"]
    assert f"wss://{urlsplit(front.url).netloc}" in policy


def test_plain_http_goes_to_tls(front: Front) -> None:
    if front.relay.plain_redirects:
        plain = f"http://localhost:{front.relay.plain}{front.path}/prof?x=1"
        answer = requests.get(plain, allow_redirects=False, timeout=20)
        assert (answer.status_code, answer.headers["Location"]) == (301, f"{front.url}/prof?x=1")
    if front.path:
        answer = front.browser().get(front.url, timeout=20)
        assert answer.status_code == 200 and urlsplit(answer.url).path == f"{front.path}/"
    if front.relay.plain_redirects:
        assert front.relay.visits() == ""  # no address is written, by the redirection either


def test_the_class_finds_its_room(front: Front) -> None:
    teacher = front.teacher()
    page = teacher.get(f"{front.url}/prof/salle", timeout=20).text
    assert f"{front.url}/ecran?jeton=" in page.replace("&amp;", "&")
    answer = teacher.post(f"{front.url}/prof/salle/invitations", data={"csrf": Running.csrf(page)}, timeout=20)
    link = re.search(rf"{re.escape(front.url)}/relecture/[\w-]+", answer.text)
    assert link is not None
    guest = front.browser()
    own = Running.csrf(guest.get(link.group(0), timeout=20).text)
    landed = guest.post(link.group(0), data={"csrf": own}, timeout=20)
    assert landed.status_code == 200 and landed.url.startswith(f"{front.url}/prof")
    entered = front.browser().get(f"{front.url}/B204", timeout=20)  # no such room: told by the page that asks for it
    assert urlsplit(entered.url).path == f"{front.path}/"


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_phone_the_display_and_the_panel_live(front: Front, transport: str) -> None:
    teacher = front.teacher()
    begun(front, teacher)
    heard: dict[str, list[Any]] = {"/display": [], "/control": []}
    display = front.socket(front.browser(), "/display", transport, token=front.jeton)
    panel = front.socket(teacher, "/control", transport)
    for client, namespace in ((display, "/display"), (panel, "/control")):
        client.on("changed", lambda data, namespace=namespace: heard[namespace].append(data), namespace=namespace)
        assert client.call("resync", {}, namespace=namespace, timeout=20)["ok"]
    phone = front.socket(front.browser(), "/phone", transport)
    try:
        said = f"Combien gagnez-vous, par {transport} ?"
        answer = phone.call("ask", {"id": f"par-{transport}", "text": said}, namespace="/phone", timeout=20)
        assert answer["ok"], answer
        for _wait in range(200):
            if all(heard.values()):
                break
            phone.sleep(0.05)
        assert all(heard.values()), heard
        assert said in [question["text"] for question in front.kiosk.questions()]
    finally:
        for client in (phone, display, panel):
            client.disconnect()


def test_a_form_without_a_script_asks(front: Front) -> None:
    begun(front, front.teacher())
    phone = front.browser()
    phone.get(f"{front.url}/", timeout=20)
    phone.headers["Origin"] = "null"  # what our own pages make a browser say
    answer = phone.post(f"{front.url}/questions", data={"id": "formulaire", "text": "Est-ce long ?"}, timeout=20)
    assert answer.status_code == 200 and answer.url.startswith(f"{front.url}/recue"), (answer.url, answer.text[:400])


def test_another_site_s_pages_do_nothing(front: Front) -> None:
    headers = {"Origin": "https://ailleurs.example", "Accept": "application/json"}
    browser = front.browser()
    answer = browser.post(f"{front.url}/questions", data={"id": "x", "text": "x"}, headers=headers, timeout=20)
    assert (answer.status_code, code(answer)) == (403, "origin")
    polled = browser.get(f"{front.url}/socket.io/?EIO=4&transport=polling", headers=headers, timeout=20)
    assert polled.status_code == 400


@pytest.mark.parametrize("forged", [
    {}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"},
    {"Host": "127.0.0.1"}, {"X-Forwarded-Host": "127.0.0.1"}, {"X-Forwarded-Proto": "http"},
])  # fmt: skip
def test_nobody_is_the_machine_itself_through_a_relay(front: Front, forged: dict[str, str]) -> None:
    browser = front.browser()
    browser.headers["Accept"] = "application/json"
    for path in ("/ecran", "/ecran/fragment", "/metrics"):
        answer = browser.get(f"{front.url}{path}", headers=forged, timeout=20)
        elsewhere = answer.headers.get("Server") == "Caddy" and "Host" in forged  # a name that Caddy does not serve
        assert answer.status_code == (200 if elsewhere else 403) and bool(answer.text) != elsewhere, (path, forged)
    with pytest.raises(socketio.exceptions.ConnectionError):
        front.socket(front.browser(), "/display", "polling")


def test_the_machine_s_own_screen_needs_no_relay(front: Front) -> None:
    answer = requests.get(f"{front.kiosk.url}/ecran", timeout=20)
    assert answer.status_code == 200 and "data-base" not in answer.text
    assert addresses(answer.text) and not any(one.startswith("/kiosque") for one in addresses(answer.text))


@pytest.mark.browser
@pytest.mark.parametrize("blocked", [False, True], ids=["websocket", "polling"])
def test_scripts_live_under_a_sub_path(tmp_path: Path, blocked: bool) -> None:
    """In a real browser the phone asks by its script, panel and display are live, nothing is asked elsewhere."""
    front = Front(tmp_path, "nginx", "/kiosque", False)
    try:
        begun(front, front.teacher())
        with chromium() as browser:
            asked: list[str] = []
            complaints: list[str] = []

            def opened(path: str) -> Any:
                context = browser.new_context(ignore_https_errors=True, locale="fr-FR")
                context.set_default_timeout(20_000)
                context.on("weberror", lambda error: complaints.append(str(error.error)))
                page = context.new_page()
                if blocked:
                    page.add_init_script("delete window.WebSocket")
                page.on("request", lambda request: asked.append(request.url))
                page.on("websocket", lambda socket: asked.append(socket.url.replace("wss:", "https:")))
                page.goto(front.url + path)
                return page

            panel = opened("/prof")
            panel.get_by_label("Code à 6 chiffres").fill(
                json.loads((front.kiosk.data_dir / "secrets.json").read_text())["pin"]
            )
            panel.get_by_role("button", name="Ouvrir").click()
            panel.wait_for_url(f"{front.url}/prof**")
            panel.goto(f"{front.url}/prof?filtre=toutes")
            display, phone = opened(f"/ecran?jeton={front.jeton}"), opened("/")
            phone.locator("#q").fill("Combien gagnez-vous, en vrai ?")
            phone.locator("#f button.send").click()
            phone.get_by_text("Reçue").first.wait_for()
            display.locator("#offline").wait_for(state="hidden")
            phone.locator("nav.tabs a").nth(1).click()
            phone.wait_for_url(f"{front.url}/mes-questions**")
            phone.get_by_text("en vrai").first.wait_for()
            assert [url for url in asked if not url.startswith((front.url, "data:"))] == []
            ways = [url for url in asked if "/socket.io/" in url]
            assert {("websocket" in url) for url in ways if "transport=" in url} >= {not blocked}
            assert complaints == []
        assert "Combien gagnez-vous, en vrai ?" in [question["text"] for question in front.kiosk.questions()]
    finally:
        front.stop()


class Source(HTTPAdapter):
    """Speaks from an address of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **values: Any) -> None:
        super().init_poolmanager(*args, **values, source_address=(self._address, 0))


@pytest.mark.parametrize("program", ["nginx", "caddy"])
def test_a_phone_is_counted_by_its_own_address(settings, kiosk, program: str, tmp_path: Path) -> None:
    """Our application in this process, behind the real relay: what it says of who speaks."""
    from dataclasses import replace

    from kiosk.domain.people.peers import KEY, Peers

    kiosk.settings = replace(settings, relays=("127.0.0.1",))
    kiosk.peers = kiosk.frontage._peers = Peers(lambda: kiosk.addresses.own, ("127.0.0.1",))
    app, seen = create_app(kiosk.settings, kiosk=kiosk), []

    def watched(environ: Any, start_response: Any) -> Any:
        answer = app.wsgi_app(environ, start_response)
        seen.append(environ[KEY])
        return answer

    server = make_server("127.0.0.1", 0, watched, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    relay = Relay(program, tmp_path / "relay", server.server_port)
    try:
        for address in ("127.0.1.1", "127.0.1.2"):
            for forged in ({}, {"X-Forwarded-For": "6.6.6.6"}, {"Forwarded": "for=6.6.6.6"}, {"X-Real-IP": "6.6.6.6"}):
                session = requests.Session()
                session.trust_env, session.verify = False, relay.trust
                session.mount("https://", Source(address))
                assert session.get(f"{relay.url}/healthz/live", headers=forged, timeout=20).status_code == 200
                assert (seen[-1].address, seen[-1].relayed, seen[-1].local) == (address, True, False), forged
    finally:
        relay.stop()
        server.shutdown()
        thread.join()
        server.server_close()
