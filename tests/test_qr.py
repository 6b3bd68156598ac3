"""QR codes: what a real decoder reads from the drawn path, near and from the back of the room."""

from __future__ import annotations

import io
import re

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw

from kiosk.ground import qrcodes
from kiosk.web.frame.qr import address_qr, wifi_qr
from qr_camera import decode_from_back, photograph, pixels_across

URLS = [
    "http://10.0.0.5",
    "http://192.168.1.20",
    "http://192.168.1.20:8080",
    "http://192.168.100.200:8080/B204",
    "http://[2001:db8:1234:5678:9abc:def0:1234:5678]:8080",
    "https://questions.example.org/kiosque",
]

NETWORKS = [
    ("Kiosque-B204", "metiers2026", "WPA", False),
    ("Collège « Les Bruyères »", "été à l’école", "WPA", False),
    (r"a\b;c,d\"e:f", r";;\\::,,\"\"", "WPA", True),
    ('"entre guillemets"', '"aussi"xx', "WPA", False),
    ("B204", "20262027", "WPA", False),
    ("CAFE", "0123456789", "WEP", False),
    ("Invités", "", "nopass", False),
    (" espaces ", " des espaces ", "WPA", True),
    ("\\", ";;;;;;;;", "WPA", False),
]


def bitmap(qr, scale, ink="#051f17", margin=0):
    """The path drawn as a browser would, on a white plate."""
    side = qr.size * scale
    image = Image.new("RGB", (side + 2 * margin, side + 2 * margin), "#0a3d2e" if margin else "#fff")
    draw = ImageDraw.Draw(image)
    draw.rectangle((margin, margin, margin + side - 1, margin + side - 1), fill="#fff")
    # The rule even-odd equals non-zero for loops that do not overlap: XOR their areas.
    mask = Image.new("1", image.size, 0)
    for loop in re.findall(r"M([^z]*)z", qr.path):
        points = _points(loop, scale, margin)
        area = Image.new("1", image.size, 0)
        _fill(ImageDraw.Draw(area), points)
        mask = ImageChops.logical_xor(mask, area)
    image.paste(Image.new("RGB", image.size, ink), (0, 0), mask)
    return image


def _points(loop, scale, margin):
    found = re.match(r"(\d+ \d+)(.*)", loop)
    assert found is not None, loop
    start, steps = found.groups()
    x, y = map(int, start.split())
    points = [(x, y)]
    for axis, length in re.findall(r"([hv])(-?\d+)", steps):
        x, y = (x + int(length), y) if axis == "h" else (x, y + int(length))
        points.append((x, y))
    return [(px * scale + margin, py * scale + margin) for px, py in points]


def _fill(draw, points):
    """Fill by spans: for each pixel row, between pairs of the vertical edges it crosses."""
    edges = []
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]):
        assert x1 == x2 or y1 == y2, "the closing edge is straight too"
        if x1 == x2:
            edges.append((x1, min(y1, y2), max(y1, y2)))
    for row in range(min(y for _, y in points), max(y for _, y in points)):
        crossed = sorted(x for x, low, high in edges if low <= row < high)
        for left, right in zip(crossed[::2], crossed[1::2]):
            draw.line((left, row, right - 1, row), fill=1)


