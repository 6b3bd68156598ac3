"""HTML as Onisep writes it in its fields → the few tags a page of ours shows. By an allow-list (ammonia, by nh3)."""

from __future__ import annotations

import html as escapes
import re
import unicodedata

TAGS = {"p", "ul", "ol", "li", "strong", "em", "b", "i", "br", "h3", "h4", "h5", "h6"}
_HEADING = re.compile(r"<(/?)h[3-6]>")
_HEADING_TAG = re.compile(r"<(/?)h\d[^<>]*>", re.IGNORECASE)
_ESCAPED_TAG = re.compile(r"&lt;/?(?:p|ul|ol|li|strong|em|b|i|br|h[1-6]|div|span)\b", re.IGNORECASE)
_ESCAPED_ENTITY = re.compile(r"&amp;(?=#\d{1,7};|#x[0-9a-f]{1,6};|[a-z][a-z0-9]{1,30};)", re.IGNORECASE)


def once(text: str) -> str:
    """HTML escaped once: what was escaped twice or three times on its way is undone, before anything is allowed."""
    for _turn in range(3):
        text, found = _ESCAPED_ENTITY.subn("&", text)
        if "<" not in text and _ESCAPED_TAG.search(text):
            text, found = escapes.unescape(text), 1
        if not found:
            break
    return text


def html(text: str) -> str:
    """Paragraphs and lists only, no attribute; headings become bold paragraphs, since the page has its own."""
    if not text.strip():
        return ""
    import nh3

    kept = nh3.clean(once(text), tags=TAGS, attributes={}, clean_content_tags={"script", "style"})
    if "<p" not in kept and "<ul" not in kept:
        kept = f"<p>{kept.strip()}</p>"
    return _HEADING.sub(lambda tag: "</b></p>" if tag[1] else "<p><b>", kept).strip()  # ammonia closes what it opens


def words(text: str) -> str:
    """The words alone, on one line."""
    if not text.strip():
        return ""
    import nh3

    apart = re.sub(r"</(p|li|h\d|div)>|<br\s*/?>|<(ul|ol)\b", r" \g<0> ", once(text))
    bare = nh3.clean(apart, tags=set(), clean_content_tags={"script", "style"})
    return " ".join(escapes.unescape(bare).split())


def after_heading(text: str, wanted: str) -> str:
    """The words of what follows a heading, up to the next one; empty without that heading."""
    text = once(text)
    tags = list(_HEADING_TAG.finditer(text))
    ends = [*(tag.start() for tag in tags[2:]), len(text)]
    for opening, closing, end in zip(tags, tags[1:], ends):
        title = "" if opening[1] or not closing[1] else words(text[opening.end() : closing.start()])
        if title and _flat(title).startswith(_flat(wanted)):
            return words(text[closing.end() : end])
    return ""


def _flat(text: str) -> str:
    parts = (unicodedata.normalize("NFKD", letter)[:1] for letter in text.lower())  # whole, its marks would be sorted
    return "".join(c for c in parts if not unicodedata.combining(c))
