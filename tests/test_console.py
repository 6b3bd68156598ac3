"""What the starting console says: the right addresses, on any terminal, in 80 columns."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from kiosk.ground.i18n import _catalogue, language
from kiosk.ground.network import Address
from kiosk.ops.client_build import compile_catalogues
from kiosk.ops.console import WIDTH, print_change, print_start, start_text, terminal_qr

URLS = [
    "http://10.0.0.5",
    "http://192.168.1.20:8080",
    "http://[2001:db8:1234:5678:9abc:def0:1234:5678]:8080",
    "https://questions.example.org/kiosque",
]
ENCODINGS = [("utf-8", True), ("cp437", True), ("cp1252", False), (None, False)]
ADDRESS = Address("http://192.168.1.20:8080", "192.168.1.20:8080", "192.168.1.20", 8080)


class Console(io.TextIOWrapper):
    """A console of a given encoding that refuses what it cannot write, as Windows' does."""

    def __init__(self, encoding):
        self.written = io.BytesIO()
        super().__init__(self.written, encoding=encoding, errors="strict", newline="\n")

    def text(self):
        self.flush()
        return self.written.getvalue().decode(self.encoding)


def drawn_terminal(text, light, halves):
    """The terminal's characters as a picture; ``light``: a filled block is light."""
    rows = [line.replace("\x1b[38;5;16;48;5;231m", "").replace("\x1b[0m", "") for line in text.splitlines()]
    ink, ground = (255, 0) if light else (0, 255)
    cells = []
    for row in rows:
        if halves:
            cells.append([ink if c in "█▀" else ground for c in row])
            cells.append([ink if c in "█▄" else ground for c in row])
        else:
            cells.append([ink if c == "#" else ground for c in row[::2]])
    image = Image.new("L", (len(cells[0]), len(cells)))
    image.putdata([value for row in cells for value in row])
    return image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("encoding, halves", ENCODINGS)
@pytest.mark.parametrize("ansi", [True, False])
def test_terminal_code_is_read_back(url, encoding, halves, ansi):
    text = terminal_qr(url, encoding, ansi)
    text.encode(encoding or "ascii")
    image = drawn_terminal(text, light=not ansi, halves=halves)
    framed = Image.new("L", (image.width + 40, image.height + 40), 255 if ansi else 0)
    framed.paste(image, (20, 20))
    assert [c.text for c in zxingcpp.read_barcodes(framed)] == [url]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850", "cp437", "latin-1", "ascii"])
@pytest.mark.parametrize("code", ["fr", "en"])
@pytest.mark.parametrize("address", [ADDRESS, None])
def test_any_console_gets_it_all_in_80_columns(encoding, code, address):
    console = Console(encoding)
    print_start(address, 8080, "482913", code, console)
    print_change(address, code, console)
    text = console.text()
    assert "482913" in text
    assert "http://127.0.0.1:8080/ecran" in text
    assert ("http://192.168.1.20:8080/prof" if address else "http://127.0.0.1:8080/prof") in text
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "?" not in text and "\x1b" not in text


@pytest.fixture
def catalogues():
    """The catalogues as set-up compiles them."""
    compile_catalogues()
    _catalogue.cache_clear()


def test_french_and_english_differ_and_the_code_may_be_left_out(catalogues):
    with language("fr"):
        french = start_text(ADDRESS, 8080, None)
    with language("en"):
        english = start_text(ADDRESS, 8080, None)
    assert "Élèves" in french and "Code du pilotage" not in french
    assert "Pupils" in english and "Élèves" not in english


def test_port_80_is_not_written_and_a_long_address_stays_whole():
    url = "http://" + "a" * 90 + ".example.org"
    text = start_text(Address(url, url[7:], "x", 80), 80, "482913", "ascii")
    assert url in text.splitlines()
    assert "http://127.0.0.1/ecran" in text
    assert "##" not in text, "a code wider than the terminal is left out"
