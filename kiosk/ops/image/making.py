"""``kiosk image``: the whole way from Debian's packages to a file that is written on a memory card."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from kiosk.ground import diskwords
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ops.bundle import archive
from kiosk.ops.bundle import command as bundle
from kiosk.ops.bundle import debian
from kiosk.ops.image import disk, needs, system

#: A public key of OpenSSH, one a line (authorized_keys(5)).
_KEY = re.compile(r"(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]{40,}( .*)?")


def make(output: Path, wish: system.Wish, beside: Mapping[str, str], package: Path | None = None) -> Iterator[str]:
    """Make the card's file in the folder ``output``, with its line in ``SHA256SUMS``; yields what to tell.

    ``package``: the kiosk's package for arm64, else it is made from this code, with the files ``beside`` of the system.

    :raises KioskError: those of :func:`needs.check` and of a bundle, ``image_package``, ``image_failed``.
    """
    needs.check(output)
    if package is not None:
        system.check_package(package)
    with tempfile.TemporaryDirectory(dir=output, prefix=".carte-") as made:
        scratch = Path(made)
        scratch.chmod(0o755)  # apt's own account goes through
        if package is None:
            told = bundle.make("raspberry", (), scratch / "paquet", package=beside)
            yield from (line for line in told if debian.NAME not in line)  # where it is, and how to install it: here
            (package,) = (scratch / "paquet").glob("*.deb")
        root = scratch / "systeme"
        yield _("Debian pour Raspberry Pi : un quart d’heure avec Internet…")
        system.gather(root, wish)
        yield from system.furnish(root, wish, package)
        yield _("La carte s’écrit…")
        folders = system.split(root, scratch)
        found = disk.parts(disk.taken(root))
        target = output / f"{_name(package)}-carte.img"
        temporary = target.with_name(target.name + ".part")
        try:
            disk.write(temporary, found, folders, secrets.randbits(32))
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    sums = archive.list_beside(target)
    size = round(target.stat().st_size / 1e9, 1)
    yield _("%(path)s : %(size)s Go, somme dans %(sums)s.", path=target, size=size, sums=sums)
    yield _("Écrivez-la sur une carte de 8 Go au moins : Raspberry Pi Imager (« Image personnalisée »).")


def wish_of(read_only: bool, key: str, country: str, cache: str, mirror: str) -> system.Wish:
    """What the command line asks. :raises KioskError: ``file_missing``, ``image_key``, ``image_country``."""
    wish = system.Wish(read_only=read_only, country=country.upper(), cache=Path(cache).resolve() if cache else None)
    if not re.fullmatch("[A-Z]{2}", wish.country):
        raise KioskError("image_country", given=country)
    if mirror:
        wish = replace(wish, mirror=mirror.rstrip("/"))
    if key:
        wish = replace(wish, key=public_key(Path(key)))
    return wish


def public_key(path: Path) -> str:
    """The public keys of a file. :raises KioskError: ``file_missing``, ``image_key`` (a private one, above all)."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise diskwords.unread(path, error) from None
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not keys or not all(_KEY.fullmatch(line) for line in keys):
        raise KioskError("image_key", path=str(path))
    return "\n".join(keys)


def _name(package: Path) -> str:
    """The card's name, from its package's: the same version and commit."""
    version = package.stem.split("_")[1] if package.stem.count("_") == 2 else ""
    return "-".join(filter(None, (debian.NAME, version.replace("+", "-").replace("~", "-"))))
