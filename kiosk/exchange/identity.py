"""Who this kiosk is for the centre: an identity bound to the machine, and the token of its pairing.

``centre.json`` (mode 600, in the data folder) holds both. A copied card or disk image wakes on another machine: it then
takes a new identity, keeps its outbox and asks to be paired again (contract, section 3, rule 8).
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, field, fields, replace
from pathlib import Path
from typing import Any

from kiosk.domain.people import identifiers
from kiosk.ground import wholefile
from kiosk.ground.values import dataclass

FILE = "centre.json"
_BLOCK = Path("/sys/block")
#: Where the kernel tells a disk's own number, by kind: SD card, SATA or USB, NVMe or virtual.
_DISK_NUMBERS = ("device/cid", "device/wwid", "device/serial", "wwid", "serial")
_SERIALS = (Path("/sys/firmware/devicetree/base/serial-number"), Path("/sys/class/dmi/id/product_uuid"))
_MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


@dataclass(frozen=True)
class Pending:
    """A pairing by stick that waits for the centre's answer (contract, section 6): as whom and for which school, the
    ``key`` made of the code and of ``salt`` (both in hexadecimal). The code itself is kept nowhere.
    """

    kiosk: str
    uai: str
    label: str
    salt: str
    key: str


@dataclass(frozen=True)
class Identity:
    """``kiosk`` is the contract's identifier, ``token`` empty until paired with the centre at ``url`` (empty: by stick,
    and no address is known) for school ``uai``.
    """

    kiosk: str
    traits: list[str] = field(default_factory=list)
    token: str = ""
    uai: str = ""
    url: str = ""
    pending: Pending | None = None

    def paired_with(self, url: str) -> bool:
        """Whether the token is for the centre at this address."""
        return bool(self.token) and self.url == url


def load(data_dir: Path, now: int) -> tuple[Identity, bool]:
    """This machine's identity, made at the first call; and whether it replaces one copied from another machine."""
    path = data_dir / FILE
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        held = Identity(
            kiosk=str(value["kiosk"]),
            traits=[str(t) for t in value.get("traits", [])],
            token=str(value.get("token", "")),
            uai=str(value.get("uai", "")),
            url=str(value.get("url", "")),
            pending=_pending(value.get("pending")),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return renew(data_dir, now), False
    traits = _digests(held.kiosk)
    if held.traits and traits and not set(held.traits) & set(traits):
        return renew(data_dir, now), True
    if set(traits) - set(held.traits):  # a new card in the same machine; what it had before still tells
        held = replace(held, traits=sorted({*held.traits, *traits}))
        save(data_dir, held)
    return held, False


def renew(data_dir: Path, now: int) -> Identity:
    """A new identity, not paired."""
    made = fresh(now)
    save(data_dir, made)
    return made


def fresh(now: int) -> Identity:
    """A new identity, kept nowhere yet."""
    kiosk = identifiers.uuid7(now)
    return Identity(kiosk=kiosk, traits=sorted(_digests(kiosk)))


def save(data_dir: Path, identity: Identity) -> None:
    """Write the file whole or not at all, readable by its owner alone."""
    wholefile.write(data_dir / FILE, json.dumps(asdict(identity)))


def _pending(value: Any) -> Pending | None:
    return Pending(**{item.name: str(value[item.name]) for item in fields(Pending)}) if value else None


def _digests(salt: str) -> list[str]:
    """The machine's traits, hashed with the identity: they can be compared here and tell nothing elsewhere."""
    return [hashlib.sha256(f"{salt}|{trait}".encode()).hexdigest()[:16] for trait in machine_traits()]


def machine_traits() -> list[str]:
    """What does not travel with a copied card: serial numbers of the machine and of its fixed disks, never an address
    of a network card.

    Only where there are none, the system's own identifier (which travels with a copied disk, not with the data folder).
    """
    found = [text for text in (_read(path) for path in _SERIALS) if len(text) >= 6]
    if _BLOCK.is_dir():
        found += [number for disk in sorted(_BLOCK.iterdir()) if (number := _disk_number(disk))]
    elif sys.platform == "win32":  # pragma: no cover
        found += _windows_traits()
    found = [text for text in found if text.strip("0:-. ")]
    return found or [text for text in (_read(path) for path in _MACHINE_IDS) if text][:1]


def _disk_number(disk: Path) -> str:
    """A fixed disk's number; empty for a stick, which may visit the copy and the copied."""
    if _read(disk / "removable") == "1":
        return ""
    return next((text for text in (_read(disk / name) for name in _DISK_NUMBERS) if len(text) >= 6), "")


def _windows_traits() -> list[str]:  # pragma: no cover
    import winreg

    place = r"SOFTWARE\Microsoft\Cryptography"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:  # type: ignore[attr-defined]
        return [str(winreg.QueryValueEx(key, "MachineGuid")[0])]  # type: ignore[attr-defined]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0 \n")
    except OSError:
        return ""
