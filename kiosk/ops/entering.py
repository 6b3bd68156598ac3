"""``kiosk pin allow``: let a device that asks come in, from the machine where the kiosk runs.

The running kiosk holds who asks; it is asked at its own address, with a proof that only who reads its secrets can give.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from kiosk.domain.people import access
from kiosk.domain.people.devices import DEVICE_COOKIE
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.storage import secretfile

#: Seconds to wait for the running kiosk.
PATIENCE = 10.0
_EVERYWHERE = ("0.0.0.0", "::", "")


def asking(settings: Settings) -> list[str]:
    """The words of the devices that ask. :raises KioskError: ``not_running``."""
    return [one["word"] for one in call(settings, "/prof/connexion/demandes")["knocks"]]


def allow(settings: Settings, word: str) -> None:
    """Let in the device that shows ``word``. :raises KioskError: ``not_running``, ``knock_gone``."""
    seen = call(settings, "/prof/connexion/demandes")
    wanted = " ".join(word.casefold().split())
    found = next((one["id"] for one in seen["knocks"] if one["word"].casefold() == wanted), None)
    if found is None:
        raise KioskError("knock_gone")
    call(settings, "/prof/connexion/ouvrir", csrf=seen["csrf"], id=found)


def call(settings: Settings, path: str, **form: str) -> dict[str, Any]:
    """What the running kiosk answers to this machine, asked (or told, with a form) with its proof.

    :raises KioskError: ``not_running``, ``knock_gone``.
    """
    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}{path}"
    headers = {
        access.MACHINE_HEADER: access.machine_proof(secretfile.load(settings.data_dir, settings.database).key),
        "Cookie": f"{DEVICE_COOKIE}=commande-de-la-machine",
        "Accept": "application/json",
        "X-Fragment": "1",
    }
    body = urllib.parse.urlencode(form).encode() if form else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    try:
        with opener.open(urllib.request.Request(url, body, headers), timeout=PATIENCE) as answer:
            told: dict[str, Any] = json.loads(answer.read(1 << 22) or b"{}")
    except urllib.error.HTTPError as error:
        raise KioskError("knock_gone" if error.code == 404 else "not_running", port=settings.port) from error
    except (OSError, ValueError) as error:
        raise KioskError("not_running", port=settings.port) from error
    return told
