"""``kiosk hotspot``: the machine makes its own Wi-Fi, as a last resort. A NetworkManager profile, and its QR code.

The name and the passphrase are made once and kept in the data folder (``hotspot.json``, mode 600): phones that
joined once join again. Writing needs root; nothing is written without being asked.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO

from kiosk.ground import settingsfile, wholefile
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.qrcodes import wifi_payload
from kiosk.ground.values import dataclass
from kiosk.ops import console

NAME = "kiosque-metiers"
PROFILES = Path("/etc/NetworkManager/system-connections")
MARK = '# Écrit par « kiosk hotspot ». / Written by "kiosk hotspot".'
#: No vowel (no word comes out), no 0 O 1 l I: what is read aloud or copied from a screen stays itself.
LETTERS = "bcdfghjkmnpqrstvwxz23456789"
#: Phones that a Pi's own Wi-Fi holds: 4 with some firmwares, 19 with the best, about 10 (Internet-in-a-Box's
#: figures, ``default_vars.yml``; raspberrypi/linux#3010).
FEWEST, EXPECTED, MOST = 4, 10, 19


@dataclass(frozen=True)
class Hotspot:
    """The network that the machine makes. ``passphrase``: WPA2, 8 to 63 ASCII characters."""

    ssid: str
    passphrase: str
    uuid: str


def keep(data_dir: Path, ssid: str = "", renew: bool = False) -> Hotspot:
    """The hotspot of this kiosk, made at first call. ``ssid`` renames it, ``renew`` gives a new passphrase.

    :raises KioskError: ``name_invalid``: longer than the 32 bytes of a network's name.
    """
    path = data_dir / "hotspot.json"
    try:
        held = Hotspot(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        held = Hotspot(f"Kiosque-{_letters(4).upper()}", _passphrase(), str(uuid.uuid4()))
    wanted = replace(held, ssid=ssid or held.ssid, passphrase=_passphrase() if renew else held.passphrase)
    if len(wanted.ssid.encode()) > 32 or not wanted.ssid.isprintable():
        raise KioskError("name_invalid")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists() or wanted != held:
        wholefile.write(path, json.dumps(asdict(wanted), ensure_ascii=False) + "\n")
        _give_back(path)
    return wanted


def profile(hotspot: Hotspot, interface: str = "", channel: int = 6, auto: bool = False) -> str:
    """The keyfile (nm-settings-keyfile(5)) of the access point. ``auto``: started when no known Wi-Fi is there."""
    lines = [
        MARK,
        "[connection]",
        f"id={NAME}",
        f"uuid={hotspot.uuid}",
        "type=wifi",
        *([f"interface-name={interface}"] if interface else []),
        *(
            ["autoconnect=true", "# Après tout Wi-Fi connu. / After any known network.", "autoconnect-priority=-100"]
            if auto
            else ["autoconnect=false"]
        ),
        "",
        "[wifi]",
        "mode=ap",
        f"ssid={keyfile_ssid(hotspot.ssid)}",
        "# 2,4 GHz : tous les téléphones le captent. / Every phone hears 2.4 GHz.",
        "band=bg",
        f"channel={channel}",
        "",
        "[wifi-security]",
        "key-mgmt=wpa-psk",
        "proto=rsn;",
        "pairwise=ccmp;",
        "group=ccmp;",
        "# Le Wi-Fi du Raspberry Pi ne sait pas protéger les trames de gestion. (raspberrypi/linux#3619)",
        "pmf=1",
        f"psk={hotspot.passphrase}",
        "",
        "[ipv4]",
        "method=shared",
        "address1=10.42.0.1/24",
        "",
        "[ipv6]",
        "method=disabled",
    ]
    return "\n".join(lines) + "\n"


def report(settings: Settings, options: Mapping[str, Any], out: TextIO, profiles: Path = PROFILES) -> list[str]:
    """What the command prints. ``options``: ssid, interface, channel, auto, renew, write.

    :raises KioskError: ``root_needed``, ``install_changed``, ``name_invalid``.
    """
    hotspot = keep(settings.data_dir, options["ssid"], options["renew"])
    text = profile(hotspot, options["interface"], options["channel"], options["auto"])
    path = profiles / f"{NAME}.nmconnection"
    lines = []
    if options["write"]:
        _install(path, text)
        lines += [_("écrit : %(path)s", path=path), *_tell_display(settings, hotspot)]
        lines.append(_("Pour l’allumer : sudo nmcli connection up %(name)s (down pour l’éteindre).", name=NAME))
    else:
        lines += [f"== {path}  (600)", "", *("    " + line for line in text.splitlines()), ""]
        lines.append(_("Rien n’a été écrit : --write (avec sudo) écrit ce fichier."))
    return [*lines, "", *_advice(hotspot), "", _qr(hotspot, out)]


def remove(settings: Settings, profiles: Path = PROFILES) -> list[str]:
    """Take the profile away, and the display's Wi-Fi code when it was this one's. The passphrase is kept."""
    path = profiles / f"{NAME}.nmconnection"
    try:
        if not path.exists():
            return [_("Rien à retirer : ce point d’accès n’est pas installé.")]
        if not path.read_text(encoding="utf-8").startswith(MARK):
            raise KioskError("install_changed", paths=str(path))
        _nmcli("connection", "down", NAME)
        path.unlink()
    except PermissionError:
        raise KioskError("root_needed", path=str(path)) from None
    _nmcli("connection", "reload")
    if settingsfile.read(settings.data_dir).get("wifi.ssid") == keep(settings.data_dir).ssid:
        forgotten = dict.fromkeys(("wifi.ssid", "wifi.password", "wifi.security", "wifi.hidden"))
        settingsfile.update(settings.data_dir, forgotten)
        _give_back(settings.data_dir / "settings.toml")
    return [_("retiré : %(path)s", path=path)]


def _install(path: Path, text: str) -> None:
    try:
        if path.exists() and not path.read_text(encoding="utf-8").startswith(MARK):
            raise KioskError("install_changed", paths=str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        wholefile.write(path, text)
    except PermissionError:
        raise KioskError("root_needed", path=str(path)) from None
    _nmcli("connection", "reload")


def _tell_display(settings: Settings, hotspot: Hotspot) -> list[str]:
    """The class's display shows the code of this network from the kiosk's next start."""
    kept = {
        "wifi.ssid": hotspot.ssid,
        "wifi.password": hotspot.passphrase,
        "wifi.security": "WPA",
        "wifi.hidden": False,
    }
    settingsfile.update(settings.data_dir, kept)
    _give_back(settings.data_dir / "settings.toml")
    elsewhere = settings.origins.get("wifi.ssid", "")
    if elsewhere and "settings.toml" not in elsewhere:
        return [_("ATTENTION : wifi.ssid vient d’ailleurs (%(origin)s) et l’emporte à l’écran.", origin=elsewhere)]
    return [_("Le grand écran montrera le QR code de ce Wi-Fi au prochain démarrage du kiosque.")]


def _advice(hotspot: Hotspot) -> list[str]:
    return [
        _("Wi-Fi : %(ssid)s   mot de passe : %(passphrase)s", ssid=hotspot.ssid, passphrase=hotspot.passphrase),
        _(
            "Comptez %(expected)s téléphones sur le Wi-Fi d’un Raspberry Pi (%(fewest)s avec certains modèles, "
            "%(most)s au mieux) : un par table.",
            expected=EXPECTED,
            fewest=FEWEST,
            most=MOST,
        ),
        _("Sans Internet : faites couper les données mobiles, sinon le téléphone quitte ce Wi-Fi."),
        _("Ce poste quitte son propre Wi-Fi : pour la visioconférence, gardez le câble."),
        _("Sur un Raspberry Pi neuf, donnez d’abord le pays : sudo raspi-config nonint do_wifi_country FR"),
    ]


def _qr(hotspot: Hotspot, out: TextIO) -> str:
    payload = wifi_payload(hotspot.ssid, hotspot.passphrase)
    return console.terminal_qr(payload, out.encoding, console.colours(out))


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _number in range(count))


def _passphrase() -> str:
    """Twelve letters in threes of four: 57 bits, beyond a class's patience and a neighbour's computer."""
    return "-".join(_letters(4) for _number in range(3))


def keyfile_ssid(ssid: str) -> str:
    """A name as a keyfile wants it: plain text, or its bytes when a character has a meaning there."""
    if ssid.isascii() and not set(ssid) & set(";\\\"'#=") and ssid == ssid.strip():
        return ssid
    return "".join(f"{byte};" for byte in ssid.encode())


def _give_back(path: Path) -> None:
    """Under ``sudo``, what goes in the data folder belongs to whoever owns the folder."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _nmcli(*words: str) -> None:
    program = shutil.which("nmcli")
    if program:
        subprocess.run([program, *words], capture_output=True, timeout=60, check=False)
