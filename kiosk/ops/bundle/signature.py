"""Who made a bundle: an OpenSSH signature of its ``SHA256SUMS``, which names every file.

``ssh-keygen -Y`` signs and checks (PROTOCOL.sshsig of OpenSSH): whoever looks after machines has such a key, and the
program is on Debian, Raspberry Pi OS and Windows; a library of signatures would weigh more than the kiosk's pages.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from kiosk.ground.errors import KioskError

#: Beside the sums, inside the archive.
FILE = "SHA256SUMS.sig"
#: A signature made for something else, with the same key, is not one of a bundle.
NAMESPACE = "kiosque-metiers-bundle"
#: The name a key is known by for one check.
_SIGNER = "kiosque"


def sign(folder: Path, key: Path) -> None:
    """Sign the sums of a folder with a private key (ssh-keygen asks for its passphrase on the terminal).

    :raises KioskError: ``signature_tool``, ``signature_failed``.
    """
    (folder / FILE).unlink(missing_ok=True)
    done = _ssh_keygen("sign", "-f", str(key), "-n", NAMESPACE, str(folder / "SHA256SUMS"), terminal=True)
    if done.returncode or not (folder / FILE).is_file():
        raise KioskError("signature_failed", key=str(key), detail=_last(done.stderr))


def check(folder: Path, key: str) -> None:
    """Hold an unpacked bundle, whose sums are right, against a public key (one line).

    :raises KioskError: ``upgrade_unsigned``, ``upgrade_forged``, ``signature_tool``.
    """
    held = folder / FILE
    if not held.is_file():
        raise KioskError("upgrade_unsigned")
    with tempfile.TemporaryDirectory(prefix="kiosk-") as scratch:
        allowed = Path(scratch) / "allowed"
        allowed.write_text(f'{_SIGNER} namespaces="{NAMESPACE}" {key.strip()}\n', encoding="utf-8")
        words = ("-f", str(allowed), "-I", _SIGNER, "-n", NAMESPACE, "-s", str(held))
        done = _ssh_keygen("verify", *words, given=(folder / "SHA256SUMS").read_bytes())
    if done.returncode:
        raise KioskError("upgrade_forged", detail=_last(done.stderr))


def _ssh_keygen(
    verb: str, *words: str, given: bytes | None = None, terminal: bool = False
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", verb, *words], input=given, stdin=None if given is not None or terminal else 0,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False,
        )  # fmt: skip
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise KioskError("signature_tool") from error


def _last(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
