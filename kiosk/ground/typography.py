"""French typography: where a line may not break, and which space goes before a sign.

Rules (Imprimerie nationale, as the design notes restate them): narrow no-break space before ; ! ? and
between thousands, no-break space before : and inside « », between a number and its unit, in « 14 h 30
», « 4e B », « n° 5 », « 24 novembre ».
"""

import re

from kiosk.ground import remembered

NBSP = "\u00a0"
NNBSP = "\u202f"
WORD_JOINER = "\u2060"

_HOLE = "\ue000"  # private use: stands for a protected part while the rules run

_SP = f"[ {NBSP}{NNBSP}]"
# How an address or an e-mail begins, up to the sign that proves it is one. These are tried at every letter: each is
# short, or starts only where its word does, so that one endless word is not read again from each of its letters.
_SCHEME = r"\b[a-zA-Z][a-zA-Z0-9+.-]{0,31}"
_MAILBOX = r"(?<![\w.+-])[\w.+-]+"
_HOST = r"\b(?:[a-z0-9-]{1,63}\.){1,6}"
# Left exactly as written: addresses, e-mails, code between back-quotes, HTML-like tags and entities.
_PROTECTED = re.compile(
    r"\ue000"  # the placeholder itself, should a text hold it
    r"|&(?:[a-zA-Z]+|#\d+|#x[0-9a-fA-F]+);"
    r"|`[^`]*`"
    rf"|{_SCHEME}://\S+"
    r"|\bwww\.\S+"
    rf"|{_MAILBOX}@[\w-]+(?:\.[\w-]+)+"
    rf"|{_HOST}[a-z]{{2,63}}(?::\d+)?/\S*"
    r"|</?[a-zA-Z!][^<>]*>"
)
# A smiley is not punctuation: « merci ;) » stays as it is.
_NO_SMILEY = r"(?![-'^o]?[()\[\]|/\\DPpOo3*<>](?:\W|$))"
_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_UNITS = r"h|min|ms|km/h|km|cm|mm|m²|m³|m|kg|g|°C|kW|MW|Go|Mo|Ko|ko|k€|M€|€|%|‰"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # l'éolienne → l’éolienne
    (re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])"), "’"),
    # Guillemets first: the rules below look at what follows a sign.
    (re.compile(rf"«{_SP}*(?=\S)"), "«" + NBSP),
    (re.compile(rf"(?<=\S){_SP}*»"), NBSP + "»"),
    # A sign that already has its space.
    (re.compile(rf"(?<=[^\s]){_SP}+(?=[;!?]){_NO_SMILEY.replace('(?!', '(?![;!?]', 1)}"), NNBSP),
    # A sign glued to its word: « quoi? », but not « index?page=2 » nor « ;) ».
    (
        re.compile(rf"(?<=[\w»)\]”’\"%€°.…])(?=[;!?]+(?:[\s»)\]”\"…]|$)){_NO_SMILEY.replace('(?!', '(?![;!?]', 1)}"),
        NNBSP,
    ),
    (re.compile(rf"(?<=[^\s:]){_SP}+:(?=\s|$)"), NBSP + ":"),
    (re.compile(r"(?<=[^\W\d_]|[»)\]”’%€])(?<!:):(?=\s|$)"), NBSP + ":"),
    # Thousands, then numbers and their units, hours, dates.
    (re.compile(rf"(?<![\d,.])(\d{{1,3}})((?:{_SP}\d{{3}})+)(?![\d])"), "thousands"),
    (re.compile(rf"(?<=\d){_SP}(?=(?:{_UNITS})(?![\w/]))"), NBSP),
    (re.compile(rf"(?<=\d{NBSP}h){_SP}(?=\d\d(?!\d))"), NBSP),
    (re.compile(rf"(?<=\d|r){_SP}(?=(?:{_MONTHS})\b)"), NBSP),
    (re.compile(rf"(?<=[3-6]e){_SP}(?=[A-Z0-9]{{1,5}}\b)"), NBSP),
    (re.compile(rf"(?<=2de|1re|Tle){_SP}(?=[A-Z0-9]{{1,5}}\b)"), NBSP),
    (re.compile(rf"(?<=[nN]°){_SP}*(?=\d)"), NBSP),
    (re.compile(rf"(?<=\bM\.){_SP}(?=[A-ZÀ-Ý])"), NBSP),
    (re.compile(rf"(?<=\bMme){_SP}(?=[A-ZÀ-Ý])"), NBSP),
    (re.compile(rf"(?<=\b[Bb]ac){_SP}\+{_SP}(?=\d)"), f"{NBSP}+{NBSP}"),
)
_SIGN = re.compile(r" (?=[?!:;»])")
_INVERTED = re.compile(
    r"(?<=\w)-(?=(?:t-)?(?:je|tu|ils?|elles?|on|nous|vous|ce|ci|là|moi|toi|lui|leur|les?|la|en|y)\b|t-|être\b|à-)",
    re.IGNORECASE,
)


@remembered.texts(kilobytes=2048)
def french(text: str) -> str:
    """Return `text` with French no-break spaces and apostrophes. Idempotent. Addresses, e-mails and
    code are left alone.
    """
    kept = [match.group() for match in _PROTECTED.finditer(text)]
    if not kept:
        return _apply(text)
    pieces = _apply(_PROTECTED.sub(_HOLE, text)).split(_HOLE)
    return "".join(piece + hole for piece, hole in zip(pieces, [*kept, ""]))


@remembered.texts(kilobytes=2048)
def nowrap_hyphens(text: str) -> str:
    """Return `text` where no line breaks at the hyphen of an inverted verb: « voulez-vous », « est-ce
    », « a-t-il ». Idempotent.
    """
    return _INVERTED.sub(f"{WORD_JOINER}-{WORD_JOINER}", text)


def signs(text: str) -> str:
    """Return `text` where no line begins with « ? », « ! », « : », « ; » or « » », and nothing else
    changed. Idempotent.
    """
    return _SIGN.sub(NBSP, text)


def plain(text: str) -> str:
    """Return `text` with ordinary spaces and no word joiner: for terminals, CSV and comparisons."""
    return text.replace(NBSP, " ").replace(NNBSP, " ").replace(WORD_JOINER, "")


def _apply(text: str) -> str:
    for pattern, replacement in _RULES:
        if replacement == "thousands":
            text = pattern.sub(_thousands, text)
        else:
            text = pattern.sub(replacement, text)
    return text


def _thousands(match: re.Match[str]) -> str:
    return match.group(1) + re.sub(_SP, NNBSP, match.group(2))
