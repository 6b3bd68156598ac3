"""HTML as Onisep writes it in its fields → the few tags a page of ours shows. By an allow-list (ammonia, by nh3)."""

from __future__ import annotations

import html as escapes
import re
import unicodedata

TAGS = {"p", "ul", "ol", "li", "strong", "em", "b", "i", "br", "h3", "h4", "h5", "h6"}
_HEADING = re.compile(r"<h[3-6]>(.*?)</h[3-6]>", re.DOTALL)


def html(text: str) -> str:
    """Paragraphs and lists only, no attribute; headings become bold paragraphs, since the page has its own."""
    if not text.strip():
        return ""
    import nh3

    kept = nh3.clean(text, tags=TAGS, attributes={}, clean_content_tags={"script", "style"})
    if "<p" not in kept and "<ul" not in kept:
        kept = f"<p>{kept.strip()}</p>"
    return _HEADING.sub(r"<p><b>\1</b></p>", kept).strip()


def words(text: str) -> str:
    """The words alone, on one line."""
    if not text.strip():
        return ""
    import nh3

    apart = re.sub(r"</(p|li|h\d|div)>|<br\s*/?>", r"\g<0> ", text)
    bare = nh3.clean(apart, tags=set(), clean_content_tags={"script", "style"})
    return " ".join(escapes.unescape(bare).split())


def after_heading(text: str, wanted: str) -> str:
    """The words of what follows a heading, up to the next one; empty without that heading."""
    pieces = re.split(r"<h\d[^>]*>(.*?)</h\d>", text, flags=re.DOTALL | re.IGNORECASE)
    for title, body in zip(pieces[1::2], pieces[2::2]):
        if _flat(words(title)).startswith(_flat(wanted)):
            return words(body)
    return ""


def _flat(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
