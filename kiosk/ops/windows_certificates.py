"""``python -m kiosk.ops.windows_certificates FILE``: what Windows trusts, for pip and Node, which do not look there.

A set-up step of ``run.ps1``, before any library is there. A school puts the certificate of its filter in the store of
its machines. pip's own authorities come first: Windows fetches a root only when it first meets one, so that its store
alone may lack that of the packages' server.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterable
from pathlib import Path

#: « serverAuth » (RFC 5280, section 4.2.1.12): trusted for a server, when a certificate is trusted for some uses only.
SERVER = "1.3.6.1.5.5.7.3.1"
#: The stores that hold authorities, as ``ssl.enum_certificates`` names them.
STORES = ("ROOT", "CA")

#: A certificate of a store: its bytes, ``x509_asn`` when these are one certificate, True or the uses it is trusted for.
Held = tuple[bytes, str, "bool | set[str] | frozenset[str]"]


def trusted(held: Iterable[Held]) -> str:
    """The certificates (PEM) of servers' authorities, each once, in the order of the store."""
    found = {
        ssl.DER_cert_to_PEM_cert(data): None
        for data, encoding, uses in held
        if encoding == "x509_asn" and (uses is True or (uses and SERVER in uses))
    }
    return "".join(found)


def main(path: Path) -> None:
    """Write both, pip's own and those of Windows."""
    from pip._vendor import certifi

    own = certifi.contents().rstrip("\n") + "\n"
    listed: list[Held] = []
    if sys.platform == "win32":  # pragma: no cover
        listed = [one for store in STORES for one in ssl.enum_certificates(store)]
    path.write_text(own + trusted(listed), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
