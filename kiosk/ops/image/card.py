"""What a card does when it starts, as root: ``python -m kiosk.ops.image.card before`` (``kiosque-carte.service``), and
``after`` the stick or the card's own file has set the kiosk up.

The system may be read-only: what is written goes under ``/run``, in the data's partition, or on the FAT one, where the
person who holds the card reads it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kiosk.ground import settingsfile
from kiosk.ground.config import KEPT_FILE
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.ops import firstboot, hotspot, provisioning, sheet

ACCOUNT = "kiosque-metiers"
#: A name that the card still has as it was made: each machine gets its own from it.
NAME = "kiosque"


@dataclass(frozen=True)
class Places:
    """Where a card has what this reads and writes; ``root`` stands for ``/``."""

    root: Path = Path("/")

    def __getattr__(self, name: str) -> Path:
        return self.root / _UNDER[name]


_UNDER = {
    "boot": "boot/firmware",
    "data": "var/lib/kiosque-metiers",
    "profiles": "run/NetworkManager/system-connections",
    "handed": "run/kiosque-metiers/cles/carte",
    "serial": "proc/device-tree/serial-number",
    "network": "sys/class/net",
    "own": "run/kiosque-carte",
    "kept": "srv/carte",
}


def before(places: Places) -> None:
    """Before the network: the machine's identity, its Wi-Fi, and the file of settings handed to the kiosk's account."""
    places.own.mkdir(parents=True, exist_ok=True)
    path = next((places.boot / name for name in firstboot.NAMES if (places.boot / name).is_file()), None)
    fresh = not (places.data / KEPT_FILE).exists()
    write_profiles(places, (_asked(path) if path else {}) if fresh else _kept(places))
    if fresh and path is not None:
        _hand(places, path)


def after(places: Places) -> None:
    """The report comes to the card's FAT partition, with the teacher's code when nobody chose it."""
    handed = places.handed / firstboot.REPORT
    report = handed.read_text(encoding="utf-8-sig").splitlines() if handed.exists() else []
    shutil.rmtree(places.handed, ignore_errors=True)
    told = subprocess.run(["kiosk", "pin", "show"], capture_output=True, text=True, check=False).stdout.strip()
    code = [_("Le code de l’enseignante ou de l’enseignant : %(command)s", command=told)] if told else []
    tell(places.boot / firstboot.REPORT, [*report, *code])


def tell(path: Path, lines: Sequence[str]) -> None:
    """Write what a person reads on any computer; a card whose lock is closed keeps what it has."""
    text = "".join(f"{line}\r\n" for line in lines)
    try:
        if not path.exists() or path.read_text(encoding="utf-8-sig") != "\n".join([*lines, ""]):
            path.write_text(text, encoding="utf-8-sig", newline="")
    except OSError:
        return


def write_profiles(places: Places, wifi: Mapping[str, Any]) -> None:
    """The networks that the machine joins: the class's own, and the profiles that somebody put on the FAT partition."""
    places.profiles.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = (places.data / "hotspot.json").exists() and hotspot.keep(places.data).ssid
    if wifi.get("wifi.ssid") and wifi["wifi.ssid"] != own:
        _private(places.profiles / f"{ACCOUNT}-classe.nmconnection", profile(wifi))
    for path in sorted(places.boot.glob("*.nmconnection"))[:20]:
        _private(places.profiles / path.name, path.read_text(encoding="utf-8-sig", errors="replace"))


def profile(wifi: Mapping[str, Any]) -> str:
    """The keyfile (nm-settings-keyfile(5)) that joins the class's Wi-Fi; a cable, when there is one, goes first.

    :param wifi: ``wifi.ssid``, ``wifi.password``, ``wifi.security``, ``wifi.hidden``, as settings name them.
    """
    ssid, password = str(wifi["wifi.ssid"]), str(wifi.get("wifi.password", ""))
    security = str(wifi.get("wifi.security", "WPA")) if password else "nopass"
    lines = ["[connection]", f"id={ACCOUNT}-classe", f"uuid={uuid.uuid5(uuid.NAMESPACE_DNS, ssid)}", "type=wifi"]
    lines += ["autoconnect=true", "", "[wifi]", "mode=infrastructure", f"ssid={hotspot.keyfile_ssid(ssid)}"]
    lines += ["hidden=true"] if wifi.get("wifi.hidden") else []
    if security == "WPA":
        lines += ["", "[wifi-security]", "key-mgmt=wpa-psk", f"psk={_escaped(password)}"]
    elif security == "WEP":
        lines += ["", "[wifi-security]", "key-mgmt=none", f"wep-key0={_escaped(password)}"]
    lines += ["", "[ipv4]", "method=auto", "route-metric=700", "", "[ipv6]", "method=auto", "route-metric=700"]
    return "\n".join(lines) + "\n"


