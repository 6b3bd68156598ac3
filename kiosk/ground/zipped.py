"""An entry of a .zip. Its date has sixteen bits, from 1980 to 2107 (PKWARE APPNOTE, section 4.4.6): a machine whose
clock is elsewhere, an empty battery, must write its archives too.
"""

from __future__ import annotations

import time
import zipfile

FIRST, LAST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)


def entry(name: str, kind: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """An entry dated now, for its owner alone."""
    found = zipfile.ZipInfo(name, min(max(time.localtime(time.time())[:6], FIRST), LAST))
    found.compress_type = kind
    found.external_attr = 0o100600 << 16
    return found