def png(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def read_one(image):
    (found,) = zxingcpp.read_barcodes(image)
    return found


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("scale", [2, 3, 7])
def test_address_is_read_back_at_level_m_or_better(url, scale):
    found = read_one(bitmap(address_qr(url), scale))
    assert found.text == url
    assert found.ec_level in ("M", "Q", "H")
    assert found.ec_level == qrcodes.matrix(url).level


def read_wifi(payload: str) -> dict[str, str]:
    """The fields of a ``WIFI:`` text, unescaped: what a phone would make of it.

    :raises ValueError: not such a text.
    """
    if not payload.startswith("WIFI:"):
        raise ValueError("not a Wi-Fi code")
    fields = {}
    for part in re.findall(r"([^;\\]*(?:\\.[^;\\]*)*);?", payload[5:]):
        name, colon, value = part.partition(":")
        if not colon:
            continue
        fields[name] = re.sub(r"\\(.)", r"\1", value)
    return fields


@pytest.mark.parametrize("ssid, password, security, hidden", NETWORKS)
@pytest.mark.parametrize("scale", [3, 5])
def test_wifi_is_read_back(ssid, password, security, hidden, scale):
    found = read_one(bitmap(wifi_qr(ssid, password, security, hidden), scale))
    assert found.ec_level in ("M", "Q", "H")
    fields = read_wifi(found.text)
    expected = {"T": security, "S": ssid}
    if security != "nopass":
        expected["P"] = password
    if hidden:
        expected["H"] = "true"
    assert fields == expected


def test_wifi_payload_is_the_usual_text():
    assert qrcodes.wifi_payload("Kiosque-B204", "metiers2026") == ("WIFI:T:WPA;S:Kiosque-B204;P:metiers2026;;")
    assert qrcodes.wifi_payload("a;b", 'c"d', hidden=True) == (r"WIFI:T:WPA;S:a\;b;P:c\"d;H:true;;")
    assert qrcodes.wifi_payload("B204", "20262027") == "WIFI:T:WPA;S:B204;P:20262027;;"
    assert qrcodes.wifi_payload("Libre", "ignored", "nopass") == "WIFI:T:nopass;S:Libre;;"


@pytest.mark.parametrize(
    "given",
    [
        ("", "secret"),
        ("ssid", ""),
        ("ssid", "secret", "WPA9"),
    ],
)
def test_wifi_refuses_what_no_phone_could_join(given):
    with pytest.raises(ValueError):
        qrcodes.wifi_payload(*given)


@pytest.mark.parametrize("url", ["", "192.168.1.20", "HTTP://192.168.1.20", "file:///etc", "http://"])
def test_address_must_be_explicit(url):
    with pytest.raises(ValueError):
        address_qr(url)


def test_every_private_address_with_its_port_fits_25_modules():
    """The design counts on version 2 at most: one module is 1.2 vh or more on the join screen."""
    for url in ("http://10.0.0.1:80", "http://192.168.100.200:8080", "http://172.16.254.254:65535"):
        assert qrcodes.matrix(url).version <= 2
    assert (
        qrcodes.matrix("http://192.168.1.20:8080").version,
        qrcodes.matrix("http://192.168.1.20:8080").level,
    ) == (2, "Q")
    wifi = qrcodes.matrix(qrcodes.wifi_payload("Kiosque-B204", "metiers2026"))
    assert (wifi.version, wifi.level) == (3, "M")


def test_drawing_is_small_whole_and_cached():
    qr = address_qr("http://192.168.1.20:8080")
    assert len(qr.path) < 1500
    assert re.fullmatch(r"(?:M\d+ \d+(?:[hv]-?\d+)+z)+", qr.path)
    assert qr.size == 25 + 8
    assert address_qr("http://192.168.1.20:8080").path is qr.path
    assert "192.168.1.20:8080" in qr.label


def test_too_long_is_refused():
    with pytest.raises(ValueError):
        qrcodes.matrix("x" * 4000)
    with pytest.raises(ValueError):
        qrcodes.matrix("")


# -- from the back of the room ----------------------------------------------------------------


def join_screen(url):
    """A 1920×1080 screen whose plate is 60 % of the height, as the join screen has it."""
    screen = Image.new("RGB", (1920, 1080), "#0a3d2e")
    qr = address_qr(url)
    plate = bitmap(qr, 1080 * 6 // 10 // qr.size)
    screen.paste(plate, (1920 - plate.width - 60, 80))
    return png(screen)


@pytest.mark.parametrize("url", ["http://192.168.1.20:8080", "http://192.168.100.200:8080"])
def test_read_from_the_back_of_the_room(url):
    screen = join_screen(url)
    read = [seed for seed in range(10) if decode_from_back(screen, distance=8, seed=seed) == [url]]
    assert len(read) >= 9, f"frames read: {read}"


def test_nothing_is_read_from_too_far():
    """The negative control: without it, a camera that degrades nothing would pass as well."""
    screen = join_screen("http://192.168.1.20:8080")
    assert [decode_from_back(screen, distance=25, seed=seed) for seed in range(10)] == [[]] * 10


def test_camera_is_the_same_for_the_same_seed_and_sees_smaller_from_further():
    screen = join_screen("http://192.168.1.20:8080")
    first, again = (photograph(screen, 8, 3) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != photograph(screen, 8, 4).tobytes()
    assert 350 < pixels_across(8) < 380
    assert photograph(screen, 16, 3).width < first.width