def identifier(places: Places) -> str:
    """This machine's identifier (machine-id(5)): from the board's number, so that two copies of a card differ and one
    card keeps it though nothing of the system is written; elsewhere one that is drawn once and kept.
    """
    try:
        number = places.serial.read_bytes().strip(b"\0\n ")
    except OSError:
        number = b""
    if number.strip(b"0"):
        return hashlib.sha256(b"kiosque-metiers " + number).hexdigest()[:32]
    kept: Path = places.kept / "machine-id"
    if not kept.exists():
        kept.write_text(uuid.uuid4().hex + "\n", encoding="ascii")
    return kept.read_text(encoding="ascii").strip()


def _asked(path: Path) -> dict[str, Any]:
    """The settings of this machine's lines; nothing of a file that is refused: its report says why."""
    try:
        mine = provisioning.choose(sheet.read(path), provisioning.Wish(), path)
    except KioskError:
        return {}
    return {key: value for row in reversed(mine) for key, value in row.settings.items()}


def _kept(places: Places) -> dict[str, Any]:
    """What was set up here; nothing of a damaged file, which the kiosk itself puts right and tells."""
    try:
        return settingsfile.read(places.data)
    except KioskError:
        return {}


def _hand(places: Places, path: Path) -> None:
    """The file where the kiosk's account may read it and report beside it; what starts the machine stays shut to it."""
    places.handed.mkdir(parents=True, exist_ok=True)
    places.handed.chmod(0o700)
    shutil.copyfile(path, places.handed / path.name)
    for one in (places.handed, places.handed / path.name):
        shutil.chown(one, ACCOUNT, ACCOUNT)


def _escaped(value: str) -> str:
    """A value of a keyfile (GKeyFile): a backslash and spaces at its ends have a meaning there."""
    text = value.replace("\\", "\\\\")
    return ("\\s" + text[1:] if text.startswith(" ") else text).replace("\n", "\\n")


def _private(path: Path, text: str) -> None:
    """NetworkManager reads a profile that its owner alone may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _take_identity(places: Places) -> None:
    """Give the machine its identifier, its name and the keys by which ``ssh`` knows it."""
    number = identifier(places)
    _lay(places, "machine-id", number)
    if socket.gethostname() == NAME:
        name = f"{NAME}-{_card(places) or number[:6]}"
        _lay(places, "hostname", name)  # NetworkManager puts back what this file says
        socket.sethostname(name)
    keys = places.kept / "ssh"
    if shutil.which("sshd", path="/usr/sbin") and not keys.exists():
        keys.mkdir(mode=0o700)
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / "ssh_host_ed25519_key"))


def _lay(places: Places, name: str, text: str) -> None:
    """Have a file of ``/etc`` say something until the machine stops, though the system may be read-only."""
    held: Path = places.own / name
    held.write_text(text + "\n", encoding="ascii")
    _run("mount", "--bind", str(held), str(places.root / "etc" / name))


def _card(places: Places) -> str:
    """The end of the first network card's address, as its label has it."""
    for path in sorted(places.network.glob("*/address")):
        address = path.read_text(encoding="ascii").strip().replace(":", "")
        if address.strip("0") and path.parent.name != "lo":
            return address[-6:]
    return ""


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{words[0]}: {done.stderr.strip()}", file=sys.stderr)  # noqa: T201  (the journal's)


def main(words: Sequence[str]) -> int:
    """``before`` or ``after``."""
    places = Places()
    if list(words) == ["before"]:
        places.own.mkdir(parents=True, exist_ok=True)
        _take_identity(places)
        before(places)
    elif list(words) == ["after"]:
        after(places)
    else:
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
