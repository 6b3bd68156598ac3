"""Settings chosen while the kiosk runs: checked, kept in the data folder, in force at once.

What the command line, the environment or the settings file says stays above: :func:`imposed` tells it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from kiosk.contract import schools
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.reading import textrules
from kiosk.ground import settingsfile
from kiosk.ground.config import KEPT_FILE, SETTINGS, Settings
from kiosk.ground.config_values import check
from kiosk.ground.errors import KioskError
from kiosk.ground.events import CentreChosen, SettingsChanged
from kiosk.ground.i18n import _

#: Longest name of a Wi-Fi network, in bytes (IEEE 802.11), and shortest and longest passphrase of WPA.
SSID_BYTES, PASSPHRASE = 32, (8, 63)


def imposed(settings: Settings, key: str) -> str:
    """Where the value of ``key`` comes from when nothing chosen here can change it; else empty."""
    return "" if key in settings.kept else str(settings.origins.get(key, ""))


def keep(kiosk: Kiosk, values: Mapping[str, Any]) -> None:
    """Check, keep and apply settings by dotted name; what is imposed is left alone.

    :raises KioskError: ``setting_invalid`` with its field, ``storage_failed``.
    """
    checked(values)
    settings = kiosk.settings
    free = {key: value for key, value in values.items() if not imposed(settings, key)}
    try:
        settingsfile.update(settings.data_dir, free)
    except OSError as error:
        raise KioskError("storage_failed") from error
    kiosk.settings = merged(settings, free)
    if any(key.startswith("school.") for key in free):  # the pages that show it
        kiosk.bus.publish([SettingsChanged(tuple(free))])
    if kiosk.settings.centre_url:
        kiosk.bus.publish([CentreChosen()])


def merged(settings: Settings, free: Mapping[str, Any]) -> Settings:
    """The settings once values that nothing imposes are kept in the data folder."""
    return replace(
        settings,
        **{SETTINGS[key].name: value for key, value in free.items()},
        origins={**settings.origins, **dict.fromkeys(free, str(settings.data_dir / KEPT_FILE))},
        kept=settings.kept | frozenset(free),
    )


def checked(values: Mapping[str, Any]) -> None:
    """Refuse the first value that a setting cannot have. :raises KioskError: ``setting_invalid``."""
    for key, value in values.items():
        problem = check(value, SETTINGS[key])
        if problem:
            raise KioskError("setting_invalid", field=key, detail=problem)


def school(uai: str, name: str) -> dict[str, Any]:
    """A school's settings. :raises KioskError: ``uai_*`` (field ``school.uai``), ``name_invalid``."""
    name = textrules.visible(name)
    if len(name) > 120:
        raise KioskError("name_invalid", field="school.name")
    if not uai.strip():
        return {"school.uai": "", "school.name": name}
    try:
        return {"school.uai": schools.normalise_uai(uai), "school.name": name}
    except KioskError as error:
        error.field = "school.uai"
        raise


def wifi(ssid: str, password: str, security: str = "WPA", hidden: bool = False) -> dict[str, Any]:
    """A network's settings; no name means none. :raises KioskError: ``setting_invalid``."""
    if not ssid:
        return {"wifi.ssid": "", "wifi.password": "", "wifi.security": "WPA", "wifi.hidden": False}
    if len(ssid.encode()) > SSID_BYTES:
        detail = _("un nom de Wi-Fi tient en 32 signes ; une lettre accentuée compte pour deux, un emoji pour quatre")
        raise KioskError("setting_invalid", field="wifi.ssid", detail=detail)
    if security == "WPA" and not PASSPHRASE[0] <= len(password) <= PASSPHRASE[1]:
        detail = _("un mot de passe WPA compte de 8 à 63 caractères")
        raise KioskError("setting_invalid", field="wifi.password", detail=detail)
    values = {
        "wifi.ssid": ssid,
        "wifi.password": "" if security == "nopass" else password,
        "wifi.security": security,
        "wifi.hidden": hidden,
    }
    checked(values)
    return values


def proxy(address: str, account: str = "", password: str | None = "", held: str = "") -> dict[str, Any]:
    """A proxy's setting from its parts; ``password`` None keeps the one in ``held``, for the same account.

    :raises KioskError: ``setting_invalid``.
    """
    text = address.strip().rstrip("/")
    if not text:
        return {"centre.proxy": ""}
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or re.search(r"\s", text) or parts.path or parts.query:
        detail = _("une adresse comme http://mandataire.exemple:3128 est attendue")
        raise KioskError("setting_invalid", field="centre.proxy", detail=detail)
    account = account.strip() or unquote(parts.username or "")
    if password is None:
        before = urlsplit(held)
        password = unquote(before.password or "") if unquote(before.username or "") == account else ""
    password = password or unquote(parts.password or "")
    who = quote(account, safe="") + (f":{quote(password, safe='')}" if password else "")
    place = parts.netloc.rpartition("@")[2]
    return {"centre.proxy": f"{parts.scheme}://{who + '@' if account else ''}{place}"}
