"""QR codes for pages: one SVG path, dark on a white plate, with its quiet zone.

In a template::

    <svg class="qr" viewBox="0 0 {{ qr.size }} {{ qr.size }}" role="img" aria-label="{{ qr.label }}"
         shape-rendering="crispEdges"><path fill="#fff" d="{{ qr.plate }}"/><path fill="#051f17"
         d="{{ qr.path }}"/></svg>
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from kiosk.ground.config import Settings
from kiosk.ground.i18n import _
from kiosk.ground.qrcodes import QUIET, Matrix, matrix, wifi_payload
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Qr:
    """A code ready to draw. ``size``: side of the viewBox in modules, quiet zone included."""

    path: str
    size: int
    label: str

    @property
    def plate(self) -> str:
        """The white square under the code: it must stay white in every theme."""
        return f"M0 0h{self.size}v{self.size}H0z"


def address_qr(url: str) -> Qr:
    """The code that opens a page.

    :param url: explicit, with its scheme, as :class:`kiosk.ground.network.Address` gives it.
    :raises ValueError: not an ``http`` or ``https`` URL, or too long.
    """
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in ("http", "https") or not rest:
        raise ValueError("a QR code needs an explicit http URL")
    path, size = _drawing(url)
    return Qr(path, size, _("QR code : ouvrir %(address)s", address=rest))


def class_wifi(settings: Settings) -> Qr | None:
    """The code that joins the class's network; None without a name, or without its password: a name alone misleads."""
    if not settings.wifi_ssid:
        return None
    try:
        return wifi_qr(settings.wifi_ssid, settings.wifi_password, settings.wifi_security, settings.wifi_hidden)
    except ValueError:
        return None


def wifi_qr(ssid: str, password: str, security: str = "WPA", hidden: bool = False) -> Qr:
    """The code that joins a network. See :func:`kiosk.ground.qrcodes.wifi_payload`."""
    path, size = _drawing(wifi_payload(ssid, password, security, hidden))
    return Qr(path, size, _("QR code : rejoindre le Wi-Fi %(ssid)s", ssid=ssid))


@lru_cache(maxsize=32)
def _drawing(payload: str) -> tuple[str, int]:
    code = matrix(payload)
    return outline(code), code.size + 2 * QUIET


def outline(code: Matrix) -> str:
    """The edges of the dark areas as one path (fill rule non-zero), quiet zone included.

    Edges rather than one rectangle per run: half the bytes, and no hairline between rows when
    a projector scales the page.
    """
    size = code.size
    dark = {(x, y) for y, row in enumerate(code.rows) for x, is_dark in enumerate(row) if is_dark}
    # Directed edges with the dark side on the right; start → ends.
    edges: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for x, y in dark:
        for neighbour, start, end in (
            ((x, y - 1), (x, y), (x + 1, y)),
            ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
            ((x, y + 1), (x + 1, y + 1), (x, y + 1)),
            ((x - 1, y), (x, y + 1), (x, y)),
        ):
            if neighbour not in dark:
                edges[start].append(end)
    parts = []
    for y in range(size + 1):
        for x in range(size + 1):
            while edges.get((x, y)):
                parts.append(_loop(edges, (x, y)))
    return "".join(parts)


def _loop(edges: dict[tuple[int, int], list[tuple[int, int]]], start: tuple[int, int]) -> str:
    """Take one closed loop of edges out, as ``M…h…v…z`` with straight runs joined."""
    text = f"M{start[0] + QUIET} {start[1] + QUIET}"
    here, run, across = start, 0, True
    while True:
        following = edges[here].pop()
        step_across = following[1] == here[1]
        step = following[0] - here[0] if step_across else following[1] - here[1]
        if step_across != across or run * step < 0:
            text += f"{'h' if across else 'v'}{run}" if run else ""
            run, across = 0, step_across
        run += step
        here = following
        if here == start:
            # The last run is what "z" draws, unless another loop crossed this very point.
            return text + "z"
