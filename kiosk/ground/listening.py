"""Why a port could not be opened, for the kiosk and for the centre."""

from __future__ import annotations

import errno

from kiosk.ground.errors import KioskError


def refusal(error: OSError, host: str, port: int) -> KioskError:
    """``port_forbidden``, ``address_foreign`` or ``port_taken``: what ``bind`` refused (bind(2))."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return KioskError("port_forbidden", port=port)
    if error.errno == errno.EADDRNOTAVAIL or not isinstance(error.errno, int) or error.errno < 0:
        return KioskError("address_foreign", host=host)  # gaierror's numbers are negative: a name that nobody knows
    return KioskError("port_taken", port=port)
