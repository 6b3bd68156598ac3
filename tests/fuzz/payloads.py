"""What a hostile client sends, as hypothesis strategies: values, packets of both protocols, frames, requests."""

from __future__ import annotations

import json
import struct
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from cost import shapes
from fuzz.target import MARKER

#: Up to and beyond each bound: a question, what is read of one, a form, a frame, a list; 250,000 only once in a while.
LENGTHS = (239, 240, 241, 960, 961, 3_000, 10_000, 10_100, 16_000, 32_000, 60_000, 65_000, 250_000)
NASTY = [
    "", "\0", "\x1b[31m", "=1+1", "<script>alert(1)</script>", "%(max)s", "{{7*7}}", "../../etc/passwd", "'; DROP TABLE question; --",
    "²", "٣", "\u202e", "\ufeff", "\U0001f469‍\U0001f680", "e\u0301" * 50, "9" * 400, "-1", "NaN", "1e999", MARKER, "A" * 5_000,
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "a" * 70_000, "x" * 1_000_000,
]  # fmt: skip
WORDS = st.one_of(st.sampled_from(NASTY[:-2]), st.text(max_size=40).map(lambda t: t + MARKER), st.text(max_size=12))
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.sampled_from([0, -1, 2**31, 2**63, 2**64])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=8,
)
FIELDS = (
    "id",
    "text",
    "theme",
    "speaker",
    "session",
    "number",
    "on",
    "t",
    "ids",
    "room",
    "lang",
    "device",
    "token",
    "_placeholder",
    "num",
)
MESSAGES = st.one_of(
    VALUES,
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6),
    st.fixed_dictionaries({"id": st.text("abcXYZ019_-", min_size=1, max_size=64), "text": WORDS}),
)
HUGE = st.sampled_from(
    ["[" * 3_000 + "]" * 3_000, '{"a":' * 2_000 + "1" + "}" * 2_000, '"' + "é" * 30_000 + '"', "9" * 20_000]
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text of any length up to what a request may bring, and beyond: one hostile piece over and over."""
    unit = draw(st.sampled_from((*shapes.SIGNS, *shapes.PIECES)))
    length = draw(st.one_of(st.sampled_from(LENGTHS), st.integers(1, 12_000)))
    return (unit * (length // len(unit) + 1))[:length] + draw(st.sampled_from(("", "!", "@", "é", MARKER)))


#: Address → the field where it takes a text.
TAKING = {
    "/questions": "text",
    "/bilan": "job",
    "/prof/liste": "liste",
    "/prof/preparer": "texte",
    "/prof/saisir": "texte",
}


def every_shape() -> list[bytes]:
    """A pupil's form with each hostile piece over and over: as long as it may be, and beyond."""
    found = []
    for unit in (*shapes.SIGNS, *shapes.PIECES):
        piece = quote(unit.encode("utf-8", "replace"), safe="")
        found += [f"id=x&text={piece * (size // len(piece))}".encode() for size in (9_900, 16_000)]
    return found


@st.composite
def forms(draw: st.DrawFn) -> tuple[str, str, bytes, bool]:
    """(address, content type, body, in chunks) of a pupil's or a teacher's form whose text is long."""
    address = draw(st.sampled_from(("/questions", "/questions", "/questions", *TAKING)))
    text, name = draw(texts()), draw(st.sampled_from((*(TAKING[address],) * 5, "id", "salle", "pin", "ids")))
    kind = draw(st.sampled_from((0, 0, 1, 1, 2)))
    if kind == 0:
        body = f"id={draw(st.integers(0, 10**9))}&{name}={quote(text.encode('utf-8', 'replace'))}".encode()
    elif kind == 1:
        body = json.dumps({"id": str(draw(st.integers(0, 10**9))), name: text}).encode()
    else:
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        body = head.encode() + text.encode("utf-8", "replace") + b"\r\n--b--\r\n"
    return address, KINDS[kind], body, draw(st.integers(0, 4)) == 4


def dumps(value: Any) -> str:
    """JSON as a client writes it."""
    return json.dumps(value, ensure_ascii=False)


RAW_TAILS = st.one_of(
    HUGE,
    WORDS,
    st.sampled_from(
        ["", "[]", "{}", "null", "[null]", "[[]]", "[{}]", '["', '["ask"', "[1]", '["ask",{"id":"\\ud800"}]']
    ),
    VALUES.map(dumps),
)


@st.composite
def packets(draw: st.DrawFn, namespaces: tuple[str, ...], events: tuple[str, ...]) -> tuple[str, int | None]:
    """A Socket.IO packet in an Engine.IO message, and the id whose acknowledgement must come (None: may not)."""
    namespace = draw(st.sampled_from(namespaces))
    number = draw(st.integers(1, 2**40))
    kind = draw(st.integers(0, 9))
    if kind < 5:
        name = draw(st.sampled_from((*events, "connect", "disconnect", "*", "message", "inconnu", MARKER)))
        args = [name] + draw(st.lists(MESSAGES, max_size=2))
        return f"42{namespace},{number}{dumps(args)}", number
    if kind == 5:
        return f"42{namespace},{number}{draw(RAW_TAILS)}", None
    if kind == 6:
        return (
            f"45{draw(st.sampled_from(['', '1', '3', '999999999', '99999999999']))}-{namespace},{number}{draw(RAW_TAILS)}",
            None,
        )
    if kind == 7:
        where = draw(st.one_of(st.just(namespace), st.text("abc/?#é", max_size=10).map(lambda t: "/" + t)))
        return f"40{where},{draw(RAW_TAILS)}", None
    if kind == 8:
        return (
            f"4{draw(st.sampled_from('1346789x²'))}{namespace},{draw(st.sampled_from(['', '0', '99999']))}{draw(RAW_TAILS)}",
            None,
        )
    return draw(
        st.one_of(st.sampled_from(["", "2probe", "3", "5", "6", "4", "b!!!", "bAAAA", "9", "é", "\x1e"]), WORDS)
    ), None


def frame(
    payload: bytes, opcode: int = 1, *, fin: bool = True, masked: bool = True, lie: int | None = None, rsv: int = 0
) -> bytes:
    """A WebSocket frame; ``lie`` announces another length, ``masked=False`` breaks RFC 6455."""
    size = len(payload) if lie is None else lie
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    flag = 0x80 if masked else 0
    if size < 126:
        head += bytes([flag | size])
    elif size < 1 << 16:
        head += bytes([flag | 126]) + struct.pack("!H", size)
    else:
        head += bytes([flag | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    return head + b"\1\2\3\4" + bytes(byte ^ (1, 2, 3, 4)[n % 4] for n, byte in enumerate(payload))


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Bytes on a WebSocket: wrong opcodes, lengths that lie, no mask, cut UTF-8, reserved bits, endless fragments."""
    payload = draw(
        st.one_of(
            st.binary(max_size=300), st.just(b"\xff\xfe\xc3"), st.just(b'42/phone,1["clock"]'), st.just(b"x" * 70_000)
        )
    )
    return frame(
        payload, draw(st.integers(0, 15)), fin=draw(st.booleans()), masked=draw(st.integers(0, 4)) > 0,
        lie=draw(st.one_of(st.none(), st.none(), st.sampled_from([0, 5, 126, 65_536, 2**31, 2**63 - 1]))),
        rsv=draw(st.sampled_from([0, 0, 0, 0x10, 0x40, 0x70])),
    )  # fmt: skip


HEADERS = st.dictionaries(
    st.sampled_from(
        ["Host", "Origin", "Accept", "Accept-Language", "Content-Type", "X-Fragment", "X-CSRF", "Cookie", "Range", "X-Forwarded-For",
         "If-None-Match", "Transfer-Encoding", "Expect", "Referer", "Sec-Fetch-Site", "Forwarded", "User-Agent", "Connection", "X-Nul"]
    ),
    st.one_of(
        st.sampled_from(
            ["", "*/*;q=x", "http://[::1", "a;b;c", "kiosk_device=; kiosk_teacher=x; =; ;", "bytes=0-,5-", "chunked", "100-continue",
             "a" * 9_000, "multipart/form-data", "multipart/form-data; boundary=", "application/json; charset=utf-16", "::", "upgrade",
             "exa mple:99999", "a,b", "kiosk_device=" + "é" * 20, "text/html;q=1e9", MARKER, "\x7f", "http://x:y:z", "[::1]:bad"]
        ),
        st.text(max_size=30),
    ),
    max_size=5,
)  # fmt: skip
BODIES = st.one_of(
    st.just(b""), st.binary(max_size=200), VALUES.map(lambda v: dumps(v).encode("utf-8", "surrogatepass")), HUGE.map(str.encode),
    st.dictionaries(st.sampled_from(("id", "text", "theme", "pin", "csrf", "salle", "lang", "on", "suite", "token")), WORDS, max_size=4).map(
        lambda d: "&".join(f"{k}={v}" for k, v in d.items()).encode("utf-8", "surrogatepass")
    ),
    st.just(b"--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx\r\n" * 3_000 + b"--b--"),
    st.just(b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../x\"\r\n\r\n" + b"z" * 600_000 + b"\r\n--b--"),
    st.just(b"&".join(b"a%d=1" % n for n in range(3_000))), st.just(b"text=%ff%fe%00%zz&id=%C3"),
)  # fmt: skip
KINDS = (
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=b",
    "text/plain",
    "application/xml",
    "",
)
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get")
QUERIES = st.one_of(
    st.just(""), st.sampled_from(["salle=%00", "lang=../..", "salle[]=1&salle=2", "regard=%ff", "vue=x" * 300, "%", "&&&=", "id=" + "9" * 400,
                                  "theme=%E2%80%AE", "suite=//evil.example", "jeton=%C3%28", "lang=en"]),
    st.dictionaries(st.sampled_from(("salle", "lang", "id", "vue", "jeton", "regard", "suite", "efface")), WORDS, max_size=3).map(
        lambda d: "&".join(f"{k}={v}" for k, v in d.items())
    ),
)  # fmt: skip
SEGMENTS = st.one_of(
    st.sampled_from(
        [
            "1",
            "0",
            "-1",
            "9" * 30,
            "%2e%2e",
            "..",
            "%00",
            "%ff",
            "x%0d%0aSet-Cookie:a=b",
            "a b",
            "²",
            "٣",
            "%C2%B2",
            "question",
            "live",
        ]
    ),
    st.text(max_size=10),
)
